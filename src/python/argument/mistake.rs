//! Mistakes: the exceptions and notes for arguments that a call refuses.

use std::fmt::Write;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyFloat, PyInt, PyString, PyTuple, PyTupleMethods};

use super::label_mapping::is_mapping;
use crate::error::Error;
use crate::name::LabelNameError;
use crate::python::child::{
    PyBoundCounter, PyBoundEnum, PyBoundGauge, PyBoundHistogram, PyBoundInfo, PyBoundSummary,
};
use crate::python::class::collector::PyCollector;
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::note::{has_notes, noted};

pub use crate::python::metric::mistake::{
    class_of_registry, name_taken, no_const_labels, no_metric, no_metric_name, no_registry, not_registered,
    unbound,
};

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

/// The exception for a call without a value, which may have something else in its place.
#[cold]
pub fn no_value(
    metric: &Bound<'_, PyCollector>,
    method: &str,
    given: Option<Borrowed<'_, '_, PyAny>>,
) -> PyErr {
    calls_python(metric.py());
    let missing = match given {
        None => "2 required positional arguments: 'labels' and 'value'",
        Some(_) => "1 required positional argument: 'value'",
    };
    let error = PyTypeError::new_err(format!("{method}() missing {missing}"));
    let Ok(state) = metric.get().state() else {
        return error;
    };
    let (name, method) = (state.name(), name_of_method(method));
    let note = match given {
        None => format!(
            "{name}: give the value, {method}(5), or labels and value, {method}({{'method': 'GET'}}, 5)"
        ),
        Some(given) if is_mapping(&given).unwrap_or(false) => {
            format!("{name}: these are labels; give the value after them: {method}({{...}}, 5)")
        }
        Some(given) => {
            let (shown, advice) = (shown(&given), number_advice(&given));
            format!(
                "{name}: a lone argument is the value, and must be an int or a float, not {shown}{advice}"
            )
        }
    };
    noted(metric.py(), error, &note)
}

/// The name by which users know a method that messages of 23.12.0 call otherwise.
fn name_of_method(method: &str) -> &str {
    match method {
        "Histogram.add" | "Summary.add" => "observe",
        _ => method.rsplit('.').next().unwrap_or(method),
    }
}

/// The exception for a call of `info` or `state` without a value.
#[cold]
pub fn no_object(metric: &Bound<'_, PyCollector>, method: &str) -> PyErr {
    let error = PyTypeError::new_err(format!("{method}() missing 1 required positional argument: 'value'"));
    let example = if method == "Info.info" { "info({'version': '1.0'})" } else { "state('running')" };
    match metric.get().state() {
        Ok(state) => noted(metric.py(), error, &format!("{}: give what it is now: {example}", state.name())),
        Err(_) => error,
    }
}

/// The arguments of a call, as the interpreter hands them over.
pub struct Call<'a, 'py> {
    /// The metric, or the child of one.
    pub receiver: &'a Bound<'py, PyAny>,
    pub method: &'static str,
    pub positional: &'a [Borrowed<'a, 'py, PyAny>],
    /// The names of the other arguments, and these arguments.
    pub names: Option<&'a Bound<'py, PyTuple>>,
    pub named: &'a [Borrowed<'a, 'py, PyAny>],
}

/// The names of the parameters of update methods.
const PARAMETERS: [&str; 3] = ["labels", "value", "exemplar"];

impl Call<'_, '_> {
    /// Adds a note on the arguments to the exception of a failed call, if Python's message says only that they do not fit.
    #[cold]
    pub fn explain(&self, error: PyErr) -> PyErr {
        let py = self.receiver.py();
        if !error.get_type(py).is(py.get_type::<PyTypeError>()) || has_notes(error.value(py)) {
            return error;
        }
        let Some((metric, is_child)) = metric_of(self.receiver) else {
            return error;
        };
        let takes_one = is_child || matches!(self.method, "set_to_current_time" | "get" | "get_value");
        let most = if takes_one { 1 } else { 2 };
        if self.positional.len() > most {
            return noted(py, self.too_many(&error, most), &format!("{metric}: {}", self.usage(is_child)));
        }
        let unknown = |(name, _): &(String, _)| !PARAMETERS.contains(&name.as_str());
        let mut named: Vec<_> = self.named().collect();
        if named.iter().any(unknown) {
            named.retain(unknown);
            return noted(py, error, &format!("{metric}: {}", self.unknown(&named, is_child)));
        }
        let words = error.value(py).to_string();
        let is_unexpected = words.contains("() got an unexpected keyword argument ");
        match named.first().filter(|_| is_unexpected) {
            Some((name, _)) if name == "exemplar" => {
                let hint = "only counters and histograms take exemplars; leave it out";
                noted(py, error, &format!("{metric}: {hint}"))
            }
            Some((name, _)) if name == "labels" && is_child => noted(
                py,
                error,
                &format!("{metric}: a child has its labels already; {}", self.usage(is_child)),
            ),
            _ if self.positional.len() < most && words.contains("() missing ") => {
                noted(py, error, &format!("{metric}: {}", self.usage(is_child)))
            }
            _ => error,
        }
    }

    fn named(&self) -> impl Iterator<Item = (String, Borrowed<'_, '_, PyAny>)> {
        let names = self.names.into_iter().flat_map(PyTupleMethods::iter);
        names.map(|name| name.to_string()).zip(self.named.iter().copied())
    }

    /// The exception with Python's own message, which counts `self`, unlike that of pyo3.
    fn too_many(&self, error: &PyErr, most: usize) -> PyErr {
        let (words, given) = (error.value(self.receiver.py()).to_string(), self.positional.len() + 1);
        let Some((method, _)) = words.split_once("() takes ") else {
            return PyTypeError::new_err(words);
        };
        let has_default = matches!(self.method, "inc" | "dec" | "set_to_current_time" | "get" | "get_value");
        let least = if has_default { 0 } else { most };
        let takes = if least == most { format!("{}", most + 1) } else { format!("from 1 to {}", most + 1) };
        PyTypeError::new_err(format!("{method}() takes {takes} positional arguments but {given} were given"))
    }

    fn usage(&self, is_child: bool) -> String {
        let method = self.method;
        match method {
            "set_to_current_time" | "get" | "get_value" => format!("write {method}({{'method': 'GET'}})"),
            _ if is_child => format!("write {method}(5)"),
            _ => format!("write {method}({{'method': 'GET'}}, 5)"),
        }
    }

    /// The note on keywords that are not parameters.
    fn unknown(&self, named: &[(String, Borrowed<'_, '_, PyAny>)], is_child: bool) -> String {
        let method = self.method;
        if let [(name, value)] = named {
            if matches!(name.as_str(), "amount" | "n" | "by" | "delta" | "val" | "seconds" | "count") {
                return format!("the number is called value: {method}(value={})", argument_text(value));
            }
        }
        if is_child {
            return format!(
                "a child has its labels already; write {method}(5), or bind others of the metric"
            );
        }
        let mut labels = String::new();
        for (name, value) in named {
            let separator = if labels.is_empty() { "" } else { ", " };
            let _infallible = write!(labels, "{separator}{name}={}", argument_text(value));
        }
        let value = self.positional.last().map(|value| argument_text(value)).unwrap_or_default();
        format!("labels are given by name where they are bound: labels({labels}).{method}({value})")
    }
}

/// An argument as it is written in a program, if that is short and plain.
fn argument_text(value: &Bound<'_, PyAny>) -> String {
    if let Some(text) = value.cast_exact::<PyString>().ok().and_then(|text| text.to_str().ok()) {
        let is_plain = |letter: char| !letter.is_control() && letter != '"' && letter != '\\';
        if text.len() <= SHOWN && text.chars().all(is_plain) {
            return format!("\"{text}\"");
        }
    }
    plain_repr(value).unwrap_or_else(|| "...".to_owned())
}

/// The name of a metric or of that of a child, and whether it is a child.
pub fn metric_of(receiver: &Bound<'_, PyAny>) -> Option<(String, bool)> {
    if let Ok(metric) = receiver.cast::<PyCollector>() {
        return Some((metric.get().state().ok()?.name().to_owned(), false));
    }
    macro_rules! child {
        ($($class:ty),*) => {
            $(if let Ok(child) = receiver.cast::<$class>() {
                return Some((child.get().0.name().to_owned(), true));
            })*
        };
    }
    child!(PyBoundCounter, PyBoundGauge, PyBoundSummary, PyBoundHistogram, PyBoundInfo, PyBoundEnum);
    None
}
