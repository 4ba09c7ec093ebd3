//! The buckets of a native histogram: a hash table from keys to counts, for one writer and any readers.
//!
//! Open addressing with linear probing. Slots are atomics, so that a reader may look at a table while it
//! changes; what it saw is worth something only if no turn of a writer fell between (see `Sequence`).

use std::ptr::NonNull;

use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering};

/// Slots of a new table, a power of two.
#[cfg(not(loom))]
const SMALLEST: usize = 16;
#[cfg(loom)]
const SMALLEST: usize = 2;
/// The most slots of a table in which the place of a key is the key modulo their number. The keys of one histogram
/// are mostly neighbours, which then never meet. In larger tables, too many keys could be made to meet.
const ORDERLY: usize = 1024;

/// The key of a bucket and its side of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code(
    /// Never 0, which marks a slot as free.
    u32,
);

impl Code {
    /// Makes keys positive; they lie within ±2^19 at every schema.
    const OFFSET: i32 = 1 << 19;
    /// What is added on the negative side. Modulo any power of two it is a third or two thirds of that, so
    /// that the same keys of both sides are apart in a table.
    const NEGATIVE: u32 = 0x2A_AAAA;

    #[inline]
    pub(super) fn new(key: i32, negative: bool) -> Self {
        Self((key + Self::OFFSET) as u32 + if negative { Self::NEGATIVE } else { 0 })
    }

    pub(super) fn key(self) -> i32 {
        (if self.is_negative() { self.0 - Self::NEGATIVE } else { self.0 }) as i32 - Self::OFFSET
    }

    pub(super) fn is_negative(self) -> bool {
        self.0 >= Self::NEGATIVE
    }
}

#[derive(Debug)]
struct Slot {
    /// The bits of a `Code`, or 0.
    code: AtomicU32,
    count: AtomicU64,
}

/// The slots of a table, until it outgrows them.
#[derive(Debug)]
struct Slots {
    /// A power of two, at least `SMALLEST`.
    all: Box<[Slot]>,
    /// The hash of a code is its product with this.
    multiplier: u32,
    /// Leaves the bits of a 32-bit hash that choose a slot.
    shift: u32,
    /// The slots that the table had before. A reader may still be in them, so that they live as long as the table.
    /// All of the previous ones together are smaller than the last.
    previous: Option<NonNull<Slots>>,
}

impl Slots {
    fn new(len: usize, previous: Option<NonNull<Slots>>) -> Self {
        let slot = |_| Slot { code: AtomicU32::new(0), count: AtomicU64::new(0) };
        let shift = 32 - len.ilog2();
        // Multiples of the golden ratio are spread evenly.
        let multiplier = if len <= ORDERLY { 1 << shift } else { 0x9E37_79B9 };
        Self { all: (0..len).map(slot).collect(), multiplier, shift, previous }
    }

    /// The slot of this code, or the free one where it belongs; and whether it is taken. None if there is neither,
    /// because turns that counted as abandoned were mixed with others.
    #[inline]
    fn find(&self, code: Code) -> Option<(&Slot, bool)> {
        let start = (code.0.wrapping_mul(self.multiplier) >> self.shift) as usize;
        for step in 0..self.all.len() {
            let slot = &self.all[(start + step) & (self.all.len() - 1)];
            let found = slot.code.load(Ordering::Relaxed);
            if found == code.0 || found == 0 {
                return Some((slot, found != 0));
            }
        }
        None
    }

    fn for_each(&self, mut visit: impl FnMut(Code, u64)) {
        for slot in &self.all {
            let code = slot.code.load(Ordering::Relaxed);
            if code != 0 {
                visit(Code(code), slot.count.load(Ordering::Relaxed));
            }
        }
    }
}

/// A table that is changed in the turns of writers, and read at any time.
#[derive(Debug)]
pub(super) struct Table {
    /// Made by `Box::into_raw`; freed, with all that came before it, when the table is dropped.
    current: AtomicPtr<Slots>,
    /// How many slots are taken.
    len: AtomicU32,
}

// SAFETY: the pointers own what they point to, which is made of atomics alone; nothing is freed but by the
// owner of the whole table.
unsafe impl Send for Table {}

// SAFETY: as above.
unsafe impl Sync for Table {}

impl Table {
    pub(super) fn new() -> Self {
        let slots = Box::into_raw(Box::new(Slots::new(SMALLEST, None)));
        Self { current: AtomicPtr::new(slots), len: AtomicU32::new(0) }
    }

    #[inline]
    fn slots(&self) -> &Slots {
        // Acquire: pairs with the Release of `grow`, so that the slots are seen as they were made.
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: `current` points to slots that live until the table is dropped, and are only ever shared.
        unsafe { &*current }
    }

    /// How many buckets there are.
    #[inline]
    pub(super) fn len(&self) -> u32 {
        self.len.load(Ordering::Relaxed)
    }

    /// Adds to a bucket, which may be new. In a writer's turn.
    #[inline]
    pub(super) fn add(&self, code: Code, amount: u64) {
        match self.slots().find(code) {
            Some((slot, true)) => {
                let count = slot.count.load(Ordering::Relaxed).saturating_add(amount);
                slot.count.store(count, Ordering::Relaxed);
            }
            _ => self.insert(code, amount),
        }
    }

    #[cold]
    fn insert(&self, code: Code, amount: u64) {
        let slots = self.slots();
        let len = self.len() as usize + 1;
        // Over three quarters full, it takes long to find a free slot.
        let slots = if len * 4 > slots.all.len() * 3 { self.grow() } else { slots };
        if let Some((slot, _)) = slots.find(code) {
            slot.count.store(amount, Ordering::Relaxed);
            slot.code.store(code.0, Ordering::Relaxed);
            self.len.store(self.len() + 1, Ordering::Relaxed);
        }
    }

    fn grow(&self) -> &Slots {
        let old = self.slots();
        let new = Slots::new(old.all.len() * 2, NonNull::new(self.current.load(Ordering::Relaxed)));
        old.for_each(|code, count| {
            if let Some((slot, _)) = new.find(code) {
                slot.count.store(count, Ordering::Relaxed);
                slot.code.store(code.0, Ordering::Relaxed);
            }
        });
        // Release: pairs with the Acquire of `slots`.
        self.current.store(Box::into_raw(Box::new(new)), Ordering::Release);
        self.slots()
    }

    /// Runs `visit` on each bucket and its count, in no particular order.
    pub(super) fn for_each(&self, visit: impl FnMut(Code, u64)) {
        self.slots().for_each(visit);
    }

    /// Moves every bucket to the code that `place` gives, or takes it out if it gives none. In a writer's turn.
    pub(super) fn rearrange(&self, mut place: impl FnMut(Code, u64) -> Option<Code>) {
        let mut buckets = Vec::with_capacity(self.len() as usize);
        self.for_each(|code, count| buckets.push((code, count)));
        self.clear();
        for (code, count) in buckets {
            if let Some(code) = place(code, count) {
                self.add(code, count);
            }
        }
    }

    /// Takes every bucket out. In a writer's turn.
    pub(super) fn clear(&self) {
        for slot in &self.slots().all {
            slot.code.store(0, Ordering::Relaxed);
        }
        self.len.store(0, Ordering::Relaxed);
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        let mut next = NonNull::new(self.current.load(Ordering::Relaxed));
        while let Some(slots) = next {
            // SAFETY: it was made by `Box::into_raw`; each is the previous of one other at most on this way,
            // so that it is freed once; and nobody else has the table.
            next = unsafe { Box::from_raw(slots.as_ptr()) }.previous;
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::collections::HashMap;

    use super::*;

    fn contents(table: &Table) -> HashMap<(i32, bool), u64> {
        let mut contents = HashMap::new();
        table.for_each(|code, count| {
            assert!(contents.insert((code.key(), code.is_negative()), count).is_none());
        });
        assert_eq!(contents.len(), table.len() as usize);
        contents
    }

    #[test]
    fn it_holds_what_a_map_holds() {
        let table = Table::new();
        let mut expected = HashMap::new();
        for number in 0..20_000_i32 {
            let (key, negative) = ((number * number) % 7_001 - 3_500, number % 3 == 0);
            table.add(Code::new(key, negative), 2);
            *expected.entry((key, negative)).or_insert(0) += 2;
        }
        assert_eq!(contents(&table), expected);
        table.rearrange(|code, _| {
            (code.key() % 5 != 0).then(|| Code::new(code.key() / 2, code.is_negative()))
        });
        let mut merged = HashMap::new();
        for (&(key, negative), count) in expected.iter().filter(|((key, _), _)| key % 5 != 0) {
            *merged.entry((key / 2, negative)).or_insert(0) += count;
        }
        assert_eq!(contents(&table), merged);
        table.clear();
        assert_eq!(contents(&table), HashMap::new());
    }

    #[test]
    fn neighbours_on_both_sides_are_each_in_their_own_place() {
        let table = Table::new();
        let codes = || (-20..60).flat_map(|key| [Code::new(key, false), Code::new(key, true)]);
        codes().for_each(|code| table.add(code, 1));
        let slots = &table.slots().all;
        assert_eq!(slots.len(), 256);
        for code in codes() {
            assert_eq!(slots[code.0 as usize % 256].code.load(Ordering::Relaxed), code.0);
        }
    }

    #[test]
    fn the_keys_at_the_ends_fit() {
        for key in [-274_944, -1, 0, 1, 262_145] {
            for negative in [false, true] {
                let code = Code::new(key, negative);
                assert_eq!((code.key(), code.is_negative()), (key, negative));
            }
        }
    }

    #[test]
    fn what_is_used_of_a_bounded_table_is_bounded() {
        let table = Table::new();
        for round in 0..1_000 {
            for key in 0..100 {
                table.add(Code::new(round * 100 + key, false), 1);
            }
            table.clear();
        }
        assert_eq!(table.slots().all.len(), 256);
    }
}

#[cfg(all(test, loom))]
mod models;
