//! Naming: which names metrics may have.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;

use crate::name::{Escaping, Naming};

/// Whether the names of metrics that are made now may be any text.
static UTF8: AtomicBool = AtomicBool::new(false);

/// The naming of metrics that are made now.
pub fn naming() -> Naming {
    if UTF8.load(Ordering::Relaxed) { Naming::Utf8 } else { Naming::Legacy }
}

/// The naming of a metric whose names may be any text, or may not; nothing stands for a metric that is made now.
pub fn naming_of(utf8: Option<bool>) -> Naming {
    match utf8 {
        None => naming(),
        Some(true) => Naming::Utf8,
        Some(false) => Naming::Legacy,
    }
}

/// Set whether metrics that are made from now on, and their labels, may have any names.
///
/// :param allowed: Whether they may. See ``aioprometheus.names``.
#[pyfunction]
pub fn allow_utf8(allowed: bool) {
    UTF8.store(allowed, Ordering::Relaxed);
}

/// Return whether metrics that are made now may have any names.
#[pyfunction]
pub fn utf8_is_allowed() -> bool {
    UTF8.load(Ordering::Relaxed)
}

/// Return the name of a metric as a scraper gets it that asks for an escaping.
///
/// :param name: The name of the metric.
/// :param escaping: ``"underscores"``, ``"dots"``, ``"values"`` or ``"allow-utf-8"``.
/// :raises ValueError: If there is no such escaping.
#[pyfunction]
pub fn escape_name(name: &str, escaping: &str) -> PyResult<String> {
    Ok(escaping_of(Some(escaping))?.metric_name(name).into_owned())
}

/// The escaping of this name; nothing stands for the default one.
pub fn escaping_of(text: Option<&str>) -> PyResult<Escaping> {
    let unknown = |text| {
        pyo3::exceptions::PyValueError::new_err(format!(
            "escaping must be 'underscores', 'dots', 'values' or 'allow-utf-8', not '{text}'"
        ))
    };
    text.map_or(Ok(Escaping::default()), |text| Escaping::parse(text).ok_or_else(|| unknown(text)))
}
