//! The series of a metric as a store of Python objects: what `metric.values` is made of.

use std::sync::Arc;

use pyo3::exceptions::{PyKeyError, PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyAny, PyWeakrefMethods, PyWeakrefReference};

use super::attached::access;
use super::collector::PyCollector;
use super::import::class_name;
use super::labels::{Labels, series_key};
use super::lifecycle::calls_python;
use super::number;
use super::series::{Handle, PyEstimator, PyHistogramSeries};
use crate::access::Access;
use crate::family::{AnyFamily, Family, Series};
use crate::labels::LabelSet;
use crate::metric::{Histogram, Info, Kind, Metric, Number, StateSet, Summary, Value};

/// One series of any kind.
pub enum AnySeries {
    Value(Arc<Series<Value>>),
    Summary(Handle<Summary>),
    Histogram(Handle<Histogram>),
    Info(Arc<Series<Info>>),
    StateSet(Handle<StateSet>),
}

impl AnySeries {
    pub fn labels(&self) -> &LabelSet {
        match self {
            Self::Value(series) => series.labels(),
            Self::Summary(handle) => handle.series.labels(),
            Self::Histogram(handle) => handle.series.labels(),
            Self::Info(series) => series.labels(),
            Self::StateSet(handle) => handle.series.labels(),
        }
    }

    /// What `get` says of the series: a number, or a dict of counts and sums.
    pub fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Value(series) => number::to_object(py, series.metric().get()),
            Self::Summary(handle) => Ok(super::summary::report(py, handle)?.into_any()),
            Self::Histogram(handle) => Ok(super::histogram::report(py, handle)?.into_any()),
            Self::Info(series) => super::info::to_object(py, series.metric()),
            Self::StateSet(handle) => {
                Ok(super::state_set::to_object(py, &handle.family, handle.series.metric()))
            }
        }
    }

    /// What `get_value` says of the series: a number, or the live object.
    pub fn live(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Self::Value(series) => number::to_object(py, series.metric().get()),
            Self::Summary(handle) => Ok(Bound::new(py, PyEstimator::new(handle))?.into_any()),
            Self::Histogram(handle) => PyHistogramSeries::new(handle).into_live(py),
            Self::Info(_) | Self::StateSet(_) => self.value(py),
        }
    }
}

/// The series of a family, in the order of their births.
pub fn keys(family: &AnyFamily) -> Vec<AnySeries> {
    fn handles<M: Metric>(family: &Arc<Family<M>>, wrap: impl Fn(Handle<M>) -> AnySeries) -> Vec<AnySeries> {
        let all = family.to_vec().into_iter();
        all.map(|series| wrap(Handle { family: Arc::clone(family), series })).collect()
    }
    match family {
        AnyFamily::Value(family) => handles(family, |handle| AnySeries::Value(handle.series)),
        AnyFamily::Summary(family) => handles(family, AnySeries::Summary),
        AnyFamily::Histogram(family) => handles(family, AnySeries::Histogram),
        AnyFamily::Info(family) => handles(family, |handle| AnySeries::Info(handle.series)),
        AnyFamily::StateSet(family) => handles(family, AnySeries::StateSet),
    }
}

/// The series of a key: a dict of labels, or a key as iteration gives it.
///
/// # Errors
///
/// KeyError with that key when there is none; ValueError when the metric declares other label names.
pub fn find(py: Python<'_>, family: &AnyFamily, key: Option<&Bound<'_, PyAny>>) -> PyResult<AnySeries> {
    fn handle<M: Metric>(
        py: Python<'_>,
        family: &Arc<Family<M>>,
        labels: &Labels<'_>,
    ) -> PyResult<Option<Handle<M>>> {
        let series = family.find(access(py), &labels.pairs());
        if series.is_none() {
            family.check_declared(&labels.pairs())?;
        }
        Ok(series.map(|series| Handle { family: Arc::clone(family), series }))
    }
    let labels = Labels::extract_key(family.descriptor().name(), key)?;
    let found = match family {
        AnyFamily::Value(family) => {
            handle(py, family, &labels)?.map(|handle| AnySeries::Value(handle.series))
        }
        AnyFamily::Summary(family) => handle(py, family, &labels)?.map(AnySeries::Summary),
        AnyFamily::Histogram(family) => handle(py, family, &labels)?.map(AnySeries::Histogram),
        AnyFamily::Info(family) => handle(py, family, &labels)?.map(|handle| AnySeries::Info(handle.series)),
        AnyFamily::StateSet(family) => handle(py, family, &labels)?.map(AnySeries::StateSet),
    };
    found.ok_or_else(|| {
        let pairs = labels.pairs();
        PyKeyError::new_err(series_key(py, pairs.iter().copied()).unbind())
    })
}

/// `get_value`: the number, or the live object.
pub fn get<'py>(
    py: Python<'py>,
    family: &AnyFamily,
    key: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    find(py, family, key)?.live(py)
}

/// `set_value` and assignment to `metric.values`.
///
/// # Errors
///
/// ValueError for labels that the family does not take or an amount that it cannot hold, TypeError for an
/// object that is no such value. Nothing has changed then.
pub fn set(family: &AnyFamily, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match family {
        AnyFamily::Value(family) => set_value(family, labels, value),
        AnyFamily::Summary(family) => set_summary(family, labels, value),
        AnyFamily::Histogram(family) => set_histogram(family, labels, value),
        AnyFamily::Info(family) => super::info::set(family, labels, value),
        AnyFamily::StateSet(family) => super::state_set::set(family, labels, value),
    }
}

fn set_value(family: &Arc<Family<Value>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let descriptor = family.descriptor();
    family.check(access(value.py()), &labels.pairs())?;
    let number: Number = number::extract(value, || number::refusal(descriptor.name(), value))?;
    if descriptor.kind() == Kind::Counter {
        number.check_counter(descriptor.name())?;
    }
    let access = access(value.py());
    family.with(access, &labels.pairs(), |series| set_number(access, series, descriptor.kind(), number))?;
    Ok(())
}

/// Replaces the number of a series.
pub fn set_number(access: impl Access, series: &Series<Value>, kind: Kind, number: Number) {
    match kind {
        Kind::Counter => set_counter(access, series, number),
        _ => series.metric().set(access, number),
    }
}

/// Replaces the number of a series of a counter, which begins anew where that is a lesser one.
pub fn set_counter(access: impl Access, series: &Series<Value>, number: Number) {
    let before = series.metric().replace(access, number);
    if number.is_reset_of(before) {
        series.begin_anew();
    }
}

fn set_summary(family: &Arc<Family<Summary>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    family.check(access(value.py()), &labels.pairs())?;
    let Ok(estimator) = value.cast::<PyEstimator>() else {
        return Err(PyTypeError::new_err(format!(
            "{}: a series of a summary must be an aioprometheus.collectors.Estimator, not {}",
            family.descriptor().name(),
            class_name(value)
        )));
    };
    let handle = estimator.get().handle();
    if !handle.family.spec().pairs().eq(family.spec().pairs()) {
        return Err(PyValueError::new_err(format!(
            "{}: the estimator has other targets; make it with those of the summary's invariants",
            family.descriptor().name()
        )));
    }
    let snapshot = handle.series.metric().read();
    let series = family.with(access(value.py()), &labels.pairs(), |series| {
        if series.metric().set(snapshot) {
            series.begin_anew();
        }
        Arc::clone(series)
    })?;
    estimator.get().take_over(Handle { family: Arc::clone(family), series });
    Ok(())
}

fn set_histogram(
    family: &Arc<Family<Histogram>>,
    labels: &Labels<'_>,
    value: &Bound<'_, PyAny>,
) -> PyResult<()> {
    family.check(access(value.py()), &labels.pairs())?;
    let (counts, sum) = histogram_state(family, value)?;
    let access = access(value.py());
    let series = family.with(access, &labels.pairs(), |series| {
        if series.metric().set(access, family.spec(), &counts, sum) {
            series.begin_anew();
        }
        Arc::clone(series)
    })?;
    let own = value.getattr_opt(intern!(value.py(), "series"))?;
    if let Some(own) = own.and_then(|own| own.cast_into::<PyHistogramSeries>().ok()) {
        own.get().take_over(Handle { family: Arc::clone(family), series });
    }
    Ok(())
}

/// The cumulative counts and the sum of an object like `histogram.Histogram`.
fn histogram_state(family: &Arc<Family<Histogram>>, value: &Bound<'_, PyAny>) -> PyResult<(Vec<u64>, f64)> {
    let name = family.descriptor().name();
    let (Some(buckets), Some(sum)) = (value.getattr_opt("buckets")?, value.getattr_opt("sum")?) else {
        return Err(PyTypeError::new_err(format!(
            "{name}: a series of a histogram must be an aioprometheus.histogram.Histogram, not {}",
            class_name(value)
        )));
    };
    let buckets: Vec<(f64, u64)> =
        buckets.call_method0("items")?.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?;
    let (bounds, counts): (Vec<f64>, Vec<u64>) = buckets.into_iter().unzip();
    if bounds != family.spec().bounds().upper() || !counts.is_sorted() {
        return Err(PyValueError::new_err(format!(
            "{name}: the histogram has other buckets; make it with the bounds {:?}",
            family.spec().bounds().upper()
        )));
    }
    Ok((counts, sum.extract()?))
}

/// The series of one metric by their keys, behind ``aioprometheus.values.Values``.
///
/// A key is a dict of labels, JSON in bytes as ``keys`` returns it, or ``"__EMPTY__"``.
#[pyclass(name = "SeriesStore", module = "aioprometheus._core", frozen)]
pub struct PySeriesStore {
    family: AnyFamily,
    /// The metric, which outlives this or not.
    metric: Py<PyWeakrefReference>,
}

impl PySeriesStore {
    pub fn new(family: AnyFamily, metric: Py<PyWeakrefReference>) -> Self {
        Self { family, metric }
    }

    /// Has the metric give back what it kept of series that were removed.
    fn forget_removed(&self, py: Python<'_>, all: bool) {
        if let Some(metric) = self.metric.bind(py).upgrade_as::<PyCollector>().ok().flatten() {
            metric.get().forget_removed(py, all);
        }
    }
}

#[pymethods]
impl PySeriesStore {
    /// Return the number or the live object of one series.
    ///
    /// :param key: The key of the series.
    /// :raises KeyError: If there is no such series.
    fn get<'py>(&self, py: Python<'py>, key: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(py);
        get(py, &self.family, key)
    }

    /// Replace the value of one series. The series is born if there is none.
    ///
    /// :param key: The key of the series.
    /// :param value: The new value, of the kind that ``get`` returns.
    fn set(&self, key: Option<&Bound<'_, PyAny>>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        calls_python(value.py());
        let labels = Labels::extract_key(self.family.descriptor().name(), key)?;
        set(&self.family, &labels, value)
    }

    /// Remove one series.
    ///
    /// :param key: The key of the series.
    /// :raises KeyError: If there is no such series.
    fn delete(&self, py: Python<'_>, key: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        calls_python(py);
        let labels = Labels::extract_key(self.family.descriptor().name(), key)?;
        let removed = match &self.family {
            AnyFamily::Value(family) => family.remove(access(py), &labels.pairs()),
            AnyFamily::Summary(family) => family.remove(access(py), &labels.pairs()),
            AnyFamily::Histogram(family) => family.remove(access(py), &labels.pairs()),
            AnyFamily::Info(family) => family.remove(access(py), &labels.pairs()),
            AnyFamily::StateSet(family) => family.remove(access(py), &labels.pairs()),
        };
        if removed {
            self.forget_removed(py, false);
            return Ok(());
        }
        let pairs = labels.pairs();
        Err(PyKeyError::new_err(series_key(py, pairs.iter().copied()).unbind()))
    }

    /// Remove all series.
    fn clear(&self, py: Python<'_>) {
        match &self.family {
            AnyFamily::Value(family) => family.clear(access(py)),
            AnyFamily::Summary(family) => family.clear(access(py)),
            AnyFamily::Histogram(family) => family.clear(access(py)),
            AnyFamily::Info(family) => family.clear(access(py)),
            AnyFamily::StateSet(family) => family.clear(access(py)),
        }
        self.forget_removed(py, true);
    }

    /// Return the keys, in the order of the births: JSON in bytes, or ``"__EMPTY__"``.
    fn keys<'py>(&self, py: Python<'py>) -> Vec<Bound<'py, PyAny>> {
        let all = keys(&self.family);
        all.iter().map(|series| series_key(py, series.labels().pairs())).collect()
    }

    fn __len__(&self, py: Python<'_>) -> usize {
        match &self.family {
            AnyFamily::Value(family) => family.len(access(py)),
            AnyFamily::Summary(family) => family.len(access(py)),
            AnyFamily::Histogram(family) => family.len(access(py)),
            AnyFamily::Info(family) => family.len(access(py)),
            AnyFamily::StateSet(family) => family.len(access(py)),
        }
    }
}
