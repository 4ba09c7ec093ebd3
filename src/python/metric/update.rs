//! Reads and updates of a metric, which call the overrides of a subclass.

use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyInt, PyList};

use super::assignment;
use super::call;
use super::change::{Add, AddWith, Set, SetOf, Subtract};
use super::collector::PyCollector;
use super::required;
use super::state::{AnyLookup, State};
use crate::kind::Kind;
use crate::labels::Pair;
use crate::memory;
use crate::metric::Number;
use crate::python::argument::exemplar::{ExemplarArgument, exemplar_of};
use crate::python::argument::labels::{Labels, series_key, to_dict};
use crate::python::argument::number;
use crate::python::argument::update::{Argument, LabelsArgument, Update};
use crate::python::interpreter::attached::access;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::memory::or_memory_error;
use crate::python::value::store;

/// How often all series are read through a `get` of the user's, when others replace them meanwhile.
const READINGS: usize = 10;

impl PyCollector {
    /// `get` of the base class: the value itself.
    pub fn read_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        calls_python(slf.py());
        let state = slf.get().state()?;
        if state.overrides.value() {
            return slf.call_method1("get_value", (labels,));
        }
        state.value_of(slf.py(), labels)
    }

    /// `get_all`: pairs of the labels of each series, sorted by name, and what `get` returns for it.
    pub fn read_all<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let state = slf.get().state()?;
        // A subclass or a mock may have a `get` of its own.
        let get = slf.getattr(intern!(py, "get"))?;
        let own_get = state.overrides.read() || !get.is_instance_of::<PyCFunction>();
        let mut attempts = 0;
        loop {
            let turn = state.family.turn(access(py));
            let all = Self::read_each(py, state, own_get.then_some(&get))?;
            attempts += 1;
            // All series may have been replaced between two calls of `get`: then some of them are the old ones.
            if !own_get || attempts == READINGS || turn == state.family.turn(access(py)) {
                return Ok(all);
            }
        }
    }

    /// The pairs of [`Self::read_all`], by the `get` of a subclass if it has one.
    fn read_each<'py>(
        py: Python<'py>,
        state: &State,
        own_get: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let all = PyList::empty(py);
        or_memory_error(|| {
            for (step, key) in store::keys(&state.family)?.into_iter().enumerate() {
                memory::check_step(step)?;
                let mut pairs: Vec<Pair<'_>> = key.labels().pairs().collect();
                pairs.sort_unstable();
                let value = match own_get {
                    None => key.value(py)?,
                    Some(get) => match get.call1((series_key(py, pairs.iter().copied()),)) {
                        // It was removed meanwhile.
                        Err(error) if key.is_leaving() && error.is_instance_of::<PyKeyError>(py) => continue,
                        value => value?,
                    },
                };
                all.append((to_dict(py, pairs.into_iter())?, value))?;
            }
            Ok(all)
        })
    }

    /// `set_value` of the base class.
    pub fn replace_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        match &state.lookup {
            AnyLookup::Value(lookup) if !state.overrides.keeps => {
                let labels = labels.map(Bound::as_borrowed);
                let py = slf.py();
                lookup.update(py, labels, state.number(value).map(|number| SetOf(state.kind, number)))
            }
            _ => {
                calls_python(slf.py());
                assignment::set(state, &Labels::extract(state.name(), labels)?, value)
            }
        }
    }

    /// `set(labels, value)` of counters and gauges; `method` is the name that an error has for it.
    pub fn set_number<'py>(
        slf: &Bound<'py, Self>,
        method: &str,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
    ) -> PyResult<()> {
        let (labels, value) = required::labels_and_amount((slf, method), labels, value)?;
        let state = slf.get().state()?;
        if state.overrides.value() {
            return call::set_value(slf, labels, &value);
        }
        let py = slf.py();
        let number = state.number(&value);
        if state.kind == Kind::Counter {
            return state.values()?.update(py, labels, number.map(|number| SetOf(Kind::Counter, number)));
        }
        state.values()?.update(py, labels, number.map(Set))
    }

    /// `info(labels, value)` and `state(labels, value)`, for a metric of this kind, which an error calls `noun`.
    pub fn set_object<'py>(
        slf: &Bound<'py, Self>,
        (kind, noun): (Kind, &str),
        method: &str,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
    ) -> PyResult<()> {
        calls_python(slf.py());
        let (labels, value) = required::labels_and_object((slf, method), labels, value)?;
        let state = slf.get().state()?;
        if state.overrides.value() {
            return call::set_value(slf, labels, &value);
        }
        if state.kind != kind {
            return Err(PyTypeError::new_err(format!("{} is not of the kind {noun}", state.name())));
        }
        assignment::set(state, &Labels::extract(state.name(), labels.as_deref())?, &value)
    }

    /// `add(labels, value)` of counters and gauges.
    pub fn add_number<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.overrides.value() {
            let number = state.number(value);
            if !state.keeps_value_of(slf.py(), labels)? {
                let py = slf.py();
                return state.values()?.update(py, labels, number.map(Add));
            }
            let number = number?;
            let sum = match call::get_value(slf, labels)? {
                Some(current) => current.add(number::to_object(slf.py(), number)?)?,
                None => number::to_object(slf.py(), number)?,
            };
            return call::set_value(slf, labels, &sum);
        }
        let py = slf.py();
        state.values()?.update(py, labels, state.number(value).map(Add))
    }

    /// `inc` of a counter, with an exemplar. An override of `add` has no parameter for one: the exemplar is checked, and left
    /// out.
    pub fn step_with_exemplar<'py>(
        slf: &Bound<'py, Self>,
        update: Update<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if !state.overrides.add {
            return Self::add_with_exemplar(slf, update, exemplar);
        }
        if exemplar.is_some() {
            exemplar_of(slf.py(), state.name(), exemplar, &Ok(Number::Int(0)))?;
        }
        match &update.value {
            Some(value) => call::add(slf, update.labels, value),
            None => call::add(slf, update.labels, &PyInt::new(slf.py(), 1)),
        }
    }

    /// `add` of a counter, with an exemplar. A class that stores its values itself has no series here for the exemplar: it is
    /// checked, and left out.
    pub fn add_with_exemplar<'py>(
        slf: &Bound<'py, Self>,
        update: Update<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
    ) -> PyResult<()> {
        let py = slf.py();
        let state = slf.get().state()?;
        let one = PyInt::new(py, 1);
        if state.overrides.value() {
            if exemplar.is_some() {
                exemplar_of(py, state.name(), exemplar, &Ok(Number::Int(0)))?;
            }
            return Self::add_number(slf, update.labels, update.value.as_deref().unwrap_or(&one));
        }
        let amount = match &update.value {
            Some(value) => state.number(value),
            None => Ok(Number::Int(1)),
        };
        let exemplar = exemplar_of(py, state.name(), exemplar, &amount);
        let change = amount.and_then(|amount| Ok(AddWith(amount, exemplar?)));
        state.values()?.update(py, update.labels, change)
    }

    /// Subtracts the number `amount`, through `self.add` if a subclass overrides it.
    pub fn step_back<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.overrides.add || state.overrides.value() {
            let negative = number::to_object(slf.py(), Number::Int(0) - state.number(amount)?)?;
            return Self::step(slf, labels, &negative);
        }
        let py = slf.py();
        state.values()?.update(py, labels, state.number(amount).map(Subtract))
    }

    /// Adds the number `amount`, through `self.add` if a subclass overrides it.
    pub fn step<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        if slf.get().state()?.overrides.add {
            return call::add(slf, labels, amount);
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
        if state.overrides.add || state.overrides.value() {
            return Self::step(slf, labels, &PyInt::new(slf.py(), amount));
        }
        let py = slf.py();
        state.values()?.update(py, labels, Ok(Add(Number::Int(amount))))
    }
}
