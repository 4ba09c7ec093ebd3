//! The series of a family, known by their labels, and what was seen of each.

use std::collections::HashSet;
use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::histogram::Buckets;
use crate::labels::Pair;
use crate::labels::identity::{Identity, sorted};
use crate::memory::{self, OutOfMemory};
use crate::parse::page::{SampleView, Time};

/// Up to this many quantiles or states of a series are compared with each other, more are looked up by their hashes.
const FEW: usize = 16;

/// The labels of the series of a sample: those of the sample, without the one that distinguishes it in its series.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    pub sample: SampleView<'a>,
    /// The name of the label that is left out.
    pub own: Option<&'a str>,
}

impl<'a> Key<'a> {
    fn labels(self) -> impl Iterator<Item = Pair<'a>> {
        self.sample.labels().filter(move |&(name, _)| Some(name) != self.own)
    }

    /// Whether they are those of another one, in the same order.
    fn is_written_as(self, other: Self) -> bool {
        self.labels().eq(other.labels())
    }

    fn is(self, other: Self) -> bool {
        let all = |key: Self| sorted(&key.labels().collect::<Identity<'_>>());
        self.is_written_as(other) || all(self) == all(other)
    }

    /// A hash that does not depend on their order. Where a name ends is part of it, so that no body can have many with the same.
    fn hash(self, state: &impl BuildHasher) -> u64 {
        let of_pair = |(name, value): Pair<'_>| {
            let mut hasher = state.build_hasher();
            hasher.write(name.as_bytes());
            hasher.write_usize(name.len());
            hasher.write(value.as_bytes());
            hasher.finish()
        };
        self.labels().map(of_pair).fold(0, u64::wrapping_add)
    }
}

/// How a series is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// For the first time.
    First,
    /// Right after itself.
    Again,
    /// After others.
    Apart,
}

/// The series so far, each with its place.
#[derive(Debug, Default)]
pub(super) struct Known<'a> {
    hasher: DefaultHashBuilder,
    /// The hashes and the places.
    table: HashTable<(u64, usize)>,
    /// The labels of each, as its first sample has them.
    keys: Vec<Key<'a>>,
    /// The place of the last sample's series: the next one is often of the same.
    last: Option<usize>,
}

impl<'a> Known<'a> {
    /// Makes room for as many series.
    pub fn reserve(&mut self, count: usize) -> Result<(), OutOfMemory> {
        self.table.try_reserve(count, |&(hash, _)| hash)?;
        self.keys.try_reserve(count)?;
        Ok(())
    }

    /// The place of the series of a sample, and how it is met.
    pub fn place_of(&mut self, key: Key<'a>) -> Result<(usize, Met), OutOfMemory> {
        if let Some(last) = self.last.filter(|&last| self.keys[last].is_written_as(key)) {
            return Ok((last, Met::Again));
        }
        let (hash, keys) = (key.hash(&self.hasher), &self.keys);
        let known = self.table.find(hash, |&(other, place)| other == hash && keys[place].is(key));
        let last = self.last;
        let (place, met) = match known {
            Some(&(_, place)) => (place, if last == Some(place) { Met::Again } else { Met::Apart }),
            None => (keys.len(), Met::First),
        };
        if met == Met::First {
            self.reserve(1)?;
            memory::check_step(place)?;
            self.table.insert_unique(hash, (hash, place), |&(hash, _)| hash);
            self.keys.push(key);
        }
        self.last = Some(place);
        Ok((place, met))
    }
}

/// The values of the label that distinguishes quantiles or states.
#[derive(Debug, Default)]
struct Values<'a> {
    few: Vec<&'a str>,
    /// All of them, once there are many.
    many: HashSet<&'a str>,
}

impl<'a> Values<'a> {
    /// Adds one; gives whether it is new.
    fn insert(&mut self, value: &'a str) -> bool {
        if self.few.len() < FEW {
            let is_new = !self.few.contains(&value);
            self.few.extend(is_new.then_some(value));
            return is_new;
        }
        if self.many.is_empty() {
            self.many.extend(&self.few);
        }
        self.many.insert(value)
    }
}

/// What was seen of a series.
#[derive(Debug, Default)]
pub(super) struct Seen<'a> {
    /// A bit for each name of samples that have no label of their own.
    names: u8,
    /// The quantiles or states.
    values: Option<Box<Values<'a>>>,
    /// The time of its last point.
    pub time: Option<Time>,
    pub buckets: Buckets,
}

impl<'a> Seen<'a> {
    /// Adds a sample that is alone with its name; gives whether it is new.
    pub fn insert_name(&mut self, bit: u8) -> bool {
        let is_new = self.names & bit == 0;
        self.names |= bit;
        is_new
    }

    /// Adds a quantile or a state; gives whether it is new.
    pub fn insert_value(&mut self, value: &'a str) -> bool {
        self.values.get_or_insert_default().insert(value)
    }
}
