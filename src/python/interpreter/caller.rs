//! Exceptions that are meant for whoever called this library, although a function or a method of a metric raised them.

use pyo3::exceptions::{PyException, PyGeneratorExit};
use pyo3::intern;
use pyo3::prelude::*;

/// Return whether what a function raised that a metric has called goes to the caller of the
/// metric: an interrupt such as KeyboardInterrupt, SystemExit, and that by which gevent stops a
/// greenlet.
///
/// A metric never raises into a request of its own accord, so all else is a failure of the
/// function. So are asyncio's CancelledError and GeneratorExit: both arrive where a coroutine or
/// generator waits, never in a function.
///
/// :param error: The exception.
#[pyfunction]
pub fn is_for_caller(error: &Bound<'_, PyAny>) -> PyResult<bool> {
    if error.is_instance_of::<PyException>() || error.is_instance_of::<PyGeneratorExit>() {
        return Ok(false);
    }
    // Nobody has raised one if asyncio was not imported.
    let py = error.py();
    let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
    let Ok(asyncio) = modules.get_item(intern!(py, "asyncio.exceptions")) else {
        return Ok(true);
    };
    let cancelled = asyncio.getattr(intern!(py, "CancelledError"));
    Ok(!cancelled.is_ok_and(|cancelled| error.is_instance(&cancelled).unwrap_or(false)))
}
