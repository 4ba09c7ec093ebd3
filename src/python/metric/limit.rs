//! `max_series`: how many series a metric may have.

use std::num::NonZero;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt};

use crate::python::interpreter::import::class_name;

/// How many series a metric may have; none for any number, which is `math.inf`.
///
/// # Errors
///
/// TypeError for what is not an int, ValueError for less than 1; both name the metric.
pub fn max_series(metric: &str, most: &Bound<'_, PyAny>) -> PyResult<Option<NonZero<u64>>> {
    const HINT: &str = "give the number of series that the metric may have, or None for any number";
    if most.cast::<PyFloat>().is_ok_and(|most| most.value() == f64::INFINITY) {
        return Ok(None);
    }
    if most.is_instance_of::<PyBool>() || !most.is_instance_of::<PyInt>() {
        let class = class_name(most);
        return Err(PyTypeError::new_err(format!(
            "{metric}: max_series must be an int, not {class}; {HINT}"
        )));
    }
    if most.lt(1)? {
        return Err(PyValueError::new_err(format!(
            "{metric}: max_series must be 1 or more, not {most}; {HINT}"
        )));
    }
    // So many series never are.
    Ok(Some(most.extract::<NonZero<u64>>().unwrap_or(NonZero::<u64>::MAX)))
}
