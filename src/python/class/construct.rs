//! `__new__` and `__init__` of metrics: a registry may hand back a metric that is made twice.
//!
//! Python calls `__new__`, and then `__init__` of what that returned, if it is an object of the class. To hand back another
//! object, `__new__` must know whether there is one. So in a registry that reuses metrics, `__new__` does all the work, and the
//! `__init__` that follows does nothing. A class that has an `__init__` or a `__new__` of its own is left alone: it decides
//! itself what the arguments are, and its `__init__` must not run again on an object that is in use.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use pyo3::{PyClass, ffi};

use crate::python::interpreter::error::panicked;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::class::{PyCounter, PyEnum, PyGauge, PyHistogram, PyInfo, PySummary};
use crate::python::metric::collector::PyCollector;
use crate::python::metric::duplicate;
use crate::python::metric::place::Place;
use crate::python::metric::registry::PyRegistry;

/// A class of metrics.
pub trait Constructed: PyClass {
    /// An object of it as a metric.
    fn metric<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, PyCollector>;

    /// Initialises an object with the arguments of its constructor. Gives the metric that is there already, if the registry
    /// hands it back; then the object is as it was.
    ///
    /// # Errors
    ///
    /// Those of the constructor.
    fn init<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyCollector>>>;
}

/// `__init__` of a class of metrics.
///
/// # Errors
///
/// Those of the constructor.
pub fn initialise<'py, T: Constructed>(
    slf: &Bound<'py, T>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<()> {
    let metric = T::metric(slf);
    if metric.get().take_done() {
        return Ok(());
    }
    match T::init(slf, args, kwargs)? {
        Some(there) if !there.is(metric) => Err(duplicate::of_own_constructor(metric, &there)),
        _ => Ok(()),
    }
}

/// The place of the registry among the arguments by position.
const REGISTRY: usize = 3;

/// Whether arguments name a registry that hands back what is made twice.
fn is_reusing<'py>(args: &Bound<'py, PyTuple>, kwargs: Option<&Bound<'py, PyDict>>) -> PyResult<bool> {
    if args.is_empty() && kwargs.is_none_or(PyDictMethods::is_empty) {
        return Ok(false);
    }
    let by_name = kwargs.map(|kwargs| kwargs.get_item("registry")).transpose()?.flatten();
    let given = by_name.or_else(|| args.get_item(REGISTRY).ok()).filter(|registry| !registry.is_none());
    Ok(Place::of(args.py(), given.as_ref())?.reusing().is_some())
}

/// Does the work of `__init__` on a new object if its registry hands back what is made twice. Gives the object, or the one
/// that is there.
fn made<'py, T: Constructed>(
    new: Bound<'py, T>,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    calls_python(new.py());
    if !is_reusing(args, kwargs)? {
        return Ok(new.into_any());
    }
    let metric = T::init(&new, args, kwargs)?.unwrap_or_else(|| T::metric(&new).clone());
    metric.get().set_done();
    Ok(metric.into_any())
}

/// The functions that a class had for `__new__` and `__init__` when the module was made.
struct Original {
    new: AtomicPtr<c_void>,
    init: AtomicPtr<c_void>,
}

impl Original {
    const fn none() -> Self {
        Self { new: AtomicPtr::new(ptr::null_mut()), init: AtomicPtr::new(ptr::null_mut()) }
    }

    /// Puts `entry` in the place of `__new__` of the class `T`. Done once: if the module is imported again, the classes are
    /// the same.
    fn replace<T: Constructed>(&self, py: Python<'_>, entry: ffi::newfunc) {
        let class = py.get_type::<T>();
        if !self.new.load(Ordering::Relaxed).is_null() {
            return;
        }
        // SAFETY: this thread is attached, and nobody else uses the class yet, as the module that makes it is not there
        // yet: neither its objects nor classes derived from it exist. `__new__` as the class shows it calls what stands here.
        unsafe {
            let slots = &mut *class.as_type_ptr();
            if let (Some(new), Some(init)) = (slots.tp_new, slots.tp_init) {
                self.new.store(new as *mut c_void, Ordering::Relaxed);
                self.init.store(init as *mut c_void, Ordering::Relaxed);
                slots.tp_new = Some(entry);
            }
        }
    }

    /// Makes an object of a class that is `T` or derived from it, and does the work of `__init__` if that is due.
    ///
    /// # Safety
    ///
    /// As the interpreter calls `tp_new`: this thread is attached, `class` is such a class, `args` is a tuple, and `kwargs` a
    /// dict or null. `replace` was called, with `entry`.
    unsafe fn call<T: Constructed>(
        &self,
        entry: ffi::newfunc,
        class: *mut ffi::PyTypeObject,
        args: *mut ffi::PyObject,
        kwargs: *mut ffi::PyObject,
    ) -> *mut ffi::PyObject {
        // SAFETY: the pointer is that of a `newfunc`; see `replace`. The arguments are handed on as they came.
        let new = unsafe {
            let original: ffi::newfunc = std::mem::transmute(self.new.load(Ordering::Relaxed));
            original(class, args, kwargs)
        };
        if new.is_null() || !PyRegistry::any_reuses() {
            return new;
        }
        // SAFETY: as the caller promises. What the original made is a new reference to an object of the class.
        let (py, new, args, kwargs, slots) = unsafe {
            let py = Python::assume_attached();
            let new = Bound::from_owned_ptr(py, new).cast_into_unchecked::<T>();
            let args = Bound::from_borrowed_ptr(py, args).cast_into_unchecked::<PyTuple>();
            let kwargs = Bound::from_borrowed_ptr_or_opt(py, kwargs);
            (py, new, args, kwargs.map(|kwargs| kwargs.cast_into_unchecked::<PyDict>()), &*class)
        };
        let is = |slot: Option<*mut c_void>, own: *mut c_void| slot == Some(own);
        let has_own_new = !is(slots.tp_new.map(|new| new as *mut c_void), entry as *mut c_void);
        let init = self.init.load(Ordering::Relaxed);
        if has_own_new || !is(slots.tp_init.map(|init| init as *mut c_void), init) {
            return new.into_ptr();
        }
        // No panic may reach the interpreter.
        let made = catch_unwind(AssertUnwindSafe(|| made(new, &args, kwargs.as_ref())));
        match made.unwrap_or_else(|_| Err(panicked())) {
            Ok(metric) => metric.into_ptr(),
            Err(error) => {
                error.restore(py);
                ptr::null_mut()
            }
        }
    }
}

macro_rules! install {
    ($($class:ty),+) => {
        /// Puts the functions into the classes.
        pub fn install(py: Python<'_>) {
            $({
                static ORIGINAL: Original = Original::none();

                unsafe extern "C" fn new(
                    class: *mut ffi::PyTypeObject,
                    args: *mut ffi::PyObject,
                    kwargs: *mut ffi::PyObject,
                ) -> *mut ffi::PyObject {
                    // SAFETY: the interpreter calls this as `tp_new` of the class or of one that is derived from it.
                    unsafe { ORIGINAL.call::<$class>(new, class, args, kwargs) }
                }

                ORIGINAL.replace::<$class>(py, new);
            })+
        }
    };
}

install!(PyCollector, PyCounter, PyGauge, PySummary, PyHistogram, PyInfo, PyEnum);

macro_rules! numbers {
    ($($class:ty),+) => {
        $(impl Constructed for $class {
            fn metric<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, PyCollector> {
                slf.as_super()
            }

            fn init<'py>(
                slf: &Bound<'py, Self>,
                args: &Bound<'py, PyTuple>,
                kwargs: Option<&Bound<'py, PyDict>>,
            ) -> PyResult<Option<Bound<'py, PyCollector>>> {
                PyCollector::init(slf.as_super(), args, kwargs)
            }
        })+
    };
}

numbers!(PyCounter, PyGauge);
