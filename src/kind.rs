//! The kinds of families, and the names of their samples.

use std::fmt;

/// The kind of a family.
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
    /// Facts that are labels of a sample whose value is 1.
    Info,
    /// One of several states.
    StateSet,
}

impl Kind {
    /// Its word in a TYPE line: that of the text format, or that of OpenMetrics where the text format has none.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Summary => "summary",
            Self::Histogram => "histogram",
            Self::Untyped => "untyped",
            Self::Info => "info",
            Self::StateSet => "stateset",
        }
    }

    /// The label that the samples of this kind carry themselves, and that users must not give. A state set has one
    /// too, which is not given here: its name is that of the family.
    #[must_use]
    pub fn reserved_label(self) -> Option<&'static str> {
        match self {
            Self::Summary => Some("quantile"),
            Self::Histogram => Some("le"),
            Self::Counter | Self::Gauge | Self::Untyped | Self::Info | Self::StateSet => None,
        }
    }

    /// The suffixes that make names of samples out of the name of a family of this kind. The name alone is one too,
    /// except for an info.
    #[must_use]
    pub fn sample_suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Summary => &["_count", "_sum"],
            Self::Histogram => &["_bucket", "_count", "_sum"],
            Self::Info => &["_info"],
            Self::Counter | Self::Gauge | Self::Untyped | Self::StateSet => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
