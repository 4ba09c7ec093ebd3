//! What registries hold, for the Python half of the package.

use std::collections::HashMap;

use pyo3::intern;
use pyo3::prelude::*;

use crate::python::metric::registry::PyRegistry;
use crate::python::metric::sources::{Called, Role};

/// Return what a registry calls at a scrape beside its metrics.
///
/// :param registry: The registry.
/// :returns: The collectors and the functions to be called before, each with its time limit in
///   seconds or None; and the time limits of metrics by their names.
#[pyfunction]
pub fn sources_of<'py>(
    registry: &Bound<'py, PyRegistry>,
) -> (Vec<Called<'py>>, Vec<Called<'py>>, HashMap<String, f64>) {
    let (py, sources) = (registry.py(), &registry.get().sources);
    (sources.all(py, Role::Collector), sources.all(py, Role::BeforeScrape), sources.limits())
}

/// Exchange what two registries hold: metrics, collectors, functions, settings, failures.
///
/// The objects stay what they are, so that whoever has one of them sees what the other one had.
///
/// :param first: A registry.
/// :param second: The other one.
#[pyfunction]
pub fn exchange(first: &Bound<'_, PyRegistry>, second: &Bound<'_, PyRegistry>) {
    first.get().exchange(second.get());
}

/// The metrics that a class of the user's reports, if it overrides `get_all`.
///
/// # Errors
///
/// What that raises.
pub fn metrics_of_class<'py>(registry: &Bound<'py, PyRegistry>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = intern!(registry.py(), "get_all");
    let own = registry.py().get_type::<PyRegistry>().getattr(name)?;
    if registry.get_type().getattr(name)?.is(&own) {
        return Ok(None);
    }
    registry.call_method0(name).map(Some)
}
