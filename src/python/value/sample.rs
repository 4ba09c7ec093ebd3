//! `metric.samples`: the samples of a metric as Python objects, in the order of the text format.

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyList};

use super::series::AnySeries;
use super::store;
use crate::exposition::number::{bound_text, float_text};
use crate::family::AnyFamily;
use crate::labels::{LabelSet, Pair};
use crate::memory;
use crate::metric::info;
use crate::python::argument::labels::to_dict;
use crate::python::interpreter::import::OfPackage;

/// Makes the samples of one family.
struct Samples<'a, 'py> {
    family: &'a AnyFamily,
    list: Bound<'py, PyList>,
    class: &'a Bound<'py, PyAny>,
}

impl Samples<'_, '_> {
    fn push(&self, suffix: &str, labels: &LabelSet, more: &[Pair<'_>], value: f64) -> PyResult<()> {
        let descriptor = self.family.descriptor();
        let pairs = descriptor.constant().chain(labels.pairs()).chain(more.iter().copied());
        memory::check_step(self.list.len())?;
        let labels = to_dict(self.list.py(), pairs)?;
        let name = format!("{}{suffix}", descriptor.sample_base());
        self.list.append(self.class.call1((name, labels, PyFloat::new(self.list.py(), value)))?)
    }
}

/// The samples of a family.
#[expect(clippy::cast_precision_loss, reason = "a sample's value is a float")]
pub fn list<'py>(py: Python<'py>, family: &AnyFamily) -> PyResult<Bound<'py, PyList>> {
    static SAMPLE: OfPackage = OfPackage::new("aioprometheus.samples", "Sample");
    let samples = Samples { family, list: PyList::empty(py), class: &SAMPLE.get(py)? };
    if let AnyFamily::Info(infos) = family {
        for (series, facts) in infos.readings()? {
            samples.push("_info", series.labels(), &info::pairs(&facts), 1.0)?;
        }
        return Ok(samples.list);
    }
    for series in store::keys(family)? {
        let labels = series.labels();
        match &series {
            AnySeries::Value(series) => samples.push("", labels, &[], series.metric().get().as_f64())?,
            AnySeries::Summary(handle) => {
                let snapshot = handle.series.metric().read();
                for (phi, value) in snapshot.quantiles(handle.family.spec()) {
                    samples.push("", labels, &[("quantile", &float_text(phi))], value)?;
                }
                samples.push("_count", labels, &[], snapshot.count as f64)?;
                samples.push("_sum", labels, &[], snapshot.sum)?;
            }
            AnySeries::Histogram(handle) => {
                let mut counts = Vec::new();
                let sum = handle.series.metric().read_classic(handle.family.spec(), &mut counts);
                for (&bound, &count) in handle.family.spec().bounds().upper().iter().zip(&counts) {
                    samples.push("_bucket", labels, &[("le", &bound_text(bound))], count as f64)?;
                }
                let count = counts.last().copied().unwrap_or_default();
                samples.push("_count", labels, &[], count as f64)?;
                samples.push("_sum", labels, &[], sum)?;
            }
            // Read at one moment, above.
            AnySeries::Info(_) => (),
            AnySeries::StateSet(handle) => {
                let current = handle.series.metric().get();
                for (state, text) in handle.family.spec().names().enumerate() {
                    let value = if state == current { 1.0 } else { 0.0 };
                    samples.push("", labels, &[(family.descriptor().name(), text)], value)?;
                }
            }
        }
    }
    Ok(samples.list)
}
