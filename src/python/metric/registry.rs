//! Registries: the metrics that one scrape exposes.

use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::escaped::Escaped;

/// A set of metrics that are exposed together.
///
/// ``len(registry)`` is the number of its metrics, ``name in registry`` is true for the name
/// of one of them, and iteration yields the metrics. An empty registry is true, too.
#[pyclass(name = "Registry", module = "aioprometheus.collectors", subclass, dict, weakref, frozen)]
pub struct PyRegistry {
    /// The metrics by name. No Python code runs while the lock is held.
    pub collectors: Mutex<Option<Py<PyDict>>>,
    /// Whether a metric was ever registered whose name some scrapers see escaped.
    pub utf8: AtomicBool,
    /// The names as those scrapers see them; empty before there was such a name.
    pub escaped: Mutex<Escaped>,
}

impl PyRegistry {
    /// A registry without metrics.
    pub fn empty(py: Python<'_>) -> Self {
        Self {
            collectors: Mutex::new(Some(PyDict::new(py).unbind())),
            utf8: AtomicBool::new(false),
            escaped: Mutex::default(),
        }
    }

    /// The dict of the metrics by name.
    pub fn dict<'py>(&self, py: Python<'py>) -> Bound<'py, PyDict> {
        let dict = self.collectors.lock().as_ref().map(|dict| dict.clone_ref(py));
        dict.map_or_else(|| PyDict::new(py), |dict| dict.into_bound(py))
    }
}
