//! `BoundInfo`.

use pyo3::prelude::*;

use crate::python::child::class::PyBoundInfo;

#[pymethods]
impl PyBoundInfo {
    /// Replace the facts.
    ///
    /// :param value: The facts: a dict of names and values.
    /// :raises ValueError: If a name is refused, or if it is a label of the series.
    /// :raises TypeError: If the facts are not a dict.
    fn info(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(value)
    }

    /// Replace the facts; the same as ``info``.
    ///
    /// :param value: The facts: a dict of names and values.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.info(value)
    }

    /// Return the facts as a dict.
    ///
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// Return the facts; the same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }

    /// Have a function give the value of the series at each scrape.
    ///
    /// :param function: As for ``set_function`` of the metric.
    /// :raises TypeError: If it is not a function.
    fn set_function(&self, function: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_function(function)
    }
}
