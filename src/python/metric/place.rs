//! The place of a metric: the registry that it is made in, and what that gives to it.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::registry::PyRegistry;
use super::settings::Settings;
use crate::python::interpreter::import::class_name;

/// The registry that a metric is made in.
pub struct Place<'py> {
    /// The registry, or what a program has in the place of one.
    pub registry: Bound<'py, PyAny>,
    /// What it gives to the metrics that are made in it.
    pub settings: Arc<Settings>,
}

impl<'py> Place<'py> {
    /// The registry that is given, or the default one.
    ///
    /// # Errors
    ///
    /// What `get_registry` raises, which a program may have replaced.
    pub fn of(py: Python<'py>, given: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let registry = match given {
            Some(registry) => registry.clone(),
            None => py.import("aioprometheus.collectors")?.call_method0("get_registry")?,
        };
        let own = registry.cast::<PyRegistry>();
        let settings = own.map_or_else(|_| Arc::default(), |registry| registry.get().settings.lock().clone());
        Ok(Self { registry, settings })
    }

    /// The registry, if a metric that is made twice in it is handed back.
    pub fn reusing(&self) -> Option<&Bound<'py, PyRegistry>> {
        self.registry.cast::<PyRegistry>().ok().filter(|registry| registry.get().reuses())
    }

    /// The whole name of a metric: prefix, namespace, subsystem and name, the latter three joined by `_`. What has no text is
    /// given back as it is, and refused with the name.
    ///
    /// # Errors
    ///
    /// TypeError when the namespace or the subsystem is not a str, ValueError when it has no UTF-8 form.
    pub fn full_name(
        &self,
        name: &Bound<'py, PyAny>,
        namespace: Option<&Bound<'py, PyAny>>,
        subsystem: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let Some(own) = name.cast::<PyString>().ok().and_then(|name| name.to_str().ok()) else {
            return Ok(name.clone());
        };
        if own.is_empty() {
            return Ok(name.clone());
        }
        let mut full = self.settings.prefix.clone();
        for (parameter, given) in [("namespace", namespace), ("subsystem", subsystem)] {
            let part = given.map_or(Ok(""), |given| part(own, parameter, given))?;
            if !part.is_empty() {
                full.push_str(part);
                full.push('_');
            }
        }
        if full.is_empty() {
            return Ok(name.clone());
        }
        full.push_str(own);
        Ok(PyString::new(name.py(), &full).into_any())
    }

    /// The constant labels of a metric: those of the registry, and its own, which win.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn const_labels(&self, own: Bound<'py, PyDict>) -> PyResult<Bound<'py, PyDict>> {
        if self.settings.constant.is_empty() {
            return Ok(own);
        }
        let all = self.settings.const_labels(own.py())?;
        all.update(own.as_mapping())?;
        Ok(all)
    }
}

/// The text of a namespace or a subsystem.
fn part<'a>(name: &str, parameter: &str, given: &'a Bound<'_, PyAny>) -> PyResult<&'a str> {
    match given.cast::<PyString>() {
        Ok(text) => Ok(text.to_str()?),
        Err(_) => {
            let class = class_name(given);
            Err(PyTypeError::new_err(format!("{name}: the {parameter} must be a str, not {class}")))
        }
    }
}
