//! The metrics of a registry by name, as Python sees them.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;
use crate::registry::{Failures, Registry};

/// What stands in a registry under a name: a metric, unless somebody has put another object there.
#[derive(Debug)]
pub struct Registered(pub Py<PyAny>);

/// The metrics of a registry by name, in the order of their registration.
///
/// It is a live mapping with the methods of a dict: what is put into it is exposed at the next
/// scrape. Its keys are str. Unlike ``registry.register(metric)``, ``collectors[name] = metric``
/// checks nothing. ``keys()``, ``values()``, ``items()`` and iteration show the metrics of their
/// moment, so that others can be added and removed meanwhile.
#[pyclass(name = "Collectors", module = "aioprometheus._core", mapping, weakref, frozen)]
pub struct PyCollectors {
    pub registry: Registry<Registered>,
}

impl PyCollectors {
    /// Without metrics. Failures are counted with those that are there already.
    pub fn new(failures: Arc<Failures>) -> Self {
        Self { registry: Registry::with_failures(failures) }
    }

    /// The object that stands under a name, if there is one.
    ///
    /// # Errors
    ///
    /// TypeError when the name has no hash.
    pub fn find<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = text(name)?.and_then(|text| self.registry.get(&text));
        Ok(found.map(|found| found.0.bind(name.py()).clone()))
    }

    /// Removes the object that stands under a name, if there is one, and gives it.
    ///
    /// # Errors
    ///
    /// TypeError when the name has no hash.
    pub fn remove<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let found = text(name)?.and_then(|text| self.registry.remove(&text));
        Ok(found.map(|found| found.0.bind(name.py()).clone()))
    }

    /// The metrics at this moment, in their order.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn values<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let all = self.registry.snapshot()?;
        Ok(all.iter().map(|(_, metric)| metric.0.bind(py).clone()).collect())
    }

    /// The names and metrics at this moment.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let dict = PyDict::new(py);
        for (name, metric) in self.registry.snapshot()? {
            dict.set_item(&*name, &metric.0)?;
        }
        Ok(dict)
    }
}

/// The text of a name; none for what can be no name.
///
/// # Errors
///
/// TypeError when it has no hash: a dict raises that.
fn text(name: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
    match name.cast::<PyString>() {
        Ok(name) => Ok(name.to_str().ok().map(str::to_owned)),
        Err(_) => {
            calls_python(name.py());
            name.hash().map(|_| None)
        }
    }
}

/// The text of a name under which something is to stand.
///
/// # Errors
///
/// TypeError when it is not a str, ValueError when it has no UTF-8 form.
pub fn key(name: &Bound<'_, PyAny>) -> PyResult<String> {
    match name.cast::<PyString>() {
        Ok(name) => Ok(name.to_str()?.to_owned()),
        Err(_) => Err(PyTypeError::new_err(format!(
            "registry.collectors has the names of metrics as its keys, which are str, not {}",
            class_name(name)
        ))),
    }
}
