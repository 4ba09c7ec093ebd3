//! Sections and forks in every order, as far as the model checker goes: `make test-rust`.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::sync;

/// As [`sync::check`], for what uses sections.
pub(crate) fn check(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    sync::check(preemptions, move || {
        // Statics are there before the threads are, so that none learns anything of their making.
        assert!(!SECTIONS.others() && !VISITS.others());
        assert_eq!((FORKING.load(Ordering::Relaxed), generation()), (0, 0));
        model();
    });
}

/// Stands for what a section changes under a lock, and what a fork copies.
struct State(UnsafeCell<u32>);

// SAFETY: what this claims is what the models below check.
unsafe impl Sync for State {}

impl State {
    fn new() -> Arc<Self> {
        Arc::new(Self(UnsafeCell::new(0)))
    }

    fn change(&self) {
        // SAFETY: the checker reports any other use at the same time.
        self.0.with_mut(|state| unsafe { *state += 1 });
    }

    fn copy(&self) -> u32 {
        // SAFETY: as above.
        self.0.with(|state| unsafe { *state })
    }
}

/// The fork waits for the section, or the section for the fork; and who waited knows what the other one did.
#[test]
fn loom_sections_and_forks_exclude_each_other() {
    check(2, || {
        let state = State::new();
        let shared = Arc::clone(&state);
        let scrape = thread::spawn(move || guard(|| section(|| shared.change())));
        before(Awaited::Sections, Duration::MAX);
        state.change();
        after();
        scrape.join().unwrap();
        assert_eq!(state.copy(), 2);
    });
}

/// A visit that has left its section: a fork that waits for visits still waits for it.
#[test]
fn loom_visits_and_forks_exclude_each_other() {
    check(2, || {
        let state = State::new();
        let shared = Arc::clone(&state);
        let worker = thread::spawn(move || {
            guard_thread();
            visit(|| outside(|| shared.change()));
        });
        before(Awaited::Visits, Duration::MAX);
        state.change();
        after();
        worker.join().unwrap();
        assert_eq!(state.copy(), 2);
    });
}
