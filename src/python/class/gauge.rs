//! `Gauge`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use crate::python::argument::update::{Argument, Update};
use crate::python::metric::class::PyGauge;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::function;
use crate::python::metric::required;
use crate::python::timing::in_progress::PyInProgress;
use crate::python::timing::timer::PyTimer;

#[pymethods]
impl PyGauge {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None, unit=None, max_series=None, namespace=None, subsystem=None, initial=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(PyCollector::uninitialised()).add_subclass(Self)
    }

    /// Set one series to ``value``. ``set(value)`` sets the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The new value.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn set<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        PyCollector::set_number(slf.as_super(), "Gauge.set", labels, value)
    }

    /// Set one series to the current time, in seconds since 1970 (UTC).
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :raises ValueError: If the labels are refused.
    #[pyo3(signature = (labels=Argument::Absent), text_signature = "($self, labels=None)")]
    fn set_to_current_time<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>) -> PyResult<()> {
        let py = slf.py();
        let now = py.import(intern!(py, "time"))?.call_method0(intern!(py, "time"))?;
        PyCollector::set_number(slf.as_super(), "Gauge.set", labels, Argument::Given(now.as_borrowed()))
    }

    /// Add ``value``, or 1, to one series. ``inc(value)`` adds to the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The number to add; 1 if it is not given.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=1)")]
    fn inc<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        let update = Update::new(labels, value);
        match update.value {
            Some(value) => PyCollector::step(slf.as_super(), update.labels, &value),
            None => PyCollector::step_by(slf.as_super(), update.labels, 1),
        }
    }

    /// Subtract ``value``, or 1, from one series. ``dec(value)`` subtracts from the series
    /// without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The number to subtract; 1 if it is not given.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=1)")]
    fn dec<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        let update = Update::new(labels, value);
        match update.value {
            Some(value) => PyCollector::step_back(slf.as_super(), update.labels, &value),
            None => PyCollector::step_by(slf.as_super(), update.labels, -1),
        }
    }

    /// Add ``value`` to one series. ``add(value)`` adds to the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The number to add, which may be negative.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn add<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        let (labels, value) = required::labels_and_amount((slf.as_super(), "Gauge.add"), labels, value)?;
        PyCollector::add_number(slf.as_super(), labels, &value)
    }

    /// Subtract ``value`` from one series. ``sub(value)`` subtracts from the series without
    /// labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The number to subtract.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn sub<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        let (labels, value) = required::labels_and_amount((slf.as_super(), "Gauge.sub"), labels, value)?;
        PyCollector::step_back(slf.as_super(), labels, &value)
    }

    /// Have a function give the value of one series at each scrape.
    ///
    /// ``set_function(function)`` is for the series without labels. The function
    /// returns a number, such as the length of a queue.
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

    /// Time a block or calls: ``with metric.time({"method": "GET"}):``, and ``async with``, or
    /// ``@metric.time({"method": "GET"})`` over a callable of any kind. The gauge is set to the
    /// seconds of the last one.
    ///
    /// :param labels: The labels of the series: a dict, which is read at the end, or a function
    ///   that returns one. The function is called at the end with one argument, a
    ///   ``aioprometheus.timing.Call``, which has the arguments, the result and the error.
    ///   ``with metric.time() as timer`` can set labels inside: ``timer.labels["status"] = "200"``.
    /// :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
    /// :param error_label: A label that has the name of the class of what was raised, and ``""``
    ///   if nothing was.
    /// :returns: The timer. Its ``seconds`` can be read inside and afterwards.
    /// :raises ValueError: If ``errors`` is something else. The labels are checked when a callable
    ///   is decorated, and at the end of a block.
    /// :raises TypeError: If the labels are not a dict.
    #[pyo3(signature = (labels=None, *, errors=None, error_label=None), text_signature = "($self, labels=None, *, errors='observe', error_label=None)")]
    fn time<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
        errors: Option<&Bound<'py, PyAny>>,
        error_label: Option<&Bound<'py, PyString>>,
    ) -> PyResult<PyTimer> {
        PyTimer::new(slf.as_any(), labels, errors, error_label)
    }

    /// Count the blocks or calls that are in progress: ``with gauge.track_inprogress():``, and
    /// ``async with``, or ``@gauge.track_inprogress()`` over a callable of any kind.
    ///
    /// The gauge goes up by 1 when a block or call begins. The same series goes down by 1 when it
    /// ends, is cancelled, or is abandoned.
    ///
    /// :param labels: The labels of the series. The dict is read when a block or call begins.
    /// :returns: The context manager and decorator.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the labels are not a dict.
    #[pyo3(signature = (labels=None))]
    fn track_inprogress<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<PyInProgress> {
        PyInProgress::new(slf.as_any(), labels)
    }
}
