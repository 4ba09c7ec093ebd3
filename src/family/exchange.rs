//! Exchanges: all series of a family go away at once, and others may take their place.

use std::sync::Arc;

use super::index::Index;
use super::limbo::Free;
use super::order::{Removed, Turn};
use super::stock::Stock;
use super::{Family, Series};
use crate::access::{Access, Lock};
use crate::kind::Kind;
use crate::labels::Pair;
use crate::metric::Metric;

/// That the series of a family will be removed at once, and which these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced(Turn);

/// What no reader can see any more. To drop it may take long, and run any code.
#[derive(Debug)]
#[expect(dead_code, reason = "held until it is dropped")]
pub struct Waste<M>(Free<Removed<M>>);

impl<M: Metric> Family<M> {
    /// A family without series that is like this one, and shares what makes their stocks exchangeable.
    #[must_use]
    pub fn empty_like(&self, access: impl Access) -> Self
    where
        M::Spec: Clone,
    {
        let spec = self.spec();
        let origin = std::ptr::from_ref(spec) as usize;
        let others = self.others.iter().map(|_| super::Shard(Self::new_index(access))).collect();
        let parts = ((Self::new_index(access), others), self.order.empty_like(access));
        let family = Self::with_parts(self.descriptor.clone(), spec.clone(), parts.0, parts.1);
        family.limit.take_names(&self.limit);
        Self { hasher: self.hasher.clone(), origin: Some(origin), ..family }
    }

    fn new_index<A: Access>(_: A) -> Lock<Index<M>> {
        if A::EXCLUSIVE { Lock::exclusive(Index::new()) } else { Lock::shared(Index::new()) }
    }

    /// Says that all series will be removed at once, those too that are born from now on.
    pub fn announce(&self, access: impl Access) -> Announced {
        Announced(self.order.leave(access))
    }

    /// What [`Family::announce`] would give now. It changes whenever all series are exchanged.
    pub fn turn(&self, access: impl Access) -> Announced {
        Announced(self.order.turn(access))
    }

    /// Notes of each series that it is about to be removed. Takes time that grows with their number.
    pub fn mark_leaving(&self) {
        self.order.mark_leaving();
    }

    /// Exchanges all the series for those of the `stock`, which is of this family or of one that is
    /// [like](Family::empty_like) it. A scrape sees either all of the ones or all of the others.
    ///
    /// # Errors
    ///
    /// The stock, if nothing has changed: because others were faster, or what the series share was replaced since.
    pub fn exchange(
        &self,
        access: impl Access,
        announced: Announced,
        stock: Stock<M>,
    ) -> Result<Stock<M>, Stock<M>> {
        self.exchange_in(access, Some(announced.0), stock)
    }

    /// Whether the series of a stock can be of this family, because what they share is the same.
    #[must_use]
    pub fn takes(&self, stock: &Stock<M>) -> bool {
        stock.spec.is_none_or(|spec| spec == std::ptr::from_ref(self.spec()) as usize)
    }

    /// Takes the series out, which are those of another family next.
    pub fn take_stock(&self, access: impl Access) -> Stock<M> {
        let taken = self.exchange_in(access, None, Stock::empty());
        let stock = taken.unwrap_or_else(|_| unreachable!("an empty stock is always taken"));
        Stock { spec: self.origin, ..stock }
    }

    fn exchange_in(
        &self,
        access: impl Access,
        turn: Option<Turn>,
        mut stock: Stock<M>,
    ) -> Result<Stock<M>, Stock<M>> {
        let mut claims = self.claims.as_ref().map(|claims| claims.lock());
        stock.shards.resize_with(1 + self.others.len(), Index::new);
        let (spec, shards): (_, Vec<_>) = (stock.spec, self.shards().collect());
        let check = || spec.is_none_or(|spec| spec == std::ptr::from_ref(self.spec()) as usize);
        let run = &mut stock.run;
        let mut work = || self.order.exchange(access, turn, check, run);
        if !exchange_shards(access, &shards, &mut stock.shards, &mut work) {
            return Err(stock);
        }
        if let Some(claims) = &mut claims {
            std::mem::swap(&mut **claims, &mut stock.claims);
        }
        drop(claims);
        Ok(Stock { spec: None, ..stock })
    }

    /// Hands a stock over that was exchanged; gives what is to be dropped, which may take long.
    #[must_use]
    pub fn retire(&self, stock: Stock<M>) -> Waste<M> {
        Waste(self.order.retire(Box::new(stock)))
    }

    /// Lets series of a family like this one count since the births of those with the same labels here, if they go on from
    /// there: a lesser number is a reset.
    pub fn continue_births(&self, access: impl Access, series: &[Arc<Series<M>>]) {
        for new in series {
            let pairs: Vec<Pair<'_>> = new.labels.pairs().collect();
            let Some(old) = self.find(access, &pairs) else {
                continue;
            };
            let goes_on = |(new, old): (crate::metric::Number, _)| !new.is_reset_of(old);
            if new.metric.total().zip(old.metric.total()).is_some_and(goes_on) {
                new.begin_at(old.born());
            }
        }
    }

    /// Whether it matters when a series was born.
    #[must_use]
    pub fn has_births(&self) -> bool {
        matches!(self.descriptor.kind(), Kind::Counter | Kind::Summary | Kind::Histogram)
    }

    /// Adds what overflowed in a family like this one, whose series are here now.
    pub fn absorb_refused(&self, other: &Self) {
        self.limit.take_names(&other.limit);
        self.limit.absorb(&other.limit);
    }

    /// Removes all the series, and gives them as a stock that is ended.
    pub(super) fn remove_all(&self, access: impl Access) -> Stock<M> {
        loop {
            let announced = self.announce(access);
            self.mark_leaving();
            if let Ok(stock) = self.exchange(access, announced, Stock::empty()) {
                stock.end();
                return stock;
            }
        }
    }
}

/// Exchanges the shards, all of which are locked while `work` runs, if that says yes; gives whether it did.
fn exchange_shards<M>(
    access: impl Access,
    shards: &[&Lock<Index<M>>],
    others: &mut [Index<M>],
    work: &mut dyn FnMut() -> bool,
) -> bool {
    let Some((first, rest)) = shards.split_first() else {
        return work();
    };
    first.write(access, |index| {
        let done = exchange_shards(access, rest, others, work);
        if done {
            std::mem::swap(index, &mut others[rest.len()]);
        }
        done
    })
}
