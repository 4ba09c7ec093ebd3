//! `BoundInfo`.

use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::family::AnyFamily;
use crate::python::child::class::PyBoundInfo;
use crate::python::child::refuse_copy;
use crate::python::class::absent;
use crate::python::value::info;
use crate::python::value::series::AnySeries;

#[pymethods]
impl PyBoundInfo {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, |handle| AnySeries::Info(handle.series))
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Replace the facts.
    ///
    /// :param value: The facts: a dict of names and values.
    /// :raises ValueError: If a name is refused, or if it is a label of the series.
    /// :raises TypeError: If the facts are not a dict.
    fn info(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::Info, value)
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
        info::to_object(py, self.0.handle(py)?.series.metric())
    }

    /// Return the facts; the same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }
}
