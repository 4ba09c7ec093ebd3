//! The series of a metric for Python code: all of them, one of them, and their values.

use std::sync::Arc;

use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyCFunction, PyList};

use super::series::{Handle, PyEstimator, PyHistogramSeries};
use crate::family::{AnyFamily, Family, Series};
use crate::labels::{LabelSet, Pair};
use crate::memory::{self, OutOfMemory};
use crate::metric::{Histogram, Info, Metric, StateSet, Summary, Value};
use crate::python::argument::labels::{Labels, series_key, to_dict};
use crate::python::argument::number;
use crate::python::class::collector::PyCollector;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::memory::or_memory_error;
use crate::python::interpreter::note::noted;
use crate::python::metric::state::State;

/// One series of any kind.
#[derive(Clone)]
pub enum AnySeries {
    Value(Arc<Series<Value>>),
    Summary(Handle<Summary>),
    Histogram(Handle<Histogram>),
    Info(Arc<Series<Info>>),
    StateSet(Handle<StateSet>),
}

impl AnySeries {
    /// Its address, which no other series has as long as this one lives.
    pub fn address(&self) -> usize {
        match self {
            Self::Value(series) => Arc::as_ptr(series) as usize,
            Self::Summary(handle) => Arc::as_ptr(&handle.series) as usize,
            Self::Histogram(handle) => Arc::as_ptr(&handle.series) as usize,
            Self::Info(series) => Arc::as_ptr(series) as usize,
            Self::StateSet(handle) => Arc::as_ptr(&handle.series) as usize,
        }
    }

    /// Whether it was removed from its family.
    pub fn is_removed(&self) -> bool {
        match self {
            Self::Value(series) => series.is_removed(),
            Self::Summary(handle) => handle.series.is_removed(),
            Self::Histogram(handle) => handle.series.is_removed(),
            Self::Info(series) => series.is_removed(),
            Self::StateSet(handle) => handle.series.is_removed(),
        }
    }

    /// Notes that its value is elsewhere.
    pub fn hide(&self) {
        match self {
            Self::Value(series) => series.hide(),
            Self::Summary(handle) => handle.series.hide(),
            Self::Histogram(handle) => handle.series.hide(),
            Self::Info(series) => series.hide(),
            Self::StateSet(handle) => handle.series.hide(),
        }
    }

    pub fn labels(&self) -> &LabelSet {
        match self {
            Self::Value(series) => series.labels(),
            Self::Summary(handle) => handle.series.labels(),
            Self::Histogram(handle) => handle.series.labels(),
            Self::Info(series) => series.labels(),
            Self::StateSet(handle) => handle.series.labels(),
        }
    }

    /// What `get` returns for the series: a number, a dict of counts and sums, the facts, or the state.
    pub fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Value(series) => number::to_object(py, series.metric().get()),
            Self::Summary(handle) => Ok(crate::python::class::summary::report(py, handle)?.into_any()),
            Self::Histogram(handle) => Ok(crate::python::class::histogram::report(py, handle)?.into_any()),
            Self::Info(series) => crate::python::class::info::to_object(py, series.metric()),
            Self::StateSet(handle) => {
                Ok(crate::python::class::state_set::to_object(py, &handle.family, handle.series.metric()))
            }
        }
    }

    /// What `get_value` returns for the series: a number, the live object, the facts, or the state.
    pub fn live(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Self::Value(series) => number::to_object(py, series.metric().get()),
            Self::Summary(handle) => Ok(Bound::new(py, PyEstimator::new(handle))?.into_any()),
            Self::Histogram(handle) => PyHistogramSeries::new(handle).into_live(py),
            Self::Info(_) | Self::StateSet(_) => self.value(py),
        }
    }
}

/// The series of a family, in the order of their births.
///
/// # Errors
///
/// [`OutOfMemory`].
pub fn keys(family: &AnyFamily) -> Result<Vec<AnySeries>, OutOfMemory> {
    first(family, usize::MAX)
}

/// Removes all series of a family, and returns them in the order of their births.
pub fn take_all(py: Python<'_>, family: &AnyFamily) -> Vec<AnySeries> {
    match family {
        AnyFamily::Value(family) => of_values(family.take_all(access(py))),
        AnyFamily::Summary(family) => handles(family, family.take_all(access(py)), AnySeries::Summary),
        AnyFamily::Histogram(family) => handles(family, family.take_all(access(py)), AnySeries::Histogram),
        AnyFamily::Info(family) => of_infos(family.take_all(access(py))),
        AnyFamily::StateSet(family) => handles(family, family.take_all(access(py)), AnySeries::StateSet),
    }
}

/// The first series of a family, `most` at most.
///
/// # Errors
///
/// [`OutOfMemory`].
pub fn first(family: &AnyFamily, most: usize) -> Result<Vec<AnySeries>, OutOfMemory> {
    /// The series, if there is memory for what is made of them below, too.
    fn some<M: Metric>(family: &Family<M>, most: usize) -> Result<Vec<Arc<Series<M>>>, OutOfMemory> {
        let some = family.first(most)?;
        memory::check(some.len() * size_of::<AnySeries>())?;
        Ok(some)
    }
    Ok(match family {
        AnyFamily::Value(family) => of_values(some(family, most)?),
        AnyFamily::Summary(family) => handles(family, some(family, most)?, AnySeries::Summary),
        AnyFamily::Histogram(family) => handles(family, some(family, most)?, AnySeries::Histogram),
        AnyFamily::Info(family) => of_infos(some(family, most)?),
        AnyFamily::StateSet(family) => handles(family, some(family, most)?, AnySeries::StateSet),
    })
}

/// The number of series of a family.
pub fn len(py: Python<'_>, family: &AnyFamily) -> usize {
    match family {
        AnyFamily::Value(family) => family.len(access(py)),
        AnyFamily::Summary(family) => family.len(access(py)),
        AnyFamily::Histogram(family) => family.len(access(py)),
        AnyFamily::Info(family) => family.len(access(py)),
        AnyFamily::StateSet(family) => family.len(access(py)),
    }
}

/// The KeyError for a series that does not exist, with a note on what makes it.
#[cold]
pub fn no_series(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> PyErr {
    let error = PyKeyError::new_err(series_key(py, labels.iter().copied()).unbind());
    let name = family.descriptor().name();
    let (which, update) = match labels.len() {
        0 => ("no series without labels", "labels()"),
        _ => ("no series with these labels", "labels(...) with them"),
    };
    let there = match len(py, family) {
        0 => " yet".to_owned(),
        1 => ", but one with others".to_owned(),
        count => format!(" among its {count} series"),
    };
    noted(py, error, &format!("{name}: there is {which}{there}; an update makes it, or {update}"))
}

fn of_values(series: Vec<Arc<Series<Value>>>) -> Vec<AnySeries> {
    series.into_iter().map(AnySeries::Value).collect()
}

fn of_infos(series: Vec<Arc<Series<Info>>>) -> Vec<AnySeries> {
    series.into_iter().map(AnySeries::Info).collect()
}

fn handles<M: Metric>(
    family: &Arc<Family<M>>,
    series: Vec<Arc<Series<M>>>,
    wrap: impl Fn(Handle<M>) -> AnySeries,
) -> Vec<AnySeries> {
    series.into_iter().map(|series| wrap(Handle { family: Arc::clone(family), series })).collect()
}

/// The series of a key: a dict of labels, or a key as iteration gives it.
///
/// # Errors
///
/// KeyError with that key when there is none; ValueError when the metric declares other label names.
pub fn find(py: Python<'_>, family: &AnyFamily, key: Option<&Bound<'_, PyAny>>) -> PyResult<AnySeries> {
    let labels = Labels::extract_key(family.descriptor().name(), key)?;
    let pairs = labels.pairs();
    if let Some(series) = find_series(py, family, &pairs) {
        return Ok(series);
    }
    match family {
        AnyFamily::Value(family) => family.check_declared(&pairs),
        AnyFamily::Summary(family) => family.check_declared(&pairs),
        AnyFamily::Histogram(family) => family.check_declared(&pairs),
        AnyFamily::Info(family) => family.check_declared(&pairs),
        AnyFamily::StateSet(family) => family.check_declared(&pairs),
    }?;
    Err(no_series(py, family, &pairs))
}

/// The series of these labels, if it was born.
pub fn find_series(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> Option<AnySeries> {
    fn handle<M: Metric>(py: Python<'_>, family: &Arc<Family<M>>, labels: &[Pair<'_>]) -> Option<Handle<M>> {
        let series = family.find(access(py), labels)?;
        Some(Handle { family: Arc::clone(family), series })
    }
    match family {
        AnyFamily::Value(family) => family.find(access(py), labels).map(AnySeries::Value),
        AnyFamily::Summary(family) => handle(py, family, labels).map(AnySeries::Summary),
        AnyFamily::Histogram(family) => handle(py, family, labels).map(AnySeries::Histogram),
        AnyFamily::Info(family) => family.find(access(py), labels).map(AnySeries::Info),
        AnyFamily::StateSet(family) => handle(py, family, labels).map(AnySeries::StateSet),
    }
}

/// `get_all`: pairs of the labels of each series, sorted by name, and what `get` returns for it.
pub fn all<'py>(metric: &Bound<'py, PyCollector>) -> PyResult<Bound<'py, PyList>> {
    let py = metric.py();
    let state = metric.get().state()?;
    let all = PyList::empty(py);
    // A subclass or a mock may have a `get` of its own.
    let get = metric.getattr(intern!(py, "get"))?;
    let own_get = state.overrides.read() || !get.is_instance_of::<PyCFunction>();
    or_memory_error(|| {
        for (step, key) in keys(&state.family)?.into_iter().enumerate() {
            memory::check_step(step)?;
            let mut pairs: Vec<Pair<'_>> = key.labels().pairs().collect();
            pairs.sort_unstable();
            let value =
                if own_get { get.call1((series_key(py, pairs.iter().copied()),))? } else { key.value(py)? };
            all.append((to_dict(py, pairs.into_iter())?, value))?;
        }
        Ok(all)
    })
}

/// `get_value`: the number, the live object, or the object of the user's.
pub fn get<'py>(
    py: Python<'py>,
    state: &State,
    key: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let series = find(py, &state.family, key)?;
    match state.kept.get(py, &series) {
        Some(object) => Ok(object),
        None => series.live(py),
    }
}
