//! The values of infos: facts.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::family::{Descriptor, Family};
use crate::labels::Pair;
use crate::metric::{Info, info};
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::labels::{Labels, to_dict};
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::class_name;

/// Sets the facts of a series, which is born when there is none. An error in the labels is reported before one in the facts.
pub fn set(family: &Family<Info>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = value.py();
    family.check(access(py), &labels.pairs())?;
    let facts = facts_of(family.descriptor(), &labels.pairs(), value)?;
    Ok(family.set_facts(access(py), &labels.pairs(), &facts.pairs())?)
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

/// The facts as Python code gets them.
pub fn to_object<'py>(py: Python<'py>, info: &Info) -> PyResult<Bound<'py, PyAny>> {
    Ok(to_dict(py, info::pairs(&info.get()).into_iter())?.into_any())
}
