//! Protocol buffers: a `MetricFamily` for each family, each behind its length.
//!
//! Source: prometheus/client_model, `io/prometheus/client/metrics.proto`.
//!
//! What never changes of a series is encoded at its first scrape in this format, and copied from then on. Most series have
//! no exemplars, native buckets or times of their own, and are then written at once; all others as messages, whose lengths
//! are found in the end.

use std::sync::Arc;

use super::{Block, Options, shown_name};
use crate::family::{Descriptor, Series, ends_with_unit};
use crate::kind::Kind;
use crate::labels::{LabelSet, Pair};
use crate::memory::{self, OutOfMemory};
use crate::metric::{Exemplar, Number, Value};
use crate::name::Escaping;
use crate::output::{self, Output, Sink};
use crate::prefetch::prefetch;
use crate::sample::{HistogramReading, Sample, Scope, Shape, SummaryReading, Visited, Visitor, Wants};

mod message;
mod native_buckets;
mod plain;

use message::{Message, VARINT, push_varint};
use native_buckets::write_native;

/// The blocks in their order.
pub(super) fn encode(sink: &mut impl Sink, blocks: &[&Block], options: Options) -> Result<(), OutOfMemory> {
    let mut encoder = Encoder { options, timestamp: options.timestamp, ..Encoder::default() };
    for &block in blocks {
        if let Some(descriptor) = block.descriptor() {
            encoder.begin(descriptor);
            block.walk(&mut encoder)?;
            for family in encoder.families() {
                let bytes = family.bytes()?;
                output::write(sink, VARINT + bytes.len(), |cursor| {
                    push_varint(cursor, bytes.len() as u64);
                    cursor.push(bytes);
                })?;
            }
        }
    }
    Ok(())
}

/// Writes the metrics of one family after the other.
#[derive(Default)]
struct Encoder {
    /// The time in it is that of the next series.
    options: Options,
    /// The time of all series that have none of their own.
    timestamp: Option<i64>,
    family: Message,
    /// Families of samples whose names have suffixes, which none of the messages holds.
    others: Vec<(&'static str, Message)>,
    /// The labels of a series that is seen for the first time.
    labels: Message,
    /// How many series were seen for the first time.
    new: usize,
}

/// Where a metric keeps the time of its birth, in the message of its kind.
const COUNTER_START: u32 = 3;
const SUMMARY_START: u32 = 4;
const HISTOGRAM_START: u32 = 15;

/// The type of a gauge.
const GAUGE: u64 = 1;

/// Begins a family.
fn begin(family: &mut Message, (name, descriptor): (&str, &Descriptor), kind: u64) {
    family.clear();
    family.text(1, name);
    family.text(2, descriptor.help());
    family.uint(3, kind);
    let stem = descriptor.kind().stem_of(name);
    if let Some(unit) = descriptor.unit().filter(|unit| ends_with_unit(stem, unit)) {
        family.text(5, unit);
    }
}

impl Encoder {
    fn begin(&mut self, descriptor: &Descriptor) {
        let name = shown_name(descriptor, self.options.escaping);
        begin(&mut self.family, (&name, descriptor), descriptor.kind().traits().protobuf);
        self.others.clear();
    }

    fn families(&self) -> impl Iterator<Item = &Message> {
        [&self.family].into_iter().chain(self.others.iter().map(|(_, family)| family))
    }

    /// The labels of a series as they are encoded, if they are the same in each scrape.
    #[inline]
    fn encoded<'a>(&mut self, scope: &Scope<'_>, labels: &'a LabelSet) -> Option<&'a [u8]> {
        if self.options.escaping != Escaping::default() && !labels.is_plain() {
            return None;
        }
        labels.kept().or_else(|| self.encode_first(scope, labels))
    }

    #[cold]
    fn encode_first<'a>(&mut self, scope: &Scope<'_>, labels: &'a LabelSet) -> Option<&'a [u8]> {
        self.labels.clear();
        write_labels(&mut self.labels, scope, (labels, &[]), self.options.escaping);
        self.new += 1;
        // Without memory for it, the labels are encoded anew.
        memory::check_step(self.new).ok()?;
        labels.keep(self.labels.bytes().ok()?).ok()
    }

    /// Writes a `Metric`: its labels, sorted by name, and what `fill` writes.
    fn metric(&mut self, series: &Visited<'_>, fill: impl FnOnce(&mut Message)) -> Result<(), OutOfMemory> {
        let encoded = self.encoded(series.scope, series.labels);
        let options = self.options;
        self.family.message(4, |metric| {
            match encoded {
                Some(labels) => metric.append(labels),
                None => write_labels(metric, series.scope, (series.labels, &[]), options.escaping),
            }
            fill(metric);
            write_timestamp(metric, options);
        });
        self.family.result()
    }
}

fn write_timestamp(metric: &mut Message, options: Options) {
    if let Some(timestamp) = options.timestamp {
        metric.uint(6, timestamp as u64);
    }
}

/// Writes the labels of a series, and more, sorted by name.
fn write_labels(
    metric: &mut Message,
    scope: &Scope<'_>,
    (labels, more): (&LabelSet, &[Pair<'_>]),
    escaping: Escaping,
) {
    let mut pairs = scope.labels(labels, more);
    if !pairs.is_sorted() {
        pairs.sort_unstable();
    }
    let is_plain = labels.is_plain() && more.is_empty();
    for &(name, value) in &pairs {
        metric.message(1, |label| {
            if is_plain {
                label.text(1, name);
            } else {
                label.text(1, &escaping.label_name(name));
            }
            label.text(2, value);
        });
    }
}

impl Visitor for Encoder {
    type Error = OutOfMemory;

    #[inline]
    fn wants(&self) -> Wants {
        Wants { exemplars: true, births: true, native: true }
    }

    #[inline]
    fn prefetch(&self, labels: &LabelSet) {
        if let Some(bytes) = labels.kept_at() {
            prefetch(bytes);
        }
    }

    fn time(&mut self, timestamp: Option<i64>) {
        self.options.timestamp = timestamp.or(self.timestamp);
    }

    /// A sample that no message of its kind holds: it goes out as a gauge, in a family of its own name.
    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), OutOfMemory> {
        let (Visited { scope, labels, .. }, options) = (sample.series, self.options);
        let (descriptor, suffix) = (scope.descriptor, sample.suffix());
        let family = if suffix == descriptor.kind().added() {
            &mut self.family
        } else {
            let known = self.others.iter().position(|(other, _)| *other == suffix);
            let place = known.unwrap_or(self.others.len());
            if known.is_none() {
                let name = format!("{}{suffix}", options.escaping.metric_name(descriptor.sample_base()));
                let mut family = Message::default();
                begin(&mut family, (&name, descriptor), GAUGE);
                self.others.try_reserve(1)?;
                self.others.push((suffix, family));
            }
            &mut self.others[place].1
        };
        family.message(4, |metric| {
            write_labels(metric, scope, (labels, sample.own), options.escaping);
            write_value(metric, Kind::Gauge, sample.value.as_f64(), None, None);
            write_timestamp(metric, options);
        });
        family.result()
    }

    fn values(&mut self, scope: &Scope<'_>, chunk: &[&Series<Value>]) -> Result<(), OutOfMemory> {
        for series in chunk {
            // All are somewhere else in memory.
            self.prefetch(series.labels());
        }
        let kind = scope.descriptor.kind();
        let is_counter = kind == Kind::Counter;
        for series in chunk {
            let (value, born) = (series.metric(), series.born());
            let exemplar = if is_counter { value.exemplars().get(0) } else { None };
            if exemplar.is_none() && self.options.timestamp.is_none() {
                if let Some(labels) = self.encoded(scope, series.labels()) {
                    let number = value.get().as_f64();
                    let born = is_counter.then_some(born);
                    self.family.write_plain_value(labels, field_of(kind), number, born)?;
                    continue;
                }
            }
            let visited = Visited { scope, labels: series.labels(), born: Some(born) };
            self.value(&visited, value.get(), exemplar.as_deref())?;
        }
        Ok(())
    }

    fn value(
        &mut self,
        series: &Visited<'_>,
        number: Number,
        exemplar: Option<&Exemplar>,
    ) -> Result<(), OutOfMemory> {
        let kind = series.scope.descriptor.kind();
        self.metric(series, |metric| write_value(metric, kind, number.as_f64(), exemplar, series.born))
    }

    fn summary(
        &mut self,
        series: &Visited<'_>,
        _: &Shape<'_>,
        reading: &SummaryReading<'_>,
    ) -> Result<(), OutOfMemory> {
        self.metric(series, |metric| {
            let count = reading.count.map(Number::as_count);
            write_summary(metric, (count, reading.sum), reading.quantiles, series.born);
        })
    }

    fn histogram(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> Result<(), OutOfMemory> {
        let bounds = match shape {
            Shape::Buckets(bounds) => &**bounds,
            Shape::Quantiles(_) | Shape::States(_) => &[],
        };
        if reading.native.is_none() && reading.exemplars.is_empty() && self.options.timestamp.is_none() {
            let labels = self.encoded(series.scope, series.labels);
            if let (Some(labels), Some(born), Some(sum)) = (labels, series.born, reading.sum) {
                return self.family.write_plain_histogram(labels, bounds, reading, (sum, born));
            }
        }
        self.metric(series, |metric| {
            metric.message(7, |message| {
                message.uint(1, reading.native.map_or(reading.count, |(native, _)| native.count));
                if let Some(sum) = reading.sum {
                    message.double(2, sum);
                }
                for (bucket, (&bound, &count)) in bounds.iter().zip(reading.counts).enumerate() {
                    let exemplar = reading.exemplars.get(bucket).and_then(Option::as_deref);
                    // A histogram without classic buckets has one for its exemplar alone: old servers look for it there.
                    if reading.native.is_none() || bounds.len() > 1 || exemplar.is_some() {
                        write_bucket(message, bound, count, exemplar);
                    }
                }
                if let Some((native, _)) = reading.native {
                    write_native(message, native);
                }
                if let Some(born) = series.born {
                    write_time(message, HISTOGRAM_START, born);
                }
                let all: &[Arc<Exemplar>] = reading.native.map_or(&[], |(_, exemplars)| exemplars);
                for exemplar in all {
                    write_exemplar(message, 16, exemplar);
                }
            });
        })
    }
}

/// The field of a `Metric` that has the message of a number.
fn field_of(kind: Kind) -> u32 {
    match kind {
        Kind::Counter => 3,
        Kind::Untyped => 5,
        _ => 2,
    }
}

fn write_value(metric: &mut Message, kind: Kind, value: f64, exemplar: Option<&Exemplar>, born: Option<u64>) {
    metric.message(field_of(kind), |message| {
        message.double(1, value);
        if let Some(exemplar) = exemplar {
            write_exemplar(message, 2, exemplar);
        }
        if let Some(born) = born.filter(|_| kind == Kind::Counter) {
            write_time(message, COUNTER_START, born);
        }
    });
}

fn write_summary(
    metric: &mut Message,
    (count, sum): (Option<u64>, Option<f64>),
    quantiles: &[(f64, f64)],
    born: Option<u64>,
) {
    metric.message(4, |summary| {
        if let Some(count) = count {
            summary.uint(1, count);
        }
        if let Some(sum) = sum {
            summary.double(2, sum);
        }
        for &(phi, value) in quantiles {
            summary.message(3, |quantile| {
                quantile.double(1, phi);
                quantile.double(2, value);
            });
        }
        if let Some(born) = born {
            write_time(summary, SUMMARY_START, born);
        }
    });
}

fn write_bucket(histogram: &mut Message, bound: f64, count: u64, exemplar: Option<&Exemplar>) {
    histogram.message(3, |bucket| {
        bucket.uint(1, count);
        bucket.double(2, bound);
        if let Some(exemplar) = exemplar {
            write_exemplar(bucket, 3, exemplar);
        }
    });
}

fn write_exemplar(message: &mut Message, field: u32, exemplar: &Exemplar) {
    message.message(field, |message| {
        for (name, value) in exemplar.labels() {
            message.message(1, |label| {
                label.text(1, name);
                label.text(2, value);
            });
        }
        message.double(2, exemplar.value());
        if let Some(time) = exemplar.time() {
            write_time(message, 3, time);
        }
    });
}

/// A `google.protobuf.Timestamp`.
fn write_time(message: &mut Message, field: u32, milliseconds: u64) {
    message.message(field, |time| {
        time.uint(1, milliseconds / 1000);
        time.uint(2, milliseconds % 1000 * 1_000_000);
    });
}

#[cfg(all(test, not(loom)))]
mod tests;
