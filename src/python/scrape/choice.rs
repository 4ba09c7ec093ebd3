//! `Choice`: the format that a request gets, as the formatters know it.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::name::Escaping;
use crate::negotiation::{self, Choice};
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;

/// A format, its version and what becomes of names that need quotes.
#[pyclass(name = "Choice", module = "aioprometheus._core", frozen, eq, hash)]
#[derive(PartialEq, Eq, Hash)]
pub struct PyChoice(pub Choice);

#[pymethods]
impl PyChoice {
    /// The name of the format: ``"text"``, ``"openmetrics"`` or ``"protobuf"``.
    #[getter]
    fn format(&self) -> &'static str {
        self.0.format.dialect().as_str()
    }

    /// What becomes of names that need quotes; None if the request does not say.
    #[getter]
    fn escaping(&self) -> Option<&'static str> {
        self.0.escaping.map(Escaping::as_str)
    }

    /// The Content-Type of a response.
    #[getter]
    fn content_type(&self) -> String {
        self.0.content_type()
    }
}

/// Return what a request gets.
///
/// :param accept: The values of the Accept headers; None is ignored.
/// :raises TypeError: If a value is not a str.
#[pyfunction]
pub fn negotiate(accept: &Bound<'_, PyAny>) -> PyResult<PyChoice> {
    calls_python(accept.py());
    let accept = texts(accept)?;
    Ok(PyChoice(negotiation::negotiate(accept.iter().map(String::as_str))))
}

/// The texts of header values or names; None among them is left out.
pub fn texts(values: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
    let mut texts = Vec::new();
    for value in values.try_iter()? {
        let value = value?;
        match value.cast::<PyString>() {
            // Servers may decode a header to text that has no UTF-8 form.
            Ok(text) => texts.push(text.to_string_lossy().into_owned()),
            Err(_) if value.is_none() => (),
            Err(_) => return Err(PyTypeError::new_err(format!("expected str, not {}", class_name(&value)))),
        }
    }
    Ok(texts)
}
