//! In which registries a metric sits: as long as it does, its name stays.

use std::collections::HashMap;

use parking_lot::Mutex;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyWeakrefReference;

use super::attribute::Attribute;
use super::collector::PyCollector;
use super::naming::naming;
use super::registry::PyRegistry;
use crate::error::Error;

/// The registries that took a metric. They may have lost it, or be gone since.
#[derive(Default)]
pub struct Registrations {
    /// No Python code runs while the lock is held.
    known: Mutex<Known>,
}

/// References to registries by their addresses: Python has one for each registry.
#[derive(Default)]
struct Known {
    registries: HashMap<usize, Py<PyWeakrefReference>>,
    /// How many there are when it is time to look which ones are gone.
    full: usize,
}

impl Registrations {
    /// Remembers a registry that took the metric.
    pub fn remember(&self, registry: &Bound<'_, PyRegistry>) -> PyResult<()> {
        let py = registry.py();
        let reference = PyWeakrefReference::new(registry)?;
        // Without the lock: what is upgraded and dropped here may be the last one, and run Python code.
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

    /// Checks that a metric may be called `name`; gives whether that is another name.
    ///
    /// # Errors
    ///
    /// TypeError and ValueError when it is no name, ValueError when the metric sits in a registry.
    pub fn check_name(metric: &Bound<'_, PyCollector>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let name: &str = name.extract()?;
        let this = metric.get();
        let made = this.state().ok();
        let naming = made.map_or_else(naming, |state| state.family.descriptor().naming());
        if !naming.takes_metric_name(name) {
            return Err(Error::MetricName { name: name.to_owned() }.into());
        }
        if made.is_none() {
            return Ok(true);
        }
        let before = this.attributes.get(metric.py(), Attribute::Name)?;
        if before.eq(name)? {
            return Ok(false);
        }
        if this.registrations.hold(metric) {
            return Err(PyValueError::new_err(format!(
                "{before} is registered, so that its name cannot be changed any more; make another metric that is \
                 called '{name}', or take this one out of its registries before: registry.deregister('{before}')"
            )));
        }
        Ok(true)
    }

    /// Whether the metric sits in a registry.
    fn hold(&self, metric: &Bound<'_, PyCollector>) -> bool {
        let py = metric.py();
        let known: Vec<_> = self.known.lock().registries.values().map(|known| known.clone_ref(py)).collect();
        let registries = known.iter().filter_map(|known| known.bind(py).upgrade());
        registries
            .filter_map(|registry| registry.cast_into::<PyRegistry>().ok())
            .any(|registry| registry.get().collectors(py).values().iter().any(|other| other.is(metric)))
    }
}
