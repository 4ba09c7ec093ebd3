//! Removals: series of a metric that go away, one, some or all of them, and all at once for others.
//!
//! What takes time that grows with the number of series is done without the interpreter's lock, or in steps between which
//! other threads can have it.

use std::any::Any;
use std::sync::Arc;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::state::State;
use crate::family::{AnyFamily, Family, Stock};
use crate::labels::{LabelSet, Pair};
use crate::metric::{Metric, with_any};
use crate::python::argument::labels::Labels;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::lifecycle::{detached, give_way};
use crate::python::interpreter::memory::or_memory_error;
use crate::python::value::handle::Handle;
use crate::python::value::series::AnySeries;
use crate::python::value::store;

/// Series for which something is done in one step. Fewer are not worth to detach for.
const STEP: usize = 1000;

/// Lets other threads have the interpreter, if this one has done a whole step.
pub fn pause(py: Python<'_>, done: usize) {
    if done > 0 && done % STEP == 0 {
        give_way(py);
    }
}

/// Runs `work`, which takes a time that grows with the `count` of series, detached if that is long.
fn run<R: Send>(py: Python<'_>, count: usize, work: impl FnOnce() -> R + Send) -> R {
    if count > STEP { detached(py, work) } else { work() }
}

/// Whether objects of the user's are kept for series.
fn keeps_objects(state: &State) -> bool {
    state.kept.is_used() || state.functions.is_used()
}

/// Forgets what is kept for a series that was removed.
fn forget(state: &State, series: &AnySeries) {
    state.kept.forget(series);
    state.functions.forget(series);
}

/// Removes the series of these labels; gives whether there was one.
///
/// # Errors
///
/// ValueError when the metric declares other label names.
pub fn remove(py: Python<'_>, state: &State, labels: &Labels<'_>) -> PyResult<bool> {
    let pairs = labels.pairs();
    let series = if keeps_objects(state) { store::find_series(py, &state.family, &pairs) } else { None };
    if store::remove(py, &state.family, &pairs) {
        if let Some(series) = series {
            forget(state, &series);
        }
        state.lookup.forget_removed(py, false);
        return Ok(true);
    }
    with_any!(AnyFamily, &state.family, family => family.check_declared(&pairs))?;
    Ok(false)
}

/// Removes the series that have all of these labels; gives how many there were. A label that a series does not have counts as
/// one that is empty.
pub fn remove_matching(py: Python<'_>, state: &State, labels: &Labels<'_>) -> PyResult<usize> {
    let pairs = labels.pairs();
    if pairs.is_empty() {
        return Ok(0);
    }
    let descriptor = state.family.descriptor();
    if let Some(declared) = descriptor.declared() {
        let is_known = |name: &str| {
            declared.iter().any(|own| **own == *name) || descriptor.constant().any(|own| own.0 == name)
        };
        if let Some((unknown, _)) = pairs.iter().find(|pair| !is_known(pair.0)) {
            return Err(PyValueError::new_err(format!(
                "{}: no series has the label '{unknown}'; its labelnames are {}",
                state.name(),
                declared.join(", ")
            )));
        }
    }
    with_any!(AnyFamily, &state.family, family => remove_where(py, state, family, &pairs))
}

fn remove_where<M: Metric>(
    py: Python<'_>,
    state: &State,
    family: &Arc<Family<M>>,
    labels: &[Pair<'_>],
) -> PyResult<usize>
where
    AnySeries: From<Handle<M>>,
{
    let count = family.len(access(py));
    let found = or_memory_error(|| {
        Ok(run(py, count, || {
            let mut found = family.to_vec()?;
            let constant: Vec<Pair<'_>> = family.descriptor().constant().collect();
            found.retain(|series| has_all(series.labels(), &constant, labels));
            found.shrink_to_fit();
            Ok::<_, crate::memory::OutOfMemory>(found)
        })?)
    })?;
    let mut removed = 0;
    for (done, series) in found.iter().enumerate() {
        pause(py, done);
        if family.remove_series(access(py), series) {
            removed += 1;
            if keeps_objects(state) {
                forget(state, &Handle::new(family, Arc::clone(series)).into());
            }
        }
    }
    run(py, found.len(), || drop(found));
    state.lookup.forget_removed(py, true);
    Ok(removed)
}

/// Whether the labels of a series, or else the constant ones, are these.
fn has_all(own: &LabelSet, constant: &[Pair<'_>], labels: &[Pair<'_>]) -> bool {
    labels.iter().all(|&(name, value)| {
        let own = own.pairs().find(|pair| pair.0 == name);
        let constant = || constant.iter().find(|pair| pair.0 == name).map(|pair| pair.1);
        own.map(|pair| pair.1).or_else(constant).unwrap_or_default() == value
    })
}

/// Removes all series.
pub fn clear(py: Python<'_>, state: &State) -> PyResult<()> {
    with_any!(AnyFamily, &state.family, family => exchange(py, state, family, None, false)).map(drop)
}

/// A series that was there before, and the object of the user's that was its value.
pub type Before = (AnySeries, Option<Py<PyAny>>);

/// Exchanges all series for those of the state of a metric that is like this one, which has none then. A scrape sees either
/// all of the ones or all of the others. Gives those that there were, if `keeps` says so.
///
/// # Errors
///
/// RuntimeError when the bounds or targets were replaced meanwhile. Nothing has changed then.
pub fn replace(py: Python<'_>, state: &State, other: &State, keeps: bool) -> PyResult<Vec<Before>> {
    with_any!(AnyFamily, &state.family, family => exchange(py, state, family, Some(other), keeps))
}

/// The family of another state, which is of the same kind.
fn family_of<'a, M: Metric>(_: &Arc<Family<M>>, other: &'a State) -> Option<&'a Arc<Family<M>>> {
    with_any!(AnyFamily, &other.family, family => (family as &dyn Any).downcast_ref())
}

fn exchange<M: Metric>(
    py: Python<'_>,
    state: &State,
    family: &Arc<Family<M>>,
    other: Option<&State>,
    keeps: bool,
) -> PyResult<Vec<Before>>
where
    AnySeries: From<Handle<M>>,
{
    let new = other.and_then(|other| family_of(family, other));
    if let Some(new) = new.filter(|_| family.has_births() && !family.is_empty(access(py))) {
        continue_births(py, family, new)?;
    }
    let mut stock = new.map_or_else(Stock::empty, |new| new.take_stock(access(py)));
    let old = loop {
        if !family.takes(&stock) {
            return Err(PyRuntimeError::new_err(format!(
                "{}: the settings that all series share were changed while others were made to replace them; begin again",
                state.name()
            )));
        }
        let announced = family.announce(access(py));
        run(py, family.len(access(py)), || family.mark_leaving());
        match family.exchange(access(py), announced, stock) {
            Ok(old) => break old,
            Err(back) => stock = back,
        }
    };
    if let (Some(other), Some(new)) = (other, new) {
        family.absorb_refused(new);
        if state.kept.take_over(&other.kept) {
            state.overrides.call_all();
        }
        state.functions.take_over(&other.functions);
        other.lookup.forget_all(py);
    }
    let count = old.count();
    let before = if keeps { old.to_vec() } else { Vec::new() };
    run(py, count, || old.end());
    let before = before.into_iter().map(|series| {
        let series = AnySeries::from(Handle::new(family, series));
        let object = state.kept.get(py, &series).map(Bound::unbind);
        (series, object)
    });
    let before = before.collect();
    if keeps_objects(state) {
        forget_all(py, state, family, &old);
    }
    state.lookup.forget_removed(py, true);
    let waste = family.retire(old);
    run(py, count, || drop(waste));
    Ok(before)
}

/// Forgets what is kept for all the series that were removed, in steps: objects of the user's are dropped attached.
fn forget_all<M: Metric>(py: Python<'_>, state: &State, family: &Arc<Family<M>>, old: &Stock<M>)
where
    AnySeries: From<Handle<M>>,
{
    let series = run(py, old.count(), || old.to_vec());
    for (done, series) in series.iter().enumerate() {
        pause(py, done);
        forget(state, &Handle::new(family, Arc::clone(series)).into());
    }
    run(py, old.count(), || drop(series));
}

/// Lets the new series count since the births of the old ones where they go on from there.
fn continue_births<M: Metric>(py: Python<'_>, family: &Family<M>, new: &Family<M>) -> PyResult<()> {
    let count = new.len(access(py));
    let series = or_memory_error(|| Ok(run(py, count, || new.to_vec())?))?;
    for some in series.chunks(STEP) {
        family.continue_births(access(py), some);
        if count > STEP {
            give_way(py);
        }
    }
    run(py, count, || drop(series));
    Ok(())
}
