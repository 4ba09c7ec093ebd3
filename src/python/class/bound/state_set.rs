//! `BoundEnum`.

use pyo3::prelude::*;

use crate::python::child::class::PyBoundEnum;

#[pymethods]
impl PyBoundEnum {
    /// Change the state.
    ///
    /// :param value: The new state: one of the states of the enum.
    /// :raises ValueError: If there is no such state.
    fn state(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(value)
    }

    /// Change the state; the same as ``state``.
    ///
    /// :param value: The new state.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.state(value)
    }

    /// Return the state.
    ///
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// Return the state; the same as ``get``.
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
