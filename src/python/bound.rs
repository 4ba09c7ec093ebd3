//! The classes of bound children.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use super::absent;
use super::argument::Argument;
use super::child::Child;
use super::exemplar::ExemplarArgument;
use super::store::AnySeries;
use crate::family::AnyFamily;
use crate::metric::{Histogram, Info, Number, StateSet, Summary, Value};

/// What is said to whoever copies or pickles a child.
fn refuse_copy() -> PyErr {
    PyTypeError::new_err(
        "cannot copy or pickle a child of a metric: its series is shared with the metric; bind it anew with \
         labels(...), or pass what get() says",
    )
}

/// One series of a counter: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundCounter", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundCounter(pub Child<Value>);

#[pymethods]
impl PyBoundCounter {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, |handle| AnySeries::Value(handle.series))
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

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
}

/// One series of a gauge: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundGauge", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundGauge(pub Child<Value>);

#[pymethods]
impl PyBoundGauge {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, |handle| AnySeries::Value(handle.series))
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

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
}

/// One series of a summary: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundSummary", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundSummary(pub Child<Summary>);

#[pymethods]
impl PyBoundSummary {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, AnySeries::Summary)
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Observe one value.
    ///
    /// :param value: The observed value, in the unit of the metric: seconds for a latency.
    /// :raises TypeError: If the value is not a number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = self.0.observed(super::summary::REFUSAL, value)?;
        self.0.observe(value.py(), number.as_f64())
    }

    /// Observe one value; the same as ``observe``.
    ///
    /// :param value: The observed value.
    fn add(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.observe(value)
    }

    /// Return the quantiles, the count and the sum.
    ///
    /// :returns: An ordered dict: the value of each quantile by its phi, then ``"count"`` and
    ///   ``"sum"``.
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        super::summary::report(py, &self.0.handle(py)?)
    }

    /// Return the live estimator.
    ///
    /// :raises KeyError: If the series was removed.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        AnySeries::Summary(self.0.handle(py)?).live(py)
    }

    /// Replace the observations by those of an estimator.
    ///
    /// :param value: The estimator.
    /// :raises TypeError: If it is not an estimator.
    /// :raises ValueError: If it has other quantiles.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::Summary, value)
    }
}

/// One series of a histogram: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundHistogram", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundHistogram(pub Child<Histogram>);

#[pymethods]
impl PyBoundHistogram {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, AnySeries::Histogram)
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Observe one value.
    ///
    /// :param value: The observed value, in the unit of the metric: seconds for a latency.
    /// :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
    ///   values together have at most 128 characters. The last exemplar of each bucket is
    ///   exposed with it.
    /// :raises ValueError: If the exemplar is refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (value, *, exemplar=None))]
    fn observe<'py>(&self, value: &Bound<'py, PyAny>, exemplar: ExemplarArgument<'_, 'py>) -> PyResult<()> {
        let number = self.0.observed(super::histogram::REFUSAL, value);
        self.0.observe_with(value.py(), number, exemplar)
    }

    /// Observe one value; the same as ``observe``.
    ///
    /// :param value: The observed value.
    /// :param exemplar: The labels of an exemplar, as for ``observe``.
    #[pyo3(signature = (value, *, exemplar=None))]
    fn add<'py>(&self, value: &Bound<'py, PyAny>, exemplar: ExemplarArgument<'_, 'py>) -> PyResult<()> {
        self.observe(value, exemplar)
    }

    /// Return the buckets, the count and the sum.
    ///
    /// :returns: An ordered dict: the cumulative count of each bucket by its upper bound,
    ///   then ``"count"`` and ``"sum"``. They are those of one moment.
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        super::histogram::report(py, &self.0.handle(py)?)
    }

    /// Return the live histogram.
    ///
    /// :raises KeyError: If the series was removed.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        AnySeries::Histogram(self.0.handle(py)?).live(py)
    }

    /// Replace the observations by those of a histogram.
    ///
    /// :param value: The histogram, such as an ``aioprometheus.histogram.Histogram``.
    /// :raises TypeError: If it is not a histogram.
    /// :raises ValueError: If it has other buckets.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::Histogram, value)
    }
}

/// One series of an info: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundInfo", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundInfo(pub Child<Info>);

#[pymethods]
impl PyBoundInfo {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, |handle| AnySeries::Info(handle.series))
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Replace the facts.
    ///
    /// :param value: The facts: a dict of names and values.
    /// :raises ValueError: If a name is refused, or if it is a label of the series.
    /// :raises TypeError: If the facts are not a dict.
    fn info(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::Info, value)
    }

    /// Replace the facts; the same as ``info``.
    ///
    /// :param value: The facts: a dict of names and values.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.info(value)
    }

    /// Return the facts as a dict.
    ///
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        super::info::to_object(py, self.0.handle(py)?.series.metric())
    }

    /// Return the facts; the same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }
}

/// One series of an enum: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundEnum", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundEnum(pub Child<StateSet>);

#[pymethods]
impl PyBoundEnum {
    fn __repr__(slf: &Bound<'_, Self>) -> String {
        slf.get().0.describe(slf, AnySeries::StateSet)
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Change the state.
    ///
    /// :param value: The new state: one of the states of the enum.
    /// :raises ValueError: If there is no such state.
    fn state(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::StateSet, value)
    }

    /// Change the state; the same as ``state``.
    ///
    /// :param value: The new state.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.state(value)
    }

    /// Return the state.
    ///
    /// :raises KeyError: If the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let handle = self.0.handle(py)?;
        Ok(super::state_set::to_object(py, &handle.family, handle.series.metric()))
    }

    /// Return the state; the same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }
}
