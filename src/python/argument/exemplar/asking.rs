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

/// A call of the hook, until it is dropped: this thread is in a copy of its context meanwhile.
///
/// The context of the update stays as it is, since the update may be one of a finaliser. Before CPython 3.12 those run where any
/// object is made, also while a variable of that context is set; if another one is set meanwhile, the outer one goes on with freed
/// memory (python/cpython#148891).
pub struct Asking<'py> {
    call: Bound<'py, HookCall>,
    context: Bound<'py, PyAny>,
}

impl<'py> Asking<'py> {
    /// Begins a call.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn begin(py: Python<'py>) -> PyResult<Self> {
        let call = Bound::new(py, HookCall { is_under_way: AtomicBool::new(true) })?;
        let context = copy_of_context(py)?;
        // SAFETY: this thread is attached, and the object is a context, which nobody has entered.
        if unsafe { ffi::PyContext_Enter(context.as_ptr()) } < 0 {
            return Err(PyErr::fetch(py));
        }
        let asking = Self { call, context };
        // SAFETY: this thread is attached, and both are objects; the first is a context variable.
        let token = unsafe { ffi::PyContextVar_Set(variable(py)?.as_ptr(), asking.call.as_ptr()) };
        // SAFETY: the token is a new reference, or null with an exception set.
        unsafe { Bound::from_owned_ptr_or_err(py, token) }?;
        Ok(asking)
    }
}

/// A copy of the current context.
///
/// # Errors
///
/// MemoryError.
fn copy_of_context(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    // The copy is made before it holds what it copies: as above, no finaliser may come in between.
    #[cfg(not(Py_3_12))]
    // SAFETY: this thread is attached.
    let collects = unsafe { ffi::PyGC_Disable() } == 1;
    // SAFETY: this thread is attached.
    let copy = unsafe { ffi::PyContext_CopyCurrent() };
    #[cfg(not(Py_3_12))]
    if collects {
        // SAFETY: this thread is attached.
        unsafe { ffi::PyGC_Enable() };
    }
    // SAFETY: this thread is attached; the result is a new reference, or null with an exception set.
    unsafe { Bound::from_owned_ptr_or_err(py, copy) }
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        // Other copies of the context hold the same object, so that the call has ended in these, too.
        self.call.get().is_under_way.store(false, Ordering::Relaxed);
        // SAFETY: this thread is attached, and the object is a context.
        if unsafe { ffi::PyContext_Exit(self.context.as_ptr()) } < 0 {
            // The hook left its caller in another context; the call has ended all the same.
            drop(PyErr::take(self.call.py()));
        }
    }
}
