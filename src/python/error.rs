//! The core's errors as Python exceptions.

use pyo3::PyErr;
use pyo3::exceptions::PyValueError;

use crate::error::Error;

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        match error {
            Error::MetricName { .. }
            | Error::LabelName { .. }
            | Error::LabelSyntax { .. }
            | Error::LabelPrefix { .. }
            | Error::LabelTwice { .. }
            | Error::LabelIsConstant { .. }
            | Error::LabelNames { .. }
            | Error::LabelsTooLong { .. }
            | Error::CounterDecrease
            | Error::CounterNan { .. }
            | Error::BucketOrder
            | Error::BucketCount
            | Error::BucketNan { .. }
            | Error::Quantiles { .. }
            | Error::SampleClash { .. } => PyValueError::new_err(error.to_string()),
        }
    }
}
