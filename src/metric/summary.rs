//! A summary of one series: the count, the sum and the quantiles of its observations.

use std::sync::Arc;

use super::quantile::{Sketch, Targets};
use super::{Metric, Number, repeated};
use crate::access::Access;
use crate::sync::{Mutex, Ordering, Queue, fence};

/// A copy of the state of a summary at one moment.
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
/// An observation never waits. A scrape holds the lock while it copies the sketch (at most 64 KiB with the default
/// targets); where another thread has the lock, the value is left in a queue. The next thread that has the lock
/// takes it from there before anything else.
#[derive(Debug)]
pub struct Summary {
    state: Mutex<Snapshot>,
    /// Values that were observed while another thread had the lock, in the order of their calls.
    late: Queue<f64>,
}

impl Metric for Summary {
    type Spec = Arc<Targets>;

    fn new(targets: &Arc<Targets>) -> Self {
        let sketch = Sketch::new(Arc::clone(targets));
        Self { state: Mutex::new(Snapshot { count: 0, sum: 0.0, sketch }), late: Queue::new() }
    }

    fn total(&self) -> Option<Number> {
        let mut state = self.state.lock();
        self.take_late(&mut state);
        let count = state.count;
        drop(state);
        self.settle();
        Some(Number::Int(count.try_into().unwrap_or(i64::MAX)))
    }
}

impl Summary {
    /// Takes one observation.
    #[inline]
    pub fn observe<A: Access>(&self, _: A, value: f64) {
        match self.state.try_lock() {
            Some(mut state) => {
                self.take_late(&mut state);
                state.observe(value);
                drop(state);
                // Another writer, if there may be one, can have left a value meanwhile. A reader leaves none.
                if !A::EXCLUSIVE {
                    self.settle();
                }
            }
            None => self.observe_late(value),
        }
    }

    /// Takes several observations, in their order: the same as one by one.
    pub fn observe_all<A: Access>(&self, access: A, values: &[f64]) {
        for &value in values {
            self.observe(access, value);
        }
    }

    /// Takes `times` observations of one value: the same as one by one.
    pub fn observe_times(&self, value: f64, times: u64) {
        let mut state = self.state.lock();
        self.take_late(&mut state);
        state.observe_times(value, times);
        drop(state);
        self.settle();
    }

    #[cold]
    fn observe_late(&self, value: f64) {
        self.late.push(value);
        self.settle();
    }

    /// A copy of what was observed so far.
    #[must_use]
    pub fn read(&self) -> Snapshot {
        let mut state = self.state.lock();
        self.take_late(&mut state);
        let copy = state.clone();
        drop(state);
        self.settle();
        copy
    }

    /// Replaces all that was observed; gives whether that is a reset: fewer values than before.
    pub fn set(&self, snapshot: Snapshot) -> bool {
        let mut state = self.state.lock();
        self.take_late(&mut state);
        let replaced = std::mem::replace(&mut *state, snapshot);
        let is_reset = state.count < replaced.count;
        drop(state);
        self.settle();
        drop(replaced);
        is_reset
    }

    #[inline]
    fn take_late(&self, state: &mut Snapshot) {
        if !self.late.is_empty() {
            while let Some(value) = self.late.pop() {
                state.observe(value);
            }
        }
    }

    /// Makes sure that no value stays in the queue: either this thread takes it out, or the thread that has the lock
    /// does, which comes here once it has released the lock.
    fn settle(&self) {
        // SeqCst: of two threads, one that left a value and then looks at the lock, and one that gave back the
        // lock and then looks at the queue, at least one sees what the other did.
        fence(Ordering::SeqCst);
        while !self.late.is_empty() {
            let Some(mut state) = self.state.try_lock() else {
                return;
            };
            self.take_late(&mut state);
            drop(state);
            fence(Ordering::SeqCst);
        }
    }
}

impl Snapshot {
    #[inline]
    fn observe(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
        if !value.is_nan() {
            self.sketch.observe(value);
        }
    }

    fn observe_times(&mut self, value: f64, times: u64) {
        self.count = self.count.saturating_add(times);
        self.sum = repeated::add(self.sum, value, times);
        if !value.is_nan() {
            self.sketch.observe_times(value, times);
        }
    }

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
    use crate::access::Shared;

    #[test]
    fn nan_counts_and_has_no_rank() {
        let targets = Arc::new(Targets::new([(0.5, 0.01)]).unwrap());
        let summary = Summary::new(&targets);
        summary.observe(Shared, f64::NAN);
        assert!(summary.read().quantiles(&targets)[0].1.is_nan());
        for value in [1.0, 2.0, 3.0] {
            summary.observe(Shared, value);
        }
        let snapshot = summary.read();
        assert_eq!(snapshot.quantiles(&targets), [(0.5, 2.0)]);
        assert_eq!(snapshot.count, 4);
        assert!(snapshot.sum.is_nan());
    }

    #[test]
    fn a_value_that_meets_a_reader_is_there_for_the_next_one() {
        let targets = Arc::new(Targets::new([(0.5, 0.01)]).unwrap());
        let summary = Summary::new(&targets);
        let reader = summary.state.lock();
        summary.observe(Shared, 1.0);
        summary.observe(Shared, 2.0);
        drop(reader);
        let snapshot = summary.read();
        assert_eq!((snapshot.count, snapshot.sketch.len()), (2, 2));
    }

    #[test]
    fn threads_lose_nothing() {
        let targets = Arc::new(Targets::new([(0.5, 0.01)]).unwrap());
        let summary = Summary::new(&targets);
        std::thread::scope(|scope| {
            let writers =
                [(); 4].map(|()| scope.spawn(|| (0..5_000).for_each(|_| summary.observe(Shared, 1.0))));
            let reader = scope.spawn(|| (0..200).for_each(|_| drop(summary.read())));
            for writer in writers {
                writer.join().unwrap();
            }
            reader.join().unwrap();
        });
        assert!(summary.late.is_empty());
        let snapshot = summary.read();
        assert_eq!((snapshot.count, snapshot.sketch.len()), (20_000, 20_000));
        assert!((snapshot.sum - 20_000.0).abs() < 0.5);
    }
}

#[cfg(all(test, loom))]
mod models;
