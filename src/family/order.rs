//! The series of a family in the order of their births, along which a scrape walks without a lock.
//!
//! Chunks of places form a list. A birth fills the next place of the last chunk, a removal empties a place,
//! and a chunk without series leaves the list. One thread writes at a time, and any number of readers walk
//! meanwhile. They find each place filled or empty; a series or chunk that was removed lives on in the limbo
//! until they have left.

mod place;

use std::array;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;

use super::Series;
use super::limbo::{Free, Limbo};
use crate::access::{Access, Lock};
use crate::labels::LabelSet;
use crate::memory::OutOfMemory;
use crate::prefetch::prefetch;
use crate::sync::{AtomicPtr, AtomicU64, AtomicUsize, Made, Ordering};
pub(super) use place::Place;

/// Places in a chunk.
#[cfg(not(loom))]
pub(super) const CHUNK: usize = 64;
#[cfg(loom)]
pub(super) const CHUNK: usize = 2;

/// The places for `CHUNK` births that follow each other.
#[derive(Debug)]
struct Chunk<M> {
    /// Which birth the first place is for: a multiple of `CHUNK`.
    start: Made<u64>,
    /// Null where no series is born yet, or it was removed. Any other is the pointer of an `Arc` that the index or the
    /// limbo holds.
    places: [AtomicPtr<Series<M>>; CHUNK],
    /// Null in the last chunk.
    next: AtomicPtr<Chunk<M>>,
    /// Null in the first chunk. Readers do not look at it.
    previous: AtomicPtr<Chunk<M>>,
    /// How many places are filled. Readers do not look at it.
    filled: AtomicUsize,
}

/// A chunk that left the list.
#[derive(Debug)]
pub(super) struct Unlinked<M>(NonNull<Chunk<M>>);

// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Send for Unlinked<M> {}

impl<M> Drop for Unlinked<M> {
    fn drop(&mut self) {
        // SAFETY: the chunk was made as a box, and nobody else has it: it left the list, and then the limbo.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// A thing that readers can no longer find.
#[derive(Debug)]
#[expect(dead_code, reason = "held until it is dropped")]
pub(super) enum Removed<M> {
    Series(Arc<Series<M>>),
    Chunk(Unlinked<M>),
}

/// For which series there is room.
#[derive(Debug, Clone, Copy)]
pub(super) enum Room {
    /// For one that is born while there are less than this many.
    Below(u64),
    /// For one that takes the updates of those for which there is none.
    Overflow,
}

/// The series in the order of their births.
#[derive(Debug)]
pub(super) struct Order<M> {
    /// The chunk at which readers begin; null when there is none.
    first: AtomicPtr<Chunk<M>>,
    /// How many series were ever born. Readers pass over those that are born after they began, so that one
    /// which is removed and born again is not seen twice.
    births: AtomicU64,
    /// How many series were ever removed.
    removals: AtomicU64,
    /// How many series there are that take the updates of others; these do not count where the number of series is limited.
    overflows: AtomicU64,
    /// A thread that writes has this lock.
    last: Lock<Last<M>>,
    limbo: Limbo<Removed<M>>,
}

/// The last chunk, or null.
#[derive(Debug)]
struct Last<M>(*mut Chunk<M>);

// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Send for Last<M> {}
// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Sync for Last<M> {}

impl<M> Order<M> {
    /// An order that is changed with [`Shared`](crate::access::Shared) access.
    pub fn shared() -> Self {
        Self::new(Lock::shared(Last(ptr::null_mut())))
    }

    /// An order that is changed with [`Exclusive`](crate::access::Exclusive) access.
    pub fn exclusive() -> Self {
        Self::new(Lock::exclusive(Last(ptr::null_mut())))
    }

    fn new(last: Lock<Last<M>>) -> Self {
        let [births, removals, overflows] = [(); 3].map(|()| AtomicU64::new(0));
        Self { first: AtomicPtr::default(), births, removals, overflows, last, limbo: Limbo::new() }
    }

    /// Appends a series with these labels, and the state that `make` makes, if there is room for it.
    pub fn push(
        &self,
        access: impl Access,
        room: Room,
        labels: LabelSet,
        make: impl FnOnce() -> M,
    ) -> Option<Arc<Series<M>>> {
        self.last.write(access, |Last(last)| {
            let is_overflow = match room {
                Room::Below(most) if self.counted() >= most => return None,
                Room::Below(_) => false,
                Room::Overflow => true,
            };
            let birth = self.births.load(Ordering::Relaxed);
            #[expect(clippy::cast_possible_truncation, reason = "less than CHUNK")]
            let index = (birth % CHUNK as u64) as u8;
            let metric = make();
            if last.is_null() || index == 0 {
                self.append(last, birth - u64::from(index));
            }
            // SAFETY: it is the last chunk, which stays in the list as long as it is the last; and only this thread
            // writes now.
            let chunk = unsafe { &**last };
            let series =
                Arc::new(Series { metric, labels, place: Place::new(chunk.into(), index, is_overflow) });
            if is_overflow {
                self.add_overflow();
            }
            // Relaxed: a reader looks at this place only if it knows of the birth.
            chunk.places[usize::from(index)].store(Arc::as_ptr(&series).cast_mut(), Ordering::Relaxed);
            chunk.filled.store(chunk.filled.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            // Release: pairs with the Acquire of readers, who see this series and those before it as they were made, and
            // what was removed before this birth.
            self.births.store(birth + 1, Ordering::Release);
            Some(series)
        })
    }

    /// How many series there are, without those that take the updates of others. Another thread may be changing it.
    #[inline]
    pub fn counted(&self) -> u64 {
        let [births, removals, overflows] =
            [&self.births, &self.removals, &self.overflows].map(|count| count.load(Ordering::Relaxed));
        births.saturating_sub(removals).saturating_sub(overflows)
    }

    /// One thread writes at a time.
    fn add_overflow(&self) {
        self.overflows.store(self.overflows.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    /// Makes a series one that takes the updates of others, if it is still there.
    pub fn overflow(&self, access: impl Access, series: &Series<M>) {
        self.last.write(access, |_| {
            if !series.place.is_removed() && series.place.overflow() {
                self.add_overflow();
            }
        });
    }

    /// Whether the next birth needs a new chunk.
    #[inline]
    pub fn is_full(&self) -> bool {
        self.births.load(Ordering::Relaxed) % CHUNK as u64 == 0
    }

    /// Whether a series was ever pushed.
    pub fn has_begun(&self) -> bool {
        // Acquire: pairs with the Release of the first birth, and so with what was replaced before it.
        self.births.load(Ordering::Acquire) > 0
    }

    /// Runs `work` if no series was ever pushed; none is pushed meanwhile.
    pub fn before_births<R>(&self, access: impl Access, work: impl FnOnce() -> R) -> Option<R> {
        self.last.write(access, |_| (!self.has_begun()).then(work))
    }

    /// Appends an empty chunk.
    fn append(&self, last: &mut *mut Chunk<M>, start: u64) {
        let chunk = Box::into_raw(Box::new(Chunk {
            start: Made::new(start),
            places: array::from_fn(|_| AtomicPtr::default()),
            next: AtomicPtr::default(),
            previous: AtomicPtr::new(*last),
            filled: AtomicUsize::new(0),
        }));
        let before = std::mem::replace(last, chunk);
        // SAFETY: the last chunk is in the list.
        let Some(before) = (unsafe { before.as_ref() }) else {
            // Release, here and below: pairs with the Acquire of readers, who see the chunk as it was made.
            self.first.store(chunk, Ordering::Release);
            return;
        };
        before.next.store(chunk, Ordering::Release);
        if before.filled.load(Ordering::Relaxed) == 0 {
            drop(self.limbo.retire([Removed::Chunk(self.unlink(before))]));
        }
    }

    /// Takes a chunk out of the list, which must not be the last one. It still leads the readers in it to the chunks
    /// behind it.
    fn unlink(&self, chunk: &Chunk<M>) -> Unlinked<M> {
        let previous = chunk.previous.load(Ordering::Relaxed);
        let next = chunk.next.load(Ordering::Relaxed);
        // SAFETY: the neighbours of a chunk in the list are in the list, or null.
        let (before, after) = unsafe { (previous.as_ref(), next.as_ref()) };
        before.map_or(&self.first, |before| &before.next).store(next, Ordering::Release);
        if let Some(after) = after {
            after.previous.store(previous, Ordering::Relaxed);
        }
        Unlinked(chunk.into())
    }

    /// How many series were ever removed.
    pub fn removals(&self) -> u64 {
        self.removals.load(Ordering::Relaxed)
    }

    /// Removes a series; gives how many were born before it, and what is to be dropped where that may run any code.
    ///
    /// # Safety
    ///
    /// It was pushed here, and not removed since.
    pub unsafe fn remove(&self, access: impl Access, series: Arc<Series<M>>) -> (u64, Free<Removed<M>>) {
        self.last.write(access, |Last(last)| {
            let place = &series.place;
            place.remove();
            if place.is_overflow() {
                self.overflows.store(self.overflows.load(Ordering::Relaxed) - 1, Ordering::Relaxed);
            }
            self.removals.store(self.removals.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            // SAFETY: a chunk stays in the list as long as it holds a series, and this one is still there, as the caller
            // says.
            let chunk = unsafe { place.chunk.as_ref() };
            // Relaxed: a reader that comes after the retirement sees it by the lock of the limbo.
            chunk.places[usize::from(place.index)].store(ptr::null_mut(), Ordering::Relaxed);
            let filled = chunk.filled.load(Ordering::Relaxed) - 1;
            chunk.filled.store(filled, Ordering::Relaxed);
            let birth = *chunk.start + u64::from(place.index);
            let empty = filled == 0 && !ptr::eq(chunk, *last);
            let chunk = empty.then(|| Removed::Chunk(self.unlink(chunk)));
            (birth, self.limbo.retire([Removed::Series(series)].into_iter().chain(chunk)))
        })
    }

    /// Walks along the series that exist, chunk by chunk, as long as `visit` says to go on. Their pointers are those of
    /// `Arc`s that live until the visit has ended.
    fn walk(&self, mut visit: impl FnMut(&[NonNull<Series<M>>]) -> bool) {
        let reader = self.limbo.enter();
        // Acquire: pairs with the Release of the last of these births. It makes all of them known.
        let end = self.births.load(Ordering::Acquire);
        // Acquire, here and below: pairs with the Release of the writer that linked the chunk.
        let mut next = self.first.load(Ordering::Acquire);
        // SAFETY: this chunk was in the list after the reader came, so that it lives until the reader leaves.
        while let Some(chunk) = unsafe { next.as_ref() }.filter(|chunk| *chunk.start < end) {
            next = chunk.next.load(Ordering::Acquire);
            prefetch(next);
            let born = usize::try_from(end - *chunk.start).unwrap_or(CHUNK).min(CHUNK);
            let mut filled = [const { MaybeUninit::uninit() }; CHUNK];
            let mut count = 0;
            for place in &chunk.places[..born] {
                // Relaxed: its birth is known.
                if let Some(series) = NonNull::new(place.load(Ordering::Relaxed)) {
                    prefetch(series.as_ptr());
                    filled[count].write(series);
                    count += 1;
                }
            }
            // SAFETY: the first `count` elements were written above.
            if !visit(unsafe { slice::from_raw_parts(filled.as_ptr().cast(), count) }) {
                break;
            }
        }
        drop(reader);
    }

    /// Runs `visit` on the series that exist, chunk by chunk.
    pub fn for_each_chunk(&self, mut visit: impl FnMut(&[&Series<M>])) {
        self.walk(|series| {
            // SAFETY: the series live until this visit has ended, and are shared. A reference is a pointer that
            // is not null.
            visit(unsafe { slice::from_raw_parts(series.as_ptr().cast(), series.len()) });
            true
        });
    }

    /// The series that exist.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn to_vec(&self) -> Result<Vec<Arc<Series<M>>>, OutOfMemory> {
        self.first(usize::MAX)
    }

    /// The first `most` series that exist.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn first(&self, most: usize) -> Result<Vec<Arc<Series<M>>>, OutOfMemory> {
        let mut all = Vec::new();
        let mut ended = Ok(());
        self.walk(|series| {
            let room = (most - all.len()).min(series.len());
            ended = all.try_reserve(room).map_err(OutOfMemory::from);
            if ended.is_err() {
                return false;
            }
            all.extend(series.iter().take(room).map(|series| {
                // SAFETY: the pointer is that of an `Arc` that lives.
                unsafe {
                    Arc::increment_strong_count(series.as_ptr());
                    Arc::from_raw(series.as_ptr())
                }
            }));
            all.len() < most
        });
        ended?;
        Ok(all)
    }
}

impl<M> Drop for Order<M> {
    fn drop(&mut self) {
        let mut next = NonNull::new(self.first.load(Ordering::Relaxed));
        while let Some(chunk) = next {
            let chunk = Unlinked(chunk);
            // SAFETY: the chunk is in the list, and dropped only below.
            next = NonNull::new(unsafe { chunk.0.as_ref() }.next.load(Ordering::Relaxed));
            drop(chunk);
        }
    }
}

#[cfg(all(test, loom))]
pub(super) mod models;
