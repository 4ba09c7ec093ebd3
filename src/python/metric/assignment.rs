//! Assignments: values that replace those of the series of a metric, by `set_value` and through `metric.values`.

use pyo3::intern;
use pyo3::prelude::*;

use super::state::{AnyLookup, State};
use crate::family::AnyFamily;
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::value::histogram::{PyHistogramSeries, has_bounds, state_of};
use crate::python::value::store;
use crate::python::value::summary::{PyEstimator, has_targets};

/// `set_value` and assignment to `metric.values`.
///
/// # Errors
///
/// ValueError for labels that the family does not take or an amount that it cannot hold, TypeError for an
/// object that is no such value. Nothing has changed then.
pub fn set(state: &State, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if is_object(state, value)? {
        return keep(state, labels, value);
    }
    let py = value.py();
    let pairs = labels.pairs();
    let series = if state.kept.is_used() { store::find_series(py, &state.family, &pairs) } else { None };
    match series {
        // A series with an object has one until it is removed, because its numbers are not in the core.
        Some(series) if state.kept.get(py, &series).is_some() => match &state.lookup {
            AnyLookup::Value(_) => keep(state, labels, &number::to_object(py, state.number(value)?)?),
            _ => keep(state, labels, value),
        },
        _ => store::set(&state.family, labels, value),
    }
}

/// Makes an object the value of a series, which is born when there is none.
fn keep(state: &State, labels: &Labels<'_>, object: &Bound<'_, PyAny>) -> PyResult<()> {
    let series = store::bear(object.py(), &state.family, &labels.pairs())?;
    state.kept.set(series, object);
    state.overrides.call_all();
    Ok(())
}

/// Whether a value is kept as the object that it is.
fn is_object(state: &State, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match &state.family {
        AnyFamily::Value(_) => Ok(state.overrides.keeps && !number::is_python_number(value)?),
        AnyFamily::Summary(family) => match value.cast::<PyEstimator>() {
            Ok(estimator) => Ok(state.overrides.keeps && !has_targets(estimator, family)),
            Err(_) => Ok(state.overrides.keeps || has_all(value, ESTIMATOR)?),
        },
        AnyFamily::Histogram(family) => {
            if value.getattr_opt(intern!(value.py(), "series"))?.is_some_and(|series| {
                series.cast::<PyHistogramSeries>().is_ok_and(|series| has_bounds(series, family))
            }) {
                return Ok(false);
            }
            // A family has native buckets in all of its series or in none: of an object, only the counts are taken over.
            let classic = family.spec().native().is_none();
            Ok(state.overrides.keeps
                || (classic && has_all(value, HISTOGRAM)? && state_of(family, value).is_ok()))
        }
        AnyFamily::Info(_) | AnyFamily::StateSet(_) => Ok(false),
    }
}

/// The attributes that the methods of a summary use on a value.
const ESTIMATOR: [&str; 5] = ["observe", "query", "_invariants", "_observations", "_sum"];

/// The attributes that the methods of a histogram use on a value.
const HISTOGRAM: [&str; 4] = ["observe", "buckets", "observations", "sum"];

fn has_all<const N: usize>(value: &Bound<'_, PyAny>, attributes: [&str; N]) -> PyResult<bool> {
    for attribute in attributes {
        if !value.hasattr(attribute)? {
            return Ok(false);
        }
    }
    Ok(true)
}
