//! `metric.labels(...)`: a child for labels as they were given.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyString, PyTuple};
use pyo3::{ffi, intern};

use super::Child;
use super::class::Bindable;
use super::forward;
use crate::kind::Kind;
use crate::metric::with_any;
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::labels::Labels;
use crate::python::argument::update::Argument;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::attribute::Attribute;
use crate::python::metric::class::built_in_class;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::state::AnyLookup;
use crate::python::value::store;

/// The methods of children of all kinds.
const METHODS: [&str; 18] = [
    "inc",
    "dec",
    "add",
    "sub",
    "set",
    "set_to_current_time",
    "observe",
    "observe_many",
    "remove",
    "info",
    "state",
    "get",
    "get_value",
    "set_value",
    "set_function",
    "time",
    "track_inprogress",
    "count_exceptions",
];

/// `metric.labels(...)`.
///
/// # Errors
///
/// ValueError when the metric does not declare or take these labels, TypeError when the argument is not labels.
pub fn bind<'py>(
    metric: &Bound<'py, PyCollector>,
    values: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = metric.py();
    calls_python(py);
    let state = metric.get().state()?;
    let given = given_labels(metric, values, named)?;
    let labels = Labels::extract(state.name(), given.as_ref())?;
    if calls_methods(metric)? {
        if state.overrides.value() {
            // The class stores its values itself: no series is made for them here.
            store::check(py, &state.family, &labels.pairs())?;
        } else {
            store::bear(py, &state.family, &labels.pairs())?;
        }
        return forward::new(metric, &labels);
    }
    with_any!(AnyLookup, &state.lookup, lookup => Bindable::bind(metric, Child::new(metric, lookup, &labels)?))
}

/// Whether updates must call the methods of a metric: its class overrides some, or its values are objects of the user's.
pub fn calls_methods(metric: &Bound<'_, PyCollector>) -> PyResult<bool> {
    let state = metric.get().state()?;
    Ok(state.kept.is_used() || state.kind == Kind::Untyped || is_overridden(metric)?)
}

/// Whether an object of a class of this library has attributes in its `__dict__`. Reading `__dict__` would make one, and
/// the interpreter finds methods faster as long as there is none.
fn has_attributes(metric: &Bound<'_, PyCollector>) -> bool {
    // SAFETY: this thread is attached. A positive `tp_dictoffset` says where the objects of the class keep their dict or null.
    unsafe {
        let object = metric.as_ptr();
        let Ok(offset @ 1..) = usize::try_from((*ffi::Py_TYPE(object)).tp_dictoffset) else {
            return true;
        };
        let dict = object.byte_add(offset).cast::<*mut ffi::PyObject>().read();
        !dict.is_null() && ffi::PyDict_Size(dict) > 0
    }
}

/// The labels in the form that updates take: a dict, or the lone object that was given in its place.
pub fn given_labels<'py>(
    metric: &Bound<'py, PyCollector>,
    values: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = metric.get().state()?.name();
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        if values.is_empty() {
            return Ok(Some(named.clone().into_any()));
        }
        return Err(PyValueError::new_err(format!(
            "{name}: labels are given by position or by name, not both; write labels({{...}}) or name all of them"
        )));
    }
    let declared = metric.get().attributes.get(metric.py(), Attribute::Labelnames)?;
    let declared = declared.cast::<PyTuple>().ok();
    match (values.len(), declared) {
        (0, _) => Ok(None),
        (1, _) if values.get_item(0)?.is_none() => Ok(None),
        (1, _) if is_mapping(&values.get_item(0)?)? => Ok(Some(values.get_item(0)?)),
        (count, Some(declared)) if count == declared.len() => {
            let labels = PyDict::new(metric.py());
            for (name, value) in declared.iter().zip(values) {
                labels.set_item(name, value)?;
            }
            Ok(Some(labels.into_any()))
        }
        (count, Some(declared)) => Err(PyValueError::new_err(format!(
            "{name}: {count} label values are given for the labelnames {declared}; give one for each, in their order"
        ))),
        (1, None) if !values.get_item(0)?.is_instance_of::<PyString>() => Ok(Some(values.get_item(0)?)),
        (_, None) => Err(PyTypeError::new_err(format!(
            "{name}: label values by position need declared labelnames; write labels({{name: value}}), or make the \
             metric with labelnames=[...]"
        ))),
    }
}

/// The labels of the series that are to be removed: a dict, or keywords.
///
/// # Errors
///
/// TypeError when there are none, ValueError when there are both.
pub fn labels_to_match<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: Argument<'_, 'py>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let name = metric.get().state()?.name();
    match (labels.given(), named.filter(|named| !named.is_empty())) {
        (Some(labels), None) => Ok(labels.to_owned()),
        (None, Some(named)) => Ok(named.clone().into_any()),
        (Some(_), Some(_)) => {
            Err(PyValueError::new_err(format!("{name}: labels are given as a dict or by name, not both")))
        }
        (None, None) => Err(PyTypeError::new_err(format!(
            "{name}: give the labels of the series to remove, such as {{'method': 'GET'}}; clear() removes all series"
        ))),
    }
}

/// Whether the class of a metric, or the object itself (a mock may stand in its ``__dict__``), overrides a method that
/// children have.
fn is_overridden(metric: &Bound<'_, PyCollector>) -> PyResult<bool> {
    let built_in = built_in_class(metric.as_any());
    let class = metric.get_type();
    if class.is(&built_in) && !has_attributes(metric) {
        return Ok(false);
    }
    for method in METHODS {
        let Some(theirs) = metric.getattr_opt(method)? else {
            continue;
        };
        let bound = theirs.getattr_opt(intern!(metric.py(), "__self__"))?;
        let own = theirs.is_instance_of::<PyCFunction>() && bound.is_some_and(|bound| bound.is(metric));
        let same = class.getattr_opt(method)?.zip(built_in.getattr_opt(method)?);
        if !own || !same.is_some_and(|(class, built_in)| class.is(&built_in)) {
            return Ok(true);
        }
    }
    Ok(false)
}
