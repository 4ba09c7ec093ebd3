//! Subclasses that override what 23.12.0 called on `self`.
//!
//! There `inc` called `self.add`, and `add` called `self.get_value` and `self.set_value`, so a subclass
//! could step in at each of them. The methods here go the same way where a subclass does, and straight
//! to the core everywhere else.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::exceptions::PyKeyError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::argument::LabelsArgument;
use super::collector::PyCollector;
use super::lifecycle::calls_python;

/// Which methods the class of a metric overrides.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own about a class")]
pub struct Hooks {
    /// `add` is another: `inc`, `dec` and `sub` call it.
    pub add: bool,
    /// `get_value` or `set_value` are others.
    pub overrides_value: bool,
    /// The class may keep objects of any kind as the values of its series, as it says itself what they mean.
    pub keeps: bool,
    /// `name`, `doc` or `const_labels` are others: they may say something else than was given to the constructor.
    pub description: bool,
    value: AtomicBool,
    read: AtomicBool,
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
        let (add, value) = (overrides("add")?, get_value || overrides("set_value")?);
        let read = get_value || overrides("get")? || overrides("get_all")?;
        // What takes observations calls the `observe` of its objects, what counts adds numbers to them.
        let observes = native.hasattr("observe")? && (add || value || overrides("observe")?);
        Ok(Self {
            add,
            overrides_value: value,
            keeps: read || observes,
            description: overrides("name")? || overrides("doc")? || overrides("const_labels")?,
            value: AtomicBool::new(value),
            read: AtomicBool::new(read),
        })
    }

    /// Whether `add`, `set` and `get` call `get_value` and `set_value`.
    #[inline(always)]
    pub fn value(&self) -> bool {
        self.value.load(Ordering::Relaxed)
    }

    /// Whether what is rendered is what `get_all`, `get` and `get_value` say.
    pub fn read(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }

    /// Those of the class, as if there were no objects.
    pub fn without_objects(&self) -> Self {
        let Self { add, overrides_value, keeps, description, .. } = *self;
        Self { add, overrides_value, keeps, description, ..Self::default() }
    }

    /// Has updates and scrapes call the methods from now on: there are objects that only they know.
    pub fn call_all(&self) {
        self.value.store(true, Ordering::Relaxed);
        self.read.store(true, Ordering::Relaxed);
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
