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
            | Error::LabelUnreadable { .. }
            | Error::LabelPrefix { .. }
            | Error::LabelTwice { .. }
            | Error::LabelIsConstant { .. }
            | Error::LabelsMeet { .. }
            | Error::SeriesMeet { .. }
            | Error::LabelNames { .. }
            | Error::LabelsTooLong { .. }
            | Error::CounterDecrease
            | Error::CounterNan { .. }
            | Error::BucketOrder
            | Error::BucketCount
            | Error::BucketNan { .. }
            | Error::NativeFactor { .. }
            | Error::NativeThreshold { .. }
            | Error::Quantiles { .. }
            | Error::ExemplarTooLong { .. }
            | Error::ExemplarLabel { .. }
            | Error::Unit { .. }
            | Error::UnitOfKind { .. }
            | Error::NoStates { .. }
            | Error::StateTwice { .. }
            | Error::NamesMeet { .. }
            | Error::SampleClash { .. } => PyValueError::new_err(error.to_string()),
        }
    }
}
