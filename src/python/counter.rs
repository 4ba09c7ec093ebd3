//! `Counter`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::argument::{Argument, Update};
use super::collector::PyCollector;
use super::exemplar::{ExemplarArgument, is_hooked};

/// A number that only ever goes up: requests served, bytes sent, errors.
///
/// Takes the arguments of :class:`Collector`.
#[pyclass(name = "Counter", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyCounter;

#[pymethods]
impl PyCounter {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None, unit=None)")]
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
    /// ``inc(value)`` adds to the series without labels. ``exemplar`` is a dict of labels, such as
    /// ``{"trace_id": "..."}``, with at most 128 characters in all: it stands for this update until the next one.
    ///
    /// :raises ValueError: a negative value, NaN, a label name that is refused, or an exemplar that is.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent, *, exemplar=None), text_signature = "($self, labels=None, value=1, *, exemplar=None)")]
    fn inc<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
    ) -> PyResult<()> {
        let update = Update::new(labels, value);
        if exemplar.is_some() || is_hooked() {
            return PyCollector::step_with_exemplar(slf.as_super(), update, exemplar);
        }
        match update.value {
            Some(value) => PyCollector::step(slf.as_super(), update.labels, &value),
            None => PyCollector::step_by(slf.as_super(), update.labels, 1),
        }
    }

    /// Add ``value`` to the series with these labels.
    ///
    /// ``add(value)`` adds to the series without labels. ``exemplar`` is as for ``inc``.
    ///
    /// :raises ValueError: a negative value, NaN, a label name that is refused, or an exemplar that is.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent, *, exemplar=None), text_signature = "($self, labels=None, value=..., *, exemplar=None)")]
    fn add<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
    ) -> PyResult<()> {
        let (labels, value) = Update::with_value("Counter.add", labels, value)?;
        if exemplar.is_some() || is_hooked() {
            let update = Update { labels, value: Some(value) };
            return PyCollector::add_with_exemplar(slf.as_super(), update, exemplar);
        }
        PyCollector::add_number(slf.as_super(), labels, &value)
    }
}
