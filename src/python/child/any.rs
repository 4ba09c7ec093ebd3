//! Children of any kind.

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A child of any kind, for what does not depend on it.
pub trait AnyChild {
    /// The metric's name.
    fn name(&self) -> &str;

    /// Removes the series of its labels; gives whether there was one.
    ///
    /// # Errors
    ///
    /// What an override raises.
    fn remove(&self, py: Python<'_>) -> PyResult<bool>;

    /// The repr of `object`, which is this child.
    fn describe(&self, object: &Bound<'_, PyAny>) -> String;

    /// The metric, if it is still there.
    fn metric<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>>;

    /// The labels, as updates of the metric take them.
    fn labels_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>>;
}
