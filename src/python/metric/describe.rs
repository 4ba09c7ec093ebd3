//! Descriptions: the reprs of metrics, children and registries.
//!
//! A description runs no Python code of the user's, never fails, and is never longer than a few lines.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use super::constructor::built_in_class;
use crate::exposition::number::write_number;
use crate::labels::LabelSet;
use crate::metric::{Number, info};
use crate::python::class::collector::PyCollector;
use crate::python::interpreter::import::{class_name, name_of};
use crate::python::value::series::Handle;
use crate::python::value::store::{self, AnySeries};

/// The number of series that a description shows at most.
const MOST: usize = 3;

/// The number of characters of one text that a description shows at most.
const LONGEST: usize = 60;

/// `<Counter requests_total: 2 series, {method="GET"} 5, {method="POST"} 1>`
pub fn metric(metric: &Bound<'_, PyCollector>) -> String {
    let py = metric.py();
    let (class, built_in) = (class_name(metric.as_any()), name_of(&built_in_class(metric.as_any())));
    let class = if class == built_in { class } else { format!("{class} ({built_in})") };
    let Ok(state) = metric.get().state() else {
        return format!("<{class}, not initialised>");
    };
    let name = short(state.name());
    if state.overrides.stores_values {
        return format!("<{class} {name}, which keeps its series itself>");
    }
    let family = &state.family;
    let count = store::len(py, family);
    let first = store::first(family, MOST).unwrap_or_default();
    let value = |series: &AnySeries| match state.kept.get(py, series) {
        Some(object) => format!("an object of the class {}", class_name(&object)),
        None => value(series),
    };
    let series = match (count, &first[..]) {
        (0, _) | (_, []) => "no series".to_owned(),
        (1, [only]) if only.labels().pairs().len() == 0 => value(only),
        _ => {
            let shown: Vec<String> = first
                .iter()
                .map(|series| format!("{{{}}} {}", labels(series.labels()), value(series)))
                .collect();
            let more = if count > shown.len() { ", ..." } else { "" };
            format!("{count} series, {}{more}", shown.join(", "))
        }
    };
    format!("<{class} {name}: {series}>")
}

/// `<BoundCounter requests_total{method="GET"}: 5>`
pub fn child(class: &str, name: &str, labels_of: &LabelSet, series: Option<AnySeries>) -> String {
    let value = series.map_or_else(|| "removed".to_owned(), |series| value(&series));
    format!("<{class} {}{{{}}}: {value}>", short(name), labels(labels_of))
}

/// `<Registry: 3 metrics, a, b, c>`
pub fn registry(registry: &Bound<'_, PyAny>, metrics: &Bound<'_, PyDict>) -> String {
    let class = class_name(registry);
    match metrics.len() {
        0 => format!("<{class}: no metrics>"),
        count => format!("<{class}: {}>", list(&names(metrics, 3 * MOST), count)),
    }
}

/// `3 observations, sum 6.0`
pub fn observations(count: u64, sum: f64) -> String {
    format!(
        "{count} {}, sum {}",
        if count == 1 { "observation" } else { "observations" },
        number(Number::Float(sum))
    )
}

/// The first names of metrics, of those that are plain str.
pub fn names(metrics: &Bound<'_, PyDict>, most: usize) -> Vec<String> {
    let keys = metrics.keys();
    let names = keys
        .iter()
        .filter_map(|name| Some(name.cast_exact::<PyString>().ok()?.to_string_lossy().into_owned()));
    names.take(most).collect()
}

/// Some names of metrics, of which there are `count`.
pub fn list(names: &[String], count: usize) -> String {
    let shown: Vec<String> = names.iter().take(3 * MOST).map(|name| short(name)).collect();
    let more = if count > shown.len() { ", ..." } else { "" };
    let noun = if count == 1 { "metric" } else { "metrics" };
    format!("{count} {noun}, {}{more}", shown.join(", "))
}

/// A text of unknown content in a short form: control characters are escaped, and a long text is cut.
fn short(text: &str) -> String {
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push_str("...");
    }
    short
}

fn pairs<'a>(pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> String {
    let count = pairs.len();
    let shown: Vec<String> =
        pairs.take(2 * MOST).map(|(name, value)| format!("{}=\"{}\"", short(name), short(value))).collect();
    let more = if count > shown.len() { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn labels(labels: &LabelSet) -> String {
    pairs(labels.pairs())
}

fn number(number: Number) -> String {
    let mut text = Vec::new();
    write_number(&mut text, number);
    String::from_utf8_lossy(&text).into_owned()
}

fn value(series: &AnySeries) -> String {
    match series {
        AnySeries::Value(series) => number(series.metric().get()),
        AnySeries::Summary(handle) => {
            let snapshot = handle.series.metric().read();
            observations(snapshot.count, snapshot.sum)
        }
        AnySeries::Histogram(handle) => {
            let (count, sum) = histogram_state(handle);
            observations(count, sum)
        }
        AnySeries::Info(series) => {
            let facts = series.metric().get();
            format!("{{{}}}", pairs(info::pairs(&facts).into_iter()))
        }
        AnySeries::StateSet(handle) => short(handle.family.spec().name(handle.series.metric().get())),
    }
}

/// The count and the sum of a histogram.
pub fn histogram_state(handle: &Handle<crate::metric::Histogram>) -> (u64, f64) {
    let mut counts = Vec::new();
    let sum = handle.series.metric().read_classic(handle.family.spec(), &mut counts);
    (counts.last().copied().unwrap_or_default(), sum)
}
