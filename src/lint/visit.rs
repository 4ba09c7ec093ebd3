//! The linter as a visitor of families and reports.

use super::series::{Reading, Series};
use super::{About, Linter};
use crate::exposition::Block;
use crate::family::Descriptor;
use crate::kind::{Kind, Part};
use crate::memory::OutOfMemory;
use crate::metric::{Exemplar, Number};
use crate::sample::{HistogramReading, Sample, Shape, SummaryReading, Visited, Visitor, Wants};

/// Looks at a family or a report. Ready lines of text have no series here.
pub(super) fn block(linter: &mut Linter, block: &Block) -> Result<(), OutOfMemory> {
    let Some(descriptor) = block.descriptor() else {
        return Ok(());
    };
    linter.begin(about(descriptor));
    block.walk(&mut Visiting { linter, counts: Vec::new() })?;
    linter.end();
    Ok(())
}

/// What is known of a family of a registry.
fn about(descriptor: &Descriptor) -> About {
    let kind = descriptor.kind();
    let name = format!("{}{}", descriptor.sample_base(), kind.added());
    About::new(&name, descriptor.help(), kind)
}

struct Visiting<'a> {
    linter: &'a mut Linter,
    /// The counts of the buckets of a series.
    counts: Vec<f64>,
}

impl Visiting<'_> {
    fn give(&mut self, visited: &Visited<'_>, reading: Reading<'_>) -> Result<(), OutOfMemory> {
        self.linter.series(&Series { labels: &visited.scope.labels(visited.labels, &[]), reading })
    }
}

impl Visitor for Visiting<'_> {
    type Error = OutOfMemory;

    fn wants(&self) -> Wants {
        Wants { exemplars: false, births: false, native: false }
    }

    /// Takes what is not one of those below: facts, and the states of others.
    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), OutOfMemory> {
        let labels = sample.labels();
        let is_facts = sample.part == Part::Facts && sample.series.scope.descriptor.kind() == Kind::Info;
        let reading = if is_facts { Reading::State } else { Reading::Number(sample.value.as_f64()) };
        self.linter.series(&Series { labels: &labels, reading })
    }

    fn value(
        &mut self,
        series: &Visited<'_>,
        number: Number,
        _: Option<&Exemplar>,
    ) -> Result<(), OutOfMemory> {
        self.give(series, Reading::Number(number.as_f64()))
    }

    fn summary(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &SummaryReading<'_>,
    ) -> Result<(), OutOfMemory> {
        let Shape::Quantiles(ranks) = shape else { return Ok(()) };
        let count = reading.count.map(Number::as_f64);
        self.give(series, Reading::Summary { ranks, count, sum: reading.sum, broken: None })
    }

    #[expect(clippy::cast_precision_loss, reason = "the nearest float is good enough")]
    fn histogram(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> Result<(), OutOfMemory> {
        let Shape::Buckets(bounds) = shape else { return Ok(()) };
        let mut counts = std::mem::take(&mut self.counts);
        counts.clear();
        counts.extend(reading.counts.iter().map(|&count| count as f64));
        let (count, sum) = (Some(reading.count as f64), reading.sum);
        let given =
            self.give(series, Reading::Histogram { bounds, counts: &counts, count, sum, broken: None });
        self.counts = counts;
        given
    }

    fn states(&mut self, series: &Visited<'_>, _: &Shape<'_>, _: usize) -> Result<(), OutOfMemory> {
        self.give(series, Reading::State)
    }
}
