//! The arithmetic of one series: a number, a histogram, a summary.

use std::fmt;

pub mod histogram;
mod number;
pub mod quantile;
mod sequence;
pub mod summary;
mod value;

pub use histogram::Histogram;
pub use number::Number;
pub use summary::Summary;
pub use value::Value;

/// What a family counts. The names are those of the text format's TYPE line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number that only goes up.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Count, sum and quantiles of observations.
    Summary,
    /// Count, sum and buckets of observations.
    Histogram,
    /// A number of which nothing is known.
    Untyped,
}

impl Kind {
    /// The word of the TYPE line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
            Self::Histogram => "histogram",
            Self::Untyped => "untyped",
        }
    }

    /// The label that the samples of this kind carry themselves, and that users may not.
    #[must_use]
    pub fn reserved_label(self) -> Option<&'static str> {
        match self {
            Self::Summary => Some("quantile"),
            Self::Histogram => Some("le"),
            Self::Counter | Self::Gauge | Self::Untyped => None,
        }
    }

    /// What this kind appends to its name to make the names of its samples, beside the name itself.
    #[must_use]
    pub fn sample_suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Summary => &["_count", "_sum"],
            Self::Histogram => &["_bucket", "_count", "_sum"],
            Self::Counter | Self::Gauge | Self::Untyped => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// The state of one series. Every method of an implementation takes `&self`: many threads update one
/// series at a time, and a scrape reads it meanwhile.
pub trait Metric: Send + Sync + 'static {
    /// What all the series of a family share: bucket bounds, quantile targets.
    type Spec: Send + Sync;

    /// The state of a series at its birth.
    fn new(spec: &Self::Spec) -> Self;
}
