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
    pub fn quantiles(&self) -> impl Iterator<Item = (f64, f64)> {
        let answers: Vec<_> = self.sketch.quantiles().into_iter().collect();
        answers.into_iter()
    }
}
