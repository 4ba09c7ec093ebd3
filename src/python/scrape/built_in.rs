//! Built-in metrics: those that the core renders from their own state.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCFunction;

use crate::family::{AnyFamily, Descriptor};
use crate::name::Naming;
use crate::python::argument::labels::Labels;
use crate::python::argument::naming::naming;
use crate::python::metric::class::built_in_class;
use crate::python::metric::collector::PyCollector;

/// The methods that report the series of a metric.
const READING_METHODS: [&str; 3] = ["get_all", "get", "get_value"];

/// The family of a metric, if the core renders the metric from it. A class that describes the metric itself is compared
/// with it.
///
/// # Errors
///
/// What the class raises while it describes the metric.
pub fn rendered_family<'a>(metric: &'a Bound<'_, PyCollector>) -> PyResult<Option<&'a AnyFamily>> {
    let Some(family) = metric.get().renders_family() else {
        return Ok(None);
    };
    if !metric.get().state()?.overrides.description && !metric.get().shows_labels.load(Ordering::Relaxed) {
        return Ok(Some(family));
    }
    let (py, descriptor) = (metric.py(), family.descriptor());
    let is_same = metric.getattr(intern!(py, "name"))?.eq(descriptor.name())?
        && metric.getattr(intern!(py, "doc"))?.str()?.eq(descriptor.help())
        && has_labels(descriptor, &metric.getattr(intern!(py, "const_labels"))?);
    Ok(is_same.then_some(family))
}

/// Whether the constant labels of a family are these.
fn has_labels(descriptor: &Descriptor, labels: &Bound<'_, PyAny>) -> bool {
    let constant: BTreeMap<&str, &str> = descriptor.constant().collect();
    let labels = Labels::extract(descriptor.name(), Some(labels));
    labels.is_ok_and(|labels| labels.pairs().into_iter().collect::<BTreeMap<_, _>>() == constant)
}

/// Return whether the core renders a metric from its own state.
///
/// It does unless the class of the metric, or the metric itself (a mock may stand in its
/// ``__dict__``), has a ``kind`` of its own or overrides a method that reports its series.
///
/// :param collector: The metric.
#[pyfunction]
pub fn is_built_in(collector: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(metric) = collector.cast::<PyCollector>() else {
        return Ok(false);
    };
    // Called for every metric of a scrape, so that removed series are given back within one scrape.
    if let Ok(state) = metric.get().state() {
        state.lookup.forget_removed(collector.py(), true);
    }
    if rendered_family(metric)?.is_none() {
        return Ok(false);
    }
    let kind = intern!(collector.py(), "kind");
    if !collector.getattr(kind)?.is(&built_in_class(collector).getattr(kind)?) {
        return Ok(false);
    }
    for method in READING_METHODS {
        if !collector.getattr(method)?.is_instance_of::<PyCFunction>() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a metric is rendered with native buckets, which only protocol buffers have.
///
/// # Errors
///
/// As for [`is_built_in`].
pub fn has_native_buckets(collector: &Bound<'_, PyAny>) -> PyResult<bool> {
    let native = collector.cast::<PyCollector>().is_ok_and(|metric| {
        matches!(metric.get().renders_family(), Some(AnyFamily::Histogram(family)) if family.spec().native().is_some())
    });
    Ok(native && is_built_in(collector)?)
}

/// Return whether a metric and its labels may have any names.
///
/// :param collector: The metric.
#[pyfunction]
pub fn takes_utf8(collector: &Bound<'_, PyCollector>) -> bool {
    let naming = collector.get().state().map(|state| state.family.descriptor().naming());
    naming.unwrap_or_else(|_| self::naming()) == Naming::Utf8
}
