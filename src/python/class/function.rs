//! `SeriesFunction`.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::function::PySeriesFunction;

#[pymethods]
impl PySeriesFunction {
    /// The function.
    #[getter]
    fn function(&self, py: Python<'_>) -> Py<PyAny> {
        self.function.clone_ref(py)
    }

    /// Set the value of the series, unless the series was removed meanwhile.
    ///
    /// :param value: What the function has returned.
    /// :raises TypeError: If the series cannot have such a value.
    /// :raises ValueError: If the series cannot have this value.
    #[pyo3(name = "set")]
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        calls_python(value.py());
        self.set(value)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.visit(&visit)
    }
}
