//! Registries: the metrics that one scrape exposes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use pyo3::prelude::*;

use super::collectors::PyCollectors;
use super::settings::Settings;
use super::sources::Sources;

/// Whether any registry hands back metrics that are made twice: as long as none does, nobody looks for them.
static ANY_REUSES: AtomicBool = AtomicBool::new(false);

/// A set of metrics that are exposed together.
///
/// ``len(registry)`` is the number of its metrics, ``name in registry`` is true for the name
/// of one of them, and iteration yields the metrics. An empty registry is true, too.
///
/// The prefix and the constant labels are given to metrics that are made in the registry:
/// ``Counter(..., registry=registry)``. A metric that is made elsewhere and registered here
/// stays as it is. All parameters are keyword only.
///
/// :param prefix: What the names of these metrics begin with, as it is given: ``"app_"``. None:
///   nothing.
/// :param const_labels: Labels that every series of these metrics has, as a dict. Those of a
///   metric win over them.
/// :param max_series: How many series each of these metrics may have, unless it has a
///   ``max_series`` of its own. None: any number.
/// :param on_duplicate: What happens when a metric is made and one of its name is there.
///   ``"error"``: a ValueError. ``"reuse"``: the one that is there is returned if it is
///   identical: of the same class, with the same doc, labels, unit and settings. If it is not,
///   a ValueError says what differs.
/// :param target_info: Labels of the sample ``target_info``, which describes the process itself.
///   Neither the prefix nor the constant labels are given to it.
/// :raises ValueError: If no name of a metric can begin with the prefix, if a label is refused,
///   or if ``on_duplicate`` is another word.
/// :raises TypeError: If an argument is of the wrong type.
#[pyclass(name = "Registry", module = "aioprometheus.collectors", subclass, dict, weakref, frozen)]
pub struct PyRegistry {
    /// The metrics by name. No Python code runs while the lock is held.
    pub collectors: Mutex<Option<Py<PyCollectors>>>,
    /// What is called at a scrape beside the metrics.
    pub sources: Sources,
    pub settings: Mutex<Arc<Settings>>,
    /// Whether a metric that is made twice is handed back.
    reuses: AtomicBool,
    /// The info `target`, if the registry has made one. No Python code runs while the lock is held.
    pub target: Mutex<Option<Py<PyAny>>>,
}

impl PyRegistry {
    /// A registry without metrics.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn empty(py: Python<'_>) -> PyResult<Self> {
        Ok(Self {
            collectors: Mutex::new(Some(Py::new(py, PyCollectors::new(Arc::default()))?)),
            settings: Mutex::default(),
            reuses: AtomicBool::new(false),
            target: Mutex::default(),
            sources: Sources::default(),
        })
    }

    /// Whether a metric that is made twice is handed back.
    pub fn reuses(&self) -> bool {
        self.reuses.load(Ordering::Relaxed)
    }

    /// Sets whether a metric that is made twice is handed back.
    pub fn set_reuses(&self, reuses: bool) {
        self.reuses.store(reuses, Ordering::Relaxed);
        if reuses {
            ANY_REUSES.store(true, Ordering::Relaxed);
        }
    }

    /// Whether there has been a registry that hands metrics back.
    pub fn any_reuses() -> bool {
        ANY_REUSES.load(Ordering::Relaxed)
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

    /// Exchanges everything with another registry. Each part changes its place at once, one after the other.
    pub fn exchange(&self, other: &Self) {
        if std::ptr::eq(self, other) {
            return;
        }
        // In the order of their addresses: two threads that exchange the same two registries do not wait for each other.
        let (first, second) =
            if std::ptr::from_ref(self) < std::ptr::from_ref(other) { (self, other) } else { (other, self) };
        std::mem::swap(&mut *first.collectors.lock(), &mut *second.collectors.lock());
        first.sources.exchange(&second.sources);
        std::mem::swap(&mut *first.settings.lock(), &mut *second.settings.lock());
        std::mem::swap(&mut *first.target.lock(), &mut *second.target.lock());
        let reuses = first.reuses.swap(second.reuses(), Ordering::Relaxed);
        second.reuses.store(reuses, Ordering::Relaxed);
    }

    /// Whether a metric is here, under any name.
    pub fn holds(&self, metric: &Bound<'_, PyAny>) -> bool {
        let py = metric.py();
        let metrics = self.metrics(py).and_then(|metrics| metrics.get().values(py));
        metrics.is_ok_and(|metrics| metrics.iter().any(|other| other.is(metric)))
    }
}
