//! The text format for Python: families encoded without the interpreter's lock.

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList};

use super::collector::PyCollector;
use super::labels::Labels;
use super::lifecycle::detached;
use crate::exposition::{Block, text};
use crate::labels::push_escaped;

/// Whether a metric is rendered by the core, and no method of a subclass is asked.
#[pyfunction]
pub fn is_native(collector: &Bound<'_, PyAny>) -> bool {
    collector.cast::<PyCollector>().is_ok_and(|metric| metric.get().renders_family().is_some())
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
    let bytes = detached(py, || text::encode(plain, timestamp));
    Ok(PyBytes::new(py, &bytes))
}

/// Escapes what stands in a HELP line.
#[pyfunction]
pub fn escape_help(help: &str) -> String {
    text::escape_help(help)
}

/// Escapes what stands between the quotes of a label.
#[pyfunction]
pub fn escape_label_value(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    push_escaped(&mut text, value);
    text
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
