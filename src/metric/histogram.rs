//! A histogram of one series: observations counted in buckets, and their sum.

use super::Metric;
use super::sequence::Sequence;
use crate::access::Access;
use crate::error::Error;
use crate::prefetch::prefetch;
use crate::sync::{AtomicU64, Ordering};

/// Up to so many bounds, all are compared with a value; beyond, it is searched among them.
const COUNTED: usize = 24;

/// The upper bounds of the buckets, inclusive.
#[derive(Debug)]
pub struct Bounds {
    /// Strictly ascending; the last is +Inf; at least one; never NaN.
    upper: Box<[f64]>,
}

impl Bounds {
    /// Takes the bounds as a user gives them: ascending, +Inf added when it is missing, equal ones merged.
    ///
    /// # Errors
    ///
    /// [`Error::BucketNan`], [`Error::BucketOrder`], or [`Error::BucketCount`] when there is no bucket
    /// beside +Inf. `metric` is the name that the error tells.
    pub fn new(metric: &str, bounds: &[f64]) -> Result<Self, Error> {
        let mut upper = bounds.to_vec();
        if upper.iter().any(|bound| bound.is_nan()) {
            return Err(Error::BucketNan { metric: metric.to_owned() });
        }
        if !upper.is_sorted() {
            return Err(Error::BucketOrder);
        }
        if upper.last().is_some_and(|&last| last < f64::INFINITY) {
            upper.push(f64::INFINITY);
        }
        if upper.len() < 2 {
            return Err(Error::BucketCount);
        }
        upper.dedup();
        Ok(Self { upper: upper.into_boxed_slice() })
    }

    /// The bounds, ascending, +Inf last.
    #[must_use]
    pub fn upper(&self) -> &[f64] {
        &self.upper
    }

    /// The bucket that counts `value`: the first whose bound is not below it. NaN is below no bound, so
    /// that it counts in the last one alone, and +Inf always equals the count.
    #[inline]
    #[expect(clippy::neg_cmp_op_on_partial_ord, reason = "NaN must pass every bound")]
    fn index(&self, value: f64) -> usize {
        let passed = |bound: f64| !(bound >= value);
        let below = if self.upper.len() <= COUNTED {
            // No branches, so none that the processor guesses wrong.
            self.upper.iter().map(|&bound| usize::from(passed(bound))).sum()
        } else {
            self.upper.partition_point(|&bound| passed(bound))
        };
        below.min(self.upper.len() - 1)
    }
}

/// A histogram that many threads observe into; what is read of it comes from the same observations.
#[derive(Debug)]
pub struct Histogram {
    sequence: Sequence,
    /// The bits of the sum, a float. Changes with the counts, under `sequence`.
    sum: AtomicU64,
    /// The count of each bucket alone, not cumulative. Their sum is the count of observations.
    counts: Box<[AtomicU64]>,
}

impl Metric for Histogram {
    type Spec = Bounds;

    fn new(bounds: &Bounds) -> Self {
        Self {
            sequence: Sequence::new(),
            sum: AtomicU64::new(0.0_f64.to_bits()),
            counts: bounds.upper.iter().map(|_| AtomicU64::new(0)).collect(),
        }
    }
}

impl Histogram {
    /// Counts `value` in its bucket and adds it to the sum. `bounds` are those it was made with.
    #[inline]
    pub fn observe(&self, access: impl Access, bounds: &Bounds, value: f64) {
        let bucket = &self.counts[bounds.index(value)];
        self.sequence.write(access, || {
            bucket.store(bucket.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
            let sum = f64::from_bits(self.sum.load(Ordering::Relaxed)) + value;
            self.sum.store(sum.to_bits(), Ordering::Relaxed);
        });
    }

    /// Writes the cumulative count of each bucket to `counts` and gives the sum; all of one moment.
    ///
    /// The last count, that of +Inf, is the count of all observations.
    pub fn read(&self, counts: &mut Vec<u64>) -> f64 {
        let sum = self.sequence.read(|| {
            counts.clear();
            counts.extend(self.counts.iter().map(|count| count.load(Ordering::Relaxed)));
            f64::from_bits(self.sum.load(Ordering::Relaxed))
        });
        let mut total = 0_u64;
        for count in counts {
            total = count.saturating_add(total);
            *count = total;
        }
        sum
    }

    /// Asks for the memory that [`Histogram::read`] reads.
    pub fn prefetch(&self) {
        prefetch(self.counts.as_ptr());
    }

    /// Replaces the cumulative counts and the sum; one count for each bucket.
    pub fn set(&self, access: impl Access, counts: &[u64], sum: f64) {
        self.sequence.write(access, || {
            let mut before = 0;
            for (bucket, &count) in self.counts.iter().zip(counts) {
                bucket.store(count.saturating_sub(before), Ordering::Relaxed);
                before = count;
            }
            self.sum.store(sum.to_bits(), Ordering::Relaxed);
        });
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::access::Shared;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn bounds_are_completed_and_checked() {
        let upper = |bounds: &[f64]| Bounds::new("m", bounds).map(|bounds| bounds.upper.into_vec());
        assert_eq!(upper(&[1.0]), Ok(vec![1.0, INF]));
        assert_eq!(upper(&[1.0, 1.0, INF]), Ok(vec![1.0, INF]));
        assert_eq!(upper(&[-INF, 0.0]), Ok(vec![-INF, 0.0, INF]));
        assert_eq!(upper(&[2.0, 1.0]), Err(Error::BucketOrder));
        assert_eq!(upper(&[]), Err(Error::BucketCount));
        assert_eq!(upper(&[INF]), Err(Error::BucketCount));
        assert_eq!(upper(&[f64::NAN]), Err(Error::BucketNan { metric: "m".to_owned() }));
    }

    #[test]
    fn bounds_are_inclusive_and_nan_counts_in_the_last() {
        let bounds = Bounds::new("m", &[0.0, 1.0]).unwrap();
        let histogram = Histogram::new(&bounds);
        for value in [-1.0, 0.0, -0.0, 0.5, 1.0, 1.5, INF, -INF, f64::NAN] {
            histogram.observe(Shared, &bounds, value);
        }
        let mut counts = Vec::new();
        assert!(histogram.read(&mut counts).is_nan());
        assert_eq!(counts, [4, 6, 9]);
    }

    #[test]
    fn a_reader_sees_counts_and_sum_of_the_same_observations() {
        let bounds = Bounds::new("m", &[0.5]).unwrap();
        let histogram = Histogram::new(&bounds);
        let running = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..20_000 {
                            histogram.observe(Shared, &bounds, 1.0);
                        }
                    })
                })
                .collect();
            scope.spawn(|| {
                let mut counts = Vec::new();
                while running.load(Ordering::Relaxed) {
                    let sum = histogram.read(&mut counts);
                    #[expect(clippy::cast_precision_loss, reason = "small counts")]
                    let count = counts[1] as f64;
                    assert!((sum - count).abs() < 0.5, "{sum} {counts:?}");
                }
            });
            for writer in writers {
                writer.join().unwrap();
            }
            running.store(false, Ordering::Relaxed);
        });
        let mut counts = Vec::new();
        histogram.read(&mut counts);
        assert_eq!(counts, [0, 40_000]);
    }
}
