//! Entries: functions that stand in the place of methods, and call what pyo3 made of these.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, Ordering};
use std::{ptr, slice};

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyTupleMethods};
use pyo3::{PyClass, PyTypeInfo, ffi};

use crate::python::class::call_mistake::Call;
use crate::python::interpreter::error::panicked;

/// A function as the interpreter calls it: with arguments, and the names of those that are given by name.
pub type Entry = ffi::PyCFunctionFastWithKeywords;

/// The outcome of a shortcut.
pub enum Outcome {
    /// The method returns None.
    Done,
    /// The method returns an object.
    Made(Py<PyAny>),
    /// The method raises an exception. An update has changed nothing then; a request may have noted a message.
    Raised(PyErr),
    /// The call is not plain; nothing has changed.
    Unusual,
}

impl From<PyResult<()>> for Outcome {
    #[inline(always)]
    fn from(result: PyResult<()>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(error) => Self::Raised(error),
        }
    }
}

impl<T> From<PyResult<Bound<'_, T>>> for Outcome {
    #[inline(always)]
    fn from(result: PyResult<Bound<'_, T>>) -> Self {
        match result {
            Ok(object) => Self::Made(object.into_any().unbind()),
            Err(error) => Self::Raised(error),
        }
    }
}

/// Runs a shortcut, and pyo3's wrapper of the method if the call is not plain.
///
/// A shortcut may call Python code. It does not count its attachment, so that pyo3 may keep a `Py` that is dropped in it, and
/// release it when one of its wrappers runs next; a `Bound` is released at once.
///
/// # Safety
///
/// As the interpreter calls a method of the class `T`: `receiver` is an object of it, there are `count` arguments and
/// behind them those of `names`, and this thread is attached. [`replace`] has set `original`.
#[inline(always)]
pub unsafe fn call<T: PyClass>(
    (original, method): (&AtomicPtr<c_void>, &'static str),
    run: impl FnOnce(Python<'_>, &Bound<'_, T>, &[Borrowed<'_, '_, PyAny>]) -> Outcome,
    receiver: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: as the caller promises. A `Borrowed` is a pointer to an object.
    let outcome = unsafe {
        if names.is_null() && !cfg!(Py_GIL_DISABLED) {
            let py = Python::assume_attached();
            let receiver = Borrowed::from_ptr(py, receiver).cast_unchecked::<T>();
            let arguments = match count {
                0 => &[],
                count => slice::from_raw_parts(arguments.cast(), count as usize),
            };
            // No panic may reach the interpreter.
            catch_unwind(AssertUnwindSafe(|| run(py, &receiver, arguments)))
                .unwrap_or_else(|_| Outcome::Raised(panicked()))
        } else {
            Outcome::Unusual
        }
    };
    match outcome {
        // SAFETY: this thread is attached.
        Outcome::Done => unsafe {
            let none = ffi::Py_None();
            ffi::Py_INCREF(none);
            none
        },
        Outcome::Made(object) => object.into_ptr(),
        // SAFETY: this thread is attached.
        Outcome::Raised(error) => unsafe {
            error.restore(Python::assume_attached());
            ptr::null_mut()
        },
        // SAFETY: the pointer is that of an `Entry`; see `replace`. The arguments are handed on as they came.
        Outcome::Unusual => unsafe {
            let original: Entry = std::mem::transmute(original.load(Ordering::Relaxed));
            let result = original(receiver, arguments, count, names);
            if result.is_null() {
                explain(method, receiver, arguments, count, names);
            }
            result
        },
    }
}

/// Adds a note on the arguments to the exception of a failed call.
///
/// # Safety
///
/// As for [`call`].
#[cold]
#[inline(never)]
unsafe fn explain(
    method: &'static str,
    receiver: *mut ffi::PyObject,
    arguments: *const *mut ffi::PyObject,
    count: ffi::Py_ssize_t,
    names: *mut ffi::PyObject,
) {
    // SAFETY: as for `call`. The class of the exception lives as long as the exception is not taken.
    unsafe {
        if ffi::PyErr_Occurred() != ffi::PyExc_TypeError {
            return;
        }
        let py = Python::assume_attached();
        let receiver = Borrowed::from_ptr(py, receiver);
        let names =
            Bound::from_borrowed_ptr_or_opt(py, names).and_then(|names| names.cast_into::<PyTuple>().ok());
        let keywords = names.as_ref().map_or(0, PyTupleMethods::len);
        let all: &[Borrowed<'_, '_, PyAny>] = match count as usize + keywords {
            0 => &[],
            all => slice::from_raw_parts(arguments.cast(), all),
        };
        let (positional, others) = all.split_at(count as usize);
        let call = Call { receiver: &receiver, method, positional, names: names.as_ref(), named: others };
        // No panic may reach the interpreter. The exception is lost then, and another one takes its place.
        let error = catch_unwind(AssertUnwindSafe(|| PyErr::take(py).map(|error| call.explain(error))));
        match error {
            Ok(error) => error.into_iter().for_each(|error| error.restore(py)),
            Err(_) => panicked().restore(py),
        }
    }
}

/// Puts `entry` in the place of a method of the class `T`, and keeps pyo3's wrapper in `original`. Done once: if the module
/// is imported again, the classes are the same, and the method is the entry already.
pub fn replace<T: PyTypeInfo>(
    py: Python<'_>,
    name: &str,
    entry: Entry,
    original: &AtomicPtr<c_void>,
) -> PyResult<()> {
    if !original.load(Ordering::Relaxed).is_null() {
        return Ok(());
    }
    let class = py.get_type::<T>();
    let method = class.getattr(name)?;
    let refused = || PyTypeError::new_err(format!("{class} has no method {name} of the usual kind"));
    // SAFETY: this thread is attached. A method descriptor has this layout, and points to the definition of its method, which
    // lives as long as the process, as its copy does: pyo3 and this function leak them.
    unsafe {
        if ffi::Py_TYPE(method.as_ptr()) != &raw mut ffi::PyMethodDescr_Type {
            return Err(refused());
        }
        let definition = &*(*method.as_ptr().cast::<ffi::PyMethodDescrObject>()).d_method;
        if definition.ml_flags != ffi::METH_FASTCALL | ffi::METH_KEYWORDS {
            return Err(refused());
        }
        original.store(definition.ml_meth.PyCFunctionFastWithKeywords as *mut c_void, Ordering::Relaxed);
        let replacement = Box::leak(Box::new(ffi::PyMethodDef {
            ml_name: definition.ml_name,
            ml_meth: ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: entry },
            ml_flags: definition.ml_flags,
            ml_doc: definition.ml_doc,
        }));
        let method = ffi::PyDescr_NewMethod(class.as_type_ptr(), replacement);
        class.setattr(name, Bound::from_owned_ptr_or_err(py, method)?)
    }
}
