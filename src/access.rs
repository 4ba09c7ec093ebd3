//! Access: whether other threads may update at the same time, and so what an update must pay for.
//!
//! Under an interpreter with a lock, the threads that update exclude each other already, and an update that
//! takes locks or swaps atomically pays for that a second time. So updates and lookups say under which
//! [`Access`] they run. Readers that render need none: they are never excluded, and never waited for.
//!
//! There are two kinds, and no others can be made:
//!
//! ```compile_fail,E0277
//! #[derive(Clone, Copy)]
//! struct Mine;
//!
//! impl aioprometheus::access::Access for Mine {
//!     const EXCLUSIVE: bool = true;
//! }
//! ```
//!
//! Whoever makes an [`Exclusive`] answers for the threads of the program, which takes `unsafe`. From there on it can go
//! anywhere but to another thread, and no safe call with it is undefined:
//!
//! - What takes no locks is made for it ([`Family::exclusive`](crate::family::Family::exclusive)), and refuses shared access;
//!   what takes them refuses exclusive access.
//! - A call that comes back to what it is using is refused as well, where it would change it.

use std::fmt;
use std::marker::PhantomData;

use crate::sync::{AtomicU32, Ordering, RwLock, UnsafeCell};

mod sealed {
    pub trait Sealed: Copy {}

    impl Sealed for super::Shared {}
    impl Sealed for super::Exclusive<'_> {}
}

/// Whether other threads may update or look up at the same time.
pub trait Access: sealed::Sealed {
    /// No other thread does.
    const EXCLUSIVE: bool;
}

/// Other threads may: updates take turns, lookups take a lock for their moment.
#[derive(Debug, Clone, Copy)]
pub struct Shared;

impl Access for Shared {
    const EXCLUSIVE: bool = false;
}

/// No other thread does, for `'a`. It cannot be sent to another thread, nor shared with one:
///
/// ```
/// use aioprometheus::access::{Exclusive, Shared};
///
/// fn in_another_thread(access: Exclusive<'static>) {
///     drop(access);
///     std::thread::spawn(move || Shared);
/// }
/// ```
///
/// ```compile_fail,E0277
/// use aioprometheus::access::{Exclusive, Shared};
///
/// fn in_another_thread(access: Exclusive<'static>) {
///     std::thread::spawn(move || access);
/// }
/// ```
///
/// ```compile_fail,E0277
/// use aioprometheus::access::{Exclusive, Shared};
///
/// fn in_another_thread(access: &'static Exclusive<'static>) {
///     std::thread::spawn(move || access);
/// }
/// ```
///
/// Nor is it used where it is not lent any more:
///
/// ```compile_fail,E0521
/// # use aioprometheus::access::{Exclusive, Shared};
/// fn keep(lend: impl FnOnce(&mut dyn FnMut(Exclusive<'_>))) {
///     let mut kept = None;
///     lend(&mut |access| kept = Some(access));
/// }
/// ```
///
/// ```
/// # use aioprometheus::access::{Exclusive, Shared};
/// fn keep(lend: impl FnOnce(&mut dyn FnMut(Exclusive<'_>))) {
///     let mut kept = None;
///     lend(&mut |access| kept = Some(std::mem::size_of_val(&access)));
/// }
/// ```
///
/// Nor is it made without `unsafe`:
///
/// ```compile_fail,E0133
/// let access = aioprometheus::access::Exclusive::new();
/// ```
///
/// ```
/// // SAFETY: this program has one thread.
/// let access = unsafe { aioprometheus::access::Exclusive::new() };
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Exclusive<'a>(PhantomData<(&'a (), *mut ())>);

impl Access for Exclusive<'_> {
    const EXCLUSIVE: bool = true;
}

impl Exclusive<'_> {
    /// States that this thread is the only one.
    ///
    /// # Safety
    ///
    /// During `'a`, while this thread can use the result or a copy of it, no other thread can use an [`Exclusive`]; and
    /// what other threads did before with theirs must happen before it. A lock of which the program has one, and which
    /// this thread holds, sees to both. It may be given up in between where no [`Exclusive`] can be used: behind a
    /// function that runs its argument without the lock, and that takes only what may be sent to another thread.
    #[must_use]
    pub const unsafe fn new() -> Self {
        Self(PhantomData)
    }
}

/// Any number of readers below this, in `Lock::users`.
const WRITER: u32 = u32::MAX - 1;

/// Where the lock decides, in `Lock::users`: it never changes.
const LOCKED: u32 = u32::MAX;

/// A value behind a lock, for [`Shared`] access; or without one, for [`Exclusive`] access.
///
/// The latter is what [`RefCell`](std::cell::RefCell) is, but that threads may take turns.
pub(crate) struct Lock<T> {
    /// Who uses the value: readers, or a `WRITER`; or `LOCKED`.
    users: AtomicU32,
    turns: RwLock<()>,
    value: UnsafeCell<T>,
}

// SAFETY: under the lock it is an `RwLock`, with the same bounds. Otherwise one thread at a time comes to the value or to
// `users`, by the contract of `Exclusive`. It may meet a use by a thread that cannot go on meanwhile: `users` says so, and
// what both of them do is read.
unsafe impl<T: Send + Sync> Sync for Lock<T> {}

/// Ends a use also when its work panics.
struct Use<'a, const WRITES: bool>(&'a AtomicU32);

impl<const WRITES: bool> Drop for Use<'_, WRITES> {
    #[inline(always)]
    fn drop(&mut self) {
        let others = if WRITES { 0 } else { self.0.load(Ordering::Relaxed) - 1 };
        self.0.store(others, Ordering::Relaxed);
    }
}

/// Refuses a use.
#[cold]
#[inline(never)]
fn refuse<A: Access>(users: u32) -> ! {
    match (A::EXCLUSIVE, users) {
        (true, LOCKED) => panic!("a family with locks was used with exclusive access"),
        (true, _) => {
            panic!("a family was changed by the update of a series of it, or used by a change of it")
        }
        (false, _) => panic!("a family without locks was used with shared access"),
    }
}

impl<T> Lock<T> {
    /// For [`Shared`] access.
    pub fn shared(value: T) -> Self {
        Self::new(LOCKED, value)
    }

    /// For [`Exclusive`] access.
    pub fn exclusive(value: T) -> Self {
        Self::new(0, value)
    }

    fn new(users: u32, value: T) -> Self {
        Self { users: AtomicU32::new(users), turns: RwLock::new(()), value: UnsafeCell::new(value) }
    }

    /// Reads the value.
    ///
    /// # Panics
    ///
    /// If the access is of the other kind. With exclusive access inside of [`write`](Self::write), where shared access waits
    /// for ever.
    #[inline(always)]
    pub fn read<A: Access, R>(&self, _: A, work: impl FnOnce(&T) -> R) -> R {
        let users = self.users.load(Ordering::Relaxed);
        if A::EXCLUSIVE {
            if users >= WRITER - 1 {
                refuse::<A>(users);
            }
            self.users.store(users + 1, Ordering::Relaxed);
            let reading = Use::<false>(&self.users);
            // SAFETY: nobody writes, and nobody will until `reading` ends.
            let result = self.value.with(|value| work(unsafe { &*value }));
            drop(reading);
            result
        } else {
            if users != LOCKED {
                refuse::<A>(users);
            }
            let reading = self.turns.read();
            // SAFETY: the lock keeps those away that write.
            let result = self.value.with(|value| work(unsafe { &*value }));
            drop(reading);
            result
        }
    }

    /// Reads the value, unless it is being changed.
    ///
    /// # Panics
    ///
    /// If the access is of the other kind.
    #[cfg(any(feature = "python", all(test, not(loom))))]
    pub fn try_read<A: Access, R>(&self, access: A, work: impl FnOnce(&T) -> R) -> Option<R> {
        if A::EXCLUSIVE {
            return (self.users.load(Ordering::Relaxed) != WRITER).then(|| self.read(access, work));
        }
        if self.users.load(Ordering::Relaxed) != LOCKED {
            refuse::<A>(0);
        }
        let reading = self.turns.try_read()?;
        // SAFETY: the lock keeps those away that write.
        let result = self.value.with(|value| work(unsafe { &*value }));
        drop(reading);
        Some(result)
    }

    /// Changes the value.
    ///
    /// # Panics
    ///
    /// If the access is of the other kind. With exclusive access inside of another use, where shared access waits for ever.
    #[inline(always)]
    pub fn write<A: Access, R>(&self, _: A, work: impl FnOnce(&mut T) -> R) -> R {
        let users = self.users.load(Ordering::Relaxed);
        if A::EXCLUSIVE {
            if users != 0 {
                refuse::<A>(users);
            }
            self.users.store(WRITER, Ordering::Relaxed);
            let writing = Use::<true>(&self.users);
            // SAFETY: nobody uses the value, and nobody will until `writing` ends.
            let result = self.value.with_mut(|value| work(unsafe { &mut *value }));
            drop(writing);
            result
        } else {
            if users != LOCKED {
                refuse::<A>(users);
            }
            let writing = self.turns.write();
            // SAFETY: the lock keeps all others away.
            let result = self.value.with_mut(|value| work(unsafe { &mut *value }));
            drop(writing);
            result
        }
    }
}

impl<T> fmt::Debug for Lock<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lock").finish_non_exhaustive()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn is_refused(work: impl FnOnce()) -> bool {
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err()
    }

    /// Begun uses whose threads a fork in C did not take along.
    #[test]
    fn what_a_use_keeps_away_that_never_ends_is_refused() {
        // SAFETY: no other thread knows the lock.
        let access = unsafe { Exclusive::new() };
        for (users, refuses_reads) in [(0, false), (1, false), (WRITER - 1, true), (WRITER, true)] {
            let lock = Lock::exclusive(5);
            lock.users.store(users, Ordering::Relaxed);
            for _ in 0..2 {
                assert_eq!(is_refused(|| lock.read(access, |value| assert_eq!(*value, 5))), refuses_reads);
                assert_eq!(is_refused(|| lock.write(access, |value| *value = 5)), users != 0);
            }
            assert_eq!(lock.users.load(Ordering::Relaxed), users);
        }
    }

    #[test]
    fn what_is_being_changed_is_not_tried() {
        // SAFETY: no other thread knows the lock.
        let access = unsafe { Exclusive::new() };
        let lock = Lock::exclusive(5);
        assert_eq!(lock.write(access, |_| lock.try_read(access, |value| *value)), None);
        assert_eq!(lock.read(access, |_| lock.try_read(access, |value| *value)), Some(5));
        let lock = Lock::shared(5);
        assert_eq!(lock.write(Shared, |_| lock.try_read(Shared, |value| *value)), None);
        assert_eq!(lock.try_read(Shared, |value| *value), Some(5));
        assert!(is_refused(|| assert_eq!(lock.try_read(access, |value| *value), None)));
        assert!(is_refused(|| assert_eq!(Lock::exclusive(5).try_read(Shared, |value| *value), None)));
    }

    #[test]
    fn a_use_ends_when_it_panics() {
        // SAFETY: no other thread knows the lock.
        let access = unsafe { Exclusive::new() };
        let lock = Lock::exclusive(5);
        assert!(is_refused(|| lock.read(access, |_| panic!("on purpose"))));
        assert!(is_refused(|| lock.write(access, |_| panic!("on purpose"))));
        lock.write(access, |value| *value += 1);
        assert_eq!(lock.read(access, |value| *value), 6);
    }
}
