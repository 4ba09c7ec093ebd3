//! Clashes: families that write samples of the same name.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::PyList;

use super::report::kind_of;
use crate::kind::Kind;
use crate::memory::{self, RESERVE};
use crate::python::metric::collector::PyCollector;
use crate::registry;

/// Return the families that write samples of a name that an earlier one writes already.
///
/// :param families: Metrics that the core renders, and pairs of a name and a kind, such as
///   ``"counter"``, in the order of their registration. An unknown kind is taken for
///   ``"untyped"``.
/// :returns: Pairs of positions: the later one, and the one that it clashes with.
#[pyfunction]
pub fn find_clashes(families: &Bound<'_, PyList>) -> PyResult<Vec<(usize, usize)>> {
    // The tables below grow with the registry; each family takes a few hundred bytes of them.
    memory::check(RESERVE.saturating_add(families.len().saturating_mul(1024)))?;
    let described: Vec<(String, Kind)> = families
        .iter()
        .map(|family| {
            if let Ok(metric) = family.cast::<PyCollector>() {
                let descriptor = metric.get().state()?.family.descriptor();
                return Ok((descriptor.name().to_owned(), descriptor.kind()));
            }
            let (name, kind): (String, PyBackedStr) = family.extract()?;
            Ok((name, kind_of(&kind).unwrap_or(Kind::Untyped)))
        })
        .collect::<PyResult<_>>()?;
    let borrowed: Vec<(&str, Kind)> = described.iter().map(|(name, kind)| (&**name, *kind)).collect();
    Ok(registry::find_clashes(&borrowed))
}
