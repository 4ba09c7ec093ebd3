//! The state of a metric.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use super::overrides::Overrides;
use crate::error::Error;
use crate::family::AnyFamily;
use crate::kind::Kind;
use crate::metric::{Number, Value, any_of, with_any};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::argument::update::LabelsArgument;
use crate::python::interpreter::attached::access;
use crate::python::lookup::Lookup;
use crate::python::value::kept::Kept;
use crate::python::value::store;

any_of! {
    /// The look-up of a metric of any kind.
    AnyLookup, Lookup
}

impl AnyLookup {
    /// As [`Lookup::forget_removed`].
    pub fn forget_removed(&self, py: Python<'_>, all: bool) {
        with_any!(AnyLookup, self, lookup => lookup.forget_removed(py, all));
    }

    /// As [`Lookup::forget_all`].
    pub fn forget_all(&self, py: Python<'_>) {
        with_any!(AnyLookup, self, lookup => lookup.forget_all(py));
    }
}

/// The state of a metric: its family, its look-up, and what its class overrides.
pub struct State {
    pub lookup: AnyLookup,
    pub overrides: Overrides,
    /// The kind of the family, where updates find it fast.
    pub kind: Kind,
    pub family: AnyFamily,
    /// The objects of the user's that are the values of series.
    pub kept: Kept,
    /// The functions of the user's that give the values of series at a scrape.
    pub functions: Kept,
}

impl State {
    pub fn new(family: AnyFamily, overrides: Overrides) -> Self {
        let lookup = with_any!(AnyFamily, &family, family => Lookup::new(Arc::clone(family)).into());
        let kind = family.descriptor().kind();
        Self { lookup, overrides, kind, family, kept: Kept::default(), functions: Kept::default() }
    }

    /// A new state like this one, without series, whose class has these overrides.
    pub fn without_series(&self, py: Python<'_>, overrides: Overrides) -> Self {
        let family =
            with_any!(AnyFamily, &self.family, family => Arc::new(family.empty_like(access(py))).into());
        Self::new(family, overrides)
    }

    /// Whether the value of the series with these labels is not in the core: the class stores it itself, or it is an object of
    /// the user's.
    pub fn keeps_value_of(&self, py: Python<'_>, labels: LabelsArgument<'_, '_>) -> PyResult<bool> {
        if self.overrides.stores_values {
            return Ok(true);
        }
        let labels = Labels::extract(self.name(), labels.as_deref())?;
        let series = store::find_series(py, &self.family, &labels.pairs());
        Ok(series.is_some_and(|series| self.kept.get(py, &series).is_some()))
    }

    /// `get_value`: the number, the live object, or the object of the user's.
    ///
    /// # Errors
    ///
    /// As [`store::find`].
    pub fn value_of<'py>(
        &self,
        py: Python<'py>,
        key: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let series = store::find(py, &self.family, key)?;
        match self.kept.get(py, &series) {
            Some(object) => Ok(object),
            None => series.live(py),
        }
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

    /// The exception for setting `attribute` after the first series was born.
    #[cold]
    pub fn spec_is_final(&self, attribute: &str) -> PyErr {
        PyValueError::new_err(format!(
            "{}: {attribute} cannot be changed, as there were series already that were made with them; set {attribute} \
             before the first update, or make another metric",
            self.name()
        ))
    }

    /// The number of an update.
    #[inline(always)]
    pub fn number(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        let number = number::extract(self.name(), value, number::refusal)?;
        if self.kind == Kind::Counter {
            self.check_counter(number)?;
        }
        Ok(number)
    }

    fn check_counter(&self, number: Number) -> PyResult<()> {
        Ok(number.check_counter().map_err(|error| Error::of(self.name(), error))?)
    }
}
