//! The cache of identities: the series of label dicts that were seen before, by the addresses of the objects in them.
//!
//! A service uses the same few objects as label names and values over and over: constants of its code. If all objects of a
//! dict are those of an earlier one, its labels are the same, and their text need not be read. The reverse does not hold:
//! equal labels that are other objects, or in another order, are looked up by their text.
//!
//! Three things make an address stand for a label. The cache keeps the objects alive, so that no other object gets the
//! address. It takes only objects whose text cannot change: exact str, int, float, bool and None (see
//! [`Constants`]). And a series that was removed from its family is not found here.
//!
//! A series may take one of two slots, which the addresses of its values choose. The first series are all kept. Later on, only
//! one in sixteen that are not found takes a slot; if both are taken, a series that was found since the last time keeps its
//! own. So strings that are made anew for each call cost little here, and drive few others out. The tables grow as long as
//! they lose series that were found, up to a limit.
//!
//! [`Identity::forget_removed`] gives back what is kept of series that were removed.

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::Arc;

use pyo3::ffi;
use pyo3::prelude::*;

use super::objects::Constants;
use crate::family::Series;
use crate::python::argument::labels::INLINE;

/// The number of sets of two slots that a table has at first, and at most.
const SETS: std::ops::Range<usize> = 32..1024;

/// The number of misses of which one takes a slot, after the first ones.
const SAMPLE: usize = 16;

/// All slots are searched for removed series when one in this number may have one.
const FEW: u64 = 8;

/// The length of the text of labels, in bytes, beyond which they are not kept alive here.
const LONGEST: usize = 2048;

/// Series by the identity of the objects of their labels.
///
/// There is a table for each of the usual numbers of labels, because loops over a number that the compiler knows take half
/// the time.
pub struct Identity<M> {
    /// The series without labels.
    bare: UnsafeCell<Option<Arc<Series<M>>>>,
    one: UnsafeCell<Table<M, 2>>,
    two: UnsafeCell<Table<M, 4>>,
    three: UnsafeCell<Table<M, 6>>,
    four: UnsafeCell<Table<M, 8>>,
    /// More than four labels, up to [`INLINE`].
    many: UnsafeCell<Table<M, { 2 * INLINE }>>,
    /// The number of look-ups that found nothing.
    misses: UnsafeCell<usize>,
    /// The number of series that the family had removed in all when those were last forgotten here.
    forgotten: UnsafeCell<u64>,
}

// SAFETY: only attached threads use the cells, in calls in which no Python code runs and the thread does not detach: the
// interpreter's lock lets one of them in at a time, and a fork finds none of them in there but the forking thread, whose
// call has not begun. On an interpreter without the lock the cells are not used at all.
unsafe impl<M: Send + Sync> Sync for Identity<M> {}

impl<M> Default for Identity<M> {
    fn default() -> Self {
        Self {
            bare: UnsafeCell::default(),
            one: UnsafeCell::default(),
            two: UnsafeCell::default(),
            three: UnsafeCell::default(),
            four: UnsafeCell::default(),
            many: UnsafeCell::default(),
            misses: UnsafeCell::default(),
            forgotten: UnsafeCell::default(),
        }
    }
}

impl<M> Identity<M> {
    /// The series without labels, if it is known.
    ///
    /// # Safety
    ///
    /// Here and in [`Identity::find`]: as long as the series is borrowed, no Python code may run, and `keep`, `keep_bare` and
    /// `forget_removed` may not be called.
    #[inline]
    pub unsafe fn find_bare(&self, _: Python<'_>) -> Option<&Series<M>> {
        // SAFETY: as for `Sync`; the caller calls nothing that changes the cell.
        let bare = unsafe { &*self.bare.get() };
        bare.as_deref().filter(|series| !cfg!(Py_GIL_DISABLED) && !series.is_leaving())
    }

    /// Keeps the series without labels.
    pub fn keep_bare(&self, _: Python<'_>, series: &Arc<Series<M>>) {
        if !cfg!(Py_GIL_DISABLED) {
            // SAFETY: as for `Sync`; nothing is borrowed from the cell.
            let before = unsafe { (*self.bare.get()).replace(Arc::clone(series)) };
            drop(before);
        }
    }

    /// The series of these objects, if it is known. The number of objects is that of a table.
    ///
    /// # Safety
    ///
    /// See [`Identity::find_bare`].
    #[inline(always)]
    pub unsafe fn find<const WORDS: usize>(
        &self,
        objects: &[*mut ffi::PyObject; WORDS],
    ) -> Option<&Series<M>> {
        if cfg!(Py_GIL_DISABLED) {
            return None;
        }
        let objects = objects.as_slice();
        // SAFETY: as for `Sync`; the caller calls nothing that changes the cells.
        unsafe {
            match WORDS {
                2 => (*self.one.get()).find(objects.try_into().ok()?),
                4 => (*self.two.get()).find(objects.try_into().ok()?),
                6 => (*self.three.get()).find(objects.try_into().ok()?),
                8 => (*self.four.get()).find(objects.try_into().ok()?),
                _ => (*self.many.get()).find(objects.try_into().ok()?),
            }
        }
    }

    /// Keeps the series of these objects, perhaps.
    #[inline(always)]
    pub fn keep(&self, objects: &Constants<'_, '_>, series: &Arc<Series<M>>) {
        if cfg!(Py_GIL_DISABLED) {
            return;
        }
        // SAFETY: as for `Sync`; nothing is borrowed from the cell.
        let misses = unsafe { &mut *self.misses.get() };
        *misses = misses.wrapping_add(1);
        if *misses <= 2 * SETS.start || *misses % SAMPLE == 0 {
            self.put(objects, series);
        }
    }

    /// Gives back what is kept of the series that were removed from their family, of which there have been `removals` in all.
    /// Unless `all` is true, this waits until there are enough of them to be worth a search of all slots, so that the time
    /// of many removals in a loop grows only with their number.
    #[cold]
    pub fn forget_removed(&self, _: Python<'_>, removals: u64, all: bool) {
        if cfg!(Py_GIL_DISABLED) {
            return;
        }
        // SAFETY: as for `Sync`; nothing is borrowed from the cells. What is dropped below are exact str and
        // numbers, which runs no Python code.
        let (bare, one, two, three, four, many, misses, forgotten) = unsafe {
            (
                &mut *self.bare.get(),
                &mut *self.one.get(),
                &mut *self.two.get(),
                &mut *self.three.get(),
                &mut *self.four.get(),
                &mut *self.many.get(),
                &mut *self.misses.get(),
                &mut *self.forgotten.get(),
            )
        };
        let lengths =
            [one.slots.len(), two.slots.len(), three.slots.len(), four.slots.len(), many.slots.len()];
        let enough = lengths.iter().sum::<usize>() as u64 / FEW;
        let new = removals - *forgotten;
        if new == 0 || !all && new < enough {
            return;
        }
        *forgotten = removals;
        bare.take_if(|series| series.is_removed());
        let kept = [
            one.forget_removed(),
            two.forget_removed(),
            three.forget_removed(),
            four.forget_removed(),
            many.forget_removed(),
        ];
        if !kept.contains(&true) {
            // The next series are the first ones again.
            *misses = 0;
        }
    }

    /// Forgets all series.
    #[cold]
    pub fn forget_all(&self, _: Python<'_>) {
        if cfg!(Py_GIL_DISABLED) {
            return;
        }
        // SAFETY: as in `forget_removed`.
        unsafe {
            *self.bare.get() = None;
            *self.one.get() = Table::default();
            *self.two.get() = Table::default();
            *self.three.get() = Table::default();
            *self.four.get() = Table::default();
            *self.many.get() = Table::default();
            *self.misses.get() = 0;
        }
    }

    #[cold]
    fn put(&self, objects: &Constants<'_, '_>, series: &Arc<Series<M>>) {
        if series.labels().start().len() > LONGEST {
            return;
        }
        // SAFETY: as for `Sync`; nothing is borrowed from the cells. What is dropped in here are exact str and
        // numbers, which runs no Python code.
        unsafe {
            match objects.len() {
                2 => (*self.one.get()).put(objects, series),
                4 => (*self.two.get()).put(objects, series),
                6 => (*self.three.get()).put(objects, series),
                8 => (*self.four.get()).put(objects, series),
                _ => (*self.many.get()).put(objects, series),
            }
        }
    }
}

/// A place for one series.
struct Slot<M, const WORDS: usize> {
    series: Option<Arc<Series<M>>>,
    /// Whether the series was found since another one last wanted the slot.
    useful: bool,
    /// The names and values, and null behind the last one. A reference to each is held.
    objects: [*mut ffi::PyObject; WORDS],
}

// SAFETY: only attached threads use the objects, also to drop them: a slot goes with its metric, or is replaced in a call.
unsafe impl<M: Send + Sync, const WORDS: usize> Send for Slot<M, WORDS> {}

impl<M, const WORDS: usize> Drop for Slot<M, WORDS> {
    fn drop(&mut self) {
        for object in self.objects {
            // SAFETY: the reference is this slot's own, and whoever drops or changes a metric is attached. Null is allowed.
            unsafe { ffi::Py_XDECREF(object) };
        }
    }
}

impl<M, const WORDS: usize> Slot<M, WORDS> {
    fn empty() -> Self {
        Self { series: None, useful: false, objects: [ptr::null_mut(); WORDS] }
    }

    fn is_free(&self) -> bool {
        self.series.as_ref().is_none_or(|series| series.is_leaving())
    }
}

/// The slots for label sets of some size: none at first, then a power of two of sets of two.
struct Table<M, const WORDS: usize> {
    slots: Box<[Slot<M, WORDS>]>,
    /// How far a hash is shifted to choose a set.
    shift: u32,
    /// The number of series that lost their slot although they had been found.
    losses: usize,
}

impl<M, const WORDS: usize> Default for Table<M, WORDS> {
    fn default() -> Self {
        // With this shift, the number of a set can be doubled whatever the hash is; a table without slots has no such set.
        Self { slots: Box::default(), shift: u64::BITS - 1, losses: 0 }
    }
}

impl<M, const WORDS: usize> Table<M, WORDS> {
    fn with_sets(sets: usize) -> Self {
        let slots = (0..2 * sets).map(|_| Slot::empty()).collect();
        Self { slots, shift: u64::BITS - sets.trailing_zeros(), losses: 0 }
    }

    /// The first slot of the set for these objects, by a multilinear hash of the addresses of the values.
    #[inline(always)]
    fn set(&self, objects: &[*mut ffi::PyObject; WORDS]) -> usize {
        static FACTORS: [u64; INLINE] = [
            0x9e37_79b9_7f4a_7c15,
            0xbf58_476d_1ce4_e5b9,
            0x94d0_49bb_1331_11eb,
            0xd6e8_feb8_6659_fd93,
            0xa076_1d64_78bd_642f,
            0xe703_7ed1_a0b4_28db,
            0x8ebc_6af0_9c88_c6e3,
            0x5899_65cc_7537_4cc3,
        ];
        let mut hash = 0_u64;
        for label in 0..WORDS / 2 {
            let value = objects[2 * label + 1] as u64;
            hash = hash.wrapping_add(value.wrapping_mul(FACTORS[label]));
        }
        2 * usize::try_from(hash >> self.shift).unwrap_or_default()
    }

    #[inline(always)]
    fn find(&mut self, objects: &[*mut ffi::PyObject; WORDS]) -> Option<&Series<M>> {
        let set = self.set(objects);
        let slots = self.slots.get_mut(set..set + 2)?;
        let slot = slots.iter_mut().find(|slot| slot.objects == *objects)?;
        slot.useful = true;
        slot.series.as_deref().filter(|series| !series.is_leaving())
    }

    fn put(&mut self, objects: &Constants<'_, '_>, series: &Arc<Series<M>>) {
        if self.slots.is_empty() {
            *self = Self::with_sets(SETS.start);
        }
        let mut slot = Slot::empty();
        slot.series = Some(Arc::clone(series));
        for (kept, object) in slot.objects.iter_mut().zip(objects.iter()) {
            *kept = (*object).clone().into_ptr();
        }
        let set = self.set(&slot.objects);
        let [first, second] = [set, set + 1];
        if self.slots[first].is_free() {
            self.slots[first] = slot;
        } else if self.slots[second].is_free() {
            self.slots[second] = slot;
        } else {
            let victim = if self.slots[first].useful { second } else { first };
            self.losses += usize::from(self.slots[victim].useful);
            self.slots[first].useful = false;
            self.slots[second].useful = false;
            self.slots[victim] = slot;
            if self.losses > self.slots.len() / 4 && self.slots.len() < 2 * SETS.end {
                self.grow();
            }
        }
    }

    /// Empties the slots of series that were removed, and returns whether any other is left.
    fn forget_removed(&mut self) -> bool {
        let mut left = false;
        for slot in &mut self.slots {
            if slot.is_free() {
                *slot = Slot::empty();
            } else {
                left = true;
            }
        }
        if !left {
            *self = Self::default();
        }
        left
    }

    /// Doubles the number of sets. Each becomes two that follow each other, so that all series find room.
    fn grow(&mut self) {
        let larger = Self::with_sets(self.slots.len());
        let slots = std::mem::replace(self, larger).slots;
        for slot in slots.into_iter().filter(|slot| slot.series.is_some()) {
            let set = self.set(&slot.objects);
            let free = if self.slots[set].series.is_none() { set } else { set + 1 };
            self.slots[free] = slot;
        }
    }
}
