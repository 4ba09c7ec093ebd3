//! `target_info`: what a registry says of the process itself.
//!
//! It is an info called `target`, which the registry makes and registers, as if a program had done so. Neither the prefix nor
//! the constant labels of the registry are given to it: servers look for this name, and its labels are those of the target.
//!
//! Source: OpenMetrics 1.0, "Supporting Target Metadata in both Push-based and Pull-based Systems".

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::class::PyInfo;
use super::collector::PyCollector;
use super::definition_mistake;
use super::register::register;
use super::registry::PyRegistry;
use crate::exposition::openmetrics::TARGET;
use crate::python::argument::label_mapping::{is_mapping, to_dict};

/// The info that a registry has made, if it is still there.
fn own<'py>(registry: &Bound<'py, PyRegistry>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let py = registry.py();
    let own = registry.get().target.lock().as_ref().map(|own| own.clone_ref(py).into_bound(py));
    let there = registry.get().metrics(py)?.get().registry.get(TARGET);
    Ok(own.filter(|own| there.is_some_and(|there| there.0.is(own))))
}

/// Sets the labels of `target_info`; without labels, there is none.
///
/// # Errors
///
/// TypeError when they are not a mapping, ValueError when a name is refused or another metric is called so. Nothing has
/// changed then.
pub fn set<'py>(registry: &Bound<'py, PyRegistry>, labels: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
    let py = registry.py();
    let labels = match labels {
        Some(labels) if is_mapping(labels)? => to_dict(SAMPLE, labels)?,
        Some(labels) if labels.is_truthy()? => return Err(definition_mistake::no_target_info(labels)),
        _ => PyDict::new(py),
    };
    let own = own(registry)?;
    if labels.is_empty() {
        let before = registry.get().target.lock().take();
        if let (Some(own), Some(_)) = (own, before) {
            registry.get().metrics(py)?.get().registry.remove_if(TARGET, |there| there.0.is(&own));
        }
        return Ok(());
    }
    if let Some(own) = own {
        return own.call_method1(intern!(py, "info"), (labels,)).map(drop);
    }
    let elsewhere = PyDict::new(py);
    elsewhere.set_item("registry", Bound::new(py, PyRegistry::empty(py)?)?)?;
    let new = py.get_type::<PyInfo>().call((TARGET, "Target metadata"), Some(&elsewhere))?;
    new.call_method1(intern!(py, "info"), (labels,))?;
    register(registry, new.cast::<PyCollector>()?, false)?;
    let before = registry.get().target.lock().replace(new.unbind());
    drop(before);
    Ok(())
}

/// The labels of `target_info` as a dict; None without it.
///
/// # Errors
///
/// MemoryError.
pub fn get<'py>(registry: &Bound<'py, PyRegistry>) -> PyResult<Option<Bound<'py, PyAny>>> {
    own(registry)?.map(|own| own.call_method0(intern!(registry.py(), "get"))).transpose()
}

/// What messages call it.
const SAMPLE: &str = "target_info";
