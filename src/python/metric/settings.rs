//! The settings of a registry: what the metrics have that are made in it.

use std::num::NonZero;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::python::argument::labels;

/// What the metrics have that are made in a registry. It holds text alone, so that no collector of garbage needs to see it.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// What their names begin with.
    pub prefix: String,
    /// The labels of all their series. Those of a metric win over them.
    pub constant: Vec<(String, String)>,
    /// How many series they may have, unless they say so themselves.
    pub max_series: Option<NonZero<u64>>,
}

impl Settings {
    /// The constant labels as a dict.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn const_labels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        labels::to_dict(py, self.constant.iter().map(|(name, value)| (&**name, &**value)))
    }

    /// Whether a constant label has this name.
    pub fn has_label(&self, name: &str) -> bool {
        self.constant.iter().any(|(own, _)| own == name)
    }
}
