//! Bound children: the series of one label set, without the labels argument.

use std::sync::Arc;

use parking_lot::RwLock;
use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyString, PyTuple};
use smallvec::SmallVec;

use super::argument::Argument;
use super::attached::access;
use super::attribute::Attribute;
use super::collector::PyCollector;
use super::constructor::native_class;
use super::import::Import;
use super::labels::{INLINE, Labels, series_key, to_dict};
use super::lifecycle::calls_python;
use super::lookup::Lookup;
use super::number;
use super::series::Handle;
use super::state::AnyLookup;
use super::store::{self, AnySeries};
use crate::access;
use crate::family::{AnyFamily, Family, Series};
use crate::labels::Pair;
use crate::metric::{Histogram, Kind, Metric, Number, Summary, Value};

/// One series of a family. When it was removed, the next update has it born again, as an update of the metric with
/// these labels would.
pub struct Child<M: Metric> {
    family: Arc<Family<M>>,
    /// The series that was bound. Only read, so that threads do not wait for each other.
    series: Arc<Series<M>>,
    /// The series with the same labels that came after it, when it was removed.
    successor: RwLock<Option<Arc<Series<M>>>>,
}

impl<M: Metric> Child<M> {
    /// Binds the series of `labels`, which is born when there is none.
    fn new(py: Python<'_>, lookup: &Lookup<M>, labels: &Labels<'_>) -> PyResult<Self> {
        let series = lookup.family.with(access(py), &labels.pairs(), Arc::clone)?;
        Ok(Self { family: Arc::clone(&lookup.family), series, successor: RwLock::new(None) })
    }

    fn labels(&self) -> SmallVec<[Pair<'_>; INLINE]> {
        self.series.labels().pairs().collect()
    }

    /// Runs `update`, which must not run Python code, on the series.
    #[inline(always)]
    fn update(&self, py: Python<'_>, update: impl FnOnce(&M)) -> PyResult<()> {
        if self.series.is_removed() {
            return self.update_successor(py, update);
        }
        update(self.series.metric());
        Ok(())
    }

    #[cold]
    fn update_successor(&self, py: Python<'_>, update: impl FnOnce(&M)) -> PyResult<()> {
        let done = access::read(access(py), &self.successor, |successor| match successor {
            Some(series) if !series.is_removed() => {
                update(series.metric());
                Ok(())
            }
            _ => Err(update),
        });
        let Err(update) = done else {
            return Ok(());
        };
        let series = self.family.with(access(py), &self.labels(), |series| {
            update(series.metric());
            Arc::clone(series)
        })?;
        access::write(access(py), &self.successor, |successor| *successor = Some(series));
        Ok(())
    }

    /// The series as it is now.
    ///
    /// # Errors
    ///
    /// KeyError when it was removed, and not born again.
    fn handle(&self, py: Python<'_>) -> PyResult<Handle<M>> {
        let series = if self.series.is_removed() {
            self.family.find(access(py), &self.labels())
        } else {
            Some(Arc::clone(&self.series))
        };
        match series {
            Some(series) => Ok(Handle { family: Arc::clone(&self.family), series }),
            None => Err(PyKeyError::new_err(series_key(py, self.labels().into_iter()).unbind())),
        }
    }

    /// Sets the value of the series, as `set_value` of the metric does.
    fn set_value(&self, family: fn(Arc<Family<M>>) -> AnyFamily, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let _calls = calls_python(value.py());
        let labels = Labels::of_pairs(self.series.labels().pairs());
        store::set(&family(Arc::clone(&self.family)), &labels, value)
    }
}

impl Child<Value> {
    /// Takes the number of an update.
    #[inline(always)]
    fn number(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        number::extract(value, || number::refusal(self.family.descriptor().name(), value))
    }

    /// Takes the number of an update of a counter.
    #[inline(always)]
    fn amount(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        let number = self.number(value)?;
        number.check_counter(self.family.descriptor().name())?;
        Ok(number)
    }

    /// Adds a number, which must be one that the kind of metric takes.
    #[inline(always)]
    pub fn add(&self, py: Python<'_>, amount: Number) -> PyResult<()> {
        self.update(py, |series| series.add(access(py), amount))
    }

    /// Subtracts a number.
    #[inline(always)]
    pub fn sub(&self, py: Python<'_>, amount: Number) -> PyResult<()> {
        self.update(py, |series| series.sub(access(py), amount))
    }

    /// Sets the number, which must be one that the kind of metric takes.
    #[inline(always)]
    pub fn set(&self, py: Python<'_>, number: Number) -> PyResult<()> {
        self.update(py, |series| series.set(access(py), number))
    }

    fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        number::to_object(py, self.handle(py)?.series.metric().get())
    }
}

impl Child<Summary> {
    /// Takes one observation.
    #[inline(always)]
    pub fn observe(&self, py: Python<'_>, value: f64) -> PyResult<()> {
        self.update(py, |series| series.observe(access(py), value))
    }
}

impl Child<Histogram> {
    /// Takes one observation.
    #[inline(always)]
    pub fn observe(&self, py: Python<'_>, value: f64) -> PyResult<()> {
        self.update(py, |series| series.observe(access(py), self.family.spec(), value))
    }
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
    /// :raises ValueError: a negative value, or NaN.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (value=Argument::Absent), text_signature = "($self, value=1)")]
    fn inc(slf: &Bound<'_, Self>, value: Argument<'_, '_>) -> PyResult<()> {
        let child = &slf.get().0;
        match value {
            Argument::Absent => child.add(slf.py(), Number::Int(1)),
            Argument::Given(value) => child.add(slf.py(), child.amount(&value)?),
        }
    }

    /// Add ``value``.
    ///
    /// :raises ValueError: a negative value, or NaN.
    /// :raises TypeError: a value that is no number.
    fn add(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.0.add(value.py(), self.0.amount(value)?)
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
    /// :raises TypeError: a value that is no number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = number::extract(value, || super::histogram::REFUSAL.to_owned())?;
        self.0.observe(value.py(), number.as_f64())
    }

    /// The same as ``observe``.
    fn add(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        self.observe(value)
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

/// The methods that a child has, of whatever kind.
const METHODS: [&str; 10] =
    ["inc", "dec", "add", "sub", "set", "set_to_current_time", "observe", "get", "get_value", "set_value"];

/// `metric.labels(...)`.
///
/// # Errors
///
/// ValueError when the labels are not those that the metric declares or takes, TypeError when they are no labels.
pub fn bind<'py>(
    metric: &Bound<'py, PyCollector>,
    values: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = metric.py();
    let _calls = calls_python(py);
    let state = metric.get().state()?;
    let given = given_labels(metric, values, named)?;
    let labels = Labels::extract(state.name(), given.as_ref())?;
    if is_overridden(metric)? || state.family.descriptor().kind() == Kind::Untyped {
        match &state.lookup {
            // The class says itself where its values are.
            _ if state.hooks.value => check(py, &state.family, &labels)?,
            AnyLookup::Value(lookup) => drop(Child::new(py, lookup, &labels)?),
            AnyLookup::Summary(lookup) => drop(Child::new(py, lookup, &labels)?),
            AnyLookup::Histogram(lookup) => drop(Child::new(py, lookup, &labels)?),
        }
        return forward(metric, &labels);
    }
    Ok(match &state.lookup {
        AnyLookup::Value(lookup) if state.family.descriptor().kind() == Kind::Counter => {
            Bound::new(py, PyBoundCounter(Child::new(py, lookup, &labels)?))?.into_any()
        }
        AnyLookup::Value(lookup) => {
            Bound::new(py, PyBoundGauge(Child::new(py, lookup, &labels)?))?.into_any()
        }
        AnyLookup::Summary(lookup) => {
            Bound::new(py, PyBoundSummary(Child::new(py, lookup, &labels)?))?.into_any()
        }
        AnyLookup::Histogram(lookup) => {
            Bound::new(py, PyBoundHistogram(Child::new(py, lookup, &labels)?))?.into_any()
        }
    })
}

/// Checks that a series with these labels exists or may be born.
fn check(py: Python<'_>, family: &AnyFamily, labels: &Labels<'_>) -> PyResult<()> {
    Ok(match family {
        AnyFamily::Value(family) => family.check(access(py), &labels.pairs()),
        AnyFamily::Summary(family) => family.check(access(py), &labels.pairs()),
        AnyFamily::Histogram(family) => family.check(access(py), &labels.pairs()),
    }?)
}

/// What is said to whoever copies or pickles a child.
fn refuse_copy() -> PyErr {
    PyTypeError::new_err(
        "cannot copy or pickle a child of a metric: its series is shared with the metric; bind it anew with \
         labels(...), or pass what get() says",
    )
}

/// The labels in the form that updates take: a dict, or what else was given for one.
fn given_labels<'py>(
    metric: &Bound<'py, PyCollector>,
    values: &Bound<'py, PyTuple>,
    named: Option<&Bound<'py, PyDict>>,
) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = metric.get().state()?.name();
    if let Some(named) = named.filter(|named| !named.is_empty()) {
        if values.is_empty() {
            return Ok(Some(named.clone().into_any()));
        }
        return Err(PyValueError::new_err(format!(
            "{name}: labels are given by position or by name, not both; write labels({{...}}) or name all of them"
        )));
    }
    let declared = metric.get().attributes.get(metric.py(), Attribute::Labelnames)?;
    let declared = declared.cast::<PyTuple>().ok();
    match (values.len(), declared) {
        (0, _) => Ok(None),
        (1, _) if values.get_item(0)?.is_none() => Ok(None),
        (1, _) if values.get_item(0)?.is_instance_of::<PyDict>() => Ok(Some(values.get_item(0)?)),
        (count, Some(declared)) if count == declared.len() => {
            let labels = PyDict::new(metric.py());
            for (name, value) in declared.iter().zip(values) {
                labels.set_item(name, value)?;
            }
            Ok(Some(labels.into_any()))
        }
        (count, Some(declared)) => Err(PyValueError::new_err(format!(
            "{name}: {count} label values are given for the labelnames {declared}; give one for each, in their order"
        ))),
        (1, None) if !values.get_item(0)?.is_instance_of::<PyString>() => Ok(Some(values.get_item(0)?)),
        (_, None) => Err(PyTypeError::new_err(format!(
            "{name}: label values by position need declared labelnames; write labels({{name: value}}), or make the \
             metric with labelnames=[...]"
        ))),
    }
}

/// Whether the class of a metric, or the object itself (a mock may stand in its ``__dict__``), has methods of its
/// own among those of a child.
fn is_overridden(metric: &Bound<'_, PyCollector>) -> PyResult<bool> {
    let native = native_class(metric.as_any());
    let (class, own) = (metric.get_type(), metric.getattr_opt(intern!(metric.py(), "__dict__"))?);
    if class.is(&native) && own.is_none_or(|own| own.is_empty().unwrap_or(false)) {
        return Ok(false);
    }
    for method in METHODS {
        let Some(theirs) = metric.getattr_opt(method)? else {
            continue;
        };
        let same = class.getattr_opt(method)?.zip(native.getattr_opt(method)?);
        if !theirs.is_instance_of::<PyCFunction>() || !same.is_some_and(|(class, native)| class.is(&native)) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// A child that calls the methods of the metric.
fn forward<'py>(metric: &Bound<'py, PyCollector>, labels: &Labels<'py>) -> PyResult<Bound<'py, PyAny>> {
    static FORWARDING: Import = Import::new("aioprometheus.values", "ForwardingChild");
    let py = metric.py();
    let labels = to_dict(py, labels.pairs().into_iter())?;
    FORWARDING.get(py)?.call1((metric, labels))
}
