//! Mistakes in definitions: the exceptions and notes for metrics that cannot be made, registered or found.

use std::fmt::Write;

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyFloat, PyInt, PyString, PyTuple, PyType};

use super::class::{built_in_class, example_of, kind_of};
use super::collector::PyCollector;
use super::collectors::PyCollectors;
use super::registry::PyRegistry;
use super::repr;
use crate::kind::Kind;
use crate::python::argument::refusal::{SHOWN, shown};
use crate::python::interpreter::import::{class_name, name_of};
use crate::python::interpreter::note::{has_notes, noted};
use crate::quote::quoted;

/// What parameters are called here that other clients call otherwise.
const OTHER_NAMES: [(&str, &str); 15] = [
    ("documentation", "the description is called doc"),
    ("description", "the description is called doc"),
    ("help", "the description is called doc"),
    ("labels", "the label names are called labelnames"),
    ("label_names", "the label names are called labelnames"),
    ("prefix", "the prefix of a name is its namespace, or that of a registry: Registry(prefix='app_')"),
    ("buckets", "only a Histogram has buckets"),
    ("quantiles", "only a Summary has quantiles"),
    ("invariants", "only a Summary has invariants"),
    ("states", "only an Enum has states"),
    ("label", "only an Enum has a label of its own; the label names are called labelnames"),
    ("native", "only a Histogram has native buckets"),
    ("native_factor", "only a Histogram has native buckets"),
    ("multiprocess_mode", "each process exposes its own metrics; leave it out"),
    ("value", "the value to begin with is called initial"),
];

/// The most names of metrics that a message shows.
const SHOWN_NAMES: usize = 3;

/// Adds to Python's words for the arguments of a constructor what a newcomer may have meant.
#[cold]
pub fn unbound(
    receiver: &Bound<'_, PyAny>,
    parameters: &Bound<'_, PyAny>,
    args: &Bound<'_, PyTuple>,
    kwargs: Option<&Bound<'_, PyDict>>,
    error: PyErr,
) -> PyErr {
    let py = receiver.py();
    if receiver.is_instance_of::<PyRegistry>() {
        let similar = kwargs.and_then(|kwargs| similar_parameter(parameters, kwargs).ok().flatten());
        let words = similar.unwrap_or_else(|| {
            "all arguments of a registry are given by name: Registry(prefix='app_', const_labels={'team': 'a'}); metrics \
             are given the registry: registry=registry"
                .to_owned()
        });
        return noted(py, error, &words);
    }
    let class = class_name(receiver);
    let is_given = |name: &str| kwargs.is_some_and(|kwargs| kwargs.contains(name).unwrap_or(false));
    let other = OTHER_NAMES.iter().find(|(name, _)| is_given(name));
    let usage = format!("{class}({})", example_of(kind_of(receiver)));
    let words = match other {
        Some((_, words)) => Some((*words).to_owned()),
        None => kwargs.and_then(|kwargs| similar_parameter(parameters, kwargs).ok().flatten()),
    };
    let note = match (words, args.get_item(0)) {
        (Some(words), Ok(name)) => format!("{}: {words}", text_of(&name)),
        (Some(words), Err(_)) => format!("{words}: {usage}"),
        (None, Ok(name)) if name.is_instance_of::<PyString>() => {
            format!("{}: a metric takes a name and a description: {usage}", text_of(&name))
        }
        (None, _) => format!("a metric takes a name and a description: {usage}"),
    };
    noted(py, error, &note)
}

/// The parameter that an unknown keyword may mean.
fn similar_parameter(parameters: &Bound<'_, PyAny>, kwargs: &Bound<'_, PyDict>) -> PyResult<Option<String>> {
    let py = parameters.py();
    let known = parameters.getattr("__code__")?.getattr("co_varnames")?;
    for given in kwargs.keys() {
        if !known.contains(&given)? {
            let similar = py.import("difflib")?.call_method1("get_close_matches", (given, &known, 1))?;
            let similar = similar.try_iter()?.next().transpose()?;
            return Ok(similar.map(|name| format!("did you mean {name}=?")));
        }
    }
    Ok(None)
}

/// The characters of a str, if they are few.
fn text_of(name: &Bound<'_, PyAny>) -> String {
    match name.cast::<PyString>().map(|text| text.to_string_lossy()) {
        Ok(text) if text.len() <= SHOWN => text.into_owned(),
        _ => shown(name),
    }
}

/// The exception for a metric's name that is not a str.
#[cold]
pub fn no_metric_name(name: &Bound<'_, PyAny>) -> PyErr {
    let error = PyTypeError::new_err(format!("the name of a metric must be a str, not {}", class_name(name)));
    let is_bytes = name.is_instance_of::<PyBytes>();
    let note = if is_bytes {
        "decode the name: name.decode()"
    } else {
        "the name comes first, then the description"
    };
    noted(name.py(), error, note)
}

/// The exception for constant labels that are not a mapping, of a metric of a kind or of a registry.
#[cold]
pub fn no_const_labels(metric: &str, kind: Option<Kind>, given: &Bound<'_, PyAny>) -> PyErr {
    let class = class_name(given);
    let mut words = format!("{metric}: const_labels must be a dict, not {class}");
    if given.is_instance_of::<PyRegistry>() {
        words.push_str("; did you mean registry=?");
    } else if let Ok(text) = given.cast::<PyString>().map(|text| text.to_string_lossy()) {
        let shown = if text.len() <= SHOWN { format!("'{text}'") } else { "...".to_owned() };
        let _infallible = write!(words, "; did you mean labelnames=[{shown}]?");
    } else if let Some(names) = items_of(given, |item| item.is_exact_instance_of::<PyString>()) {
        let states = if kind == Some(Kind::StateSet) { format!("states={names} or ") } else { String::new() };
        let _infallible = write!(words, "; did you mean {states}labelnames={names}?");
    } else if kind == Some(Kind::Histogram) {
        let is_number = |item: &Bound<'_, PyAny>| {
            item.is_exact_instance_of::<PyInt>() || item.is_exact_instance_of::<PyFloat>()
        };
        if let Some(bounds) = items_of(given, is_number) {
            let _infallible = write!(words, "; did you mean buckets={bounds}?");
        }
    } else if kind == Some(Kind::Summary)
        && items_of(given, |pair| pair.is_exact_instance_of::<PyTuple>()).is_some()
    {
        words.push_str("; did you mean quantiles={0.5: 0.05}?");
    }
    PyTypeError::new_err(words)
}

/// The exception for labels of `target_info` that are not a mapping.
#[cold]
pub fn no_target_info(given: &Bound<'_, PyAny>) -> PyErr {
    let class = class_name(given);
    PyTypeError::new_err(format!(
        "target_info must be a dict of labels, such as {{'service_name': 'shop'}}, not {class}"
    ))
}

/// The exception for a metric that is to be removed and is not registered.
#[cold]
pub fn not_there(metrics: &PyCollectors, given: &Bound<'_, PyAny>) -> PyErr {
    let py = given.py();
    let there = match metrics.registry.len() {
        0 => "it is empty".to_owned(),
        count => format!("it has {}", repr::list(&repr::names(metrics, SHOWN_NAMES), count)),
    };
    let words = match given.cast::<PyCollector>() {
        Ok(metric) => {
            let name =
                metric.get().state().map_or_else(|_| "a metric".to_owned(), |state| state.name().to_owned());
            let another = metrics.registry.get(&name).is_some_and(|there| !there.0.bind(py).is(given));
            let another = if another { "; under this name it has another metric" } else { "" };
            format!("{name}: this metric is not registered in this registry{another}; {there}")
        }
        Err(_) if given.is_instance_of::<PyString>() => format!(
            "unregister takes the metric itself, not {}; registry.deregister(name) takes a name",
            shown(given)
        ),
        Err(_) => format!("{} is not registered in this registry; {there}", shown(given)),
    };
    PyKeyError::new_err(words)
}

/// A list as it stands in a program, if the object is a collection of such plain items.
fn items_of(object: &Bound<'_, PyAny>, is_such: impl Fn(&Bound<'_, PyAny>) -> bool) -> Option<String> {
    let py = object.py();
    let collections = [py.get_type::<pyo3::types::PyList>(), py.get_type::<PyTuple>()];
    let sets = [py.get_type::<pyo3::types::PySet>(), py.get_type::<pyo3::types::PyFrozenSet>()];
    if !collections.iter().chain(&sets).any(|class| object.get_type().is(class)) {
        return None;
    }
    let mut items = Vec::new();
    for item in object.try_iter().ok()? {
        let item = item.ok().filter(&is_such)?;
        items.push(item.repr().ok()?.to_string_lossy().into_owned());
    }
    let text = format!("[{}]", items.join(", "));
    Some(if text.len() <= 2 * SHOWN { text } else { "[...]".to_owned() })
}

/// The exception for an object that is given as a registry and has no `register`.
#[cold]
pub fn no_registry(metric: &Bound<'_, PyCollector>, given: &Bound<'_, PyAny>) -> PyErr {
    let py = metric.py();
    let error = match given.getattr("register") {
        Err(error) => error,
        Ok(_) => PyAttributeError::new_err("register"),
    };
    let name = metric.get().state().map(|state| state.name().to_owned()).unwrap_or_default();
    let shown = shown(given);
    let note = format!(
        "{name}: registry must be an aioprometheus.Registry, not {shown}; without it the metric is registered in \
         aioprometheus.REGISTRY"
    );
    noted(py, error, &note)
}

/// Adds a note to the exception of a failed registration, if a class was given in the place of a registry.
#[cold]
pub fn class_of_registry(metric: &Bound<'_, PyCollector>, given: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    let py = metric.py();
    let Ok(class) = given.cast::<PyType>() else {
        return error;
    };
    if !error.is_instance_of::<PyTypeError>(py) || has_notes(error.value(py)) {
        return error;
    }
    // The message that a function of Python would have; that of a built-in method is about the metric.
    let is_built_in = error.value(py).to_string().starts_with("descriptor ");
    let words = "Registry.register() missing 1 required positional argument: 'collector'";
    let error = if is_built_in { PyTypeError::new_err(words) } else { error };
    let name = metric.get().state().map(|state| state.name().to_owned()).unwrap_or_default();
    let class = name_of(class);
    noted(py, error, &format!("{name}: registry= takes an object and not its class, such as {class}()"))
}

/// The exception for an object that is registered and is not a metric.
#[cold]
pub fn no_metric(given: &Bound<'_, PyAny>) -> PyErr {
    let py = given.py();
    let text = match given.str() {
        Ok(text) => text.to_string_lossy().into_owned(),
        Err(error) => return error,
    };
    let error = PyTypeError::new_err(format!("Invalid collector type: {text}"));
    let module = given.get_type().module().map(|module| module.to_string_lossy().into_owned());
    let note = match given.cast::<PyType>() {
        Ok(class) if class.is_subclass_of::<PyCollector>().unwrap_or(false) => {
            let class = name_of(class);
            format!("this is the class {class}: register a metric of it, {class}(name, doc)")
        }
        _ if given.is_instance_of::<PyString>() => {
            "register the metric itself, not its name; Counter(name, doc, registry=registry) registers itself"
                .to_owned()
        }
        _ if module.is_ok_and(|module| module.starts_with("prometheus_client")) => {
            "this is a metric of prometheus_client; make it with the classes of aioprometheus".to_owned()
        }
        _ => format!(
            "a registry holds metrics: a Counter, Gauge, Summary, Histogram, Info, Enum, or an object of a class that \
             is derived from aioprometheus.collectors.Collector, not {}",
            shown(given)
        ),
    };
    noted(py, error, &note)
}

/// The exception for a metric whose name is taken.
#[cold]
pub fn name_taken(
    name: &Bound<'_, PyAny>,
    there: &Bound<'_, PyAny>,
    metric: &Bound<'_, PyCollector>,
    has_timeout: bool,
) -> PyErr {
    let py = name.py();
    let error = PyValueError::new_err(format!("A collector for {name} is already registered"));
    let name = text_of(name);
    let Ok(there) = there.cast::<PyCollector>() else {
        return error;
    };
    let note = if there.is(metric) {
        let way = if has_timeout {
            ". To give it a time limit, unregister it first: registry.unregister(metric)"
        } else {
            ""
        };
        format!(
            "{name}: this very metric is registered already; metrics register themselves when they are made{way}"
        )
    } else {
        let class = name_of(&built_in_class(metric.as_any()));
        format!(
            "{name}: the registry has {} already, and this is another {class}; the usual cause is a module that is \
             imported or run twice (as __main__ and by its name, under a reloader or in a notebook). Make the metric \
             once and import it, take registry.get({}), or give another registry=",
            repr::metric(there),
            quoted(&name)
        )
    };
    noted(py, error, &note)
}

/// Adds a note on the names that are registered to the KeyError of another one.
#[cold]
pub fn not_registered(metrics: &PyCollectors, name: &Bound<'_, PyAny>, error: PyErr) -> PyErr {
    /// Among more metrics nobody looks for a similar name: who makes thousands may ask for each before.
    const SEARCHED: usize = 500;
    let py = name.py();
    if !error.is_instance_of::<pyo3::exceptions::PyKeyError>(py) {
        return error;
    }
    if name.is_instance_of::<PyCollector>() {
        return noted(py, error, "give the name of the metric: metric.name");
    }
    let Ok(name) = name.cast::<PyString>().map(|name| name.to_string_lossy()) else {
        let note = format!("metrics are registered by their names, which are str, not {}", shown(name));
        return noted(py, error, &note);
    };
    let (there, count) = (repr::names(metrics, SEARCHED), metrics.registry.len());
    let known = match there.iter().find(|other| is_similar(&name, other)) {
        Some(other) if count <= SEARCHED => format!("did you mean {}?", quoted(other)),
        _ if count == 0 => "it is empty".to_owned(),
        _ => format!("it has {}", repr::list(&there, count)),
    };
    let name = if name.len() <= SHOWN { name.into_owned() } else { "this name".to_owned() };
    noted(py, error, &format!("{name}: the registry has no metric of this name; {known}"))
}

/// Whether one name may be meant by the other: one is the start of the other, or they differ in case and separators.
fn is_similar(name: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace(['-', '.', '_', ' '], "").to_lowercase();
    let (name, other) = (plain(name), plain(other));
    !name.is_empty() && (other.starts_with(&name) || !other.is_empty() && name.starts_with(&other))
}
