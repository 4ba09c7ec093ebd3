//! Presences: the threads that are somewhere, counted.

use std::cell::Cell;

use crate::sync::{AtomicUsize, LocalKey, Ordering, const_fn};

/// The number of threads that are somewhere, and whether this thread is one of them.
pub struct Presence {
    threads: AtomicUsize,
    here: &'static LocalKey<Cell<bool>>,
}

impl Presence {
    const_fn! {
        /// Without threads. Each thread notes in `here` whether it is there.
        #[must_use]
        pub fn new(here: &'static LocalKey<Cell<bool>>) -> Self {
            Self { threads: AtomicUsize::new(0), here }
        }
    }

    /// Counts this thread, if it is not there already.
    pub fn enter(&self) {
        if !self.here.replace(true) {
            // SeqCst, here and in `others`: of a thread that enters and then looks whether somebody waits, and one that
            // begins to wait and then looks here, one sees the other.
            self.threads.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Counts this thread no longer, if it is there.
    pub fn leave(&self) {
        if self.here.replace(false) {
            // Release: pairs with the load in `others`, which sees what this thread has done there.
            self.threads.fetch_sub(1, Ordering::Release);
        }
    }

    /// Whether this thread is there.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.here.get()
    }

    /// Whether other threads are there.
    #[must_use]
    pub fn others(&self) -> bool {
        self.threads.load(Ordering::SeqCst) > usize::from(self.is_here())
    }

    /// Forgets the other threads: those of the parent do not exist in the child of a fork.
    pub fn forget_others(&self) {
        self.threads.store(usize::from(self.is_here()), Ordering::Relaxed);
    }

    /// Counts this thread until the result is dropped, or it leaves before that.
    #[must_use]
    pub fn stay(&'static self) -> Stay {
        self.enter();
        Stay(self)
    }
}

/// The stay of a thread somewhere, which ends also when it panics.
pub struct Stay(&'static Presence);

impl Drop for Stay {
    fn drop(&mut self) {
        self.0.leave();
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    thread_local! {
        static HERE: Cell<bool> = const { Cell::new(false) };
    }

    static THERE: Presence = Presence::new(&HERE);

    #[test]
    fn each_thread_is_counted_once_until_it_leaves() {
        THERE.enter();
        let stay = THERE.stay();
        assert!(THERE.is_here() && !THERE.others());
        std::thread::spawn(|| {
            assert!(THERE.others() && !THERE.is_here());
            THERE.leave();
            assert!(THERE.others());
            THERE.enter();
        })
        .join()
        .unwrap();
        assert!(THERE.others());
        THERE.forget_others();
        assert!(THERE.is_here() && !THERE.others());
        drop(stay);
        THERE.leave();
        assert!(!THERE.is_here() && !THERE.others());
        assert!(!std::thread::spawn(|| THERE.others()).join().unwrap());
    }
}
