//! Metrics are put into a registry.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::collector::PyCollector;
use super::collectors::{PyCollectors, Registered, key};
use super::definition_mistake;
use super::registry::PyRegistry;
use crate::kind::Kind;
use crate::registry::{Failures, Refused};

/// What stands in a registry for an object, and the kind of that, if it is a metric.
pub fn registered(metric: &Bound<'_, PyAny>) -> (Option<Kind>, Arc<Registered>) {
    let state = metric.cast::<PyCollector>().ok().and_then(|metric| metric.get().state().ok());
    let kind = state.map(|state| state.family.descriptor().kind());
    (kind, Arc::new(Registered(metric.clone().unbind())))
}

/// Puts a metric into a registry, under its name. `has_timeout` says whether a time limit is given for it.
///
/// # Errors
///
/// ValueError when the name is taken, or when a metric that is there exposes samples of the same name; TypeError when the
/// name is not a str. Nothing has changed then.
pub fn register(
    registry: &Bound<'_, PyRegistry>,
    metric: &Bound<'_, PyCollector>,
    has_timeout: bool,
) -> PyResult<()> {
    let py = registry.py();
    let name = metric.getattr(intern!(py, "name"))?;
    let (kind, object) = registered(metric);
    let metrics = registry.get().metrics(py)?;
    match metrics.get().registry.register(&key(&name)?, kind, object) {
        Ok(()) => metric.get().registrations.remember(registry),
        Err(Refused::NameTaken(there)) if registry.get().reuses() && there.0.is(metric) => Ok(()),
        Err(Refused::NameTaken(there)) => {
            Err(definition_mistake::name_taken(&name, there.0.bind(py), metric, has_timeout))
        }
        Err(Refused::Clash(error)) => Err(error.into()),
    }
}

/// Puts an object under a name.
pub fn put(metrics: &PyCollectors, name: &str, metric: &Bound<'_, PyAny>) {
    let (kind, metric) = registered(metric);
    drop(metrics.registry.set(name, kind, metric));
}

/// Puts the metrics of a dict there.
///
/// # Errors
///
/// TypeError when a key is not a str; then nothing has changed.
pub fn put_all(metrics: &PyCollectors, dict: &Bound<'_, PyDict>) -> PyResult<()> {
    let pairs: Vec<_> =
        dict.iter().map(|(name, metric)| Ok((key(&name)?, metric))).collect::<PyResult<_>>()?;
    for (name, metric) in pairs {
        put(metrics, &name, &metric);
    }
    Ok(())
}

/// A mapping with the metrics of a dict, in the place of one that had these failures.
///
/// # Errors
///
/// TypeError when a key is not a str.
pub fn of_dict(dict: &Bound<'_, PyDict>, failures: Arc<Failures>) -> PyResult<PyCollectors> {
    let metrics = PyCollectors::new(failures);
    put_all(&metrics, dict)?;
    Ok(metrics)
}
