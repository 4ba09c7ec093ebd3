//! A copy that a busy writer makes for readers.
//!
//! A reader of a [`Sequence`] needs a pause between two turns that is long enough for its copy. Where there
//! are many words and a thread writes in a tight loop, it may find none for a long time. So after some attempts
//! it asks, and the next writer puts a copy into a mailbox within its turn. Either the writers pause, and the
//! reader's own attempts succeed; or they go on, and one of them serves it.
//!
//! *Tickets.* Each request has a number, and each copy has the number of the last request that its writer saw.
//! Whatever happened before a request is in every copy that has its number or a later one: a writer whose turn
//! came before something that was there when the reader asked could not have seen the number. A copy stays in
//! the mailbox, so that it serves all readers that asked before it was made; the next copy takes its memory.

use super::sequence::{Attempts, Sequence};
use crate::fork;
use crate::sync::{AtomicU32, Mutex, Ordering};

/// Failed attempts of a reader after which it asks for a copy.
#[cfg(not(loom))]
const PATIENCE: u32 = 16;
#[cfg(loom)]
const PATIENCE: u32 = 1;

/// A copy that a writer left.
#[derive(Debug)]
struct Copy<T> {
    /// The ticket of the last request that it serves; 0, which no request has, while nothing was left.
    ticket: u32,
    words: T,
}

/// Where writers leave copies of type `T` for readers who ask.
#[derive(Debug)]
pub(super) struct Handover<T> {
    /// The ticket of the last request; 0 before the first.
    requested: AtomicU32,
    /// The last ticket that was served. Changes in a writer's turn.
    served: AtomicU32,
    /// Nobody waits for the lock: a writer that does not get it leaves the request to the next turn, and a reader
    /// comes again.
    mailbox: Mutex<Option<Copy<T>>>,
}

impl<T: Clone + Default> Handover<T> {
    pub(super) fn new() -> Self {
        Self { requested: AtomicU32::new(0), served: AtomicU32::new(0), mailbox: Mutex::new(None) }
    }

    /// Whether a reader waits for [`serve`](Self::serve).
    #[inline]
    pub(super) fn is_asked(&self) -> bool {
        // Relaxed: a copy that is made in this turn is as new as the turn, whichever reader asked (see above).
        self.requested.load(Ordering::Relaxed) != self.served.load(Ordering::Relaxed)
    }

    /// Leaves what `copy` makes. To be called in a writer's turn, after all of its changes.
    #[cold]
    pub(super) fn serve(&self, copy: impl FnOnce(&mut T)) {
        let ticket = self.requested.load(Ordering::Relaxed);
        if let Some(mut mailbox) = self.mailbox.try_lock() {
            let left = mailbox.get_or_insert_with(|| Copy { ticket, words: T::default() });
            copy(&mut left.words);
            left.ticket = ticket;
            self.served.store(ticket, Ordering::Relaxed);
        }
    }

    /// Fills `words` with what `copy` reads between two turns of `sequence`, or with what a writer left.
    #[inline]
    pub(super) fn read(&self, sequence: &Sequence, words: &mut T, copy: impl Fn(&mut T)) {
        let mut attempts = Attempts::new();
        let mut ticket = None;
        while sequence.try_read(&mut attempts, || copy(words)).is_none() {
            if attempts.failed() >= PATIENCE {
                let ticket = *ticket.get_or_insert_with(|| self.ask());
                if self.collect(ticket, words) {
                    return;
                }
            }
        }
    }

    /// Asks for a copy; gives the ticket.
    #[cold]
    fn ask(&self) -> u32 {
        self.requested.fetch_add(1, Ordering::Relaxed).wrapping_add(1)
    }

    /// Takes what a writer left since `ticket` was given out; gives whether it did.
    #[cold]
    fn collect(&self, ticket: u32, words: &mut T) -> bool {
        // A fork waits for this lock to be free: in the child, nobody else would give it back.
        fork::section(|| match self.mailbox.try_lock().as_deref() {
            // Tickets come around after 2^32 requests.
            Some(Some(left)) if left.ticket.wrapping_sub(ticket) as i32 >= 0 => {
                words.clone_from(&left.words);
                true
            }
            _ => false,
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::access::Shared;
    use crate::sync::AtomicU64;

    /// The number of words: a copy of them takes longer than a pause between two turns.
    const WORDS: usize = 400;

    struct Words {
        sequence: Sequence,
        handover: Handover<Vec<u64>>,
        all: Vec<AtomicU64>,
    }

    impl Words {
        fn new() -> Self {
            let all = (0..WORDS).map(|_| AtomicU64::new(0)).collect();
            Self { sequence: Sequence::new(), handover: Handover::new(), all }
        }

        fn copy(&self, copy: &mut Vec<u64>) {
            copy.clear();
            copy.extend(self.all.iter().map(|word| word.load(Ordering::Relaxed)));
        }

        fn count_up(&self) {
            self.sequence.write(Shared, || {
                for word in &self.all {
                    word.store(word.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
                }
                if self.handover.is_asked() {
                    self.handover.serve(|copy| self.copy(copy));
                }
            });
        }

        /// What a reader sees: the number that all words are.
        fn read(&self, copy: &mut Vec<u64>) -> u64 {
            self.handover.read(&self.sequence, copy, |copy| self.copy(copy));
            assert_eq!(copy.len(), WORDS);
            assert!(copy.iter().all(|&word| word == copy[0]), "{copy:?}");
            copy[0]
        }
    }

    #[test]
    fn readers_come_to_an_end_while_writers_never_pause() {
        let words = Words::new();
        let running = AtomicBool::new(true);
        // A reader must see what was counted before it asked.
        let counted = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let writers = [(); 2].map(|()| {
                scope.spawn(|| {
                    while running.load(Ordering::Relaxed) {
                        words.count_up();
                        counted.fetch_add(1, Ordering::SeqCst);
                    }
                })
            });
            let readers: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        let (mut copy, mut last) = (Vec::new(), 0);
                        for _ in 0..300 {
                            let before = counted.load(Ordering::SeqCst).max(last);
                            last = words.read(&mut copy);
                            assert!(last >= before, "{last} {before}");
                        }
                    })
                })
                .collect();
            // Unwrapped only after the writers were made to end: the scope waits for them.
            let ends: Vec<_> = readers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
            running.store(false, Ordering::Relaxed);
            for writer in writers {
                writer.join().unwrap();
            }
            assert!(ends.iter().all(Result::is_ok));
        });
    }

    #[test]
    fn a_copy_serves_those_who_asked_before_it_was_made() {
        let words = Words::new();
        let mut copy = Vec::new();
        let (first, second) = (words.handover.ask(), words.handover.ask());
        assert!(!words.handover.collect(first, &mut copy));
        assert!(words.handover.is_asked());
        words.count_up();
        assert!(!words.handover.is_asked());
        for ticket in [second, first, first] {
            assert!(words.handover.collect(ticket, &mut copy));
            assert_eq!(copy, [1; WORDS]);
        }
        let third = words.handover.ask();
        assert!(!words.handover.collect(third, &mut copy));
        words.count_up();
        assert!(words.handover.collect(third, &mut copy));
        assert_eq!(copy, [2; WORDS]);
    }

    #[test]
    fn a_writer_does_not_wait_for_a_reader_at_the_mailbox() {
        let words = Words::new();
        let mut copy = Vec::new();
        let ticket = words.handover.ask();
        let taken = words.handover.mailbox.lock();
        words.count_up();
        assert!(words.handover.is_asked());
        drop(taken);
        assert!(!words.handover.collect(ticket, &mut copy));
        words.count_up();
        assert!(words.handover.collect(ticket, &mut copy));
        assert_eq!(copy, [2; WORDS]);
    }

    #[test]
    fn tickets_come_around() {
        let words = Words::new();
        let mut copy = Vec::new();
        words.handover.requested.store(u32::MAX - 1, Ordering::Relaxed);
        words.count_up();
        let (first, second) = (words.handover.ask(), words.handover.ask());
        assert_eq!((first, second), (u32::MAX, 0));
        assert!(!words.handover.collect(first, &mut copy) && !words.handover.collect(second, &mut copy));
        words.count_up();
        assert!(words.handover.collect(first, &mut copy) && words.handover.collect(second, &mut copy));
    }
}

#[cfg(all(test, loom))]
mod models;
