//! Assignments: values that replace those of series, by `set_value` and through `metric.values`.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyAny;

use super::series::{Handle, PyEstimator, PyHistogramSeries};
use super::store::{AnySeries, find_series};
use crate::access::Access;
use crate::error::Error;
use crate::family::{AnyFamily, Family, Series};
use crate::kind::Kind;
use crate::labels::Pair;
use crate::metric::{Histogram, Metric, Number, Summary, Value};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::class_name;
use crate::python::metric::state::{AnyLookup, State};

/// `set_value` and assignment to `metric.values`.
///
/// # Errors
///
/// ValueError for labels that the family does not take or an amount that it cannot hold, TypeError for an
/// object that is no such value. Nothing has changed then.
pub fn set(state: &State, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    if is_object(state, value)? {
        return keep(state, labels, value);
    }
    let py = value.py();
    let pairs = labels.pairs();
    let series = if state.kept.is_used() { find_series(py, &state.family, &pairs) } else { None };
    match series {
        // A series with an object has one until it is removed, because its numbers are not in the core.
        Some(series) if state.kept.get(py, &series).is_some() => match &state.lookup {
            AnyLookup::Value(_) => keep(state, labels, &number::to_object(py, state.number(value)?)?),
            _ => keep(state, labels, value),
        },
        _ => set_built_in(&state.family, labels, value),
    }
}

/// The series of these labels, which is born when there is none.
fn series_of(py: Python<'_>, family: &AnyFamily, labels: &[Pair<'_>]) -> Result<AnySeries, Error> {
    fn handle<M: Metric>(
        py: Python<'_>,
        family: &Arc<Family<M>>,
        labels: &[Pair<'_>],
    ) -> Result<Handle<M>, Error> {
        let series = family.with(access(py), labels, Arc::clone)?;
        Ok(Handle { family: Arc::clone(family), series })
    }
    Ok(match family {
        AnyFamily::Value(family) => AnySeries::Value(family.with(access(py), labels, Arc::clone)?),
        AnyFamily::Summary(family) => AnySeries::Summary(handle(py, family, labels)?),
        AnyFamily::Histogram(family) => AnySeries::Histogram(handle(py, family, labels)?),
        AnyFamily::Info(family) => AnySeries::Info(family.with(access(py), labels, Arc::clone)?),
        AnyFamily::StateSet(family) => AnySeries::StateSet(handle(py, family, labels)?),
    })
}

/// Makes an object the value of a series, which is born when there is none.
fn keep(state: &State, labels: &Labels<'_>, object: &Bound<'_, PyAny>) -> PyResult<()> {
    let series = series_of(object.py(), &state.family, &labels.pairs())?;
    state.kept.set(series, object);
    state.overrides.call_all();
    Ok(())
}

/// Whether a value is kept as the object that it is.
fn is_object(state: &State, value: &Bound<'_, PyAny>) -> PyResult<bool> {
    match &state.family {
        AnyFamily::Value(_) => Ok(state.overrides.keeps && !number::is_python_number(value)?),
        AnyFamily::Summary(family) => match value.cast::<PyEstimator>() {
            Ok(estimator) => Ok(state.overrides.keeps && !has_targets(estimator, family)),
            Err(_) => Ok(state.overrides.keeps || has_all(value, ESTIMATOR)?),
        },
        AnyFamily::Histogram(family) => {
            if value.getattr_opt(intern!(value.py(), "series"))?.is_some_and(|series| {
                series.cast::<PyHistogramSeries>().is_ok_and(|series| has_bounds(series, family))
            }) {
                return Ok(false);
            }
            // A family has native buckets in all of its series or in none: of an object, only the counts are taken over.
            let classic = family.spec().native().is_none();
            Ok(state.overrides.keeps
                || (classic && has_all(value, HISTOGRAM)? && histogram_state(family, value).is_ok()))
        }
        AnyFamily::Info(_) | AnyFamily::StateSet(_) => Ok(false),
    }
}

/// The attributes that the methods of a summary use on a value.
const ESTIMATOR: [&str; 5] = ["observe", "query", "_invariants", "_observations", "_sum"];

/// The attributes that the methods of a histogram use on a value.
const HISTOGRAM: [&str; 4] = ["observe", "buckets", "observations", "sum"];

fn has_all<const N: usize>(value: &Bound<'_, PyAny>, attributes: [&str; N]) -> PyResult<bool> {
    for attribute in attributes {
        if !value.hasattr(attribute)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn has_targets(estimator: &Bound<'_, PyEstimator>, family: &Family<Summary>) -> bool {
    estimator.get().handle().family.spec().pairs().eq(family.spec().pairs())
}

fn has_bounds(series: &Bound<'_, PyHistogramSeries>, family: &Family<Histogram>) -> bool {
    series.get().handle().family.spec().bounds().upper() == family.spec().bounds().upper()
}

/// As [`set`], for a value that the core holds itself.
///
/// # Errors
///
/// As [`set`].
pub fn set_built_in(family: &AnyFamily, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    match family {
        AnyFamily::Value(family) => set_value(family, labels, value),
        AnyFamily::Summary(family) => set_summary(family, labels, value),
        AnyFamily::Histogram(family) => set_histogram(family, labels, value),
        AnyFamily::Info(family) => crate::python::class::info::set(family, labels, value),
        AnyFamily::StateSet(family) => crate::python::class::state_set::set(family, labels, value),
    }
}

fn set_value(family: &Arc<Family<Value>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let descriptor = family.descriptor();
    family.check(access(value.py()), &labels.pairs())?;
    let number: Number = number::extract(value, || number::refusal(descriptor.name(), value))?;
    if descriptor.kind() == Kind::Counter {
        number.check_counter().map_err(|error| Error::of(descriptor.name(), error))?;
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

/// Replaces the number of a series of a counter, which begins anew if the new number is lower.
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
pub fn cumulative_counts(family: &Arc<Family<Histogram>>, buckets: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
    let buckets: Vec<(f64, u64)> =
        buckets.call_method0("items")?.try_iter()?.map(|item| item?.extract()).collect::<PyResult<_>>()?;
    let (bounds, counts): (Vec<f64>, Vec<u64>) = buckets.into_iter().unzip();
    if bounds != family.spec().bounds().upper() || !counts.is_sorted() {
        return Err(PyValueError::new_err(format!(
            "{}: the histogram has other buckets; make it with the bounds {:?}",
            family.descriptor().name(),
            family.spec().bounds().upper()
        )));
    }
    Ok(counts)
}
