//! One sample of a family object: a named tuple of name, labels, value, and perhaps time and exemplar.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyFloat, PyInt, PyString, PyTuple};

use crate::error::Error;
use crate::labels::Pair;
use crate::metric::{Exemplar, Number};
use crate::number::float_text;
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::argument::refusal::shown;
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::note::noted;
use crate::report::Given;

/// The end of the times that a sample can have, on either side of 1970, in seconds: they are milliseconds of 64 bits.
const LAST_TIME: f64 = 9.2e15;

/// A sample whose objects were read.
pub struct ReadSample<'py> {
    name: Bound<'py, PyString>,
    labels: Labels<'py>,
    value: Number,
    timestamp: Option<i64>,
    exemplar: Option<Exemplar>,
}

impl<'py> ReadSample<'py> {
    /// Reads a sample of the family `metric`. What is wrong with its exemplar goes to `refuse`: if that takes it, the sample
    /// has none.
    ///
    /// # Errors
    ///
    /// TypeError or ValueError for what is not a sample, and what Python code raises.
    pub fn new(
        metric: &str,
        sample: &Bound<'py, PyAny>,
        refuse: impl FnOnce(PyErr) -> PyResult<()>,
    ) -> PyResult<Self> {
        let (read, timestamp, exemplar) = Self::read(metric, sample)?;
        let timestamp = given(timestamp).map(|time| milliseconds(metric, &time)).transpose()?;
        let exemplar = given(exemplar).map(|exemplar| exemplar_of(metric, &exemplar, read.value));
        let exemplar = match exemplar.transpose() {
            Ok(exemplar) => exemplar,
            Err(error) => refuse(error).map(|()| None)?,
        };
        Ok(Self { timestamp, exemplar, ..read })
    }

    /// Reads the name, the labels and the value of a sample of the family `metric`. What else it has need not be right.
    ///
    /// # Errors
    ///
    /// As for [`Self::new`].
    pub fn without_extras(metric: &str, sample: &Bound<'py, PyAny>) -> PyResult<Self> {
        Ok(Self::read(metric, sample)?.0)
    }

    fn read(metric: &str, sample: &Bound<'py, PyAny>) -> PyResult<(Self, Extra<'py>, Extra<'py>)> {
        let (name, labels, value, timestamp, exemplar) = fields(metric, sample)?;
        let Ok(name) = name.cast_into::<PyString>() else {
            return Err(PyTypeError::new_err(format!(
                "{metric}: the name of a sample must be a str; {} has none",
                shown(sample)
            )));
        };
        if name.to_str().is_err() {
            let error = Error::MetricName { name: name.to_string_lossy().into_owned() };
            let note = format!("{metric}: a sample of this family is named so");
            return Err(noted(sample.py(), error.into(), &note));
        }
        let labels = Labels::extract(metric, Some(&labels))?;
        let value = value_of(metric, &value)?;
        Ok((Self { name, labels, value, timestamp: None, exemplar: None }, timestamp, exemplar))
    }

    /// Its labels.
    pub fn labels(&self) -> Vec<Pair<'_>> {
        self.labels.pairs().to_vec()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.name.to_str().unwrap_or_default()
    }

    /// Gives it to the core.
    pub fn with<R>(self, take: impl FnOnce(Given<'_>) -> R) -> R {
        let Self { name, labels, value, timestamp, exemplar } = self;
        let name = name.to_str().unwrap_or_default();
        take(Given { name, labels: &labels.pairs(), value, timestamp, exemplar })
    }
}

/// What is not None.
fn given(object: Option<Bound<'_, PyAny>>) -> Option<Bound<'_, PyAny>> {
    object.filter(|object| !object.is_none())
}

/// A field that a sample may do without.
type Extra<'py> = Option<Bound<'py, PyAny>>;

type Fields<'py> = (
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Bound<'py, PyAny>,
    Option<Bound<'py, PyAny>>,
    Option<Bound<'py, PyAny>>,
);

/// The fields of a sample: of a tuple, or the attributes of another object.
fn fields<'py>(metric: &str, sample: &Bound<'py, PyAny>) -> PyResult<Fields<'py>> {
    if let Some(tuple) = sample.cast::<PyTuple>().ok().filter(|tuple| tuple.len() >= 3) {
        let optional = |index| tuple.get_item(index).ok();
        return Ok((tuple.get_item(0)?, tuple.get_item(1)?, tuple.get_item(2)?, optional(3), optional(4)));
    }
    let py = sample.py();
    let attributes = (
        sample.getattr_opt(intern!(py, "name"))?,
        sample.getattr_opt(intern!(py, "labels"))?,
        sample.getattr_opt(intern!(py, "value"))?,
    );
    let (Some(name), Some(labels), Some(value)) = attributes else {
        return Err(PyTypeError::new_err(format!(
            "{metric}: a sample is a tuple of name, labels, value, and perhaps timestamp and exemplar, not {}",
            shown(sample)
        )));
    };
    let optional = |name| sample.getattr_opt(name);
    Ok((name, labels, value, optional(intern!(py, "timestamp"))?, optional(intern!(py, "exemplar"))?))
}

/// The value of a sample. prometheus_client takes what `float()` takes, text and bools among it.
fn value_of(metric: &str, value: &Bound<'_, PyAny>) -> PyResult<Number> {
    if let Ok(float) = value.cast_exact::<PyFloat>() {
        return Ok(Number::Float(float.value()));
    }
    if let Ok(flag) = value.cast::<PyBool>() {
        return Ok(Number::Int(flag.is_true().into()));
    }
    if value.is_exact_instance_of::<PyInt>() {
        return number::extract(metric, value, number::refusal);
    }
    // NumPy's bool is not a number, and has no other way to become one.
    if matches!(&*class_name(value), "bool" | "bool_") {
        return Ok(Number::Int(value.is_truthy()?.into()));
    }
    number::extract_reported(metric, value, number::refusal)
}

/// A time as milliseconds since 1970: a number of seconds, or what becomes a float, such as a `Timestamp` of prometheus_client.
fn milliseconds(metric: &str, time: &Bound<'_, PyAny>) -> PyResult<i64> {
    let refusal = |metric: &str, time: &Bound<'_, PyAny>| {
        PyTypeError::new_err(format!(
            "{metric}: the timestamp of a sample is a number of seconds since 1970, not {}",
            shown(time)
        ))
    };
    let seconds = number::extract(metric, time, refusal)?.as_f64();
    if !(-LAST_TIME..=LAST_TIME).contains(&seconds) {
        return Err(PyValueError::new_err(format!(
            "{metric}: the timestamp of a sample is a number of seconds since 1970, and cannot be {}",
            float_text(seconds)
        )));
    }
    #[expect(clippy::cast_possible_truncation, reason = "it was checked")]
    Ok((seconds * 1000.0).round() as i64)
}

/// An exemplar: labels, value, and perhaps a time; or the labels alone, for the value of the sample.
pub fn exemplar_of(metric: &str, exemplar: &Bound<'_, PyAny>, value: Number) -> PyResult<Exemplar> {
    let refusal = || {
        PyTypeError::new_err(format!(
            "{metric}: an exemplar is a dict of labels, or a tuple of such a dict, a value, and perhaps a timestamp, not {}",
            shown(exemplar)
        ))
    };
    let (labels, value, time) = if is_mapping(exemplar)? {
        (exemplar.clone(), value, None)
    } else {
        let fields = exemplar.cast::<PyTuple>().map_err(|_| refusal())?;
        if !(2..=3).contains(&fields.len()) {
            return Err(refusal());
        }
        let labels = fields.get_item(0)?;
        if !is_mapping(&labels)? {
            return Err(refusal());
        }
        (labels, value_of(metric, &fields.get_item(1)?)?, given(fields.get_item(2).ok()))
    };
    let time = time.map(|time| milliseconds(metric, &time)).transpose()?;
    let time = time.map(u64::try_from).transpose().map_err(|_| {
        PyValueError::new_err(format!("{metric}: the timestamp of an exemplar cannot be before 1970"))
    })?;
    let labels = Labels::extract(metric, Some(&labels))?;
    Ok(Exemplar::new(&labels.pairs(), value.as_f64(), time).map_err(|error| Error::of(metric, error))?)
}
