//! Metrics are put into a registry.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::collector::PyCollector;
use super::collectors::{PyCollectors, Registered, key};
use crate::kind::Kind;
use crate::registry::Failures;

/// What stands in a registry for an object, and the kind of that, if it is a metric.
pub fn registered(metric: &Bound<'_, PyAny>) -> (Option<Kind>, Arc<Registered>) {
    let state = metric.cast::<PyCollector>().ok().and_then(|metric| metric.get().state().ok());
    let kind = state.map(|state| state.family.descriptor().kind());
    (kind, Arc::new(Registered(metric.clone().unbind())))
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
