//! Python objects that the bindings look up once.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// A class or function of a Python module, looked up at its first use. The package imports these modules
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
            // The cell is not held while the import runs: a signal handler or a finaliser may come in
            // between and ask for the same object.
            let object = py.import(self.module)?.getattr(self.name)?.unbind();
            let _ = self.object.set(py, object);
        }
        match self.object.get(py) {
            Some(object) => Ok(object.bind(py)),
            None => unreachable!("it was set above, if not before"),
        }
    }

    /// Whether the object, a class, has `instance` as one of its instances. Its module is not imported for
    /// that: before somebody else has, nothing can be an instance.
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

/// The short name of the class of `object`, for messages.
pub fn class_name(object: &Bound<'_, PyAny>) -> String {
    name_of(&object.get_type())
}

/// The short name of a class, for messages.
pub fn name_of(class: &Bound<'_, PyType>) -> String {
    class.name().map_or_else(|_| "object".to_owned(), |name| name.to_string_lossy().into_owned())
}
