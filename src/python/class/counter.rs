//! `Counter`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use crate::python::argument::exemplar::{ExemplarArgument, is_hooked};
use crate::python::argument::update::{Argument, Update};
use crate::python::metric::class::PyCounter;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::function;
use crate::python::metric::required;
use crate::python::timing::exception_counter;

#[pymethods]
impl PyCounter {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None, unit=None, max_series=None, namespace=None, subsystem=None, initial=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(PyCollector::uninitialised()).add_subclass(Self)
    }

    /// Set one series to a value that is counted elsewhere.
    ///
    /// ``set(value)`` sets the series without labels. For a counter that may go down, use a
    /// gauge.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The new value, not negative.
    /// :raises ValueError: If the value is negative or NaN, or if the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn set<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        PyCollector::set_number(slf.as_super(), "Counter.set", labels, value)
    }

    /// Add ``value``, or 1, to one series.
    ///
    /// ``inc(value)`` adds to the series without labels. A series is born with its first
    /// update.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The number to add, not negative; 1 if it is not given.
    /// :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
    ///   values together have at most 128 characters. The last exemplar of a series is
    ///   exposed with it.
    /// :raises ValueError: If the value is negative or NaN, or if the labels or the exemplar
    ///   are refused.
    /// :raises TypeError: If the value is not a number.
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

    /// Add ``value`` to one series. ``add(value)`` adds to the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The number to add, not negative.
    /// :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
    ///   values together have at most 128 characters. The last exemplar of a series is
    ///   exposed with it.
    /// :raises ValueError: If the value is negative or NaN, or if the labels or the exemplar
    ///   are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent, *, exemplar=None), text_signature = "($self, labels=None, value=..., *, exemplar=None)")]
    fn add<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
    ) -> PyResult<()> {
        let (labels, value) = required::labels_and_amount((slf.as_super(), "Counter.add"), labels, value)?;
        if exemplar.is_some() || is_hooked() {
            let update = Update { labels, value: Some(value) };
            return PyCollector::add_with_exemplar(slf.as_super(), update, exemplar);
        }
        PyCollector::add_number(slf.as_super(), labels, &value)
    }

    /// Have a function give the value of one series at each scrape.
    ///
    /// ``set_function(function)`` is for the series without labels. The function
    /// returns a number that only goes up, such as one that another library counts.
    ///
    /// ``render_async``, and with it every handler, calls a plain function on a thread of its own
    /// and awaits an ``async def`` on the event loop. If it raises, takes longer than its time
    /// limit, or returns what the metric cannot have, the metric is left out of that exposition.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param function: A function without arguments, or None: none is called any more, and the
    ///   series keeps its value.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If it is not a function.
    #[pyo3(signature = (labels=Argument::Absent, function=Argument::Absent), text_signature = "($self, labels=None, function=...)")]
    fn set_function<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        function: Argument<'_, 'py>,
    ) -> PyResult<()> {
        function::set(slf.as_super(), labels, function)
    }

    /// Count the blocks or calls that raise: ``with counter.count_exceptions():``, and
    /// ``async with``, or ``@counter.count_exceptions()`` over a callable of any kind.
    ///
    /// What is raised goes on to the caller.
    ///
    /// :param types: The class of the exceptions that count, or a tuple of them. ``Exception``,
    ///   the default, does not count cancellation, KeyboardInterrupt and SystemExit.
    /// :param labels: The labels of the series: a dict, which is read when an exception counts,
    ///   or a function that returns one, as for ``time`` of a histogram.
    /// :param exclude: The class of the exceptions among them that do not count, or a tuple.
    /// :returns: The context manager and decorator.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If ``types`` or ``exclude`` are not classes of exceptions, or if the
    ///   labels are not a dict.
    #[pyo3(signature = (types=None, *, labels=None, exclude=None), text_signature = "($self, types=..., *, labels=None, exclude=())")]
    fn count_exceptions<'py>(
        slf: &Bound<'py, Self>,
        types: Option<&Bound<'py, PyAny>>,
        labels: Option<&Bound<'py, PyAny>>,
        exclude: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        exception_counter(slf.as_any(), types, labels, exclude)
    }
}
