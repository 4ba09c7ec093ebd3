//! `BoundHistogram`.

use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::python::argument::exemplar::ExemplarArgument;
use crate::python::child::class::PyBoundHistogram;
use crate::python::timing::timer::PyTimer;
use crate::python::value::histogram;

#[pymethods]
impl PyBoundHistogram {
    /// Observe one value.
    ///
    /// :param value: The observed value, in the unit of the metric: seconds for a latency.
    /// :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
    ///   values together have at most 128 characters. The last exemplar of each bucket is
    ///   exposed with it.
    /// :param count: How often the value was observed; 0 changes nothing. Keyword only.
    /// :raises ValueError: If the exemplar is refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (value, *, exemplar=None, count=None), text_signature = "($self, value, *, exemplar=None, count=1)")]
    fn observe<'py>(
        &self,
        value: &Bound<'py, PyAny>,
        exemplar: ExemplarArgument<'_, 'py>,
        count: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let number = self.0.observed(histogram::REFUSAL, value);
        match count {
            None => self.0.observe_with(value.py(), number, exemplar),
            Some(count) => self.0.observe_times(number, exemplar, count),
        }
    }

    /// Observe many values: the same as ``observe`` for one after the other.
    ///
    /// :param values: A buffer of numbers, such as an array of NumPy or of the module ``array``,
    ///   which is not copied, or an iterable. Arrays of several dimensions are read in the
    ///   order of C.
    /// :raises TypeError: If a value is not a number. Nothing was observed then.
    fn observe_many(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.observe_many(values)
    }

    /// Observe one value; the same as ``observe``.
    ///
    /// :param value: The observed value.
    /// :param exemplar: The labels of an exemplar, as for ``observe``.
    #[pyo3(signature = (value, *, exemplar=None))]
    fn add<'py>(&self, value: &Bound<'py, PyAny>, exemplar: ExemplarArgument<'_, 'py>) -> PyResult<()> {
        self.observe(value, exemplar, None)
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

    /// Return the buckets, the count and the sum.
    ///
    /// :returns: An ordered dict: the cumulative count of each bucket by its upper bound,
    ///   then ``"count"`` and ``"sum"``. They are those of one moment.
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// Return the live histogram.
    ///
    /// :raises KeyError: If the series was removed.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get_value(py)
    }

    /// Replace the observations by those of a histogram.
    ///
    /// :param value: The histogram, such as an ``aioprometheus.histogram.Histogram``.
    /// :raises TypeError: If it is not a histogram.
    /// :raises ValueError: If it has other buckets.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(value)
    }
}
