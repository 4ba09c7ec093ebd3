//! The series of label dicts that were seen before, by the addresses of the objects in them.
//!
//! A service uses the same few objects as label names and values over and over: constants of its code. When
//! all objects of a dict are those of an earlier one, its labels are the same, and nothing of them need
//! be read. The reverse does not hold: equal labels of other objects, or in another order, are looked up by
//! their text.
//!
//! That the address stands for the labels rests on three things. The cache keeps the objects alive, so
//! that no other object gets the address. It takes only objects whose text cannot change: exact str, int, float,
//! bool and None (see [`are_constant`]). And a series that was removed from its family is not found here.
//!
//! Which series are kept: a set of two slots is chosen by the addresses of the values. What finds them both
//! taken takes one over only every eighth time, and the one that was of use since last time stays. So
//! strings that are made anew for each call cost little here, and drive few out. The tables grow as long as
//! they lose series that were of use, up to a limit.

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::Arc;

use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

#[cfg(doc)]
use super::labels::are_constant;
use super::labels::{INLINE, Objects};
use crate::family::Series;

/// A table has so many sets of two slots at first, and at most.
const SETS: std::ops::Range<usize> = 32..1024;

/// One in so many misses takes over a slot.
const SAMPLE: u32 = 8;

/// Labels with longer text than this, in bytes, are not kept alive here.
const LONGEST: usize = 2048;

/// Series by the identity of the objects of their labels.
pub struct Identity<M> {
    /// The series without labels.
    bare: UnsafeCell<Option<Arc<Series<M>>>>,
    /// By the number of labels, less one; made when the first one comes.
    tables: UnsafeCell<[Option<Box<Table<M>>>; INLINE]>,
}

// SAFETY: the cells are only used by attached threads, in calls in which no Python code runs: the interpreter's lock
// lets one of them in at a time. On an interpreter without the lock they are not used at all.
unsafe impl<M: Send + Sync> Sync for Identity<M> {}

impl<M> Default for Identity<M> {
    fn default() -> Self {
        Self { bare: UnsafeCell::default(), tables: UnsafeCell::default() }
    }
}

impl<M> Identity<M> {
    /// Runs `work` on the series without labels, if it is known; else gives `work` back.
    ///
    /// `work` must not run Python code, here and in [`Identity::find`].
    #[inline]
    pub fn find_bare<R, W: FnOnce(&Arc<Series<M>>) -> R>(&self, _: Python<'_>, work: W) -> Result<R, W> {
        if cfg!(Py_GIL_DISABLED) {
            return Err(work);
        }
        // SAFETY: as for `Sync`; and the only changes are in `keep_bare`, which `work` does not call.
        match unsafe { &*self.bare.get() } {
            Some(series) if !series.is_removed() => Ok(work(series)),
            _ => Err(work),
        }
    }

    /// Keeps the series without labels.
    pub fn keep_bare(&self, _: Python<'_>, series: &Arc<Series<M>>) {
        if !cfg!(Py_GIL_DISABLED) {
            // SAFETY: as for `Sync`; nothing is borrowed from the cell.
            let before = unsafe { (*self.bare.get()).replace(Arc::clone(series)) };
            drop(before);
        }
    }

    /// Runs `work` on the series of these objects, if it is known; else gives `work` back.
    #[inline]
    pub fn find<R, W: FnOnce(&Arc<Series<M>>) -> R>(
        &self,
        objects: &Objects<'_, '_>,
        work: W,
    ) -> Result<R, W> {
        if cfg!(Py_GIL_DISABLED) {
            return Err(work);
        }
        // SAFETY: as for `Sync`; and the only changes are in `keep`, which `work` does not call.
        let tables = unsafe { &mut *self.tables.get() };
        match tables
            .get_mut((objects.len() / 2).wrapping_sub(1))
            .and_then(|table| table.as_mut()?.find(objects))
        {
            Some(series) => Ok(work(series)),
            None => Err(work),
        }
    }

    /// Keeps the series of these objects, perhaps. They must be such as [`are_constant`] takes.
    pub fn keep(&self, objects: &Objects<'_, '_>, series: &Arc<Series<M>>) {
        if cfg!(Py_GIL_DISABLED) || series.labels().start().len() > LONGEST {
            return;
        }
        // SAFETY: as for `Sync`; nothing is borrowed from the cell. What is dropped in here are exact str and
        // numbers, which runs no Python code.
        let tables = unsafe { &mut *self.tables.get() };
        let arity = objects.len() / 2;
        tables[arity - 1]
            .get_or_insert_with(|| Box::new(Table::new(arity, SETS.start)))
            .keep(objects, series);
    }
}

/// What is known of one slot beside its objects.
struct Slot<M> {
    series: Option<Arc<Series<M>>>,
    /// Whether it was found since it was last looked at for a place.
    useful: bool,
}

impl<M> Slot<M> {
    fn is_free(&self) -> bool {
        self.series.as_ref().is_none_or(|series| series.is_removed())
    }
}

/// The slots for label sets of one size: a power of two of sets of two.
struct Table<M> {
    slots: Box<[Slot<M>]>,
    /// The names and values of each slot, one slot after the other; kept alive.
    objects: Box<[Option<Py<PyAny>>]>,
    /// How far a hash is shifted to choose a set.
    shift: u32,
    misses: u32,
    /// How often a series lost its slot that was of use.
    losses: usize,
}

impl<M> Table<M> {
    fn new(arity: usize, sets: usize) -> Self {
        Self {
            slots: (0..2 * sets).map(|_| Slot { series: None, useful: false }).collect(),
            objects: (0..4 * sets * arity).map(|_| None).collect(),
            shift: u64::BITS - sets.trailing_zeros(),
            misses: 0,
            losses: 0,
        }
    }

    /// The first slot of the set for values at these addresses, by a multilinear hash of them.
    #[inline]
    fn set(&self, values: impl Iterator<Item = *mut ffi::PyObject>) -> usize {
        const FACTORS: [u64; INLINE] = [
            0x9e37_79b9_7f4a_7c15,
            0xbf58_476d_1ce4_e5b9,
            0x94d0_49bb_1331_11eb,
            0xd6e8_feb8_6659_fd93,
            0xa076_1d64_78bd_642f,
            0xe703_7ed1_a0b4_28db,
            0x8ebc_6af0_9c88_c6e3,
            0x5899_65cc_7537_4cc3,
        ];
        let terms = values.zip(FACTORS).map(|(value, factor)| (value as u64).wrapping_mul(factor));
        #[expect(clippy::cast_possible_truncation, reason = "less than the number of sets")]
        let set = (terms.fold(0, u64::wrapping_add) >> self.shift) as usize;
        2 * set
    }

    #[inline]
    fn set_of(&self, objects: &Objects<'_, '_>) -> usize {
        self.set(objects.iter().skip(1).step_by(2).map(|value| value.as_ptr()))
    }

    #[inline]
    fn holds(&self, slot: usize, objects: &Objects<'_, '_>) -> bool {
        let kept = &self.objects[slot * objects.len()..][..objects.len()];
        kept.iter().zip(objects).all(|(kept, object)| address(kept.as_ref()) == object.as_ptr())
    }

    #[inline]
    fn find(&mut self, objects: &Objects<'_, '_>) -> Option<&Arc<Series<M>>> {
        let set = self.set_of(objects);
        let slot = [set, set + 1].into_iter().find(|&slot| self.holds(slot, objects))?;
        let slot = &mut self.slots[slot];
        slot.useful = true;
        slot.series.as_ref().filter(|series| !series.is_removed())
    }

    fn keep(&mut self, objects: &Objects<'_, '_>, series: &Arc<Series<M>>) {
        let set = self.set_of(objects);
        if let Some(free) = [set, set + 1].into_iter().find(|&slot| self.slots[slot].is_free()) {
            return self.put(free, objects, series);
        }
        self.misses = self.misses.wrapping_add(1);
        if !self.misses.is_multiple_of(SAMPLE) {
            return;
        }
        let victim = if self.slots[set].useful { set + 1 } else { set };
        if self.slots[victim].useful {
            self.losses += 1;
        }
        self.slots[set].useful = false;
        self.slots[set + 1].useful = false;
        self.put(victim, objects, series);
        if self.losses > self.slots.len() / 4 && self.slots.len() < 2 * SETS.end {
            self.grow();
        }
    }

    fn put(&mut self, slot: usize, objects: &Objects<'_, '_>, series: &Arc<Series<M>>) {
        let kept = &mut self.objects[slot * objects.len()..][..objects.len()];
        for (kept, object) in kept.iter_mut().zip(objects) {
            *kept = Some((*object).to_owned().unbind());
        }
        self.slots[slot] = Slot { series: Some(Arc::clone(series)), useful: false };
    }

    /// Doubles the number of sets. One becomes two that follow each other, so that all series find room.
    fn grow(&mut self) {
        let words = self.objects.len() / self.slots.len();
        let larger = Self::new(words / 2, self.slots.len());
        let old = std::mem::replace(self, larger);
        let mut objects = old.objects.into_vec().into_iter();
        for slot in old.slots {
            let objects: SmallVec<[_; 2 * INLINE]> = objects.by_ref().take(words).collect();
            let set = self.set(objects.iter().skip(1).step_by(2).map(|object| address(object.as_ref())));
            let free = if self.slots[set].series.is_none() { set } else { set + 1 };
            self.slots[free] = slot;
            for (kept, object) in self.objects[free * words..].iter_mut().zip(objects) {
                *kept = object;
            }
        }
    }
}

#[inline]
fn address(object: Option<&Py<PyAny>>) -> *mut ffi::PyObject {
    object.map_or(ptr::null_mut(), Py::as_ptr)
}
