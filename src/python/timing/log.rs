//! Failures of metrics that must not reach the caller.

use pyo3::exceptions::PyException;
use pyo3::prelude::*;

use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::calls_python;

/// Logs the failure of a metric at the end of a block, if the error of the block itself is the one to be raised. What is not
/// an `Exception`, such as Ctrl-C, is meant for the caller.
pub fn keep_error<'py>(
    py: Python<'py>,
    error: Option<&Bound<'py, PyAny>>,
    outcome: PyResult<()>,
) -> PyResult<()> {
    static LOG: OfPackage = OfPackage::new("aioprometheus.timing.span", "log_failure");
    match outcome {
        Err(failure) if error.is_some() && failure.is_instance_of::<PyException>(py) => {
            calls_python(py);
            LOG.get(py)?.call1((failure.value(py),)).map(drop)
        }
        outcome => outcome,
    }
}
