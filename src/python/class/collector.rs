//! `Collector`: the base class of all metrics, which is itself an untyped metric.

use std::sync::atomic::Ordering;

use pyo3::basic::CompareOp;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::absent;
use super::construct::{Constructed, initialise};
use super::equality;
use super::series_store;
use crate::family::AnyFamily;
use crate::python::argument::labels::Labels;
use crate::python::argument::update::Argument;
use crate::python::child::bind::{bind, given_labels, labels_to_match};
use crate::python::interpreter::attached::family;
use crate::python::interpreter::import::{OfPackage, name_of};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::memory::or_memory_error;
use crate::python::metric::attribute::Attribute;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::constructor::{Arguments, bind_arguments};
use crate::python::metric::removal;
use crate::python::metric::repr;
use crate::python::scrape::built_in::rendered_family;
use crate::python::value::sample;

#[pymethods]
impl PyCollector {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(name, doc, const_labels=None, registry=None, *, labelnames=None, unit=None, max_series=None, namespace=None, subsystem=None, initial=None)")]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::uninitialised()
    }

    #[pyo3(signature = (*args, **kwargs))]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        initialise(slf, args, kwargs)
    }

    /// The name of the metric. It cannot be changed once the metric is registered.
    #[getter]
    fn name<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().attributes.get(slf.py(), Attribute::Name)
    }

    #[setter]
    fn set_name(slf: &Bound<'_, Self>, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let this = slf.get();
        if Self::check_name(slf, name)? {
            this.redescribe(Attribute::Name, name);
        }
        Ok(())
    }

    /// The description of the metric: the HELP text of the exposition.
    #[getter]
    fn doc<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().attributes.get(slf.py(), Attribute::Doc)
    }

    #[setter]
    fn set_doc(&self, doc: &Bound<'_, PyAny>) {
        self.redescribe(Attribute::Doc, doc);
    }

    /// The labels that every series of this metric has, unless an update gives another value.
    #[getter]
    fn const_labels<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().shows_labels.store(true, Ordering::Relaxed);
        slf.get().attributes.get(slf.py(), Attribute::ConstLabels)
    }

    #[setter]
    fn set_const_labels(&self, const_labels: &Bound<'_, PyAny>) {
        self.redescribe(Attribute::ConstLabels, const_labels);
    }

    /// The declared label names as a tuple. None if each update chooses its own.
    #[getter]
    fn labelnames<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let attributes = &slf.get().attributes;
        let own = attributes.get(slf.py(), Attribute::OwnLabelnames);
        own.or_else(|_| attributes.get(slf.py(), Attribute::Labelnames))
    }

    /// Sets `labelnames` of a class of the user's: one that was written for 23.12.0 may use the name for itself.
    #[setter]
    fn set_labelnames(&self, labelnames: &Bound<'_, PyAny>) {
        self.attributes.set(Attribute::OwnLabelnames, labelnames);
    }

    /// The unit that the metric was made with, or None.
    #[getter]
    fn unit<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let this = slf.get();
        if let Ok(unit) = this.attributes.get(slf.py(), Attribute::Unit) {
            return Ok(unit);
        }
        let unit = this.initialised().and_then(|state| state.family.descriptor().unit());
        Ok(unit.into_pyobject(slf.py())?.into_any())
    }

    #[setter]
    fn set_unit(&self, unit: &Bound<'_, PyAny>) {
        self.attributes.set(Attribute::Unit, unit);
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // A garbage collection may come between the allocation of the object, which leaves zeros, and its writing.
        if !self.is_written.load(Ordering::Relaxed) {
            return Ok(());
        }
        self.attributes.traverse(&visit)?;
        let Some(state) = self.initialised() else {
            return Ok(());
        };
        state.kept.traverse(&visit)?;
        state.functions.traverse(&visit)
    }

    fn __clear__(&self) {
        self.attributes.clear();
        if let Some(state) = self.initialised() {
            state.kept.clear();
            state.functions.clear();
        }
    }

    /// Bind one series. The child that this returns has the methods of the metric, without
    /// the labels.
    ///
    /// A child is the fastest way to update a series. Name the labels in one of three ways:
    /// ``labels({"method": "GET"})``, ``labels(method="GET")``, or ``labels("GET")`` with the
    /// values in the order of the declared ``labelnames``.
    ///
    /// The series is born if there is none, and exposed from then on. If it is removed, the
    /// next update through the child makes it again. If a subclass overrides methods, the
    /// child calls these.
    ///
    /// :param values: A dict of labels, or the label values in the order of ``labelnames``.
    /// :param named: The labels as keyword arguments.
    /// :returns: The child: ``BoundCounter`` for a counter, and so on.
    /// :raises ValueError: If the metric does not take these label names, or not as many
    ///   values.
    /// :raises TypeError: If the labels are not a dict, or if values are given by position
    ///   and the metric declares no labelnames.
    #[pyo3(signature = (*values, **named), text_signature = "($self, *values, **named)")]
    fn labels<'py>(
        slf: &Bound<'py, Self>,
        values: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        bind(slf, values, named)
    }

    /// Remove one series. A child of it makes it again with its next update.
    ///
    /// Name the labels as for ``labels``: ``remove({"method": "GET"})``,
    /// ``remove(method="GET")``, or ``remove("GET")`` with the values in the order of the
    /// declared ``labelnames``.
    ///
    /// :param values: A dict of labels, or the label values in the order of ``labelnames``.
    /// :param named: The labels as keyword arguments.
    /// :returns: Whether there was such a series.
    /// :raises ValueError: If the metric declares other label names.
    /// :raises TypeError: If the labels are not a dict, or if values are given by position
    ///   and the metric declares no labelnames.
    #[pyo3(signature = (*values, **named), text_signature = "($self, *values, **named)")]
    fn remove<'py>(
        slf: &Bound<'py, Self>,
        values: &Bound<'py, PyTuple>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<bool> {
        calls_python(slf.py());
        let state = slf.get().state()?;
        let labels = given_labels(slf, values, named)?;
        removal::remove(slf.py(), state, &Labels::extract(state.name(), labels.as_ref())?)
    }

    /// Remove the series that have all of these labels, whatever others they have.
    ///
    /// A label that a series does not have counts as an empty one. ``{}`` matches nothing:
    /// ``clear`` removes all series.
    ///
    /// :param labels: The labels as a dict.
    /// :param named: The labels as keyword arguments, in the place of the dict.
    /// :returns: How many series were removed.
    /// :raises ValueError: If the metric declares its label names, and one of these is none.
    /// :raises TypeError: If the labels are not a dict, or if there are none.
    #[pyo3(signature = (labels=Argument::Absent, **named), text_signature = "($self, labels=..., **named)")]
    fn remove_matching<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<usize> {
        calls_python(slf.py());
        let (state, labels) = (slf.get().state()?, labels_to_match(slf, labels, named)?);
        removal::remove_matching(slf.py(), state, &Labels::extract(state.name(), Some(&labels))?)
    }

    /// The same as ``remove_matching``, by its name in prometheus_client.
    ///
    /// :param labels: The labels as a dict.
    /// :param named: The labels as keyword arguments, in the place of the dict.
    /// :returns: How many series were removed.
    #[pyo3(signature = (labels=Argument::Absent, **named), text_signature = "($self, labels=..., **named)")]
    fn remove_by_labels<'py>(
        slf: &Bound<'py, Self>,
        labels: Argument<'_, 'py>,
        named: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<usize> {
        Self::remove_matching(slf, labels, named)
    }

    /// Remove all series at once.
    fn clear(slf: &Bound<'_, Self>) -> PyResult<()> {
        calls_python(slf.py());
        removal::clear(slf.py(), slf.get().state()?)
    }

    /// Replace all series at once: a scrape sees either all of the old ones or all of the new
    /// ones.
    ///
    /// :param series: Pairs of labels and a value as ``set_value`` takes it, or a mapping.
    ///   Values of declared labelnames can be given as a tuple, in their order.
    /// :raises ValueError: If labels or a value are refused. Nothing has changed then.
    /// :raises TypeError: If something is of the wrong type. Nothing has changed then.
    fn replace<'py>(slf: &Bound<'py, Self>, series: &Bound<'py, PyAny>) -> PyResult<()> {
        static REPLACE: OfPackage = OfPackage::new("aioprometheus.series", "replace");
        calls_python(slf.py());
        REPLACE.get(slf.py())?.call1((slf, series)).map(drop)
    }

    /// Return a context manager that replaces all series at once at the end of its block.
    ///
    /// ``with metric.replacing() as new:`` gives a metric like this one, without series. At the
    /// end of the block, its series are those of this metric. After an exception nothing has
    /// changed.
    fn replacing<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static REPLACING: OfPackage = OfPackage::new("aioprometheus.series", "Replacing");
        calls_python(slf.py());
        slf.get().state()?;
        REPLACING.get(slf.py())?.call1((slf,))
    }

    /// Replace the value of one series. The series is born if there is none.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :param value: The new value, of the kind that ``get_value`` returns.
    /// :raises ValueError: If the labels are refused, or if the metric cannot have the value.
    /// :raises TypeError: If the value is of the wrong type.
    fn set_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        Self::replace_value(slf, labels, value)
    }

    /// Return the value of one series.
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :returns: A number; for a histogram the live histogram, for a summary the live
    ///   estimator, for an info a dict, for an enum the state.
    /// :raises KeyError: If there is no such series.
    #[pyo3(signature = (labels=None))]
    fn get_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        calls_python(slf.py());
        let state = slf.get().state()?;
        state.value_of(slf.py(), labels)
    }

    /// Return the value of one series, as a number (a summary and a histogram return a dict).
    ///
    /// :param labels: The labels of the series. None or ``{}`` is the series without labels.
    /// :raises KeyError: If there is no such series.
    #[pyo3(signature = (labels=None))]
    fn get<'py>(slf: &Bound<'py, Self>, labels: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        Self::read_value(slf, labels)
    }

    /// Return all series.
    ///
    /// :returns: A list of pairs: the labels of a series as a dict sorted by name, and what
    ///   ``get`` returns for them. The constant labels are not among the labels.
    fn get_all<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        calls_python(slf.py());
        Self::read_all(slf)
    }

    /// The series as a live mapping: a dict of labels is the key, what ``get_value`` returns
    /// the value.
    ///
    /// Assignment sets the value of a series, deletion removes it, ``clear()`` removes all.
    /// Iteration yields the keys as JSON in bytes, and ``"__EMPTY__"`` for the series without
    /// labels.
    #[getter]
    fn values<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(slf.py());
        series_store::values(slf)
    }

    /// Replaces all the series by those of a mapping. A mapping that is set before the constructor runs is ignored.
    #[setter]
    fn set_values<'py>(slf: &Bound<'py, Self>, series: &Bound<'py, PyAny>) -> PyResult<()> {
        calls_python(slf.py());
        match slf.get().initialised() {
            Some(_) => series_store::replace(slf, series),
            None => Ok(()),
        }
    }

    /// All samples as a list of ``Sample(name, labels, value)``, in the order of the text
    /// format.
    ///
    /// A histogram has one sample for each bucket, its count and its sum; a summary one for
    /// each quantile, its count and its sum. Values are floats.
    #[getter]
    fn samples<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static OF_OVERRIDES: OfPackage = OfPackage::new("aioprometheus.samples", "samples_of");
        let py = slf.py();
        if let Ok(own) = slf.get().attributes.get(py, Attribute::OwnSamples) {
            return Ok(own);
        }
        calls_python(py);
        match rendered_family(slf)? {
            Some(family) => Ok(or_memory_error(|| sample::list(py, family))?.into_any()),
            None => OF_OVERRIDES.get(py)?.call1((slf,)),
        }
    }

    /// Sets `samples` of a class of the user's, as `set_labelnames` does.
    #[setter]
    fn set_samples(&self, samples: &Bound<'_, PyAny>) {
        self.attributes.set(Attribute::OwnSamples, samples);
    }

    fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        calls_python(py);
        let equal = match operator {
            CompareOp::Eq => equality::equals(slf, other)?,
            CompareOp::Ne => !equality::equals(slf, other)?,
            _ => return Ok(py.NotImplemented().into_bound(py)),
        };
        Ok(equal.into_pyobject(py)?.to_owned().into_any())
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        (slf.getattr("name")?, slf.getattr("doc")?).into_pyobject(slf.py())?.hash()
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        repr::metric(slf)
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        let class = name_of(&slf.get_type());
        Err(PyTypeError::new_err(format!(
            "cannot copy or pickle {class} {}: its series are shared with its registries; pass the metric \
             itself, or what get_all() says",
            slf.getattr("name")?
        )))
    }
}

impl Constructed for PyCollector {
    fn metric<'a, 'py>(slf: &'a Bound<'py, Self>) -> &'a Bound<'py, PyCollector> {
        slf
    }

    fn init<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Option<Bound<'py, PyCollector>>> {
        static PARAMETERS: OfPackage = OfPackage::new("aioprometheus.constructors", "collector");
        let arguments: Arguments<'py> = bind_arguments(slf.as_any(), &PARAMETERS, args, kwargs)?;
        arguments.placed()?.init(slf, None, |descriptor| Ok(AnyFamily::Value(family(descriptor, ()))))
    }
}
