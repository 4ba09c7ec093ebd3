//! The series of label dicts that were seen before, by the addresses of the objects in them.
//!
//! A service uses the same few objects as label names and values over and over: constants of its code. When
//! all objects of a dict are those of an earlier one, its labels are the same, and nothing of them need
//! be read. The reverse does not hold: equal labels of other objects, or in another order, are looked up by
//! their text.
//!
//! That the address stands for the labels rests on three things. The cache keeps the objects alive, so
//! that no other object gets the address. It takes only objects whose text cannot change: exact str, int, float,
//! bool and None (see [`Objects::constant_pairs`]). And a series that was removed from its family is not found here.
//!
//! Which series are kept: a set of two slots is chosen by the addresses of the values. The first series are
//! all kept; later on, only one in sixteen that are not found here takes a slot, and of two in the way the one stays
//! that was of use since last time. So strings that are made anew for each call cost little here, and drive few
//! out. The tables grow as long as they lose series that were of use, up to a limit.
//!
//! What a series that was removed leaves here is given back by [`Identity::forget_removed`].

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::Arc;

use pyo3::ffi;
use pyo3::prelude::*;

use super::labels::INLINE;
use super::objects::Objects;
use crate::family::Series;

/// A table has so many sets of two slots at first, and at most.
const SETS: std::ops::Range<usize> = 32..1024;

/// One in so many misses takes a slot, but for the first ones.
const SAMPLE: usize = 16;

/// A look at all slots for removed series is worth it when one in so many may be of one.
const FEW: u64 = 8;

/// Labels with longer text than this, in bytes, are not kept alive here.
const LONGEST: usize = 2048;

/// Series by the identity of the objects of their labels.
///
/// There is a table for each of the usual numbers of labels: loops over a number that the compiler knows take half
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
    /// How often objects were not found.
    misses: UnsafeCell<usize>,
    /// How many series the family had ever removed when those were last forgotten here.
    forgotten: UnsafeCell<u64>,
}

// SAFETY: the cells are only used by attached threads, in calls in which no Python code runs: the interpreter's lock
// lets one of them in at a time. On an interpreter without the lock they are not used at all.
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
    /// Here and in [`Identity::find`]: as long as the series is borrowed, no Python code may run, and nothing may
    /// be kept here.
    #[inline]
    pub unsafe fn find_bare(&self, _: Python<'_>) -> Option<&Series<M>> {
        // SAFETY: as for `Sync`; and the only change is in `keep_bare`, which the caller does not call.
        let bare = unsafe { &*self.bare.get() };
        bare.as_deref().filter(|series| !cfg!(Py_GIL_DISABLED) && !series.is_removed())
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
        // SAFETY: as for `Sync`; and the only changes are in `keep`, which the caller does not call.
        unsafe {
            match WORDS {
                2 => (*self.one.get()).find(objects.as_array()?),
                4 => (*self.two.get()).find(objects.as_array()?),
                6 => (*self.three.get()).find(objects.as_array()?),
                8 => (*self.four.get()).find(objects.as_array()?),
                _ => (*self.many.get()).find(objects.as_array()?),
            }
        }
    }

    /// Keeps the series of these objects, perhaps. They must be such as [`Objects::constant_pairs`] takes.
    #[inline(always)]
    pub fn keep(&self, objects: Objects<'_, '_>, series: &Arc<Series<M>>) {
        if cfg!(Py_GIL_DISABLED) {
            return;
        }
        // SAFETY: as for `Sync`; nothing is borrowed from the cell.
        let misses = unsafe { &mut *self.misses.get() };
        *misses = misses.wrapping_add(1);
        if *misses <= 2 * SETS.start || misses.is_multiple_of(SAMPLE) {
            self.put(objects, series);
        }
    }

    /// Gives back what was kept of the series that were removed from their family: `removals` is how many there ever
    /// were. Unless `all` is said, it waits until there are enough new ones to be worth a look at all slots, so that
    /// the many removals of a loop take no longer than their number.
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
            // What comes now are first series again.
            *misses = 0;
        }
    }

    #[cold]
    fn put(&self, objects: Objects<'_, '_>, series: &Arc<Series<M>>) {
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
    /// Whether it was found since it was last looked at for a place.
    useful: bool,
    /// The names and values, and null behind the last one. A reference to each is held.
    objects: [*mut ffi::PyObject; WORDS],
}

// SAFETY: the objects are only used by attached threads.
unsafe impl<M: Send + Sync, const WORDS: usize> Send for Slot<M, WORDS> {}

impl<M, const WORDS: usize> Drop for Slot<M, WORDS> {
    fn drop(&mut self) {
        for object in self.objects {
            // SAFETY: the reference is this slot's. Whoever drops or changes a metric is attached.
            unsafe { ffi::Py_XDECREF(object) };
        }
    }
}

impl<M, const WORDS: usize> Slot<M, WORDS> {
    fn empty() -> Self {
        Self { series: None, useful: false, objects: [ptr::null_mut(); WORDS] }
    }

    fn is_free(&self) -> bool {
        self.series.as_ref().is_none_or(|series| series.is_removed())
    }
}

/// The slots for label sets of some size: none at first, then a power of two of sets of two.
struct Table<M, const WORDS: usize> {
    slots: Box<[Slot<M, WORDS>]>,
    /// How far a hash is shifted to choose a set.
    shift: u32,
    /// How often a series lost its slot that was of use.
    losses: usize,
}

impl<M, const WORDS: usize> Default for Table<M, WORDS> {
    fn default() -> Self {
        // Whatever the hash, the number of a set is one that can be doubled; there is no such set.
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
        slot.series.as_deref().filter(|series| !series.is_removed())
    }

    fn put(&mut self, objects: Objects<'_, '_>, series: &Arc<Series<M>>) {
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

    /// Empties the slots of series that were removed, and gives whether any is left.
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

    /// Doubles the number of sets. One becomes two that follow each other, so that all series find room.
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
