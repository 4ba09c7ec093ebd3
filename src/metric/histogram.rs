//! A histogram of one series: observations counted in buckets, and their sum.

use std::sync::Arc;

use super::exemplar::{Exemplar, Exemplars};
use super::handover::Handover;
use super::sequence::Sequence;
use super::{Metric, Number, native, repeated};
use crate::access::Access;
use crate::prefetch::prefetch;
use crate::sync::{AtomicU64, Ordering};

mod bounds;

pub use bounds::{Bounds, BoundsError};

/// Exemplars that a series with native buckets alone keeps, as in client_golang.
const NATIVE_EXEMPLARS: usize = 10;

/// What all the series of a histogram share.
#[derive(Debug, Clone)]
pub struct Spec {
    bounds: Bounds,
    native: Option<native::Spec>,
}

impl Spec {
    /// A histogram of classic buckets.
    #[must_use]
    pub fn classic(bounds: Bounds) -> Self {
        Self { bounds, native: None }
    }

    /// A histogram of native buckets beside the classic ones; [`Bounds::infinite`] means that there are no classic
    /// ones.
    #[must_use]
    pub fn native_beside(bounds: Bounds, native: native::Spec) -> Self {
        Self { bounds, native: Some(native) }
    }

    /// The upper bounds of the classic buckets.
    #[inline]
    #[must_use]
    pub fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    /// What the native buckets are, if there are any.
    #[inline]
    #[must_use]
    pub fn native(&self) -> Option<&native::Spec> {
        self.native.as_ref()
    }
}

/// The reading of a histogram. Its memory can be used for one series after the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reading {
    /// The cumulative count of each classic bucket. The last, that of +Inf, is the count of all observations.
    pub counts: Vec<u64>,
    /// The sum of all observations.
    pub sum: f64,
    /// The native buckets, where there are any.
    pub native: Option<native::Reading>,
    /// When a histogram with native buckets was last reset, in milliseconds since 1970.
    pub reset_at: Option<u64>,
}

/// The native buckets of a series.
#[derive(Debug)]
struct Native {
    state: native::State,
    /// The buckets have many words, and a reader may find no time to copy them between two turns.
    handover: Handover<Reading>,
}

/// A histogram that many threads observe into; what is read of it comes from the same observations.
#[derive(Debug)]
pub struct Histogram {
    sequence: Sequence,
    /// The bits of the sum, a float. Changes with the counts, under `sequence`.
    sum: AtomicU64,
    /// The count of each bucket alone, not cumulative. Their sum is the count of observations.
    counts: Box<[AtomicU64]>,
    /// Changes with the counts, under `sequence`. Present if the spec has native buckets.
    native: Option<Box<Native>>,
    /// The last exemplar of each bucket.
    exemplars: Exemplars,
}

impl Metric for Histogram {
    type Spec = Spec;

    fn new(spec: &Spec) -> Self {
        let native = |spec| Box::new(Native { state: native::State::new(spec), handover: Handover::new() });
        Self {
            sequence: Sequence::new(),
            sum: AtomicU64::new(0.0_f64.to_bits()),
            counts: spec.bounds.upper().iter().map(|_| AtomicU64::new(0)).collect(),
            native: spec.native.as_ref().map(native),
            exemplars: Exemplars::new(),
        }
    }

    fn total(&self) -> Option<Number> {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed));
        Some(Number::Int(counts.fold(0_u64, u64::saturating_add).try_into().unwrap_or(i64::MAX)))
    }
}

// In all that follows, `spec` is the one that the histogram was made with.
impl Histogram {
    /// Counts `value` in its buckets and adds it to the sum.
    #[inline(always)]
    pub fn observe(&self, access: impl Access, spec: &Spec, value: f64) {
        if let (Some(native), Some(native_spec)) = (&self.native, &spec.native) {
            return self.observe_native(access, native, (&spec.bounds, native_spec), value);
        }
        let bucket = &self.counts[spec.bounds.index(value)];
        self.sequence.write(access, || self.count(bucket, value));
    }

    /// Takes several observations, in their order: the same as one by one.
    pub fn observe_all(&self, access: impl Access, spec: &Spec, values: &[f64]) {
        /// Observations in one turn, for which a scrape may wait.
        const TURN: usize = 512;
        if self.native.is_some() {
            for &value in values {
                self.observe(access, spec, value);
            }
            return;
        }
        for some in values.chunks(TURN) {
            self.sequence.write(access, || {
                let mut sum = f64::from_bits(self.sum.load(Ordering::Relaxed));
                for &value in some {
                    let bucket = &self.counts[spec.bounds.index(value)];
                    bucket.store(bucket.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
                    sum += value;
                }
                self.sum.store(sum.to_bits(), Ordering::Relaxed);
            });
        }
    }

    /// Takes `times` observations of one value: the same as one by one.
    pub fn observe_times(&self, access: impl Access, spec: &Spec, value: f64, times: u64) {
        /// Observations of which each may take a step to have fewer native buckets, before all others count in one.
        const STEPS: u64 = 64;
        let mut left = times;
        if let (Some(native), Some(native_spec)) = (&self.native, &spec.native) {
            for _ in 0..STEPS.min(times) {
                self.observe(access, spec, value);
                left -= 1;
                if !native.state.is_over(native_spec) {
                    break;
                }
            }
        }
        let bucket = &self.counts[spec.bounds.index(value)];
        self.sequence.write(access, || {
            bucket.store(bucket.load(Ordering::Relaxed).saturating_add(left), Ordering::Relaxed);
            let sum = repeated::add(f64::from_bits(self.sum.load(Ordering::Relaxed)), value, left);
            self.sum.store(sum.to_bits(), Ordering::Relaxed);
            if let Some(native) = self.native.as_ref().filter(|_| left > 0) {
                native.state.count_times(value, left);
            }
        });
    }

    /// Counts `value` in its classic bucket and adds it to the sum, in a turn.
    #[inline]
    fn count(&self, bucket: &AtomicU64, value: f64) {
        bucket.store(bucket.load(Ordering::Relaxed).saturating_add(1), Ordering::Relaxed);
        let sum = f64::from_bits(self.sum.load(Ordering::Relaxed)) + value;
        self.sum.store(sum.to_bits(), Ordering::Relaxed);
    }

    // Not inlined, so that classic histograms do not pay for the registers that it takes.
    #[inline(never)]
    fn observe_native(
        &self,
        access: impl Access,
        Native { state, handover }: &Native,
        (bounds, spec): (&Bounds, &native::Spec),
        value: f64,
    ) {
        // Without classic buckets, which is usual, there is nothing to look for.
        let index = if bounds.upper().len() == 1 { 0 } else { bounds.index(value) };
        let bucket = &self.counts[index];
        self.sequence.write(access, || {
            let due = state.due();
            if spec.is_past(due) {
                self.reset(state, spec, due);
            }
            self.count(bucket, value);
            state.count(value);
            if state.is_over(spec) {
                self.limit(state, spec, bucket, value);
            }
            if handover.is_asked() {
                handover.serve(|reading| self.copy(reading));
            }
        });
    }

    /// Replaces the exemplar of the bucket that counts its value. Without classic buckets, the series keeps several
    /// exemplars, with values of different sizes.
    pub fn set_exemplar(&self, spec: &Spec, exemplar: Exemplar) {
        let buckets = self.counts.len();
        if buckets == 1 && self.native.is_some() {
            // The exponent and three bits of the fraction: eight sizes for each power of two.
            let size = |value: f64| value.to_bits() >> 49;
            let own = size(exemplar.value());
            return self.exemplars.keep(NATIVE_EXEMPLARS, exemplar, |other| size(other) == own);
        }
        self.exemplars.set(buckets, spec.bounds.index(exemplar.value()), exemplar);
    }

    /// The last exemplar of a classic bucket. Without classic buckets, all belong to that of +Inf.
    #[must_use]
    pub fn exemplar(&self, bucket: usize) -> Option<Arc<Exemplar>> {
        match self.counts.len() {
            1 => self.exemplars.iter().max_by_key(|exemplar| exemplar.time()),
            _ => self.exemplars.get(bucket),
        }
    }

    /// The last exemplar of each bucket; without classic buckets, several, with values of different sizes.
    #[inline]
    pub fn exemplars(&self) -> &Exemplars {
        &self.exemplars
    }

    /// Takes one step to have fewer buckets, in the turn in which `value` was counted.
    #[cold]
    fn limit(&self, state: &native::State, spec: &native::Spec, bucket: &AtomicU64, value: f64) {
        if let Some(now) = state.limit(spec, value) {
            self.reset(state, spec, now);
            // As in client_golang, the last observation is not lost.
            self.count(bucket, value);
            state.count(value);
        }
    }

    /// Forgets all observations, in a turn.
    #[cold]
    fn reset(&self, state: &native::State, spec: &native::Spec, at: u64) {
        for count in &self.counts {
            count.store(0, Ordering::Relaxed);
        }
        self.sum.store(0.0_f64.to_bits(), Ordering::Relaxed);
        state.reset(spec, at);
    }

    /// Copies the words to `reading`, which is then to be finished. To be called in a turn, or between two.
    fn copy(&self, reading: &mut Reading) {
        reading.sum = self.copy_classic(&mut reading.counts);
        match &self.native {
            Some(native) => reading.reset_at = native.state.copy(reading.native.get_or_insert_default()),
            None => (reading.native, reading.reset_at) = (None, None),
        }
    }

    /// Copies the count of each classic bucket alone, and gives the sum.
    #[inline]
    fn copy_classic(&self, counts: &mut Vec<u64>) -> f64 {
        counts.clear();
        counts.extend(self.counts.iter().map(|count| count.load(Ordering::Relaxed)));
        f64::from_bits(self.sum.load(Ordering::Relaxed))
    }

    /// Fills `reading` with the state of the histogram at one moment.
    pub fn read(&self, spec: &Spec, reading: &mut Reading) {
        match &self.native {
            Some(native) => native.handover.read(&self.sequence, reading, |reading| self.copy(reading)),
            None => self.sequence.read(|| self.copy(reading)),
        }
        if let (Some(spec), Some(native)) = (&spec.native, &mut reading.native) {
            if let Some(due) = native.finish(spec) {
                reading.counts.fill(0);
                (reading.sum, reading.reset_at) = (0.0, Some(due));
            }
        }
        accumulate(&mut reading.counts);
    }

    /// As [`Histogram::read`], the classic buckets alone: writes their cumulative counts to `counts` and
    /// gives the sum.
    #[inline]
    pub fn read_classic(&self, spec: &Spec, counts: &mut Vec<u64>) -> f64 {
        let (mut sum, due) = self.sequence.read(|| {
            let due = self.native.as_ref().map_or(0, |native| native.state.due());
            (self.copy_classic(counts), due)
        });
        if spec.native.as_ref().is_some_and(|spec| spec.is_past(due)) {
            counts.fill(0);
            sum = 0.0;
        }
        accumulate(counts);
        sum
    }

    /// Asks for the memory that [`Histogram::read_classic`] reads.
    pub fn prefetch(&self) {
        prefetch(self.counts.as_ptr());
    }

    /// Replaces the cumulative counts of the classic buckets and the sum; one count for each bucket.
    ///
    /// The native buckets of those observations are not known, so that the native buckets begin anew, empty, and so
    /// does their own [`count`](native::Reading::count): for them this is a reset. Gives whether it is one for the
    /// classic buckets too, because one of them counts less than before.
    pub fn set(&self, access: impl Access, spec: &Spec, counts: &[u64], sum: f64) -> bool {
        self.sequence.write(access, || {
            let (mut before, mut replaced, mut is_reset) = (0, 0_u64, false);
            for (bucket, &count) in self.counts.iter().zip(counts) {
                replaced = replaced.saturating_add(bucket.load(Ordering::Relaxed));
                is_reset |= count < replaced;
                bucket.store(count.saturating_sub(before), Ordering::Relaxed);
                before = count;
            }
            self.sum.store(sum.to_bits(), Ordering::Relaxed);
            if let (Some(native), Some(spec)) = (&self.native, &spec.native) {
                native.state.restart(spec);
            }
            is_reset
        })
    }
}

/// Turns counts into cumulative counts.
fn accumulate(counts: &mut [u64]) {
    let mut total = 0_u64;
    for count in counts {
        total = count.saturating_add(total);
        *count = total;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::access::Shared;

    const INF: f64 = f64::INFINITY;

    fn classic(bounds: &[f64]) -> Spec {
        Spec::classic(Bounds::new(bounds).unwrap())
    }

    #[test]
    fn bounds_are_inclusive_and_nan_counts_in_the_last() {
        let spec = classic(&[0.0, 1.0]);
        let histogram = Histogram::new(&spec);
        for value in [-1.0, 0.0, -0.0, 0.5, 1.0, 1.5, INF, -INF, f64::NAN] {
            histogram.observe(Shared, &spec, value);
        }
        let mut counts = Vec::new();
        assert!(histogram.read_classic(&spec, &mut counts).is_nan());
        assert_eq!(counts, [4, 6, 9]);
    }

    #[test]
    fn a_reader_sees_counts_and_sum_of_the_same_observations() {
        let spec = classic(&[0.5]);
        let histogram = Histogram::new(&spec);
        let running = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..20_000 {
                            histogram.observe(Shared, &spec, 1.0);
                        }
                    })
                })
                .collect();
            let reader = scope.spawn(|| {
                let mut counts = Vec::new();
                while running.load(Ordering::Relaxed) {
                    let sum = histogram.read_classic(&spec, &mut counts);
                    #[expect(clippy::cast_precision_loss, reason = "small counts")]
                    let count = counts[1] as f64;
                    assert!((sum - count).abs() < 0.5, "{sum} {counts:?}");
                }
            });
            for writer in writers {
                writer.join().unwrap();
            }
            running.store(false, Ordering::Relaxed);
            reader.join().unwrap();
        });
        let mut counts = Vec::new();
        histogram.read_classic(&spec, &mut counts);
        assert_eq!(counts, [0, 40_000]);
    }
}
