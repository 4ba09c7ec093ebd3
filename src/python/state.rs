//! What a metric is made of.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::hooks::Hooks;
use super::lookup::Lookup;
use super::number;
use crate::family::AnyFamily;
use crate::metric::{Histogram, Info, Kind, Number, StateSet, Summary, Value};

/// The way to the series of a metric of any kind.
pub enum AnyLookup {
    Value(Lookup<Value>),
    Summary(Lookup<Summary>),
    Histogram(Lookup<Histogram>),
    Info(Lookup<Info>),
    StateSet(Lookup<StateSet>),
}

impl AnyLookup {
    /// As [`Lookup::forget_removed`].
    pub fn forget_removed(&self, py: Python<'_>, all: bool) {
        match self {
            Self::Value(lookup) => lookup.forget_removed(py, all),
            Self::Summary(lookup) => lookup.forget_removed(py, all),
            Self::Histogram(lookup) => lookup.forget_removed(py, all),
            Self::Info(lookup) => lookup.forget_removed(py, all),
            Self::StateSet(lookup) => lookup.forget_removed(py, all),
        }
    }
}

/// What a metric is made of.
pub struct State {
    pub lookup: AnyLookup,
    pub hooks: Hooks,
    /// What the family counts.
    pub kind: Kind,
    pub family: AnyFamily,
}

impl State {
    pub fn new(family: AnyFamily, hooks: Hooks) -> Self {
        let lookup = match &family {
            AnyFamily::Value(family) => AnyLookup::Value(Lookup::new(Arc::clone(family))),
            AnyFamily::Summary(family) => AnyLookup::Summary(Lookup::new(Arc::clone(family))),
            AnyFamily::Histogram(family) => AnyLookup::Histogram(Lookup::new(Arc::clone(family))),
            AnyFamily::Info(family) => AnyLookup::Info(Lookup::new(Arc::clone(family))),
            AnyFamily::StateSet(family) => AnyLookup::StateSet(Lookup::new(Arc::clone(family))),
        };
        let kind = family.descriptor().kind();
        Self { lookup, hooks, kind, family }
    }

    /// The series of a counter, a gauge or an untyped metric.
    #[inline]
    pub fn values(&self) -> PyResult<&Lookup<Value>> {
        match &self.lookup {
            AnyLookup::Value(lookup) => Ok(lookup),
            _ => Err(self.no_values()),
        }
    }

    #[cold]
    fn no_values(&self) -> PyErr {
        PyTypeError::new_err(format!("{} does not hold plain numbers", self.name()))
    }

    /// The metric's name.
    pub fn name(&self) -> &str {
        self.family.descriptor().name()
    }

    /// Takes the number of an update.
    #[inline(always)]
    pub fn number(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        let number = number::extract(value, || number::refusal(self.name(), value))?;
        if self.kind == Kind::Counter {
            self.check_counter(number)?;
        }
        Ok(number)
    }

    fn check_counter(&self, number: Number) -> PyResult<()> {
        Ok(number.check_counter(self.name())?)
    }
}
