//! The arguments of a registry.

use std::num::NonZero;
use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyString;

use super::definition_mistake;
use super::limit::max_series;
use super::registry::PyRegistry;
use super::settings::Settings;
use super::target_info;
use crate::family::Descriptor;
use crate::kind::Kind;
use crate::name::Escaping;
use crate::python::argument::label_mapping::{is_mapping, to_dict};
use crate::python::argument::labels::Labels;
use crate::python::argument::naming::naming;
use crate::python::argument::refusal::{argument_text, shown};
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;

/// What messages call the registry where others name a metric.
const REGISTRY: &str = "Registry";

/// The arguments of a registry, as the function `registry` of `aioprometheus.constructors` returns them.
#[derive(FromPyObject)]
pub struct RegistryArguments<'py> {
    #[pyo3(item(0))]
    prefix: Option<Bound<'py, PyAny>>,
    #[pyo3(item(1))]
    const_labels: Option<Bound<'py, PyAny>>,
    #[pyo3(item(2))]
    max_series: Option<Bound<'py, PyAny>>,
    #[pyo3(item(3))]
    on_duplicate: Option<Bound<'py, PyAny>>,
    #[pyo3(item(4))]
    target_info: Option<Bound<'py, PyAny>>,
}

impl<'py> RegistryArguments<'py> {
    /// Gives them to a registry.
    ///
    /// # Errors
    ///
    /// ValueError or TypeError for an argument that cannot be; then nothing has changed.
    pub fn init(&self, registry: &Bound<'py, PyRegistry>) -> PyResult<()> {
        calls_python(registry.py());
        let settings = Settings {
            prefix: self.prefix.as_ref().map_or(Ok(String::new()), prefix_of)?,
            constant: self.const_labels.as_ref().map_or(Ok(Vec::new()), constant_of)?,
            max_series: self.max_series.as_ref().map_or(Ok(None), max_series_of)?,
        };
        let reuses = self.on_duplicate.as_ref().map_or(Ok(false), reuses)?;
        if let Some(labels) = &self.target_info {
            target_info::set(registry, Some(labels))?;
        }
        *registry.get().settings.lock() = Arc::new(settings);
        registry.get().set_reuses(reuses);
        Ok(())
    }
}

/// Changes one of the settings of a registry.
pub fn change(registry: &PyRegistry, change: impl FnOnce(&mut Settings)) {
    let mut settings = Settings::clone(&registry.settings.lock());
    change(&mut settings);
    *registry.settings.lock() = Arc::new(settings);
}

/// The prefix of a registry.
///
/// # Errors
///
/// TypeError when it is not a str, ValueError when no name of a metric can begin with it.
pub fn prefix_of(given: &Bound<'_, PyAny>) -> PyResult<String> {
    let Ok(text) = given.cast::<PyString>() else {
        let class = class_name(given);
        return Err(PyTypeError::new_err(format!(
            "{REGISTRY}: the prefix must be a str, such as 'app_', not {class}"
        )));
    };
    let Ok(prefix) = text.to_str() else {
        return Err(PyValueError::new_err(format!(
            "{REGISTRY}: the prefix has no UTF-8 form (it holds a lone surrogate)"
        )));
    };
    if prefix.is_empty() || naming().takes_metric_name(prefix) {
        return Ok(prefix.to_owned());
    }
    let legal = Escaping::Underscores.metric_name(prefix).into_owned();
    Err(PyValueError::new_err(format!(
        "{REGISTRY}: no name of a metric can begin with the prefix {}, because names must match \
         [a-zA-Z_:][a-zA-Z0-9_:]*; make it '{legal}', or let names be any text with aioprometheus.names.allow_utf8(), \
         before the registry is made",
        argument_text(given)
    )))
}

/// The constant labels of a registry as text.
///
/// # Errors
///
/// As for the constant labels of a metric, except that labels which some kinds reserve are refused when a metric of that kind
/// is made.
pub fn constant_of(given: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    if !is_mapping(given)? {
        return if given.is_truthy()? {
            Err(definition_mistake::no_const_labels(REGISTRY, None, given))
        } else {
            Ok(Vec::new())
        };
    }
    let dict = to_dict(REGISTRY, given)?;
    let labels = Labels::extract(REGISTRY, Some(&dict))?;
    Descriptor::with_naming(REGISTRY, "", Kind::Untyped, naming())?.with_constant(&labels.pairs())?;
    Ok(labels.pairs().iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// How many series a metric may have.
///
/// # Errors
///
/// TypeError for what is not an int, ValueError for less than 1.
pub fn max_series_of(given: &Bound<'_, PyAny>) -> PyResult<Option<NonZero<u64>>> {
    max_series(REGISTRY, given)
}

/// Whether identical metrics are handed back.
///
/// # Errors
///
/// TypeError or ValueError when it is not one of the two words.
pub fn reuses(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    let words = || format!("{REGISTRY}: on_duplicate must be 'error' or 'reuse', not {}", shown(given));
    match given.cast::<PyString>() {
        Ok(text) if text == "error" => Ok(false),
        Ok(text) if text == "reuse" => Ok(true),
        Ok(_) => Err(PyValueError::new_err(words())),
        Err(_) => Err(PyTypeError::new_err(words())),
    }
}
