//! `Histogram`.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::argument::{Argument, LabelsArgument, Update};
use super::attached::{SHARDS, access};
use super::attribute::Attribute;
use super::collector::PyCollector;
use super::constructor::Arguments;
use super::hooks;
use super::import::{Import, class_name};
use super::lifecycle::calls_python;
use super::number;
use super::series::{Handle, PyHistogramSeries, ordered_dict};
use super::state::AnyLookup;
use super::store::{self, AnySeries};
use crate::family::{AnyFamily, Family};
use crate::metric;
use crate::metric::histogram::Bounds;

/// What 23.12.0 said of a value that is no number.
pub const REFUSAL: &str = "Histogram only works with digits (int, float)";

/// Count, sum and buckets of observations: latencies, sizes.
///
/// Exposes ``<name>_bucket{le="<inclusive upper bound>"}``, cumulative, ``<name>_count`` and
/// ``<name>_sum``. NaN counts in the count, in the sum and in the bucket of +Inf.
///
/// Takes the arguments of :class:`Collector`, and the bounds.
///
/// :param buckets: the upper bounds, ascending; +Inf is added when it is missing, equal ones are merged.
/// :raises ValueError: as :class:`Collector`, and for bounds that are not ascending, NaN, or too few.
#[pyclass(name = "Histogram", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyHistogram;

#[pymethods]
impl PyHistogram {
    #[classattr]
    const REPR_STR: &'static str = "histogram";
    #[classattr]
    const SUM_KEY: &'static str = "sum";
    #[classattr]
    const COUNT_KEY: &'static str = "count";

    /// The bounds of a histogram that is given none, in seconds.
    #[classattr]
    #[pyo3(name = "DEFAULT_BUCKETS")]
    fn default_buckets(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, f64::INFINITY];
        PyTuple::new(py, bounds)
    }

    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 1e999), *, labelnames=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(PyCollector::uninitialised()).add_subclass(Self)
    }

    #[pyo3(signature = (name, doc, const_labels=None, registry=None, buckets=None, *, labelnames=None))]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyAny>,
        doc: &Bound<'py, PyAny>,
        const_labels: Option<&Bound<'py, PyAny>>,
        registry: Option<&Bound<'py, PyAny>>,
        buckets: Option<&Bound<'py, PyAny>>,
        labelnames: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let py = slf.py();
        slf.as_super().get().check_new()?;
        let buckets: Bound<'py, PyAny> = match buckets {
            None => Self::default_buckets(py)?.into_any(),
            Some(list) if list.is_instance_of::<PyList>() || list.is_instance_of::<PyTuple>() => list.clone(),
            Some(text) if text.is_instance_of::<PyString>() => {
                return Err(PyTypeError::new_err(format!(
                    "{name}: buckets must be a list of numbers, not str"
                )));
            }
            Some(other) => {
                let items = other.try_iter().map_err(|_| {
                    let class = class_name(other);
                    PyTypeError::new_err(format!("{name}: buckets must be a list of numbers, not {class}"))
                })?;
                let items: Vec<_> = items.collect::<PyResult<_>>()?;
                PyTuple::new(py, items)?.into_any()
            }
        };
        let bounds = bounds_of(&name.str()?.to_string_lossy(), &buckets)?;
        let arguments = Arguments { name, doc, const_labels, registry, labelnames };
        // As an attribute before the registration: a scrape on another thread may follow at once.
        slf.as_super().get().attributes.set(Attribute::Spec, &buckets);
        arguments.init(slf.as_super(), |descriptor| {
            Ok(AnyFamily::Histogram(Arc::new(Family::with_shards(descriptor, bounds, SHARDS))))
        })
    }

    /// The upper bounds, as they were given.
    #[getter]
    fn upper_bounds<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().attributes.get(slf.py(), Attribute::Spec)
    }

    /// Count one value of the series with these labels; ``add(value)`` of the one without labels.
    ///
    /// :raises ValueError: a label name that is refused.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn add<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        observe(slf.as_super(), "Histogram.add", labels, value)
    }

    /// Count one value of the series with these labels; ``observe(value)`` of the one without labels.
    ///
    /// :raises ValueError: a label name that is refused.
    /// :raises TypeError: a value that is no number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn observe<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
    ) -> PyResult<()> {
        observe(slf.as_super(), "Histogram.observe", labels, value)
    }

    /// The cumulative counts by upper bound, then ``"count"`` and ``"sum"``, as an ordered dict.
    ///
    /// :raises KeyError: when there is no such series.
    #[pyo3(signature = (labels=None))]
    fn get<'py>(slf: &Bound<'py, Self>, labels: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyDict>> {
        static OF_HISTOGRAM: Import = Import::new("aioprometheus.values", "histogram_report");
        let py = slf.py();
        let _calls = calls_python(py);
        let state = slf.as_super().get().state()?;
        if state.hooks.value {
            let histogram = slf.call_method1(intern!(py, "get_value"), (labels,))?;
            return Ok(OF_HISTOGRAM.get(py)?.call1((histogram,))?.cast_into()?);
        }
        match store::find(py, &state.family, labels)? {
            AnySeries::Histogram(handle) => report(py, &handle),
            _ => Err(PyTypeError::new_err(format!("{} is no histogram", state.name()))),
        }
    }
}

/// The bounds of a sequence of numbers.
pub fn bounds_of(metric: &str, buckets: &Bound<'_, PyAny>) -> PyResult<Bounds> {
    let bounds: Vec<f64> = buckets
        .try_iter()?
        .map(|bound| number::extract(&bound?, String::new).map(metric::Number::as_f64))
        .collect::<PyResult<_>>()
        .map_err(|_| PyValueError::new_err(format!("{metric}: buckets must be numbers, not {buckets}")))?;
    Ok(Bounds::new(metric, &bounds)?)
}

fn observe<'py>(
    metric: &Bound<'py, PyCollector>,
    method: &str,
    labels: Argument<'_, 'py>,
    value: Argument<'_, 'py>,
) -> PyResult<()> {
    let (labels, value) = Update::with_value(method, labels, value)?;
    let state = metric.get().state()?;
    let AnyLookup::Histogram(lookup) = &state.lookup else {
        return Err(PyTypeError::new_err(format!("{} is no histogram", state.name())));
    };
    let number = number::extract(&value, || REFUSAL.to_owned());
    if state.hooks.value {
        return observe_through_hooks(metric, labels, number?.as_f64());
    }
    let (py, bounds) = (metric.py(), lookup.family.spec());
    lookup.update(py, labels, number, |series, number| series.observe(access(py), bounds, number.as_f64()))
}

fn observe_through_hooks<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: LabelsArgument<'_, 'py>,
    value: f64,
) -> PyResult<()> {
    let _calls = calls_python(metric.py());
    let py = metric.py();
    let histogram = match hooks::call_get_value(metric, labels)? {
        Some(histogram) => histogram,
        None => {
            let bounds = bounds_of("histogram", &metric.getattr(intern!(py, "upper_bounds"))?)?;
            let histogram = PyHistogramSeries::of_bounds(bounds)?.into_live(py)?;
            hooks::call_set_value(metric, labels, &histogram)?;
            histogram
        }
    };
    histogram.call_method1(intern!(py, "observe"), (value,)).map(drop)
}

/// What `get` says of a series.
pub fn report<'py>(py: Python<'py>, handle: &Handle<metric::Histogram>) -> PyResult<Bound<'py, PyDict>> {
    let mut counts = Vec::new();
    let sum = handle.series.metric().read(&mut counts);
    let report = ordered_dict(py)?;
    for (bound, count) in handle.family.spec().upper().iter().zip(&counts) {
        report.as_any().set_item(bound, count)?;
    }
    report.as_any().set_item("count", counts.last().copied().unwrap_or_default())?;
    report.as_any().set_item("sum", sum)?;
    Ok(report)
}
