//! Constructors of metrics: what is common to all of them.

use std::num::NonZero;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyInt, PyString, PyTuple};

use super::attribute::Attribute;
use super::class::{built_in_class, kind_of};
use super::collector::PyCollector;
use super::definition_mistake;
use super::overrides::Overrides;
use super::state::State;
use crate::error::Error;
use crate::family::{AnyFamily, Descriptor, Family};
use crate::kind::Kind;
use crate::metric::{Metric, with_any};
use crate::name::LabelNameError;
use crate::python::argument::label_mapping::{is_mapping, to_dict};
use crate::python::argument::labels::Labels;
use crate::python::argument::naming::naming;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::interpreter::lifecycle::calls_python;

/// Binds the arguments of a constructor as Python binds those of the function `parameters`, which returns them.
///
/// # Errors
///
/// TypeError with Python's own message for a missing, unexpected or extra argument; a note says what newcomers may have
/// meant.
pub fn bind_arguments<'py, T: FromPyObjectOwned<'py>>(
    receiver: &Bound<'py, PyAny>,
    parameters: &OfPackage,
    args: &Bound<'py, PyTuple>,
    kwargs: Option<&Bound<'py, PyDict>>,
) -> PyResult<T> {
    let py = receiver.py();
    calls_python(py);
    let all: Vec<_> = [receiver.clone()].into_iter().chain(args).collect();
    let parameters = parameters.get(py)?;
    match parameters.call(PyTuple::new(py, all)?, kwargs) {
        Ok(bound) => bound.extract().map_err(Into::into),
        Err(error) if error.is_instance_of::<PyTypeError>(py) => {
            Err(definition_mistake::unbound(receiver, &parameters, args, kwargs, error))
        }
        Err(error) => Err(error),
    }
}

/// The arguments that the constructors of all metrics take, as the functions of `aioprometheus.constructors` return them.
#[derive(FromPyObject)]
pub struct Arguments<'py> {
    #[pyo3(item(0))]
    pub name: Bound<'py, PyAny>,
    #[pyo3(item(1))]
    doc: Bound<'py, PyAny>,
    #[pyo3(item(2))]
    const_labels: Option<Bound<'py, PyAny>>,
    #[pyo3(item(3))]
    registry: Option<Bound<'py, PyAny>>,
    #[pyo3(item(4))]
    labelnames: Option<Bound<'py, PyAny>>,
    #[pyo3(item(5))]
    unit: Option<Bound<'py, PyAny>>,
    #[pyo3(item(6))]
    max_series: Option<Bound<'py, PyAny>>,
}

impl<'py> Arguments<'py> {
    /// Initialises `metric`: checks the arguments, makes the family, sets the attributes, and registers.
    pub fn init(
        &self,
        metric: &Bound<'py, PyCollector>,
        make: impl FnOnce(Descriptor) -> PyResult<AnyFamily>,
    ) -> PyResult<()> {
        let py = metric.py();
        calls_python(py);
        metric.get().check_new()?;
        let built_in = built_in_class(metric.as_any());
        let overrides = Overrides::of(&metric.get_type(), &built_in)?;
        let (descriptor, const_labels, declared) = self.descriptor(py, kind_of(metric.as_any()))?;
        let family = make(descriptor)?;
        metric.setattr("name", &self.name)?;
        metric.setattr("doc", &self.doc)?;
        metric.setattr("const_labels", const_labels)?;
        let is_single = declared.as_ref().is_some_and(Vec::is_empty);
        let labelnames = declared.map(|names| PyTuple::new(py, names)).transpose()?;
        metric.get().attributes.set(Attribute::Labelnames, labelnames.into_pyobject(py)?.as_any());
        if is_single && !overrides.value() {
            bear_single(py, &family)?;
        }
        metric.get().initialise(State::new(family, overrides))?;
        match &self.registry {
            Some(registry) if !registry.hasattr("register")? => {
                return Err(definition_mistake::no_registry(metric, registry));
            }
            Some(registry) => registry
                .call_method1("register", (metric,))
                .map_err(|error| definition_mistake::class_of_registry(metric, registry, error))?,
            None => {
                let default = py.import("aioprometheus.collectors")?.call_method0("get_registry")?;
                default.call_method1("register", (metric,))?
            }
        };
        Ok(())
    }

    /// The descriptor, the constant labels as they were given, and the declared label names. The latter are read once,
    /// because they may be an iterator.
    fn descriptor(
        &self,
        py: Python<'py>,
        kind: Kind,
    ) -> PyResult<(Descriptor, Bound<'py, PyDict>, Option<Vec<String>>)> {
        let Ok(name) = self.name.cast::<PyString>() else {
            return Err(definition_mistake::no_metric_name(&self.name));
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
            .as_ref()
            .filter(|unit| !unit.is_exact_instance_of::<PyString>() || unit.is_truthy().unwrap_or(true))
        {
            let Ok(text) = unit.cast::<PyString>() else {
                let class = class_name(unit);
                return Err(PyTypeError::new_err(format!("{name}: the unit must be a str, not {class}")));
            };
            descriptor = descriptor.with_unit(&text.to_string_lossy())?;
        }
        if let Some(most) = self.max_series.as_ref().map(|most| max_series(&name, most)).transpose()? {
            descriptor = descriptor.with_max_series(most);
        }
        let const_labels = match &self.const_labels {
            None => PyDict::new(py),
            Some(labels) if is_mapping(labels)? => to_dict(&name, labels)?,
            Some(labels) if !labels.is_truthy()? => PyDict::new(py),
            Some(labels) => return Err(definition_mistake::no_const_labels(&name, labels)),
        };
        let constant = Labels::extract(&name, Some(&const_labels))?;
        let descriptor = descriptor.with_constant(&constant.pairs())?;
        match self.declared()? {
            None => Ok((descriptor, const_labels, None)),
            Some(declared) => {
                let names: Vec<&str> = declared.iter().map(String::as_str).collect();
                Ok((descriptor.with_declared(&names)?, const_labels, Some(declared)))
            }
        }
    }

    /// The declared label names.
    fn declared(&self) -> PyResult<Option<Vec<String>>> {
        let Some(labelnames) = &self.labelnames else {
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
                    let refused = LabelNameError::Syntax { name: name.repr()?.to_string() };
                    return Err(Error::of(&self.name.to_string(), refused).into());
                }
            }
        }
        Ok(Some(names))
    }
}

/// How many series a metric may have.
///
/// # Errors
///
/// TypeError for what is not an int, ValueError for less than 1; both name the metric.
pub fn max_series(metric: &str, most: &Bound<'_, PyAny>) -> PyResult<NonZero<u64>> {
    const HINT: &str = "give the number of series that the metric may have, or None for any number";
    if most.is_instance_of::<PyBool>() || !most.is_instance_of::<PyInt>() {
        let class = class_name(most);
        return Err(PyTypeError::new_err(format!(
            "{metric}: max_series must be an int, not {class}; {HINT}"
        )));
    }
    if most.lt(1)? {
        return Err(PyValueError::new_err(format!(
            "{metric}: max_series must be 1 or more, not {most}; {HINT}"
        )));
    }
    // So many series never are.
    Ok(most.extract::<NonZero<u64>>().unwrap_or(NonZero::<u64>::MAX))
}

/// Makes the one series of a metric that declares to have no labels, so that it is exposed from the start. An info has none
/// before it has facts.
fn bear_single(py: Python<'_>, family: &AnyFamily) -> PyResult<()> {
    fn bear<M: Metric>(py: Python<'_>, family: &Family<M>) -> PyResult<()> {
        if M::HAS_FACTS { Ok(()) } else { Ok(family.with(access(py), &[], |_| ())?) }
    }
    with_any!(AnyFamily, family, family => bear(py, family))
}
