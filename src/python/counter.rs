//! `Counter`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::argument::{Argument, Update};
use super::collector::PyCollector;

/// A number that only ever goes up: requests served, bytes sent, errors.
///
/// Takes the arguments of :class:`Collector`.
#[pyclass(name = "Counter", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyCounter;

#[pymethods]
impl PyCounter {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(PyCollector::uninitialised()).add_subclass(Self)
    }

    /// Set the counter to a number that is not negative: for counts that are kept elsewhere.
    ///
    /// ``set(value)`` sets the series without labels.
    ///
    /// :raises ValueError: a negative value, NaN, or a label name that is refused.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn set<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        PyCollector::set_number(slf.as_super(), "Counter.set", labels, value)
    }

    /// Add ``value``, 1 if it is not given, to the series with these labels.
    ///
    /// ``inc(value)`` adds to the series without labels.
    ///
    /// :raises ValueError: a negative value, NaN, or a label name that is refused.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=1)")]
    fn inc<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        let update = Update::new(labels, value);
        match update.value {
            Some(value) => PyCollector::step(slf.as_super(), update.labels, &value),
            None => PyCollector::step_by(slf.as_super(), update.labels, 1),
        }
    }

    /// Add ``value`` to the series with these labels.
    ///
    /// ``add(value)`` adds to the series without labels.
    ///
    /// :raises ValueError: a negative value, NaN, or a label name that is refused.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn add<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        let (labels, value) = Update::with_value("Counter.add", labels, value)?;
        PyCollector::add_number(slf.as_super(), labels, &value)
    }
}
