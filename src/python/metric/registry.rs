//! Registries: the metrics that one scrape exposes.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::prelude::*;

use super::collectors::PyCollectors;
use super::sources::Sources;

/// A set of metrics that are exposed together.
///
/// ``len(registry)`` is the number of its metrics, ``name in registry`` is true for the name
/// of one of them, and iteration yields the metrics. An empty registry is true, too.
#[pyclass(name = "Registry", module = "aioprometheus.collectors", subclass, dict, weakref, frozen)]
pub struct PyRegistry {
    /// The metrics by name. No Python code runs while the lock is held.
    pub collectors: Mutex<Option<Py<PyCollectors>>>,
    /// What is called at a scrape beside the metrics.
    pub sources: Sources,
}

impl PyRegistry {
    /// A registry without metrics.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn empty(py: Python<'_>) -> PyResult<Self> {
        let collectors = Mutex::new(Some(Py::new(py, PyCollectors::new(Arc::default()))?));
        Ok(Self { collectors, sources: Sources::default() })
    }

    /// The metrics by name. After they were deleted, or the collector of garbage was here, there are none.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn metrics(&self, py: Python<'_>) -> PyResult<Py<PyCollectors>> {
        let metrics = self.collectors.lock().as_ref().map(|metrics| metrics.clone_ref(py));
        if let Some(metrics) = metrics {
            return Ok(metrics);
        }
        // Without the lock: what is made may run the collector of garbage.
        let new = Py::new(py, PyCollectors::new(Arc::default()))?;
        let metrics = self.collectors.lock().get_or_insert_with(|| new.clone_ref(py)).clone_ref(py);
        Ok(metrics)
    }

    /// Whether a metric is here, under any name.
    pub fn holds(&self, metric: &Bound<'_, PyAny>) -> bool {
        let py = metric.py();
        let metrics = self.metrics(py).and_then(|metrics| metrics.get().values(py));
        metrics.is_ok_and(|metrics| metrics.iter().any(|other| other.is(metric)))
    }
}
