//! The values of counters, gauges and untyped metrics: numbers.

use std::sync::Arc;

use pyo3::prelude::*;

use super::series::PyValue;
use crate::access::Access;
use crate::error::Error;
use crate::family::{Family, Series};
use crate::kind::Kind;
use crate::metric::{Number, Value};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::interpreter::attached::access;

impl PyValue for Value {
    fn set(family: &Arc<Family<Self>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let descriptor = family.descriptor();
        family.check(access(value.py()), &labels.pairs())?;
        let number: Number = number::extract(descriptor.name(), value, number::refusal)?;
        if descriptor.kind() == Kind::Counter {
            number.check_counter().map_err(|error| Error::of(descriptor.name(), error))?;
        }
        let access = access(value.py());
        family
            .with(access, &labels.pairs(), |series| set_number(access, series, descriptor.kind(), number))?;
        Ok(())
    }

    fn is_object(_: &Arc<Family<Self>>, value: &Bound<'_, PyAny>, keeps: bool) -> PyResult<bool> {
        Ok(keeps && !number::is_python_number(value)?)
    }
}

/// Replaces the number of a series.
pub fn set_number(access: impl Access, series: &Series<Value>, kind: Kind, number: Number) {
    match kind {
        Kind::Counter => set_counter(access, series, number),
        _ => series.metric().set(access, number),
    }
}

/// Replaces the number of a series of a counter, which begins anew if the new number is lower.
pub fn set_counter(access: impl Access, series: &Series<Value>, number: Number) {
    let before = series.metric().replace(access, number);
    if number.is_reset_of(before) {
        series.begin_anew();
    }
}
