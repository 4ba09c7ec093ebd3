//! Several words that change together: writers take turns, readers never make a writer wait.
//!
//! A sequence lock. A writer makes the number odd, changes the words, and makes it even again; a reader
//! takes the words between two looks at the number, and tries again when it changed or was odd. The words
//! are atomics of their own, so that a reader that loses the race reads a mixture, never undefined bytes.
//! Source: H.-J. Boehm, "Can seqlocks get along with programming language memory models?", MSPC 2012.

use crate::access::Access;
use crate::sync::{AtomicU32, Ordering, back_off, fence};

/// Attempts after which a writer's turn counts as abandoned: its thread is gone, lost in a fork.
///
/// The attempts take more than a second (see `back_off`), and a turn takes nanoseconds. A turn stays unfinished
/// for so long only if its thread does not exist in this process, or if the machine stopped that thread. Then at
/// most the updates that met there are mixed, and no later one hangs.
#[cfg(not(loom))]
const ABANDONED_ATTEMPTS: u32 = 20_000;
/// In a model, a thread is interrupted less often in its turn.
#[cfg(loom)]
const ABANDONED_ATTEMPTS: u32 = 8;

/// The number that says whether the words beside it are at rest.
#[derive(Debug)]
pub(super) struct Sequence(
    /// Even: at rest. Odd: a writer has its turn.
    AtomicU32,
);

/// Ends a writer's turn, also when the writer panics.
struct Turn<'a> {
    sequence: &'a Sequence,
    odd: u32,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // Release: pairs with the Acquire of the next writer and of readers, who see the words changed.
        self.sequence.0.store(self.odd.wrapping_add(1), Ordering::Release);
    }
}

impl Sequence {
    pub(super) fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// Runs `change` while no other writer runs. It must be short, and store its words Relaxed.
    #[inline]
    pub(super) fn write<A: Access, R>(&self, _: A, change: impl FnOnce() -> R) -> R {
        let seen = self.0.load(Ordering::Relaxed);
        let odd = if A::EXCLUSIVE {
            // No other writer runs, so the number needs no swap. It is even, or odd from an abandoned turn.
            self.0.store(seen | 1, Ordering::Relaxed);
            seen | 1
        } else if seen & 1 == 0 && self.begin(seen) {
            seen.wrapping_add(1)
        } else {
            self.wait()
        };
        let turn = Turn { sequence: self, odd };
        // Release: a reader that sees a word of this turn also sees the odd number (its fence is Acquire).
        fence(Ordering::Release);
        let result = change();
        drop(turn);
        result
    }

    #[inline]
    fn begin(&self, seen: u32) -> bool {
        let odd = seen.wrapping_add(1);
        // Acquire: pairs with the Release that ended the turn before.
        self.0.compare_exchange_weak(seen, odd, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    /// Waits for a turn and begins it; gives its odd number.
    #[cold]
    fn wait(&self) -> u32 {
        let mut watched = self.0.load(Ordering::Relaxed);
        let mut attempt = 0;
        loop {
            let seen = self.0.load(Ordering::Relaxed);
            if seen & 1 == 0 {
                if self.begin(seen) {
                    return seen.wrapping_add(1);
                }
                continue;
            }
            if seen != watched {
                (watched, attempt) = (seen, 0);
            }
            if attempt == ABANDONED_ATTEMPTS {
                let next = seen.wrapping_add(2);
                // Acquire: as in `begin`.
                let taken = self.0.compare_exchange(seen, next, Ordering::Acquire, Ordering::Relaxed);
                if taken.is_ok() {
                    return next;
                }
            }
            back_off(attempt);
            attempt = attempt.saturating_add(1);
        }
    }

    /// Gives what `copy` reads between two turns of writers. It must load its words Relaxed.
    ///
    /// It tries until it succeeds: a turn takes nanoseconds, and writers spend most of their time outside of turns,
    /// even if only on their way to the next. It does not wait for a turn that does not end (see above).
    #[inline]
    pub(super) fn read<R>(&self, mut copy: impl FnMut() -> R) -> R {
        let mut attempts = Attempts::new();
        loop {
            if let Some(words) = self.try_read(&mut attempts, &mut copy) {
                return words;
            }
        }
    }

    /// One attempt of [`read`](Self::read), and a little rest where it fails.
    #[inline]
    pub(super) fn try_read<R>(&self, attempts: &mut Attempts, copy: impl FnOnce() -> R) -> Option<R> {
        // Acquire: pairs with the Release that ended the last turn.
        let before = self.0.load(Ordering::Acquire);
        if before & 1 == 0 {
            let words = copy();
            // Acquire: pairs with the Release fence of a writer whose word was read.
            fence(Ordering::Acquire);
            if self.0.load(Ordering::Relaxed) == before {
                return Some(words);
            }
        } else if attempts.in_turn(before) == ABANDONED_ATTEMPTS {
            return Some(copy());
        }
        back_off(attempts.failed);
        attempts.failed = attempts.failed.saturating_add(1);
        None
    }
}

/// The attempts of a reader so far.
#[derive(Debug)]
pub(super) struct Attempts {
    failed: u32,
    /// The odd number that was seen last, and how often since it changed.
    stuck: (u32, u32),
}

impl Attempts {
    #[inline]
    pub(super) fn new() -> Self {
        Self { failed: 0, stuck: (0, 0) }
    }

    /// How many there were.
    pub(super) fn failed(&self) -> u32 {
        self.failed
    }

    /// Notes that a writer's turn was seen; gives how often it was seen before.
    fn in_turn(&mut self, odd: u32) -> u32 {
        if self.stuck.0 == odd {
            self.stuck.1 += 1;
        } else {
            self.stuck = (odd, 0);
        }
        self.stuck.1
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::access::Shared;
    use crate::sync::AtomicU64;

    #[test]
    fn readers_see_whole_turns_and_no_turn_is_lost() {
        let sequence = Sequence::new();
        let words = [AtomicU64::new(0), AtomicU64::new(0)];
        let running = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let writers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..20_000 {
                            sequence.write(Shared, || {
                                for word in &words {
                                    word.store(word.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                                }
                            });
                        }
                    })
                })
                .collect();
            let reader = scope.spawn(|| {
                while running.load(Ordering::Relaxed) {
                    let (first, second) = sequence
                        .read(|| (words[0].load(Ordering::Relaxed), words[1].load(Ordering::Relaxed)));
                    assert_eq!(first, second);
                }
            });
            for writer in writers {
                writer.join().unwrap();
            }
            running.store(false, Ordering::Relaxed);
            reader.join().unwrap();
        });
        assert_eq!(words[0].load(Ordering::Relaxed), 60_000);
    }

    #[test]
    fn an_abandoned_turn_is_taken_over() {
        let sequence = Sequence::new();
        std::mem::forget(Turn { sequence: &sequence, odd: 1 });
        assert!(sequence.begin(0));
        assert_eq!(sequence.read(|| 6), 6);
        assert_eq!(sequence.write(Shared, || 5), 5);
        assert_eq!(sequence.read(|| 6), 6);
    }

    #[test]
    fn a_panic_ends_the_turn() {
        let sequence = Sequence::new();
        let panicking = || sequence.write(Shared, || panic!("on purpose"));
        assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panicking)).is_err());
        assert_eq!(sequence.write(Shared, || 5), 5);
    }
}

#[cfg(all(test, loom))]
mod models;
