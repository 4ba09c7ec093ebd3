//! `Histogram`.

mod native_settings;

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString, PyTuple};

use super::construct::{Constructed, initialise};
use crate::family::{AnyFamily, Family};
use crate::metric::histogram::{Bounds, Spec};
use crate::metric::{Exemplar, Histogram, native};
use crate::python::argument::exemplar::ExemplarArgument;
use crate::python::argument::observations::Observations;
use crate::python::argument::update::Argument;
use crate::python::interpreter::attached::{access, family};
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::lookup::{Change, Lookup};
use crate::python::metric::attribute::Attribute;
use crate::python::metric::change::{ObserveAllIn, ObserveIn, ObserveTimesIn};
use crate::python::metric::class::PyHistogram;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::constructor::{Arguments, SpecShown, bind_arguments};
use crate::python::metric::observe::{Observed, observe, observe_many, observe_times, report};
use crate::python::metric::state::AnyLookup;
use crate::python::timing::timer::PyTimer;
use crate::python::value::histogram as values;
use crate::python::value::histogram::{PyHistogramSeries, bounds_of};
use native_settings::NativeSettings;

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
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 1e999), *, labelnames=None, unit=None, max_series=None, namespace=None, subsystem=None, initial=None, native=None, native_factor=None, max_buckets=160, min_reset_duration=0, zero_threshold=2.938735877055719e-39, max_zero_threshold=0)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(PyCollector::uninitialised()).add_subclass(Self)
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        initialise(slf, args, kwargs)
    }

    /// The upper bounds, as they were given. Can be set until the first series is born.
    #[getter]
    fn upper_bounds<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().attributes.get(slf.py(), Attribute::Spec)
    }

    /// Replaces the bounds, if no series was born yet. Bounds that are set before the constructor runs are replaced by its own.
    #[setter]
    fn set_upper_bounds<'py>(slf: &Bound<'py, Self>, bounds: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = slf.py();
        calls_python(py);
        let attributes = &slf.as_super().get().attributes;
        let Ok(state) = slf.as_super().get().state() else {
            attributes.set(Attribute::Spec, bounds);
            return Ok(());
        };
        let AnyFamily::Histogram(family) = &state.family else {
            return Err(state.spec_is_final("upper_bounds"));
        };
        let bounds = freeze(&PyString::new(py, state.name()).into_any(), bounds)?;
        let spec = spec_of(state.name(), &bounds, family.spec().native().cloned())?;
        if !family.replace_spec(access(py), spec) {
            return Err(state.spec_is_final("upper_bounds"));
        }
        attributes.set(Attribute::Spec, &bounds);
        Ok(())
    }

    /// Observe one value; the same as ``observe``.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The observed value.
    /// :param exemplar: The labels of an exemplar, as for ``observe``.
    /// :raises ValueError: If the labels or the exemplar are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent, *, exemplar=None), text_signature = "($self, labels=None, value=..., *, exemplar=None)")]
    fn add<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
    ) -> PyResult<()> {
        observe::<Histogram>(slf.as_super(), (labels, value), exemplar)
    }

    /// Observe one value. ``observe(value)`` is for the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The observed value, in the unit of the metric: seconds for a latency.
    /// :param exemplar: The labels of an exemplar, such as ``{"trace_id": "..."}``: names and
    ///   values together have at most 128 characters. The last exemplar of each bucket is
    ///   exposed with it.
    /// :param count: How often the value was observed; 0 changes nothing. Keyword only.
    /// :raises ValueError: If the labels or the exemplar are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent, *, exemplar=None, count=None), text_signature = "($self, labels=None, value=..., *, exemplar=None, count=1)")]
    fn observe<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
        exemplar: ExemplarArgument<'_, 'py>,
        count: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        match count {
            None => observe::<Histogram>(slf.as_super(), (labels, value), exemplar),
            Some(count) => observe_times::<Histogram>(slf.as_super(), (labels, value), exemplar, count),
        }
    }

    /// Observe many values: the same as ``observe`` for one after the other.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels; so
    ///   it is if they are left out.
    /// :param values: A buffer of numbers, such as an array of NumPy or of the module ``array``,
    ///   which is not copied, or an iterable. Arrays of several dimensions are read in the
    ///   order of C.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If a value is not a number. Nothing was observed then.
    #[pyo3(signature = (labels=Argument::Absent, values=Argument::Absent), text_signature = "($self, labels=None, values=...)")]
    fn observe_many<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        values: Argument<'_, 'py>,
    ) -> PyResult<()> {
        observe_many::<Histogram>(slf.as_super(), labels, values)
    }

    /// Time a block or calls: ``with metric.time({"method": "GET"}):``, and ``async with``, or
    /// ``@metric.time({"method": "GET"})`` over a callable of any kind.
    ///
    /// :param labels: The labels of the series: a dict, which is read at the end, or a function
    ///   that returns one. The function is called at the end with one argument, a
    ///   ``aioprometheus.timing.Call``, which has the arguments, the result and the error.
    ///   ``with metric.time() as timer`` can set labels inside: ``timer.labels["status"] = "200"``.
    /// :param errors: What becomes of a block or call that raises: ``"observe"`` or ``"skip"``.
    /// :param error_label: A label that has the name of the class of what was raised, and ``""``
    ///   if nothing was.
    /// :returns: The timer. Its ``seconds`` can be read inside and afterwards.
    /// :raises ValueError: If ``errors`` is something else. The labels are checked when a callable
    ///   is decorated, and at the end of a block.
    /// :raises TypeError: If the labels are not a dict.
    #[pyo3(signature = (labels=None, *, errors=None, error_label=None), text_signature = "($self, labels=None, *, errors='observe', error_label=None)")]
    fn time<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
        errors: Option<&Bound<'py, PyAny>>,
        error_label: Option<&Bound<'py, PyString>>,
    ) -> PyResult<PyTimer> {
        PyTimer::new(slf.as_any(), labels, errors, error_label)
    }

    /// Return the buckets, the count and the sum of one series.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :returns: An ordered dict: the cumulative count of each bucket by its upper bound,
    ///   then ``"count"`` and ``"sum"``. They are those of one moment.
    /// :raises KeyError: If there is no such series.
    #[pyo3(signature = (labels=None))]
    fn get<'py>(slf: &Bound<'py, Self>, labels: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        report::<Histogram>(slf.as_super(), labels)
    }
}

impl Constructed for PyHistogram {
    fn metric<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, PyCollector> {
        slf.as_super()
    }

    fn init<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyCollector>>> {
        static PARAMETERS: OfPackage = OfPackage::new("aioprometheus.constructors", "histogram");
        let (arguments, buckets, native): (Arguments<'py>, Option<Bound<'py, PyAny>>, NativeSettings<'py>) =
            bind_arguments(slf.as_any(), &PARAMETERS, args, kwargs)?;
        let arguments = arguments.placed()?;
        let buckets: Bound<'py, PyAny> = match buckets {
            None => Self::default_buckets(slf.py())?.into_any(),
            Some(buckets) => freeze(arguments.name(), &buckets)?,
        };
        let metric = arguments.name().str()?.to_string_lossy().into_owned();
        let spec = spec_of(&metric, &buckets, native.spec(&metric)?)?;
        arguments.init(slf.as_super(), Some(&SpecShown::Property("upper_bounds", &buckets)), |descriptor| {
            Ok(AnyFamily::Histogram(family(descriptor, spec)))
        })
    }
}

impl Observed for Histogram {
    const NOUN: &'static str = "histogram";
    const METHOD: &'static str = "Histogram.add";
    const REFUSAL: &'static str = values::REFUSAL;
    const TAKES_EXEMPLARS: bool = true;

    fn lookup(any: &AnyLookup) -> Option<&Lookup<Self>> {
        if let AnyLookup::Histogram(lookup) = any { Some(lookup) } else { None }
    }

    #[inline]
    fn observation(family: &Family<Self>, value: f64, exemplar: Option<Exemplar>) -> impl Change<Self> {
        ObserveIn(family, value, exemplar)
    }

    fn repeated(family: &Family<Self>, value: (f64, u64), exemplar: Option<Exemplar>) -> impl Change<Self> {
        ObserveTimesIn(family, value, exemplar)
    }

    fn observations<'a>(family: &'a Family<Self>, values: &'a Observations) -> impl Change<Self> {
        ObserveAllIn(family, values)
    }

    fn new_live<'py>(metric: &Bound<'py, PyCollector>, _: &Arc<Family<Self>>) -> PyResult<Bound<'py, PyAny>> {
        let upper = metric.getattr(intern!(metric.py(), "upper_bounds"))?;
        let bounds = if upper.len()? == 0 { Bounds::infinite() } else { bounds_of("histogram", &upper)? };
        PyHistogramSeries::of_bounds(metric.py(), bounds)?.into_live(metric.py())
    }

    fn report_of_live() -> &'static OfPackage {
        static OF_HISTOGRAM: OfPackage = OfPackage::new("aioprometheus.values", "histogram_report");
        &OF_HISTOGRAM
    }
}

/// The buckets as they are if they are a list or a tuple, and else as a tuple of their items.
fn freeze<'py>(metric: &Bound<'py, PyAny>, buckets: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if buckets.is_instance_of::<PyList>() || buckets.is_instance_of::<PyTuple>() {
        return Ok(buckets.clone());
    }
    let refused = || {
        let class = class_name(buckets);
        PyTypeError::new_err(format!("{metric}: buckets must be a list of numbers, not {class}"))
    };
    if buckets.is_instance_of::<PyString>() {
        return Err(refused());
    }
    let items = buckets.try_iter().map_err(|_| refused())?;
    let items: Vec<_> = items.collect::<PyResult<_>>()?;
    Ok(PyTuple::new(buckets.py(), items)?.into_any())
}

/// The settings that all series share. `[]` beside native buckets leaves out the classic ones.
fn spec_of(metric: &str, buckets: &Bound<'_, PyAny>, native: Option<native::Spec>) -> PyResult<Spec> {
    Ok(match native {
        Some(native) if buckets.len()? == 0 => Spec::native_beside(Bounds::infinite(), native),
        Some(native) => Spec::native_beside(bounds_of(metric, buckets)?, native),
        None => Spec::classic(bounds_of(metric, buckets)?),
    })
}
