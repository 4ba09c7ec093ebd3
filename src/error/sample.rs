//! What can be wrong with the samples that a collector gives of a family.

/// A sample that cannot be exposed. The words do not name the family.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// A sample lacks the label that distinguishes it from the others of its series.
    #[error(
        "a sample named {sample} needs the label '{label}', and {labels} has none; give each its {label}"
    )]
    Unlabelled {
        /// The name of the sample.
        sample: String,
        /// The name of the label.
        label: String,
        /// The labels that it has.
        labels: String,
    },
    /// A label that must be a number is not one.
    #[error("the label {label}=\"{text}\" of {sample} is not a number; write it as '0.5' or '+Inf'")]
    Bound {
        /// The name of the sample.
        sample: String,
        /// The name of the label.
        label: String,
        /// Its value.
        text: String,
    },
    /// A count is negative, or not whole.
    #[error("{sample}{labels} counts observations, and cannot be {value}; give a whole number from 0 on")]
    Count {
        /// The name of the sample.
        sample: String,
        /// Its labels.
        labels: String,
        /// Its value.
        value: String,
    },
    /// A counter is negative, or NaN.
    #[error(
        "{sample}{labels} is of a counter, and cannot be {value}; give a number from 0 on, or make it a gauge"
    )]
    Counter {
        /// The name of the sample.
        sample: String,
        /// Its labels.
        labels: String,
        /// Its value.
        value: String,
    },
    /// The sample of an info, or of a state, has another value than such samples have.
    #[error("{sample}{labels} cannot be {value}; its value is {allowed}")]
    Flag {
        /// The name of the sample.
        sample: String,
        /// Its labels.
        labels: String,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// A bucket counts less than the one before it.
    #[error(
        "the bucket le=\"{bound}\" of {labels} counts {count}, and the one before it {before}; the count of a bucket is that \
         of all values up to its bound"
    )]
    Falling {
        /// The labels of the series.
        labels: String,
        /// The upper bound of the bucket.
        bound: String,
        /// Its count.
        count: u64,
        /// The count of the one before.
        before: u64,
    },
    /// The last bucket is missing.
    #[error("the buckets of {labels} end before le=\"+Inf\"; the last one counts all values")]
    Unbounded {
        /// The labels of the series.
        labels: String,
    },
    /// A time is not one.
    #[error("{sample}{labels} cannot be {value}: it is the time of a birth, in seconds since 1970")]
    Born {
        /// The name of the sample.
        sample: String,
        /// Its labels.
        labels: String,
        /// Its value.
        value: String,
    },
    /// A sample has a name that the family has for itself, and is none of its samples.
    #[error("a family of this type has no sample named {sample}; give the sample another name")]
    Stranger {
        /// The name of the sample.
        sample: String,
    },
}
