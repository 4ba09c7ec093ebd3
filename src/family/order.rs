//! The series of a family in the order of their births, along which a scrape walks without a lock.
//!
//! Chunks of places form a list. A birth fills the next place of the last chunk, a removal empties a place,
//! and a chunk without series leaves the list. One thread writes at a time, and any number of readers walk
//! meanwhile. They find each place filled or empty; a series or chunk that was removed lives on in the limbo
//! until they have left.

mod place;
pub(super) mod run;

use std::mem::{ManuallyDrop, MaybeUninit};
use std::ptr::{self, NonNull};
use std::slice;
use std::sync::Arc;

use super::Series;
use super::limbo::{Free, Limbo};
use super::stock::Stock;
use crate::access::{Access, Lock};
use crate::labels::LabelSet;
use crate::memory::OutOfMemory;
use crate::prefetch::prefetch;
use crate::sync::{AtomicPtr, AtomicU64, Ordering};
pub(super) use place::Place;
pub(super) use run::{CHUNK, OwnRun, Unlinked};
use run::{Chunk, Run};

/// A thing that readers can no longer find.
#[derive(Debug)]
#[expect(dead_code, reason = "held until it is dropped")]
pub(super) enum Removed<M> {
    Series(Arc<Series<M>>),
    Chunk(Unlinked<M>),
    Stock(Box<Stock<M>>),
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
    /// The run of the series that there are: made as a box. It is exchanged as a whole; the earlier one goes to the limbo.
    run: AtomicPtr<Run<M>>,
    /// How many series were ever born.
    births: AtomicU64,
    /// How many series were ever removed.
    removals: AtomicU64,
    /// How many series there are that take the updates of others; these do not count where the number of series is limited.
    overflows: AtomicU64,
    /// A thread that writes has this lock.
    last: Lock<Last<M>>,
    /// That of all orders that exchange runs: a reader may go on in one that another order has taken.
    limbo: Arc<Limbo<Removed<M>>>,
}

/// What a thread that writes knows of the run.
#[derive(Debug)]
struct Last<M> {
    /// Its last chunk, or null.
    chunk: *mut Chunk<M>,
    /// How many runs there were before it.
    turn: Turn,
}

/// A run of an order, by the number of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Turn(u64);

// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Send for Last<M> {}
// SAFETY: as for `Place`.
unsafe impl<M: Send + Sync> Sync for Last<M> {}

impl<M> Order<M> {
    /// An order that is changed with [`Shared`](crate::access::Shared) access.
    pub fn shared() -> Self {
        Self::new(Lock::shared(Last::new()), Arc::new(Limbo::new()))
    }

    /// An order that is changed with [`Exclusive`](crate::access::Exclusive) access.
    pub fn exclusive() -> Self {
        Self::new(Lock::exclusive(Last::new()), Arc::new(Limbo::new()))
    }

    /// An empty order for the same access, with which this one can exchange runs.
    pub fn empty_like<A: Access>(&self, _: A) -> Self {
        let last = if A::EXCLUSIVE { Lock::exclusive(Last::new()) } else { Lock::shared(Last::new()) };
        Self::new(last, Arc::clone(&self.limbo))
    }

    fn new(last: Lock<Last<M>>, limbo: Arc<Limbo<Removed<M>>>) -> Self {
        let [births, removals, overflows] = [(); 3].map(|()| AtomicU64::new(0));
        let run = AtomicPtr::new(ManuallyDrop::new(OwnRun::empty()).run.as_ptr());
        Self { run, births, removals, overflows, last, limbo }
    }

    /// The run.
    ///
    /// # Safety
    ///
    /// This thread writes, or it is a reader in the limbo, and goes on being so.
    #[inline]
    unsafe fn run(&self) -> &Run<M> {
        // Acquire: pairs with the Release of the exchange.
        // SAFETY: the run is not dropped before those have left that came before it was exchanged, and one thread at a time
        // exchanges it.
        let run = unsafe { &*self.run.load(Ordering::Acquire) };
        let () = *run.made;
        run
    }

    /// Appends a series with these labels, and the state that `make` makes, if there is room for it.
    pub fn push(
        &self,
        access: impl Access,
        room: Room,
        labels: LabelSet,
        make: impl FnOnce() -> M,
    ) -> Option<Arc<Series<M>>> {
        self.last.write(access, |Last { chunk: last, .. }| {
            let is_overflow = match room {
                Room::Below(most) if most < u64::MAX && self.counted() >= most => return None,
                Room::Below(_) => false,
                Room::Overflow => true,
            };
            // SAFETY: this thread writes.
            let run = unsafe { self.run() };
            let birth = run.births.load(Ordering::Relaxed);
            #[expect(clippy::cast_possible_truncation, reason = "less than CHUNK")]
            let index = (birth % CHUNK as u64) as u8;
            let metric = make();
            if last.is_null() || index == 0 {
                if let Some(empty) = run.append(last, birth - u64::from(index)) {
                    drop(self.limbo.retire([Removed::Chunk(empty)]));
                }
            }
            // SAFETY: it is the last chunk, which stays in the list as long as it is the last; and only this thread
            // writes now.
            let chunk = unsafe { &**last };
            let series =
                Arc::new(Series { metric, labels, place: Place::new(chunk.into(), index, is_overflow) });
            if is_overflow {
                self.add_overflow();
            }
            if run.leaving.load(Ordering::Relaxed) != 0 {
                series.place.leave();
            }
            // Relaxed: a reader looks at this place only if it knows of the birth.
            chunk.places[usize::from(index)].store(Arc::as_ptr(&series).cast_mut(), Ordering::Relaxed);
            chunk.filled.store(chunk.filled.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
            // Release: pairs with the Acquire of readers, who see this series and those before it as they were made, and
            // what was removed before this birth.
            run.births.store(birth + 1, Ordering::Release);
            // Release: pairs with the Acquire of `has_begun`.
            self.births.store(self.births.load(Ordering::Relaxed) + 1, Ordering::Release);
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

    /// Whether the next birth may need a new chunk, as every `CHUNK`th does.
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

    /// Notes that all the series are about to be removed, those too that are born from now on. The run can then be
    /// [exchanged](Order::exchange) once each is [marked](Order::mark_leaving).
    pub fn leave(&self, access: impl Access) -> Turn {
        self.last.write(access, |last| {
            // SAFETY: this thread writes.
            unsafe { self.run() }.leaving.store(1, Ordering::Relaxed);
            last.turn
        })
    }

    /// The run that there is now.
    pub fn turn(&self, access: impl Access) -> Turn {
        self.last.read(access, |last| last.turn)
    }

    /// Notes of each series that it is about to be removed. From then on, who has it asks the family for it.
    pub fn mark_leaving(&self) {
        self.for_each_chunk(|chunk| chunk.iter().for_each(|series| series.place.leave()));
    }

    /// Exchanges the run for another one, in one store: a reader sees all of the one or all of the other. Nothing happens if
    /// the order has another run than that of the `turn`, or if `check` says no; gives whether it did.
    ///
    /// The series of both runs must live: they are to be exchanged together with their index.
    pub fn exchange(
        &self,
        access: impl Access,
        turn: Option<Turn>,
        check: impl FnOnce() -> bool,
        other: &mut OwnRun<M>,
    ) -> bool {
        self.last.write(access, |last| {
            if turn.is_some_and(|turn| turn != last.turn) || !check() {
                return false;
            }
            let count = self.births.load(Ordering::Relaxed) - self.removals.load(Ordering::Relaxed);
            let overflows = self.overflows.load(Ordering::Relaxed);
            let run = NonNull::new(self.run.load(Ordering::Relaxed));
            let run = run.unwrap_or_else(|| unreachable!("an order has a run"));
            let before = OwnRun { run, last: last.chunk, count, overflows };
            let other = ManuallyDrop::new(std::mem::replace(other, before));
            (last.chunk, last.turn) = (other.last, Turn(last.turn.0 + 1));
            self.overflows.store(other.overflows, Ordering::Relaxed);
            self.removals.store(self.removals.load(Ordering::Relaxed) + count, Ordering::Relaxed);
            // Release: pairs with the Acquire of `has_begun`.
            self.births.store(self.births.load(Ordering::Relaxed) + other.count, Ordering::Release);
            // Release: pairs with the Acquire of those who come to the run, and see it as it was made.
            self.run.store(other.run.as_ptr(), Ordering::Release);
            true
        })
    }

    /// Takes what readers that come later cannot find, and gives back what no reader can see: to be dropped where that may
    /// run any code.
    pub fn retire(&self, stock: Box<Stock<M>>) -> Free<Removed<M>> {
        self.limbo.retire([Removed::Stock(stock)])
    }

    /// How many series were ever removed.
    pub fn removals(&self) -> u64 {
        self.removals.load(Ordering::Relaxed)
    }

    /// Removes a series; gives what is to be dropped where that may run any code.
    ///
    /// # Safety
    ///
    /// It was pushed here, and not removed since.
    pub unsafe fn remove(&self, access: impl Access, series: Arc<Series<M>>) -> Free<Removed<M>> {
        self.last.write(access, |Last { chunk: last, .. }| {
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
            let empty = filled == 0 && !ptr::eq(chunk, *last);
            // SAFETY: this thread writes.
            let chunk = empty.then(|| Removed::Chunk(unsafe { self.run() }.unlink(chunk)));
            self.limbo.retire([Removed::Series(series)].into_iter().chain(chunk))
        })
    }

    /// Walks along the series that exist, chunk by chunk, as long as `visit` says to go on. Their pointers are those of
    /// `Arc`s that live until the visit has ended.
    fn walk(&self, mut visit: impl FnMut(&[NonNull<Series<M>>]) -> bool) {
        let reader = self.limbo.enter();
        // SAFETY: the reader leaves below.
        let run = unsafe { self.run() };
        // Acquire: pairs with the Release of the last of these births. It makes all of them known.
        let end = run.births.load(Ordering::Acquire);
        // Acquire, here and below: pairs with the Release of the writer that linked the chunk.
        let mut next = run.first.load(Ordering::Acquire);
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
        let run = NonNull::new(self.run.load(Ordering::Relaxed));
        drop(run.map(|run| OwnRun { run, last: ptr::null_mut(), count: 0, overflows: 0 }));
    }
}

impl<M> Last<M> {
    fn new() -> Self {
        Self { chunk: ptr::null_mut(), turn: Turn(0) }
    }
}

#[cfg(all(test, loom))]
pub(super) mod models;
