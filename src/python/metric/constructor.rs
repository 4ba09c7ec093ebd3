//! Constructors of metrics: what is common to all of them.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

use super::attribute::Attribute;
use super::class::{built_in_class, kind_of};
use super::collector::PyCollector;
use super::definition_mistake;
use super::duplicate::{self, Definition, Found};
use super::initial;
use super::limit::max_series;
use super::overrides::Overrides;
use super::place::Place;
use super::state::State;
use crate::error::{Error, Mistake};
use crate::family::{AnyFamily, Descriptor};
use crate::kind::Kind;
use crate::name::LabelNameError;
use crate::python::argument::label_mapping::{is_mapping, to_dict};
use crate::python::argument::labels::Labels;
use crate::python::argument::naming::naming;
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::note::noted;

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
    #[pyo3(item(7))]
    namespace: Option<Bound<'py, PyAny>>,
    #[pyo3(item(8))]
    subsystem: Option<Bound<'py, PyAny>>,
    #[pyo3(item(9))]
    initial: Option<Bound<'py, PyAny>>,
}

/// What a metric shows of its buckets, quantiles or states.
pub enum SpecShown<'a, 'py> {
    /// A property, which a class of the user's may override.
    Property(&'static str, &'a Bound<'py, PyAny>),
    /// What can only be read.
    ReadOnly(&'a Bound<'py, PyAny>),
}

/// The arguments of a metric whose place is known, so that its name is whole.
pub struct Placed<'py> {
    arguments: Arguments<'py>,
    place: Place<'py>,
    state_label: Option<String>,
}

impl<'py> Arguments<'py> {
    /// Finds the place of the metric, and makes its name whole.
    ///
    /// # Errors
    ///
    /// As [`Place::full_name`].
    pub fn placed(mut self) -> PyResult<Placed<'py>> {
        let place = Place::of(self.name.py(), self.registry.as_ref())?;
        self.name = place.full_name(&self.name, self.namespace.as_ref(), self.subsystem.as_ref())?;
        Ok(Placed { arguments: self, place, state_label: None })
    }
}

impl<'py> Placed<'py> {
    /// The whole name.
    pub fn name(&self) -> &Bound<'py, PyAny> {
        &self.arguments.name
    }

    /// Gives the states of an enum a label of this name; None is a label of the name of the metric.
    ///
    /// # Errors
    ///
    /// TypeError when it is not a str.
    pub fn with_state_label(mut self, label: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        self.state_label = label.map(|label| self.text("label", label)).transpose()?;
        Ok(self)
    }

    /// The text of an argument that is a name.
    fn text(&self, parameter: &str, given: &Bound<'py, PyAny>) -> PyResult<String> {
        match given.cast::<PyString>() {
            Ok(text) => Ok(text.to_str()?.to_owned()),
            Err(_) => {
                let (name, class) = (self.name(), class_name(given));
                Err(PyTypeError::new_err(format!("{name}: the {parameter} must be a str, not {class}")))
            }
        }
    }

    /// Initialises `metric`: checks the arguments, makes the family, sets the attributes and that of its `spec`, and registers.
    /// If the registry hands back what is made twice and has an identical metric, it gives that one, and nothing has changed.
    ///
    /// # Errors
    ///
    /// Those of the arguments and of the registration; RuntimeError when the metric was initialised before, as another one.
    pub fn init(
        &self,
        metric: &Bound<'py, PyCollector>,
        spec: Option<&SpecShown<'_, 'py>>,
        make: impl FnOnce(Descriptor) -> PyResult<AnyFamily>,
    ) -> PyResult<Option<Bound<'py, PyCollector>>> {
        let py = metric.py();
        calls_python(py);
        if self.place.reusing().is_none() {
            metric.get().check_new()?;
        }
        let (arguments, class) = (&self.arguments, metric.get_type());
        let overrides = Overrides::of(&class, &built_in_class(metric.as_any()))?;
        let (descriptor, const_labels, declared) = self.descriptor(py, kind_of(metric.as_any()))?;
        let family = make(descriptor)?;
        let initial = arguments.initial.as_ref();
        initial.map_or(Ok(()), |initial| initial::check(&family, declared.as_deref(), initial))?;
        let stores = overrides.value();
        if declared.as_ref().is_some_and(Vec::is_empty) && !stores {
            initial::bear_single(py, &family)?;
        }
        match initial {
            Some(initial) if !stores => initial::set(&family, initial)?,
            _ => (),
        }
        let definition = Definition { class, family: &family, labelnames: declared.clone() };
        let found = self.found(py, &definition)?;
        match found {
            Some(Found::Identical(there)) => return Ok(Some(there)),
            Some(Found::Different(differences)) if metric.get().initialised().is_some() => {
                return Err(duplicate::refused(&definition, &differences));
            }
            _ => metric.get().check_new()?,
        }
        metric.setattr("name", &arguments.name)?;
        metric.setattr("doc", &arguments.doc)?;
        metric.setattr("const_labels", const_labels)?;
        // Before the registration, because a scrape on another thread may follow at once.
        match spec {
            Some(SpecShown::Property(name, value)) => metric.setattr(name, value)?,
            Some(SpecShown::ReadOnly(value)) => metric.get().attributes.set(Attribute::Spec, value),
            None => (),
        }
        let labelnames = declared.as_ref().map(|names| PyTuple::new(py, names)).transpose()?;
        metric.get().attributes.set(Attribute::Labelnames, labelnames.into_pyobject(py)?.as_any());
        metric.get().initialise(State::new(family, overrides))?;
        match initial {
            Some(initial) if stores => initial::set_by_class(metric, initial)?,
            _ => (),
        }
        self.register(metric)
    }

    /// What the registry has under the name, if it hands back what is made twice.
    fn found(&self, py: Python<'py>, definition: &Definition<'_, 'py>) -> PyResult<Option<Found<'py>>> {
        self.place.reusing().map_or(Ok(None), |registry| duplicate::find(py, registry.get(), definition))
    }

    /// Registers a metric that is initialised, as [`Placed::init`] does.
    fn register(&self, metric: &Bound<'py, PyCollector>) -> PyResult<Option<Bound<'py, PyCollector>>> {
        let registry = &self.place.registry;
        if !registry.hasattr("register")? {
            return Err(definition_mistake::no_registry(metric, registry));
        }
        let Err(error) = registry.call_method1("register", (metric,)) else {
            return Ok(None);
        };
        // Another thread may have registered one meanwhile.
        let definition = Definition::of(metric)?;
        match self.found(metric.py(), &definition)? {
            Some(Found::Identical(there)) => Ok(Some(there)),
            Some(Found::Different(differences)) => Err(duplicate::refused(&definition, &differences)),
            None if self.arguments.registry.is_none() => Err(error),
            None => Err(definition_mistake::class_of_registry(metric, registry, error)),
        }
    }

    /// The descriptor, the constant labels as they were given, and the declared label names. The latter are read once,
    /// because they may be an iterator.
    fn descriptor(
        &self,
        py: Python<'py>,
        kind: Kind,
    ) -> PyResult<(Descriptor, Bound<'py, PyDict>, Option<Vec<String>>)> {
        let arguments = &self.arguments;
        let Ok(name) = arguments.name.cast::<PyString>() else {
            return Err(definition_mistake::no_metric_name(&arguments.name));
        };
        let help = arguments.doc.str()?;
        let help = help.to_str().map_err(|_| {
            PyValueError::new_err(format!(
                "{}: the doc has no UTF-8 form (it holds a lone surrogate)",
                name.to_string_lossy()
            ))
        })?;
        let name = name.to_string_lossy();
        let mut descriptor = match &self.state_label {
            Some(label) => Descriptor::of_states(&name, help, label, naming())?,
            None => Descriptor::with_naming(&name, help, kind, naming())?,
        };
        if let Some(unit) = arguments
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
        let most = arguments.max_series.as_ref();
        let most = most.map_or(Ok(self.place.settings.max_series), |most| max_series(&name, most))?;
        if let Some(most) = most {
            descriptor = descriptor.with_max_series(most);
        }
        let const_labels = match &arguments.const_labels {
            None => PyDict::new(py),
            Some(labels) if is_mapping(labels)? => to_dict(&name, labels)?,
            Some(labels) if !labels.is_truthy()? => PyDict::new(py),
            Some(labels) => return Err(definition_mistake::no_const_labels(&name, Some(kind), labels)),
        };
        let const_labels = self.place.const_labels(const_labels)?;
        let constant = Labels::extract(&name, Some(&const_labels))?;
        let descriptor =
            descriptor.with_constant(&constant.pairs()).map_err(|error| self.refused(py, error))?;
        match arguments.declared()? {
            None => Ok((descriptor, const_labels, None)),
            Some(declared) => {
                let names: Vec<&str> = declared.iter().map(String::as_str).collect();
                let descriptor = descriptor.with_declared(&names).map_err(|error| self.refused(py, error))?;
                Ok((descriptor, const_labels, Some(declared)))
            }
        }
    }

    /// The exception for a label that is refused, with a note if the registry has brought it.
    #[cold]
    fn refused(&self, py: Python<'_>, error: Error) -> PyErr {
        let name = match &error {
            Error::Metric { mistake: Mistake::LabelIsConstant { name }, .. }
            | Error::Metric { mistake: Mistake::LabelName(LabelNameError::Reserved { name }), .. } => {
                name.clone()
            }
            _ => String::new(),
        };
        let error = PyErr::from(error);
        if !self.place.settings.has_label(&name) {
            return error;
        }
        let words = format!(
            "{}: the registry gives the label '{name}' to all metrics that are made in it",
            self.name()
        );
        noted(py, error, &words)
    }
}

impl Arguments<'_> {
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
