//! `BoundEnum`.

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::family::AnyFamily;
use crate::python::child::class::PyBoundEnum;
use crate::python::child::refuse_copy;
use crate::python::class::absent;
use crate::python::value::series::AnySeries;
use crate::python::value::state_set;

#[pymethods]
impl PyBoundEnum {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, AnySeries::StateSet)
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Change the state.
    ///
    /// :param value: The new state: one of the states of the enum.
    /// :raises ValueError: If there is no such state.
    fn state(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::StateSet, value)
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
        let handle = self.0.handle(py)?;
        Ok(state_set::to_object(py, &handle.family, handle.series.metric()))
    }

    /// Return the state; the same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }
}
