//! Facts about a service, which change rarely: its version, its build.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Metric;
use crate::labels::Pair;

/// Names and values.
pub type Facts = Box<[(Box<str>, Box<str>)]>;

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

    fn new((): &()) -> Self {
        Self(ArcSwap::default())
    }
}

impl Info {
    /// Replaces the facts.
    pub fn set(&self, facts: &[Pair<'_>]) {
        self.0.store(Arc::new(from_pairs(facts)));
    }

    /// The facts as they are now, in the order in which they were given.
    #[must_use]
    pub fn get(&self) -> Arc<Facts> {
        self.0.load_full()
    }
}
