//! The constructors of the metrics.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};

use super::attribute::Attribute;
use super::collector::PyCollector;
use super::counter::PyCounter;
use super::gauge::PyGauge;
use super::histogram::PyHistogram;
use super::hooks::Hooks;
use super::import::class_name;
use super::info::PyInfo;
use super::labels::Labels;
use super::lifecycle::calls_python;
use super::naming::naming;
use super::state::State;
use super::state_set::PyEnum;
use super::summary::PySummary;
use crate::error::Error;
use crate::family::{AnyFamily, Descriptor};
use crate::metric::Kind;

/// The parameters that the constructors of all metrics take, for the docstrings of the classes.
macro_rules! parameters {
    () => {
        ":param name: The name of the metric: ASCII letters, digits, ``_`` and ``:``, with no digit
  first.
:param doc: What the metric counts or measures: the HELP text that people see.
:param const_labels: Labels that every series of this metric has, as a dict. They are defaults:
  an update may give another value.
:param registry: The registry that the metric registers itself in. None: the default registry.
:param labelnames: The label names that every update must give, no more and no fewer. None: each
  update chooses its own. ``[]``: the metric has one series, without labels. Keyword only.
:param unit: The unit of the values, such as ``\"seconds\"``. The name must end in it, before the
  ``_total`` of a counter. Keyword only."
    };
}
pub(super) use parameters;

/// What these constructors raise, for the docstrings of the classes.
macro_rules! errors {
    () => {
        ":raises ValueError: If a name is malformed or reserved, if the name is registered already,
  if the unit is not the end of the name, if a text has no UTF-8 form, or if a setting is out of
  its range.
:raises TypeError: If an argument is of the wrong type."
    };
}
pub(super) use errors;

/// What the constructors of all metrics take.
pub struct Arguments<'a, 'py> {
    pub name: &'a Bound<'py, PyAny>,
    pub doc: &'a Bound<'py, PyAny>,
    pub const_labels: Option<&'a Bound<'py, PyAny>>,
    pub registry: Option<&'a Bound<'py, PyAny>>,
    pub labelnames: Option<&'a Bound<'py, PyAny>>,
    pub unit: Option<&'a Bound<'py, PyAny>>,
}

impl<'py> Arguments<'_, 'py> {
    /// Initialises `metric`: checks the arguments, makes the family, sets the attributes, and registers.
    pub fn init(
        &self,
        metric: &Bound<'py, PyCollector>,
        make: impl FnOnce(Descriptor) -> PyResult<AnyFamily>,
    ) -> PyResult<()> {
        let py = metric.py();
        calls_python(py);
        metric.get().check_new()?;
        let native = native_class(metric.as_any());
        let hooks = Hooks::of(&metric.get_type(), &native)?;
        let (descriptor, declared) = self.descriptor(kind_of(metric.as_any()))?;
        let family = make(descriptor)?;
        metric.setattr("name", self.name)?;
        metric.setattr("doc", self.doc)?;
        let const_labels = match self.const_labels.and_then(|labels| labels.cast::<PyDict>().ok()) {
            Some(labels) => labels.copy()?,
            None => PyDict::new(py),
        };
        metric.setattr("const_labels", const_labels)?;
        let labelnames = declared.map(|names| PyTuple::new(py, names)).transpose()?;
        metric.get().attributes.set(Attribute::Labelnames, labelnames.into_pyobject(py)?.as_any());
        metric.get().initialise(State::new(family, hooks))?;
        match self.registry {
            Some(registry) => registry.call_method1("register", (metric,))?,
            None => {
                let default = py.import("aioprometheus.collectors")?.call_method0("get_registry")?;
                default.call_method1("register", (metric,))?
            }
        };
        Ok(())
    }

    /// The descriptor, and the declared label names, which are asked for once: they may be an iterator.
    fn descriptor(&self, kind: Kind) -> PyResult<(Descriptor, Option<Vec<String>>)> {
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
        let mut descriptor = Descriptor::with_naming(&name, help, kind, naming())?;
        if let Some(unit) = self
            .unit
            .filter(|unit| !unit.is_exact_instance_of::<PyString>() || unit.is_truthy().unwrap_or(true))
        {
            let Ok(text) = unit.cast::<PyString>() else {
                let class = class_name(unit);
                return Err(PyTypeError::new_err(format!("{name}: the unit must be a str, not {class}")));
            };
            descriptor = descriptor.with_unit(&text.to_string_lossy())?;
        }
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
            None => Ok((descriptor, None)),
            Some(declared) => {
                let names: Vec<&str> = declared.iter().map(String::as_str).collect();
                Ok((descriptor.with_declared(&names)?, Some(declared)))
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
        let items = labelnames.try_iter().map_err(|_| {
            let class = class_name(labelnames);
            PyTypeError::new_err(format!("{}: labelnames must be a list of names, not {class}", self.name))
        })?;
        for name in items {
            let name = name?;
            match name.cast::<PyString>().ok().and_then(|name| name.to_str().ok()) {
                Some(name) => names.push(name.to_owned()),
                None => {
                    let (metric, name) = (self.name.to_string(), name.repr()?.to_string());
                    return Err(Error::LabelSyntax { metric, name }.into());
                }
            }
        }
        Ok(Some(names))
    }
}

/// The class of this library that an object's class is, or descends from.
pub fn native_class<'py>(metric: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
    let py = metric.py();
    match kind_of(metric) {
        Kind::Counter => py.get_type::<PyCounter>(),
        Kind::Gauge => py.get_type::<PyGauge>(),
        Kind::Summary => py.get_type::<PySummary>(),
        Kind::Histogram => py.get_type::<PyHistogram>(),
        Kind::Info => py.get_type::<PyInfo>(),
        Kind::StateSet => py.get_type::<PyEnum>(),
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
    } else if metric.is_instance_of::<PyInfo>() {
        Kind::Info
    } else if metric.is_instance_of::<PyEnum>() {
        Kind::StateSet
    } else {
        Kind::Untyped
    }
}
