//! `Collector`: what all metrics have, and the untyped metric that it is itself.

use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use pyo3::basic::CompareOp;
use pyo3::exceptions::{PyAttributeError, PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyInt, PyList, PyString, PyTuple, PyType};
use pyo3::{PyTraverseError, PyVisit};

use super::argument::{Argument, LabelsArgument, Update};
use super::counter::PyCounter;
use super::gauge::PyGauge;
use super::histogram::PyHistogram;
use super::hooks::{self, Hooks};
use super::import::{Import, class_name, name_of};
use super::labels::{Labels, to_dict, with_pairs};
use super::number;
use super::samples;
use super::store;
use super::summary::PySummary;
use crate::family::{AnyFamily, Descriptor, Family};
use crate::labels::Pair;
use crate::metric::{Kind, Number, Value};

/// The base of all metrics, and a metric of its own: numbers of which nothing is known.
///
/// A time series is identified by its metric's name and by its labels, pairs of names and values. Label
/// names match ``[a-zA-Z_][a-zA-Z0-9_]*``; ``job`` and names that begin with ``__`` are reserved.
///
/// :param name: the name of the metric, ``[a-zA-Z_:][a-zA-Z0-9_:]*``.
/// :param doc: a short description, the HELP of the exposition.
/// :param const_labels: labels of every series of this metric.
/// :param registry: where the metric registers itself; the default registry when it is None.
/// :param labelnames: the label names that every update must give, no more and no fewer; None lets every
///   update choose its own, and ``[]`` allows none.
/// :raises ValueError: a bad or reserved name, a name that is there already, text that has no UTF-8.
/// :raises TypeError: a name that is no str, labels that are no dict.
#[pyclass(name = "Collector", module = "aioprometheus.collectors", subclass, dict, weakref, frozen)]
pub struct PyCollector {
    /// Set by `__init__`, once.
    state: OnceLock<State>,
    /// What users may read and replace. No Python code runs while the lock is held.
    ///
    /// They are not kept in the object's `__dict__`: as long as that does not exist, the interpreter finds
    /// the methods faster.
    attributes: Mutex<[Option<Py<PyAny>>; Attribute::COUNT]>,
}

/// An attribute of a metric, as it was given to the constructor.
#[derive(Debug, Clone, Copy)]
pub enum Attribute {
    Name,
    Doc,
    ConstLabels,
    Labelnames,
    /// The bounds of a histogram, the targets of a summary.
    Spec,
}

impl Attribute {
    const COUNT: usize = 5;

    fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Doc => "doc",
            Self::ConstLabels => "const_labels",
            Self::Labelnames => "labelnames",
            Self::Spec => "spec",
        }
    }
}

/// What a metric is made of.
pub struct State {
    pub family: AnyFamily,
    pub hooks: Hooks,
}

impl PyCollector {
    /// A metric before its `__init__`.
    pub fn uninitialised() -> Self {
        Self { state: OnceLock::new(), attributes: Mutex::default() }
    }

    /// An attribute.
    ///
    /// # Errors
    ///
    /// AttributeError before `__init__` has set it.
    pub fn attribute<'py>(&self, py: Python<'py>, attribute: Attribute) -> PyResult<Bound<'py, PyAny>> {
        let value = self.attributes.lock()[attribute as usize].as_ref().map(|value| value.clone_ref(py));
        value.map(|value| value.into_bound(py)).ok_or_else(|| {
            PyAttributeError::new_err(format!("this metric has no attribute '{}' yet", attribute.as_str()))
        })
    }

    /// Replaces an attribute.
    pub fn set_attribute(&self, attribute: Attribute, value: &Bound<'_, PyAny>) {
        let before = self.attributes.lock()[attribute as usize].replace(value.clone().unbind());
        drop(before);
    }

    /// The metric's state.
    ///
    /// # Errors
    ///
    /// RuntimeError when a subclass did not call `super().__init__`.
    #[inline]
    pub fn state(&self) -> PyResult<&State> {
        self.state.get().ok_or_else(|| {
            PyRuntimeError::new_err("this metric is not initialised; call super().__init__(name, doc) first")
        })
    }

    /// Whether what is rendered is the family itself, and no method of a subclass is asked.
    pub fn renders_family(&self) -> Option<&AnyFamily> {
        self.state.get().filter(|state| !state.hooks.read).map(|state| &state.family)
    }
}

impl State {
    /// The family of a counter, a gauge or an untyped metric.
    #[inline]
    pub fn values(&self) -> PyResult<&Arc<Family<Value>>> {
        match &self.family {
            AnyFamily::Value(family) => Ok(family),
            _ => Err(PyTypeError::new_err(format!("{} does not hold plain numbers", self.name()))),
        }
    }

    /// The metric's name.
    pub fn name(&self) -> &str {
        self.family.descriptor().name()
    }

    /// Takes the number of an update.
    #[inline]
    fn number(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        let number = number::extract(value, || number::refusal(self.name(), value))?;
        if self.family.descriptor().kind() == Kind::Counter {
            number.check_counter(self.name())?;
        }
        Ok(number)
    }

    /// Runs `update` with the number of `value` on the series of `labels`. A bad label is told before a bad
    /// number, and neither changes anything.
    #[inline]
    pub fn update(
        &self,
        labels: LabelsArgument<'_, '_>,
        value: &Bound<'_, PyAny>,
        update: impl FnOnce(&Value, Number),
    ) -> PyResult<()> {
        self.update_number(labels, self.number(value), update)
    }

    /// As [`State::update`], where the number was taken, or refused, before.
    #[inline]
    pub fn update_number(
        &self,
        labels: LabelsArgument<'_, '_>,
        number: PyResult<Number>,
        update: impl FnOnce(&Value, Number),
    ) -> PyResult<()> {
        let family = self.values()?;
        with_pairs(self.name(), labels.as_deref(), |pairs| match number {
            Ok(number) => Ok(family.with(pairs, |value| update(value, number))?),
            Err(error) => Err(family.check(pairs).map_or_else(PyErr::from, |()| error)),
        })
    }
}

/// What the constructors of all metrics take.
pub struct Arguments<'a, 'py> {
    pub name: &'a Bound<'py, PyAny>,
    pub doc: &'a Bound<'py, PyAny>,
    pub const_labels: Option<&'a Bound<'py, PyAny>>,
    pub registry: Option<&'a Bound<'py, PyAny>>,
    pub labelnames: Option<&'a Bound<'py, PyAny>>,
}

impl<'py> Arguments<'_, 'py> {
    /// Initialises `metric`: checks the arguments, makes the family, sets the attributes, and registers.
    pub fn init(
        &self,
        metric: &Bound<'py, PyCollector>,
        make: impl FnOnce(Descriptor) -> PyResult<AnyFamily>,
    ) -> PyResult<()> {
        let py = metric.py();
        let native = native_class(metric.as_any());
        let hooks = Hooks::of(&metric.get_type(), &native)?;
        let family = make(self.descriptor(kind_of(metric.as_any()))?)?;
        if metric.get().state.set(State { family, hooks }).is_err() {
            return Err(PyRuntimeError::new_err("this metric is initialised already; make a new one"));
        }
        metric.setattr("name", self.name)?;
        metric.setattr("doc", self.doc)?;
        let const_labels = match self.const_labels.and_then(|labels| labels.cast::<PyDict>().ok()) {
            Some(labels) => labels.copy()?,
            None => PyDict::new(py),
        };
        metric.setattr("const_labels", const_labels)?;
        let labelnames = self.declared()?.map(|names| PyTuple::new(py, names)).transpose()?;
        metric.get().set_attribute(Attribute::Labelnames, labelnames.into_pyobject(py)?.as_any());
        match self.registry {
            Some(registry) => registry.call_method1("register", (metric,))?,
            None => {
                let default = py.import("aioprometheus.collectors")?.call_method0("get_registry")?;
                default.call_method1("register", (metric,))?
            }
        };
        Ok(())
    }

    fn descriptor(&self, kind: Kind) -> PyResult<Descriptor> {
        let Ok(name) = self.name.cast::<PyString>() else {
            let class = class_name(self.name);
            return Err(PyTypeError::new_err(format!("the name of a metric must be a str, not {class}")));
        };
        let help = self.doc.str()?;
        let help = help.to_str().map_err(|_| {
            PyValueError::new_err(format!(
                "{}: the doc has no UTF-8 form (it holds a lone surrogate)",
                name.to_string_lossy()
            ))
        })?;
        let name = name.to_string_lossy();
        let descriptor = Descriptor::new(&name, help, kind)?;
        let constant = match self.const_labels {
            Some(labels) if labels.is_truthy()? && labels.cast::<PyDict>().is_err() => {
                let class = class_name(labels);
                return Err(PyTypeError::new_err(format!(
                    "{name}: const_labels must be a dict, not {class}"
                )));
            }
            labels => Labels::extract(&name, labels)?,
        };
        let descriptor = descriptor.with_constant(&constant.pairs())?;
        match self.declared()? {
            None => Ok(descriptor),
            Some(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                Ok(descriptor.with_declared(&names)?)
            }
        }
    }

    /// The declared label names.
    fn declared(&self) -> PyResult<Option<Vec<String>>> {
        let Some(labelnames) = self.labelnames else {
            return Ok(None);
        };
        if labelnames.is_instance_of::<PyString>() {
            return Err(PyValueError::new_err(format!(
                "{}: labelnames must be a list of names, not the str '{labelnames}'; write ['{labelnames}']",
                self.name
            )));
        }
        let mut names = Vec::new();
        for name in labelnames.try_iter()? {
            let name = name?;
            match name.cast::<PyString>().ok().and_then(|name| name.to_str().ok()) {
                Some(name) => names.push(name.to_owned()),
                None => return Err(PyValueError::new_err(format!("Invalid label name: {}", name.repr()?))),
            }
        }
        Ok(Some(names))
    }
}

/// The class of this library that an object's class is, or descends from.
fn native_class<'py>(metric: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
    let py = metric.py();
    match kind_of(metric) {
        Kind::Counter => py.get_type::<PyCounter>(),
        Kind::Gauge => py.get_type::<PyGauge>(),
        Kind::Summary => py.get_type::<PySummary>(),
        Kind::Histogram => py.get_type::<PyHistogram>(),
        Kind::Untyped => py.get_type::<PyCollector>(),
    }
}

fn kind_of(metric: &Bound<'_, PyAny>) -> Kind {
    if metric.is_instance_of::<PyCounter>() {
        Kind::Counter
    } else if metric.is_instance_of::<PyGauge>() {
        Kind::Gauge
    } else if metric.is_instance_of::<PySummary>() {
        Kind::Summary
    } else if metric.is_instance_of::<PyHistogram>() {
        Kind::Histogram
    } else {
        Kind::Untyped
    }
}

#[pymethods]
impl PyCollector {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::uninitialised()
    }

    #[pyo3(signature = (name, doc, const_labels=None, registry=None, *, labelnames=None))]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyAny>,
        doc: &Bound<'py, PyAny>,
        const_labels: Option<&Bound<'py, PyAny>>,
        registry: Option<&Bound<'py, PyAny>>,
        labelnames: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        let arguments = Arguments { name, doc, const_labels, registry, labelnames };
        arguments.init(slf, |descriptor| Ok(AnyFamily::Value(Arc::new(Family::new(descriptor, ())))))
    }

    /// The name of the metric.
    #[getter]
    fn name<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().attribute(slf.py(), Attribute::Name)
    }

    #[setter]
    fn set_name(&self, name: &Bound<'_, PyAny>) {
        self.set_attribute(Attribute::Name, name);
    }

    /// The short description of the metric.
    #[getter]
    fn doc<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().attribute(slf.py(), Attribute::Doc)
    }

    #[setter]
    fn set_doc(&self, doc: &Bound<'_, PyAny>) {
        self.set_attribute(Attribute::Doc, doc);
    }

    /// The labels of every series of this metric, as they were given.
    #[getter]
    fn const_labels<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().attribute(slf.py(), Attribute::ConstLabels)
    }

    #[setter]
    fn set_const_labels(&self, const_labels: &Bound<'_, PyAny>) {
        self.set_attribute(Attribute::ConstLabels, const_labels);
    }

    /// The declared label names as a tuple; None when every update chooses its own.
    #[getter]
    fn labelnames<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().attribute(slf.py(), Attribute::Labelnames)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The collector runs attached, and whoever holds this lock runs no Python code: it is free, but
        // for another thread of a free-threaded interpreter, and then nothing is collected this time.
        match self.attributes.try_lock() {
            Some(attributes) => attributes.iter().flatten().try_for_each(|value| visit.call(value)),
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        let attributes = std::mem::take(&mut *self.attributes.lock());
        drop(attributes);
    }

    /// Set the value of the series with these labels.
    ///
    /// :raises ValueError: a label name that is refused.
    /// :raises TypeError: a value of the wrong type.
    fn set_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        match &state.family {
            AnyFamily::Value(_) => {
                state.update(labels.map(Bound::as_borrowed), value, |series, number| series.set(number))
            }
            family => store::set(family, &Labels::extract(state.name(), labels)?, value),
        }
    }

    /// The value of the series with these labels: a number, or the live histogram or estimator.
    ///
    /// :raises KeyError: when there is no such series.
    #[pyo3(signature = (labels=None))]
    fn get_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let state = slf.get().state()?;
        store::get(slf.py(), &state.family, labels)
    }

    /// The value of the series with these labels; the same as ``get_value``.
    ///
    /// :raises KeyError: when there is no such series.
    #[pyo3(signature = (labels=None))]
    fn get<'py>(slf: &Bound<'py, Self>, labels: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        Self::read_value(slf, labels)
    }

    /// All the series: a list of pairs of a dict of labels, sorted by name, and what ``get`` says of it.
    fn get_all<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        let py = slf.py();
        let state = slf.get().state()?;
        let all = PyList::empty(py);
        for key in store::keys(&state.family) {
            let mut pairs: Vec<Pair<'_>> = key.labels().pairs().collect();
            pairs.sort_unstable();
            let value = if state.hooks.read {
                let key = super::labels::series_key(py, pairs.iter().copied());
                slf.call_method1("get", (key,))?
            } else {
                key.value(py)?
            };
            all.append((to_dict(py, pairs.into_iter())?, value))?;
        }
        Ok(all)
    }

    /// The series as a live mapping from labels to values.
    #[getter]
    fn values<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static VALUES: Import = Import::new("aioprometheus.values", "Values");
        let store = store::PySeriesStore::new(slf.get().state()?.family.clone());
        VALUES.get(slf.py())?.call1((store,))
    }

    /// All the samples, as a list of ``Sample(name, labels, value)`` in the order of the text format.
    #[getter]
    fn samples<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static OF_OVERRIDE: Import = Import::new("aioprometheus.samples", "samples_of");
        match slf.get().renders_family() {
            Some(family) => Ok(samples::list(slf.py(), family)?.into_any()),
            None => OF_OVERRIDE.get(slf.py())?.call1((slf,)),
        }
    }

    fn __richcmp__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
        operator: CompareOp,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        let equal = match operator {
            CompareOp::Eq => Self::equals(slf, other)?,
            CompareOp::Ne => !Self::equals(slf, other)?,
            _ => return Ok(py.NotImplemented().into_bound(py)),
        };
        Ok(equal.into_pyobject(py)?.to_owned().into_any())
    }

    fn __hash__(slf: &Bound<'_, Self>) -> PyResult<isize> {
        (slf.getattr("name")?, slf.getattr("doc")?).into_pyobject(slf.py())?.hash()
    }

    fn __reduce_ex__(slf: &Bound<'_, Self>, _protocol: &Bound<'_, PyAny>) -> PyResult<()> {
        let class = name_of(&slf.get_type());
        Err(PyTypeError::new_err(format!(
            "cannot copy or pickle {class} {}: its series are shared with its registries; pass the metric \
             itself, or what get_all() says",
            slf.getattr("name")?
        )))
    }
}

impl PyCollector {
    /// `get` of the base class: the value itself.
    pub fn read_value<'py>(
        slf: &Bound<'py, Self>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let state = slf.get().state()?;
        if state.hooks.value {
            return slf.call_method1("get_value", (labels,));
        }
        store::get(slf.py(), &state.family, labels)
    }

    fn equals(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
        if slf.is(other) {
            return Ok(true);
        }
        let attributes_equal = |name: &str| slf.getattr(name)?.eq(other.getattr(name)?);
        Ok(other.is_instance(&slf.get_type())?
            && attributes_equal("name")?
            && attributes_equal("doc")?
            && attributes_equal("values")?)
    }

    /// `set(labels, value)` of counters and gauges; `method` is for the words of an error.
    pub fn set_number<'py>(
        slf: &Bound<'py, Self>,
        method: &str,
        labels: Argument<'_, 'py>,
        value: Argument<'_, 'py>,
    ) -> PyResult<()> {
        let (labels, value) = Update::with_value(method, labels, value)?;
        let state = slf.get().state()?;
        if state.hooks.value {
            return hooks::call_set_value(slf, labels, &value);
        }
        state.update(labels, &value, |series, number| series.set(number))
    }

    /// `add(labels, value)` of counters and gauges.
    pub fn add_number<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        value: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.hooks.value {
            let number = state.number(value)?;
            let sum = match hooks::call_get_value(slf, labels)? {
                Some(current) => current.add(number::to_object(slf.py(), number)?)?,
                None => number::to_object(slf.py(), number)?,
            };
            return hooks::call_set_value(slf, labels, &sum);
        }
        state.update(labels, value, |series, number| series.add(number))
    }

    /// Subtracts the number `amount`, through `self.add` where a subclass has its own.
    pub fn step_back<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.hooks.add || state.hooks.value {
            let negative = number::to_object(slf.py(), -state.number(amount)?)?;
            return Self::step(slf, labels, &negative);
        }
        state.update(labels, amount, |series, number| series.add(-number))
    }

    /// Adds the number `amount`, through `self.add` where a subclass has its own.
    pub fn step<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: &Bound<'py, PyAny>,
    ) -> PyResult<()> {
        if slf.get().state()?.hooks.add {
            return hooks::call_add(slf, labels, amount);
        }
        Self::add_number(slf, labels, amount)
    }

    /// Adds one or minus one.
    #[inline]
    pub fn step_by<'py>(
        slf: &Bound<'py, Self>,
        labels: LabelsArgument<'_, 'py>,
        amount: i64,
    ) -> PyResult<()> {
        let state = slf.get().state()?;
        if state.hooks.add || state.hooks.value {
            return Self::step(slf, labels, &PyInt::new(slf.py(), amount));
        }
        state.update_number(labels, Ok(Number::Int(amount)), |series, number| series.add(number))
    }
}
