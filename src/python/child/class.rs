//! The classes of children.

use pyo3::PyClassInitializer;
use pyo3::prelude::*;

use super::Child;
use super::any::AnyChild;
use crate::kind::Kind;
use crate::metric::{Histogram, Info, StateSet, Summary, Value};
use crate::python::metric::collector::PyCollector;
use crate::python::value::series::PyValue;

/// What the children of all kinds have in common.
#[pyclass(name = "Child", module = "aioprometheus._core", subclass, frozen)]
pub struct PyChild;

/// One series of a counter: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundCounter", module = "aioprometheus.collectors", extends = PyChild, frozen)]
pub struct PyBoundCounter(pub Child<Value>);

/// One series of a gauge: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundGauge", module = "aioprometheus.collectors", extends = PyChild, frozen)]
pub struct PyBoundGauge(pub Child<Value>);

/// One series of a summary: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundSummary", module = "aioprometheus.collectors", extends = PyChild, frozen)]
pub struct PyBoundSummary(pub Child<Summary>);

/// One series of a histogram: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundHistogram", module = "aioprometheus.collectors", extends = PyChild, frozen)]
pub struct PyBoundHistogram(pub Child<Histogram>);

/// One series of an info: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundInfo", module = "aioprometheus.collectors", extends = PyChild, frozen)]
pub struct PyBoundInfo(pub Child<Info>);

/// One series of an enum: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundEnum", module = "aioprometheus.collectors", extends = PyChild, frozen)]
pub struct PyBoundEnum(pub Child<StateSet>);

/// A state whose series can be bound.
pub trait Bindable: PyValue {
    /// The object of a child of `metric`. If the kind has no class for it, one that calls the methods of the metric.
    fn bind<'py>(metric: &Bound<'py, PyCollector>, child: Child<Self>) -> PyResult<Bound<'py, PyAny>> {
        child.forward(metric)
    }
}

impl Bindable for Value {
    fn bind<'py>(metric: &Bound<'py, PyCollector>, child: Child<Self>) -> PyResult<Bound<'py, PyAny>> {
        match child.kind() {
            Kind::Counter => PyBoundCounter::wrap(metric.py(), child),
            _ => PyBoundGauge::wrap(metric.py(), child),
        }
    }
}

impl Bindable for Summary {
    fn bind<'py>(metric: &Bound<'py, PyCollector>, child: Child<Self>) -> PyResult<Bound<'py, PyAny>> {
        PyBoundSummary::wrap(metric.py(), child)
    }
}

impl Bindable for Histogram {
    fn bind<'py>(metric: &Bound<'py, PyCollector>, child: Child<Self>) -> PyResult<Bound<'py, PyAny>> {
        PyBoundHistogram::wrap(metric.py(), child)
    }
}

impl Bindable for Info {
    fn bind<'py>(metric: &Bound<'py, PyCollector>, child: Child<Self>) -> PyResult<Bound<'py, PyAny>> {
        PyBoundInfo::wrap(metric.py(), child)
    }
}

impl Bindable for StateSet {
    fn bind<'py>(metric: &Bound<'py, PyCollector>, child: Child<Self>) -> PyResult<Bound<'py, PyAny>> {
        PyBoundEnum::wrap(metric.py(), child)
    }
}

macro_rules! children {
    ($($class:ident of $metric:ty),+) => {
        $(impl $class {
            fn wrap(py: Python<'_>, child: Child<$metric>) -> PyResult<Bound<'_, PyAny>> {
                let child = PyClassInitializer::from(PyChild).add_subclass(Self(child));
                Ok(Bound::new(py, child)?.into_any())
            }
        })+

        /// The child that an object is.
        pub fn child_of<'a>(object: &'a Bound<'_, PyAny>) -> Option<&'a dyn AnyChild> {
            $(if let Ok(child) = object.cast::<$class>() {
                return Some(&child.get().0);
            })+
            None
        }

        /// Puts the classes into the module.
        pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
            module.add_class::<PyChild>()?;
            $(module.add_class::<$class>()?;)+
            Ok(())
        }
    };
}

children! {
    PyBoundCounter of Value,
    PyBoundGauge of Value,
    PyBoundSummary of Summary,
    PyBoundHistogram of Histogram,
    PyBoundInfo of Info,
    PyBoundEnum of StateSet
}

/// The name of a metric or of that of a child, and whether it is a child.
pub fn metric_of(receiver: &Bound<'_, PyAny>) -> Option<(String, bool)> {
    if let Ok(metric) = receiver.cast::<PyCollector>() {
        return Some((metric.get().state().ok()?.name().to_owned(), false));
    }
    child_of(receiver).map(|child| (child.name().to_owned(), true))
}
