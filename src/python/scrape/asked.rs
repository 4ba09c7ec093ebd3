//! What a scrape must ask Python code for, before it can expose a metric.

use pyo3::prelude::*;

use super::source::outline;
use crate::collect::Names;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::function::{self, PySeriesFunction};

/// A metric that has functions or overrides: its place among all metrics, itself, and its functions.
pub type Asked<'py> = (usize, Bound<'py, PyCollector>, Vec<PySeriesFunction>);

/// Those of the metrics that are asked for and have functions or overrides.
///
/// # Errors
///
/// What iteration raises. A metric whose outline fails is left to the rendering, where it fails again.
pub fn asked<'py>(metrics: &Bound<'py, PyAny>, names: &Names) -> PyResult<Vec<Asked<'py>>> {
    let mut all = Vec::new();
    for (place, object) in metrics.try_iter()?.enumerate() {
        let object = object?;
        let Ok(metric) = object.cast::<PyCollector>() else {
            continue;
        };
        let Some(state) = metric.get().initialised() else {
            continue;
        };
        if !state.functions.is_used() && !state.overrides.read() {
            continue;
        }
        if names.is_all() || outline(&object).is_ok_and(|outline| names.select(&outline)) {
            all.push((place, metric.clone(), function::all(metric)));
        }
    }
    Ok(all)
}
