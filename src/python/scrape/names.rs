//! The names of samples, for code of the package that writes or selects them itself.

use pyo3::prelude::*;

use super::report::kind_of;
use crate::kind::Reserved;
use crate::name::Escaping;
use crate::python::metric::class;
use crate::registry::names_to_ask_for;

/// Return the label that most samples of a kind carry themselves, and the suffix of their names.
///
/// :param kind: The kind, such as ``"histogram"``, whose samples with ``le`` end in
///   ``_bucket``.
/// :returns: The name of the label, or None if there is none; and the suffix, which may be
///   empty.
/// :raises ValueError: If there is no such kind.
#[pyfunction]
pub fn own_label(kind: &str) -> PyResult<(Option<&'static str>, &'static str)> {
    let traits = kind_of(kind)?.traits();
    let label = match traits.reserved {
        Reserved::Label(name) => Some(name),
        Reserved::None | Reserved::OfFamily => None,
    };
    Ok((label, traits.samples.first().map_or("", |&(_, suffix)| suffix)))
}

/// Return the names that select a metric: its own, those of its samples, and their escaped
/// forms.
///
/// :param collector: The metric, whose class says its kind.
/// :param name: Its name.
/// :param utf8: Whether the name may be any text, and so may be escaped.
#[pyfunction]
pub fn sample_names(collector: &Bound<'_, PyAny>, name: &str, utf8: bool) -> Vec<String> {
    let kind = class::kind_of(collector);
    let escapings = if utf8 { &Escaping::ALL[..] } else { &[Escaping::AllowUtf8] };
    escapings.iter().flat_map(|&escaping| names_to_ask_for(name, kind, escaping)).collect()
}
