//! Access: whether other threads may update at the same time, and so what an update must pay for.
//!
//! Under an interpreter with a lock, the threads that update exclude each other already, and an update that
//! takes locks or swaps atomically pays for that a second time. So updates and lookups say under which
//! [`Access`] they run. Readers that render need none: they are never excluded, and never waited for.

use std::marker::PhantomData;

use parking_lot::{Mutex, RwLock};

/// Whether other threads may update or look up at the same time.
pub trait Access: Copy {
    /// No other thread does.
    const EXCLUSIVE: bool;
}

/// Reads what `lock` protects, and takes the lock if the access needs it.
#[inline]
pub(crate) fn read<A: Access, T, R>(_: A, lock: &RwLock<T>, work: impl FnOnce(&T) -> R) -> R {
    if A::EXCLUSIVE {
        // SAFETY: only calls with an access come here, and no other thread is inside of one.
        work(unsafe { &*lock.data_ptr() })
    } else {
        work(&lock.read())
    }
}

/// Changes what `lock` protects, and takes the lock if the access needs it. `work` must not come back to the same lock.
#[inline]
pub(crate) fn write<A: Access, T, R>(_: A, lock: &RwLock<T>, work: impl FnOnce(&mut T) -> R) -> R {
    if A::EXCLUSIVE {
        // SAFETY: only calls with an access come here, no other thread is inside of one, and this thread is
        // inside of this one only.
        work(unsafe { &mut *lock.data_ptr() })
    } else {
        work(&mut lock.write())
    }
}

/// As [`write`], for a lock that has no readers.
#[inline]
pub(crate) fn lock<A: Access, T, R>(_: A, lock: &Mutex<T>, work: impl FnOnce(&mut T) -> R) -> R {
    if A::EXCLUSIVE {
        // SAFETY: as in `write`.
        work(unsafe { &mut *lock.data_ptr() })
    } else {
        work(&mut lock.lock())
    }
}

/// Other threads may: updates take turns, lookups take a lock for their moment.
#[derive(Debug, Clone, Copy)]
pub struct Shared;

impl Access for Shared {
    const EXCLUSIVE: bool = false;
}

/// No other thread does, for `'a`. It cannot be sent to another thread.
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
    /// During `'a`, whenever this is used on a family or a series, no other thread may be inside a call on the
    /// same one that takes an [`Access`], of either kind; and what other threads did there before must
    /// happen before it, as a lock that they all hold sees to.
    #[must_use]
    pub const unsafe fn new() -> Self {
        Self(PhantomData)
    }
}
