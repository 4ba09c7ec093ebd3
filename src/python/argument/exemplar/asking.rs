//! Calls of the exemplar hook, by context. The hook is not called for the updates that it makes itself.
//!
//! A mark on the thread would not do: under gevent, while a hook waits, other greenlets of its thread run, which have
//! contexts of their own. Tasks and greenlets that begin inside the hook have copies of its context, and such a copy may
//! outlive the call. So the context variable holds an object for the call, which knows when the call has ended.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

/// One call of the hook.
#[pyclass(frozen, module = "aioprometheus._core")]
struct HookCall {
    is_under_way: AtomicBool,
}

/// The ``ContextVar`` that holds the innermost call of the hook.
fn variable(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static VARIABLE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let variable = VARIABLE.get_or_try_init(py, || {
        let name = c"aioprometheus_exemplar_hook";
        // SAFETY: this thread is attached, the name is a C string, and null stands for no default.
        let new = unsafe { ffi::PyContextVar_New(name.as_ptr(), std::ptr::null_mut()) };
        // SAFETY: this thread is attached; the result is a new reference, or null with an exception set.
        unsafe { Bound::from_owned_ptr_or_err(py, new) }.map(Bound::unbind)
    })?;
    Ok(variable.bind(py))
}

/// Whether the current context runs the hook.
///
/// # Errors
///
/// MemoryError.
pub fn is_asking(py: Python<'_>) -> PyResult<bool> {
    let mut value = std::ptr::null_mut();
    // SAFETY: this thread is attached, and the object is a context variable.
    if unsafe { ffi::PyContextVar_Get(variable(py)?.as_ptr(), std::ptr::null_mut(), &raw mut value) } < 0 {
        return Err(PyErr::fetch(py));
    }
    // SAFETY: the value is a new reference, or null if the variable has none in this context.
    let value = unsafe { Bound::from_owned_ptr_or_opt(py, value) };
    let call = value.as_ref().and_then(|value| value.cast::<HookCall>().ok());
    Ok(call.is_some_and(|call| call.get().is_under_way.load(Ordering::Relaxed)))
}

/// A call of the hook in the current context, until it is dropped.
pub struct Asking<'py> {
    call: Bound<'py, HookCall>,
    /// The token with which the variable gets its earlier value back.
    token: Bound<'py, PyAny>,
}

impl<'py> Asking<'py> {
    /// Begins a call.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn begin(py: Python<'py>) -> PyResult<Self> {
        let call = Bound::new(py, HookCall { is_under_way: AtomicBool::new(true) })?;
        // SAFETY: this thread is attached, and both are objects; the first is a context variable.
        let token = unsafe { ffi::PyContextVar_Set(variable(py)?.as_ptr(), call.as_ptr()) };
        // SAFETY: the token is a new reference, or null with an exception set.
        let token = unsafe { Bound::from_owned_ptr_or_err(py, token) }?;
        Ok(Self { call, token })
    }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        let py = self.call.py();
        // Copies of the context hold the same object, so that the call has ended in these, too.
        self.call.get().is_under_way.store(false, Ordering::Relaxed);
        let Ok(variable) = variable(py) else {
            return;
        };
        // SAFETY: this thread is attached, the variable is a context variable, and the token came from setting it.
        if unsafe { ffi::PyContextVar_Reset(variable.as_ptr(), self.token.as_ptr()) } < 0 {
            // The hook switched its caller to another context, where this token does not count; the call has ended all the same.
            drop(PyErr::take(py));
        }
    }
}
