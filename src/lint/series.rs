//! A series as the linter takes it, from wherever it comes.

use std::hash::BuildHasher;

use crate::labels::{self, Pair};

/// What a series says.
#[derive(Debug, Clone, Copy)]
pub enum Reading<'a> {
    /// A number.
    Number(f64),
    /// Observations in buckets.
    Histogram {
        /// The upper bounds, ascending.
        bounds: &'a [f64],
        /// The cumulative counts.
        counts: &'a [f64],
        /// How many observations there were, if that is known.
        count: Option<f64>,
        /// Their sum, if it is known.
        sum: Option<f64>,
        /// What is wrong with the buckets as they were written, if anything is.
        broken: Option<&'a str>,
    },
    /// Observations with quantiles.
    Summary {
        /// The ranks.
        ranks: &'a [f64],
        /// How many observations there were, if that is known.
        count: Option<f64>,
        /// Their sum, if it is known.
        sum: Option<f64>,
        /// What is wrong with the quantiles as they were written, if anything is.
        broken: Option<&'a str>,
    },
    /// Nothing that has a value.
    State,
}

/// One series.
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// All its labels, each name once; without `le` and `quantile` where these distinguish its samples.
    pub labels: &'a [Pair<'a>],
    /// What it says.
    pub reading: Reading<'a>,
}

impl Series<'_> {
    /// A hash of what a server knows the series by: a label without a value is none.
    pub(super) fn identity(&self, hasher: &impl BuildHasher) -> u64 {
        if self.labels.iter().any(|(_, value)| value.is_empty()) {
            let given: Vec<Pair<'_>> =
                self.labels.iter().copied().filter(|pair| !pair.1.is_empty()).collect();
            return labels::hash(hasher, &given);
        }
        labels::hash(hasher, self.labels)
    }

    /// Its labels, to be kept.
    pub(super) fn owned(&self) -> Vec<(String, String)> {
        owned(self.labels)
    }
}

/// Labels, to be kept.
pub(super) fn owned(labels: &[Pair<'_>]) -> Vec<(String, String)> {
    labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}
