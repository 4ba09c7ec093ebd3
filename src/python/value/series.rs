//! Live objects: the values of histogram and summary series that `metric.values` and `get_value` return.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::assignment;
use crate::access::Shared;
use crate::error::Error;
use crate::family::{Descriptor, Family, Series};
use crate::kind::Kind;
use crate::metric::histogram::{Bounds, Spec};
use crate::metric::quantile::Targets;
use crate::metric::summary::Snapshot;
use crate::metric::{Histogram, Metric, Summary};
use crate::python::argument::number;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::{Import, OfPackage};
use crate::python::metric::describe;

/// A series and its family, which knows the bounds or targets.
pub struct Handle<M: Metric> {
    pub family: Arc<Family<M>>,
    pub series: Arc<Series<M>>,
}

impl<M: Metric> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Self { family: Arc::clone(&self.family), series: Arc::clone(&self.series) }
    }
}

impl<M: Metric> Handle<M> {
    /// A series without a metric: a user makes it, and may assign it to one.
    fn detached(kind: Kind, spec: M::Spec) -> PyResult<Self> {
        let family = Arc::new(Family::new(Descriptor::new("detached", "", kind)?, spec));
        let series = family.with(Shared, &[], Arc::clone)?;
        Ok(Self { family, series })
    }
}

/// The state of one series of a histogram, behind ``aioprometheus.values.LiveHistogram``.
///
/// :param bounds: The upper bounds, ascending.
/// :raises ValueError: If they are not ascending numbers.
#[pyclass(name = "HistogramSeries", module = "aioprometheus._core", frozen)]
pub struct PyHistogramSeries {
    /// The series; replaced when a metric takes the object over.
    handle: Mutex<Handle<Histogram>>,
}

impl PyHistogramSeries {
    pub fn new(handle: Handle<Histogram>) -> Self {
        Self { handle: Mutex::new(handle) }
    }

    /// A series without a metric.
    pub fn of_bounds(bounds: Bounds) -> PyResult<Self> {
        Ok(Self::new(Handle::detached(Kind::Histogram, Spec::classic(bounds))?))
    }

    pub fn handle(&self) -> Handle<Histogram> {
        self.handle.lock().clone()
    }

    /// Becomes the series `handle`.
    pub fn take_over(&self, handle: Handle<Histogram>) {
        let before = std::mem::replace(&mut *self.handle.lock(), handle);
        drop(before);
    }

    /// The live object for Python code.
    pub fn into_live(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        static LIVE: OfPackage = OfPackage::new("aioprometheus.values", "LiveHistogram");
        LIVE.get(py)?.call1((self,))
    }
}

#[pymethods]
impl PyHistogramSeries {
    /// A series without a metric, with these upper bounds.
    #[new]
    #[pyo3(signature = (*bounds))]
    fn __new__(bounds: &Bound<'_, PyTuple>) -> PyResult<Self> {
        Self::of_bounds(crate::python::class::histogram::bounds_of("histogram", bounds.as_any())?)
    }

    /// Return the buckets and the sum, all of one moment.
    ///
    /// :returns: A list of pairs, an upper bound and its cumulative count, ascending; and the
    ///   sum.
    fn read(&self) -> (Vec<(f64, u64)>, f64) {
        let handle = self.handle();
        let mut counts = Vec::new();
        let sum = handle.series.metric().read_classic(handle.family.spec(), &mut counts);
        (handle.family.spec().bounds().upper().iter().copied().zip(counts).collect(), sum)
    }

    /// Observe one value.
    ///
    /// :param value: The observed value.
    /// :raises TypeError: If the value is not a number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = number::extract(value, || {
            number::refused_observation_of_child(crate::python::class::histogram::REFUSAL, "histogram", value)
        })?
        .as_f64();
        let handle = self.handle();
        handle.series.metric().observe(access(value.py()), handle.family.spec(), number);
        Ok(())
    }

    /// Replace some of the state, all at one moment.
    ///
    /// :param buckets: The cumulative counts by upper bound: a mapping.
    /// :param observations: The number of observations: 0, which empties the buckets, or at least
    ///   that of the last bucket before +Inf.
    /// :param sum: The sum of the observations.
    /// :raises ValueError: If the buckets are others, or if the number is too small for them.
    #[pyo3(signature = (*, buckets=None, observations=None, sum=None))]
    fn change(
        &self,
        py: Python<'_>,
        buckets: Option<&Bound<'_, PyAny>>,
        observations: Option<u64>,
        sum: Option<f64>,
    ) -> PyResult<()> {
        let handle = self.handle();
        let (spec, metric) = (handle.family.spec(), handle.series.metric());
        let given =
            buckets.map(|buckets| assignment::cumulative_counts(&handle.family, buckets)).transpose()?;
        let mut counts = Vec::new();
        let before = metric.read_classic(spec, &mut counts);
        counts = given.unwrap_or(counts);
        if let (Some(observations), Some((last, others))) = (observations, counts.split_last_mut()) {
            if observations == 0 {
                others.fill(0);
            } else if others.last().is_some_and(|count| *count > observations) {
                return Err(PyValueError::new_err(format!(
                    "{}: {observations} observations are less than the buckets count; set buckets, or 0",
                    handle.family.descriptor().name()
                )));
            }
            *last = observations;
        }
        if metric.set(access(py), spec, &counts, sum.unwrap_or(before)) {
            handle.series.begin_anew();
        }
        Ok(())
    }

    fn __repr__(&self) -> String {
        let (count, sum) = describe::histogram_state(&self.handle());
        format!("<HistogramSeries: {}>", describe::observations(count, sum))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Self>().map(|other| other.get().handle().series);
        other.is_ok_and(|series| Arc::ptr_eq(&self.handle().series, &series))
    }

    fn __hash__(&self) -> usize {
        Arc::as_ptr(&self.handle().series) as usize
    }
}

/// The observations of one series of a summary: their count, their sum and a sketch of their
/// quantiles.
///
/// :param invariants: Pairs of a phi in [0, 1] and the error epsilon in [0, 1) that its rank
///   may have. ``(0.5, 0.01)`` and ``(0.99, 0.001)`` if there is none.
/// :raises ValueError: If they are not such pairs.
#[pyclass(name = "Estimator", module = "aioprometheus.collectors", frozen)]
pub struct PyEstimator {
    /// The series; replaced when a metric takes the object over.
    handle: Mutex<Handle<Summary>>,
}

impl PyEstimator {
    pub fn new(handle: Handle<Summary>) -> Self {
        Self { handle: Mutex::new(handle) }
    }

    /// An estimator without a metric.
    pub fn of_targets(targets: Arc<Targets>) -> PyResult<Self> {
        Ok(Self::new(Handle::detached(Kind::Summary, targets)?))
    }

    pub fn handle(&self) -> Handle<Summary> {
        self.handle.lock().clone()
    }

    fn change(&self, change: impl FnOnce(&mut Snapshot)) {
        let handle = self.handle();
        let mut snapshot = handle.series.metric().read();
        change(&mut snapshot);
        if handle.series.metric().set(snapshot) {
            handle.series.begin_anew();
        }
    }

    /// Becomes the series `handle`.
    pub fn take_over(&self, handle: Handle<Summary>) {
        let before = std::mem::replace(&mut *self.handle.lock(), handle);
        drop(before);
    }
}

#[pymethods]
impl PyEstimator {
    #[new]
    #[pyo3(signature = (*invariants))]
    fn __new__(invariants: &Bound<'_, PyTuple>) -> PyResult<Self> {
        let pairs = if invariants.is_empty() {
            vec![(0.5, 0.01), (0.99, 0.001)]
        } else {
            crate::python::class::summary::pairs_of(invariants.as_any())?
        };
        let targets = Targets::new(pairs).map_err(|error| Error::of("Estimator", error))?;
        Self::of_targets(Arc::new(targets))
    }

    /// Observe one value.
    ///
    /// :param value: The observed value.
    /// :raises TypeError: If the value is not a number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number = number::extract(value, || {
            number::refused_observation_of_child(crate::python::class::summary::REFUSAL, "estimator", value)
        })?
        .as_f64();
        self.handle().series.metric().observe(access(value.py()), number);
        Ok(())
    }

    /// Return a quantile: an observed value. 0 before the first observation.
    ///
    /// :param rank: The phi of the quantile, in [0, 1].
    fn query<'py>(&self, py: Python<'py>, rank: f64) -> PyResult<Bound<'py, PyAny>> {
        match self.handle().series.metric().read().sketch.quantile(rank) {
            Some(value) => Ok(value.into_pyobject(py)?.into_any()),
            None => Ok(0_i32.into_pyobject(py)?.into_any()),
        }
    }

    /// The number of observations.
    #[getter]
    fn _observations(&self) -> u64 {
        self.handle().series.metric().read().count
    }

    /// The sum of the observations.
    #[getter]
    fn _sum(&self) -> f64 {
        self.handle().series.metric().read().sum
    }

    /// Replaces the number of observations; the quantiles stay.
    #[setter(_observations)]
    fn set_observations(&self, count: u64) {
        self.change(|snapshot| snapshot.count = count);
    }

    /// Replaces the sum of the observations.
    #[setter(_sum)]
    fn set_sum(&self, sum: f64) {
        self.change(|snapshot| snapshot.sum = sum);
    }

    /// The quantiles that are asked for, as objects with ``_quantile`` and ``_inaccuracy``.
    #[getter]
    fn _invariants<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        static INVARIANT: OfPackage = OfPackage::new("aioprometheus.values", "Invariant");
        let handle = self.handle();
        let class = INVARIANT.get(py)?;
        handle.family.spec().pairs().map(|(phi, epsilon)| class.call1((phi, epsilon))).collect()
    }

    fn __repr__(&self) -> String {
        let reading = self.handle().series.metric().read();
        format!("<Estimator: {}>", describe::observations(reading.count, reading.sum))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Self>().map(|other| other.get().handle().series);
        other.is_ok_and(|series| Arc::ptr_eq(&self.handle().series, &series))
    }

    fn __hash__(&self) -> usize {
        Arc::as_ptr(&self.handle().series) as usize
    }
}

/// An empty `OrderedDict`, for what `get` of a summary or a histogram returns.
pub fn ordered_dict(py: Python<'_>) -> PyResult<Bound<'_, PyDict>> {
    static ORDERED_DICT: Import = Import::new("collections", "OrderedDict");
    Ok(ORDERED_DICT.get(py)?.call0()?.cast_into()?)
}
