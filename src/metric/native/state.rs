//! The native buckets of one series, and what is done when there are too many.
//!
//! Over the limit, each observation takes one step, the first that is possible: the histogram is reset if it
//! is old enough; or the zero bucket is widened; or the resolution is halved. After one of the latter two, a
//! reset is due as soon as the histogram is old enough. client_golang sets a timer for it; here the next
//! observation makes it, as of the time at which it was due, and a reader that comes before sees it as made.

use super::table::{Code, Table};
use super::{Reading, Spec, scale};
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// The native buckets. All of it changes in the turns of writers alone, and is read between them.
#[derive(Debug)]
pub(in crate::metric) struct State {
    /// How far positions are shifted to make keys: this is the schema.
    shift: AtomicU32,
    /// The bits of a float that is not negative.
    zero_threshold: AtomicU64,
    zero_count: AtomicU64,
    nan_count: AtomicU64,
    table: Table,
    /// When a reset is due, in milliseconds since 1970; 0 while none is, which spares looking at the clock.
    due: AtomicU64,
    /// When the last reset was, likewise; 0 if there was none.
    reset_at: AtomicU64,
    /// When the series was born, likewise.
    born: u64,
}

impl State {
    pub(in crate::metric) fn new(spec: &Spec) -> Self {
        Self {
            shift: AtomicU32::new(scale::shift_of(spec.schema)),
            zero_threshold: AtomicU64::new(spec.zero_threshold.to_bits()),
            zero_count: AtomicU64::new(0),
            nan_count: AtomicU64::new(0),
            table: Table::new(),
            due: AtomicU64::new(0),
            reset_at: AtomicU64::new(0),
            // Only a reset asks for the age.
            born: if spec.min_reset == 0 { 0 } else { (spec.clock)() },
        }
    }

    fn zero_threshold(&self) -> f64 {
        f64::from_bits(self.zero_threshold.load(Ordering::Relaxed))
    }

    /// The time at which a reset that is not made yet is due, in milliseconds since 1970; 0 if none is.
    #[inline]
    pub(in crate::metric) fn due(&self) -> u64 {
        self.due.load(Ordering::Relaxed)
    }

    /// Counts a value in its bucket, without a look at the limit.
    #[inline(always)]
    pub(in crate::metric) fn count(&self, value: f64) {
        self.count_times(value, 1);
    }

    /// Counts a value in its bucket as often as this, without a look at the limit.
    #[inline(always)]
    pub(in crate::metric) fn count_times(&self, value: f64, times: u64) {
        let (magnitude, threshold) = (value.abs(), self.zero_threshold());
        // Against the threshold, an infinity counts as the largest float.
        if magnitude > threshold && threshold < f64::MAX {
            let key = scale::coarser(scale::position(value), self.shift.load(Ordering::Relaxed));
            self.table.add(Code::new(key, value < 0.0), times);
        } else {
            self.count_apart(value, times);
        }
    }

    #[cold]
    fn count_apart(&self, value: f64, times: u64) {
        let count = if value.is_nan() { &self.nan_count } else { &self.zero_count };
        count.store(count.load(Ordering::Relaxed).saturating_add(times), Ordering::Relaxed);
    }

    /// Whether [`limit`](Self::limit) has something to do.
    #[inline]
    pub(in crate::metric) fn is_over(&self, spec: &Spec) -> bool {
        self.table.len() > spec.limit
    }

    /// Takes one step to have fewer buckets, after `value` was counted. If that step is a reset of the whole
    /// histogram, gives its time: the caller is to make it, and to count the value again.
    #[cold]
    pub(in crate::metric) fn limit(&self, spec: &Spec, value: f64) -> Option<u64> {
        if value.is_nan() {
            return None;
        }
        if spec.min_reset > 0 && self.due() == 0 {
            let due = self.last_reset().unwrap_or(self.born).saturating_add(spec.min_reset);
            let now = (spec.clock)();
            if now >= due {
                return Some(now);
            }
            // The reset that undoes the other steps is to be made as soon as it is allowed.
            self.due.store(due, Ordering::Relaxed);
        }
        if !self.widen_zero_bucket(spec.max_zero_threshold) {
            self.halve_resolution();
        }
        None
    }

    /// Puts the buckets that are nearest to 0 into the zero bucket: one, or one on each side. Gives whether
    /// that is allowed.
    fn widen_zero_bucket(&self, max_zero_threshold: f64) -> bool {
        if self.zero_threshold() >= max_zero_threshold {
            return false;
        }
        let mut nearest = None;
        self.table.for_each(|code, _| nearest = Some(nearest.map_or(code.key(), |key| code.key().min(key))));
        let Some(nearest) = nearest else {
            return false;
        };
        let threshold = scale::bound(nearest, self.shift.load(Ordering::Relaxed));
        if threshold > max_zero_threshold {
            return false;
        }
        let mut zero_count = self.zero_count.load(Ordering::Relaxed);
        self.table.rearrange(|code, count| {
            if code.key() == nearest {
                zero_count = zero_count.saturating_add(count);
                None
            } else {
                Some(code)
            }
        });
        self.zero_count.store(zero_count, Ordering::Relaxed);
        self.zero_threshold.store(threshold.to_bits(), Ordering::Relaxed);
        true
    }

    /// Merges every two buckets into one, unless the schema is the coarsest.
    fn halve_resolution(&self) {
        let shift = self.shift.load(Ordering::Relaxed);
        if scale::schema_at(shift) > scale::COARSEST {
            self.table
                .rearrange(|code, _| Some(Code::new(scale::coarser(code.key(), 1), code.is_negative())));
            self.shift.store(shift + 1, Ordering::Relaxed);
        }
    }

    fn last_reset(&self) -> Option<u64> {
        Some(self.reset_at.load(Ordering::Relaxed)).filter(|&at| at != 0)
    }

    /// Forgets all observations, at a time.
    #[cold]
    pub(in crate::metric) fn reset(&self, spec: &Spec, at: u64) {
        self.shift.store(scale::shift_of(spec.schema), Ordering::Relaxed);
        self.zero_threshold.store(spec.zero_threshold.to_bits(), Ordering::Relaxed);
        self.zero_count.store(0, Ordering::Relaxed);
        self.nan_count.store(0, Ordering::Relaxed);
        self.table.clear();
        self.due.store(0, Ordering::Relaxed);
        self.reset_at.store(at, Ordering::Relaxed);
    }

    /// Forgets all observations, now.
    #[cold]
    pub(in crate::metric) fn restart(&self, spec: &Spec) {
        self.reset(spec, (spec.clock)());
    }

    /// Copies the words to `reading`, which is then to be finished; gives when the last reset was. To be called in a
    /// turn, or between two.
    pub(in crate::metric) fn copy(&self, reading: &mut Reading) -> Option<u64> {
        reading.positive.clear();
        reading.negative.clear();
        reading.schema = scale::schema_at(self.shift.load(Ordering::Relaxed));
        reading.zero_threshold = self.zero_threshold();
        reading.zero_count = self.zero_count.load(Ordering::Relaxed);
        reading.count = reading.zero_count.saturating_add(self.nan_count.load(Ordering::Relaxed));
        self.table.for_each(|code, count| {
            let side = if code.is_negative() { &mut reading.negative } else { &mut reading.positive };
            side.push((code.key(), count));
            reading.count = reading.count.saturating_add(count);
        });
        reading.due = self.due();
        self.last_reset()
    }
}
