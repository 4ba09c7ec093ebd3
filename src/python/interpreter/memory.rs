//! MemoryErrors where pyo3 panics.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use pyo3::prelude::*;

use crate::memory::OutOfMemory;

/// The panic of pyo3 where Python could not make an object; pyo3 has printed the exception.
const NO_OBJECT: &str = "PyObject pointer is null";

/// Runs `work`, whose objects grow with the number of series or with the length of their text.
///
/// # Errors
///
/// MemoryError if there is no memory for the objects, and the errors of `work`.
pub fn or_memory_error<R>(work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| match panic.downcast_ref::<&str>() {
        Some(&NO_OBJECT) => Err(OutOfMemory.into()),
        _ => resume_unwind(panic),
    })
}
