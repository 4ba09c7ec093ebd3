//! The upper bounds of classic buckets.

/// The most bounds that are all compared with a value; among more, a search finds its bucket.
const COUNTED: usize = 24;

/// Why bounds were refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BoundsError {
    /// One is not a number.
    #[error("a bucket's upper bound cannot be NaN; remove it from buckets")]
    Nan,
    /// They are not ascending.
    #[error("Buckets not in sorted order")]
    Order,
    /// None is finite.
    #[error("Must have at least two buckets")]
    Count,
}

/// The upper bounds of the buckets, inclusive.
#[derive(Debug, Clone, PartialEq)]
pub struct Bounds {
    /// Strictly ascending; the last is +Inf; at least one; never NaN.
    upper: Box<[f64]>,
}

impl Bounds {
    /// Takes the bounds as a user gives them: ascending, +Inf added when it is missing, equal ones merged.
    ///
    /// # Errors
    ///
    /// The first of [`BoundsError`] that is true.
    pub fn new(bounds: &[f64]) -> Result<Self, BoundsError> {
        let mut upper = bounds.to_vec();
        if upper.iter().any(|bound| bound.is_nan()) {
            return Err(BoundsError::Nan);
        }
        if !upper.is_sorted() {
            return Err(BoundsError::Order);
        }
        if upper.last().is_some_and(|&last| last < f64::INFINITY) {
            upper.push(f64::INFINITY);
        }
        if upper.len() < 2 {
            return Err(BoundsError::Count);
        }
        upper.dedup();
        Ok(Self { upper: upper.into_boxed_slice() })
    }

    /// The bounds of a histogram that has no classic buckets: +Inf alone, whose bucket is the count.
    #[must_use]
    pub fn infinite() -> Self {
        Self { upper: [f64::INFINITY].into() }
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
    pub(super) fn index(&self, value: f64) -> usize {
        let passed = |bound: f64| !(bound >= value);
        let below = if self.upper.len() <= COUNTED {
            // Without branches, there are none that the processor can mispredict.
            self.upper.iter().map(|&bound| usize::from(passed(bound))).sum()
        } else {
            self.upper.partition_point(|&bound| passed(bound))
        };
        below.min(self.upper.len() - 1)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    #[test]
    fn bounds_are_completed_and_checked() {
        let upper = |bounds: &[f64]| Bounds::new(bounds).map(|bounds| bounds.upper.into_vec());
        assert_eq!(upper(&[1.0]), Ok(vec![1.0, INF]));
        assert_eq!(upper(&[1.0, 1.0, INF]), Ok(vec![1.0, INF]));
        assert_eq!(upper(&[-INF, 0.0]), Ok(vec![-INF, 0.0, INF]));
        assert_eq!(upper(&[2.0, 1.0]), Err(BoundsError::Order));
        assert_eq!(upper(&[]), Err(BoundsError::Count));
        assert_eq!(upper(&[INF]), Err(BoundsError::Count));
        assert_eq!(Bounds::infinite().upper(), [INF]);
        assert_eq!(upper(&[f64::NAN]), Err(BoundsError::Nan));
    }
}
