//! Turns and readers in every order, as far as the model checker goes: `make test-rust`.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::access::{Exclusive, Shared};
use crate::sync::{AtomicU64, check};

fn a_reader_sees_whole_turns(write: fn(&Sequence, &dyn Fn())) {
    check(3, move || {
        let words = Arc::new((Sequence::new(), AtomicU64::new(0), AtomicU64::new(0)));
        let shared = Arc::clone(&words);
        let writer = thread::spawn(move || {
            let (sequence, first, second) = &*shared;
            write(sequence, &|| {
                first.store(1, Ordering::Relaxed);
                second.store(1, Ordering::Relaxed);
            });
        });
        let (sequence, first, second) = &*words;
        let read = || (first.load(Ordering::Relaxed), second.load(Ordering::Relaxed));
        let (one, other) = sequence.read(read);
        assert_eq!(one, other);
        writer.join().unwrap();
        assert_eq!(sequence.read(read), (1, 1));
    });
}

#[test]
fn loom_a_reader_sees_whole_turns() {
    a_reader_sees_whole_turns(|sequence, change| sequence.write(Shared, change));
}

#[test]
fn loom_a_reader_sees_whole_turns_of_an_exclusive_writer() {
    // SAFETY: there is one writer.
    a_reader_sees_whole_turns(|sequence, change| sequence.write(unsafe { Exclusive::new() }, change));
}

/// A plain number stands for the words: the checker fails when two turns touch it at a time, or when
/// one does not see all of the other.
struct Turns {
    sequence: Sequence,
    number: UnsafeCell<u64>,
}

// SAFETY: what this claims is what the model below checks.
unsafe impl Sync for Turns {}

impl Turns {
    fn count_up(&self) {
        // SAFETY: the checker reports any other access at the same time.
        self.sequence.write(Shared, || self.number.with_mut(|number| unsafe { *number += 1 }));
    }
}

#[test]
fn loom_turns_exclude_each_other() {
    check(3, || {
        let turns = Arc::new(Turns { sequence: Sequence::new(), number: UnsafeCell::new(0) });
        let shared = Arc::clone(&turns);
        let writer = thread::spawn(move || shared.count_up());
        turns.count_up();
        writer.join().unwrap();
        // SAFETY: the other thread has ended.
        assert_eq!(turns.number.with(|number| unsafe { *number }), 2);
    });
}

/// The number of a writer that is gone stays odd.
#[test]
fn loom_who_takes_over_an_abandoned_turn_sees_those_before_it() {
    check(2, || {
        let turns = Arc::new(Turns { sequence: Sequence::new(), number: UnsafeCell::new(0) });
        let shared = Arc::clone(&turns);
        let writer = thread::spawn(move || {
            shared.count_up();
            // It begins nothing where the other thread has its turn, or had it.
            shared.sequence.begin(2);
        });
        turns.count_up();
        writer.join().unwrap();
        // SAFETY: the other thread has ended.
        assert_eq!(turns.number.with(|number| unsafe { *number }), 2);
    });
}
