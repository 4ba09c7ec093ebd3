//! What measures blocks and calls: timers, the number in progress, and those that raise.

mod block;
pub mod clock;
pub mod in_progress;
mod log;
pub mod ready;
mod run;
pub mod target;
pub mod timer;
pub mod unfinished;

use pyo3::prelude::*;

use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::calls_python;

/// What counts the exceptions of blocks and calls, in a counter or a child of one.
///
/// # Errors
///
/// What its constructor raises.
pub fn exception_counter<'py>(
    counter: &Bound<'py, PyAny>,
    types: Option<&Bound<'py, PyAny>>,
    labels: Option<&Bound<'py, PyAny>>,
    exclude: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    static COUNTER: OfPackage = OfPackage::new("aioprometheus.timing.exceptions", "ExceptionCounter");
    let py = counter.py();
    calls_python(py);
    COUNTER.get(py)?.call1((counter, types, labels, exclude))
}
