//! The values of state sets: the current state.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use super::series::PyValue;
use crate::family::Family;
use crate::metric::StateSet;
use crate::python::argument::labels::Labels;
use crate::python::interpreter::attached::access;

impl PyValue for StateSet {
    fn set(family: &Arc<Family<Self>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        family.check(access(py), &labels.pairs())?;
        let state = state_of(family, value)?;
        family.with(access(py), &labels.pairs(), |series| series.metric().set(state))?;
        Ok(())
    }
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
