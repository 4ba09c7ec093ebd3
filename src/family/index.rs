//! The series of a family by the hash of their labels; it grows in small steps.
//!
//! A hash table that doubles moves all of its entries at once, which takes tens of milliseconds for a
//! million. So this one consists of many small tables, its segments, and linear hashing spreads the series over
//! them: each time that a segment's worth of series has come, the next segment in turn is split in two. A birth
//! pays for at most one split.
//! Source: W. Litwin, "Linear hashing: a new tool for file and table addressing", VLDB 1980.

use std::sync::Arc;

use hashbrown::HashTable;
use smallvec::SmallVec;

use super::Series;
use crate::labels::Pair;
use crate::labels::identity;

/// The mean number of series in a segment just after its split; just before it, there are about twice as many.
const SEGMENT: usize = 44;

/// Segments are allocated in blocks, so that the list of all of them is short, and cheap to move.
const BLOCK: usize = 256;

/// Which bits of the hash choose the segment. Within it, hashbrown takes the lowest and the highest ones.
const SEGMENT_BITS: u32 = 20;

#[derive(Debug)]
struct Entry<M> {
    hash: u64,
    series: Arc<Series<M>>,
}

type Segment<M> = HashTable<Entry<M>>;

/// The series by their labels.
#[derive(Debug)]
pub(super) struct Index<M> {
    /// The first segment, which is the only one of most families.
    first: Segment<M>,
    /// The others. All blocks are full but the last. A segment is split into itself and a new last one.
    blocks: Vec<Vec<Segment<M>>>,
    /// How many segments there are, the first one among them.
    segments: usize,
    /// One less than the least power of two that is at least `segments`.
    mask: usize,
    /// How many series there are.
    len: usize,
}

impl<M> Index<M> {
    pub fn new() -> Self {
        Self { first: HashTable::new(), blocks: Vec::new(), segments: 1, mask: 0, len: 0 }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub fn find(&self, hash: u64, labels: &[Pair<'_>]) -> Option<&Arc<Series<M>>> {
        let found = self
            .segment_of(hash)
            .find(hash, |entry| entry.hash == hash && entry.series.labels.matches(labels));
        found.map(|entry| &entry.series)
    }

    /// The series that a server would take for that of the `identity`, whatever the order, which has this hash.
    pub fn find_identity(
        &self,
        hash: u64,
        constant: &[Pair<'_>],
        identity: &[Pair<'_>],
    ) -> Option<&Arc<Series<M>>> {
        let is_same = |entry: &Entry<M>| {
            entry.hash == hash && {
                let labels = &entry.series.labels;
                labels.matches(identity) || {
                    let pairs: SmallVec<[Pair<'_>; 8]> = labels.pairs().collect();
                    let own = identity::identity(constant, &pairs);
                    own.len() == identity.len() && identity::sorted(&own) == identity::sorted(identity)
                }
            }
        };
        self.segment_of(hash).find(hash, is_same).map(|entry| &entry.series)
    }

    /// Inserts a series that is not there yet. `hash` is that of its identity.
    pub fn insert(&mut self, hash: u64, series: Arc<Series<M>>) {
        if self.len > self.segments * SEGMENT {
            self.split();
        }
        let address = self.address(hash);
        self.segment(address).insert_unique(hash, Entry { hash, series }, |entry| entry.hash);
        self.len += 1;
    }

    /// Removes a series that was inserted with this hash, if it is still there.
    pub fn remove(&mut self, hash: u64, series: &Arc<Series<M>>) -> Option<Arc<Series<M>>> {
        let segment = self.segment(self.address(hash));
        let matches = |entry: &Entry<M>| entry.hash == hash && Arc::ptr_eq(&entry.series, series);
        let (entry, _) = segment.find_entry(hash, matches).ok()?.remove();
        if segment.capacity() > 4 * segment.len() + 16 {
            segment.shrink_to(2 * segment.len(), |entry| entry.hash);
        }
        self.len -= 1;
        Some(entry.series)
    }

    /// The segment of a hash: its bits modulo the least power of two that is at least the number of segments. Where
    /// that segment does not exist yet, the one that will be split for it.
    #[inline]
    fn address(&self, hash: u64) -> usize {
        let bits = (hash >> SEGMENT_BITS) as usize & self.mask;
        if bits < self.segments { bits } else { bits & (self.mask >> 1) }
    }

    #[inline(always)]
    fn segment_of(&self, hash: u64) -> &Segment<M> {
        match self.address(hash) {
            0 => &self.first,
            address => &self.blocks[(address - 1) / BLOCK][(address - 1) % BLOCK],
        }
    }

    fn segment(&mut self, address: usize) -> &mut Segment<M> {
        match address {
            0 => &mut self.first,
            address => &mut self.blocks[(address - 1) / BLOCK][(address - 1) % BLOCK],
        }
    }

    /// Appends a segment, and moves the series there that belong to it.
    fn split(&mut self) {
        let new = self.segments;
        if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
            self.blocks.push(Vec::new());
        }
        self.blocks[(new - 1) / BLOCK].push(HashTable::new());
        self.segments += 1;
        self.mask = self.segments.next_power_of_two() - 1;
        let source = new & (self.mask >> 1);
        let old = std::mem::take(self.segment(source));
        // Both halves get tables of their size: the old one is too large for either.
        for half in [source, new] {
            *self.segment(half) = HashTable::with_capacity(old.len() / 2);
        }
        for entry in old {
            let address = self.address(entry.hash);
            self.segment(address).insert_unique(entry.hash, entry, |entry| entry.hash);
        }
    }
}

#[cfg(all(test, not(loom)))]
impl<M> Index<M> {
    /// How many series the fullest segment holds: a split moves at most as many.
    pub fn longest_segment(&self) -> usize {
        let segments = [&self.first].into_iter().chain(self.blocks.iter().flatten());
        segments.map(HashTable::len).max().unwrap_or_default()
    }
}
