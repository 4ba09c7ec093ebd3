//! Where a series stands in the order, and what has become of it.

use std::ptr::NonNull;

use super::run::Chunk;
use crate::clock;
use crate::sync::{AtomicU8, AtomicU16, AtomicU32, Ordering};

/// Where a series stands in the order.
#[derive(Debug)]
pub(in crate::family) struct Place<M> {
    /// Lives as long as the series is not removed.
    pub(super) chunk: NonNull<Chunk<M>>,
    /// When it began to count, in seconds since 1970: until the year 2106. One number of seconds and milliseconds would
    /// make every series larger.
    pub(super) seconds: AtomicU32,
    /// The milliseconds of that time. A reading of them while they change is wrong by less than a second, once.
    milliseconds: AtomicU16,
    /// The place in the chunk.
    pub(super) index: u8,
    /// A sum of those below; 0 where the series is in its family, and nothing else is known of it.
    standing: AtomicU8,
}

/// The value of the series is kept elsewhere.
const HIDDEN: u8 = 1;
/// The series takes the updates of those that are not born any more, as the family has as many as it may have.
const OVERFLOW: u8 = 2;
/// The series was removed.
const REMOVED: u8 = 4;
/// All series of its family are about to be removed at once.
const LEAVING: u8 = 8;

impl<M> Place<M> {
    pub(super) fn new(chunk: NonNull<Chunk<M>>, index: u8, is_overflow: bool) -> Self {
        let (seconds, milliseconds) = (AtomicU32::new(0), AtomicU16::new(0));
        let standing = AtomicU8::new(if is_overflow { OVERFLOW } else { 0 });
        let place = Self { chunk, seconds, milliseconds, index, standing };
        place.begin();
        place
    }

    #[inline(always)]
    fn standing(&self) -> u8 {
        self.standing.load(Ordering::Relaxed)
    }

    /// Whether the series was removed.
    #[inline]
    pub fn is_removed(&self) -> bool {
        self.standing() & REMOVED != 0
    }

    /// Whether the series was removed, or is about to be: only its family knows.
    #[inline]
    pub fn is_leaving(&self) -> bool {
        self.standing() & (REMOVED | LEAVING) != 0
    }

    /// Whether the value of the series is elsewhere.
    pub fn is_hidden(&self) -> bool {
        self.standing() & (HIDDEN | REMOVED) == HIDDEN
    }

    /// Whether the series takes the updates of those that are not born any more.
    #[inline]
    pub fn is_overflow(&self) -> bool {
        self.standing() & OVERFLOW != 0
    }

    /// Whether the series is none of these: removed or about to be, hidden, the one for all others.
    #[inline]
    pub fn is_there(&self) -> bool {
        self.standing() == 0
    }

    /// Notes that the value of the series is elsewhere from now on.
    pub fn hide(&self) {
        self.standing.fetch_or(HIDDEN, Ordering::Relaxed);
    }

    /// Notes that the series takes the updates of others from now on; gives whether it did not before.
    pub(super) fn overflow(&self) -> bool {
        self.standing.fetch_or(OVERFLOW, Ordering::Relaxed) & OVERFLOW == 0
    }

    /// Notes that the series is about to be removed.
    pub(super) fn leave(&self) {
        self.standing.fetch_or(LEAVING, Ordering::Relaxed);
    }

    /// Notes that the series was removed.
    pub(super) fn remove(&self) {
        self.standing.fetch_or(REMOVED, Ordering::Relaxed);
    }

    /// Begins to count now.
    pub fn begin(&self) {
        self.begin_at(clock::now());
    }

    /// Begins to count at a time, in milliseconds since 1970.
    pub fn begin_at(&self, time: u64) {
        let seconds = u32::try_from(time / 1000).unwrap_or(u32::MAX);
        self.milliseconds.store((time % 1000) as u16, Ordering::Relaxed);
        // Release: pairs with the Acquire below; a reader that sees the new time also sees what was done before.
        self.seconds.store(seconds, Ordering::Release);
    }

    /// When it began to count, in milliseconds since 1970.
    pub fn born(&self) -> u64 {
        let seconds = u64::from(self.seconds.load(Ordering::Acquire));
        seconds * 1000 + u64::from(self.milliseconds.load(Ordering::Relaxed))
    }
}

// SAFETY: a chunk is made of atomics, and the series in it may be sent and shared when `M` may.
unsafe impl<M: Send + Sync> Send for Place<M> {}
// SAFETY: as above.
unsafe impl<M: Send + Sync> Sync for Place<M> {}

#[cfg(all(test, not(loom)))]
impl<M> Place<M> {
    /// How many series were born before this one.
    ///
    /// # Safety
    ///
    /// The series was not removed.
    pub unsafe fn birth(&self) -> u64 {
        // SAFETY: the chunk lives as long as a series is in it.
        *unsafe { self.chunk.as_ref() }.start + u64::from(self.index)
    }
}
