//! Lines of the text format, for formatters in Python.

use pyo3::prelude::*;

use crate::exposition::text;
use crate::python::argument::labels::Labels;
use crate::python::argument::naming::{escaping_of, naming_of};
use crate::python::argument::number;

/// Return the HELP and TYPE lines of a metric.
///
/// :param name: The name of the metric.
/// :param help: Its description, not yet escaped.
/// :param kind: What it is, in the words of the text format.
/// :param escaping: What becomes of a name that needs quotes.
/// :param utf8: Whether the name may be any text; None asks ``utf8_is_allowed``.
/// :raises ValueError: If the name is malformed.
#[pyfunction]
#[pyo3(signature = (name, help, kind, escaping=None, utf8=None))]
pub fn format_header(
    name: &str,
    help: &str,
    kind: &str,
    escaping: Option<&str>,
    utf8: Option<bool>,
) -> PyResult<String> {
    Ok(text::header(name, help, kind, naming_of(utf8), escaping_of(escaping)?)?)
}

/// Return the line of one sample, with its labels sorted by name and their values escaped.
///
/// :param name: The name of the sample.
/// :param labels: Its labels.
/// :param value: Its value.
/// :param timestamp: Its time, in milliseconds since 1970.
/// :param escaping: What becomes of names that need quotes.
/// :param utf8: Whether names may be any text; None asks ``utf8_is_allowed``.
/// :raises ValueError: If a name is malformed, or if a label value has no UTF-8 form.
/// :raises TypeError: If the value is not a number.
#[pyfunction]
#[pyo3(signature = (name, labels, value, timestamp=None, escaping=None, utf8=None))]
pub fn format_sample(
    name: &str,
    labels: Option<&Bound<'_, PyAny>>,
    value: &Bound<'_, PyAny>,
    timestamp: Option<i64>,
    escaping: Option<&str>,
    utf8: Option<bool>,
) -> PyResult<String> {
    let number = number::extract_reported(name, value, number::refusal)?;
    let labels = Labels::extract(name, labels)?;
    Ok(text::sample(name, &labels.pairs(), number, timestamp, (naming_of(utf8), escaping_of(escaping)?))?)
}

/// Return the text of the label ``le`` of a bucket.
///
/// :param bound: The upper bound.
#[pyfunction]
pub fn format_bound(bound: f64) -> String {
    crate::number::bound_text(bound)
}

/// Return the text that a label value becomes in an update, not escaped.
///
/// :param value: The label value.
/// :raises ValueError: If it has no UTF-8 form.
#[pyfunction]
pub fn label_text(value: Bound<'_, PyAny>) -> PyResult<String> {
    Labels::text_of_value("label", value)
}
