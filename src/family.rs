//! Families: a name with its kind, its help, its constant labels and its series.

use std::sync::Arc;

use crate::access::{Access, Lock};
use crate::error::Error;
use crate::labels::{self, LabelSet, Pair};
use crate::memory::OutOfMemory;
use crate::metric::{Metric, any_of, with_any};
use hashbrown::DefaultHashBuilder;

mod birth;
mod descriptor;
mod exchange;
mod index;
mod limbo;
mod limit;
mod order;
mod refused;
mod spec;
mod stock;

use birth::Claimed;
pub use descriptor::{Descriptor, ends_with_unit, names_taken};
pub use exchange::{Announced, Waste};
use index::Index;
use limit::Limit;
pub use limit::{OVERFLOW, Refused};
use order::{Order, Place};
use spec::Replaceable;
pub use stock::Stock;

/// One series of a family.
// The fields that an update and a scrape read stand first. Where threads update in parallel, each series has cache lines
// of its own.
#[derive(Debug)]
#[repr(C)]
#[cfg_attr(Py_GIL_DISABLED, repr(align(64)))]
pub struct Series<M> {
    metric: M,
    labels: LabelSet,
    place: Place<M>,
}

impl<M> Series<M> {
    /// The labels of this series, without those of the family.
    #[inline]
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The state of this series.
    #[inline]
    pub fn metric(&self) -> &M {
        &self.metric
    }

    /// When it was born, or began anew, in milliseconds since 1970. To be read before the state, so that no server takes
    /// what was counted before that time for new.
    #[inline]
    pub fn born(&self) -> u64 {
        self.place.born()
    }

    /// Notes that it counts from zero again from now on, and not since its birth: its state was replaced by a lesser one.
    #[cold]
    pub fn begin_anew(&self) {
        self.place.begin();
    }

    /// Notes that it counts since a time, in milliseconds since 1970.
    pub(crate) fn begin_at(&self, time: u64) {
        self.place.begin_at(time);
    }

    /// Whether it was removed from its family: nobody sees updates of it.
    #[inline]
    pub fn is_removed(&self) -> bool {
        self.place.is_removed()
    }

    /// Whether it was removed, or is about to be, with all others of its family: the family knows which series has its labels.
    #[inline]
    pub fn is_leaving(&self) -> bool {
        self.place.is_leaving()
    }

    /// Notes that its value is elsewhere from now on, until it is removed: with who says so.
    pub fn hide(&self) {
        self.place.hide();
    }

    /// Whether its value is elsewhere.
    pub fn is_hidden(&self) -> bool {
        self.place.is_hidden()
    }

    /// Whether it is the one that takes the updates of all that would be born beyond the limit of the family.
    #[inline]
    pub fn is_overflow(&self) -> bool {
        self.place.is_overflow()
    }

    /// Whether it is none of these: removed or about to be, hidden, the overflow. Its state is what everybody sees, and updates it alone.
    #[inline]
    pub fn is_there(&self) -> bool {
        self.place.is_there()
    }
}

/// A part of the series, by their labels. It is alone in its cache lines, so that threads that look up in different
/// shards do not wait for each other.
#[derive(Debug)]
#[repr(align(128))]
struct Shard<M>(Lock<Index<M>>);

/// A family: a name and its series. Many threads can use it at a time.
///
/// Lookups, births and removals take a lock, unless the family is made for exclusive [`Access`]. A scrape takes
/// no lock that they wait for.
///
/// It is made for one kind of access. A call with the other kind panics.
#[derive(Debug)]
pub struct Family<M: Metric> {
    descriptor: Descriptor,
    spec: Replaceable<M::Spec>,
    hasher: DefaultHashBuilder,
    /// Each series stands in one shard, and in the order.
    first: Shard<M>,
    /// The other shards, if there are any; their number is one less than a power of two.
    others: Box<[Shard<M>]>,
    order: Order<M>,
    /// The labels that series have claimed; `None` where a server cannot take two series of different labels for one. This
    /// lock is taken before that of a shard.
    claims: Option<Claimed<M>>,
    limit: Limit,
    /// Where what all the series share was copied from: the address of that of another family.
    origin: Option<usize>,
}

impl<M: Metric> Family<M> {
    /// A family without series, for [`Shared`](crate::access::Shared) access.
    pub fn new(descriptor: Descriptor, spec: M::Spec) -> Self {
        Self::with_shards(descriptor, spec, 1)
    }

    /// As [`Family::new`], for many threads that look up: lookups are spread over `shards` locks, or the next power of two.
    pub fn with_shards(descriptor: Descriptor, spec: M::Spec, shards: usize) -> Self {
        let others = 1..shards.next_power_of_two();
        let (first, others) = (Index::new(), others.map(|_| Shard(Lock::shared(Index::new()))).collect());
        Self::with_parts(descriptor, spec, (Lock::shared(first), others), Order::shared())
    }

    /// A family without series, for [`Exclusive`](crate::access::Exclusive) access: it takes no locks for lookups, births
    /// and removals.
    pub fn exclusive(descriptor: Descriptor, spec: M::Spec) -> Self {
        let index = Lock::exclusive(Index::new());
        Self::with_parts(descriptor, spec, (index, Box::default()), Order::exclusive())
    }

    fn with_parts(
        descriptor: Descriptor,
        spec: M::Spec,
        (first, others): (Lock<Index<M>>, Box<[Shard<M>]>),
        order: Order<M>,
    ) -> Self {
        let claims = Self::claims(descriptor.naming());
        let limit = Limit::new(descriptor.max_series());
        let (spec, hasher) = (Replaceable::new(spec), DefaultHashBuilder::default());
        Self { descriptor, spec, hasher, first: Shard(first), others, order, claims, limit, origin: None }
    }

    /// What is known of all the series.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// What all the series share: bucket bounds, quantile targets. It is final once a series was born: see
    /// [`Family::has_begun`].
    #[inline]
    pub fn spec(&self) -> &M::Spec {
        self.spec.get()
    }

    /// Whether a series was ever born, so that what all of them share is final.
    #[inline]
    pub fn has_begun(&self) -> bool {
        self.order.has_begun()
    }

    /// Replaces what all the series share, as long as none was born; gives whether it did.
    pub fn replace_spec(&self, access: impl Access, spec: M::Spec) -> bool {
        self.order.before_births(access, || self.spec.replace(spec)).is_some()
    }

    /// Runs `update` on the series of these labels. The series is born if it does not exist.
    ///
    /// `update` must be short and must not change this family. Nothing is allocated when the series exists.
    ///
    /// # Panics
    ///
    /// With exclusive access, where `update` changes the family: gives birth to a series of it, or removes one. With
    /// shared access it waits for ever there.
    ///
    /// # Errors
    ///
    /// When the series would be born with labels that the family does not take; see [`Family::check`].
    #[inline(always)]
    pub fn with<R>(
        &self,
        access: impl Access,
        labels: &[Pair<'_>],
        update: impl FnOnce(&Arc<Series<M>>) -> R,
    ) -> Result<R, Error> {
        let hash = labels::hash(&self.hasher, labels);
        let found = self.shard(access, hash).read(access, |index| match index.find(hash, labels) {
            Some(series) => Ok(update(series)),
            None => Err(update),
        });
        match found {
            Ok(result) => Ok(result),
            Err(update) => self.birth(access, hash, labels, true).map(|series| update(&series)),
        }
    }

    /// The series of these labels, which is born if it does not exist. Where there is no room for it, that is the overflow,
    /// and no update is counted.
    ///
    /// # Errors
    ///
    /// As for [`Family::with`].
    pub fn bind(&self, access: impl Access, labels: &[Pair<'_>]) -> Result<Arc<Series<M>>, Error> {
        let hash = labels::hash(&self.hasher, labels);
        let found = self.shard(access, hash).read(access, |index| index.find(hash, labels).cloned());
        found.map_or_else(|| self.birth(access, hash, labels, false), Ok)
    }

    #[inline]
    fn shard<A: Access>(&self, _: A, hash: u64) -> &Lock<Index<M>> {
        // A family for exclusive access has no other.
        if A::EXCLUSIVE {
            return &self.first.0;
        }
        // Bits other than those that the index chooses by.
        match (hash >> 10) as usize & self.others.len() {
            0 => &self.first.0,
            other => &self.others[other - 1].0,
        }
    }

    fn shards(&self) -> impl Iterator<Item = &Lock<Index<M>>> {
        [&self.first].into_iter().chain(&self.others).map(|shard| &shard.0)
    }

    /// Checks that a series with these labels exists or may be born.
    ///
    /// # Errors
    ///
    /// A [`Mistake`](crate::error::Mistake): `LabelName` or `LabelTwice`; `LabelNames` when names are declared and these are
    /// others; `LabelsMeet` when two become one where UTF-8 is not taken; `SeriesMeet` when a server would take another
    /// series for it.
    pub fn check(&self, access: impl Access, labels: &[Pair<'_>]) -> Result<(), Error> {
        match self.find(access, labels) {
            Some(_) => Ok(()),
            None => self.check_birth(access, labels),
        }
    }

    /// Checks the label names against the declared ones alone.
    ///
    /// # Errors
    ///
    /// [`Mistake`](crate::error::Mistake)`::LabelNames` when names are declared and these are others.
    pub fn check_declared(&self, labels: &[Pair<'_>]) -> Result<(), Error> {
        self.descriptor.check_declared(labels)
    }

    /// The series of these labels, if it was born, with these or with others that are the same for a server.
    pub fn find(&self, access: impl Access, labels: &[Pair<'_>]) -> Option<Arc<Series<M>>> {
        let hash = labels::hash(&self.hasher, labels);
        let found = self.shard(access, hash).read(access, |index| index.find(hash, labels).cloned());
        found.or_else(|| self.find_respelled(access, labels))
    }

    /// Removes the series of these labels; gives whether there was one.
    pub fn remove(&self, access: impl Access, labels: &[Pair<'_>]) -> bool {
        self.find(access, labels).is_some_and(|series| self.forget(access, &series))
    }

    /// Removes a series; gives whether it was there.
    pub fn remove_series(&self, access: impl Access, series: &Arc<Series<M>>) -> bool {
        self.forget(access, series)
    }

    /// Removes all the series.
    pub fn clear(&self, access: impl Access) {
        // Dropped at last: a series may run any code then.
        drop(self.retire(self.remove_all(access)));
    }

    /// How many series were ever removed.
    pub fn removals(&self) -> u64 {
        self.order.removals()
    }

    /// Removes all the series, as [`Family::clear`], and gives them in the order of their births.
    pub fn take_all(&self, access: impl Access) -> Vec<Arc<Series<M>>> {
        let stock = self.remove_all(access);
        let all = stock.to_vec();
        drop(self.retire(stock));
        all
    }

    /// How many series there are.
    pub fn len(&self, access: impl Access) -> usize {
        self.shards().map(|shard| shard.read(access, Index::len)).sum()
    }

    /// Whether there is no series.
    pub fn is_empty(&self, access: impl Access) -> bool {
        self.len(access) == 0
    }

    /// Runs `visit` on the series that exist, in the order of their births.
    ///
    /// It takes no lock that an update, a birth or a removal waits for. A series that is born meanwhile is
    /// not visited, so that one which is removed and born again is not seen twice.
    pub fn for_each(&self, mut visit: impl FnMut(&Series<M>)) {
        self.for_each_chunk(|chunk| chunk.iter().for_each(|series| visit(series)));
    }

    /// As [`Family::for_each`], several series at a time.
    pub fn for_each_chunk(&self, visit: impl FnMut(&[&Series<M>])) {
        self.order.for_each_chunk(visit);
    }

    /// The first `most` series that exist, in the order of their births.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn first(&self, most: usize) -> Result<Vec<Arc<Series<M>>>, OutOfMemory> {
        self.order.first(most)
    }

    /// The series that exist, in the order of their births.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn to_vec(&self) -> Result<Vec<Arc<Series<M>>>, OutOfMemory> {
        self.order.to_vec()
    }
}

/// A family that is shared.
type SharedFamily<M> = Arc<Family<M>>;

any_of! {
    /// A family of any kind.
    #[derive(Debug, Clone)]
    AnyFamily, SharedFamily
}

impl AnyFamily {
    /// What is known of all the series.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        with_any!(AnyFamily, self, family => family.descriptor())
    }

    /// Whether another one is of the same kind and name.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        let [own, other] = [self, other].map(Self::descriptor);
        own.kind() == other.kind() && own.name() == other.name()
    }

    /// As [`Family::turn`].
    pub fn turn(&self, access: impl Access) -> Announced {
        with_any!(AnyFamily, self, family => family.turn(access))
    }

    /// As [`Family::refused`].
    #[must_use]
    pub fn refused(&self) -> Option<Refused> {
        with_any!(AnyFamily, self, family => family.refused())
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
