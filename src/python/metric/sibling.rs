//! Siblings: metrics that are like another one, and whose series will take the place of those.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;

use super::attribute::Attribute;
use super::class::built_in_class;
use super::collector::PyCollector;
use super::overrides::Overrides;
use super::removal;
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;

/// Return a metric like this one, without series, and in no registry.
///
/// :param metric: The metric.
#[pyfunction]
pub fn sibling<'py>(metric: &Bound<'py, PyCollector>) -> PyResult<Bound<'py, PyAny>> {
    let py = metric.py();
    calls_python(py);
    let state = metric.get().state()?;
    // Not that of the class, which may be the user's and take arguments.
    let (class, built_in) = (metric.get_type(), built_in_class(metric.as_any()));
    let object = built_in.getattr(intern!(py, "__new__"))?.call1((&class,))?;
    let sibling = object.cast::<PyCollector>()?;
    for attribute in Attribute::OF_SIBLINGS {
        if let Ok(value) = metric.get().attributes.get(py, attribute) {
            sibling.get().attributes.set(attribute, &value);
        }
    }
    sibling.get().initialise(state.without_series(py, Overrides::of(&class, &built_in)?))?;
    Ok(object)
}

/// Give a metric the series of its sibling at once. The sibling has none then.
///
/// :param metric: The metric.
/// :param sibling: What :func:`sibling` returned for it.
/// :raises TypeError: If it is not.
/// :raises RuntimeError: If the bounds or the quantiles of the metric were changed since.
#[pyfunction]
pub fn adopt(metric: &Bound<'_, PyCollector>, sibling: &Bound<'_, PyCollector>) -> PyResult<()> {
    let py = metric.py();
    calls_python(py);
    let (state, other) = (metric.get().state()?, sibling.get().state()?);
    if !state.family.is_like(&other.family) {
        let class = class_name(sibling);
        return Err(PyTypeError::new_err(format!("{}: a {class} cannot replace its series", state.name())));
    }
    removal::replace(py, state, other, false).map(drop)
}
