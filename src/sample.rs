//! The walk from a family, or a report in its place, to its samples, and the visitors that take them.
//!
//! A visitor needs to take samples one by one only. One that must be fast also takes all that a series says at once, or
//! many numbers at once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::family::{Descriptor, Series};
use crate::kind::Part;
use crate::labels::{LabelSet, Pair};
use crate::memory::OutOfMemory;
use crate::metric::{Exemplar, Number, Value, native};
use crate::number::{bound_text, float_text};
use crate::prefetch::prefetch;

mod walk;

pub use walk::{Along, Walk, walk_family, walk_report, walk_series};

/// What a visitor makes use of beside the numbers. The rest need not be read.
#[derive(Debug, Clone, Copy)]
pub struct Wants {
    /// The exemplars.
    pub exemplars: bool,
    /// When the series began to count.
    pub births: bool,
    /// The native buckets of histograms.
    pub native: bool,
}

/// The family that is walked.
#[derive(Debug)]
pub struct Scope<'a> {
    /// What is known of it.
    pub descriptor: &'a Descriptor,
    /// Its constant labels.
    pub constant: Vec<Pair<'a>>,
}

impl<'a> Scope<'a> {
    /// The constant labels, those of a series, and more of a sample's own; each name once, with the value that comes last.
    #[must_use]
    pub fn labels<'b>(&self, labels: &'b LabelSet, own: &[Pair<'b>]) -> Vec<Pair<'b>>
    where
        'a: 'b,
    {
        let mut all: Vec<Pair<'b>> = self.constant.clone();
        let given = || labels.pairs().chain(own.iter().copied());
        if labels.replaces_constant() || !own.is_empty() {
            let values: HashMap<&str, &'b str> = given().collect();
            let constant: HashSet<&str> = all.iter().map(|&(name, _)| name).collect();
            for (name, value) in &mut all {
                *value = values.get(name).unwrap_or(value);
            }
            all.extend(given().filter(|(name, _)| !constant.contains(name)));
        } else {
            all.extend(given());
        }
        all
    }
}

/// A series that is visited.
#[derive(Debug, Clone, Copy)]
pub struct Visited<'a> {
    /// Its family.
    pub scope: &'a Scope<'a>,
    /// Its labels, without those of the family.
    pub labels: &'a LabelSet,
    /// When it began to count, in milliseconds since 1970, if that is known and wanted.
    pub born: Option<u64>,
}

/// A value, which formats write in different ways.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    /// What was counted or set: an int stays one.
    Number(Number),
    /// What was measured.
    Float(f64),
    /// How many observations of a histogram there were.
    Count(u64),
}

impl Amount {
    /// The nearest float.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is asked for")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Number(number) => number.as_f64(),
            Self::Float(float) => float,
            Self::Count(count) => count as f64,
        }
    }
}

/// One sample: a name, labels and a value.
#[derive(Debug, Clone, Copy)]
pub struct Sample<'a> {
    /// The series that it is of.
    pub series: &'a Visited<'a>,
    /// What it says of the series.
    pub part: Part,
    /// The labels that it has beside those of the series.
    pub own: &'a [Pair<'a>],
    /// The value.
    pub value: Amount,
    /// The exemplar.
    pub exemplar: Option<&'a Exemplar>,
}

impl Sample<'_> {
    /// What its name has behind that of the family.
    #[must_use]
    pub fn suffix(&self) -> &'static str {
        self.series.scope.descriptor.kind().suffix(self.part)
    }

    /// Its name, not escaped.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}{}", self.series.scope.descriptor.sample_base(), self.suffix())
    }

    /// Its labels, not escaped: the constant ones, those of the series as they were given, its own. Each name is there
    /// once.
    #[must_use]
    pub fn labels(&self) -> Vec<Pair<'_>> {
        self.series.scope.labels(self.series.labels, self.own)
    }
}

/// The values of a label that distinguishes the samples of a series: the same for each series, until another shape comes.
#[derive(Debug)]
pub enum Shape<'a> {
    /// The ranks of quantiles.
    Quantiles(Vec<f64>),
    /// The upper bounds of buckets.
    Buckets(Cow<'a, [f64]>),
    /// The names of states.
    States(Vec<&'a str>),
}

impl Shape<'_> {
    /// What the samples say.
    #[must_use]
    pub fn part(&self) -> Part {
        match self {
            Self::Quantiles(_) => Part::Quantile,
            Self::Buckets(_) => Part::Bucket,
            Self::States(_) => Part::State,
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Quantiles(ranks) => ranks.len(),
            Self::Buckets(bounds) => bounds.len(),
            Self::States(states) => states.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of the label, for one of them.
    #[must_use]
    pub fn text(&self, index: usize) -> Cow<'_, str> {
        match self {
            Self::Quantiles(ranks) => float_text(ranks[index]).into(),
            Self::Buckets(bounds) => bound_text(bounds[index]).into(),
            Self::States(states) => states[index].into(),
        }
    }
}

/// The reading of a summary.
#[derive(Debug, Clone, Copy)]
pub struct SummaryReading<'a> {
    /// How many values were observed. It is known of all but reports.
    pub count: Option<Number>,
    /// Their sum. It is known of all but reports.
    pub sum: Option<f64>,
    /// Ranks, which are those of the shape, and the values there.
    pub quantiles: &'a [(f64, f64)],
}

/// The reading of a histogram.
#[derive(Debug, Clone, Copy)]
pub struct HistogramReading<'a> {
    /// The cumulative counts of the buckets of the shape.
    pub counts: &'a [u64],
    /// How many values were observed.
    pub count: u64,
    /// Their sum. It is known of all but reports.
    pub sum: Option<f64>,
    /// The exemplars of the buckets, if they are wanted and there is any.
    pub exemplars: &'a [Option<Arc<Exemplar>>],
    /// The native buckets, and all exemplars, if they are wanted and there are any.
    pub native: Option<(&'a native::Reading, &'a [Arc<Exemplar>])>,
}

/// Takes samples. Only [`Visitor::sample`] must be there; the other methods make samples of what they get.
pub trait Visitor {
    /// Why it ends before its time.
    type Error: From<OutOfMemory>;

    /// What it makes use of.
    #[inline]
    fn wants(&self) -> Wants {
        Wants { exemplars: true, births: true, native: false }
    }

    /// Takes one sample. Those of one series follow each other, and are of one moment.
    ///
    /// # Errors
    ///
    /// Its own; then nothing more comes. So with the others.
    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), Self::Error>;

    /// Learns which samples the next series will have.
    fn shape(&mut self, _scope: &Scope<'_>, _shape: &Shape<'_>) {}

    /// Learns the time of the samples of the next series, in milliseconds since 1970, if they have one of their own.
    fn time(&mut self, _timestamp: Option<i64>) {}

    /// Has the processor fetch what it will read of the labels.
    #[inline]
    fn prefetch(&self, labels: &LabelSet) {
        prefetch(labels.start().as_ptr());
    }

    /// Takes several series of numbers.
    ///
    /// # Errors
    ///
    /// As for [`Visitor::sample`].
    fn values(&mut self, scope: &Scope<'_>, chunk: &[&Series<Value>]) -> Result<(), Self::Error> {
        let wants = self.wants();
        for series in chunk {
            let born = wants.births.then(|| series.born());
            let exemplar = wants.exemplars.then(|| series.metric().exemplars().get(0)).flatten();
            let visited = Visited { scope, labels: series.labels(), born };
            self.value(&visited, series.metric().get(), exemplar.as_deref())?;
        }
        Ok(())
    }

    /// Takes a series of a number.
    ///
    /// # Errors
    ///
    /// As for [`Visitor::sample`].
    fn value(
        &mut self,
        series: &Visited<'_>,
        number: Number,
        exemplar: Option<&Exemplar>,
    ) -> Result<(), Self::Error> {
        self.sample(&Sample { series, part: Part::Number, own: &[], value: Amount::Number(number), exemplar })
    }

    /// Takes a series of a summary.
    ///
    /// # Errors
    ///
    /// As for [`Visitor::sample`].
    fn summary(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &SummaryReading<'_>,
    ) -> Result<(), Self::Error> {
        let name = series.scope.descriptor.reserved_label().unwrap_or_default();
        for (index, &(_, value)) in reading.quantiles.iter().enumerate() {
            let (own, value) = ([(name, &*shape.text(index))], Amount::Float(value));
            self.sample(&Sample { series, part: Part::Quantile, own: &own, value, exemplar: None })?;
        }
        count_and_sum(self, series, reading.count.map(Amount::Number), reading.sum)
    }

    /// Takes a series of a histogram.
    ///
    /// # Errors
    ///
    /// As for [`Visitor::sample`].
    fn histogram(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> Result<(), Self::Error> {
        let name = series.scope.descriptor.reserved_label().unwrap_or_default();
        for (index, &count) in reading.counts.iter().enumerate() {
            let exemplar = reading.exemplars.get(index).and_then(Option::as_deref);
            let (own, value) = ([(name, &*shape.text(index))], Amount::Count(count));
            self.sample(&Sample { series, part: Part::Bucket, own: &own, value, exemplar })?;
        }
        count_and_sum(self, series, Some(Amount::Count(reading.count)), reading.sum)
    }

    /// Takes a series of a state set, which is in the state `current` of its shape.
    ///
    /// # Errors
    ///
    /// As for [`Visitor::sample`].
    fn states(&mut self, series: &Visited<'_>, shape: &Shape<'_>, current: usize) -> Result<(), Self::Error> {
        let name = series.scope.descriptor.reserved_label().unwrap_or_default();
        for state in 0..shape.len() {
            let value = Amount::Float(if state == current { 1.0 } else { 0.0 });
            let own = [(name, &*shape.text(state))];
            self.sample(&Sample { series, part: Part::State, own: &own, value, exemplar: None })?;
        }
        Ok(())
    }
}

fn count_and_sum<V: Visitor + ?Sized>(
    visitor: &mut V,
    series: &Visited<'_>,
    count: Option<Amount>,
    sum: Option<f64>,
) -> Result<(), V::Error> {
    for (part, value) in [(Part::Count, count), (Part::Sum, sum.map(Amount::Float))] {
        if let Some(value) = value {
            visitor.sample(&Sample { series, part, own: &[], value, exemplar: None })?;
        }
    }
    Ok(())
}

#[cfg(all(test, not(loom)))]
mod tests;
