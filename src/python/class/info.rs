//! `Info`.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::collector::PyCollector;
use crate::family::{AnyFamily, Descriptor, Family};
use crate::kind::Kind;
use crate::labels::Pair;
use crate::metric;
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::labels::{Labels, to_dict};
use crate::python::argument::update::Argument;
use crate::python::interpreter::attached::SHARDS;
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::metric::constructor::{Arguments, bind_arguments};

/// Facts that are text: the version of a service, where it was built.
///
/// Exposes ``<name>_info{<label>="...",<fact>="..."} 1.0``. A name that ends in ``_info``
/// already is taken as it is. In the text format, it is a gauge. An info has no unit.
///
#[doc = crate::python::metric::constructor::parameters!()]
#[doc = crate::python::metric::constructor::errors!()]
#[pyclass(name = "Info", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyInfo;

#[pymethods]
impl PyInfo {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None, unit=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> PyClassInitializer<Self> {
        PyClassInitializer::from(PyCollector::uninitialised()).add_subclass(Self)
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        static PARAMETERS: OfPackage = OfPackage::new("aioprometheus.constructors", "info");
        let arguments: Arguments<'py> = bind_arguments(slf.as_any(), &PARAMETERS, args, kwargs)?;
        arguments.init(slf.as_super(), |descriptor| {
            Ok(AnyFamily::Info(Arc::new(Family::with_shards(descriptor, (), SHARDS))))
        })
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
}

/// Sets the facts of a series, which is born when there is none. An error in the labels is reported before one in the facts.
pub fn set(family: &Family<metric::Info>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
    let access = crate::python::interpreter::attached::access(value.py());
    family.check(access, &labels.pairs())?;
    let facts = facts_of(family.descriptor(), &labels.pairs(), value)?;
    let access = crate::python::interpreter::attached::access(value.py());
    Ok(family.set_facts(access, &labels.pairs(), &facts.pairs())?)
}

/// The facts of a dict.
pub fn facts_of<'py>(
    descriptor: &Descriptor,
    labels: &[Pair<'_>],
    value: &Bound<'py, PyAny>,
) -> PyResult<Labels<'py>> {
    let name = descriptor.name();
    if !is_mapping(value)? {
        let class = class_name(value);
        return Err(PyTypeError::new_err(format!(
            "{name}: an info must be a dict of names and values, such as {{'version': '1.0'}}, not {class}"
        )));
    }
    let facts = Labels::extract(name, Some(value))?;
    descriptor.check_facts(labels, &facts.pairs())?;
    Ok(facts)
}

/// The facts as Python code gets them.
pub fn to_object<'py>(py: Python<'py>, info: &metric::Info) -> PyResult<Bound<'py, PyAny>> {
    Ok(to_dict(py, metric::info::pairs(&info.get()).into_iter())?.into_any())
}
