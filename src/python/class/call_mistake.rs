//! Mistakes in calls of the update methods, which are explained by a note.

use std::fmt::Write;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyTupleMethods, PyType};

use crate::kind::Kind;
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::number::is_number;
use crate::python::argument::refusal::argument_text;
use crate::python::child::class::{PyBoundCounter, PyBoundHistogram, metric_of};
use crate::python::interpreter::import::name_of;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::note::{has_notes, noted, renoted};
use crate::python::metric::collector::PyCollector;

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

/// Arguments that are given by name.
type Named<'a, 'py> = [(String, Borrowed<'a, 'py, PyAny>)];

/// The names of the parameters of a method.
fn parameters_of(method: &str) -> &'static [&'static str] {
    match method {
        "time" => &["labels", "errors", "error_label"],
        "track_inprogress" => &["labels"],
        "count_exceptions" => &["types", "labels", "exclude"],
        "set_function" => &["labels", "function"],
        "observe" => &["labels", "value", "exemplar", "count"],
        "observe_many" => &["labels", "values"],
        _ => &["labels", "value", "exemplar"],
    }
}

/// The names that the value of a method has with other clients, or that a program may guess.
fn other_names_of(method: &str) -> &'static [&'static str] {
    match method {
        "info" => &["val", "info", "facts", "data"],
        "state" => &["val", "state", "new_state"],
        "count_exceptions" => &["exception", "exceptions", "exception_type", "exc", "exc_type", "type"],
        "set_function" => &["f", "fn", "func", "callback", "callable"],
        "observe_many" => &["value", "amounts", "observations", "data"],
        "time" | "track_inprogress" | "set_to_current_time" | "get" | "get_value" => &[],
        _ => &["amount", "n", "by", "delta", "val", "seconds", "count"],
    }
}

/// An argument as it is written in a program.
fn text_of(argument: &Bound<'_, PyAny>) -> String {
    match argument.cast_exact::<PyTuple>() {
        Ok(classes) if classes.iter().all(|class| class.is_instance_of::<PyType>()) => {
            let classes: Vec<_> = classes.iter().map(|class| text_of(&class)).collect();
            format!("({})", classes.join(", "))
        }
        _ => argument.cast::<PyType>().map_or_else(|_| argument_text(argument), name_of),
    }
}

fn is_dict_like(argument: &Bound<'_, PyAny>) -> bool {
    is_mapping(argument).unwrap_or(false)
}

impl<'py> Call<'_, 'py> {
    /// Adds a note on the arguments to the exception of a failed call, if Python's message says only that they do not fit.
    #[cold]
    pub fn explain(&self, error: PyErr) -> PyErr {
        let py = self.receiver.py();
        calls_python(py);
        if !error.get_type(py).is(py.get_type::<PyTypeError>()) {
            return error;
        }
        let Some((metric, is_child)) = metric_of(self.receiver) else {
            return error;
        };
        let words = error.value(py).to_string();
        if let Some(hint) = self.swapped_with_exemplar(&words, is_child) {
            return renoted(py, error, &format!("{metric}: {hint}"));
        }
        if has_notes(error.value(py)) {
            return error;
        }
        let most = self.most_positional(is_child);
        if self.positional.len() > most {
            let error = self.too_many(&words, most, is_child);
            return noted(py, error, &format!("{metric}: {}", self.superfluous(most, is_child)));
        }
        let known = parameters_of(self.method);
        let unknown = |(name, _): &(String, _)| !known.contains(&name.as_str());
        let mut named: Vec<_> = self.named().collect();
        if named.iter().any(unknown) {
            named.retain(unknown);
            return noted(py, error, &format!("{metric}: {}", self.unknown(&named, is_child)));
        }
        // Another function's words are of code of the user's, which the call has run.
        let is = |mistake: &str| words.contains(&format!("{}() {mistake} ", self.method));
        match named.first().filter(|_| is("got an unexpected keyword argument")) {
            Some((name, _)) if name == "exemplar" => {
                let which = match self.kind() {
                    Some(Kind::Counter) => "only inc and add",
                    Some(Kind::Histogram) => "only observe and add",
                    _ => "only counters and histograms",
                };
                noted(py, error, &format!("{metric}: {which} take exemplars; leave it out"))
            }
            Some((name, _)) if name == "labels" && is_child => noted(
                py,
                error,
                &format!("{metric}: a child has its labels already; {}", self.usage(is_child)),
            ),
            _ if self.positional.len() < most && is("missing") => {
                noted(py, error, &format!("{metric}: {}", self.usage(is_child)))
            }
            _ => error,
        }
    }

    fn named(&self) -> impl Iterator<Item = (String, Borrowed<'_, 'py, PyAny>)> {
        let names = self.names.into_iter().flat_map(PyTupleMethods::iter);
        names.map(|name| name.to_string()).zip(self.named.iter().copied())
    }

    /// Whether the method takes no value behind the labels.
    fn takes_no_value(&self) -> bool {
        matches!(
            self.method,
            "set_to_current_time" | "get" | "get_value" | "time" | "track_inprogress" | "count_exceptions"
        )
    }

    /// How many arguments the method takes by position.
    fn most_positional(&self, is_child: bool) -> usize {
        match self.method {
            "time" if is_child => 0,
            _ if is_child || self.takes_no_value() => 1,
            _ => 2,
        }
    }

    /// The kind of the metric; that of a child if it is one whose updates can have exemplars.
    fn kind(&self) -> Option<Kind> {
        match self.receiver.cast::<PyCollector>() {
            Ok(metric) => metric.get().state().ok().map(|state| state.kind),
            Err(_) if self.receiver.is_instance_of::<PyBoundCounter>() => Some(Kind::Counter),
            Err(_) if self.receiver.is_instance_of::<PyBoundHistogram>() => Some(Kind::Histogram),
            Err(_) => None,
        }
    }

    fn takes_exemplar(&self) -> bool {
        matches!(self.method, "inc" | "add" | "observe")
            && matches!(self.kind(), Some(Kind::Counter | Kind::Histogram))
    }

    /// The method, or the one that takes the same value and is used instead.
    fn method_for_value(&self) -> &'static str {
        match (self.method, self.kind()) {
            ("set_value", Some(Kind::Info)) => "info",
            ("set_value", Some(Kind::StateSet)) => "state",
            (method, _) => method,
        }
    }

    /// Whether the metric has declared all these label names, of which there is at least one.
    fn declares<'n>(&self, mut names: impl Iterator<Item = &'n str>) -> bool {
        let is_declared = |name: &str| self.declared().iter().any(|declared| **declared == *name);
        names.next().is_some_and(is_declared) && names.all(is_declared)
    }

    /// The label names that the metric has declared; none of a child, which has its labels already.
    fn declared(&self) -> &[Box<str>] {
        let metric = self.receiver.cast::<PyCollector>().ok();
        let state = metric.and_then(|metric| metric.get().state().ok());
        state.and_then(|state| state.family.descriptor().declared()).unwrap_or_default()
    }

    /// The note for an amount and a dict, if that may be an exemplar, which other clients take by position.
    fn swapped_with_exemplar(&self, words: &str, is_child: bool) -> Option<String> {
        let [value, dict] = self.positional else {
            return None;
        };
        let is_refused =
            words == "Only accepts dicts as keys" || words.ends_with(" only works with digits (int, float)");
        let dict = dict.cast::<PyDict>().ok().filter(|dict| !dict.is_empty())?;
        if is_child || !is_refused || !self.takes_exemplar() || !is_number(value) {
            return None;
        }
        let names: Vec<_> = dict.keys().iter().map(|key| key.cast_into::<PyString>().ok()).collect();
        let names = names.iter().flatten().map(|name| name.to_string_lossy());
        let names: Vec<_> = names.collect();
        if self.declares(names.iter().map(|name| &**name)) {
            return None;
        }
        let (method, value) = (self.method, argument_text(value));
        let labels = if self.declared().is_empty() { "" } else { "{...}, " };
        Some(format!(
            "labels come first, then the value: {method}({{...}}, {value}); an exemplar is given by name: \
             {method}({labels}{value}, exemplar={{...}})"
        ))
    }

    /// The exception with Python's own message, which counts `self`, unlike that of pyo3.
    fn too_many(&self, words: &str, most: usize, is_child: bool) -> PyErr {
        let given = self.positional.len() + 1;
        let Some((method, _)) = words.split_once("() takes ") else {
            return PyTypeError::new_err(words.to_owned());
        };
        let has_default = match self.method {
            "inc" | "dec" => true,
            "set_function" | "observe_many" => !is_child,
            _ => self.takes_no_value(),
        };
        let least = if has_default { 0 } else { most };
        let takes = if least == most { format!("{}", most + 1) } else { format!("from 1 to {}", most + 1) };
        let plural = if most == 0 { "" } else { "s" };
        PyTypeError::new_err(format!(
            "{method}() takes {takes} positional argument{plural} but {given} were given"
        ))
    }

    /// The note on more arguments than the method takes by position.
    fn superfluous(&self, most: usize, is_child: bool) -> String {
        let method = self.method;
        let others = &self.positional[most..];
        if method == "count_exceptions" {
            if self.positional.iter().any(|given| is_dict_like(given)) && !is_child {
                return "labels are given by name: count_exceptions(ValueError, labels={...})".to_owned();
            }
            if self.positional.iter().all(|class| class.is_instance_of::<PyType>()) {
                let classes: Vec<_> = self.positional.iter().map(|class| text_of(class)).collect();
                return format!(
                    "give several classes as a tuple: count_exceptions(({}))",
                    classes.join(", ")
                );
            }
        }
        let value = most.checked_sub(1).and_then(|last| self.positional.get(last));
        if let (Some(value), [other]) = (value, others) {
            if self.takes_exemplar() && is_dict_like(other) && is_number(value) {
                let (labels, value) = (if is_child { "" } else { "{...}, " }, argument_text(value));
                return format!("an exemplar is given by name: {method}({labels}{value}, exemplar={{...}})");
            }
        }
        let has_labels = is_child && (method == "time" || self.has_labels_before_value());
        let why = if has_labels { "a child has its labels already; " } else { "" };
        format!("{why}{}", self.usage(is_child))
    }

    /// Whether there are labels among the arguments of a child, before the value or behind it.
    fn has_labels_before_value(&self) -> bool {
        let facts = usize::from(self.method == "info");
        self.positional.iter().filter(|given| is_dict_like(given)).count() > facts
    }

    fn usage(&self, is_child: bool) -> String {
        let method = self.method;
        let value = match self.method_for_value() {
            "time" if is_child => return "write time()".to_owned(),
            "count_exceptions" => return "write count_exceptions(ValueError)".to_owned(),
            _ if self.takes_no_value() => return format!("write {method}({{'method': 'GET'}})"),
            "info" => "{'version': '1.0'}",
            "state" => "'running'",
            "set_function" => "function",
            "observe_many" => "[0.1, 0.2]",
            _ => "5",
        };
        let labels = if is_child { "" } else { "{'method': 'GET'}, " };
        format!("write {method}({labels}{value})")
    }

    /// The note on keywords that are not parameters.
    fn unknown(&self, named: &Named<'_, 'py>, is_child: bool) -> String {
        let method = self.method;
        let are_labels = self.declares(named.iter().map(|(name, _)| name.as_str()));
        if let [(name, value)] = named {
            if let Some(hint) = self.renamed(name, value).filter(|_| !are_labels) {
                return hint;
            }
            if matches!(name.as_str(), "timestamp" | "created") && !are_labels {
                return "an update has no time of its own; the families of collectors take timestamp= and created="
                    .to_owned();
            }
        }
        let value = self.value_text();
        if self.method_for_value() == "info" && value.is_empty() && !are_labels {
            return "the facts are a dict: info({'version': '1.0'})".to_owned();
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
            let _infallible = write!(labels, "{separator}{name}={}", text_of(value));
        }
        format!("labels are given by name where they are bound: labels({labels}).{method}({value})")
    }

    /// The note on a value that is called otherwise here.
    fn renamed(&self, name: &str, value: &Bound<'py, PyAny>) -> Option<String> {
        let (method, like) = (self.method, self.method_for_value());
        if !other_names_of(like).contains(&name) {
            return None;
        }
        let labels = self.positional.first().filter(|given| is_dict_like(given));
        let labels = if labels.is_some() || method == "set_value" { "{...}, " } else { "" };
        Some(match like {
            "info" => format!("the facts are called value: {method}({labels}{{'version': '1.0'}})"),
            "state" => format!("the state is called value: {method}({labels}{})", text_of(value)),
            "count_exceptions" => {
                format!("the classes are called types: {method}({})", text_of(value))
            }
            "set_function" => format!("the function is called function: {method}({labels}function)"),
            "observe_many" => format!("the numbers are called values: {method}({labels}[0.1, 0.2])"),
            _ if !is_number(value) => return None,
            _ => format!("the number is called value: {method}({labels}value={})", argument_text(value)),
        })
    }

    /// The value of the call as it is written in a program; nothing if there is none.
    fn value_text(&self) -> String {
        let is_info = self.method_for_value() == "info";
        let is_value = |given: &&Borrowed<'_, 'py, PyAny>| is_info || !is_dict_like(given);
        let positional = self.positional.last().filter(is_value).map(|value| text_of(value));
        let is_value = |name: &str| matches!(name, "value" | "values" | "function" | "types");
        let named = || self.named().find(|(name, _)| is_value(name)).map(|(_, value)| text_of(&value));
        positional.or_else(named).unwrap_or_default()
    }
}
