//! The names of samples, for code of the package that writes them itself.

use pyo3::prelude::*;

use super::report::kind_of;
use crate::kind::Reserved;

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
