//! The reprs of metrics and registries.
//!
//! A repr runs no Python code of the user's, never fails, and is never longer than a few lines.

use pyo3::prelude::*;

use super::class::built_in_class;
use super::collector::PyCollector;
use super::collectors::PyCollectors;
use crate::python::interpreter::import::{class_name, name_of};
use crate::python::value::describe::{self, MOST};
use crate::python::value::series::AnySeries;
use crate::python::value::store;

/// `<Counter requests_total: 2 series, {method="GET"} 5, {method="POST"} 1>`
pub fn metric(metric: &Bound<'_, PyCollector>) -> String {
    let py = metric.py();
    let (class, built_in) = (class_name(metric.as_any()), name_of(&built_in_class(metric.as_any())));
    let class = if class == built_in { class } else { format!("{class} ({built_in})") };
    let Ok(state) = metric.get().state() else {
        return format!("<{class}, not initialised>");
    };
    let name = describe::short(state.name());
    if state.overrides.stores_values {
        return format!("<{class} {name}, which keeps its series itself>");
    }
    let family = &state.family;
    let count = store::len(py, family);
    let first = store::first(family, MOST).unwrap_or_default();
    let value = |series: &AnySeries| match state.kept.get(py, series) {
        Some(object) => format!("an object of the class {}", class_name(&object)),
        None => series.describe(),
    };
    let series = match (count, &first[..]) {
        (0, _) | (_, []) => "no series".to_owned(),
        (1, [only]) if only.labels().pairs().len() == 0 => value(only),
        _ => {
            let shown: Vec<String> = first
                .iter()
                .map(|series| format!("{{{}}} {}", describe::labels(series.labels()), value(series)))
                .collect();
            let more = if count > shown.len() { ", ..." } else { "" };
            format!("{count} series, {}{more}", shown.join(", "))
        }
    };
    format!("<{class} {name}: {series}>")
}

/// `<Registry: 3 metrics, a, b, c>`
pub fn registry(registry: &Bound<'_, PyAny>, metrics: &PyCollectors) -> String {
    let class = class_name(registry);
    match metrics.registry.len() {
        0 => format!("<{class}: no metrics>"),
        count => format!("<{class}: {}>", list(&names(metrics, 3 * MOST), count)),
    }
}

/// The first names of metrics.
pub fn names(metrics: &PyCollectors, most: usize) -> Vec<String> {
    metrics.registry.names(most).iter().map(ToString::to_string).collect()
}

/// Some names of metrics, of which there are `count`.
pub fn list(names: &[String], count: usize) -> String {
    let shown: Vec<String> = names.iter().take(3 * MOST).map(|name| describe::short(name)).collect();
    let more = if count > shown.len() { ", ..." } else { "" };
    let noun = if count == 1 { "metric" } else { "metrics" };
    format!("{count} {noun}, {}{more}", shown.join(", "))
}
