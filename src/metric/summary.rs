//! A summary of one series: the count, the sum and the quantiles of its observations.

use std::sync::Arc;

use parking_lot::Mutex;

use super::Metric;
use super::quantile::{Sketch, Targets};

/// What a summary says at one moment.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// How many values were observed, NaN among them.
    pub count: u64,
    /// Their sum, added in the order of the calls.
    pub sum: f64,
    /// The values that were observed, but for NaN, which has no rank.
    pub sketch: Sketch,
}

/// A summary that many threads observe into; what is read of it comes from the same observations.
///
/// The lock is held for the few instructions of an observation (tens of microseconds when the sketch
/// merges its buffer) and for the copying of the sketch (at most 64 KiB with the default targets); the
/// quantiles are looked up in the copy.
#[derive(Debug)]
pub struct Summary {
    state: Mutex<Snapshot>,
}

impl Metric for Summary {
    type Spec = Arc<Targets>;

    fn new(targets: &Arc<Targets>) -> Self {
        let sketch = Sketch::new(Arc::clone(targets));
        Self { state: Mutex::new(Snapshot { count: 0, sum: 0.0, sketch }) }
    }
}

impl Summary {
    /// Takes one observation.
    pub fn observe(&self, value: f64) {
        let mut state = self.state.lock();
        state.count += 1;
        state.sum += value;
        if !value.is_nan() {
            state.sketch.observe(value);
        }
    }

    /// A copy of what was observed so far.
    #[must_use]
    pub fn read(&self) -> Snapshot {
        self.state.lock().clone()
    }

    /// Replaces all that was observed.
    pub fn set(&self, snapshot: Snapshot) {
        let replaced = std::mem::replace(&mut *self.state.lock(), snapshot);
        drop(replaced);
    }
}

impl Snapshot {
    /// The configured quantiles, ascending in phi: `(phi, value)`. NaN where nothing has a rank.
    #[must_use]
    pub fn quantiles(&self, targets: &Targets) -> Vec<(f64, f64)> {
        if self.sketch.is_empty() {
            return targets.pairs().map(|(phi, _)| (phi, f64::NAN)).collect();
        }
        self.sketch.quantiles()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn nan_counts_and_has_no_rank() {
        let targets = Arc::new(Targets::new([(0.5, 0.01)]).unwrap());
        let summary = Summary::new(&targets);
        summary.observe(f64::NAN);
        assert!(summary.read().quantiles(&targets)[0].1.is_nan());
        for value in [1.0, 2.0, 3.0] {
            summary.observe(value);
        }
        let snapshot = summary.read();
        assert_eq!(snapshot.quantiles(&targets), [(0.5, 2.0)]);
        assert_eq!(snapshot.count, 4);
        assert!(snapshot.sum.is_nan());
    }

    #[test]
    fn threads_lose_nothing() {
        let targets = Arc::new(Targets::new([(0.5, 0.01)]).unwrap());
        let summary = Summary::new(&targets);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..5_000).for_each(|_| summary.observe(1.0)));
            }
        });
        let snapshot = summary.read();
        assert_eq!((snapshot.count, snapshot.sketch.len()), (20_000, 20_000));
        assert!((snapshot.sum - 20_000.0).abs() < 0.5);
    }
}
