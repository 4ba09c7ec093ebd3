//! `BoundCounter`.

use pyo3::prelude::*;

use crate::metric::Number;
use crate::python::argument::exemplar::ExemplarArgument;
use crate::python::argument::update::Argument;
use crate::python::child::class::PyBoundCounter;
use crate::python::timing::exception_counter;

#[pymethods]
impl PyBoundCounter {
    /// Add ``value``, or 1.
    ///
    /// :param value: The number to add, not negative; 1 if it is not given.
    /// :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
    ///   values together have at most 128 characters. The last exemplar of a series is
    ///   exposed with it.
    /// :raises ValueError: If the value is negative or NaN, or if the exemplar is refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (value=Argument::Absent, *, exemplar=None), text_signature = "($self, value=1, *, exemplar=None)")]
    fn inc<'py>(
        slf: &Bound<'py, Self>,
        value: Argument<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
    ) -> PyResult<()> {
        let child = &slf.get().0;
        let amount = match value {
            Argument::Absent => Ok(Number::Int(1)),
            Argument::Given(value) => child.amount(&value),
        };
        child.add_with(slf.py(), amount, exemplar)
    }

    /// Add ``value``.
    ///
    /// :param value: The number to add, not negative.
    /// :param exemplar: The labels of an exemplar, as for ``inc``.
    /// :raises ValueError: If the value is negative or NaN, or if the exemplar is refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (value, *, exemplar=None))]
    fn add<'py>(&self, value: &Bound<'py, PyAny>, exemplar: ExemplarArgument<'_, 'py>) -> PyResult<()> {
        self.0.add_with(value.py(), self.0.amount(value), exemplar)
    }

    /// Set the series to a value that is counted elsewhere.
    ///
    /// :param value: The new value, not negative.
    /// :raises ValueError: If the value is negative or NaN.
    /// :raises TypeError: If the value is not a number.
    fn set(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_counter(value.py(), self.0.amount(value)?)
    }

    /// Set the series; the same as ``set``.
    ///
    /// :param value: The new value, not negative.
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

    /// Count the blocks or calls that raise: ``with child.count_exceptions():``, and
    /// ``async with``, or ``@child.count_exceptions()`` over a callable of any kind.
    ///
    /// What is raised goes on to the caller.
    ///
    /// :param types: The class of the exceptions that count, or a tuple of them. ``Exception``,
    ///   the default, does not count cancellation, KeyboardInterrupt and SystemExit.
    /// :param exclude: The class of the exceptions among them that do not count, or a tuple.
    /// :returns: The context manager and decorator.
    /// :raises TypeError: If ``types`` or ``exclude`` are not classes of exceptions.
    #[pyo3(signature = (types=None, *, exclude=None), text_signature = "($self, types=..., *, exclude=())")]
    fn count_exceptions<'py>(
        slf: &Bound<'py, Self>,
        types: Option<&Bound<'py, PyAny>>,
        exclude: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        exception_counter(slf.as_any(), types, None, exclude)
    }
}
