//! A run: a list of chunks, in whose places the series stand that a family has at one time.

use std::array;
use std::ptr::{self, NonNull};
use std::sync::Arc;

use super::super::Series;
use crate::sync::{AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Made, Ordering};

/// Places in a chunk.
#[cfg(not(loom))]
pub(in crate::family) const CHUNK: usize = 64;
#[cfg(loom)]
pub(in crate::family) const CHUNK: usize = 2;

/// The places for `CHUNK` births that follow each other.
#[derive(Debug)]
pub(super) struct Chunk<M> {
    /// Which birth the first place is for: a multiple of `CHUNK`.
    pub start: Made<u64>,
    /// Null where no series is born yet, or it was removed. Any other is the pointer of an `Arc` that the index or the
    /// limbo holds.
    pub places: [AtomicPtr<Series<M>>; CHUNK],
    /// Null in the last chunk.
    pub next: AtomicPtr<Chunk<M>>,
    /// Null in the first chunk. Readers do not look at it.
    previous: AtomicPtr<Chunk<M>>,
    /// How many places are filled. Readers do not look at it.
    pub filled: AtomicUsize,
}

/// A chunk that left the list.
#[derive(Debug)]
pub(in crate::family) struct Unlinked<M>(NonNull<Chunk<M>>);

// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Send for Unlinked<M> {}

impl<M> Drop for Unlinked<M> {
    fn drop(&mut self) {
        // SAFETY: the chunk was made as a box, and nobody else has it: it left the list, and then the limbo.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

/// The list, in the order of the births.
#[derive(Debug)]
pub(super) struct Run<M> {
    /// Read by those that come to the run, so that the model checker finds out when they see less than all of it.
    pub made: Made<()>,
    /// The chunk at which readers begin; null when there is none.
    pub first: AtomicPtr<Chunk<M>>,
    /// How many series were ever born here. Readers pass over those that are born after they began, so that one
    /// which is removed and born again is not seen twice.
    pub births: AtomicU64,
    /// Whether another run is to take the place of this one: 1 if it is. Readers do not look at it.
    pub leaving: AtomicU8,
}

impl<M> Run<M> {
    fn new() -> Self {
        let (first, births, leaving) = (AtomicPtr::default(), AtomicU64::new(0), AtomicU8::new(0));
        Self { made: Made::new(()), first, births, leaving }
    }

    /// Appends an empty chunk behind the `last` one. Gives that if it is empty; it left the list then.
    pub fn append(&self, last: &mut *mut Chunk<M>, start: u64) -> Option<Unlinked<M>> {
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
            return None;
        };
        before.next.store(chunk, Ordering::Release);
        (before.filled.load(Ordering::Relaxed) == 0).then(|| self.unlink(before))
    }

    /// Takes a chunk out of the list, which must not be the last one. It still leads the readers in it to the chunks
    /// behind it.
    pub fn unlink(&self, chunk: &Chunk<M>) -> Unlinked<M> {
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
}

impl<M> Drop for Run<M> {
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

/// A run that is not the one of an order, with what the order knows of it. Readers may still be in it, until it has been in
/// the limbo.
#[derive(Debug)]
pub(in crate::family) struct OwnRun<M> {
    /// Made as a box.
    pub(super) run: NonNull<Run<M>>,
    /// Its last chunk, or null.
    pub(super) last: *mut Chunk<M>,
    /// How many series are in it.
    pub(super) count: u64,
    /// How many of these take the updates of others.
    pub(super) overflows: u64,
}

// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Send for OwnRun<M> {}
// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Sync for OwnRun<M> {}

impl<M> OwnRun<M> {
    /// A run without series.
    pub fn empty() -> Self {
        let run = NonNull::from(Box::leak(Box::new(Run::new())));
        Self { run, last: ptr::null_mut(), count: 0, overflows: 0 }
    }

    /// How many series are in it.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Runs `visit` on the series, in the order of their births. Their pointers are those of `Arc`s that live as long as the
    /// index that came with the run.
    fn for_each(&self, mut visit: impl FnMut(NonNull<Series<M>>)) {
        // SAFETY: this owns the run, whose chunks are in the list; no thread writes to it any more.
        let mut next = unsafe { self.run.as_ref() }.first.load(Ordering::Relaxed);
        // SAFETY: as above.
        while let Some(chunk) = unsafe { next.as_ref() } {
            chunk
                .places
                .iter()
                .filter_map(|place| NonNull::new(place.load(Ordering::Relaxed)))
                .for_each(&mut visit);
            next = chunk.next.load(Ordering::Relaxed);
        }
    }

    /// Notes that all its series were removed.
    ///
    /// # Safety
    ///
    /// They live, as they do while the index lives that came with the run.
    pub unsafe fn end(&self) {
        // SAFETY: as the caller says.
        self.for_each(|series| unsafe { series.as_ref() }.place.remove());
    }

    /// Its series.
    ///
    /// # Safety
    ///
    /// As for [`OwnRun::end`].
    pub unsafe fn to_vec(&self) -> Vec<Arc<Series<M>>> {
        let mut all = Vec::with_capacity(usize::try_from(self.count).unwrap_or(0));
        // SAFETY: as the caller says; the pointers are those of `Arc`s.
        self.for_each(|series| unsafe {
            Arc::increment_strong_count(series.as_ptr());
            all.push(Arc::from_raw(series.as_ptr()));
        });
        all
    }
}

impl<M> Drop for OwnRun<M> {
    fn drop(&mut self) {
        // SAFETY: it was made as a box, and nobody else has it: it left its order, and then the limbo.
        drop(unsafe { Box::from_raw(self.run.as_ptr()) });
    }
}
