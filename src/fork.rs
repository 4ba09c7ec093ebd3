//! The guard of forks: `fork()` waits until no scrape holds a lock.
//!
//! A scrape runs without the interpreter's lock, so another thread may fork meanwhile, and a lock that the
//! scrape holds at that moment would stay held in the child for ever. So a scrape runs under [`guard`] and
//! takes its locks inside [`section`], in steps of microseconds, and the thread that forks calls
//! [`before`], and then [`after`] or [`after_in_child`], around the fork.
//!
//! It may do so more than once around one fork: the hooks of Python and those of the C library each see forks that the
//! others do not. Only the first [`before`] and the first call after it have an effect. A call without its partner does
//! nothing, such as that of a hook that was installed while the fork was under way.
//!
//! Updates need none of this: they hold locks only while their thread is attached to the interpreter, and
//! the thread that forks is attached itself (a free-threaded interpreter stops the others before it
//! forks). For them a section is only a call: an attached thread that waited here for the end of a fork
//! could keep the forking one from going on.
//!
//! A fork in C by a detached thread waits for no update. The child may then find a family in the middle of one, by a thread
//! that does not exist there. No Python code sees that: the same thread held the interpreter's lock, for which the child
//! waits for ever. Whoever makes that lock anew without having held it finds that the family refuses what the update kept
//! away (births, or all calls), or that a call waits for ever, where families have locks. That is not mended: a count of uses
//! does not say which of them are this thread's own, and what is half-changed can be neither used nor freed.
//!
//! A scrape may also attach inside a section, so the thread that forks waits detached.
//!
//! Worker threads attach to the interpreter and drop objects of it: pyo3 then takes a lock of its own. They are always
//! guarded ([`guard_thread`]), and do both inside sections; see [`Sectioned`] and [`InSections`].
//!
//! A child in which a thread that does not exist holds the interpreter's lock waits for ever. Python's own fork takes the
//! lock and makes it anew in the child; a fork in C does neither, and so waits for the worker threads that are attached,
//! too ([`visit`]).

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::sync::{AtomicU64, AtomicUsize, Ordering, statics, thread_locals, yield_now};

mod presence;
mod sectioned;

pub use presence::Presence;
pub use sectioned::{InSections, Sectioned};

statics! {
    /// The threads inside a guarded section.
    static SECTIONS: Presence = Presence::new(&INSIDE);

    /// The worker threads that are attached to the interpreter, or on their way there or back.
    static VISITS: Presence = Presence::new(&VISITING);

    /// How many threads are about to fork, or are forking.
    static FORKING: AtomicUsize = AtomicUsize::new(0);

    /// How many forks led to this process, since the library was loaded.
    static GENERATION: AtomicU64 = AtomicU64::new(0);
}

thread_locals! {
    /// Whether this thread runs under `guard`.
    static GUARDED: Cell<bool> = const { Cell::new(false) };

    /// Whether this thread is one of `SECTIONS`.
    static INSIDE: Cell<bool> = const { Cell::new(false) };

    /// Whether this thread is one of `VISITS`.
    static VISITING: Cell<bool> = const { Cell::new(false) };

    /// Whether this thread is between `before` and `after`: its sections must not wait for its own fork.
    static FORKER: Cell<bool> = const { Cell::new(false) };
}

/// The longest time that a section waits for a fork to be over. Then it begins all the same: what the fork waits
/// for may wait for this thread.
#[cfg(not(test))]
const PATIENCE: Duration = Duration::from_secs(1);
/// The tests run beside others, on machines that may be slow: only what waits for ever takes so long.
#[cfg(test)]
const PATIENCE: Duration = Duration::from_secs(61);

/// Ends the guard also when its work panics. It holds whether the thread was guarded before.
struct Guard(bool);

impl Drop for Guard {
    fn drop(&mut self) {
        GUARDED.set(self.0);
    }
}

/// Runs `work`, whose sections no fork will interrupt. Its thread must not be attached to the interpreter.
pub fn guard<R>(work: impl FnOnce() -> R) -> R {
    let guard = Guard(GUARDED.replace(true));
    let result = work();
    drop(guard);
    result
}

/// Lets this thread run under [`guard`] from here on. The thread must attach to the interpreter inside sections only.
pub fn guard_thread() {
    GUARDED.set(true);
}

/// Runs `step`, which may take locks. Under [`guard`], no other thread forks meanwhile.
///
/// Inside another section it is only a call: the fork waits for the outer section.
pub fn section<R>(step: impl FnOnce() -> R) -> R {
    if !GUARDED.get() || FORKER.get() || SECTIONS.is_here() {
        return step();
    }
    let mut waiting_since = None;
    loop {
        let section = SECTIONS.stay();
        let patient = waiting_since.is_none_or(|since: Instant| since.elapsed() < PATIENCE);
        // SeqCst, here and in `before`: either this thread sees the fork coming, or the fork sees it.
        if FORKING.load(Ordering::SeqCst) == 0 || !patient {
            let result = step();
            drop(section);
            return result;
        }
        drop(section);
        let since = *waiting_since.get_or_insert_with(Instant::now);
        // It waits outside, where the fork does not see it come and go. Relaxed: it looks again inside.
        while FORKING.load(Ordering::Relaxed) != 0 && since.elapsed() < PATIENCE {
            yield_now();
        }
    }
}

/// Runs `step` of a worker thread in a section. It attaches to the interpreter, and detaches; when it leaves the section
/// before that, forks in C still wait for it.
pub fn visit<R>(step: impl FnOnce() -> R) -> R {
    section(|| {
        // Inside a section, so that a fork sees this thread there or here.
        let visit = VISITS.stay();
        let result = step();
        drop(visit);
        result
    })
}

/// What a fork waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Awaited {
    /// Threads inside sections.
    Sections,
    /// These, and those that visit the interpreter.
    Visits,
}

/// Waits until no other thread is inside a guarded section, and lets none begin until [`after`].
///
/// It does not wait longer than `patience`: what is inside may wait for this thread.
pub fn before(awaited: Awaited, patience: Duration) {
    if FORKER.replace(true) {
        return;
    }
    FORKING.fetch_add(1, Ordering::SeqCst);
    let begin = Instant::now();
    let must_wait = || SECTIONS.others() || awaited == Awaited::Visits && VISITS.others();
    while must_wait() && begin.elapsed() < patience {
        yield_now();
    }
}

/// Whether this thread is between [`before`] and [`after`]: it must not wait for what other threads do in sections.
#[must_use]
pub fn is_under_way() -> bool {
    FORKER.get()
}

/// Lets sections begin again in the parent.
pub fn after() {
    if FORKER.replace(false) {
        // Release: pairs with the load in `section`, which sees what this thread did meanwhile.
        FORKING.fetch_sub(1, Ordering::Release);
    }
}

/// Ends the section that this thread is inside of, if any, before its step ends: because it never does, or because it
/// holds nothing more that a child needs.
pub fn leave() {
    SECTIONS.leave();
}

/// Ends the section and the visit of a thread that waits until the process has ended.
pub fn leave_for_ever() {
    VISITS.leave();
    leave();
}

/// Leaves the section that this thread is inside of, and runs `work` as a thread does that is not guarded. For Python code,
/// which may wait for the thread that forks.
pub fn outside<R>(work: impl FnOnce() -> R) -> R {
    leave();
    let guard = Guard(GUARDED.replace(false));
    let result = work();
    drop(guard);
    result
}

/// How many forks led to this process since the library was loaded. It distinguishes the process from its parent.
pub fn generation() -> u64 {
    GENERATION.load(Ordering::Relaxed)
}

/// Lets sections begin again in the child, where the thread that forked is the only one. Returns whether this is the first
/// call since [`before`].
///
/// # Safety
///
/// From here on, what the other threads were doing in this process counts as undone: the families drop what their
/// scrapes still looked at. So there must be no other threads, and this one must not be in a walk along a family.
pub unsafe fn after_in_child() -> bool {
    if !FORKER.replace(false) {
        return false;
    }
    GENERATION.fetch_add(1, Ordering::Relaxed);
    SECTIONS.forget_others();
    VISITS.forget_others();
    // Relaxed, here and in `forget_others`: there is no other thread.
    FORKING.store(0, Ordering::Relaxed);
    true
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn a_section_inside_a_section_does_not_wait_for_the_fork_that_waits_for_both() {
        let (inside, done) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                guard(|| {
                    section(|| {
                        inside.store(true, Ordering::SeqCst);
                        while FORKING.load(Ordering::SeqCst) == 0 {
                            std::thread::yield_now();
                        }
                        let begin = Instant::now();
                        // A guard inside another one leaves that alone.
                        guard(|| section(|| ()));
                        assert!(GUARDED.get() && SECTIONS.is_here() && begin.elapsed() < PATIENCE);
                        done.store(true, Ordering::SeqCst);
                    });
                });
            });
            while !inside.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            before(Awaited::Sections, Duration::MAX);
            assert!(done.load(Ordering::SeqCst));
            after();
            other.join().unwrap();
        });
    }

    #[test]
    fn a_section_may_fork() {
        guard(|| {
            section(|| {
                before(Awaited::Sections, PATIENCE);
                after();
            });
        });
    }

    #[test]
    fn each_fork_counts_once_and_calls_without_a_partner_do_nothing() {
        std::thread::spawn(|| {
            let forking = || FORKER.get();
            after();
            // SAFETY: without its partner it does nothing.
            assert!(!unsafe { after_in_child() } && !forking());
            before(Awaited::Sections, PATIENCE);
            before(Awaited::Sections, PATIENCE);
            assert!(forking());
            after();
            assert!(!forking());
            after();
        })
        .join()
        .unwrap();
    }

    #[test]
    fn a_section_may_be_left_before_its_end() {
        guard(|| {
            section(|| {
                outside(|| {
                    assert!(!SECTIONS.is_here() && !GUARDED.get());
                    guard(|| section(|| assert!(SECTIONS.is_here())));
                });
                assert!(!SECTIONS.is_here() && GUARDED.get());
            });
            section(|| assert!(SECTIONS.is_here()));
        });
    }

    #[test]
    fn a_fork_in_c_waits_for_a_visit_that_has_left_its_section() {
        let (outside_now, done) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                guard_thread();
                visit(|| {
                    outside(|| {
                        outside_now.store(true, Ordering::SeqCst);
                        while FORKING.load(Ordering::SeqCst) == 0 {
                            std::thread::yield_now();
                        }
                    });
                    done.store(true, Ordering::SeqCst);
                });
            });
            while !outside_now.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            before(Awaited::Visits, Duration::MAX);
            assert!(done.load(Ordering::SeqCst));
            after();
            other.join().unwrap();
        });
    }

    #[test]
    fn a_visit_may_fork() {
        guard(|| {
            visit(|| {
                outside(|| {
                    before(Awaited::Visits, PATIENCE);
                    after();
                });
            });
        });
    }

    #[test]
    fn a_fork_waits_no_longer_than_its_patience() {
        let (inside, forked) = (AtomicBool::new(false), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                guard(|| {
                    section(|| {
                        inside.store(true, Ordering::SeqCst);
                        while !forked.load(Ordering::SeqCst) {
                            std::thread::yield_now();
                        }
                    });
                });
            });
            while !inside.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            before(Awaited::Sections, Duration::from_millis(5));
            after();
            forked.store(true, Ordering::SeqCst);
            other.join().unwrap();
        });
    }

    #[test]
    fn no_guarded_section_runs_while_a_fork_is_under_way() {
        let inside = AtomicUsize::new(0);
        let running = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let others = [(); 2].map(|()| {
                scope.spawn(|| {
                    guard(|| {
                        while running.load(Ordering::Relaxed) {
                            section(|| {
                                inside.fetch_add(1, Ordering::SeqCst);
                                std::hint::spin_loop();
                                inside.fetch_sub(1, Ordering::SeqCst);
                            });
                        }
                    });
                })
            });
            for _ in 0..2_000 {
                before(Awaited::Sections, Duration::MAX);
                assert_eq!(inside.load(Ordering::SeqCst), 0);
                // A thread that is not guarded does not wait: it would never end here.
                assert_eq!(section(|| 5), 5);
                // Nor does the one that forks itself.
                assert_eq!(guard(|| section(|| 5)), 5);
                after();
            }
            running.store(false, Ordering::Relaxed);
            for other in others {
                other.join().unwrap();
            }
        });
    }
}

#[cfg(all(test, loom))]
pub(crate) mod models;
