//! The settings of registries as attributes: they can be read and set.

use pyo3::exceptions::PyAttributeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::registry::PyRegistry;
use crate::python::metric::registry_argument::{change, constant_of, max_series_of, prefix_of, reuses};

/// Which setting.
#[derive(Debug, Clone, Copy)]
enum Which {
    Prefix,
    ConstLabels,
    MaxSeries,
    OnDuplicate,
}

const ALL: [(Which, &str); 4] = [
    (Which::Prefix, "prefix"),
    (Which::ConstLabels, "const_labels"),
    (Which::MaxSeries, "max_series"),
    (Which::OnDuplicate, "on_duplicate"),
];

/// A setting of registries.
///
/// It can be set on a ``Registry``. A class that is derived from it may use the name for itself, as it could with 23.12.0:
/// what is set on an object of such a class is an attribute like any other, and no setting. Only ``on_duplicate`` is
/// one there too, if it is set to one of its two words.
#[pyclass(name = "Setting", module = "aioprometheus._core", frozen)]
pub struct PySetting {
    which: Which,
    name: &'static str,
}

#[pymethods]
impl PySetting {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        _class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        calls_python(slf.py());
        let Some(instance) = instance else {
            return Ok(slf.clone().into_any());
        };
        let (this, registry) = (slf.get(), instance.cast::<PyRegistry>()?);
        match own_attributes(registry)?.map(|own| own.get_item(this.name)).transpose()?.flatten() {
            Some(own) => Ok(own),
            None => this.value(registry),
        }
    }

    fn __set__<'py>(&self, instance: &Bound<'py, PyAny>, value: &Bound<'py, PyAny>) -> PyResult<()> {
        calls_python(instance.py());
        let registry = instance.cast::<PyRegistry>()?;
        match (self.which, own_attributes(registry)?) {
            (Which::OnDuplicate, Some(own)) => match reuses(value) {
                Ok(reuses) => {
                    registry.get().set_reuses(reuses);
                    Ok(())
                }
                Err(_) => own.set_item(self.name, value),
            },
            (_, Some(own)) => own.set_item(self.name, value),
            (_, None) => self.set(registry, value),
        }
    }

    fn __delete__(&self, instance: &Bound<'_, PyAny>) -> PyResult<()> {
        calls_python(instance.py());
        if let Some(own) = own_attributes(instance.cast::<PyRegistry>()?)? {
            if own.contains(self.name)? {
                return own.del_item(self.name);
            }
        }
        let class = class_name(instance);
        Err(PyAttributeError::new_err(format!(
            "'{class}' object attribute '{}' cannot be deleted",
            self.name
        )))
    }

    fn __repr__(&self) -> String {
        format!("<setting {} of registries>", self.name)
    }
}

impl PySetting {
    fn value<'py>(&self, registry: &Bound<'py, PyRegistry>) -> PyResult<Bound<'py, PyAny>> {
        let py = registry.py();
        let settings = registry.get().settings.lock().clone();
        Ok(match self.which {
            Which::Prefix => PyString::new(py, &settings.prefix).into_any(),
            Which::ConstLabels => settings.const_labels(py)?.into_any(),
            Which::MaxSeries => settings.max_series.into_pyobject(py)?.into_any(),
            Which::OnDuplicate => {
                PyString::new(py, if registry.get().reuses() { "reuse" } else { "error" }).into_any()
            }
        })
    }

    fn set<'py>(&self, registry: &Bound<'py, PyRegistry>, value: &Bound<'py, PyAny>) -> PyResult<()> {
        match self.which {
            Which::Prefix => {
                let prefix = if value.is_none() { String::new() } else { prefix_of(value)? };
                change(registry.get(), |settings| settings.prefix = prefix);
            }
            Which::ConstLabels => {
                let constant = constant_of(value)?;
                change(registry.get(), |settings| settings.constant = constant);
            }
            Which::MaxSeries => {
                let most = if value.is_none() { None } else { max_series_of(value)? };
                change(registry.get(), |settings| settings.max_series = most);
            }
            Which::OnDuplicate => registry.get().set_reuses(reuses(value)?),
        }
        Ok(())
    }
}

/// The attributes of a registry of a class of the user's.
fn own_attributes<'py>(registry: &Bound<'py, PyRegistry>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let py = registry.py();
    if registry.get_type().is(py.get_type::<PyRegistry>()) {
        return Ok(None);
    }
    Ok(Some(registry.getattr(intern!(py, "__dict__"))?.cast_into()?))
}

/// Return the prefix and the constant labels of metrics that are made in a registry, whatever
/// attributes its class has.
///
/// :param registry: The registry.
/// :returns: A str and a dict.
#[pyfunction]
pub fn settings_of<'py>(registry: &Bound<'py, PyRegistry>) -> PyResult<(String, Bound<'py, PyDict>)> {
    let settings = registry.get().settings.lock().clone();
    Ok((settings.prefix.clone(), settings.const_labels(registry.py())?))
}

/// Puts the settings into the class of registries.
///
/// # Errors
///
/// MemoryError.
pub fn install(py: Python<'_>) -> PyResult<()> {
    let class = py.get_type::<PyRegistry>();
    for (which, name) in ALL {
        class.setattr(name, Bound::new(py, PySetting { which, name })?)?;
    }
    Ok(())
}
