//! Subclasses that override what 23.12.0 called on `self`.
//!
//! There `inc` called `self.add`, and `add` called `self.get_value` and `self.set_value`, so a subclass
//! could step in at each of them. The methods here go the same way where a subclass does, and straight
//! to the core everywhere else.

use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::argument::LabelsArgument;
use super::collector::PyCollector;
use super::lifecycle::calls_python;

/// Which methods the class of a metric overrides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hooks {
    /// `add` is another: `inc`, `dec` and `sub` call it.
    pub add: bool,
    /// `get_value` or `set_value` are others: `add`, `set` and `get` call them.
    pub value: bool,
    /// `get_all`, `get` or `get_value` are others: what is rendered is what they say.
    pub read: bool,
}

impl Hooks {
    /// Compares `class` with `native`, the class of this library that it descends from.
    pub fn of(class: &Bound<'_, PyType>, native: &Bound<'_, PyType>) -> PyResult<Self> {
        if class.is(native) {
            return Ok(Self::default());
        }
        let overrides = |method: &str| -> PyResult<bool> {
            let (ours, theirs) = (native.getattr_opt(method)?, class.getattr_opt(method)?);
            Ok(match (ours, theirs) {
                (Some(ours), Some(theirs)) => !ours.is(&theirs),
                (ours, theirs) => ours.is_some() != theirs.is_some(),
            })
        };
        let get_value = overrides("get_value")?;
        Ok(Self {
            add: overrides("add")?,
            value: get_value || overrides("set_value")?,
            read: get_value || overrides("get")? || overrides("get_all")?,
        })
    }
}

/// Calls `self.add(labels, value)`.
pub fn call_add<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: LabelsArgument<'_, 'py>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    calls_python(metric.py());
    metric.call_method1(intern!(metric.py(), "add"), (labels, value)).map(drop)
}

/// Calls `self.set_value(labels, value)`.
pub fn call_set_value<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: LabelsArgument<'_, 'py>,
    value: &Bound<'py, PyAny>,
) -> PyResult<()> {
    calls_python(metric.py());
    metric.call_method1(intern!(metric.py(), "set_value"), (labels, value)).map(drop)
}

/// Calls `self.get_value(labels)`; `None` for its `KeyError`.
pub fn call_get_value<'py>(
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
