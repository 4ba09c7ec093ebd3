//! The settings of a native histogram.

use std::time::Duration;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

use crate::error::Error;
use crate::metric::{self, native};
use crate::python::argument::number;
use crate::python::interpreter::import::class_name;

/// The settings of native buckets, as the function `histogram` of `aioprometheus.constructors` returns them.
#[derive(FromPyObject)]
pub struct NativeSettings<'py> {
    #[pyo3(item(0))]
    native: Option<Bound<'py, PyAny>>,
    #[pyo3(item(1))]
    factor: Option<Bound<'py, PyAny>>,
    #[pyo3(item(2))]
    max_buckets: Option<Bound<'py, PyAny>>,
    #[pyo3(item(3))]
    min_reset_duration: Option<Bound<'py, PyAny>>,
    #[pyo3(item(4))]
    zero_threshold: Option<Bound<'py, PyAny>>,
    #[pyo3(item(5))]
    max_zero_threshold: Option<Bound<'py, PyAny>>,
}

impl NativeSettings<'_> {
    /// The factor if none is given: eight buckets for each power of two.
    const FACTOR: f64 = 1.1;
    /// The limit if none is given.
    const MAX_BUCKETS: u32 = 160;

    /// Whether a setting is left out, or has the value that it has then.
    fn is_default(name: &str, value: Option<&Bound<'_, PyAny>>) -> bool {
        let default = match name {
            "max_buckets" => f64::from(Self::MAX_BUCKETS),
            "zero_threshold" => native::DEFAULT_ZERO_THRESHOLD,
            "native_factor" => f64::NAN,
            _ => 0.0,
        };
        value.is_none_or(|value| value.extract::<f64>().is_ok_and(|value| value.total_cmp(&default).is_eq()))
    }

    /// The native buckets of `metric`; none for a classic histogram.
    pub fn spec(&self, metric: &str) -> PyResult<Option<native::Spec>> {
        let native = match &self.native {
            None => self.factor.is_some(),
            Some(native) => native.extract().map_err(|_| {
                let class = class_name(native);
                PyTypeError::new_err(format!("{metric}: native must be True, False or None, not {class}"))
            })?,
        };
        if !native {
            let given = [
                ("native_factor", self.factor.as_ref()),
                ("max_buckets", self.max_buckets.as_ref()),
                ("min_reset_duration", self.min_reset_duration.as_ref()),
                ("zero_threshold", self.zero_threshold.as_ref()),
                ("max_zero_threshold", self.max_zero_threshold.as_ref()),
            ];
            return match given.into_iter().find(|&(name, value)| !Self::is_default(name, value)) {
                None => Ok(None),
                Some((name, _)) => Err(PyValueError::new_err(format!(
                    "{metric}: {name} is a setting of native histograms; give native=True, or leave it out"
                ))),
            };
        }
        let float = |name: &str, given: Option<&Bound<'_, PyAny>>, default: f64| match given {
            None => Ok(default),
            Some(value) => number::extract(metric, value, |_, _| {
                PyTypeError::new_err(format!("{metric}: {name} must be a number"))
            })
            .map(metric::Number::as_f64),
        };
        let max_buckets = match &self.max_buckets {
            None => Self::MAX_BUCKETS,
            Some(value) => value.extract::<u32>().map_err(|_| {
                PyValueError::new_err(format!(
                    "{metric}: max_buckets must be an int that is not negative, not {value}; 0 sets no limit"
                ))
            })?,
        };
        let min_reset = match self.min_reset_duration.as_ref() {
            Some(delta) if delta.hasattr("total_seconds")? => {
                delta.call_method0("total_seconds")?.extract::<f64>()?
            }
            given => float("min_reset_duration", given, 0.0)?,
        };
        let min_reset = Duration::try_from_secs_f64(min_reset).map_err(|_| {
            PyValueError::new_err(format!(
                "{metric}: min_reset_duration must be seconds that are not negative, not {min_reset}"
            ))
        })?;
        let zero = float("zero_threshold", self.zero_threshold.as_ref(), native::DEFAULT_ZERO_THRESHOLD)?;
        let max_zero = float("max_zero_threshold", self.max_zero_threshold.as_ref(), 0.0)?;
        let factor = float("native_factor", self.factor.as_ref(), Self::FACTOR)?;
        let spec = native::Spec::new(factor, zero, max_zero, max_buckets, min_reset);
        Ok(Some(spec.map_err(|error| Error::of(metric, error))?))
    }
}
