//! The values of histograms: the live object of a series, and its report.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::describe;
use super::handle::Handle;
use super::kept::has_all;
use super::reading;
use super::series::PyValue;
use crate::error::Error;
use crate::family::Family;
use crate::kind::Kind;
use crate::metric::histogram::{Bounds, Spec};
use crate::metric::{Histogram, Number};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::{OfPackage, class_name};

/// The message of 23.12.0 for a value that is not a number.
pub const REFUSAL: &str = "Histogram only works with digits (int, float)";

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
    pub fn of_bounds(py: Python<'_>, bounds: Bounds) -> PyResult<Self> {
        Ok(Self::new(Handle::detached(py, Kind::Histogram, Spec::classic(bounds))?))
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
        Self::of_bounds(bounds.py(), bounds_of("histogram", bounds.as_any())?)
    }

    /// Return the buckets and the sum, all of one moment.
    ///
    /// :returns: A list of pairs, an upper bound and its cumulative count, ascending; and the
    ///   sum.
    fn read(&self) -> (Vec<(f64, u64)>, f64) {
        let handle = self.handle();
        let (counts, sum) = read(&handle);
        (handle.family.spec().bounds().upper().iter().copied().zip(counts).collect(), sum)
    }

    /// Observe one value.
    ///
    /// :param value: The observed value.
    /// :raises TypeError: If the value is not a number.
    fn observe(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let number =
            number::extract("histogram", value, number::refused_observation_of_child(REFUSAL))?.as_f64();
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
        let given = buckets.map(|buckets| cumulative_counts(&handle.family, buckets)).transpose()?;
        let (counts, before) = read(&handle);
        let mut counts = given.unwrap_or(counts);
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
        format!("<HistogramSeries: {}>", reading::describe(&self.handle()))
    }

    fn __eq__(&self, other: &Bound<'_, PyAny>) -> bool {
        let other = other.cast::<Self>().map(|other| other.get().handle().series);
        other.is_ok_and(|series| Arc::ptr_eq(&self.handle().series, &series))
    }

    fn __hash__(&self) -> usize {
        Arc::as_ptr(&self.handle().series) as usize
    }
}

/// The bounds of a sequence of numbers.
pub fn bounds_of(metric: &str, buckets: &Bound<'_, PyAny>) -> PyResult<Bounds> {
    let bounds: Vec<f64> = buckets
        .try_iter()?
        .map(|bound| number::extract(metric, &bound?, |_, _| PyTypeError::new_err(())).map(Number::as_f64))
        .collect::<PyResult<_>>()
        .map_err(|_| PyValueError::new_err(format!("{metric}: buckets must be numbers, not {buckets}")))?;
    Ok(Bounds::new(&bounds).map_err(|error| Error::of(metric, error))?)
}

impl PyValue for Histogram {
    fn live(handle: Handle<Self>, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        PyHistogramSeries::new(handle).into_live(py)
    }

    fn set(family: &Arc<Family<Self>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        family.check(access(value.py()), &labels.pairs())?;
        let (counts, sum) = state_of(family, value)?;
        let access = access(value.py());
        let series = family.with(access, &labels.pairs(), |series| {
            if series.metric().set(access, family.spec(), &counts, sum) {
                series.begin_anew();
            }
            Arc::clone(series)
        })?;
        let own = value.getattr_opt(intern!(value.py(), "series"))?;
        if let Some(own) = own.and_then(|own| own.cast_into::<PyHistogramSeries>().ok()) {
            own.get().take_over(Handle::new(family, series));
        }
        Ok(())
    }

    fn is_object(family: &Arc<Family<Self>>, value: &Bound<'_, PyAny>, keeps: bool) -> PyResult<bool> {
        if value.getattr_opt(intern!(value.py(), "series"))?.is_some_and(|series| {
            series.cast::<PyHistogramSeries>().is_ok_and(|series| has_bounds(series, family))
        }) {
            return Ok(false);
        }
        // A family has native buckets in all of its series or in none: of an object, only the counts are taken over.
        let classic = family.spec().native().is_none();
        Ok(keeps || (classic && has_all(value, HISTOGRAM)? && state_of(family, value).is_ok()))
    }
}

/// The attributes that the methods of a histogram use on a value.
const HISTOGRAM: [&str; 4] = ["observe", "buckets", "observations", "sum"];

/// The cumulative counts of the classic buckets, and the sum.
fn read(handle: &Handle<Histogram>) -> (Vec<u64>, f64) {
    let mut counts = Vec::new();
    let sum = handle.series.metric().read_classic(handle.family.spec(), &mut counts);
    (counts, sum)
}

/// Whether a series has the bounds of a family.
fn has_bounds(series: &Bound<'_, PyHistogramSeries>, family: &Family<Histogram>) -> bool {
    series.get().handle().family.spec().bounds().upper() == family.spec().bounds().upper()
}

/// The cumulative counts and the sum of an object like `histogram.Histogram`.
fn state_of(family: &Arc<Family<Histogram>>, value: &Bound<'_, PyAny>) -> PyResult<(Vec<u64>, f64)> {
    let (Some(buckets), Some(sum)) = (value.getattr_opt("buckets")?, value.getattr_opt("sum")?) else {
        return Err(PyTypeError::new_err(format!(
            "{}: a series of a histogram must be an aioprometheus.histogram.Histogram, not {}",
            family.descriptor().name(),
            class_name(value)
        )));
    };
    // First, because this may run Python code, which may replace the bounds of the metric.
    let sum = sum.extract()?;
    Ok((cumulative_counts(family, &buckets)?, sum))
}

/// The cumulative counts of a mapping of all bounds, ascending.
///
/// # Errors
///
/// ValueError when the bounds are others or the counts fall; what the mapping raises.
fn cumulative_counts(family: &Arc<Family<Histogram>>, buckets: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    let buckets: Vec<(f64, u64)> =
        buckets.call_method0("items")?.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?;
    let (bounds, counts): (Vec<f64>, Vec<u64>) = buckets.into_iter().unzip();
    if bounds != family.spec().bounds().upper() || !counts.is_sorted() {
        return Err(PyValueError::new_err(format!(
            "{}: the histogram has other buckets; make it with the bounds {}",
            family.descriptor().name(),
            describe::floats(family.spec().bounds().upper())
        )));
    }
    Ok(counts)
}
