//! The writer of the text formats: families turned into lines.

use std::marker::PhantomData;
use std::sync::Arc;

use super::Options;
use super::lines::{
    Dialect, Lines, NUMBER, Shown, exemplar_room, line_name, own_label, write_seconds, write_tail,
};
use super::number::{bound_text, float_text, write_number};
use super::output::{Cursor, Output, Sink, Target};
use super::report::{self, Report};
use crate::family::{AnyFamily, Descriptor, Family, Series};
use crate::fork;
use crate::labels::{LabelSet, Pair};
use crate::memory::OutOfMemory;
use crate::metric::histogram::Reading;
use crate::metric::info;
use crate::metric::{Exemplar, Histogram, Info, Number, StateSet, Summary, Value};
use crate::name::Escaping;
use crate::prefetch::prefetch;

/// How a family is shown.
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
    target: Target<'a, S>,
    options: Options,
    tail: String,
    dialect: PhantomData<D>,
}

/// The lines of the series of a family that has several for each.
struct Layout {
    /// The name of the lines with a label of their own, and these labels.
    name: String,
    own: Vec<String>,
    count: String,
    sum: String,
}

impl Layout {
    fn new(
        descriptor: &Descriptor,
        suffix: &str,
        labels: impl Iterator<Item = String>,
        options: Options,
    ) -> Self {
        let line = |suffix| line_name(descriptor.sample_base(), suffix, options.escaping);
        let reserved = descriptor.reserved_label().unwrap_or_default();
        let own = labels.map(|value| own_label(reserved, &value, options.escaping)).collect();
        Self { name: line(suffix), own, count: line("_count"), sum: line("_sum") }
    }

    fn room(&self, lines: Lines<'_>) -> usize {
        let own: usize = self.own.iter().map(|own| lines.room_with(&self.name, own)).sum();
        lines.room(&self.count) * 2 + own
    }
}

impl<'a, S: Sink, D: Dialect> Writer<'a, S, D> {
    /// Writes to `sink`; `tail` ends every line.
    pub fn new(sink: &'a mut S, options: Options, tail: String) -> Self {
        Self { target: Target::new(sink), options, tail, dialect: PhantomData }
    }

    /// Whether all was written until now.
    pub fn result(&self) -> Result<(), OutOfMemory> {
        self.target.result()
    }

    pub fn push(&mut self, text: &str) {
        self.target.write(text.len(), |cursor| cursor.push(text.as_bytes()));
    }

    /// Writes the samples of a family.
    pub fn write_family(&mut self, family: &AnyFamily, title: &Title) {
        match family {
            AnyFamily::Value(family) => self.write_values(family, title),
            AnyFamily::Summary(family) => self.write_summaries(family, title),
            AnyFamily::Histogram(family) => self.write_histograms(family, title),
            AnyFamily::Info(family) => self.write_infos(family),
            AnyFamily::StateSet(family) => self.write_state_sets(family),
        }
    }

    /// Writes the samples of a report.
    pub fn write_report(&mut self, report: &Report, title: &Title) {
        let descriptor = report.descriptor();
        let escaping = self.options.escaping;
        for (own, reading) in report.series() {
            let Some(labels) = Shown::new(descriptor, own, escaping) else {
                continue;
            };
            match reading {
                // Source: OpenMetrics 1.0, "Counter": it must not be NaN or negative.
                report::Reading::Value(number) if title.is_counter && number.check_counter().is_err() => {}
                report::Reading::Value(number) => self.write_value(&labels, *number, None),
                report::Reading::Summary { quantiles, count, sum } => {
                    // Source: OpenMetrics 1.0, "Summary": quantiles are of ranks from 0 to 1, and the count is an integer.
                    let is_told = |phi: f64| !D::OPEN || (0.0..=1.0).contains(&phi);
                    let told = || quantiles.iter().filter(|&&(phi, _)| is_told(phi));
                    let texts = told().map(|&(phi, _)| float_text(phi));
                    let layout = Layout::new(descriptor, "", texts, self.options);
                    let values: Vec<f64> = told().map(|&(_, value)| value).collect();
                    let count = if D::OPEN { Number::Int(count.as_count() as i64) } else { *count };
                    self.write_summary(&layout, &labels, &values, count, *sum);
                }
                report::Reading::Histogram { buckets, count, sum } => {
                    let texts = buckets.iter().map(|&(bound, _)| bound_text(bound));
                    let layout = Layout::new(descriptor, "_bucket", texts, self.options);
                    let counts: Vec<u64> = buckets.iter().map(|&(_, count)| count).collect();
                    let open = *count == counts.last().copied().unwrap_or_default()
                        && tells_sum::<D>(buckets.first().map(|&(bound, _)| bound), *sum);
                    self.write_histogram(&layout, &labels, (&counts, *count, *sum), &[], open);
                }
                report::Reading::Info(facts) => {
                    self.write_info(descriptor, own, &info::pairs(facts));
                }
                report::Reading::State { states, current } => {
                    let layout = Layout::new(descriptor, "", states.iter().cloned(), self.options);
                    self.write_states(&layout, &labels, |state| states[state] == *current);
                }
            }
        }
    }

    fn write_values(&mut self, family: &Family<Value>, title: &Title) {
        let descriptor = family.descriptor();
        let escaping = self.options.escaping;
        family.for_each_chunk(|chunk| {
            // Few series have exemplars, births or names that must be written anew: all others go below.
            let has_exemplar = |series: &&Series<Value>| !series.metric().exemplars().is_empty();
            let needs_escaping = |series: &&Series<Value>| !series.labels().is_plain();
            if (D::OPEN && title.created.is_some())
                || (D::OPEN && title.is_counter && chunk.iter().any(has_exemplar))
                || (escaping != Escaping::default() && chunk.iter().any(needs_escaping))
            {
                for series in chunk {
                    let born = series.born();
                    let exemplar = series.metric().exemplars().get(0);
                    let exemplar = exemplar.filter(|exemplar| title.is_counter && exemplar.is_text());
                    if let Some(labels) = Shown::new(descriptor, series.labels(), escaping) {
                        self.write_value(&labels, series.metric().get(), exemplar.as_deref());
                    }
                    self.write_created(descriptor, series.labels(), born, title);
                }
                return;
            }
            let tail = self.tail.as_bytes();
            let mut room = chunk.len() * (NUMBER + tail.len());
            for series in chunk {
                let start = series.labels().start();
                room += start.len();
                // Each start is somewhere else in memory.
                prefetch(start.as_ptr());
            }
            self.target.write(room, |cursor| {
                for series in chunk {
                    cursor.push(series.labels().start().as_bytes());
                    D::write_number(cursor, series.metric().get());
                    cursor.push(tail);
                }
            });
        });
    }

    fn write_value(&mut self, labels: &LabelSet, number: Number, exemplar: Option<&Exemplar>) {
        let tail = self.tail.as_bytes();
        let room = labels.start().len() + NUMBER + tail.len() + exemplar.map_or(0, exemplar_room);
        self.target.write(room, |cursor| {
            cursor.push(labels.start().as_bytes());
            D::write_number(cursor, number);
            write_tail::<D>(cursor, tail, exemplar);
        });
    }

    /// Writes when a series was born, if that is asked for.
    fn write_created(&mut self, descriptor: &Descriptor, labels: &LabelSet, born: u64, title: &Title) {
        let Some(name) = &title.created else {
            return;
        };
        let Some(labels) = Shown::without_name(descriptor, labels, &[], self.options.escaping) else {
            return;
        };
        let lines = Lines { labels: &labels, tail: self.tail.as_bytes() };
        self.target.write(lines.room(name), |cursor| {
            lines.write(cursor, name, |cursor| write_seconds(cursor, born));
        });
    }

    fn write_summaries(&mut self, family: &Family<Summary>, title: &Title) {
        if !family.has_begun() {
            return; // The targets may still change.
        }
        let descriptor = family.descriptor();
        let texts = family.spec().pairs().map(|(phi, _)| float_text(phi));
        let layout = Layout::new(descriptor, "", texts, self.options);
        family.for_each(|series| {
            let born = series.born();
            let snapshot = fork::section(|| series.metric().read());
            let values: Vec<f64> =
                snapshot.quantiles(family.spec()).into_iter().map(|(_, value)| value).collect();
            if let Some(labels) = Shown::new(descriptor, series.labels(), self.options.escaping) {
                let count = Number::Int(snapshot.count as i64);
                self.write_summary(&layout, &labels, &values, count, snapshot.sum);
            }
            self.write_created(descriptor, series.labels(), born, title);
        });
    }

    fn write_summary(&mut self, layout: &Layout, labels: &LabelSet, values: &[f64], count: Number, sum: f64) {
        let lines = Lines { labels, tail: self.tail.as_bytes() };
        self.target.write(layout.room(lines), |cursor| {
            let name = &*layout.name;
            for (own, &value) in layout.own.iter().zip(values) {
                // Source: OpenMetrics 1.0, "Summary": quantiles must not be negative.
                if !(D::OPEN && value < 0.0) {
                    lines.write_with::<D>(cursor, (name, own), |cursor| D::write_float(cursor, value), None);
                }
            }
            lines.write(cursor, &layout.count, |cursor| write_number(cursor, count));
            if tells_sum::<D>(None, sum) {
                lines.write(cursor, &layout.sum, |cursor| D::write_float(cursor, sum));
            }
        });
    }

    fn write_histograms(&mut self, family: &Family<Histogram>, title: &Title) {
        if !family.has_begun() {
            return; // The bounds may still change.
        }
        let descriptor = family.descriptor();
        let bounds = family.spec().bounds().upper();
        let texts = bounds.iter().map(|&bound| bound_text(bound));
        let layout = Layout::new(descriptor, "_bucket", texts, self.options);
        let tells_resets = title.created.is_some() && family.spec().native().is_some();
        let mut reading = Reading { counts: Vec::with_capacity(bounds.len()), ..Reading::default() };
        family.for_each_chunk(|chunk| {
            for series in chunk {
                prefetch(series.labels().start().as_ptr());
                series.metric().prefetch();
            }
            for series in chunk {
                let born = if title.created.is_some() { series.born() } else { 0 };
                if tells_resets {
                    series.metric().read(family.spec(), &mut reading);
                } else {
                    reading.sum = series.metric().read_classic(family.spec(), &mut reading.counts);
                }
                let (counts, sum) = (&reading.counts, reading.sum);
                let all = counts.last().copied().unwrap_or_default();
                let exemplars: Vec<_> = if D::OPEN && !series.metric().exemplars().is_empty() {
                    let exemplar = |bucket| series.metric().exemplar(bucket).filter(|one| one.is_text());
                    (0..bounds.len()).map(exemplar).collect()
                } else {
                    Vec::new()
                };
                if let Some(labels) = Shown::new(descriptor, series.labels(), self.options.escaping) {
                    let open = tells_sum::<D>(bounds.first().copied(), sum);
                    self.write_histogram(&layout, &labels, (counts, all, sum), &exemplars, open);
                }
                let born = reading.reset_at.map_or(born, |reset_at| reset_at.max(born));
                self.write_created(descriptor, series.labels(), born, title);
            }
        });
    }

    /// Writes the lines of a histogram; those of the sum and the count only if `tells_sum`.
    fn write_histogram(
        &mut self,
        layout: &Layout,
        labels: &LabelSet,
        (counts, all, sum): (&[u64], u64, f64),
        exemplars: &[Option<Arc<Exemplar>>],
        tells_sum: bool,
    ) {
        let lines = Lines { labels, tail: self.tail.as_bytes() };
        let more: usize = exemplars.iter().flatten().map(|exemplar| exemplar_room(exemplar)).sum();
        self.target.write(layout.room(lines) + more, |cursor| {
            let name = &*layout.name;
            let buckets = layout.own.iter().zip(counts);
            if exemplars.is_empty() {
                for (own, &count) in buckets {
                    lines.write_with::<D>(cursor, (name, own), |cursor| D::write_count(cursor, count), None);
                }
            } else {
                for ((own, &count), exemplar) in buckets.zip(exemplars) {
                    let value = |cursor: &mut Cursor<'_>| D::write_count(cursor, count);
                    lines.write_with::<D>(cursor, (name, own), value, exemplar.as_deref());
                }
            }
            if tells_sum {
                lines.write(cursor, &layout.count, |cursor| D::write_count(cursor, all));
                lines.write(cursor, &layout.sum, |cursor| D::write_float(cursor, sum));
            }
        });
    }

    fn write_infos(&mut self, family: &Family<Info>) {
        let Ok(readings) = family.readings() else {
            return self.target.fail();
        };
        for (series, facts) in readings {
            self.write_info(family.descriptor(), series.labels(), &info::pairs(&facts));
        }
    }

    fn write_info(&mut self, descriptor: &Descriptor, labels: &LabelSet, facts: &[Pair<'_>]) {
        let name = line_name(descriptor.sample_base(), "_info", self.options.escaping);
        if let Some(labels) = Shown::without_name(descriptor, labels, facts, self.options.escaping) {
            let lines = Lines { labels: &labels, tail: self.tail.as_bytes() };
            self.target.write(lines.room(&name), |cursor| {
                lines.write(cursor, &name, |cursor| D::write_float(cursor, 1.0));
            });
        }
    }

    fn write_state_sets(&mut self, family: &Family<StateSet>) {
        let texts = family.spec().names().map(str::to_owned);
        let layout = Layout::new(family.descriptor(), "", texts, self.options);
        family.for_each(|series| {
            let current = series.metric().get();
            if let Some(labels) = Shown::new(family.descriptor(), series.labels(), self.options.escaping) {
                self.write_states(&layout, &labels, |state| state == current);
            }
        });
    }

    fn write_states(&mut self, layout: &Layout, labels: &LabelSet, is_current: impl Fn(usize) -> bool) {
        let lines = Lines { labels, tail: self.tail.as_bytes() };
        self.target.write(layout.room(lines), |cursor| {
            for (state, own) in layout.own.iter().enumerate() {
                let value = if is_current(state) { 1.0 } else { 0.0 };
                let write = |cursor: &mut Cursor<'_>| D::write_float(cursor, value);
                lines.write_with::<D>(cursor, (&layout.name, own), write, None);
            }
        });
    }
}

/// Whether the sum is exposed. For a histogram the lowest bound is given, and the count is exposed with the sum.
///
/// Source: OpenMetrics 1.0, "Histogram" and "Summary": a sum must not be NaN or negative; where values may be negative,
/// there must be no sum; and without a sum there must be no count.
fn tells_sum<D: Dialect>(lowest: Option<f64>, sum: f64) -> bool {
    !D::OPEN || (sum >= 0.0 && lowest.is_none_or(|bound| bound >= 0.0))
}
