//! Duplicates: metrics that are made twice in a registry, and what differs between the two.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyType;

use super::attribute::Attribute;
use super::collector::PyCollector;
use super::registry::PyRegistry;
use crate::family::{AnyFamily, Descriptor};
use crate::labels::Pair;
use crate::metric::histogram::Bounds;
use crate::metric::state_set::States;
use crate::name::Naming;
use crate::number::float_text;
use crate::python::interpreter::import::{class_name, name_of};
use crate::python::interpreter::note::noted;
use crate::python::value::describe;

/// A metric that a registry has under the name of a new one.
pub enum Found<'py> {
    /// It has the same definition.
    Identical(Bound<'py, PyCollector>),
    /// Its definition differs so.
    Different(Vec<String>),
}

/// What makes two metrics of one name identical.
pub struct Definition<'a, 'py> {
    pub class: Bound<'py, PyType>,
    pub family: &'a AnyFamily,
    /// The declared label names, in the order in which values are given by position.
    pub labelnames: Option<Vec<String>>,
}

impl<'a, 'py> Definition<'a, 'py> {
    /// That of a metric as it is now.
    ///
    /// # Errors
    ///
    /// RuntimeError when it is not initialised.
    pub fn of(metric: &'a Bound<'py, PyCollector>) -> PyResult<Self> {
        let labelnames = metric.get().attributes.get(metric.py(), Attribute::Labelnames)?.extract()?;
        Ok(Self { class: metric.get_type(), family: &metric.get().state()?.family, labelnames })
    }
}

/// What a registry has under the name of a metric.
///
/// # Errors
///
/// MemoryError.
pub fn find<'py>(
    py: Python<'py>,
    registry: &PyRegistry,
    definition: &Definition<'_, 'py>,
) -> PyResult<Option<Found<'py>>> {
    let found = registry.metrics(py)?.get().registry.get(definition.family.descriptor().name());
    let Some(there) = found.and_then(|found| found.0.bind(py).clone().cast_into::<PyCollector>().ok()) else {
        return Ok(None);
    };
    let differences = match Definition::of(&there) {
        Ok(first) => differences(&first, definition),
        Err(_) => vec!["the one there is not initialised".to_owned()],
    };
    Ok(Some(if differences.is_empty() { Found::Identical(there) } else { Found::Different(differences) }))
}

/// The exception for a metric that differs from the one that the registry has under its name.
#[cold]
pub fn refused(definition: &Definition<'_, '_>, differences: &[String]) -> PyErr {
    let name = definition.family.descriptor().name();
    let error = PyValueError::new_err(format!("A collector for {name} is already registered"));
    let note = format!(
        "{}: the registry has another metric of this name, and hands back identical ones only; they differ: {}",
        describe::short(name),
        differences.join("; ")
    );
    noted(definition.class.py(), error, &note)
}

/// The exception for an identical metric that is there, where an `__init__` or `__new__` of the user's class has made another
/// object already.
#[cold]
pub fn of_own_constructor(metric: &Bound<'_, PyCollector>, there: &Bound<'_, PyCollector>) -> PyErr {
    let py = metric.py();
    let name = there.get().state().map_or_else(|_| String::new(), |state| state.name().to_owned());
    let error = PyValueError::new_err(format!("A collector for {name} is already registered"));
    let class = class_name(metric.as_any());
    let short = describe::short(&name);
    let note = format!(
        "{short}: the registry has an identical metric, and cannot hand it back: {class} has an __init__ or __new__ of its \
         own, which has made another object. Take registry.get({}) if it is there, or call \
         registry.unregister() on the first one before",
        describe::quoted(&name)
    );
    noted(py, error, &note)
}

/// What differs between two definitions of one name: nothing if the one metric can stand for the other.
fn differences(there: &Definition<'_, '_>, new: &Definition<'_, '_>) -> Vec<String> {
    let mut all = Vec::new();
    if !there.class.is(&new.class) {
        let (class, other) = (name_of(&there.class), name_of(&new.class));
        all.push(if class == other {
            format!("the class {class} was defined anew, as by a reload of its module")
        } else {
            format!("the class is {class} there, and {other} here")
        });
    }
    differences_of_names(there.family.descriptor(), new.family.descriptor(), &mut all);
    differ("labelnames", &list(there.labelnames.as_deref()), &list(new.labelnames.as_deref()), &mut all);
    differences_of_specs(there.family, new.family, &mut all);
    all
}

/// Names as they stand in a program.
fn list(names: Option<&[String]>) -> String {
    names.map_or_else(
        || "None".to_owned(),
        |names| describe::list(names.iter().map(|name| describe::quoted(name))),
    )
}

fn differ(what: &str, there: &str, here: &str, all: &mut Vec<String>) {
    if there != here {
        all.push(format!("{what} is {there} there, and {here} here"));
    }
}

fn constant(descriptor: &Descriptor) -> Vec<Pair<'_>> {
    let mut pairs: Vec<Pair<'_>> = descriptor.constant().collect();
    pairs.sort_unstable();
    pairs
}

fn differences_of_names(there: &Descriptor, new: &Descriptor, all: &mut Vec<String>) {
    let quoted = describe::quoted;
    if there.help() != new.help() {
        all.push(format!("doc is {} there, and {} here", quoted(there.help()), quoted(new.help())));
    }
    let (first, second) = (constant(there), constant(new));
    if first != second {
        let shown = |pairs: Vec<Pair<'_>>| format!("{{{}}}", describe::pairs(pairs.into_iter()));
        all.push(format!("the constant labels are {} there, and {} here", shown(first), shown(second)));
    }
    let optional = |text: Option<&str>| text.map_or_else(|| "None".to_owned(), quoted);
    differ("unit", &optional(there.unit()), &optional(new.unit()), all);
    differ("label", &optional(there.state_label()), &optional(new.state_label()), all);
    let number = |most: Option<u64>| most.map_or_else(|| "None".to_owned(), |most| most.to_string());
    differ("max_series", &number(there.max_series()), &number(new.max_series()), all);
    if there.naming() != new.naming() {
        let one = if there.naming() == Naming::Utf8 { "the one there" } else { "the new one" };
        all.push(format!("only {one} takes any UTF-8 in names"));
    }
}

fn differences_of_specs(there: &AnyFamily, new: &AnyFamily, all: &mut Vec<String>) {
    match (there, new) {
        (AnyFamily::Histogram(there), AnyFamily::Histogram(new)) => {
            let (there, new) = (there.spec(), new.spec());
            if there.bounds() != new.bounds() {
                let shown = |bounds: &Bounds| describe::floats(bounds.upper());
                let (first, second) = (shown(there.bounds()), shown(new.bounds()));
                all.push(format!("the buckets are {first} there, and {second} here"));
            }
            if there.native() != new.native() {
                all.push(match (there.native(), new.native()) {
                    (Some(_), Some(_)) => "the settings of native buckets are others".to_owned(),
                    (Some(_), None) => "only the one there has native buckets".to_owned(),
                    _ => "only the new one has native buckets".to_owned(),
                });
            }
        }
        (AnyFamily::Summary(there), AnyFamily::Summary(new)) if there.spec() != new.spec() => {
            let pair = |(rank, error): (f64, f64)| format!("({}, {})", float_text(rank), float_text(error));
            let (first, second) = (there.spec().pairs().map(pair), new.spec().pairs().map(pair));
            all.push(format!(
                "the quantiles are {} there, and {} here",
                describe::list(first),
                describe::list(second)
            ));
        }
        (AnyFamily::StateSet(there), AnyFamily::StateSet(new)) if there.spec() != new.spec() => {
            let shown = |spec: &States| describe::list(spec.names().map(describe::quoted));
            all.push(format!("the states are {} there, and {} here", shown(there.spec()), shown(new.spec())));
        }
        _ => (),
    }
}
