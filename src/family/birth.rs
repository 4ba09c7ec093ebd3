//! Births, and lookups of series whose labels were spelled in another way at their birth.

use std::sync::Arc;

use parking_lot::Mutex;
use smallvec::SmallVec;

use super::order::Room;
use super::{Family, Series};
use crate::access::Access;
use crate::error::{Error, Mistake};
use crate::fork;
use crate::labels::identity::{
    Claims, Identity, OwnedPairs, borrow, describe, escape, identity, identity_with, is_identity, is_plain,
};
use crate::labels::{self, LabelSet, Pair};
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::metric::info::{self, Facts};
use crate::metric::{Info, Metric};
use crate::name::{Escaping, Naming};

/// The labels that series of a family have claimed: all series of an info, whose facts are labels too, and in other
/// families the series whose names are escaped for some scrapers. Only the thread that holds the lock gives birth,
/// removes or changes facts.
pub(super) type Claimed<M> = Mutex<Claims<Arc<Series<M>>>>;

/// The constant labels of a family.
type Constant<'a> = SmallVec<[Pair<'a>; 8]>;

impl<M: Metric> Family<M> {
    /// The [`Claimed`] of a family of these names, if it needs one.
    pub(super) fn claims(naming: Naming) -> Option<Claimed<M>> {
        (M::HAS_FACTS || naming == Naming::Utf8).then(Mutex::default)
    }

    pub(super) fn hash(&self, identity: &[Pair<'_>]) -> u64 {
        labels::hash(&self.hasher, identity)
    }

    fn constant(&self) -> Constant<'_> {
        self.descriptor.constant().collect()
    }

    fn label_set(&self, constant: &[Pair<'_>], labels: &[Pair<'_>]) -> Result<LabelSet, Error> {
        LabelSet::new(self.descriptor.common(constant, Escaping::Underscores), labels)
            .map_err(|error| Error::of(self.descriptor.name(), error))
    }

    /// The series of these labels, which no exact lookup has found: one that a server would take for it, or else a new
    /// one.
    #[cold]
    pub(super) fn birth(
        &self,
        access: impl Access,
        hash: u64,
        labels: &[Pair<'_>],
        counts: bool,
    ) -> Result<Arc<Series<M>>, Error> {
        if self.is_full() {
            return self.overflow(access, labels, counts);
        }
        match self.bear(access, hash, labels, self.room())? {
            Some(series) => Ok(series),
            // Others have taken the last places meanwhile.
            None => self.overflow(access, labels, counts),
        }
    }

    /// As [`Family::birth`], where there is room; otherwise nothing.
    #[inline(always)]
    pub(super) fn bear(
        &self,
        access: impl Access,
        hash: u64,
        labels: &[Pair<'_>],
        room: Room,
    ) -> Result<Option<Arc<Series<M>>>, Error> {
        self.descriptor.check_labels(labels)?;
        self.check_memory(labels)?;
        let constant = self.constant();
        let left;
        let (identity, hash) = if is_identity(&constant, labels) {
            (labels, hash)
        } else {
            left = identity(&constant, labels);
            (&*left, self.hash(&left))
        };
        let set = self.label_set(&constant, labels)?;
        let metric = || M::new(self.spec());
        let Some(claims) = &self.claims else {
            return Ok(self.enter(access, (&constant, identity, hash), (set, metric), room));
        };
        let mut claims = claims.lock();
        if let Some(series) = self.find_identity(access, &constant, identity) {
            return Ok(Some(series));
        }
        self.check_claims(access, &claims, &constant, identity, None)?;
        claims.reserve()?;
        let series = self.enter(access, (&constant, identity, hash), (set, metric), room);
        if let Some(series) = series.as_ref().filter(|_| M::HAS_FACTS || !is_plain(identity)) {
            claims.insert(identity, series);
        }
        Ok(series)
    }

    /// Checks that there is memory for a birth: a reserve for the births until the next chunk, which take small pieces,
    /// and what is large now.
    #[inline]
    fn check_memory(&self, labels: &[Pair<'_>]) -> Result<(), OutOfMemory> {
        /// Text that is longer than this, in bytes, is more than a small piece.
        const LONG: usize = 4 << 10;
        /// The text stands in the label set, behind a copy that is escaped, which grows in steps.
        const COPIES: usize = 8;
        if self.order.is_full() {
            memory::check(RESERVE)?;
        }
        let text: usize = labels.iter().map(|(name, value)| name.len() + value.len()).sum();
        if text > LONG { memory::check(COPIES * text + RESERVE) } else { Ok(()) }
    }

    /// Inserts a series into its shard and the order, if there is none yet, and room for one. Its state is made inside
    /// `Order::push`, so that what all the series share is not replaced meanwhile.
    fn enter(
        &self,
        access: impl Access,
        (constant, identity, hash): (&[Pair<'_>], &[Pair<'_>], u64),
        (labels, metric): (LabelSet, impl FnOnce() -> M),
        room: Room,
    ) -> Option<Arc<Series<M>>> {
        self.shard(access, hash).write(access, |index| {
            // Another thread may have been faster, or the labels are spelled in another way.
            if let Some(series) = index.find_identity(hash, constant, identity) {
                return Some(Arc::clone(series));
            }
            let series = self.order.push(access, room, labels, metric)?;
            self.limit.note(series.labels.pairs());
            index.insert(hash, Arc::clone(&series));
            Some(series)
        })
    }

    /// The series that a server would take for that of the identity.
    fn find_identity(
        &self,
        access: impl Access,
        constant: &[Pair<'_>],
        identity: &[Pair<'_>],
    ) -> Option<Arc<Series<M>>> {
        let hash = self.hash(identity);
        self.shard(access, hash).read(access, |index| index.find_identity(hash, constant, identity).cloned())
    }

    /// As [`Family::find`], for labels that no exact lookup has found.
    #[cold]
    pub(super) fn find_respelled(&self, access: impl Access, labels: &[Pair<'_>]) -> Option<Arc<Series<M>>> {
        self.descriptor.check_labels(labels).ok()?;
        self.find_same(access, labels)
    }

    /// The series that a server would take for that of these labels, whose names must be right.
    pub(super) fn find_same(&self, access: impl Access, labels: &[Pair<'_>]) -> Option<Arc<Series<M>>> {
        let constant = self.constant();
        self.find_identity(access, &constant, &identity(&constant, labels))
    }

    /// Checks labels that no lookup has found.
    #[cold]
    pub(super) fn check_birth(&self, access: impl Access, labels: &[Pair<'_>]) -> Result<(), Error> {
        self.descriptor.check_labels(labels)?;
        match &self.claims {
            // The facts that will come are not known yet, and the overflow takes any labels.
            Some(claims) if !M::HAS_FACTS && !self.is_full() => {
                let constant = self.constant();
                self.check_claims(access, &claims.lock(), &constant, &identity(&constant, labels), None)
            }
            _ => Ok(()),
        }
    }

    /// Checks that no series but `own` has the labels and facts of the identity, in any escaping.
    fn check_claims(
        &self,
        access: impl Access,
        claims: &Claims<Arc<Series<M>>>,
        constant: &[Pair<'_>],
        identity: &[Pair<'_>],
        own: Option<&Arc<Series<M>>>,
    ) -> Result<(), Error> {
        if claims.is_empty() && is_plain(identity) {
            return Ok(());
        }
        let refused = |other: &Series<M>, escaping| {
            let [series, other] =
                [identity.to_vec(), as_pairs(&seen(constant, other))].map(|all| describe(&all));
            Err(Error::of(self.descriptor.name(), Mistake::SeriesMeet { series, other, escaping }))
        };
        let is_other = |series: &Arc<Series<M>>| own.is_none_or(|own| !Arc::ptr_eq(own, series));
        if let Some((other, escaping)) = claims.find(identity, |series| seen(constant, series), is_other) {
            return refused(other, escaping);
        }
        if M::HAS_FACTS || is_plain(identity) {
            return Ok(());
        }
        // Those whose names are the same in every escaping have claimed nothing.
        for escaping in Escaping::LOSSY {
            let escaped = escape(identity, escaping);
            if let Some(other) = self.find_identity(access, constant, &borrow(&escaped)) {
                return refused(&other, escaping);
            }
        }
        Ok(())
    }

    /// Removes a series; gives whether it was there.
    pub(super) fn forget(&self, access: impl Access, series: &Arc<Series<M>>) -> bool {
        let constant = self.constant();
        let pairs: Vec<Pair<'_>> = series.labels.pairs().collect();
        let identity = identity(&constant, &pairs);
        let hash = self.hash(&identity);
        let mut claims = self.claims.as_ref().map(Mutex::lock);
        let removed = self.shard(access, hash).write(access, |index| {
            let removed = index.remove(hash, series);
            // SAFETY: the index has series that were pushed to the order, each once, and those alone.
            removed.map(|series| unsafe { self.order.remove(access, series) })
        });
        if removed.is_some() {
            if let Some(claims) = &mut claims {
                claims.remove(&borrow_owned(&seen(&constant, series)), |owner| Arc::ptr_eq(owner, series));
            }
        }
        drop(claims);
        removed.is_some()
    }
}

/// The identity of a series, with its facts.
fn seen<M: Metric>(constant: &[Pair<'_>], series: &Series<M>) -> OwnedPairs {
    let pairs: Vec<Pair<'_>> = series.labels.pairs().collect();
    let facts = series.metric.facts();
    let facts = facts.as_ref().map(|facts| info::pairs(facts)).unwrap_or_default();
    let all = identity_with(constant, &pairs, &facts);
    all.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

fn as_pairs(owned: &OwnedPairs) -> Vec<Pair<'_>> {
    owned.iter().map(|(name, value)| (&**name, &**value)).collect()
}

fn borrow_owned(owned: &OwnedPairs) -> Identity<'_> {
    owned.iter().map(|(name, value)| (&**name, &**value)).collect()
}

impl Family<Info> {
    /// Sets the facts of the series of these labels. The series is born if it does not exist.
    ///
    /// # Errors
    ///
    /// As at the birth of a series and for facts, and [`Mistake::SeriesMeet`] when another series has the labels and facts
    /// that this one would have. After an error nothing has changed.
    pub fn set_facts(
        &self,
        access: impl Access,
        labels: &[Pair<'_>],
        facts: &[Pair<'_>],
    ) -> Result<(), Error> {
        self.descriptor.check_labels(labels)?;
        self.descriptor.check_facts(labels, facts)?;
        if self.set_facts_within(access, (labels, facts), self.room())? {
            return Ok(());
        }
        let series = self.overflow(access, labels, true)?;
        let labels: Vec<Pair<'_>> = series.labels.pairs().collect();
        let facts: Vec<Pair<'_>> =
            facts.iter().copied().filter(|fact| labels.iter().all(|label| label.0 != fact.0)).collect();
        match self.set_facts_within(access, (&labels, &facts), Room::Overflow) {
            // What another series has is left out: the labels of the overflow are not the caller's.
            Ok(_) | Err(Error::Metric { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// As [`Family::set_facts`], of names that are right; gives whether there was room for the series.
    fn set_facts_within(
        &self,
        access: impl Access,
        (labels, facts): (&[Pair<'_>], &[Pair<'_>]),
        room: Room,
    ) -> Result<bool, Error> {
        let constant = self.constant();
        let claimed = self.claims.as_ref().map(Mutex::lock);
        let Some(mut claims) = claimed else {
            return Ok(true);
        };
        let identity = identity(&constant, labels);
        let known = self.find_identity(access, &constant, &identity);
        if known.is_none() && matches!(room, Room::Below(_)) && self.is_full() {
            return Ok(false);
        }
        let wanted = identity_with(&constant, labels, facts);
        if let Some(series) = &known {
            // It may have been spelled with labels that change nothing, and are shown all the same.
            self.descriptor.check_facts(&series.labels.pairs().collect::<Vec<_>>(), facts)?;
        }
        self.check_claims(access, &claims, &constant, &wanted, known.as_ref())?;
        self.check_memory(&wanted)?;
        claims.reserve()?;
        if let Some(series) = known {
            let before = seen(&constant, &series);
            claims.remove(&borrow_owned(&before), |owner| Arc::ptr_eq(owner, &series));
            series.metric.set(facts);
            claims.insert(&wanted, &series);
            return Ok(true);
        }
        let set = self.label_set(&constant, labels)?;
        let metric = Info::new(&());
        metric.set(facts);
        let place = (&*constant, &*identity, self.hash(&identity));
        // Births wait for the claims, so that the room is still there.
        let born = self.enter(access, place, (set, || metric), room);
        if let Some(series) = &born {
            claims.insert(&wanted, series);
        }
        Ok(born.is_some())
    }

    /// The series and their facts, all of one moment: facts that went from one series to another are not seen twice.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    #[expect(clippy::type_complexity, reason = "it is said above")]
    pub fn readings(&self) -> Result<Vec<(Arc<Series<Info>>, Arc<Facts>)>, OutOfMemory> {
        fork::section(|| {
            let claims = self.claims.as_ref().map(Mutex::lock);
            let all = self.to_vec()?;
            let mut readings = Vec::new();
            readings.try_reserve_exact(all.len())?;
            readings.extend(all.into_iter().map(|series| (Arc::clone(&series), series.metric.get())));
            drop(claims);
            Ok(readings)
        })
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
