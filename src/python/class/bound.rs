//! The classes of children.

pub mod counter;
pub mod gauge;
pub mod histogram;
pub mod info;
pub mod state_set;
pub mod summary;

use pyo3::prelude::*;
use pyo3::types::PyList;

use super::absent;
use crate::python::child::class::{PyChild, child_of};
use crate::python::child::refuse_copy;
use crate::python::interpreter::import::class_name;

#[pymethods]
impl PyChild {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        let child = child_of(slf);
        child.map_or_else(|| format!("<{}>", class_name(slf)), |child| child.describe(slf))
    }

    /// Remove this series. The next update through the child makes it again.
    ///
    /// :returns: Whether there was such a series.
    fn remove(slf: &Bound<'_, Self>) -> PyResult<bool> {
        child_of(slf).map_or(Ok(false), |child| child.remove(slf.py()))
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce__(_slf: &Bound<'_, Self>) -> PyResult<()> {
        Err(refuse_copy())
    }
}
