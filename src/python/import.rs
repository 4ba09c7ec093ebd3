//! Python objects that the bindings look up once.

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;

/// A class or function of a Python module, imported at its first use.
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
        let import = || Ok::<_, PyErr>(py.import(self.module)?.getattr(self.name)?.unbind());
        Ok(self.object.get_or_try_init(py, import)?.bind(py))
    }

    /// Whether the object, a class, has `instance` as one of its instances.
    pub fn is_class_of(&self, instance: &Bound<'_, PyAny>) -> PyResult<bool> {
        instance.is_instance(self.get(instance.py())?)
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
