//! The writer of the text formats: samples turned into lines.

use std::iter::repeat;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Options;
use super::lines::{
    Dialect, Lines, NUMBER, Shown, exemplar_room, line_name, own_label, write_seconds, write_tail,
};
use crate::family::{Descriptor, Series};
use crate::kind::{Kind, Part};
use crate::labels::LabelSet;
use crate::memory::OutOfMemory;
use crate::metric::{Exemplar, Number, Value};
use crate::name::Escaping;
use crate::number::{write_int, write_number};
use crate::output::{self, Cursor, Output, Sink};
use crate::prefetch::prefetch;
use crate::sample::{
    Amount, HistogramReading, Sample, Scope, Shape, SummaryReading, Visited, Visitor, Wants,
};

/// How a family is shown.
#[derive(Default)]
pub struct Title {
    /// The lines before its samples.
    pub header: String,
    /// Whether it is shown as a counter, which may have exemplars.
    pub is_counter: bool,
    /// What the lines that report the births of the series begin with, if there are any.
    pub created: Option<String>,
}

/// Writes families in a dialect.
pub struct Writer<'a, S, D> {
    sink: &'a mut S,
    options: Options,
    tail: String,
    /// How the family that is written is shown.
    title: Title,
    layout: Layout,
    /// The part of histograms that is written; without one, all are.
    pub only: Option<Part>,
    dialect: PhantomData<D>,
}

/// The lines of series that have several each.
#[derive(Default)]
struct Layout {
    /// The name of the lines with a label of their own, and these labels.
    name: String,
    own: Vec<String>,
    count: String,
    sum: String,
}

impl Layout {
    fn new(descriptor: &Descriptor, shape: &Shape<'_>, escaping: Escaping) -> Self {
        let line = |part| line_name(descriptor.sample_base(), descriptor.kind().suffix(part), escaping);
        let reserved = descriptor.reserved_label().unwrap_or_default();
        let own = (0..shape.len()).map(|index| own_label(reserved, &shape.text(index), escaping)).collect();
        Self { name: line(shape.part()), own, count: line(Part::Count), sum: line(Part::Sum) }
    }

    fn room(&self, lines: Lines<'_>) -> usize {
        let own: usize = self.own.iter().map(|own| lines.room_with(&self.name, own)).sum();
        lines.room(&self.count) * 2 + own
    }
}

impl<'a, S: Sink, D: Dialect> Writer<'a, S, D> {
    /// Writes to `sink`.
    pub fn new(sink: &'a mut S, options: Options) -> Self {
        let (tail, title, layout) = (D::tail(options.timestamp), Title::default(), Layout::default());
        Self { sink, options, tail, title, layout, only: None, dialect: PhantomData }
    }

    /// Appends ready text.
    pub fn push(&mut self, text: &str) -> Result<(), OutOfMemory> {
        output::write(self.sink, text.len(), |cursor| cursor.push(text.as_bytes()))
    }

    /// Begins a family.
    pub fn begin(&mut self, title: Title) -> Result<(), OutOfMemory> {
        self.push(&title.header)?;
        self.title = title;
        Ok(())
    }

    /// The line of a series that has one only.
    #[inline]
    fn write_value(
        &mut self,
        labels: &LabelSet,
        number: Number,
        exemplar: Option<&Exemplar>,
    ) -> Result<(), OutOfMemory> {
        let tail = self.tail.as_bytes();
        let room = labels.start().len() + NUMBER + tail.len() + exemplar.map_or(0, exemplar_room);
        output::write(self.sink, room, |cursor| {
            cursor.push(labels.start().as_bytes());
            D::write_number(cursor, number);
            write_tail::<D>(cursor, tail, exemplar);
        })
    }

    /// The line that says when a series was born, if that is asked for.
    fn write_created(&mut self, series: &Visited<'_>) -> Result<(), OutOfMemory> {
        let (Some(name), Some(born)) = (&self.title.created, series.born) else {
            return Ok(());
        };
        let (descriptor, escaping) = (series.scope.descriptor, self.options.escaping);
        let Some(labels) = Shown::without_name(descriptor, series.labels, &[], escaping) else {
            return Ok(());
        };
        let lines = Lines::new(&labels, &self.tail);
        output::write(self.sink, lines.room(name), |cursor| {
            lines.write(cursor, name, |cursor| write_seconds(cursor, born));
        })
    }
}

impl<S: Sink, D: Dialect> Visitor for Writer<'_, S, D> {
    type Error = OutOfMemory;

    #[inline]
    fn wants(&self) -> Wants {
        Wants { exemplars: D::OPEN, births: D::OPEN && self.title.created.is_some(), native: false }
    }

    /// Any sample, in lines that are made anew.
    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), OutOfMemory> {
        let (descriptor, escaping) = (sample.series.scope.descriptor, self.options.escaping);
        let name = line_name(descriptor.sample_base(), sample.suffix(), escaping);
        let Some(labels) = Shown::without_name(descriptor, sample.series.labels, sample.own, escaping) else {
            return Ok(());
        };
        let exemplar = sample.exemplar.filter(|exemplar| D::OPEN && exemplar.is_text());
        let lines = Lines::new(&labels, &self.tail);
        let room = lines.room(&name) + exemplar.map_or(0, exemplar_room);
        output::write(self.sink, room, |cursor| {
            lines.write_start(cursor, &name);
            match sample.value {
                Amount::Number(number) => D::write_number(cursor, number),
                Amount::Float(float) => D::write_float(cursor, float),
                Amount::Count(count) => D::write_count(cursor, count),
            }
            write_tail::<D>(cursor, lines.tail, exemplar);
        })
    }

    fn shape(&mut self, scope: &Scope<'_>, shape: &Shape<'_>) {
        self.layout = Layout::new(scope.descriptor, shape, self.options.escaping);
    }

    fn time(&mut self, timestamp: Option<i64>) {
        self.tail = D::tail(timestamp.or(self.options.timestamp));
    }

    fn values(&mut self, scope: &Scope<'_>, chunk: &[&Series<Value>]) -> Result<(), OutOfMemory> {
        // Few series have exemplars, births or names that must be written anew: all others go below.
        let has_exemplar = |series: &&Series<Value>| !series.metric().exemplars().is_empty();
        let needs_escaping = |series: &&Series<Value>| !series.labels().is_plain();
        let (escaping, title) = (self.options.escaping, &self.title);
        if (D::OPEN && title.created.is_some())
            || (D::OPEN && title.is_counter && chunk.iter().any(has_exemplar))
            || (escaping != Escaping::default() && chunk.iter().any(needs_escaping))
        {
            return self.values_one_by_one(scope, chunk);
        }
        let tail = self.tail.as_bytes();
        let mut room = chunk.len() * (NUMBER + tail.len());
        for series in chunk {
            let start = series.labels().start();
            room += start.len();
            // Each start is somewhere else in memory.
            prefetch(start.as_ptr());
        }
        output::write(self.sink, room, |cursor| {
            for series in chunk {
                cursor.push(series.labels().start().as_bytes());
                D::write_number(cursor, series.metric().get());
                cursor.push(tail);
            }
        })
    }

    fn value(
        &mut self,
        series: &Visited<'_>,
        number: Number,
        exemplar: Option<&Exemplar>,
    ) -> Result<(), OutOfMemory> {
        // Source: OpenMetrics 1.0, "Counter": it must not be NaN or negative.
        if !(D::OPEN && self.title.is_counter && number.check_counter().is_err()) {
            let (descriptor, escaping) = (series.scope.descriptor, self.options.escaping);
            let exemplar = exemplar.filter(|exemplar| D::OPEN && self.title.is_counter && exemplar.is_text());
            if let Some(labels) = Shown::new(descriptor, series.labels, escaping) {
                self.write_value(&labels, number, exemplar)?;
            }
        }
        self.write_created(series)
    }

    fn summary(
        &mut self,
        series: &Visited<'_>,
        _: &Shape<'_>,
        reading: &SummaryReading<'_>,
    ) -> Result<(), OutOfMemory> {
        let Some(labels) = Shown::new(series.scope.descriptor, series.labels, self.options.escaping) else {
            return self.write_created(series);
        };
        let (lines, layout) = (Lines::new(&labels, &self.tail), &self.layout);
        output::write(self.sink, layout.room(lines), |cursor| {
            let name = &*layout.name;
            for (own, &(rank, value)) in layout.own.iter().zip(reading.quantiles) {
                // Source: OpenMetrics 1.0, "Summary": ranks are from 0 to 1, and quantiles must not be negative.
                if !(D::OPEN && (value < 0.0 || !(0.0..=1.0).contains(&rank))) {
                    lines.write_with::<D>(cursor, (name, own), |cursor| D::write_float(cursor, value), None);
                }
            }
            // Source: as above; the count is an integer.
            if let Some(count) = reading.count {
                lines.write(cursor, &layout.count, |cursor| match count {
                    count if D::OPEN => write_int(cursor, count.as_count()),
                    count => write_number(cursor, count),
                });
            }
            if let Some(sum) = reading.sum.filter(|&sum| has_sum::<D>(None, sum)) {
                lines.write(cursor, &layout.sum, |cursor| D::write_float(cursor, sum));
            }
        })?;
        self.write_created(series)
    }

    fn histogram(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> Result<(), OutOfMemory> {
        let Some(labels) = Shown::new(series.scope.descriptor, series.labels, self.options.escaping) else {
            return self.write_created(series);
        };
        let lowest = match shape {
            Shape::Buckets(bounds) => bounds.first().copied(),
            Shape::Quantiles(_) | Shape::States(_) => None,
        };
        let all = reading.counts.last().copied().unwrap_or_default();
        let is_gauge = series.scope.descriptor.kind() == Kind::GaugeHistogram;
        let has_sum =
            |sum| if is_gauge { has_gauge_sum::<D>(lowest, sum) } else { has_sum::<D>(lowest, sum) };
        let sum = reading.sum.filter(|&sum| (!D::OPEN || reading.count == all) && has_sum(sum));
        self.write_histogram(&labels, reading, sum)?;
        self.write_created(series)
    }

    fn states(&mut self, series: &Visited<'_>, _: &Shape<'_>, current: usize) -> Result<(), OutOfMemory> {
        let Some(labels) = Shown::new(series.scope.descriptor, series.labels, self.options.escaping) else {
            return Ok(());
        };
        let (lines, layout) = (Lines::new(&labels, &self.tail), &self.layout);
        output::write(self.sink, layout.room(lines), |cursor| {
            for (state, own) in layout.own.iter().enumerate() {
                let value = if state == current { 1.0 } else { 0.0 };
                let write = |cursor: &mut Cursor<'_>| D::write_float(cursor, value);
                lines.write_with::<D>(cursor, (&layout.name, own), write, None);
            }
        })
    }
}

impl<S: Sink, D: Dialect> Writer<'_, S, D> {
    #[cold]
    fn values_one_by_one(&mut self, scope: &Scope<'_>, chunk: &[&Series<Value>]) -> Result<(), OutOfMemory> {
        let wants = self.wants();
        for series in chunk {
            let born = wants.births.then(|| series.born());
            let exemplar = wants.exemplars.then(|| series.metric().exemplars().get(0)).flatten();
            let visited = Visited { scope, labels: series.labels(), born };
            self.value(&visited, series.metric().get(), exemplar.as_deref())?;
        }
        Ok(())
    }

    /// Writes the lines of a histogram, with this sum if there is one. In OpenMetrics there is no count without a sum.
    fn write_histogram(
        &mut self,
        labels: &LabelSet,
        reading: &HistogramReading<'_>,
        sum: Option<f64>,
    ) -> Result<(), OutOfMemory> {
        let (lines, layout) = (Lines::new(labels, &self.tail), &self.layout);
        let only = self.only;
        let is_shown = |part| only.is_none_or(|only| only == part);
        let is_text = |exemplar: &&Arc<Exemplar>| D::OPEN && exemplar.is_text();
        let exemplars = || reading.exemplars.iter().map(|exemplar| exemplar.as_ref().filter(is_text));
        let more: usize = exemplars().flatten().map(|exemplar| exemplar_room(exemplar)).sum();
        output::write(self.sink, layout.room(lines) + more, |cursor| {
            let name = &*layout.name;
            let buckets = layout.own.iter().zip(reading.counts);
            if !is_shown(Part::Bucket) {
                // Those that are shown are elsewhere.
            } else if reading.exemplars.is_empty() {
                for (own, &count) in buckets {
                    lines.write_with::<D>(cursor, (name, own), |cursor| D::write_count(cursor, count), None);
                }
            } else {
                for ((own, &count), exemplar) in buckets.zip(exemplars().chain(repeat(None))) {
                    let value = |cursor: &mut Cursor<'_>| D::write_count(cursor, count);
                    lines.write_with::<D>(cursor, (name, own), value, exemplar.map(|one| &**one));
                }
            }
            if (sum.is_some() || !D::OPEN) && is_shown(Part::Count) {
                lines.write(cursor, &layout.count, |cursor| D::write_count(cursor, reading.count));
            }
            if let Some(sum) = sum.filter(|_| is_shown(Part::Sum)) {
                lines.write(cursor, &layout.sum, |cursor| D::write_float(cursor, sum));
            }
        })
    }
}

/// Whether the sum is exposed. For a histogram the lowest bound is given, and the count is exposed with the sum.
///
/// Source: OpenMetrics 1.0, "Histogram" and "Summary": a sum must not be NaN or negative; where values may be negative,
/// there must be no sum; and without a sum there must be no count.
fn has_sum<D: Dialect>(lowest: Option<f64>, sum: f64) -> bool {
    !D::OPEN || (sum >= 0.0 && lowest.is_none_or(|bound| bound >= 0.0))
}

/// The same for a gauge histogram, whose sum may go below 0 where values may.
///
/// Source: OpenMetrics 1.0, "GaugeHistogram", and the parser of prometheus_client.
fn has_gauge_sum<D: Dialect>(lowest: Option<f64>, sum: f64) -> bool {
    !D::OPEN || sum >= 0.0 || (sum < 0.0 && lowest.is_some_and(|bound| bound < 0.0))
}
