//! MemoryError where pyo3 panics.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use pyo3::prelude::*;

use crate::memory::OutOfMemory;

/// What pyo3 panics with where Python could not make an object, and the exception was told.
const NO_OBJECT: &str = "PyObject pointer is null";

/// Runs `work`, which makes as many objects as there are series, or as their text is long.
///
/// # Errors
///
/// MemoryError where there is no memory for them, and what `work` gives.
pub fn or_memory_error<R>(work: impl FnOnce() -> PyResult<R>) -> PyResult<R> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| match panic.downcast_ref::<&str>() {
        Some(&NO_OBJECT) => Err(OutOfMemory.into()),
        _ => resume_unwind(panic),
    })
}
