//! Turns, requests and copies in every order, as far as the model checker goes: `make test-rust`.

use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::access::Shared;
use crate::fork::models::check;
use crate::sync::AtomicU64;

struct Words {
    first: AtomicU64,
    second: AtomicU64,
}

struct State {
    sequence: Sequence,
    handover: Handover<(u64, u64)>,
    words: Words,
}

impl State {
    fn new() -> Arc<Self> {
        let words = Words { first: AtomicU64::new(0), second: AtomicU64::new(0) };
        Arc::new(Self { sequence: Sequence::new(), handover: Handover::new(), words })
    }

    fn copy(&self, copy: &mut (u64, u64)) {
        *copy = (self.words.first.load(Ordering::Relaxed), self.words.second.load(Ordering::Relaxed));
    }

    fn write(&self, number: u64) {
        self.sequence.write(Shared, || {
            self.words.first.store(number, Ordering::Relaxed);
            self.words.second.store(number, Ordering::Relaxed);
            if self.handover.is_asked() {
                self.handover.serve(|copy| self.copy(copy));
            }
        });
    }
}

/// A reader that takes copies from the mailbox alone sees whole turns, and none from before it asked.
#[test]
fn loom_a_copy_is_of_one_turn_and_as_new_as_the_request() {
    check(2, || {
        let state = State::new();
        // A copy for an earlier reader.
        state.handover.ask();
        state.write(1);
        let shared = Arc::clone(&state);
        let writer = thread::spawn(move || {
            shared.write(2);
            shared.write(3);
        });
        let ticket = state.handover.ask();
        let mut copy = (0, 0);
        if state.handover.collect(ticket, &mut copy) {
            assert!(copy == (2, 2) || copy == (3, 3), "{copy:?}");
        }
        writer.join().unwrap();
        // The last turn saw the request, or an earlier one served it.
        state.write(4);
        assert!(state.handover.collect(ticket, &mut copy));
        assert_eq!(copy.0, copy.1);
    });
}

/// A reader gets all that was written before it began, wherever its copy comes from.
#[test]
fn loom_a_reader_sees_whole_turns_from_either_place() {
    check(2, || {
        let state = State::new();
        state.handover.ask();
        state.write(1);
        state.write(2);
        let shared = Arc::clone(&state);
        let writer = thread::spawn(move || {
            shared.write(3);
            shared.write(4);
        });
        let mut copy = (0, 0);
        state.handover.read(&state.sequence, &mut copy, |copy| state.copy(copy));
        assert!(copy.0 == copy.1 && copy.0 >= 2, "{copy:?}");
        writer.join().unwrap();
    });
}
