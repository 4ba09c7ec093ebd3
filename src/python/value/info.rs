//! The values of infos: facts.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::series::PyValue;
use crate::family::{Descriptor, Family};
use crate::labels::Pair;
use crate::metric::Info;
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::labels::Labels;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::class_name;

impl PyValue for Info {
    fn set(family: &Arc<Family<Self>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        family.check(access(py), &labels.pairs())?;
        let facts = facts_of(family.descriptor(), &labels.pairs(), value)?;
        Ok(family.set_facts(access(py), &labels.pairs(), &facts.pairs())?)
    }
}

/// The facts of a dict.
pub fn facts_of<'py>(
    descriptor: &Descriptor,
    labels: &[Pair<'_>],
    value: &Bound<'py, PyAny>,
) -> PyResult<Labels<'py>> {
    let name = descriptor.name();
    if !is_mapping(value)? {
        let class = class_name(value);
        return Err(PyTypeError::new_err(format!(
            "{name}: an info must be a dict of names and values, such as {{'version': '1.0'}}, not {class}"
        )));
    }
    let facts = Labels::extract(name, Some(value))?;
    descriptor.check_facts(labels, &facts.pairs())?;
    Ok(facts)
}
