//! Native buckets of a sample: the tuple that this package and prometheus_client have for them.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyList, PyTuple};

use super::sample::exemplar_of;
use crate::memory;
use crate::metric::{Number, native};
use crate::report::Native;

/// The resolutions that a scraper takes as such.
const SCHEMAS: std::ops::RangeInclusive<i64> = -4..=8;

/// Floats from here on are no exact counts.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Reads the native buckets of a sample of the family `metric`. None for those that reports do not hold: counts that are not
/// whole, and buckets of other bounds. What is wrong with an exemplar goes to `refuse`.
///
/// # Errors
///
/// Those of `refuse`.
pub fn read(
    metric: &str,
    given: &Bound<'_, PyAny>,
    mut refuse: impl FnMut(PyErr) -> PyResult<()>,
) -> PyResult<Option<Native>> {
    let Some(reading) = reading(given)? else {
        return Ok(None);
    };
    let mut exemplars = Vec::new();
    for exemplar in
        items(given.cast::<PyTuple>()?.get_item(9).ok().filter(|all| !all.is_none())).unwrap_or_default()
    {
        memory::check_step(exemplars.len())?;
        match exemplar_of(metric, &exemplar, Number::Int(0)) {
            Ok(exemplar) => exemplars.push(Arc::new(exemplar)),
            Err(error) => refuse(error)?,
        }
    }
    Ok(Some(Native { reading, exemplars }))
}

fn reading(given: &Bound<'_, PyAny>) -> PyResult<Option<native::Reading>> {
    let Some(fields) = given.cast::<PyTuple>().ok().filter(|fields| fields.len() >= 5) else {
        return Ok(None);
    };
    let field = |place| fields.get_item(place).ok().filter(|field| !field.is_none());
    let count = |place| field(place).and_then(|count| u64::try_from(whole(&count)?).ok());
    let (count, zero_count) = (count(0), count(4));
    let schema = field(2).and_then(|schema| whole(&schema)).filter(|schema| SCHEMAS.contains(schema));
    let threshold = field(3).and_then(|threshold| Some(threshold.cast::<PyFloat>().ok()?.value()));
    let threshold = threshold.filter(|threshold| threshold.is_finite() && *threshold >= 0.0);
    let (Some(count), Some(zero_count), Some(schema), Some(threshold)) =
        (count, zero_count, schema, threshold)
    else {
        return Ok(None);
    };
    let side = |spans, deltas| side(field(spans), field(deltas));
    let (Some(positive), Some(negative)) = (side(5, 7)?, side(6, 8)?) else {
        return Ok(None);
    };
    let schema = i8::try_from(schema).unwrap_or_default();
    let mut reading = native::Reading::new(count, schema, (threshold, zero_count));
    (reading.positive, reading.negative) = (positive, negative);
    Ok(Some(reading))
}

/// The buckets of one sign.
fn side(
    spans: Option<Bound<'_, PyAny>>,
    deltas: Option<Bound<'_, PyAny>>,
) -> PyResult<Option<Vec<(i32, u64)>>> {
    let (Some(spans), Some(deltas)) = (items(spans), items(deltas)) else {
        return Ok(None);
    };
    memory::check_many(spans.len() + deltas.len(), 32)?;
    let span = |span: &Bound<'_, PyAny>| {
        let span = span.cast::<PyTuple>().ok()?;
        Some((whole(&span.get_item(0).ok()?)?, whole(&span.get_item(1).ok()?)?))
    };
    let spans: Option<Vec<(i64, i64)>> = spans.iter().map(span).collect();
    let deltas: Option<Vec<i64>> = deltas.iter().map(whole).collect();
    Ok(spans.zip(deltas).and_then(|(spans, deltas)| native::buckets(&spans, &deltas)))
}

/// The items of a tuple or a list, without running Python code; of None, no items.
fn items(given: Option<Bound<'_, PyAny>>) -> Option<Vec<Bound<'_, PyAny>>> {
    let Some(given) = given else {
        return Some(Vec::new());
    };
    if let Ok(list) = given.cast_exact::<PyList>() {
        return Some(list.iter().collect());
    }
    given.cast_exact::<PyTuple>().ok().map(|tuple| tuple.iter().collect())
}

/// A number that is whole, without running Python code.
fn whole(number: &Bound<'_, PyAny>) -> Option<i64> {
    if number.is_exact_instance_of::<PyInt>() {
        return number.extract().ok();
    }
    let float = number.cast_exact::<PyFloat>().ok()?.value();
    #[expect(clippy::cast_possible_truncation, reason = "it is whole, and exact")]
    (float.fract() == 0.0 && float.abs() < EXACT).then_some(float as i64)
}
