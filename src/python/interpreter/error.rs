//! Python exceptions for the errors of the core.

use pyo3::exceptions::{PyMemoryError, PyRuntimeError, PyValueError};
use pyo3::{PyErr, Python, ffi};

use super::note::noted;
use crate::error::Error;
use crate::memory::OutOfMemory;

/// The exception for a panic.
#[cold]
pub fn panicked() -> PyErr {
    PyRuntimeError::new_err("aioprometheus panicked; please report this")
}

impl From<OutOfMemory> for PyErr {
    #[cold]
    fn from(error: OutOfMemory) -> Self {
        PyMemoryError::new_err(error.to_string())
    }
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let refusal = match error {
            Error::OutOfMemory(error) => error.into(),
            Error::MetricName { .. }
            | Error::Metric { .. }
            | Error::NamesMeet { .. }
            | Error::SampleClash { .. } => PyValueError::new_err(error.to_string()),
        };
        match error.advice() {
            // Not attached anew, which could fail while the interpreter ends.
            //
            // SAFETY: the thread is attached. Errors that have advice are about what a user gave, and are made only in
            // calls of Python code, never in a scrape that runs detached. The check is a second line of defence: once
            // there is a sub-interpreter in the process, it says yes to every thread.
            Some(advice) if unsafe { ffi::PyGILState_Check() } != 0 => unsafe {
                noted(Python::assume_attached(), refusal, &advice)
            },
            _ => refusal,
        }
    }
}
