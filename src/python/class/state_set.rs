//! `Enum`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::construct::{Constructed, initialise};
use crate::error::Error;
use crate::family::AnyFamily;
use crate::kind::Kind;
use crate::metric::state_set::States;
use crate::python::argument::labels::Labels;
use crate::python::argument::update::Argument;
use crate::python::interpreter::attached::family;
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::attribute::Attribute;
use crate::python::metric::class::PyEnum;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::constructor::{Arguments, SpecShown, bind_arguments};
use crate::python::metric::function;

#[pymethods]
impl PyEnum {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None, unit=None, max_series=None, namespace=None, subsystem=None, initial=None, states=(), label=None)")]
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

    /// The names of the states, as a tuple.
    #[getter]
    fn states<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.as_super().get().attributes.get(slf.py(), Attribute::Spec)
    }

    /// The name of the label that holds the state.
    #[getter]
    fn label<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let metric = slf.as_super();
        let own = metric.get().initialised().and_then(|state| state.family.descriptor().state_label());
        match own {
            Some(label) => Ok(PyString::new(slf.py(), label).into_any()),
            None => metric.getattr("name"),
        }
    }

    /// Change the state of one series. ``state(value)`` is for the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The new state: one of ``states``.
    /// :raises ValueError: If there is no such state, or if the labels are refused.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn state<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
    ) -> PyResult<()> {
        PyCollector::set_object(slf.as_super(), (Kind::StateSet, "enum"), "Enum.state", labels, value)
    }

    /// Have a function give the value of one series at each scrape.
    ///
    /// ``set_function(function)`` is for the series without labels. The function
    /// returns one of ``states``.
    ///
    /// ``render_async``, and with it every handler, calls a plain function on a thread of its own
    /// and awaits an ``async def`` on the event loop. If it raises, takes longer than its time
    /// limit, or returns what the metric cannot have, the metric is left out of that exposition.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param function: A function without arguments, or None: none is called any more, and the
    ///   series keeps its value.
    /// :raises ValueError: If the labels are refused.
    /// :raises TypeError: If it is not a function.
    #[pyo3(signature = (labels=Argument::Absent, function=Argument::Absent), text_signature = "($self, labels=None, function=...)")]
    fn set_function<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        function: Argument<'_, 'py>,
    ) -> PyResult<()> {
        function::set(slf.as_super(), labels, function)
    }
}

impl Constructed for PyEnum {
    fn metric<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, PyCollector> {
        slf.as_super()
    }

    fn init<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyCollector>>> {
        static PARAMETERS: OfPackage = OfPackage::new("aioprometheus.constructors", "enum");
        let (arguments, states, label): (
            Arguments<'py>,
            Option<Bound<'py, PyAny>>,
            Option<Bound<'py, PyAny>>,
        ) = bind_arguments(slf.as_any(), &PARAMETERS, args, kwargs)?;
        let (py, metric) = (slf.py(), slf.as_super());
        calls_python(py);
        let arguments = arguments.placed()?.with_state_label(label.as_ref())?;
        let names = states.map_or(Ok(Vec::new()), |states| names_of(arguments.name(), &states))?;
        let spec = PyTuple::new(py, &names)?;
        arguments.init(metric, Some(&SpecShown::ReadOnly(spec.as_any())), |descriptor| {
            let states = States::new(names.iter().map(String::as_str))
                .map_err(|error| Error::of(descriptor.name(), error))?;
            Ok(AnyFamily::StateSet(family(descriptor, states)))
        })
    }
}

fn names_of(metric: &Bound<'_, PyAny>, states: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let refused = || {
        let class = class_name(states);
        PyTypeError::new_err(format!("{metric}: states must be a list of names, not {class}"))
    };
    if states.is_instance_of::<PyString>() {
        return Err(refused());
    }
    let items = states.try_iter().map_err(|_| refused())?;
    items.map(|state| Labels::text_of_value(&metric.to_string(), state?)).collect()
}
