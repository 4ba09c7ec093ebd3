//! Results of calls that have yet to run.

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::python::interpreter::import::Import;

/// Return whether what a call returned goes on after it: a coroutine or another awaitable, a
/// generator of either kind, or the context manager of a generator function.
///
/// :param result: What the call returned.
#[pyfunction]
pub fn is_unfinished(result: &Bound<'_, PyAny>) -> PyResult<bool> {
    let is_plain = result.is_none()
        || result.is_exact_instance_of::<PyString>()
        || result.is_exact_instance_of::<PyDict>()
        || result.is_exact_instance_of::<PyBool>()
        || result.is_exact_instance_of::<PyInt>()
        || result.is_exact_instance_of::<PyFloat>()
        || result.is_exact_instance_of::<PyList>()
        || result.is_exact_instance_of::<PyTuple>();
    if is_plain { Ok(false) } else { may_go_on(result) }
}

fn may_go_on(result: &Bound<'_, PyAny>) -> PyResult<bool> {
    static MANAGER: Import = Import::new("contextlib", "_GeneratorContextManagerBase");
    // SAFETY: this thread is attached, and the object is alive.
    let runs = unsafe {
        let object = result.as_ptr();
        let awaitable =
            (*ffi::Py_TYPE(object)).tp_as_async.as_ref().is_some_and(|slots| slots.am_await.is_some());
        awaitable || ffi::PyGen_Check(object) != 0 || ffi::PyAsyncGen_CheckExact(object) != 0
    };
    // Types that asyncio takes for futures by this attribute.
    let duck = |object: &Bound<'_, PyAny>| object.get_type().hasattr("_asyncio_future_blocking");
    Ok(runs || result.is_instance(MANAGER.get(result.py())?)? || duck(result)?)
}
