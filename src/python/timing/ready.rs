//! Awaitables that have their result already: what `__aenter__` and `__aexit__` return.

use pyo3::exceptions::PyStopIteration;
use pyo3::prelude::*;

/// An awaitable that is done. Nothing else runs while it is awaited.
#[pyclass(name = "Ready", module = "aioprometheus._core", frozen)]
pub struct PyReady(pub Option<Py<PyAny>>);

#[pymethods]
impl PyReady {
    fn __await__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __iter__(slf: Py<Self>) -> Py<Self> {
        slf
    }

    fn __next__(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        match &self.0 {
            Some(result) => Err(PyStopIteration::new_err((result.clone_ref(py),))),
            None => Ok(None),
        }
    }
}
