//! Mappings in the place of label dicts: they are read through their methods, once.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{Error, Mistake};
use crate::labels::TooLong;
use crate::python::interpreter::import::Import;

/// The number of labels that a series can have: a mapping without an end is read no further.
const MOST: usize = u16::MAX as usize;

/// Whether an object can be labels: a dict, or an instance of `collections.abc.Mapping`.
pub fn is_mapping(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    static MAPPING: Import = Import::new("collections.abc", "Mapping");
    Ok(object.is_instance_of::<PyDict>() || MAPPING.is_class_of(object)?)
}

/// The keys and values of a mapping, in its order.
///
/// # Errors
///
/// What its methods raise; TypeError when its items are not pairs, ValueError when they are more than a series can have.
pub fn items<'py>(
    metric: &str,
    mapping: &Bound<'py, PyAny>,
) -> PyResult<Vec<(Bound<'py, PyAny>, Bound<'py, PyAny>)>> {
    let mut held = Vec::new();
    for item in mapping.call_method0(intern!(mapping.py(), "items"))?.try_iter()? {
        if held.len() == MOST {
            return Err(Error::of(metric, TooLong).into());
        }
        held.push(item?.extract()?);
    }
    Ok(held)
}

/// A mapping as a new dict.
///
/// # Errors
///
/// As of [`items`]; ValueError when a key is there twice, as in a multidict.
pub fn to_dict<'py>(metric: &str, mapping: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyDict>> {
    if let Ok(dict) = mapping.cast::<PyDict>() {
        return dict.copy();
    }
    let dict = PyDict::new(mapping.py());
    for (key, value) in items(metric, mapping)? {
        if dict.contains(&key)? {
            return Err(Error::of(metric, Mistake::LabelTwice { name: key.to_string() }).into());
        }
        dict.set_item(key, value)?;
    }
    Ok(dict)
}
