//! Observations and readers in every order, as far as the model checker goes: `make test-rust`.
//!
//! The queue stands for that of crossbeam: whoever asks whether it is empty may be answered late (see `sync`).

use loom::sync::Arc as Watcher;
use loom::thread;

use super::*;
use crate::access::{Exclusive, Shared};
use crate::sync::check;

fn summary() -> Watcher<Summary> {
    Watcher::new(Summary::new(&Arc::new(Targets::new([(0.5, 0.01)]).unwrap())))
}

/// What is there when all have gone, without anybody who comes later and takes it out of the queue.
fn count(summary: &Summary) -> u64 {
    summary.state.lock().count
}

#[test]
fn loom_no_value_stays_in_the_queue() {
    check(2, || {
        let summary = summary();
        let shared = Watcher::clone(&summary);
        let other = thread::spawn(move || shared.observe(Shared, 1.0));
        summary.observe(Shared, 2.0);
        other.join().unwrap();
        assert_eq!(count(&summary), 2);
    });
}

/// The second value may come while the first is taken out of the queue.
#[test]
fn loom_no_value_stays_in_the_queue_after_another_one() {
    check(2, || {
        let summary = summary();
        summary.late.push(1.0);
        let shared = Watcher::clone(&summary);
        let other = thread::spawn(move || shared.settle());
        summary.observe(Shared, 2.0);
        other.join().unwrap();
        assert_eq!(count(&summary), 2);
    });
}

#[test]
fn loom_a_reader_leaves_no_value_in_the_queue() {
    check(2, || {
        let summary = summary();
        let shared = Watcher::clone(&summary);
        let reader = thread::spawn(move || assert!(shared.read().count <= 1));
        // SAFETY: there is one writer.
        summary.observe(unsafe { Exclusive::new() }, 2.0);
        reader.join().unwrap();
        assert_eq!(count(&summary), 1);
    });
}

#[test]
fn loom_a_replacement_leaves_no_value_in_the_queue() {
    check(2, || {
        let summary = summary();
        let shared = Watcher::clone(&summary);
        let other = thread::spawn(move || {
            let sketch = shared.state.lock().sketch.clone();
            shared.set(Snapshot { count: 0, sum: 0.0, sketch });
        });
        summary.observe(Shared, 2.0);
        other.join().unwrap();
        assert!(summary.late.is_empty());
    });
}
