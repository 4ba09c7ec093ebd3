//! Stocks: all the series of a family at one time, which are exchanged for others at once.

use std::sync::Arc;

use super::Series;
use super::index::Index;
use super::order::run::OwnRun;
use crate::labels::identity::Claims;

/// All the series that a family has at one time: their order, their index, and what they have claimed.
///
/// A family that is exchanged for another one goes through three steps: [`Family::announce`] says that all its
/// series will be removed, [`Family::mark_leaving`] notes that of each, without any access, and
/// [`Family::exchange`] does it at once. The stock that it gives is then [ended](Stock::end), again without access,
/// and [retired](super::Family::retire).
///
/// [`Family::announce`]: super::Family::announce
/// [`Family::mark_leaving`]: super::Family::mark_leaving
/// [`Family::exchange`]: super::Family::exchange
#[derive(Debug)]
pub struct Stock<M> {
    pub(super) run: OwnRun<M>,
    /// The shards of the index, the last one first; empty stands for shards without series.
    pub(super) shards: Vec<Index<M>>,
    pub(super) claims: Claims<Arc<Series<M>>>,
    /// The address of what the series share, if there was any.
    pub(super) spec: Option<usize>,
}

impl<M> Stock<M> {
    /// A stock without series.
    #[must_use]
    pub fn empty() -> Self {
        Self { run: OwnRun::empty(), shards: Vec::new(), claims: Claims::default(), spec: None }
    }

    /// How many series there are.
    #[must_use]
    pub fn count(&self) -> usize {
        usize::try_from(self.run.count()).unwrap_or(usize::MAX)
    }

    /// Notes of each series that it was removed.
    pub fn end(&self) {
        // SAFETY: the index is here.
        unsafe { self.run.end() }
    }

    /// The series, in the order of their births.
    #[must_use]
    pub fn to_vec(&self) -> Vec<Arc<Series<M>>> {
        // SAFETY: the index is here.
        unsafe { self.run.to_vec() }
    }
}

#[cfg(all(test, loom))]
impl<M> Stock<M> {
    /// The stock of a run and its series.
    pub(super) fn of(run: OwnRun<M>, series: Vec<Arc<Series<M>>>) -> Self {
        let mut index = Index::new();
        series.into_iter().zip(0..).for_each(|(series, hash)| index.insert(hash, series));
        Self { run, shards: vec![index], ..Self::empty() }
    }
}
