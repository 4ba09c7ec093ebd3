//! Methods that take the arguments of this package's updates and do nothing: the floor of the benchmarks.
//!
//! The signatures are those of the package, so that the call and the handing over of the arguments cost the
//! same; what an update takes beyond that is the package's own.

#![deny(missing_docs)]

use std::convert::Infallible;

use pyo3::prelude::*;

/// An argument that may be left out, as the package takes it.
#[derive(Clone, Copy)]
enum Argument<'a, 'py> {
    /// It was left out.
    Absent,
    /// It was given, be it `None`.
    Given(Borrowed<'a, 'py, PyAny>),
}

impl<'a, 'py> FromPyObject<'a, 'py> for Argument<'a, 'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self::Given(object))
    }
}

/// Keeps the compiler from leaving the argument out.
fn look_at(argument: Argument<'_, '_>) {
    if let Argument::Given(object) = argument {
        std::hint::black_box(object.as_ptr());
    }
}

/// A metric that counts nothing.
#[pyclass(module = "bench_floor", frozen)]
struct NoOp;

#[pymethods]
impl NoOp {
    #[new]
    fn new() -> Self {
        Self
    }

    /// The shape of ``Counter.inc``.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent))]
    fn inc(_slf: &Bound<'_, Self>, labels: Argument<'_, '_>, value: Argument<'_, '_>) {
        look_at(labels);
        look_at(value);
    }

    /// The shape of ``Gauge.set``.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent))]
    fn set(_slf: &Bound<'_, Self>, labels: Argument<'_, '_>, value: Argument<'_, '_>) {
        look_at(labels);
        look_at(value);
    }

    /// The shape of ``Histogram.observe`` and ``Summary.observe``.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent))]
    fn observe(_slf: &Bound<'_, Self>, labels: Argument<'_, '_>, value: Argument<'_, '_>) {
        look_at(labels);
        look_at(value);
    }

    /// A child that counts nothing, whatever the labels.
    #[pyo3(signature = (labels=Argument::Absent))]
    fn labels(_slf: &Bound<'_, Self>, labels: Argument<'_, '_>) -> NoOpChild {
        look_at(labels);
        NoOpChild
    }
}

/// A bound child that counts nothing.
#[pyclass(module = "bench_floor", frozen)]
struct NoOpChild;

#[pymethods]
impl NoOpChild {
    /// The shape of a counter's ``inc``.
    #[pyo3(signature = (value=Argument::Absent))]
    fn inc(_slf: &Bound<'_, Self>, value: Argument<'_, '_>) {
        look_at(value);
    }

    /// The shape of a gauge's ``set``.
    fn set(_slf: &Bound<'_, Self>, value: Argument<'_, '_>) {
        look_at(value);
    }

    /// The shape of a histogram's and a summary's ``observe``.
    fn observe(_slf: &Bound<'_, Self>, value: Argument<'_, '_>) {
        look_at(value);
    }
}

/// Calls that do nothing.
#[pymodule]
mod bench_floor {
    #[pymodule_export]
    use super::{NoOp, NoOpChild};
}
