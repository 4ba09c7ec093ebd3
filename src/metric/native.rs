//! Native histograms: buckets that grow by a factor, made where values fall, their number limited.
//!
//! The arithmetic and the order of what is done over the limit are those of client_golang 1.23.2,
//! `prometheus/histogram.go`, so that a server gets the same buckets from either for the same observations.

use std::fmt;
use std::time::Duration;

use crate::clock;

mod scale;
mod span;
mod state;
mod table;

pub use span::{Span, buckets, spans};
pub(super) use state::State;

/// The zero threshold to take when a user names none: 2^-128, as in client_golang.
pub const DEFAULT_ZERO_THRESHOLD: f64 = f64::from_bits((1023 - 128) << 52);

/// Why settings were refused.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum SettingsError {
    /// The growth factor makes no buckets.
    #[error("the bucket factor of a native histogram must be above 1, not {factor}; 1.1 is usual")]
    Factor {
        /// The factor that was refused.
        factor: f64,
    },
    /// A threshold of the zero bucket is negative or NaN.
    #[error("the {name} of a native histogram cannot be {threshold}; give 0 or a positive number")]
    Threshold {
        /// Which threshold.
        name: &'static str,
        /// The number that was refused.
        threshold: f64,
    },
}

/// What all the series of a native histogram share.
#[derive(Clone)]
pub struct Spec {
    /// The schema at birth and after a reset, in -4..=8.
    schema: i8,
    /// The zero threshold at birth and after a reset; never negative.
    zero_threshold: f64,
    max_zero_threshold: f64,
    /// The most buckets before a step is taken to have fewer; where there is no limit, all that a series can have.
    limit: u32,
    /// The least age of a histogram that is reset, in milliseconds; 0 where none ever is.
    min_reset: u64,
    /// Gives the milliseconds since 1970; at least 1.
    clock: fn() -> u64,
}

impl fmt::Debug for Spec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Spec")
            .field("schema", &self.schema)
            .field("zero_threshold", &self.zero_threshold)
            .field("max_zero_threshold", &self.max_zero_threshold)
            .field("limit", &self.limit)
            .field("min_reset", &self.min_reset)
            .finish_non_exhaustive()
    }
}

/// Specs are equal when their settings are.
impl PartialEq for Spec {
    fn eq(&self, other: &Self) -> bool {
        let settings = |spec: &Self| {
            let Self { schema, zero_threshold, max_zero_threshold, limit, min_reset, clock: _ } = *spec;
            (schema, zero_threshold, max_zero_threshold, limit, min_reset)
        };
        settings(self) == settings(other)
    }
}

impl Spec {
    /// Takes the settings as client_golang has them.
    ///
    /// - `factor`: from one bucket to the next, widths grow by at most this factor, as far as schemas -4 to 8
    ///   go (1.1 gives schema 3, eight buckets for each power of two).
    /// - `zero_threshold`: values up to this distance from 0 count in the zero bucket; 0 means zeros alone,
    ///   and [`DEFAULT_ZERO_THRESHOLD`] is usual.
    /// - `max_buckets`: with more buckets than that, each further observation takes one step to have fewer:
    ///   it resets the histogram, or widens the zero bucket, or halves the resolution; 0 sets no limit.
    /// - `max_zero_threshold`: how far the zero bucket may be widened.
    /// - `min_reset`: how long after its birth or its last reset a histogram may be reset, to the millisecond
    ///   and rounded up; zero means never. Where another step was taken first, it is reset as soon as it is
    ///   so old.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] if one cannot be.
    pub fn new(
        factor: f64,
        zero_threshold: f64,
        max_zero_threshold: f64,
        max_buckets: u32,
        min_reset: Duration,
    ) -> Result<Self, SettingsError> {
        if factor.is_nan() || factor <= 1.0 {
            return Err(SettingsError::Factor { factor });
        }
        for (name, threshold) in
            [("zero threshold", zero_threshold), ("maximum zero threshold", max_zero_threshold)]
        {
            if threshold.is_nan() || threshold < 0.0 {
                return Err(SettingsError::Threshold { name, threshold });
            }
        }
        let min_reset = u64::try_from(min_reset.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX);
        let limit = if max_buckets == 0 { u32::MAX } else { max_buckets };
        let schema = scale::schema_of(factor);
        Ok(Self { schema, zero_threshold, max_zero_threshold, limit, min_reset, clock: milliseconds })
    }

    /// The schema of a new histogram, in -4..=8.
    #[must_use]
    pub fn schema(&self) -> i8 {
        self.schema
    }

    /// The zero threshold of a new histogram.
    #[must_use]
    pub fn zero_threshold(&self) -> f64 {
        self.zero_threshold
    }

    /// Whether the time `due` of a reset has come; 0 means that none is due, and spares a look at the clock.
    #[inline]
    pub(super) fn is_past(&self, due: u64) -> bool {
        due != 0 && self.has_come(due)
    }

    #[cold]
    fn has_come(&self, due: u64) -> bool {
        (self.clock)() >= due
    }
}

/// The clock of the machine. Where it is set back, a reset is late by as much.
fn milliseconds() -> u64 {
    clock::now().max(1)
}

/// The reading of the native buckets of a series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The observations in the buckets and the zero bucket, and those of NaN, which are in none.
    ///
    /// This is the count to send with the buckets. It is the count of the classic buckets too, but for a
    /// histogram that was assigned to ([`Histogram::set`](super::Histogram::set)).
    pub count: u64,
    /// The upper bound of bucket i is `(2**2**-schema)**i`, inclusive.
    pub schema: i8,
    /// Values up to this distance from 0 are in the zero bucket.
    pub zero_threshold: f64,
    /// The count of the zero bucket.
    pub zero_count: u64,
    /// The buckets of values above the zero threshold and their counts, ascending by key; empty ones are left
    /// out.
    pub positive: Vec<(i32, u64)>,
    /// The buckets of values below the negated zero threshold, by the keys of their magnitudes.
    pub negative: Vec<(i32, u64)>,
    /// When a reset is due, in milliseconds since 1970; 0 where none is. What a reader gets has none.
    due: u64,
}

impl Reading {
    /// The reading of another program's histogram, without buckets yet.
    #[must_use]
    pub fn new(count: u64, schema: i8, (zero_threshold, zero_count): (f64, u64)) -> Self {
        Self { count, schema, zero_threshold, zero_count, ..Self::default() }
    }

    /// Becomes the reading of a histogram that has observed nothing.
    fn clear(&mut self, spec: &Spec) {
        self.positive.clear();
        self.negative.clear();
        (self.count, self.zero_count, self.due) = (0, 0, 0);
        (self.schema, self.zero_threshold) = (spec.schema, spec.zero_threshold);
    }

    /// Turns a copy into what a reader gets: sorted, or empty if a reset was due. Gives the time at which it was due.
    pub(super) fn finish(&mut self, spec: &Spec) -> Option<u64> {
        let due = std::mem::take(&mut self.due);
        if spec.is_past(due) {
            self.clear(spec);
            return Some(due);
        }
        self.positive.sort_unstable_by_key(|&(key, _)| key);
        self.negative.sort_unstable_by_key(|&(key, _)| key);
        None
    }
}

#[cfg(all(test, not(loom)))]
mod golden;
#[cfg(all(test, not(loom)))]
mod tests;
