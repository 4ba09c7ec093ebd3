//! Failures of metrics that must not reach the caller.

use pyo3::prelude::*;

use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::calls_python;

/// Logs the failure of a metric at the end of a block, if the error of the block itself is the one to be raised. Some, such
/// as Ctrl-C, are meant for the caller all the same.
pub fn keep_error<'py>(
    py: Python<'py>,
    error: Option<&Bound<'py, PyAny>>,
    outcome: PyResult<()>,
) -> PyResult<()> {
    static LOG: OfPackage = OfPackage::new("aioprometheus.timing.span", "log_failure");
    match outcome {
        Err(failure) if error.is_some() => {
            calls_python(py);
            LOG.get(py)?.call1((failure.into_value(py),)).map(drop)
        }
        outcome => outcome,
    }
}

/// Logs that a program's own clock failed when a block ended, which cannot be measured then.
///
/// # Errors
///
/// The failure itself, if it is meant for the caller.
#[cold]
pub fn without_clock(py: Python<'_>, failure: PyErr) -> PyResult<()> {
    static LOG: OfPackage = OfPackage::new("aioprometheus.timing.labels", "without_clock");
    calls_python(py);
    LOG.get(py)?.call1((failure.into_value(py),)).map(drop)
}
