//! `Collectors`: the methods of a dict over the metrics of a registry.

use pyo3::basic::CompareOp;
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::collectors::{PyCollectors, key};
use crate::python::metric::register::{put, put_all, registered};

fn missing(name: &Bound<'_, PyAny>) -> PyErr {
    PyKeyError::new_err((name.clone().unbind(),))
}

/// The metrics of a mapping, or of what else a dict can be made of.
fn dict_of<'py>(
    py: Python<'py>,
    metrics: &Bound<'py, PyTuple>,
    more: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyDict>> {
    calls_python(py);
    Ok(py.get_type::<PyDict>().call(metrics, more)?.cast_into()?)
}

#[pymethods]
impl PyCollectors {
    fn __len__(&self) -> usize {
        self.registry.len()
    }

    fn __contains__(&self, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        self.find(name).map(|found| found.is_some())
    }

    fn __getitem__<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.find(name)?.ok_or_else(|| missing(name))
    }

    fn __setitem__(&self, name: &Bound<'_, PyAny>, metric: &Bound<'_, PyAny>) -> PyResult<()> {
        put(self, &key(name)?, metric);
        Ok(())
    }

    fn __delitem__(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        self.remove(name)?.map(drop).ok_or_else(|| missing(name))
    }

    fn __iter__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        self.to_dict(py)?.keys().try_iter()
    }

    fn __reversed__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyIterator>> {
        let keys = self.to_dict(py)?.keys();
        keys.reverse()?;
        keys.try_iter()
    }

    /// Whether another mapping has the same metrics under the same names.
    fn __richcmp__<'py>(
        &self,
        other: &Bound<'py, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        calls_python(py);
        let own = self.to_dict(py)?;
        match other.cast::<Self>() {
            Ok(other) => own.rich_compare(other.get().to_dict(py)?, operator),
            Err(_) if other.is_instance_of::<PyDict>() => own.rich_compare(other, operator),
            Err(_) => Ok(py.NotImplemented().into_bound(py)),
        }
    }

    fn __or__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(other.py());
        match other.cast::<Self>() {
            Ok(other) => self.to_dict(other.py())?.bitor(other.get().to_dict(other.py())?),
            Err(_) => self.to_dict(other.py())?.bitor(other),
        }
    }

    fn __ror__<'py>(&self, other: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(other.py());
        other.bitor(self.to_dict(other.py())?)
    }

    fn __ior__(&self, other: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = other.py();
        put_all(self, &dict_of(py, &PyTuple::new(py, [other])?, None)?)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        calls_python(py);
        Ok(self.to_dict(py)?.repr()?.to_string_lossy().into_owned())
    }

    /// Return the metric of a name, or ``default``.
    ///
    /// :param name: The name.
    /// :param default: What is returned if there is none.
    #[pyo3(signature = (name, default=None, /))]
    fn get<'py>(
        &self,
        name: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        Ok(self.find(name)?.or(default))
    }

    /// Return the names.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("keys")
    }

    /// Return the metrics.
    #[pyo3(name = "values")]
    fn py_values<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("values")
    }

    /// Return pairs of the names and the metrics.
    fn items<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.call_method0("items")
    }

    /// Return a dict of the metrics.
    fn copy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.to_dict(py)
    }

    fn __copy__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        self.to_dict(py)
    }

    /// Remove the metric of a name and return it.
    ///
    /// :param name: The name.
    /// :param default: What is returned if there is none.
    /// :raises KeyError: If there is none, and no default.
    #[pyo3(signature = (name, /, *default))]
    fn pop<'py>(
        &self,
        name: &Bound<'py, PyAny>,
        default: &Bound<'py, PyTuple>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if default.len() > 1 {
            let words = format!("pop expected at most 2 arguments, got {}", default.len() + 1);
            return Err(pyo3::exceptions::PyTypeError::new_err(words));
        }
        match self.remove(name)? {
            Some(metric) => Ok(metric),
            None => default.get_item(0).map_err(|_| missing(name)),
        }
    }

    /// Remove the metric that was registered last, and return its name and the metric.
    ///
    /// :raises KeyError: If there is no metric.
    fn popitem<'py>(&self, py: Python<'py>) -> PyResult<(String, Bound<'py, PyAny>)> {
        match self.registry.remove_last() {
            Some((name, metric)) => Ok((name.to_string(), metric.0.bind(py).clone())),
            None => Err(PyKeyError::new_err("popitem(): dictionary is empty")),
        }
    }

    /// Return the metric of a name, which becomes ``default`` if there is none.
    ///
    /// :param name: The name.
    /// :param default: The metric to put there.
    #[pyo3(signature = (name, default=None, /))]
    fn setdefault<'py>(
        &self,
        name: &Bound<'py, PyAny>,
        default: Option<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = name.py();
        let default = default.unwrap_or_else(|| py.None().into_bound(py));
        let (kind, metric) = registered(&default);
        let there = self.registry.set_default(&key(name)?, kind, metric);
        Ok(there.0.bind(py).clone())
    }

    /// Put the metrics of another mapping here, or of pairs, or of keyword arguments.
    ///
    /// :param metrics: A mapping, or an iterable of pairs.
    /// :param more: Metrics by their names.
    #[pyo3(name = "update", signature = (*metrics, **more))]
    fn py_update<'py>(
        &self,
        py: Python<'py>,
        metrics: &Bound<'py, PyTuple>,
        more: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        put_all(self, &dict_of(py, metrics, more)?)
    }

    /// Remove all metrics.
    fn clear(&self) {
        self.registry.clear();
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let mut result = Ok(());
        // The collector runs attached, and whoever holds the lock runs no Python code. So only another thread of a
        // free-threaded interpreter, or one that renders detached, can hold it now; then nothing is collected this time.
        self.registry.try_for_each(|metric| {
            if result.is_ok() {
                result = visit.call(&metric.0);
            }
        });
        result
    }

    fn __clear__(&self) {
        self.registry.clear();
    }
}
