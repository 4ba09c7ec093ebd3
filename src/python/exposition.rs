//! The text format for Python: families encoded without the interpreter's lock.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyCFunction, PyList};

use super::collector::PyCollector;
use super::constructor::native_class;
use super::labels::Labels;
use super::lifecycle::detached;
use super::number;
use super::page::Page;
use crate::error::Error;
use crate::exposition::{Block, text};
use crate::name::is_metric_name;

/// What a metric is asked for when it says itself what its series are.
const READING_METHODS: [&str; 3] = ["get_all", "get", "get_value"];

/// Whether a metric is rendered by the core: neither its class nor the object itself (a mock may stand in
/// its ``__dict__``) has a kind, or methods that say what its series are, of its own.
#[pyfunction]
pub fn is_native(collector: &Bound<'_, PyAny>) -> PyResult<bool> {
    if !collector.cast::<PyCollector>().is_ok_and(|metric| metric.get().renders_family().is_some()) {
        return Ok(false);
    }
    let kind = intern!(collector.py(), "kind");
    if !collector.getattr(kind)?.is(&native_class(collector).getattr(kind)?) {
        return Ok(false);
    }
    for method in READING_METHODS {
        if !collector.getattr(method)?.is_instance_of::<PyCFunction>() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The exposition of metrics in the text format 0.0.4, sorted by name.
///
/// ``blocks`` holds metrics for which ``is_native`` holds, and pairs of a name and its ready lines.
/// ``timestamp``, in milliseconds since 1970, is appended to every sample. The interpreter runs on
/// meanwhile.
#[pyfunction]
#[pyo3(signature = (blocks, timestamp=None))]
pub fn encode_text<'py>(
    blocks: &Bound<'py, PyList>,
    timestamp: Option<i64>,
) -> PyResult<Bound<'py, PyBytes>> {
    let py = blocks.py();
    let mut plain = Vec::with_capacity(blocks.len());
    for block in blocks {
        match block.cast::<PyCollector>() {
            Ok(metric) => {
                if let Some(family) = metric.get().renders_family() {
                    plain.push(Block::Family(family.clone()));
                }
            }
            Err(_) => {
                let (name, text) = block.extract()?;
                plain.push(Block::Text { name, text });
            }
        }
    }
    let mut page = Page::new(py)?;
    detached(py, || text::encode_into(&mut page, plain, timestamp));
    page.into_bytes(py)
}

/// The HELP and TYPE lines of a metric.
///
/// :raises ValueError: a name that is malformed.
#[pyfunction]
pub fn format_header(name: &str, help: &str, kind: &str) -> PyResult<String> {
    if !is_metric_name(name) {
        return Err(Error::MetricName { name: name.to_owned() }.into());
    }
    Ok(text::header(name, help, kind).trim_end_matches('\n').to_owned())
}

/// The line of one sample: labels sorted by name, their values as text, escaped.
///
/// :raises ValueError: a name that is malformed, or a label value that has no UTF-8 form.
/// :raises TypeError: a value that is no number.
#[pyfunction]
#[pyo3(signature = (name, labels, value, timestamp=None))]
pub fn format_sample(
    name: &str,
    labels: Option<&Bound<'_, PyAny>>,
    value: &Bound<'_, PyAny>,
    timestamp: Option<i64>,
) -> PyResult<String> {
    let number = number::extract(value, || number::refusal(name, value))?;
    let labels = Labels::extract(name, labels)?;
    Ok(text::sample(name, &labels.pairs(), number, timestamp)?)
}

/// The ``le`` of a bucket.
#[pyfunction]
pub fn format_bound(bound: f64) -> String {
    text::bound_text(bound)
}

/// The text of a label value as an update makes it, not escaped.
///
/// :raises ValueError: when it has no UTF-8 form.
#[pyfunction]
pub fn label_text(value: Bound<'_, PyAny>) -> PyResult<String> {
    Labels::text_of_value("label", value)
}
