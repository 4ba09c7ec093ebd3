//! The attributes of a metric that users may read and replace.

use parking_lot::Mutex;
use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

/// An attribute of a metric, as it was given to the constructor.
#[derive(Debug, Clone, Copy)]
pub enum Attribute {
    Name,
    Doc,
    ConstLabels,
    Labelnames,
    /// The bounds of a histogram, the targets of a summary, the states of an enum.
    Spec,
    /// The mapping of the series, made when it is first asked for.
    Values,
    /// The unit that a class of the user's sets.
    Unit,
    /// The `labelnames` that a class of the user's sets, for a purpose of its own.
    OwnLabelnames,
    /// The `samples` that a class of the user's sets, for a purpose of its own.
    OwnSamples,
}

impl Attribute {
    const COUNT: usize = 9;

    /// Those that a metric has in common with one that is made to replace its series.
    pub const OF_SIBLINGS: [Self; 8] = [
        Self::Name,
        Self::Doc,
        Self::ConstLabels,
        Self::Labelnames,
        Self::Spec,
        Self::Unit,
        Self::OwnLabelnames,
        Self::OwnSamples,
    ];

    fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Doc => "doc",
            Self::ConstLabels => "const_labels",
            Self::Labelnames | Self::OwnLabelnames => "labelnames",
            Self::Spec => "spec",
            Self::Values => "values",
            Self::Unit => "unit",
            Self::OwnSamples => "samples",
        }
    }
}

/// The attributes of one metric.
///
/// They are not kept in the object's `__dict__`, because the interpreter finds methods faster as long as that does not exist.
#[derive(Default)]
pub struct Attributes {
    /// No Python code runs while the lock is held.
    values: Mutex<[Option<Py<PyAny>>; Attribute::COUNT]>,
}

impl Attributes {
    /// The value of an attribute.
    ///
    /// # Errors
    ///
    /// AttributeError before it is set.
    pub fn get<'py>(&self, py: Python<'py>, attribute: Attribute) -> PyResult<Bound<'py, PyAny>> {
        let value = self.values.lock()[attribute as usize].as_ref().map(|value| value.clone_ref(py));
        value.map(|value| value.into_bound(py)).ok_or_else(|| {
            PyAttributeError::new_err(format!("this metric has no attribute '{}' yet", attribute.as_str()))
        })
    }

    /// Replaces the value of an attribute.
    pub fn set(&self, attribute: Attribute, value: &Bound<'_, PyAny>) {
        let before = self.values.lock()[attribute as usize].replace(value.clone().unbind());
        drop(before);
    }

    /// Shows the values to the garbage collector.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The collector runs attached, and whoever holds this lock runs no Python code. So only another thread of a
        // free-threaded interpreter can hold it now; then nothing is collected this time.
        match self.values.try_lock() {
            Some(values) => values.iter().flatten().try_for_each(|value| visit.call(value)),
            None => Ok(()),
        }
    }

    /// Forgets the values, for the garbage collector.
    pub fn clear(&self) {
        let values = std::mem::take(&mut *self.values.lock());
        drop(values);
    }
}
