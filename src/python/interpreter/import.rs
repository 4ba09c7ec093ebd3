//! Python classes and functions that the bindings look up.

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyString, PyType};
use pyo3::{ffi, intern};

/// A class or function of the standard library, looked up at its first use. The package imports these modules
/// when it is imported itself, so that no Python code runs in a call that needs one of them.
pub struct Import {
    module: &'static str,
    name: &'static str,
    object: PyOnceLock<Py<PyAny>>,
}

impl Import {
    /// Names the object; nothing is imported yet.
    pub const fn new(module: &'static str, name: &'static str) -> Self {
        Self { module, name, object: PyOnceLock::new() }
    }

    /// The object.
    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        if self.object.get(py).is_none() {
            // The cell is not held while the import runs, because a signal handler or a finaliser may come in between and
            // ask for the same object.
            let object = py.import(self.module)?.getattr(self.name)?.unbind();
            let _ = self.object.set(py, object);
        }
        match self.object.get(py) {
            Some(object) => Ok(object.bind(py)),
            None => unreachable!("it was set above, if not before"),
        }
    }

    /// Whether `instance` is an instance of the object, a class. Its module is not imported for that: before
    /// somebody else has imported it, there are no instances.
    pub fn is_class_of(&self, instance: &Bound<'_, PyAny>) -> PyResult<bool> {
        let py = instance.py();
        if self.object.get(py).is_none() {
            let modules = py.import(intern!(py, "sys"))?.getattr(intern!(py, "modules"))?;
            if !modules.contains(self.module)? {
                return Ok(false);
            }
        }
        instance.is_instance(self.get(py)?)
    }
}

/// A class or function of the Python half of this package, in the copy of it that is imported now.
///
/// Tests import packages again, for a while or for good, and compare classes. Objects that this library makes for such a
/// copy must be of the copy's classes.
pub struct OfPackage {
    module: &'static str,
    name: &'static str,
    /// The module that it was found in last, and the object. No Python code runs while the lock is held.
    found: Mutex<Option<(Py<PyAny>, Py<PyAny>)>>,
}

impl OfPackage {
    /// Names the object; nothing is imported yet.
    pub const fn new(module: &'static str, name: &'static str) -> Self {
        Self { module, name, found: Mutex::new(None) }
    }

    /// The object.
    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let imported = imported(py, self.module)?;
        let found =
            self.found.lock().as_ref().map(|(module, object)| (module.as_ptr(), object.clone_ref(py)));
        let imported = match (imported, found) {
            // When the package is not imported any more, or the interpreter ends, the last copy is as good as another one.
            (None, Some((_, object))) => return Ok(object.into_bound(py)),
            (Some(imported), Some((module, object)))
                // A module whose import is under way does not have the object yet.
                if imported.as_ptr() == module || !imported.hasattr(self.name)? =>
            {
                return Ok(object.into_bound(py));
            }
            (imported, _) => imported,
        };
        let module = match imported {
            Some(module) if module.hasattr(self.name)? => module,
            _ => py.import(self.module)?.into_any(),
        };
        let object = module.getattr(self.name)?;
        let before = self.found.lock().replace((module.unbind(), object.clone().unbind()));
        drop(before);
        Ok(object)
    }
}

/// The module of that name, if it is imported.
fn imported<'py>(py: Python<'py>, name: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = PyString::intern(py, name);
    // SAFETY: this thread is attached, and the result is a new reference or null.
    let module = unsafe { Bound::from_owned_ptr_or_opt(py, ffi::PyImport_GetModule(name.as_ptr())) };
    match (module, PyErr::take(py)) {
        (_, Some(error)) => Err(error),
        // `sys.modules` holds None for a module that is not to be imported.
        (module, None) => Ok(module.filter(|module| !module.is_none())),
    }
}

/// The short name of the class of `object`, for messages.
pub fn class_name(object: &Bound<'_, PyAny>) -> String {
    name_of(&object.get_type())
}

/// The short name of a class, for messages.
pub fn name_of(class: &Bound<'_, PyType>) -> String {
    class.name().map_or_else(|_| "object".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// An empty `OrderedDict`, for what `get` of a summary or a histogram returns.
pub fn ordered_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    static ORDERED_DICT: Import = Import::new("collections", "OrderedDict");
    Ok(ORDERED_DICT.get(py)?.call0()?.cast_into()?)
}
