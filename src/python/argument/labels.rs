//! The labels of a call: Python objects that become pairs of text.

use std::collections::BTreeMap;
use std::fmt::Display;

use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBytes, PyDict, PyString};
use smallvec::SmallVec;

use super::label_mapping::{is_mapping, items};
use super::number::is_number;
use super::refusal::{no_label_name, no_labels};
use crate::error::Error;
use crate::labels::Pair;
use crate::name::LabelNameError;
use crate::python::interpreter::import::Import;

/// The number of labels up to which the way to their series allocates no memory.
pub const INLINE: usize = 8;

/// Members of an Enum that may be each other's value. More of them lead in a circle; the last one stands for itself.
const ENUM_VALUES: usize = 16;

/// The key of the series without labels in 23.12.0, where those of other series were JSON.
pub const EMPTY_KEY: &str = "__EMPTY__";

/// A label's name or value: the text of a Python str, or text that was made of another object.
enum Text<'py> {
    /// A str that has UTF-8; checked when this is made.
    Str(Bound<'py, PyString>),
    Owned(String),
}

impl Text<'_> {
    #[inline]
    fn as_str(&self) -> &str {
        match self {
            Self::Str(text) => text.to_str().unwrap_or_default(),
            Self::Owned(text) => text,
        }
    }
}

/// The labels of one call.
#[derive(Default)]
pub struct Labels<'py> {
    pairs: SmallVec<[(Text<'py>, Text<'py>); INLINE]>,
}

impl<'py> Labels<'py> {
    /// The labels of a call: a dict or another mapping, or `None`, `{}`, `""` for the series without labels.
    ///
    /// # Errors
    ///
    /// TypeError when the argument is something else, ValueError when a name is not a str or a text has no UTF-8.
    #[inline]
    pub fn extract(metric: &str, labels: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let Some(labels) = labels else {
            return Ok(Self::default());
        };
        match labels.cast::<PyDict>() {
            Ok(dict) => Self::from_dict(metric, dict),
            Err(_) => Self::from_other(metric, labels),
        }
    }

    /// As [`Labels::extract`], and takes the keys of `metric.values` too.
    ///
    /// # Errors
    ///
    /// As [`Labels::extract`]; KeyError for bytes of another spelling than iteration gives.
    pub fn extract_key(metric: &str, key: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let Some(object) = key else {
            return Ok(Self::default());
        };
        if object.cast::<PyString>().is_ok_and(|text| text == EMPTY_KEY) {
            return Ok(Self::default());
        }
        let json = object.cast::<PyBytes>().ok().map(PyBytesMethods::as_bytes);
        if !json.is_some_and(|json| json.starts_with(b"{") && json.contains(&b':') && json.ends_with(b"}")) {
            return Self::extract(metric, key);
        }
        if let Some(pairs) =
            json.and_then(|json| serde_json::from_slice::<BTreeMap<String, String>>(json).ok())
        {
            let labels = pairs.into_iter().map(|(name, value)| (Text::Owned(name), Text::Owned(value)));
            let labels = Self { pairs: labels.collect() };
            let own = series_key(object.py(), labels.pairs().iter().copied());
            if own.eq(object)? {
                return Ok(labels);
            }
        }
        Err(PyKeyError::new_err(object.clone().unbind()))
    }

    #[inline]
    fn from_dict(metric: &str, dict: &Bound<'py, PyDict>) -> PyResult<Self> {
        // All pairs are held before any is turned into text, because that may run Python code, which may change the dict.
        let held: SmallVec<[(Bound<'py, PyAny>, Bound<'py, PyAny>); INLINE]> =
            with_critical_section(dict, || dict.iter().collect());
        Self::from_pairs(metric, held)
    }

    /// Labels of which the text is known.
    pub fn of_pairs<'a>(pairs: impl Iterator<Item = Pair<'a>>) -> Self {
        let owned = |text: &str| Text::Owned(text.to_owned());
        Self { pairs: pairs.map(|(name, value)| (owned(name), owned(value))).collect() }
    }

    #[cold]
    fn from_other(metric: &str, labels: &Bound<'py, PyAny>) -> PyResult<Self> {
        if is_mapping(labels)? {
            return Self::from_pairs(metric, items(metric, labels)?);
        }
        if is_number(labels) || labels.is_truthy()? {
            return Err(no_labels(metric, labels));
        }
        Ok(Self::default())
    }

    /// Labels of pairs that are held.
    #[inline]
    fn from_pairs(
        metric: &str,
        held: impl IntoIterator<Item = (Bound<'py, PyAny>, Bound<'py, PyAny>)>,
    ) -> PyResult<Self> {
        let mut pairs = SmallVec::new();
        for (name, value) in held {
            pairs.push((name_text(metric, name)?, value_text(metric, value)?));
        }
        Ok(Self { pairs })
    }

    /// The text of one label value.
    pub fn text_of_value(metric: &str, value: Bound<'_, PyAny>) -> PyResult<String> {
        Ok(value_text(metric, value)?.as_str().to_owned())
    }

    /// The pairs as the core takes them.
    #[inline]
    pub fn pairs(&self) -> SmallVec<[Pair<'_>; INLINE]> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }
}

#[inline]
fn name_text<'py>(metric: &str, name: Bound<'py, PyAny>) -> PyResult<Text<'py>> {
    let refused = |name: &dyn Display| {
        PyErr::from(Error::of(metric, LabelNameError::Syntax { name: name.to_string() }))
    };
    match name.cast_into::<PyString>() {
        Ok(text) if text.to_str().is_ok() => Ok(Text::Str(text)),
        Ok(text) => Err(refused(&text.to_string_lossy())),
        Err(error) => Err(no_label_name(metric, &error.into_inner())),
    }
}

#[inline]
fn value_text<'py>(metric: &str, value: Bound<'py, PyAny>) -> PyResult<Text<'py>> {
    if value.is_exact_instance_of::<PyString>() {
        // SAFETY: the line above has checked that this is a str.
        let text = unsafe { value.cast_into_unchecked::<PyString>() };
        return if text.to_str().is_ok() { Ok(Text::Str(text)) } else { Err(no_utf8(metric)) };
    }
    value_text_of_other(metric, value)
}

/// The text of a label value that is not a plain str: the value of a member of an Enum, a date or time in
/// ISO form, the characters of a subclass of str, `str()` of everything else.
#[cold]
fn value_text_of_other<'py>(metric: &str, mut value: Bound<'py, PyAny>) -> PyResult<Text<'py>> {
    static ENUM: Import = Import::new("enum", "Enum");
    static DATE: Import = Import::new("datetime", "date");
    static TIME: Import = Import::new("datetime", "time");
    for _ in 0..ENUM_VALUES {
        if !ENUM.is_class_of(&value)? {
            break;
        }
        value = value.getattr("value")?;
    }
    if !value.is_instance_of::<PyString>() {
        value = if DATE.is_class_of(&value)? || TIME.is_class_of(&value)? {
            value.call_method0("isoformat")?
        } else {
            value.str()?.into_any()
        };
    }
    match value.cast::<PyString>()?.to_str() {
        Ok(text) => Ok(Text::Owned(text.to_owned())),
        Err(_) => Err(no_utf8(metric)),
    }
}

fn no_utf8(metric: &str) -> PyErr {
    PyValueError::new_err(format!(
        "{metric}: a label value has no UTF-8 form (it holds a lone surrogate); encode it before, for example \
         with value.encode('utf-8', 'replace').decode()"
    ))
}

/// The key of a series in `metric.values`: JSON of the pairs sorted by name, or the empty key.
pub fn series_key<'py, 'a>(py: Python<'py>, pairs: impl Iterator<Item = Pair<'a>>) -> Bound<'py, PyAny> {
    let sorted: BTreeMap<&str, &str> = pairs.collect();
    if sorted.is_empty() {
        return PyString::intern(py, EMPTY_KEY).into_any();
    }
    let json = serde_json::to_vec(&sorted).expect("a map of text can be written to memory");
    PyBytes::new(py, &json).into_any()
}

/// A dict of the pairs, in their order.
pub fn to_dict<'py, 'a>(
    py: Python<'py>,
    pairs: impl Iterator<Item = Pair<'a>>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in pairs {
        dict.set_item(name, value)?;
    }
    Ok(dict)
}
