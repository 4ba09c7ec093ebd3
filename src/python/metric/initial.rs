//! The initial value of the series without labels, with which it is exposed before there is any update.

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use super::call;
use super::collector::PyCollector;
use crate::family::{AnyFamily, Family};
use crate::kind::Kind;
use crate::metric::{Metric, Number, with_any};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::argument::refusal::{argument_text, shown};
use crate::python::interpreter::attached::access;
use crate::python::value::store;

/// Bears the one series of a metric that declares to have no labels, so that it is exposed from the start. An info has none
/// before it has facts.
///
/// # Errors
///
/// MemoryError.
pub fn bear_single(py: Python<'_>, family: &AnyFamily) -> PyResult<()> {
    fn bear<M: Metric>(py: Python<'_>, family: &Family<M>) -> PyResult<()> {
        if M::HAS_FACTS { Ok(()) } else { Ok(family.with(access(py), &[], |_| ())?) }
    }
    with_any!(AnyFamily, family, family => bear(py, family))
}

/// Checks that a metric that declares these label names can have an initial value.
///
/// # Errors
///
/// ValueError when its series have labels; for a metric of observations also when the value is not 0, with TypeError for
/// what is not a number.
pub fn check(family: &AnyFamily, declared: Option<&[String]>, initial: &Bound<'_, PyAny>) -> PyResult<()> {
    let (name, kind) = (family.descriptor().name(), family.descriptor().kind());
    if let Some(declared) = declared.filter(|declared| !declared.is_empty()) {
        let labels: Vec<String> = declared.iter().map(|label| format!("'{label}': ...")).collect();
        let update = match kind {
            Kind::Counter => format!(".inc({})", argument_text(initial)),
            Kind::Gauge => format!(".set({})", argument_text(initial)),
            Kind::Info => ".info({...})".to_owned(),
            Kind::StateSet => format!(".state({})", argument_text(initial)),
            _ => String::new(),
        };
        return Err(PyValueError::new_err(format!(
            "{name}: initial is the value of the series without labels, and this metric declares labelnames; leave \
             it out, and make the series that are to be exposed from the start: metric.labels({{{}}}){update}",
            labels.join(", ")
        )));
    }
    if !matches!(kind, Kind::Summary | Kind::Histogram) {
        return Ok(());
    }
    let given = shown(initial);
    let words = || format!("{name}: a {kind} begins without observations: initial must be 0, not {given}");
    let number: Number = number::extract(name, initial, |_, _| PyTypeError::new_err(words()))?;
    if number.as_f64() == 0.0 { Ok(()) } else { Err(PyValueError::new_err(words())) }
}

/// Gives the series without labels its initial value, before anybody else sees the family.
///
/// # Errors
///
/// As for `set_value`.
pub fn set(family: &AnyFamily, initial: &Bound<'_, PyAny>) -> PyResult<()> {
    match family.descriptor().kind() {
        Kind::Summary | Kind::Histogram => bear_single(initial.py(), family),
        _ => store::set(family, &Labels::default(), initial),
    }
}

/// The same for a metric whose class stores the values of its series itself. Of observations it has none.
///
/// # Errors
///
/// What its `set_value` raises.
pub fn set_by_class(metric: &Bound<'_, PyCollector>, initial: &Bound<'_, PyAny>) -> PyResult<()> {
    match metric.get().state()?.kind {
        Kind::Summary | Kind::Histogram => Ok(()),
        _ => call::set_value(metric, None, initial),
    }
}
