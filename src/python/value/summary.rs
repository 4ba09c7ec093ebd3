//! The values of summaries: the live object of a series, and its report.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::handle::Handle;
use super::kept::has_all;
use super::reading;
use super::series::PyValue;
use crate::error::Error;
use crate::family::Family;
use crate::kind::Kind;
use crate::metric::quantile::Targets;
use crate::metric::summary::Snapshot;
use crate::metric::{Number, Summary};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::{OfPackage, class_name};

/// The message of 23.12.0 for a value that is not a number.
pub const REFUSAL: &str = "Summary only works with digits (int, float)";

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
    pub fn of_targets(py: Python<'_>, targets: Arc<Targets>) -> PyResult<Self> {
        Ok(Self::new(Handle::detached(py, Kind::Summary, targets)?))
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
            pairs_of(invariants.as_any())?
        };
        let targets = Targets::new(pairs).map_err(|error| Error::of("Estimator", error))?;
        Self::of_targets(invariants.py(), Arc::new(targets))
    }

    /// Observe one value.
    ///
    /// :param value: The observed value.
    /// :raises TypeError: If the value is not a number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number =
            number::extract("estimator", value, number::refused_observation_of_child(REFUSAL))?.as_f64();
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
        format!("<Estimator: {}>", reading::describe(&self.handle()))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Self>().map(|other| other.get().handle().series);
        other.is_ok_and(|series| Arc::ptr_eq(&self.handle().series, &series))
    }

    fn __hash__(&self) -> usize {
        Arc::as_ptr(&self.handle().series) as usize
    }
}

/// The pairs of floats of a sequence of pairs.
pub fn pairs_of(pairs: &Bound<'_, PyAny>) -> PyResult<Vec<(f64, f64)>> {
    let refusal = || PyTypeError::new_err("quantiles are pairs of numbers");
    let float = |object: &Bound<'_, PyAny>| {
        number::extract("quantiles", object, |_, _| refusal()).map(Number::as_f64)
    };
    let pair = |pair: Bound<'_, PyAny>| {
        let items: Vec<_> = pair.try_iter()?.collect::<PyResult<_>>()?;
        match &items[..] {
            [phi, epsilon] => Ok((float(phi)?, float(epsilon)?)),
            _ => Err(refusal()),
        }
    };
    pairs.try_iter()?.map(|item| pair(item?)).collect()
}

impl PyValue for Summary {
    fn live(handle: Handle<Self>, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        Ok(Bound::new(py, PyEstimator::new(handle))?.into_any())
    }

    fn set(family: &Arc<Family<Self>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        family.check(access(value.py()), &labels.pairs())?;
        let Ok(estimator) = value.cast::<PyEstimator>() else {
            return Err(PyTypeError::new_err(format!(
                "{}: a series of a summary must be an aioprometheus.collectors.Estimator, not {}",
                family.descriptor().name(),
                class_name(value)
            )));
        };
        let handle = estimator.get().handle();
        if !has_targets(estimator, family) {
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
        estimator.get().take_over(Handle::new(family, series));
        Ok(())
    }

    fn is_object(family: &Arc<Family<Self>>, value: &Bound<'_, PyAny>, keeps: bool) -> PyResult<bool> {
        match value.cast::<PyEstimator>() {
            Ok(estimator) => Ok(keeps && !has_targets(estimator, family)),
            Err(_) => Ok(keeps || has_all(value, ESTIMATOR)?),
        }
    }
}

/// The attributes that the methods of a summary use on a value.
const ESTIMATOR: [&str; 5] = ["observe", "query", "_invariants", "_observations", "_sum"];

/// Whether an estimator has the targets of a family.
fn has_targets(estimator: &Bound<'_, PyEstimator>, family: &Family<Summary>) -> bool {
    estimator.get().handle().family.spec().pairs().eq(family.spec().pairs())
}
