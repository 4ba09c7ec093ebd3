//! The classes of bound children.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::argument::Argument;
use super::child::Child;
use super::exemplar::ExemplarArgument;
use super::number;
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

/// One series of a counter: what :meth:`Counter.labels` gives.
///
/// Its methods are those of the counter without the labels.
#[pyclass(name = "BoundCounter", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundCounter(pub Child<Value>);

#[pymethods]
impl PyBoundCounter {
    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Add ``value``, 1 if it is not given.
    ///
    /// ``exemplar`` is a dict of labels, such as ``{"trace_id": "..."}``: it stands for this update until the next one.
    ///
    /// :raises ValueError: a negative value, NaN, or an exemplar that is refused.
    /// :raises TypeError: a value that is no number.
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
    /// :raises ValueError: a negative value, NaN, or an exemplar that is refused.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (value, *, exemplar=None))]
    fn add<'py>(&self, value: &Bound<'py, PyAny>, exemplar: ExemplarArgument<'_, 'py>) -> PyResult<()> {
        self.0.add_with(value.py(), self.0.amount(value), exemplar)
    }

    /// Set the counter to a number that is not negative: for counts that are kept elsewhere.
    ///
    /// :raises ValueError: a negative value, or NaN.
    /// :raises TypeError: a value that is no number.
    fn set(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set(value.py(), self.0.amount(value)?)
    }

    /// The same as ``set``.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value)
    }

    /// The number as it is now.
    ///
    /// :raises KeyError: when the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// The same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }
}

/// One series of a gauge: what :meth:`Gauge.labels` gives.
///
/// Its methods are those of the gauge without the labels.
#[pyclass(name = "BoundGauge", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundGauge(pub Child<Value>);

#[pymethods]
impl PyBoundGauge {
    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Set the gauge.
    ///
    /// :raises TypeError: a value that is no number.
    fn set(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set(value.py(), self.0.number(value)?)
    }

    /// Set the gauge to the current time in seconds since 1970.
    fn set_to_current_time(&self, py: Python<'_>) -> PyResult<()> {
        let now = py.import(intern!(py, "time"))?.call_method0(intern!(py, "time"))?;
        self.set(&now)
    }

    /// Add ``value``, 1 if it is not given.
    ///
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (value=Argument::Absent), text_signature = "($self, value=1)")]
    fn inc(slf: &Bound<'_, Self>, value: Argument<'_, '_>) -> PyResult<()> {
        let child = &slf.get().0;
        match value {
            Argument::Absent => child.add(slf.py(), Number::Int(1)),
            Argument::Given(value) => child.add(slf.py(), child.number(&value)?),
        }
    }

    /// Subtract ``value``, 1 if it is not given.
    ///
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (value=Argument::Absent), text_signature = "($self, value=1)")]
    fn dec(slf: &Bound<'_, Self>, value: Argument<'_, '_>) -> PyResult<()> {
        let child = &slf.get().0;
        let number = match value {
            Argument::Absent => Number::Int(1),
            Argument::Given(value) => child.number(&value)?,
        };
        child.sub(slf.py(), number)
    }

    /// Add ``value``, which may be negative.
    ///
    /// :raises TypeError: a value that is no number.
    fn add(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.add(value.py(), self.0.number(value)?)
    }

    /// Subtract ``value``.
    ///
    /// :raises TypeError: a value that is no number.
    fn sub(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.sub(value.py(), self.0.number(value)?)
    }

    /// The same as ``set``.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.set(value)
    }

    /// The number as it is now.
    ///
    /// :raises KeyError: when the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }

    /// The same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.0.get(py)
    }
}

/// One series of a summary: what :meth:`Summary.labels` gives.
///
/// Its methods are those of the summary without the labels.
#[pyclass(name = "BoundSummary", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundSummary(pub Child<Summary>);

#[pymethods]
impl PyBoundSummary {
    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Take one observation.
    ///
    /// :raises TypeError: a value that is no number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = number::extract(value, || super::summary::REFUSAL.to_owned())?;
        self.0.observe(value.py(), number.as_f64())
    }

    /// The same as ``observe``.
    fn add(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.observe(value)
    }

    /// The quantiles by phi, then ``"count"`` and ``"sum"``, as an ordered dict.
    ///
    /// :raises KeyError: when the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        super::summary::report(py, &self.0.handle(py)?)
    }

    /// The live estimator.
    ///
    /// :raises KeyError: when the series was removed.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        AnySeries::Summary(self.0.handle(py)?).live(py)
    }

    /// Replace the observations by those of an estimator.
    ///
    /// :raises TypeError: what is no estimator.
    /// :raises ValueError: an estimator with other targets.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::Summary, value)
    }
}

/// One series of a histogram: what :meth:`Histogram.labels` gives.
///
/// Its methods are those of the histogram without the labels.
#[pyclass(name = "BoundHistogram", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundHistogram(pub Child<Histogram>);

#[pymethods]
impl PyBoundHistogram {
    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Count one value.
    ///
    /// :raises ValueError: an exemplar that is refused.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (value, *, exemplar=None))]
    fn observe<'py>(&self, value: &Bound<'py, PyAny>, exemplar: ExemplarArgument<'_, 'py>) -> PyResult<()> {
        let number = number::extract(value, || super::histogram::REFUSAL.to_owned());
        self.0.observe_with(value.py(), number, exemplar)
    }

    /// The same as ``observe``.
    #[pyo3(signature = (value, *, exemplar=None))]
    fn add<'py>(&self, value: &Bound<'py, PyAny>, exemplar: ExemplarArgument<'_, 'py>) -> PyResult<()> {
        self.observe(value, exemplar)
    }

    /// The cumulative counts by upper bound, then ``"count"`` and ``"sum"``, as an ordered dict.
    ///
    /// :raises KeyError: when the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        super::histogram::report(py, &self.0.handle(py)?)
    }

    /// The live histogram.
    ///
    /// :raises KeyError: when the series was removed.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        AnySeries::Histogram(self.0.handle(py)?).live(py)
    }

    /// Replace the observations by those of a histogram.
    ///
    /// :raises TypeError: what is no histogram.
    /// :raises ValueError: a histogram with other buckets.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::Histogram, value)
    }
}

/// One series of an info: what :meth:`Info.labels` gives.
///
/// Its methods are those of the info without the labels.
#[pyclass(name = "BoundInfo", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundInfo(pub Child<Info>);

#[pymethods]
impl PyBoundInfo {
    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Set the facts: a dict of names and values.
    ///
    /// :raises ValueError: a name that is refused, or that is a label of the series too.
    /// :raises TypeError: what is no dict.
    fn info(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::Info, value)
    }

    /// The same as ``info``.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.info(value)
    }

    /// The facts as they are now.
    ///
    /// :raises KeyError: when the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        super::info::to_object(py, self.0.handle(py)?.series.metric())
    }

    /// The same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }
}

/// One series of an enum: what :meth:`Enum.labels` gives.
///
/// Its methods are those of the enum without the labels.
#[pyclass(name = "BoundEnum", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundEnum(pub Child<StateSet>);

#[pymethods]
impl PyBoundEnum {
    fn __reduce_ex__(_slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        Err(refuse_copy())
    }

    /// Change the state.
    ///
    /// :raises ValueError: a state that there is not.
    fn state(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.set_value(AnyFamily::StateSet, value)
    }

    /// The same as ``state``.
    fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.state(value)
    }

    /// The state as it is now.
    ///
    /// :raises KeyError: when the series was removed.
    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let handle = self.0.handle(py)?;
        Ok(super::state_set::to_object(py, &handle.family, handle.series.metric()))
    }

    /// The same as ``get``.
    fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.get(py)
    }
}
