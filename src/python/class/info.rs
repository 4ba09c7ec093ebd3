//! `Info`.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::construct::{Constructed, initialise};
use crate::family::AnyFamily;
use crate::kind::Kind;
use crate::python::argument::update::Argument;
use crate::python::interpreter::attached::family;
use crate::python::interpreter::import::OfPackage;
use crate::python::metric::class::PyInfo;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::constructor::{Arguments, bind_arguments};
use crate::python::metric::function;

#[pymethods]
impl PyInfo {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None, unit=None, max_series=None, namespace=None, subsystem=None, initial=None)")]
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

    /// Replace the facts of one series. ``info(facts)`` is for the series without labels.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The facts: a dict of names and values.
    /// :raises ValueError: If the labels are refused, if a fact has the name of a label, or if
    ///   labels and facts add up to those of another series.
    /// :raises TypeError: If the facts are not a dict.
    #[pyo3(signature = (labels=Argument::Absent, value=Argument::Absent), text_signature = "($self, labels=None, value=...)")]
    fn info<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
    ) -> PyResult<()> {
        PyCollector::set_object(slf.as_super(), (Kind::Info, "info"), "Info.info", labels, value)
    }

    /// Have a function give the value of one series at each scrape.
    ///
    /// ``set_function(function)`` is for the series without labels. The function
    /// returns the facts as a dict.
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

impl Constructed for PyInfo {
    fn metric<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, PyCollector> {
        slf.as_super()
    }

    fn init<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyCollector>>> {
        static PARAMETERS: OfPackage = OfPackage::new("aioprometheus.constructors", "info");
        let arguments: Arguments<'py> = bind_arguments(slf.as_any(), &PARAMETERS, args, kwargs)?;
        arguments
            .placed()?
            .init(slf.as_super(), None, |descriptor| Ok(AnyFamily::Info(family(descriptor, ()))))
    }
}
