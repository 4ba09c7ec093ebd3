//! Assignments: values that replace those of the series of a metric, by `set_value` and through `metric.values`.

use pyo3::prelude::*;

use super::state::{AnyLookup, State};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::value::store;

/// `set_value` and assignment to `metric.values`.
///
/// # Errors
///
/// ValueError for labels that the family does not take or an amount that it cannot hold, TypeError for an
/// object that is no such value. Nothing has changed then.
pub fn set(state: &State, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if store::is_object(&state.family, value, state.overrides.keeps)? {
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
    let is_overflow = series.is_overflow();
    // Children that were bound before see from now on that it is not their series.
    series.hide();
    state.kept.set(series, object);
    state.overrides.call_all();
    if is_overflow {
        store::count_refused(&state.family);
    }
    Ok(())
}
