//! Facts about a service, which change rarely: its version, its build.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Metric;
use crate::labels::Pair;
use crate::labels::identity::OwnedPairs;

/// Names and values.
pub type Facts = OwnedPairs;

/// The facts as labels.
#[must_use]
pub fn pairs(facts: &Facts) -> Vec<Pair<'_>> {
    facts.iter().map(|(name, value)| (&**name, &**value)).collect()
}

/// Takes labels as facts.
#[must_use]
pub fn from_pairs(pairs: &[Pair<'_>]) -> Facts {
    pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect()
}

/// The facts of one series. They are labels of its sample, whose value is 1.
#[derive(Debug)]
pub struct Info(ArcSwap<Facts>);

impl Metric for Info {
    type Spec = ();

    const HAS_FACTS: bool = true;

    fn new((): &()) -> Self {
        Self(ArcSwap::default())
    }

    fn facts(&self) -> Option<Arc<Facts>> {
        Some(self.get())
    }
}

impl Info {
    /// Replaces the facts. Those of a family are set by [`Family::set_facts`](crate::family::Family::set_facts).
    pub(crate) fn set(&self, facts: &[Pair<'_>]) {
        self.0.store(Arc::new(from_pairs(facts)));
    }

    /// The facts as they are now, in the order in which they were given.
    #[must_use]
    pub fn get(&self) -> Arc<Facts> {
        self.0.load_full()
    }
}
