//! Equality of metrics.

use pyo3::prelude::*;

use crate::python::metric::collector::PyCollector;

/// Whether `other` is of the class of a metric, and has its name, doc and values.
pub fn equals(slf: &Bound<'_, PyCollector>, other: &Bound<'_, PyAny>) -> PyResult<bool> {
    if slf.is(other) {
        return Ok(true);
    }
    let attributes_equal = |name: &str| slf.getattr(name)?.eq(other.getattr(name)?);
    Ok(other.is_instance(&slf.get_type())?
        && attributes_equal("name")?
        && attributes_equal("doc")?
        && attributes_equal("values")?)
}
