//! The values of state sets: the current state.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::family::Family;
use crate::metric::StateSet;
use crate::python::argument::labels::Labels;
use crate::python::interpreter::attached::access;

/// Changes the state of a series, which is born when there is none. An error in the labels is reported before one in the
/// state.
pub fn set(family: &Family<StateSet>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let py = value.py();
    family.check(access(py), &labels.pairs())?;
    let state = state_of(family, value)?;
    family.with(access(py), &labels.pairs(), |series| series.metric().set(state))?;
    Ok(())
}

/// The state that Python code names.
pub fn state_of(family: &Family<StateSet>, value: &Bound<'_, PyAny>) -> PyResult<usize> {
    let metric = family.descriptor().name();
    let name = Labels::text_of_value(metric, value.clone())?;
    family.spec().find(&name).ok_or_else(|| no_state(metric, &name, family.spec().names()))
}

/// The exception for a state that the metric does not have.
pub fn no_state<'a>(metric: &str, name: &str, states: impl Iterator<Item = &'a str>) -> PyErr {
    let states = states.collect::<Vec<_>>().join(", ");
    PyValueError::new_err(format!("{metric}: '{name}' is not a state of it; its states are {states}"))
}

/// The state as Python code gets it.
pub fn to_object<'py>(py: Python<'py>, family: &Family<StateSet>, state: &StateSet) -> Bound<'py, PyAny> {
    PyString::new(py, family.spec().name(state.get())).into_any()
}
