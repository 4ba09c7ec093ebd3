//! The numbers that updates take: ints and objects with `__index__`, floats and objects with `__float__`; no bool or str.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString, PyType};

use super::refusal::{number_advice, number_advice_of_child, shown};
use crate::metric::Number;
use crate::python::interpreter::import::{Import, class_name};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::note::noted;

/// Whether an object can only be meant as an amount, even if it is refused later, as True is.
#[inline]
pub fn is_number(object: &Bound<'_, PyAny>) -> bool {
    !object.is_exact_instance_of::<PyDict>() && is_number_otherwise(object)
}

#[inline(never)]
fn is_number_otherwise(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyInt>()
        || object.is_instance_of::<PyFloat>()
        || has(object, "__index__")
        || has(object, "__float__")
}

/// Whether an object is a `numbers.Number`. An object that only has `__float__` may be more than a number.
pub fn is_python_number(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    static NUMBER: Import = Import::new("numbers", "Number");
    if object.is_instance_of::<PyInt>() || object.is_instance_of::<PyFloat>() {
        return Ok(true);
    }
    object.is_instance(NUMBER.get(object.py())?)
}

/// Whether an object is an int, or says that it stands for one.
pub fn has_index(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyInt>() || has(object, "__index__")
}

fn has(object: &Bound<'_, PyAny>, method: &str) -> bool {
    object.get_type().hasattr(method).unwrap_or(false)
}

/// The number of an object, for a metric.
///
/// # Errors
///
/// The TypeError of `refusal` when it is not a number, ValueError when it is an int that no float can hold, and what
/// `__index__` or `__float__` raise, with a note that names the metric.
// Always inlined, as the functions that it calls: to hand a number over in memory costs more than the update itself.
#[inline(always)]
pub fn extract(
    metric: &str,
    object: &Bound<'_, PyAny>,
    refusal: impl Fn(&str, &Bound<'_, PyAny>) -> PyErr,
) -> PyResult<Number> {
    if let Ok(float) = object.cast_exact::<PyFloat>() {
        return Ok(Number::Float(float.value()));
    }
    if object.is_exact_instance_of::<PyInt>() {
        return extract_int(metric, object);
    }
    extract_other(metric, object, refusal)
}

/// The number of an object that a class of the user's reports: as [`extract`], and also of text that `float()` takes, because
/// devices send text. The text of an int becomes an int.
///
/// # Errors
///
/// As [`extract`].
pub fn extract_reported(
    metric: &str,
    object: &Bound<'_, PyAny>,
    refusal: impl Fn(&str, &Bound<'_, PyAny>) -> PyErr,
) -> PyResult<Number> {
    let Ok(text) = object.cast::<PyString>() else {
        return extract(metric, object, refusal);
    };
    let py = object.py();
    calls_python(py);
    let of = |class: Bound<'_, PyType>| extract(metric, &class.call1((text,))?, &refusal);
    of(py.get_type::<PyInt>()).or_else(|_| of(py.get_type::<PyFloat>())).map_err(|_| refusal(metric, object))
}

#[inline(always)]
fn extract_int(metric: &str, int: &Bound<'_, PyAny>) -> PyResult<Number> {
    let mut overflow = 0;
    // SAFETY: the object is an int, or an instance of a subclass, and this thread is attached.
    let small = unsafe { ffi::PyLong_AsLongLongAndOverflow(int.as_ptr(), &raw mut overflow) };
    if overflow == 0 { Ok(Number::Int(small)) } else { extract_large(metric, int) }
}

#[cold]
fn extract_large(metric: &str, int: &Bound<'_, PyAny>) -> PyResult<Number> {
    let float = int.extract::<f64>().map_err(|_| {
        PyValueError::new_err(format!(
            "{metric}: the value is too large: an int beyond 64 bits must fit a float"
        ))
    })?;
    Ok(Number::Float(float))
}

#[cold]
fn extract_other(
    metric: &str,
    object: &Bound<'_, PyAny>,
    refusal: impl Fn(&str, &Bound<'_, PyAny>) -> PyErr,
) -> PyResult<Number> {
    let py = object.py();
    let failed = |error| noted(py, error, &format!("{metric}: {} has no value as a number", shown(object)));
    calls_python(py);
    let class = class_name(object);
    // NumPy's bool is not a bool of Python's, and is not a number here either.
    let boolean = object.is_instance_of::<PyBool>() || class == "bool_" || class == "bool";
    if boolean || object.is_instance_of::<PyString>() {
        return Err(refusal(metric, object));
    }
    if object.is_instance_of::<PyFloat>() {
        return Ok(Number::Float(object.extract()?));
    }
    let has_float = has(object, "__float__");
    if object.is_instance_of::<PyInt>() || has(object, "__index__") {
        match py.import(intern!(py, "operator"))?.call_method1(intern!(py, "index"), (object,)) {
            Ok(int) => return extract_int(metric, &int),
            // Arrays and tensors have `__index__`, and raise if they hold a float.
            Err(error) if has_float && error.is_instance_of::<PyTypeError>(py) => (),
            Err(error) => return Err(failed(error)),
        }
    }
    if has_float {
        let float = object.call_method0(intern!(py, "__float__")).map_err(failed)?;
        return match float.cast::<PyFloat>() {
            Ok(float) => Ok(Number::Float(float.value())),
            Err(_) => Err(refusal(metric, object)),
        };
    }
    Err(refusal(metric, object))
}

/// A number as a Python object.
pub fn to_object(py: Python<'_>, number: Number) -> PyResult<Bound<'_, PyAny>> {
    match number {
        Number::Int(int) => Ok(int.into_pyobject(py)?.into_any()),
        Number::Float(float) => Ok(PyFloat::new(py, float).into_any()),
    }
}

/// The exception for an object that is not a number, where 23.12.0 had no message.
#[cold]
pub fn refusal(metric: &str, object: &Bound<'_, PyAny>) -> PyErr {
    refused(metric, object, number_advice(object))
}

/// The same for an update of a child, which takes no labels.
#[cold]
pub fn refusal_of_child(metric: &str, object: &Bound<'_, PyAny>) -> PyErr {
    refused(metric, object, number_advice_of_child(object))
}

fn refused(metric: &str, object: &Bound<'_, PyAny>, advice: &str) -> PyErr {
    let class = class_name(object);
    let error = PyTypeError::new_err(format!("{metric}: the value must be an int or a float, not {class}"));
    if advice.is_empty() {
        return error;
    }
    noted(object.py(), error, &format!("{metric}: {} is not a number{advice}", shown(object)))
}

/// The exception for an observation that is not a number: `words` is the message of 23.12.0, and a note says what to do.
pub fn refused_observation(words: &'static str) -> impl Fn(&str, &Bound<'_, PyAny>) -> PyErr {
    move |metric, object| refused_in_words(words, metric, object, number_advice(object))
}

/// The same for an observation of a child.
pub fn refused_observation_of_child(words: &'static str) -> impl Fn(&str, &Bound<'_, PyAny>) -> PyErr {
    move |metric, object| refused_in_words(words, metric, object, number_advice_of_child(object))
}

#[cold]
fn refused_in_words(words: &'static str, metric: &str, object: &Bound<'_, PyAny>, advice: &str) -> PyErr {
    let note = format!("{metric}: {} is not a number{advice}", shown(object));
    noted(object.py(), PyTypeError::new_err(words), &note)
}
