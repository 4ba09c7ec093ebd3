//! The series of a metric for Python code: all of them, one of them, and their values.

use std::sync::Arc;

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::PyAny;

use super::handle::Handle;
use super::histogram;
use super::info;
use super::number;
use super::series::AnySeries;
use super::state_set;
use super::summary;
use crate::error::Error;
use crate::family::{AnyFamily, Family, Series};
use crate::labels::Pair;
use crate::memory::{self, OutOfMemory};
use crate::metric::{Info, Metric, Value};
use crate::python::argument::labels::{Labels, series_key};
use crate::python::interpreter::attached::access;
use crate::python::interpreter::note::noted;

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

/// The series of these labels, which is born when there is none.
pub fn bear(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> Result<AnySeries, Error> {
    fn handle<M: Metric>(
        py: Python<'_>,
        family: &Arc<Family<M>>,
        labels: &[Pair<'_>],
    ) -> Result<Handle<M>, Error> {
        let series = family.with(access(py), labels, Arc::clone)?;
        Ok(Handle { family: Arc::clone(family), series })
    }
    Ok(match family {
        AnyFamily::Value(family) => AnySeries::Value(family.with(access(py), labels, Arc::clone)?),
        AnyFamily::Summary(family) => AnySeries::Summary(handle(py, family, labels)?),
        AnyFamily::Histogram(family) => AnySeries::Histogram(handle(py, family, labels)?),
        AnyFamily::Info(family) => AnySeries::Info(family.with(access(py), labels, Arc::clone)?),
        AnyFamily::StateSet(family) => AnySeries::StateSet(handle(py, family, labels)?),
    })
}

/// Sets the value of a series that the core holds itself. The series is born when there is none.
///
/// # Errors
///
/// ValueError for labels that the family does not take or a value that it cannot hold, TypeError for an object that is no
/// such value. Nothing has changed then.
pub fn set(family: &AnyFamily, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match family {
        AnyFamily::Value(family) => number::set(family, labels, value),
        AnyFamily::Summary(family) => summary::set(family, labels, value),
        AnyFamily::Histogram(family) => histogram::set(family, labels, value),
        AnyFamily::Info(family) => info::set(family, labels, value),
        AnyFamily::StateSet(family) => state_set::set(family, labels, value),
    }
}
