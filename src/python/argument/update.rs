//! The arguments of the update methods: labels and an amount, or an amount alone.

use std::convert::Infallible;

use pyo3::prelude::*;

use super::number::is_number;

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
    pub fn given(self) -> Option<Borrowed<'a, 'py, PyAny>> {
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
}
