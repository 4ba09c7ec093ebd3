//! Mistakes in calls of the update methods, which are explained by a note.

use std::fmt::Write;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyTuple, PyTupleMethods};

use crate::python::argument::refusal::argument_text;
use crate::python::child::class::metric_of;
use crate::python::interpreter::note::{has_notes, noted};

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

/// The names of the parameters of a method.
fn parameters_of(method: &str) -> &'static [&'static str] {
    match method {
        "time" => &["labels", "errors", "error_label"],
        "track_inprogress" => &["labels"],
        "count_exceptions" => &["types", "labels", "exclude"],
        "observe" => &["labels", "value", "exemplar", "count"],
        _ => &["labels", "value", "exemplar"],
    }
}

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
        let most = match self.method {
            "time" if is_child => 0,
            "set_to_current_time"
            | "get"
            | "get_value"
            | "time"
            | "track_inprogress"
            | "count_exceptions" => 1,
            _ if is_child => 1,
            _ => 2,
        };
        if self.positional.len() > most {
            let error = self.too_many(&error, most);
            let has_labels = self.method == "time" && is_child;
            let why = if has_labels { "a child has its labels already; " } else { "" };
            return noted(py, error, &format!("{metric}: {why}{}", self.usage(is_child)));
        }
        let known = parameters_of(self.method);
        let unknown = |(name, _): &(String, _)| !known.contains(&name.as_str());
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
        let has_default = matches!(
            self.method,
            "inc"
                | "dec"
                | "set_to_current_time"
                | "get"
                | "get_value"
                | "time"
                | "track_inprogress"
                | "count_exceptions"
        );
        let least = if has_default { 0 } else { most };
        let takes = if least == most { format!("{}", most + 1) } else { format!("from 1 to {}", most + 1) };
        let plural = if most == 0 { "" } else { "s" };
        PyTypeError::new_err(format!(
            "{method}() takes {takes} positional argument{plural} but {given} were given"
        ))
    }

    fn usage(&self, is_child: bool) -> String {
        let method = self.method;
        match method {
            "time" if is_child => "write time()".to_owned(),
            "count_exceptions" => "write count_exceptions(ValueError)".to_owned(),
            "set_to_current_time" | "get" | "get_value" | "time" | "track_inprogress" => {
                format!("write {method}({{'method': 'GET'}})")
            }
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
        if let [(name, _)] = named {
            if matches!(name.as_str(), "timestamp" | "created") {
                return "an update has no time of its own; the families of collectors take timestamp= and created="
                    .to_owned();
            }
        }
        if is_child {
            return format!(
                "a child has its labels already; {}, or bind others of the metric",
                self.usage(is_child)
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
