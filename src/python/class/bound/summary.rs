//! `BoundSummary`.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::child::class::PyBoundSummary;
use crate::python::timing::timer::PyTimer;
use crate::python::value::summary;

#[pymethods]
impl PyBoundSummary {
    /// Observe one value.
    ///
    /// :param value: The observed value, in the unit of the metric: seconds for a latency.
    /// :raises TypeError: If the value is not a number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = self.0.observed(summary::REFUSAL, value)?;
        self.0.observe(value.py(), number.as_f64())
    }

    /// Observe one value; the same as ``observe``.
    ///
    /// :param value: The observed value.
    fn add(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.observe(value)
    }

    /// Time a block or calls: ``with child.time():``, and ``async with``, or ``@child.time()``
    /// over a callable of any kind.
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

    /// Return the quantiles, the count and the sum.
    ///
    /// :returns: An ordered dict: the value of each quantile by its phi, then ``"count"`` and
    ///   ``"sum"``.
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// Return the live estimator.
    ///
    /// :raises KeyError: If the series was removed.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get_value(py)
    }

    /// Replace the observations by those of an estimator.
    ///
    /// :param value: The estimator.
    /// :raises TypeError: If it is not an estimator.
    /// :raises ValueError: If it has other quantiles.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(value)
    }
}
