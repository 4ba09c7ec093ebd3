//! The state and the attributes of a metric, behind its class.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;

use super::attribute::{Attribute, Attributes};
use super::registrations::Registrations;
use super::state::State;
use crate::error::Error;
use crate::family::AnyFamily;
use crate::python::argument::naming::naming;

/// The base class of all metrics, and itself a metric of a kind that is not known
/// (*untyped*).
///
/// A metric has series, and each series has a value. A series is identified by its labels,
/// which are pairs of a name and a value. Label names are ASCII letters, digits and ``_``,
/// with no digit first; ``job`` and names that begin with ``__`` are reserved. Label values
/// may be any text. What is not text becomes text: an enum member by its value, a date or
/// time by ``isoformat()``, everything else by ``str()``. None and ``{}`` are the labels of
/// the one series that has none.
///
#[doc = super::docstring::parameters!()]
#[doc = super::docstring::errors!()]
#[pyclass(name = "Collector", module = "aioprometheus.collectors", subclass, dict, weakref, frozen)]
pub struct PyCollector {
    /// Set by `__init__`, once.
    state: OnceLock<State>,
    pub attributes: Attributes,
    /// Whether the name, the doc or the constant labels were replaced since `__init__`.
    redescribed: AtomicBool,
    /// Whether the dict of the constant labels was handed out: its holder may change it.
    pub shows_labels: AtomicBool,
    pub registrations: Registrations,
    /// The calls of `__init__` that are to do nothing, because `__new__` has done their work.
    done: AtomicU32,
    /// True once the object is written; false in the zeros of a new allocation.
    pub is_written: AtomicBool,
}

impl PyCollector {
    /// A metric before its `__init__`.
    pub fn uninitialised() -> Self {
        Self {
            state: OnceLock::new(),
            attributes: Attributes::default(),
            redescribed: AtomicBool::new(false),
            shows_labels: AtomicBool::new(false),
            registrations: Registrations::default(),
            done: AtomicU32::new(0),
            is_written: AtomicBool::new(true),
        }
    }

    /// Sets the state.
    ///
    /// # Errors
    ///
    /// As [`PyCollector::check_new`].
    pub fn initialise(&self, state: State) -> PyResult<()> {
        self.check_new()?;
        let _ = self.state.set(state);
        Ok(())
    }

    /// Checks that `__init__` was not called before.
    ///
    /// # Errors
    ///
    /// RuntimeError when it was.
    pub fn check_new(&self) -> PyResult<()> {
        match self.state.get() {
            None => Ok(()),
            Some(_) => Err(PyRuntimeError::new_err("this metric is initialised already; make a new one")),
        }
    }

    /// Notes that `__new__` has done the work of the call of `__init__` that follows.
    pub fn set_done(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether `__new__` has done the work of this call of `__init__`.
    pub fn take_done(&self) -> bool {
        self.done.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |calls| calls.checked_sub(1)).is_ok()
    }

    /// The metric's state.
    ///
    /// # Errors
    ///
    /// RuntimeError when a subclass did not call `super().__init__`.
    #[inline]
    pub fn state(&self) -> PyResult<&State> {
        self.state.get().ok_or_else(uninitialised)
    }

    /// The metric's state, if it has one.
    pub fn initialised(&self) -> Option<&State> {
        self.state.get()
    }

    /// The family, if the core renders the metric from it: its description was not replaced, and no override is called.
    pub fn renders_family(&self) -> Option<&AnyFamily> {
        let state = self.state.get().filter(|state| !state.overrides.read())?;
        (!self.redescribed.load(Ordering::Relaxed)).then_some(&state.family)
    }

    /// Checks that a metric may be called `name`, and returns whether that is another name.
    ///
    /// # Errors
    ///
    /// TypeError and ValueError when it is not a name, ValueError when the metric is in a registry.
    pub fn check_name(metric: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
        let name: &str = name.extract()?;
        let this = metric.get();
        let made = this.initialised();
        let naming = made.map_or_else(naming, |state| state.family.descriptor().naming());
        if !naming.takes_metric_name(name) {
            return Err(Error::MetricName { name: name.to_owned() }.into());
        }
        if made.is_none() {
            return Ok(true);
        }
        let before = this.attributes.get(metric.py(), Attribute::Name)?;
        if before.eq(name)? {
            return Ok(false);
        }
        if this.registrations.hold(metric.as_any()) {
            return Err(PyValueError::new_err(format!(
                "{before} is registered, so that its name cannot be changed any more; make another metric that is \
                 called '{name}', or take this one out of its registries before: registry.deregister('{before}')"
            )));
        }
        Ok(true)
    }

    /// Replaces an attribute that the exposition shows.
    pub fn redescribe(&self, attribute: Attribute, value: &Bound<'_, PyAny>) {
        self.attributes.set(attribute, value);
        self.redescribed.store(self.state.get().is_some(), Ordering::Relaxed);
    }
}

#[cold]
fn uninitialised() -> PyErr {
    PyRuntimeError::new_err("this metric is not initialised; call super().__init__(name, doc) first")
}
