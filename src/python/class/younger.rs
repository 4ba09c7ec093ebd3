//! Younger names: methods that metrics did not have in 23.12.0, where the classes of programs may have these names themselves.
//!
//! A class that defines such a name keeps its own without more. But it may also have it from another base, which comes after
//! the metric in the order of bases, or from a `__getattr__`: a plain method here would hide those.

use pyo3::exceptions::PyAttributeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyType;

use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::class::{PyCounter, PyGauge, PyHistogram, PySummary};

// Without a doc comment, which would hide the documentation of the method.
#[pyclass(name = "Younger", module = "aioprometheus._core", frozen)]
pub struct PyYounger {
    /// The class in which it stands.
    owner: Py<PyType>,
    name: &'static str,
    method: Py<PyAny>,
}

#[pymethods]
impl PyYounger {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let own = match instance {
            Some(instance) => instance.get_type().is(&this.owner),
            None => class.is_none_or(|class| class.is(&this.owner)),
        };
        if !own {
            if let Some(found) = this.elsewhere(py, instance, class)? {
                return Ok(found);
            }
        }
        this.bind(py, instance)
    }

    /// The documentation of the method.
    #[getter]
    fn __doc__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.method.bind(py).getattr("__doc__")
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.method.bind(py).repr()?.to_string())
    }
}

impl PyYounger {
    /// The method of an instance, or the method itself.
    fn bind<'py>(
        &self,
        py: Python<'py>,
        instance: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let method = self.method.bind(py);
        let Some(instance) = instance else {
            return Ok(method.clone());
        };
        // SAFETY: this thread is attached, and the objects are alive. A method descriptor has this slot, whose result is a new
        // reference, or null with an exception set.
        unsafe {
            match (*ffi::Py_TYPE(method.as_ptr())).tp_descr_get {
                Some(get) => {
                    let class = ffi::Py_TYPE(instance.as_ptr()).cast();
                    Bound::from_owned_ptr_or_err(py, get(method.as_ptr(), instance.as_ptr(), class))
                }
                None => Ok(method.clone()),
            }
        }
    }

    /// What a subclass has under this name from elsewhere.
    #[cold]
    fn elsewhere<'py>(
        &self,
        py: Python<'py>,
        instance: Option<&Bound<'py, PyAny>>,
        class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        calls_python(py);
        let Some(receiver) = instance.or(class) else {
            return Ok(None);
        };
        let found = |found: PyResult<Bound<'py, PyAny>>| match found {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_instance_of::<PyAttributeError>(py) => Ok(None),
            Err(error) => Err(error),
        };
        let superclass = py.import("builtins")?.getattr("super")?.call1((&self.owner, receiver))?;
        let base = found(superclass.getattr(self.name))?;
        match (base, instance) {
            (None, Some(instance)) => match instance.get_type().getattr_opt("__getattr__")? {
                Some(getattr) => found(getattr.call1((instance, self.name))),
                None => Ok(None),
            },
            (base, _) => Ok(base),
        }
    }
}

/// Puts the younger names in the place of the methods of metrics.
pub fn install(py: Python<'_>) -> PyResult<()> {
    add(&py.get_type::<PyCounter>(), &["count_exceptions"])?;
    add(&py.get_type::<PyGauge>(), &["time", "track_inprogress"])?;
    add(&py.get_type::<PySummary>(), &["time"])?;
    add(&py.get_type::<PyHistogram>(), &["time"])
}

/// Done once: if the module is imported again, the classes are the same.
fn add(class: &Bound<'_, PyType>, names: &[&'static str]) -> PyResult<()> {
    let own = class.getattr("__dict__")?;
    for &name in names {
        let method = own.get_item(name)?;
        if !method.is_instance_of::<PyYounger>() {
            let younger = PyYounger { owner: class.clone().unbind(), name, method: method.unbind() };
            class.setattr(name, Bound::new(class.py(), younger)?)?;
        }
    }
    Ok(())
}
