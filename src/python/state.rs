//! What a metric is made of, and the one way into its series.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use super::argument::LabelsArgument;
use super::hooks::Hooks;
use super::labels::with_pairs;
use super::number;
use crate::family::{AnyFamily, Family};
use crate::metric::{Kind, Metric, Number, Value};

/// What a metric is made of.
pub struct State {
    pub family: AnyFamily,
    pub hooks: Hooks,
}

impl State {
    /// The family of a counter, a gauge or an untyped metric.
    #[inline]
    pub fn values(&self) -> PyResult<&Arc<Family<Value>>> {
        match &self.family {
            AnyFamily::Value(family) => Ok(family),
            _ => Err(PyTypeError::new_err(format!("{} does not hold plain numbers", self.name()))),
        }
    }

    /// The metric's name.
    pub fn name(&self) -> &str {
        self.family.descriptor().name()
    }

    /// Takes the number of an update.
    #[inline]
    pub fn number(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        let number = number::extract(value, || number::refusal(self.name(), value))?;
        if self.family.descriptor().kind() == Kind::Counter {
            number.check_counter(self.name())?;
        }
        Ok(number)
    }
}

/// Runs `update` with `number` on the series of `labels`, which is born when there is none. A bad label is
/// told before a bad number, and neither changes anything.
#[inline]
pub fn update<M: Metric>(
    family: &Family<M>,
    labels: LabelsArgument<'_, '_>,
    number: PyResult<Number>,
    update: impl FnOnce(&M, Number),
) -> PyResult<()> {
    with_pairs(family.descriptor().name(), labels.as_deref(), |pairs| match number {
        Ok(number) => Ok(family.with(pairs, |series| update(series, number))?),
        Err(error) => Err(family.check(pairs).map_or_else(PyErr::from, |()| error)),
    })
}
