//! `BoundGauge`.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::metric::Number;
use crate::python::argument::update::Argument;
use crate::python::child::class::PyBoundGauge;
use crate::python::timing::in_progress::PyInProgress;
use crate::python::timing::timer::PyTimer;

#[pymethods]
impl PyBoundGauge {
    /// Set the series to ``value``.
    ///
    /// :param value: The new value.
    /// :raises TypeError: If the value is not a number.
    fn set(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set(value.py(), self.0.number(value)?)
    }

    /// Set the series to the current time, in seconds since 1970 (UTC).
    fn set_to_current_time(&self, py: Python<'_>) -> PyResult<()> {
        let now = py.import(intern!(py, "time"))?.call_method0(intern!(py, "time"))?;
        self.set(&now)
    }

    /// Add ``value``, or 1.
    ///
    /// :param value: The number to add; 1 if it is not given.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (value=Argument::Absent), text_signature = "($self, value=1)")]
    fn inc(slf: &Bound<'_, Self>, value: Argument<'_, '_>) -> PyResult<()> {
        let child = &slf.get().0;
        match value {
            Argument::Absent => child.add(slf.py(), Number::Int(1)),
            Argument::Given(value) => child.add(slf.py(), child.number(&value)?),
        }
    }

    /// Subtract ``value``, or 1.
    ///
    /// :param value: The number to subtract; 1 if it is not given.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (value=Argument::Absent), text_signature = "($self, value=1)")]
    fn dec(slf: &Bound<'_, Self>, value: Argument<'_, '_>) -> PyResult<()> {
        let child = &slf.get().0;
        let number = match value {
            Argument::Absent => Number::Int(1),
            Argument::Given(value) => child.number(&value)?,
        };
        child.sub(slf.py(), number)
    }

    /// Add ``value``.
    ///
    /// :param value: The number to add, which may be negative.
    /// :raises TypeError: If the value is not a number.
    fn add(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.add(value.py(), self.0.number(value)?)
    }

    /// Subtract ``value``.
    ///
    /// :param value: The number to subtract.
    /// :raises TypeError: If the value is not a number.
    fn sub(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.sub(value.py(), self.0.number(value)?)
    }

    /// Set the series; the same as ``set``.
    ///
    /// :param value: The new value.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value)
    }

    /// Return the number.
    ///
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// Return the number; the same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// Have a function give the value of the series at each scrape.
    ///
    /// :param function: As for ``set_function`` of the metric.
    /// :raises TypeError: If it is not a function.
    fn set_function(&self, function: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_function(function)
    }

    /// Time a block or calls: ``with child.time():``, and ``async with``, or ``@child.time()``
    /// over a callable of any kind. The gauge is set to the seconds of the last one.
    ///
    /// :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
    /// :param error_label: A label that has the name of the class of what was raised, and ``""``
    ///   if nothing was.
    /// :returns: The timer. Its ``seconds`` can be read inside and afterwards.
    /// :raises ValueError: If ``errors`` is something else.
    #[pyo3(signature = (*, errors=None, error_label=None), text_signature = "($self, *, errors='observe', error_label=None)")]
    fn time<'py>(
        slf: &Bound<'py, Self>,
        errors: Option<&Bound<'py, PyAny>>,
        error_label: Option<&Bound<'py, PyString>>,
    ) -> PyResult<PyTimer> {
        PyTimer::new(slf.as_any(), None, errors, error_label)
    }

    /// Count the blocks or calls that are in progress: ``with child.track_inprogress():``, and
    /// ``async with``, or ``@child.track_inprogress()`` over a callable of any kind.
    ///
    /// The gauge goes up by 1 when a block or call begins. The same series goes down by 1 when it
    /// ends, is cancelled, or is abandoned.
    ///
    /// :returns: The context manager and decorator.
    fn track_inprogress(slf: &Bound<'_, Self>) -> PyResult<PyInProgress> {
        PyInProgress::new(slf.as_any(), None)
    }
}
