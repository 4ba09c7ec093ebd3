//! Reads and updates of a metric, through the methods of a subclass where it has its own.

use pyo3::prelude::*;
use pyo3::types::PyInt;

use super::argument::{Argument, LabelsArgument, Update};
use super::attached::access;
use super::collector::PyCollector;
use super::hooks;
use super::lifecycle::calls_python;
use super::number;
use super::store;
use crate::metric::Number;

impl PyCollector {
    /// `get` of the base class: the value itself.
    pub fn read_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let _calls = calls_python(slf.py());
        let state = slf.get().state()?;
        if state.hooks.value {
            return slf.call_method1("get_value", (labels,));
        }
        store::get(slf.py(), &state.family, labels)
    }

    /// `set(labels, value)` of counters and gauges; `method` is for the words of an error.
    pub fn set_number<'py>(
        slf: &Bound<'py, Self>,
        method: &str,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
    ) -> PyResult<()> {
        let (labels, value) = Update::with_value(method, labels, value)?;
        let state = slf.get().state()?;
        if state.hooks.value {
            return hooks::call_set_value(slf, labels, &value);
        }
        let py = slf.py();
        state
            .values()?
            .update(py, labels, state.number(&value), |series, number| series.set(access(py), number))
    }

    /// `add(labels, value)` of counters and gauges.
    pub fn add_number<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.hooks.value {
            let number = state.number(value)?;
            let sum = match hooks::call_get_value(slf, labels)? {
                Some(current) => current.add(number::to_object(slf.py(), number)?)?,
                None => number::to_object(slf.py(), number)?,
            };
            return hooks::call_set_value(slf, labels, &sum);
        }
        let py = slf.py();
        state
            .values()?
            .update(py, labels, state.number(value), |series, number| series.add(access(py), number))
    }

    /// Subtracts the number `amount`, through `self.add` where a subclass has its own.
    pub fn step_back<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.hooks.add || state.hooks.value {
            let negative = number::to_object(slf.py(), Number::Int(0) - state.number(amount)?)?;
            return Self::step(slf, labels, &negative);
        }
        let py = slf.py();
        state
            .values()?
            .update(py, labels, state.number(amount), |series, number| series.sub(access(py), number))
    }

    /// Adds the number `amount`, through `self.add` where a subclass has its own.
    pub fn step<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        if slf.get().state()?.hooks.add {
            return hooks::call_add(slf, labels, amount);
        }
        Self::add_number(slf, labels, amount)
    }

    /// Adds one or minus one.
    #[inline]
    pub fn step_by<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: i64,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.hooks.add || state.hooks.value {
            return Self::step(slf, labels, &PyInt::new(slf.py(), amount));
        }
        let py = slf.py();
        state
            .values()?
            .update(py, labels, Ok(Number::Int(amount)), |series, number| series.add(access(py), number))
    }
}
