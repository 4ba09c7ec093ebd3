//! The series of a metric for Python code: all of them, one of them, and their values.

use std::sync::Arc;

use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::PyAny;

use super::handle::Handle;
use super::series::{AnySeries, PyValue};
use crate::error::Error;
use crate::family::{AnyFamily, Family, Series};
use crate::labels::Pair;
use crate::memory::{self, OutOfMemory};
use crate::metric::{Metric, with_any};
use crate::python::argument::labels::{Labels, series_key};
use crate::python::interpreter::attached::access;
use crate::python::interpreter::note::noted;
use crate::python::interpreter::notice::tell_overflow;

/// The series of a family, in the order of their births.
///
/// # Errors
///
/// [`OutOfMemory`].
pub fn keys(family: &AnyFamily) -> Result<Vec<AnySeries>, OutOfMemory> {
    first(family, usize::MAX)
}

/// The first series of a family, `most` at most.
///
/// # Errors
///
/// [`OutOfMemory`].
pub fn first(family: &AnyFamily, most: usize) -> Result<Vec<AnySeries>, OutOfMemory> {
    with_any!(AnyFamily, family, family => {
        let some = family.first(most)?;
        // For what is made of them here, too.
        memory::check(some.len() * size_of::<AnySeries>())?;
        Ok(handles(family, some))
    })
}

/// The number of series of a family.
pub fn len(py: Python<'_>, family: &AnyFamily) -> usize {
    with_any!(AnyFamily, family, family => family.len(access(py)))
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

fn handles<M: Metric>(family: &Arc<Family<M>>, series: Vec<Arc<Series<M>>>) -> Vec<AnySeries>
where
    AnySeries: From<Handle<M>>,
{
    series.into_iter().map(|series| Handle::new(family, series).into()).collect()
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
    with_any!(AnyFamily, family, family => family.check_declared(&pairs))?;
    Err(no_series(py, family, &pairs))
}

/// The series of these labels, if it was born.
pub fn find_series(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> Option<AnySeries> {
    with_any!(AnyFamily, family, family => {
        let series = family.find(access(py), labels)?;
        Some(Handle::new(family, series).into())
    })
}

/// The series of these labels, which is born when there is none.
pub fn bear(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> Result<AnySeries, Error> {
    with_any!(AnyFamily, family, family => {
        let series = family.bind(access(py), labels)?;
        Ok(Handle::new(family, series).into())
    })
}

/// Counts an update that went to the overflow of a family in the place of a series of its own.
pub fn count_refused(family: &AnyFamily) {
    with_any!(AnyFamily, family, family => {
        family.count_refused();
        tell_overflow(family);
    });
}

/// Checks that a series with these labels exists or may be born.
pub fn check(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> Result<(), Error> {
    with_any!(AnyFamily, family, family => family.check(access(py), labels))
}

/// Removes the series of these labels; gives whether there was one.
pub fn remove(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> bool {
    with_any!(AnyFamily, family, family => family.remove(access(py), labels))
}

/// As [`PyValue::set`].
pub fn set(family: &AnyFamily, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    with_any!(AnyFamily, family, family => {
        PyValue::set(family, labels, value)?;
        tell_overflow(family);
        Ok(())
    })
}

/// As [`PyValue::is_object`].
pub fn is_object(family: &AnyFamily, value: &Bound<'_, PyAny>, keeps: bool) -> PyResult<bool> {
    with_any!(AnyFamily, family, family => PyValue::is_object(family, value, keeps))
}
