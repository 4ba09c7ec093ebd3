//! The registries of a metric: its name cannot change while it is in one.

use std::collections::HashMap;

use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::types::PyWeakrefReference;

use super::registry::PyRegistry;

/// The registries in which a metric was registered. It may have been removed from them, and they may be gone.
#[derive(Default)]
pub struct Registrations {
    /// No Python code runs while the lock is held.
    known: Mutex<Known>,
}

/// Weak references to registries, by the addresses of the references: Python has one for each registry.
#[derive(Default)]
struct Known {
    registries: HashMap<usize, Py<PyWeakrefReference>>,
    /// The number of references at which those of registries that are gone are removed.
    full: usize,
}

impl Registrations {
    /// Remembers a registry in which the metric was registered.
    pub fn remember(&self, registry: &Bound<'_, PyRegistry>) -> PyResult<()> {
        let py = registry.py();
        let reference = PyWeakrefReference::new(registry)?;
        // Without the lock: to drop the last reference to a registry, which is upgraded here, may run Python code.
        let mut known = std::mem::take(&mut *self.known.lock());
        if known.registries.len() >= known.full {
            known.registries.retain(|_, known| known.bind(py).upgrade().is_some());
            known.full = 2 * known.registries.len() + 8;
        }
        known.registries.insert(reference.as_ptr() as usize, reference.unbind());
        let mut now = self.known.lock();
        now.registries.extend(known.registries);
        now.full = known.full;
        Ok(())
    }

    /// Whether the metric is in a registry.
    pub fn hold(&self, metric: &Bound<'_, PyAny>) -> bool {
        let py = metric.py();
        let known: Vec<_> = self.known.lock().registries.values().map(|known| known.clone_ref(py)).collect();
        let registries = known.iter().filter_map(|known| known.bind(py).upgrade());
        registries
            .filter_map(|registry| registry.cast_into::<PyRegistry>().ok())
            .any(|registry| registry.get().holds(metric.as_any()))
    }
}
