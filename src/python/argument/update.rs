//! The arguments of the update methods: labels and an amount, or an amount alone.

use std::convert::Infallible;

use pyo3::prelude::*;

use super::mistake::{no_object, no_value};
use super::number::is_number;
use crate::python::class::collector::PyCollector;

/// An argument that may be left out, where `None` is not the same as nothing.
#[derive(Clone, Copy)]
pub enum Argument<'a, 'py> {
    /// It was left out.
    Absent,
    /// It was given, be it `None`.
    Given(Borrowed<'a, 'py, PyAny>),
}

impl<'a, 'py> Argument<'a, 'py> {
    /// The object that was given.
    fn given(self) -> Option<Borrowed<'a, 'py, PyAny>> {
        match self {
            Self::Absent => None,
            Self::Given(object) => Some(object),
        }
    }
}

impl<'a, 'py> FromPyObject<'a, 'py> for Argument<'a, 'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'a, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self::Given(object))
    }
}

/// The labels of an update as they were given; nothing for `None`.
pub type LabelsArgument<'a, 'py> = Option<Borrowed<'a, 'py, PyAny>>;

/// The labels and the amount of one update.
#[derive(Clone, Copy)]
pub struct Update<'a, 'py> {
    /// The labels as they were given.
    pub labels: LabelsArgument<'a, 'py>,
    /// The amount as it was given.
    pub value: Option<Borrowed<'a, 'py, PyAny>>,
}

impl<'a, 'py> Update<'a, 'py> {
    /// Distinguishes labels and amount: a lone number is the amount on the series without labels.
    #[inline]
    pub fn new(labels: Argument<'a, 'py>, value: Argument<'a, 'py>) -> Self {
        let labels = match labels {
            Argument::Given(labels) if !labels.is_none() => Some(labels),
            _ => None,
        };
        match (labels, value) {
            (labels, Argument::Given(value)) => Self { labels, value: Some(value) },
            (Some(lone), Argument::Absent) if is_number(&lone) => Self { labels: None, value: Some(lone) },
            (labels, Argument::Absent) => Self { labels, value: None },
        }
    }

    /// As [`Update::new`], where the amount cannot be left out.
    ///
    /// # Errors
    ///
    /// TypeError with Python's own message for a missing argument of `method`, such as `Counter.add`, and a note on `metric`.
    #[inline]
    pub fn with_value(
        (metric, method): (&Bound<'py, PyCollector>, &str),
        labels: Argument<'a, 'py>,
        value: Argument<'a, 'py>,
    ) -> PyResult<(LabelsArgument<'a, 'py>, Borrowed<'a, 'py, PyAny>)> {
        match Self::new(labels, value) {
            Self { labels, value: Some(value) } => Ok((labels, value)),
            Self { value: None, .. } => Err(no_value(metric, method, labels.given())),
        }
    }

    /// Distinguishes labels and a value that is not a number: a lone argument is the value of the series without labels.
    ///
    /// # Errors
    ///
    /// As [`Update::with_value`].
    pub fn with_object(
        (metric, method): (&Bound<'py, PyCollector>, &str),
        labels: Argument<'a, 'py>,
        value: Argument<'a, 'py>,
    ) -> PyResult<(LabelsArgument<'a, 'py>, Borrowed<'a, 'py, PyAny>)> {
        match (labels, value) {
            (Argument::Given(labels), Argument::Given(value)) if !labels.is_none() => {
                Ok((Some(labels), value))
            }
            (_, Argument::Given(value)) | (Argument::Given(value), Argument::Absent) => Ok((None, value)),
            (Argument::Absent, Argument::Absent) => Err(no_object(metric, method)),
        }
    }
}
