//! Reports: families whose series a user's class or collector gives at a scrape.

use std::collections::HashSet;

use crate::error::Error;
use crate::family::Descriptor;
use crate::kind::Kind;
use crate::labels::identity::{Claims, OwnedPairs, describe, identity_with};
use crate::labels::{LabelSet, Pair};
use crate::memory::{self, OutOfMemory};
use crate::metric::Number;
use crate::metric::info::{self, Facts};
use crate::name::Escaping;
use crate::number::bound_text;

/// The reading of one series.
#[derive(Debug, Clone)]
pub enum Reading {
    /// A counter, a gauge, an untyped series.
    Value(Number),
    /// A summary.
    Summary {
        /// Phi and the value there, ascending.
        quantiles: Vec<(f64, f64)>,
        /// How many values were observed.
        count: Number,
        /// Their sum.
        sum: f64,
    },
    /// A histogram.
    Histogram {
        /// Upper bounds and cumulative counts, ascending.
        buckets: Vec<(f64, u64)>,
        /// How many values were observed.
        count: u64,
        /// Their sum.
        sum: f64,
    },
    /// An info: its facts.
    Info(Facts),
    /// A state set.
    State {
        /// The names of the states.
        states: Vec<String>,
        /// The one that it is in.
        current: String,
    },
}

impl Reading {
    /// Leaves out the quantiles, buckets and states that are there twice; gives them as text.
    pub fn leave_out_repeated(&mut self) -> Vec<String> {
        let mut left_out = Vec::new();
        let mut known = HashSet::new();
        // The label of a state set has the name of its family, which is not known here.
        let label = |kind: Kind| kind.reserved_label("state").unwrap_or_default();
        // A dict of Python has no two equal keys, so those that repeat here are NaN, or ints that become one float.
        let bits = |bound: f64| if bound.is_nan() { f64::NAN.to_bits() } else { (bound + 0.0).to_bits() };
        let mut is_new = |label: &str, bound: f64| {
            let is_new = known.insert(bits(bound));
            if !is_new {
                left_out.push(describe(&[(label, &bound_text(bound))]));
            }
            is_new
        };
        match self {
            Self::Summary { quantiles, .. } => {
                quantiles.retain(|&(phi, _)| is_new(label(Kind::Summary), phi));
            }
            Self::Histogram { buckets, .. } => {
                buckets.retain(|&(bound, _)| is_new(label(Kind::Histogram), bound));
            }
            Self::State { states, .. } => {
                let mut known = HashSet::new();
                states.retain(|state| {
                    let is_new = known.insert(state.clone());
                    if !is_new {
                        left_out.push(describe(&[(label(Kind::StateSet), state)]));
                    }
                    is_new
                });
            }
            Self::Value(_) | Self::Info(_) => (),
        }
        left_out
    }

    /// The facts of an info.
    fn facts(&self) -> Vec<Pair<'_>> {
        match self {
            Self::Info(facts) => info::pairs(facts),
            _ => Vec::new(),
        }
    }
}

/// A family whose series are made for one exposition.
#[derive(Debug)]
pub struct Report {
    descriptor: Descriptor,
    series: Vec<(LabelSet, Reading)>,
    /// Which labels the series have, by their places.
    claims: Claims<usize>,
}

impl Report {
    /// Without series.
    #[must_use]
    pub fn new(descriptor: Descriptor) -> Self {
        Self { descriptor, series: Vec::new(), claims: Claims::default() }
    }

    /// Appends a series, unless a server would take it, in any escaping, for one that is there; gives whether it did. The
    /// reading must fit the kind of the family. A label is left out if its name is that of the label that the lines carry
    /// themselves. Reserved names are taken: here they are the user's own matter.
    ///
    /// # Errors
    ///
    /// As for labels at the birth of a series when they would break the exposition.
    pub fn push(&mut self, labels: &[Pair<'_>], reading: Reading) -> Result<bool, Error> {
        let reserved = self.descriptor.reserved_label();
        let labels: Vec<Pair<'_>> =
            labels.iter().copied().filter(|&(name, _)| Some(name) != reserved).collect();
        self.descriptor.check_syntax(&labels)?;
        let facts = reading.facts();
        if !facts.is_empty() {
            self.descriptor.check_syntax(&[&*labels, &facts].concat())?;
        }
        let constant: Vec<Pair<'_>> = self.descriptor.constant().collect();
        let identity = identity_with(&constant, &labels, &facts);
        let labels_of = |place: &usize| -> OwnedPairs {
            let (labels, reading) = &self.series[*place];
            let pairs: Vec<Pair<'_>> = labels.pairs().collect();
            let all = identity_with(&constant, &pairs, &reading.facts());
            all.iter().map(|&(name, value)| (name.into(), value.into())).collect()
        };
        if self.claims.find(&identity, labels_of, |_| true).is_some() {
            return Ok(false);
        }
        let set = LabelSet::new(self.descriptor.common(&constant, Escaping::Underscores), &labels)
            .map_err(|error| Error::of(self.descriptor.name(), error))?;
        self.series.try_reserve(1).map_err(OutOfMemory::from)?;
        self.claims.reserve()?;
        memory::check_step(self.series.len())?;
        self.claims.insert(&identity, &self.series.len());
        drop((identity, facts));
        self.series.push((set, reading));
        Ok(true)
    }

    /// What is known of all the series.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The series in the order in which they were appended.
    pub fn series(&self) -> impl Iterator<Item = (&LabelSet, &Reading)> {
        self.series.iter().map(|(labels, reading)| (labels, reading))
    }
}
