//! Refusals: the exceptions and notes for arguments that a call does not take, and how messages show objects.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString};

use super::label_mapping::is_mapping;
use crate::error::Error;
use crate::name::LabelNameError;
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::note::noted;

/// The length of a user's text up to which a message shows it.
pub const SHOWN: usize = 60;

/// An object as a message shows it: its class, and its value if that is short and plain.
pub fn shown(object: &Bound<'_, PyAny>) -> String {
    if object.is_none() {
        return "None".to_owned();
    }
    let class = class_name(object);
    match plain_repr(object) {
        Some(text) => format!("the {class} {text}"),
        None => class,
    }
}

/// The repr of an object, if it is short and can be made without running Python code.
fn plain_repr(object: &Bound<'_, PyAny>) -> Option<String> {
    let plain = object.is_exact_instance_of::<PyString>()
        || object.is_exact_instance_of::<PyInt>()
        || object.is_exact_instance_of::<PyFloat>()
        || object.is_exact_instance_of::<PyBytes>();
    if !plain || object.len().is_ok_and(|length| length > SHOWN) {
        return None;
    }
    let text = object.repr().ok()?.to_string_lossy().into_owned();
    (text.len() <= SHOWN).then_some(text)
}

/// The advice for a value that is not a number; empty if there is none.
pub fn number_advice(value: &Bound<'_, PyAny>) -> &'static str {
    let class = value.get_type();
    let has = |method: &str| class.hasattr(method).unwrap_or(false);
    if value.is_none() {
        "; leave the update out when there is no value"
    } else if value.is_instance_of::<PyString>() || value.is_instance_of::<PyBytes>() {
        "; convert it with float()"
    } else if value.is_instance_of::<PyBool>() || class_name(value).starts_with("bool") {
        "; write int(value) to count it as 0 or 1"
    } else if has("total_seconds") {
        "; give its seconds: value.total_seconds()"
    } else if has("timestamp") {
        "; give its seconds: value.timestamp()"
    } else if is_mapping(value).unwrap_or(false) {
        "; labels come first, then the value"
    } else if has("__await__") {
        "; await it first"
    } else if value.is_callable() {
        "; call it, with (), and give what it returns"
    } else if has("__iter__") {
        "; give one number at a time"
    } else {
        ""
    }
}

/// The same for an update of a child, which takes no labels.
pub fn number_advice_of_child(value: &Bound<'_, PyAny>) -> &'static str {
    if is_mapping(value).unwrap_or(false) {
        "; a child has its labels already, give the value alone"
    } else {
        number_advice(value)
    }
}

/// The exception for labels that are not a mapping.
#[cold]
pub fn no_labels(metric: &str, given: &Bound<'_, PyAny>) -> PyErr {
    let error = PyTypeError::new_err("Only accepts dicts as keys");
    let note = format!(
        "{metric}: labels must be a dict, such as {{'method': 'GET'}}, not {}; labels come first, then the value",
        shown(given)
    );
    noted(given.py(), error, &note)
}

/// The exception for a label whose name is not a str.
#[cold]
pub fn no_label_name(metric: &str, name: &Bound<'_, PyAny>) -> PyErr {
    let text = name.str().map(|text| text.to_string_lossy().into_owned());
    let text = text.unwrap_or_else(|_| class_name(name));
    let refused = Error::of(metric, LabelNameError::Syntax { name: text });
    let error = PyValueError::new_err(refused.to_string());
    let hint = if name.is_instance_of::<PyBytes>() { "; decode it" } else { "" };
    let note = format!("{metric}: the name of a label must be a str, not {}{hint}", shown(name));
    noted(name.py(), error, &note)
}

/// An argument as it is written in a program, if that is short and plain.
pub fn argument_text(value: &Bound<'_, PyAny>) -> String {
    if let Some(text) = value.cast_exact::<PyString>().ok().and_then(|text| text.to_str().ok()) {
        let is_plain = |letter: char| !letter.is_control() && letter != '"' && letter != '\\';
        if text.len() <= SHOWN && text.chars().all(is_plain) {
            return format!("\"{text}\"");
        }
    }
    plain_repr(value).unwrap_or_else(|| "...".to_owned())
}
