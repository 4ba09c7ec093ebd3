//! Reports: families whose series a user's class or collector gives at a scrape.

use std::collections::HashSet;
use std::sync::Arc;

use crate::error::Error;
use crate::family::Descriptor;
use crate::kind::Kind;
use crate::labels::identity::{Claims, OwnedPairs, describe, identity_with};
use crate::labels::{LabelSet, Pair};
use crate::memory::{self, OutOfMemory};
use crate::metric::info::{self, Facts};
use crate::metric::{Exemplar, Number, native};
use crate::name::Escaping;
use crate::number::bound_text;

mod grouping;

pub use grouping::{Given, Grouping, full_name};

/// The reading of one series.
#[derive(Debug, Clone)]
pub enum Reading {
    /// A counter, a gauge, an untyped series.
    Value(Number),
    /// A summary.
    Summary {
        /// Phi and the value there, ascending.
        quantiles: Vec<(f64, f64)>,
        /// How many values were observed, if that is known.
        count: Option<Number>,
        /// Their sum, if it is known.
        sum: Option<f64>,
    },
    /// A histogram, or a gauge histogram.
    Histogram {
        /// Upper bounds and cumulative counts, ascending.
        buckets: Vec<(f64, u64)>,
        /// How many values were observed.
        count: u64,
        /// Their sum, if it is known.
        sum: Option<f64>,
    },
    /// An info: its facts.
    Info(Facts),
    /// A state set: the names of the states, and whether it is in them.
    States(Vec<(String, bool)>),
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
            Self::States(states) => {
                let mut known = HashSet::new();
                states.retain(|(state, _)| {
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

    /// How many points it has: quantiles, buckets or states.
    #[must_use]
    pub fn points(&self) -> usize {
        match self {
            Self::Summary { quantiles, .. } => quantiles.len(),
            Self::Histogram { buckets, .. } => buckets.len(),
            Self::States(states) => states.len(),
            Self::Value(_) | Self::Info(_) => 0,
        }
    }

    /// The facts of an info.
    fn facts(&self) -> Vec<Pair<'_>> {
        match self {
            Self::Info(facts) => info::pairs(facts),
            _ => Vec::new(),
        }
    }
}

/// What is known of a series beside its reading.
#[derive(Debug, Clone, Default)]
pub struct About {
    /// The time of its samples, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// When it began to count, in milliseconds since 1970.
    pub born: Option<u64>,
    /// The exemplar of a number, or those of the buckets, by their places. There may be fewer of them.
    pub exemplars: Vec<Option<Arc<Exemplar>>>,
    /// The native buckets of a histogram.
    pub native: Option<Native>,
}

/// Native buckets.
#[derive(Debug, Clone)]
pub struct Native {
    /// The buckets and the count.
    pub reading: native::Reading,
    /// All exemplars.
    pub exemplars: Vec<Arc<Exemplar>>,
}

/// One series of a report.
#[derive(Debug)]
pub struct Series {
    labels: LabelSet,
    reading: Reading,
    /// Of most series nothing is known.
    about: Option<Box<About>>,
}

impl Series {
    /// The labels, without those of the family.
    #[must_use]
    pub fn labels(&self) -> &LabelSet {
        &self.labels
    }

    /// The reading.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// What is known beside that.
    #[must_use]
    pub fn about(&self) -> Option<&About> {
        self.about.as_deref()
    }

    /// The reading, to be completed. It must keep its kind.
    pub fn reading_mut(&mut self) -> &mut Reading {
        &mut self.reading
    }

    /// What is known beside the reading, to be completed.
    pub fn about_mut(&mut self) -> &mut About {
        self.about.get_or_insert_default()
    }

    /// The reading and what is known beside it, if there is anything.
    pub(crate) fn parts_mut(&mut self) -> (&mut Reading, Option<&mut About>) {
        (&mut self.reading, self.about.as_deref_mut())
    }
}

/// A family whose series are made for one exposition.
#[derive(Debug)]
pub struct Report {
    descriptor: Descriptor,
    series: Vec<Series>,
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
        self.enter(labels, reading).map(|(_, is_new)| is_new)
    }

    /// As [`Report::push`]; gives the place of the series, and whether it is new. One that was there keeps its reading.
    ///
    /// # Errors
    ///
    /// As for [`Report::push`].
    pub fn enter(&mut self, labels: &[Pair<'_>], reading: Reading) -> Result<(usize, bool), Error> {
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
            let series = &self.series[*place];
            let pairs: Vec<Pair<'_>> = series.labels.pairs().collect();
            let all = identity_with(&constant, &pairs, &series.reading.facts());
            all.iter().map(|&(name, value)| (name.into(), value.into())).collect()
        };
        if let Some((&place, _)) = self.claims.find(&identity, labels_of, |_| true) {
            return Ok((place, false));
        }
        let set = LabelSet::new(self.descriptor.common(&constant, Escaping::Underscores), &labels)
            .map_err(|error| Error::of(self.descriptor.name(), error))?;
        self.series.try_reserve(1).map_err(OutOfMemory::from)?;
        self.claims.reserve()?;
        memory::check_step(self.series.len())?;
        let place = self.series.len();
        self.claims.insert(&identity, &place);
        drop((identity, facts));
        self.series.push(Series { labels: set, reading, about: None });
        Ok((place, true))
    }

    /// What is known of all the series.
    #[must_use]
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// The series in the order in which they were appended.
    #[must_use]
    pub fn series(&self) -> impl ExactSizeIterator<Item = &Series> {
        self.series.iter()
    }

    /// Keeps the series of the places for which `keep` holds. Afterwards it is complete: nothing may be pushed any more.
    pub(crate) fn retain(&mut self, keep: impl Fn(usize) -> bool) {
        self.claims = Claims::default();
        if (0..self.series.len()).all(&keep) {
            return;
        }
        let mut places = 0..;
        self.series.retain(|_| places.next().is_some_and(&keep));
    }

    /// The series, to be completed, in the same order.
    pub fn series_mut(&mut self) -> &mut [Series] {
        &mut self.series
    }
}
