//! Changes: what updates do to a series once it is found. They run no Python code.

use pyo3::prelude::*;

use crate::family::{Family, Series};
use crate::kind::Kind;
use crate::metric::{Exemplar, Histogram, Number, Summary, Value};
use crate::python::argument::observations::Observations;
use crate::python::interpreter::attached::access;
use crate::python::lookup::Change;
use crate::python::value::number::set_number;

/// Adds a number, which the kind of metric must take.
pub struct Add(pub Number);

// SAFETY: it calls the core alone.
unsafe impl Change<Value> for Add {
    #[inline(always)]
    fn make(self, py: Python<'_>, series: &Series<Value>) {
        series.metric().add(access(py), self.0);
    }
}

/// Adds a number to a counter, which may have an exemplar.
pub struct AddWith(pub Number, pub Option<Exemplar>);

// SAFETY: as for `Add`.
unsafe impl Change<Value> for AddWith {
    #[inline(always)]
    fn make(self, py: Python<'_>, series: &Series<Value>) {
        series.metric().add(access(py), self.0);
        if let Some(exemplar) = self.1 {
            series.metric().set_exemplar(exemplar);
        }
    }
}

/// Subtracts a number.
pub struct Subtract(pub Number);

// SAFETY: as for `Add`.
unsafe impl Change<Value> for Subtract {
    #[inline(always)]
    fn make(self, py: Python<'_>, series: &Series<Value>) {
        series.metric().sub(access(py), self.0);
    }
}

/// Sets the number of a gauge.
pub struct Set(pub Number);

// SAFETY: as for `Add`.
unsafe impl Change<Value> for Set {
    #[inline(always)]
    fn make(self, py: Python<'_>, series: &Series<Value>) {
        series.metric().set(access(py), self.0);
    }
}

/// Sets the number of a metric of this kind.
pub struct SetOf(pub Kind, pub Number);

// SAFETY: as for `Add`.
unsafe impl Change<Value> for SetOf {
    #[inline(always)]
    fn make(self, py: Python<'_>, series: &Series<Value>) {
        set_number(access(py), series, self.0, self.1);
    }
}

/// Takes one observation of a summary.
pub struct Observe(pub f64);

// SAFETY: as for `Add`.
unsafe impl Change<Summary> for Observe {
    #[inline(always)]
    fn make(self, py: Python<'_>, series: &Series<Summary>) {
        series.metric().observe(access(py), self.0);
    }
}

/// Takes one observation of a histogram, which may have an exemplar.
pub struct ObserveIn<'a>(pub &'a Family<Histogram>, pub f64, pub Option<Exemplar>);

// SAFETY: as for `Add`.
unsafe impl Change<Histogram> for ObserveIn<'_> {
    #[inline(always)]
    fn make(self, py: Python<'_>, series: &Series<Histogram>) {
        let Self(family, value, exemplar) = self;
        // Read only now: Python code may replace the bounds as long as there is no series.
        let spec = family.spec();
        series.metric().observe(access(py), spec, value);
        if let Some(exemplar) = exemplar {
            series.metric().set_exemplar(spec, exemplar);
        }
    }
}

/// Takes many observations of a summary.
pub struct ObserveAll<'a>(pub &'a Observations);

// SAFETY: as for `Add`; to read a buffer runs no Python code.
unsafe impl Change<Summary> for ObserveAll<'_> {
    fn make(self, py: Python<'_>, series: &Series<Summary>) {
        self.0.for_each(|some| series.metric().observe_all(access(py), some));
    }
}

/// Takes many observations of a histogram.
pub struct ObserveAllIn<'a>(pub &'a Family<Histogram>, pub &'a Observations);

// SAFETY: as for `ObserveAll`.
unsafe impl Change<Histogram> for ObserveAllIn<'_> {
    fn make(self, py: Python<'_>, series: &Series<Histogram>) {
        let spec = self.0.spec();
        self.1.for_each(|some| series.metric().observe_all(access(py), spec, some));
    }
}

/// Takes observations of one value of a summary.
pub struct ObserveTimes(pub f64, pub u64);

// SAFETY: as for `Add`.
unsafe impl Change<Summary> for ObserveTimes {
    fn make(self, _: Python<'_>, series: &Series<Summary>) {
        series.metric().observe_times(self.0, self.1);
    }
}

/// Takes observations of one value of a histogram, which may have an exemplar.
pub struct ObserveTimesIn<'a>(pub &'a Family<Histogram>, pub (f64, u64), pub Option<Exemplar>);

// SAFETY: as for `Add`.
unsafe impl Change<Histogram> for ObserveTimesIn<'_> {
    fn make(self, py: Python<'_>, series: &Series<Histogram>) {
        let Self(family, (value, times), exemplar) = self;
        let spec = family.spec();
        series.metric().observe_times(access(py), spec, value, times);
        if let Some(exemplar) = exemplar {
            series.metric().set_exemplar(spec, exemplar);
        }
    }
}
