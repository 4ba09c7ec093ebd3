//! What failed before a scrape could expose it.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

/// Something that failed, in the place of what it would have exposed: it is counted, and logged
/// once.
///
/// :param name: The name by which it is counted.
/// :param words: What it is, for the log.
/// :param error: The exception.
/// :param effect: What the scrape did then, for the log.
#[pyclass(name = "Failed", module = "aioprometheus._core", frozen)]
pub struct PyFailed {
    pub name: String,
    pub words: String,
    pub error: Py<PyAny>,
    pub effect: String,
}

impl PyFailed {
    /// The exception.
    pub fn error(&self, py: Python<'_>) -> PyErr {
        PyErr::from_value(self.error.bind(py).clone())
    }
}

#[pymethods]
impl PyFailed {
    #[new]
    fn new(name: String, words: String, error: Py<PyAny>, effect: String) -> Self {
        Self { name, words, error, effect }
    }

    // The traceback of the exception has the frames that hold this.
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.error)
    }
}
