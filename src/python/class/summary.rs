//! `Summary`.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::construct::{Constructed, initialise};
use crate::error::Error;
use crate::family::{AnyFamily, Family};
use crate::metric::quantile::Targets;
use crate::metric::{Exemplar, Summary};
use crate::python::argument::observations::Observations;
use crate::python::argument::update::Argument;
use crate::python::interpreter::attached::{access, family};
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::lookup::{Change, Lookup};
use crate::python::metric::attribute::Attribute;
use crate::python::metric::change::{Observe, ObserveAll, ObserveTimes};
use crate::python::metric::class::PySummary;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::constructor::{Arguments, SpecShown, bind_arguments};
use crate::python::metric::observe::{Observed, observe, observe_many, observe_times, report};
use crate::python::metric::state::AnyLookup;
use crate::python::timing::timer::PyTimer;
use crate::python::value::summary as values;
use crate::python::value::summary::{PyEstimator, pairs_of};

#[pymethods]
impl PySummary {
    #[classattr]
    const REPR_STR: &'static str = "summary";
    #[classattr]
    const DEFAULT_INVARIANTS: ((f64, f64), (f64, f64), (f64, f64)) =
        ((0.5, 0.05), (0.9, 0.01), (0.99, 0.001));
    #[classattr]
    const SUM_KEY: &'static str = "sum";
    #[classattr]
    const COUNT_KEY: &'static str = "count";

    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, invariants=((0.5, 0.05), (0.9, 0.01), (0.99, 0.001)), *, quantiles=None, labelnames=None, unit=None, max_series=None, namespace=None, subsystem=None, initial=None)")]
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

    /// The quantiles as pairs of phi and epsilon. Can be set until the first series is born.
    #[getter]
    fn invariants<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().attributes.get(slf.py(), Attribute::Spec)
    }

    /// Replaces the targets, if no series was born yet. Targets that are set before the constructor runs are replaced by its
    /// own.
    #[setter]
    fn set_invariants<'py>(slf: &Bound<'py, Self>, invariants: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = slf.py();
        calls_python(py);
        let attributes = &slf.as_super().get().attributes;
        let Ok(state) = slf.as_super().get().state() else {
            attributes.set(Attribute::Spec, invariants);
            return Ok(());
        };
        let name = PyString::new(py, state.name()).into_any();
        let invariants = freeze(&name, invariants)?;
        let pairs = pairs_of(&invariants).map_err(|_| no_pairs(&name, &invariants))?;
        let targets = Targets::new(pairs).map_err(|error| Error::of(state.name(), error))?;
        match &state.family {
            AnyFamily::Summary(family) if family.replace_spec(access(py), Arc::new(targets)) => {
                attributes.set(Attribute::Spec, &invariants);
                Ok(())
            }
            _ => Err(state.spec_is_final("invariants")),
        }
    }

    /// Observe one value; the same as ``observe``.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The observed value.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn add<'py>(slf: &Bound<'py, Self>, labels: Argument<'_, 'py>, value: Argument<'_, 'py>) -> PyResult<()> {
        observe::<Summary>(slf.as_super(), (labels, value), None)
    }

    /// Observe one value. ``observe(value)`` is for the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The observed value, in the unit of the metric: seconds for a latency.
    /// :param count: How often the value was observed; 0 changes nothing. Keyword only.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If the value is not a number.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent, *, count=None), text_signature = "($self, labels=None, value=..., *, count=1)")]
    fn observe<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
        count: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        match count {
            None => observe::<Summary>(slf.as_super(), (labels, value), None),
            Some(count) => observe_times::<Summary>(slf.as_super(), (labels, value), None, count),
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
        observe_many::<Summary>(slf.as_super(), labels, values)
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

    /// Return the quantiles, the count and the sum of one series.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :returns: An ordered dict: the value of each quantile by its phi, then ``"count"`` and
    ///   ``"sum"``.
    /// :raises KeyError: If there is no such series.
    #[pyo3(signature = (labels=None))]
    fn get<'py>(slf: &Bound<'py, Self>, labels: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        report::<Summary>(slf.as_super(), labels)
    }
}

impl Constructed for PySummary {
    fn metric<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, PyCollector> {
        slf.as_super()
    }

    fn init<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyCollector>>> {
        static PARAMETERS: OfPackage = OfPackage::new("aioprometheus.constructors", "summary");
        let (arguments, invariants, quantiles): (
            Arguments<'py>,
            Option<Bound<'py, PyAny>>,
            Option<Bound<'py, PyAny>>,
        ) = bind_arguments(slf.as_any(), &PARAMETERS, args, kwargs)?;
        let (py, arguments) = (slf.py(), arguments.placed()?);
        let name = arguments.name();
        let invariants: Bound<'py, PyAny> = match (invariants, quantiles) {
            (Some(_), Some(_)) => {
                return Err(PyValueError::new_err(format!(
                    "{name}: quantiles and invariants mean the same; give one of them"
                )));
            }
            (Some(invariants), None) => freeze(name, &invariants)?,
            (None, Some(quantiles)) => match quantiles.cast::<PyDict>() {
                Ok(quantiles) => PyTuple::new(py, quantiles.items())?.into_any(),
                Err(_) => freeze(name, &quantiles)?,
            },
            (None, None) => Self::DEFAULT_INVARIANTS.into_pyobject(py)?.into_any(),
        };
        let pairs = pairs_of(&invariants).map_err(|_| no_pairs(name, &invariants))?;
        arguments.init(slf.as_super(), Some(&SpecShown::Property("invariants", &invariants)), |descriptor| {
            let targets = Targets::new(pairs).map_err(|error| Error::of(descriptor.name(), error))?;
            Ok(AnyFamily::Summary(family(descriptor, Arc::new(targets))))
        })
    }
}

impl Observed for Summary {
    const NOUN: &'static str = "summary";
    const METHOD: &'static str = "Summary.add";
    const REFUSAL: &'static str = values::REFUSAL;
    const TAKES_EXEMPLARS: bool = false;

    fn lookup(any: &AnyLookup) -> Option<&Lookup<Self>> {
        if let AnyLookup::Summary(lookup) = any { Some(lookup) } else { None }
    }

    #[inline]
    fn observation(_: &Family<Self>, value: f64, _: Option<Exemplar>) -> impl Change<Self> {
        Observe(value)
    }

    fn repeated(_: &Family<Self>, (value, times): (f64, u64), _: Option<Exemplar>) -> impl Change<Self> {
        ObserveTimes(value, times)
    }

    fn observations<'a>(_: &'a Family<Self>, values: &'a Observations) -> impl Change<Self> {
        ObserveAll(values)
    }

    fn new_live<'py>(
        metric: &Bound<'py, PyCollector>,
        family: &Arc<Family<Self>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, targets) = (metric.py(), Arc::clone(family.spec()));
        Ok(Bound::new(py, PyEstimator::of_targets(py, targets)?)?.into_any())
    }

    fn report_of_live() -> &'static OfPackage {
        static OF_ESTIMATOR: OfPackage = OfPackage::new("aioprometheus.values", "summary_report");
        &OF_ESTIMATOR
    }
}

fn no_pairs(metric: &Bound<'_, PyAny>, invariants: &Bound<'_, PyAny>) -> PyErr {
    PyValueError::new_err(format!(
        "{metric}: quantiles must be a dict {{phi: epsilon}} of numbers, or pairs of them, not {invariants}"
    ))
}

/// The pairs as they are if they are a list, a tuple or a str, and else as a tuple of their items.
fn freeze<'py>(metric: &Bound<'py, PyAny>, pairs: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    if pairs.is_instance_of::<pyo3::types::PyList>()
        || pairs.is_instance_of::<PyTuple>()
        || pairs.is_instance_of::<PyString>()
    {
        return Ok(pairs.clone());
    }
    let items = pairs.try_iter().map_err(|_| {
        let class = class_name(pairs);
        PyTypeError::new_err(format!("{metric}: quantiles must be a dict {{phi: epsilon}}, not {class}"))
    })?;
    let items: Vec<_> = items.collect::<PyResult<_>>()?;
    Ok(PyTuple::new(pairs.py(), items)?.into_any())
}
