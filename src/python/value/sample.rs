//! `metric.samples`: the samples of a metric as Python objects, in the order of the text format.

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyList};

use crate::exposition::Block;
use crate::family::AnyFamily;
use crate::kind::Part;
use crate::labels::identity::OwnedPairs;
use crate::memory::{self, OutOfMemory};
use crate::python::argument::labels::to_dict;
use crate::python::interpreter::import::OfPackage;
use crate::sample::{Sample, Visitor, Wants};

/// The samples of a family. Python code may run while objects are made of them, and so not during the walk.
#[derive(Default)]
struct Samples(Vec<(Part, OwnedPairs, f64)>);

impl Visitor for Samples {
    type Error = OutOfMemory;

    fn wants(&self) -> Wants {
        Wants { exemplars: false, births: false, native: false }
    }

    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), OutOfMemory> {
        self.0.try_reserve(1)?;
        memory::check_step(self.0.len())?;
        let labels = sample.labels().into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        self.0.push((sample.part, labels, sample.value.as_f64()));
        Ok(())
    }
}

/// The samples of a family.
pub fn list<'py>(py: Python<'py>, family: &AnyFamily) -> PyResult<Bound<'py, PyList>> {
    list_of_block(py, &Block::Family(family.clone()))
}

/// The samples of a family or a report; none of ready lines.
pub fn list_of_block<'py>(py: Python<'py>, block: &Block) -> PyResult<Bound<'py, PyList>> {
    static SAMPLE: OfPackage = OfPackage::new("aioprometheus.samples", "Sample");
    let list = PyList::empty(py);
    let Some(descriptor) = block.descriptor() else {
        return Ok(list);
    };
    let class = SAMPLE.get(py)?;
    let mut samples = Samples::default();
    block.walk(&mut samples)?;
    for (step, (part, labels, value)) in samples.0.into_iter().enumerate() {
        memory::check_step(step)?;
        let name = format!("{}{}", descriptor.sample_base(), descriptor.kind().suffix(part));
        let labels = to_dict(py, labels.iter().map(|(name, value)| (&**name, &**value)))?;
        list.append(class.call1((name, labels, PyFloat::new(py, value)))?)?;
    }
    Ok(list)
}
