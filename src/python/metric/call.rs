//! Calls of the methods that a user's subclass overrides.

use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;

use super::collector::PyCollector;
use crate::python::argument::update::LabelsArgument;
use crate::python::interpreter::lifecycle::calls_python;

/// Calls `self.add(labels, value)`.
pub fn add<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: LabelsArgument<'_, 'py>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    calls_python(metric.py());
    metric.call_method1(intern!(metric.py(), "add"), (labels, value)).map(drop)
}

/// Calls `self.set_value(labels, value)`.
pub fn set_value<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: LabelsArgument<'_, 'py>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    calls_python(metric.py());
    metric.call_method1(intern!(metric.py(), "set_value"), (labels, value)).map(drop)
}

/// Calls `self.get_value(labels)`; `None` for its `KeyError`.
pub fn get_value<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: LabelsArgument<'_, 'py>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = metric.py();
    calls_python(py);
    match metric.call_method1(intern!(py, "get_value"), (labels,)) {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_instance_of::<PyKeyError>(py) => Ok(None),
        Err(error) => Err(error),
    }
}
