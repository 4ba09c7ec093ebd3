//! Children that call the methods of their metric.

use pyo3::prelude::*;

use crate::python::argument::labels::{Labels, to_dict};
use crate::python::interpreter::import::OfPackage;
use crate::python::metric::collector::PyCollector;

/// A child that calls the methods of the metric.
pub fn new<'py>(metric: &Bound<'py, PyCollector>, labels: &Labels<'_>) -> PyResult<Bound<'py, PyAny>> {
    static FORWARDING: OfPackage = OfPackage::new("aioprometheus.values", "ForwardingChild");
    let py = metric.py();
    let labels = to_dict(py, labels.pairs().into_iter())?;
    FORWARDING.get(py)?.call1((metric, labels))
}
