//! One name: its kind, its help, its constant labels, and its series.

use std::ops::ControlFlow;
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashTable};
use parking_lot::RwLock;
use smallvec::SmallVec;

use crate::error::Error;
use crate::fork;
use crate::labels::{self, Common, LabelSet, Pair};
use crate::metric::{Histogram, Metric, Summary, Value};

mod descriptor;
mod order;

pub use descriptor::Descriptor;
use order::Order;

/// So many series are written by a scrape before it lets births go on: microseconds.
const CHUNK: usize = 64;

/// One series of a family.
// What a scrape reads stands first: the state, and how its lines start.
#[derive(Debug)]
#[repr(C)]
pub struct Series<M> {
    metric: M,
    labels: LabelSet,
    /// The hash of the labels under the family's hasher.
    hash: u64,
    /// When it was born: the key in the order of the family's series.
    birth: u64,
}

impl<M> Series<M> {
    /// The labels of this series, without those of the family.
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The state of this series.
    pub fn metric(&self) -> &M {
        &self.metric
    }
}

/// The series of a family: each one stands in both.
#[derive(Debug)]
struct Table<M> {
    index: HashTable<Arc<Series<M>>>,
    order: Order<M>,
}

/// One name and its series. All of it can be used by many threads at a time.
#[derive(Debug)]
pub struct Family<M: Metric> {
    descriptor: Descriptor,
    spec: M::Spec,
    hasher: DefaultHashBuilder,
    table: RwLock<Table<M>>,
}

impl<M: Metric> Family<M> {
    /// A family without series.
    pub fn new(descriptor: Descriptor, spec: M::Spec) -> Self {
        let table = Table { index: HashTable::new(), order: Order::new() };
        Self { descriptor, spec, hasher: DefaultHashBuilder::default(), table: RwLock::new(table) }
    }

    /// What is known of all the series.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// What all the series share: bucket bounds, quantile targets.
    pub fn spec(&self) -> &M::Spec {
        &self.spec
    }

    /// Runs `update` on the series of these labels, which is born when there is none.
    ///
    /// `update` must be short and must not use this family. Nothing is allocated when the series exists.
    ///
    /// # Errors
    ///
    /// When the series would be born with labels that the family does not take; see [`Family::check`].
    #[inline]
    pub fn with<R>(&self, labels: &[Pair<'_>], update: impl FnOnce(&M) -> R) -> Result<R, Error> {
        let hash = labels::hash(&self.hasher, labels);
        {
            let table = self.table.read();
            if let Some(series) = table.find(hash, labels) {
                return Ok(update(&series.metric));
            }
        }
        self.birth(hash, labels).map(|series| update(&series.metric))
    }

    #[cold]
    fn birth(&self, hash: u64, labels: &[Pair<'_>]) -> Result<Arc<Series<M>>, Error> {
        self.descriptor.check_labels(labels)?;
        let constant: Vec<Pair<'_>> = self.descriptor.constant().collect();
        let common = Common {
            metric: self.descriptor.name(),
            one_name: self.descriptor.kind().sample_suffixes().is_empty(),
            constant: &constant,
            reserved: self.descriptor.kind().reserved_label(),
        };
        let set = LabelSet::new(common, labels)?;
        let metric = M::new(&self.spec);
        let mut table = self.table.write();
        if let Some(series) = table.find(hash, labels) {
            return Ok(Arc::clone(series));
        }
        let birth = table.order.next_birth;
        let series = Arc::new(Series { labels: set, hash, birth, metric });
        table.order.push(Arc::clone(&series));
        table.index.insert_unique(hash, Arc::clone(&series), |series| series.hash);
        Ok(series)
    }

    /// Checks that a series with these labels exists or may be born.
    ///
    /// # Errors
    ///
    /// [`Error::LabelName`], [`Error::LabelPrefix`], [`Error::LabelSyntax`], [`Error::LabelTwice`], [`Error::LabelIsConstant`],
    /// or [`Error::LabelNames`] when names are declared and these are others.
    pub fn check(&self, labels: &[Pair<'_>]) -> Result<(), Error> {
        match self.find(labels) {
            Some(_) => Ok(()),
            None => self.descriptor.check_labels(labels),
        }
    }

    /// Checks the label names against the declared ones alone.
    ///
    /// # Errors
    ///
    /// [`Error::LabelNames`] when names are declared and these are others.
    pub fn check_declared(&self, labels: &[Pair<'_>]) -> Result<(), Error> {
        self.descriptor.check_declared(labels)
    }

    /// The series of these labels, if it was born.
    pub fn find(&self, labels: &[Pair<'_>]) -> Option<Arc<Series<M>>> {
        let hash = labels::hash(&self.hasher, labels);
        self.table.read().find(hash, labels).cloned()
    }

    /// Forgets the series of these labels; gives whether there was one.
    pub fn remove(&self, labels: &[Pair<'_>]) -> bool {
        let hash = labels::hash(&self.hasher, labels);
        let mut table = self.table.write();
        let found = table.index.find_entry(hash, |series| series.labels.matches(labels));
        let Ok(entry) = found else {
            return false;
        };
        let (series, _) = entry.remove();
        table.order.remove(series.birth);
        drop(table);
        true
    }

    /// Forgets all the series.
    pub fn clear(&self) {
        let mut table = self.table.write();
        let index = std::mem::take(&mut table.index);
        let order = table.order.take();
        drop(table);
        drop((index, order));
    }

    /// How many series there are.
    pub fn len(&self) -> usize {
        self.table.read().index.len()
    }

    /// Whether there is no series.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Runs `visit` on the series that exist, in the order of their births.
    ///
    /// They are visited in chunks, and births wait for no more than one. A series that is born meanwhile is
    /// not visited, so that one which is removed and born again is not seen twice. `visit` must not use
    /// this family.
    pub fn for_each(&self, mut visit: impl FnMut(&Arc<Series<M>>)) {
        self.for_each_chunk(|chunk| chunk.iter().for_each(|series| visit(series)));
    }

    /// As [`Family::for_each`], chunk by chunk.
    pub fn for_each_chunk(&self, mut visit: impl FnMut(&[&Arc<Series<M>>])) {
        let mut next = 0;
        let end = fork::section(|| self.table.read().order.next_birth);
        while let ControlFlow::Continue(after) = fork::section(|| {
            let table = self.table.read();
            let chunk: SmallVec<[_; CHUNK]> = table.order.between(next, end).take(CHUNK).collect();
            visit(&chunk);
            match chunk.last() {
                Some(last) => ControlFlow::Continue(last.birth + 1),
                None => ControlFlow::Break(()),
            }
        }) {
            next = after;
        }
    }
}

impl<M> Table<M> {
    #[inline]
    fn find(&self, hash: u64, labels: &[Pair<'_>]) -> Option<&Arc<Series<M>>> {
        self.index.find(hash, |series| series.hash == hash && series.labels.matches(labels))
    }
}

/// A family of any kind.
#[derive(Debug, Clone)]
pub enum AnyFamily {
    /// A counter, a gauge or an untyped family.
    Value(Arc<Family<Value>>),
    /// A summary.
    Summary(Arc<Family<Summary>>),
    /// A histogram.
    Histogram(Arc<Family<Histogram>>),
}

impl AnyFamily {
    /// What is known of all the series.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        match self {
            Self::Value(family) => family.descriptor(),
            Self::Summary(family) => family.descriptor(),
            Self::Histogram(family) => family.descriptor(),
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
