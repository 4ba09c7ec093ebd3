//! Arguments that a call must have.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::collector::PyCollector;
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::refusal::{number_advice, shown};
use crate::python::argument::update::{Argument, LabelsArgument, Update};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::note::noted;

/// Distinguishes labels and an amount, as [`Update::new`] does, where the amount cannot be left out.
///
/// # Errors
///
/// TypeError with Python's own message for a missing argument of `method`, such as `Counter.add`, and a note on `metric`.
#[inline]
pub fn labels_and_amount<'a, 'py>(
    (metric, method): (&Bound<'py, PyCollector>, &str),
    labels: Argument<'a, 'py>,
    value: Argument<'a, 'py>,
) -> PyResult<(LabelsArgument<'a, 'py>, Borrowed<'a, 'py, PyAny>)> {
    match Update::new(labels, value) {
        Update { labels, value: Some(value) } => Ok((labels, value)),
        Update { value: None, .. } => Err(no_value(metric, method, labels.given())),
    }
}

/// Distinguishes labels and a value that is not a number: a lone argument is the value of the series without labels.
///
/// # Errors
///
/// As [`labels_and_amount`].
pub fn labels_and_object<'a, 'py>(
    (metric, method): (&Bound<'py, PyCollector>, &str),
    labels: Argument<'a, 'py>,
    value: Argument<'a, 'py>,
) -> PyResult<(LabelsArgument<'a, 'py>, Borrowed<'a, 'py, PyAny>)> {
    labels_and_rest(labels, value).ok_or_else(|| no_object(metric, method))
}

/// The same for anything that labels may stand before; nothing where there is no argument.
pub fn labels_and_rest<'a, 'py>(
    labels: Argument<'a, 'py>,
    rest: Argument<'a, 'py>,
) -> Option<(LabelsArgument<'a, 'py>, Borrowed<'a, 'py, PyAny>)> {
    match (labels.given(), rest.given()) {
        (labels, Some(rest)) => Some((labels.filter(|labels| !labels.is_none()), rest)),
        (Some(lone), None) => Some((None, lone)),
        (None, None) => None,
    }
}

/// The exception for a call without a value, which may have something else in its place.
#[cold]
fn no_value(metric: &Bound<'_, PyCollector>, method: &str, given: Option<Borrowed<'_, '_, PyAny>>) -> PyErr {
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
fn no_object(metric: &Bound<'_, PyCollector>, method: &str) -> PyErr {
    let error = PyTypeError::new_err(format!("{method}() missing 1 required positional argument: 'value'"));
    let example = if method == "Info.info" { "info({'version': '1.0'})" } else { "state('running')" };
    match metric.get().state() {
        Ok(state) => noted(metric.py(), error, &format!("{}: give what it is now: {example}", state.name())),
        Err(_) => error,
    }
}
