//! What somebody else says of a family: the series of a metric whose class has methods of its own.

use crate::error::Error;
use crate::family::Descriptor;
use crate::labels::{LabelSet, Pair};
use crate::metric::Number;
use crate::metric::info::{self, Facts};
use crate::name::Escaping;

/// What one series says.
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

/// A family whose series are made up for one exposition.
#[derive(Debug)]
pub struct Report {
    descriptor: Descriptor,
    series: Vec<(LabelSet, Reading)>,
}

impl Report {
    /// Without series.
    #[must_use]
    pub fn new(descriptor: Descriptor) -> Self {
        Self { descriptor, series: Vec::new() }
    }

    /// Appends a series. Its reading must be one for the kind of the family. A label of the name that its lines carry
    /// themselves is left out. Names that are reserved are taken: they are the user's own matter here.
    ///
    /// # Errors
    ///
    /// As for labels at the birth of a series when they would break the exposition.
    pub fn push(&mut self, labels: &[Pair<'_>], reading: Reading) -> Result<(), Error> {
        let reserved = self.descriptor.reserved_label();
        let labels: Vec<Pair<'_>> =
            labels.iter().copied().filter(|&(name, _)| Some(name) != reserved).collect();
        self.descriptor.check_syntax(&labels)?;
        if let Reading::Info(facts) = &reading {
            self.descriptor.check_syntax(&[&*labels, &info::pairs(facts)].concat())?;
        }
        let constant: Vec<Pair<'_>> = self.descriptor.constant().collect();
        let set = LabelSet::new(self.descriptor.common(&constant, Escaping::Underscores), &labels)?;
        self.series.push((set, reading));
        Ok(())
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
