//! Rows: the series of the requests that have the same labels.

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::metric::Number;
use crate::python::argument::exemplar::{ExemplarArgument, is_hooked};
use crate::python::child::class::{PyBoundCounter, PyBoundHistogram};
use crate::python::metric::class::PyCounter;

/// What is observed of a request that has ended.
pub struct Observed {
    /// The seconds until the answer was complete; nothing for a stream whose duration is left out.
    pub duration: Option<f64>,
    /// The seconds until the first byte of the body of the answer; nothing if there was none.
    pub first_byte: Option<f64>,
    /// The bytes of the body of the request.
    pub request_bytes: f64,
    /// The bytes of the body of the answer.
    pub response_bytes: f64,
}

impl Observed {
    /// The same of an answer without a body, which the server leaves out although the application has sent one.
    pub fn without_body(self) -> Self {
        Self { first_byte: None, response_bytes: 0.0, ..self }
    }
}

/// The series of the standard metrics for one method, path and status. What is left out by the settings is not there.
#[derive(FromPyObject)]
pub struct Row {
    requests: Option<Py<PyBoundCounter>>,
    duration: Option<Py<PyBoundHistogram>>,
    first_byte: Option<Py<PyBoundHistogram>>,
    request_size: Option<Py<PyBoundHistogram>>,
    response_size: Option<Py<PyBoundHistogram>>,
}

impl Row {
    /// Counts a request.
    ///
    /// # Errors
    ///
    /// What a metric raises; the others have counted the request.
    pub fn record(
        &self,
        py: Python<'_>,
        observed: &Observed,
        exemplar: ExemplarArgument<'_, '_>,
    ) -> PyResult<()> {
        let mut failure = None;
        let mut note = |outcome: PyResult<()>| {
            if let Err(error) = outcome {
                failure = Some(graver(py, failure.take(), error));
            }
        };
        if let Some(child) = &self.requests {
            note(count(py, child, exemplar));
        }
        if let (Some(child), Some(seconds)) = (&self.duration, observed.duration) {
            note(observe(py, child, seconds, exemplar));
        }
        if let (Some(child), Some(seconds)) = (&self.first_byte, observed.first_byte) {
            note(observe(py, child, seconds, exemplar));
        }
        if let Some(child) = &self.request_size {
            note(observe(py, child, observed.request_bytes, None));
        }
        if let Some(child) = &self.response_size {
            note(observe(py, child, observed.response_bytes, None));
        }
        failure.map_or(Ok(()), Err)
    }
}

/// The outcome of two parts, of which the second was done whatever became of the first: the first error, but rather one that
/// is meant for the caller, such as Ctrl-C.
#[inline]
pub fn both(py: Python<'_>, first: PyResult<()>, second: PyResult<()>) -> PyResult<()> {
    match second {
        Ok(()) => first,
        Err(second) => Err(graver(py, first.err(), second)),
    }
}

#[cold]
fn graver(py: Python<'_>, first: Option<PyErr>, second: PyErr) -> PyErr {
    let is_failure = |error: &PyErr| error.is_instance_of::<PyException>(py);
    match first {
        Some(first) if !is_failure(&first) || is_failure(&second) => first,
        _ => second,
    }
}

/// Adds 1 to a counter.
pub fn count(py: Python<'_>, child: &Py<PyBoundCounter>, exemplar: ExemplarArgument<'_, '_>) -> PyResult<()> {
    let child = &child.get().0;
    if exemplar.is_none() && !is_hooked() {
        return child.add(py, Number::Int(1));
    }
    child.add_with(py, Ok(Number::Int(1)), exemplar)
}

/// Puts a value into a histogram.
pub fn observe(
    py: Python<'_>,
    child: &Py<PyBoundHistogram>,
    value: f64,
    exemplar: ExemplarArgument<'_, '_>,
) -> PyResult<()> {
    let child = &child.get().0;
    if exemplar.is_none() && !is_hooked() {
        return child.observe(py, value);
    }
    child.observe_with(py, Ok(Number::Float(value)), exemplar)
}

/// The labels with which the four counters of 23.12.0 count the requests of one method, path and status.
#[derive(FromPyObject)]
pub struct Labels {
    /// The method and the path.
    pub of_request: Py<PyDict>,
    /// The status code as well.
    pub of_status: Py<PyDict>,
}

/// Calls `inc` of a counter, or of the object that a subclass has in its place. That one gets labels of its own, which it may
/// keep or change.
pub fn increment(counter: &Bound<'_, PyAny>, labels: &Bound<'_, PyDict>) -> PyResult<()> {
    let inc = intern!(counter.py(), "inc");
    if counter.is_exact_instance_of::<PyCounter>() {
        return counter.call_method1(inc, (labels,)).map(drop);
    }
    counter.call_method1(inc, (labels.copy()?,)).map(drop)
}
