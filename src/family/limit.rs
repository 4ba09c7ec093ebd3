//! The limit: how many series a family may have. What would be born beyond it goes to one series, the overflow.

use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use super::order::Room;
use super::{Family, Series};
use crate::access::Access;
use crate::clock;
use crate::error::Error;
use crate::labels::Pair;
use crate::metric::Metric;
use crate::sync::{AtomicU8, AtomicU64, Ordering};

/// The value of all labels of the overflow.
pub const OVERFLOW: &str = "<overflow>";

/// The updates that went to the overflow in the place of a series of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// How many there were; at least one.
    pub count: u64,
    /// When the first one came, in milliseconds since 1970.
    pub since: u64,
}

/// The limit of a family, and what went beyond it.
#[derive(Debug)]
pub(super) struct Limit {
    /// The most series that there may be, without the overflow.
    most: u64,
    /// The label names of the overflow: those of the first series that had labels.
    names: OnceLock<Box<[Box<str>]>>,
    /// How many updates went to the overflow in the place of a series of their own.
    refused: AtomicU64,
    /// When the first one came, in milliseconds since 1970; 0 until then.
    since: AtomicU64,
    /// Whether it is known that there were any: 1 if it is.
    told: AtomicU8,
}

impl Limit {
    pub fn new(most: Option<u64>) -> Self {
        let [refused, since] = [(); 2].map(|()| AtomicU64::new(0));
        let told = AtomicU8::new(0);
        Self { most: most.unwrap_or(u64::MAX), names: OnceLock::new(), refused, since, told }
    }

    /// The most series that there may be, without the overflow.
    #[inline]
    pub fn most(&self) -> u64 {
        self.most
    }

    /// Notes the labels of a series that is born.
    #[inline]
    pub fn note<'a>(&self, pairs: impl Iterator<Item = Pair<'a>>) {
        if self.most < u64::MAX && self.names.get().is_none() {
            self.set_names(pairs);
        }
    }

    #[cold]
    fn set_names<'a>(&self, pairs: impl Iterator<Item = Pair<'a>>) {
        let names: Box<[Box<str>]> = pairs.map(|(name, _)| name.into()).collect();
        if !names.is_empty() {
            // Of two threads, one was the first.
            let _ = self.names.set(names);
        }
    }

    /// Whether labels have the names of the overflow, in their order: these are known to be right.
    pub fn is_named(&self, labels: &[Pair<'_>]) -> bool {
        self.names.get().is_some_and(|names| {
            names.len() == labels.len() && names.iter().zip(labels).all(|(own, &(name, _))| **own == *name)
        })
    }

    /// The labels of the overflow, which are named as `labels` if there was no series that had any.
    pub fn labels(&self, labels: &[Pair<'_>]) -> SmallVec<[Pair<'_>; 8]> {
        self.note(labels.iter().copied());
        let names = self.names.get().map(|names| &**names).unwrap_or_default();
        names.iter().map(|name| (&**name, OVERFLOW)).collect()
    }

    /// Counts an update that goes to the overflow.
    pub fn count(&self) {
        if self.refused.fetch_add(1, Ordering::Relaxed) == 0 {
            self.since.store(clock::now(), Ordering::Relaxed);
        }
    }

    /// Those that there were, if any.
    pub fn refused(&self) -> Option<Refused> {
        let count = self.refused.load(Ordering::Relaxed);
        let since = self.since.load(Ordering::Relaxed);
        // The first one may be on its way.
        (count > 0).then(|| Refused { count, since: if since == 0 { clock::now() } else { since } })
    }

    /// Takes the label names of another limit, if there are none yet.
    pub fn take_names(&self, other: &Self) {
        if let Some(names) = other.names.get() {
            let _ = self.names.set(names.clone());
        }
    }

    /// Adds what went beyond another limit.
    pub fn absorb(&self, other: &Self) {
        if let Some(Refused { count, since }) = other.refused() {
            if self.refused.fetch_add(count, Ordering::Relaxed) == 0 {
                self.since.store(since, Ordering::Relaxed);
            }
            self.told.fetch_or(other.told.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// Whether there were any, the first time that this is asked after it.
    #[inline]
    pub fn is_news(&self) -> bool {
        self.refused.load(Ordering::Relaxed) > 0
            && self.told.load(Ordering::Relaxed) == 0
            && self.told.swap(1, Ordering::Relaxed) == 0
    }
}

impl<M: Metric> Family<M> {
    /// Whether there are as many series as there may be.
    #[inline]
    pub(super) fn is_full(&self) -> bool {
        self.limit.most() < u64::MAX && self.order.counted() >= self.limit.most()
    }

    /// Where series are born.
    #[inline]
    pub(super) fn room(&self) -> Room {
        Room::Below(self.limit.most())
    }

    /// The updates that went to the overflow in the place of a series of their own, if there were any.
    pub fn refused(&self) -> Option<Refused> {
        self.limit.refused()
    }

    /// Whether an update went to the overflow, the first time that this is asked after it.
    #[inline]
    pub fn is_newly_full(&self) -> bool {
        self.limit.is_news()
    }

    /// Counts an update of the overflow by who has bound it in the place of a series of its own.
    #[cold]
    pub fn count_refused(&self) {
        self.limit.count();
    }

    /// The series of these labels, for which there is no room: one that a server would take for it, or else the overflow.
    #[cold]
    pub(super) fn overflow(
        &self,
        access: impl Access,
        labels: &[Pair<'_>],
        counts: bool,
    ) -> Result<Arc<Series<M>>, Error> {
        if self.limit.is_named(labels) {
            if let Some(series) = self.find_same(access, labels) {
                return Ok(series);
            }
        } else if let Some(series) = self.find_respelled(access, labels) {
            return Ok(series);
        } else {
            self.descriptor.check_labels(labels)?;
        }
        if counts {
            self.limit.count();
        }
        let all = self.limit.labels(labels);
        if let Some(series) = self.find_same(access, &all) {
            if !series.is_overflow() {
                self.order.overflow(access, &series);
            }
            return Ok(series);
        }
        let born = self.bear(access, self.hash(&all), &all, Room::Overflow)?;
        Ok(born.unwrap_or_else(|| unreachable!("there is always room for the overflow")))
    }
}
