//! Notices: what a metric logs once.

use pyo3::prelude::*;

use super::import::OfPackage;
use super::lifecycle::{calls_python, is_ending};
use crate::family::Family;
use crate::metric::Metric;

/// Logs that a metric has as many series as it may have, if that is not known yet. To be called after each update that may
/// have given birth, where Python code may run.
#[inline(always)]
pub fn tell_overflow<M: Metric>(family: &Family<M>) {
    if family.is_newly_full() {
        log_overflow(family.descriptor().name(), family.descriptor().max_series());
    }
}

#[cold]
fn log_overflow(name: &str, most: Option<u64>) {
    static LOG: OfPackage = OfPackage::new("aioprometheus.overflow", "log");
    if is_ending() {
        return;
    }
    // A shortcut into an update has not counted that its thread is attached.
    Python::attach(|py| {
        calls_python(py);
        if let Err(error) = LOG.get(py).and_then(|log| log.call1((name, most))) {
            // The update is made, and whoever asked for it has not asked for a log.
            error.write_unraisable(py, None);
        }
    });
}
