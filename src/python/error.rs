//! The core's errors as Python exceptions.

use pyo3::exceptions::{PyMemoryError, PyValueError};
use pyo3::{PyErr, Python, ffi};

use super::note::noted;

use crate::error::Error;
use crate::memory::OutOfMemory;

impl From<OutOfMemory> for PyErr {
    #[cold]
    fn from(error: OutOfMemory) -> Self {
        PyMemoryError::new_err(error.to_string())
    }
}

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        let refusal = match error {
            Error::OutOfMemory(error) => error.into(),
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
            | Error::CounterDecrease { .. }
            | Error::CounterNan { .. }
            | Error::BucketOrder { .. }
            | Error::BucketCount { .. }
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
        };
        match error.advice() {
            // SAFETY: the thread is attached, as is checked: attaching it anew could fail while the interpreter ends.
            // Threads that are not attached meet no error that has advice, as these come out of calls of Python code.
            Some(advice) if unsafe { ffi::PyGILState_Check() } != 0 => unsafe {
                noted(Python::assume_attached(), refusal, &advice)
            },
            _ => refusal,
        }
    }
}
