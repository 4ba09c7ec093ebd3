//! Protocol buffers: a `MetricFamily` for each family, each behind its length.
//!
//! Source: prometheus/client_model, `io/prometheus/client/metrics.proto`.

use smallvec::SmallVec;

use super::output::{self, Output, Sink};
use super::report::{Reading, Report};
use super::{Block, Options, shown_name};
use crate::family::{AnyFamily, Descriptor, Family, ends_with_unit, stem_of};
use crate::fork;
use crate::kind::Kind;
use crate::labels::identity::Named;
use crate::labels::{LabelSet, Pair};
use crate::memory::OutOfMemory;
use crate::metric::{Exemplar, Histogram, Info, StateSet, Summary, Value, histogram, info, native};
use crate::prefetch::prefetch;

mod message;

use message::{Message, VARINT, push_varint};

/// The types of a `MetricFamily`.
fn type_of(kind: Kind) -> u64 {
    match kind {
        Kind::Counter => 0,
        Kind::Gauge | Kind::Info | Kind::StateSet => 1,
        Kind::Summary => 2,
        Kind::Untyped => 3,
        Kind::Histogram => 4,
    }
}

/// The blocks in their order.
pub(super) fn encode(sink: &mut impl Sink, blocks: &[&Block], options: Options) -> Result<(), OutOfMemory> {
    let mut family = Message::default();
    for &block in blocks {
        let Some(descriptor) = block.descriptor() else {
            continue;
        };
        let mut encoder = Encoder::new(descriptor, options, std::mem::take(&mut family));
        match block {
            Block::Family(family) => encoder.write_family(family),
            Block::Report(report) => encoder.write_report(report),
            Block::Text { .. } => (),
        }
        family = encoder.family;
        let bytes = family.bytes()?;
        output::write(sink, VARINT + bytes.len(), |cursor| {
            push_varint(cursor, bytes.len() as u64);
            cursor.push(bytes);
        })?;
        family.clear();
    }
    Ok(())
}

/// Writes the metrics of one family.
struct Encoder<'a> {
    descriptor: &'a Descriptor,
    constant: Vec<Pair<'a>>,
    options: Options,
    family: Message,
}

/// Where a metric keeps the time of its birth, in the message of its kind.
const COUNTER_START: u32 = 3;
const SUMMARY_START: u32 = 4;
const HISTOGRAM_START: u32 = 15;

impl<'a> Encoder<'a> {
    fn new(descriptor: &'a Descriptor, options: Options, mut family: Message) -> Self {
        let name = shown_name(descriptor, options.escaping);
        family.text(1, &name);
        family.text(2, descriptor.help());
        family.uint(3, type_of(descriptor.kind()));
        let stem = stem_of(&name, descriptor.kind());
        if let Some(unit) = descriptor.unit().filter(|unit| ends_with_unit(stem, unit)) {
            family.text(5, unit);
        }
        Self { descriptor, constant: descriptor.constant().collect(), options, family }
    }

    /// Writes a `Metric`: its labels, sorted by name, and what `fill` writes.
    fn metric(&mut self, labels: &LabelSet, more: &[Pair<'_>], fill: impl FnOnce(&mut Message)) {
        let mut pairs: SmallVec<[Pair<'_>; 8]> = SmallVec::from_slice(&self.constant);
        if labels.replaces_constant() {
            let given: Vec<Pair<'_>> = labels.pairs().collect();
            let given = Named::new(&given);
            pairs.retain(|(constant, _)| given.get(constant).is_none());
        }
        labels.pairs().for_each(|pair| pairs.push(pair));
        pairs.extend_from_slice(more);
        if !pairs.is_sorted() {
            pairs.sort_unstable();
        }
        let options = self.options;
        let is_plain = labels.is_plain() && more.is_empty();
        self.family.message(4, |metric| {
            for &(name, value) in &pairs {
                metric.message(1, |label| {
                    if is_plain {
                        label.text(1, name);
                    } else {
                        label.text(1, &options.escaping.label_name(name));
                    }
                    label.text(2, value);
                });
            }
            fill(metric);
            if let Some(timestamp) = options.timestamp {
                metric.uint(6, timestamp as u64);
            }
        });
    }

    fn write_family(&mut self, family: &AnyFamily) {
        match family {
            AnyFamily::Value(family) => self.write_values(family),
            AnyFamily::Summary(family) => self.write_summaries(family),
            AnyFamily::Histogram(family) => self.write_histograms(family),
            AnyFamily::Info(family) => self.write_infos(family),
            AnyFamily::StateSet(family) => self.write_state_sets(family),
        }
    }

    fn write_report(&mut self, report: &Report) {
        let kind = self.descriptor.kind();
        for (labels, reading) in report.series() {
            match reading {
                Reading::Value(number) => self.metric(labels, &[], |metric| {
                    write_value(metric, kind, number.as_f64(), None, None);
                }),
                Reading::Summary { quantiles, count, sum } => self.metric(labels, &[], |metric| {
                    write_summary(metric, (count.as_count(), *sum), quantiles, None);
                }),
                Reading::Histogram { buckets, count, sum } => self.metric(labels, &[], |metric| {
                    metric.message(7, |histogram| {
                        histogram.uint(1, *count);
                        histogram.double(2, *sum);
                        for &(bound, count) in buckets {
                            write_bucket(histogram, bound, count, None);
                        }
                    });
                }),
                Reading::Info(facts) => {
                    self.write_gauge(labels, &info::pairs(facts), 1.0);
                }
                Reading::State { states, current } => {
                    for state in states {
                        let value = if state == current { 1.0 } else { 0.0 };
                        self.write_gauge(labels, &[(self.descriptor.name(), state)], value);
                    }
                }
            }
        }
    }

    /// A gauge of a series, with more labels.
    fn write_gauge(&mut self, labels: &LabelSet, more: &[Pair<'_>], value: f64) {
        self.metric(labels, more, |metric| write_value(metric, Kind::Gauge, value, None, None));
    }

    fn write_values(&mut self, family: &Family<Value>) {
        let kind = self.descriptor.kind();
        family.for_each_chunk(|chunk| {
            for series in chunk {
                // Each start is somewhere else in memory.
                prefetch(series.labels().start().as_ptr());
            }
            for series in chunk {
                let (value, born) = (series.metric(), series.born());
                let exemplar = value.exemplars().get(0).filter(|_| kind == Kind::Counter);
                self.metric(series.labels(), &[], |metric| {
                    let number = value.get().as_f64();
                    write_value(metric, kind, number, exemplar.as_deref(), Some(born));
                });
            }
        });
    }

    fn write_summaries(&mut self, family: &Family<Summary>) {
        family.for_each(|series| {
            let born = series.born();
            let snapshot = fork::section(|| series.metric().read());
            let quantiles = snapshot.quantiles(family.spec());
            self.metric(series.labels(), &[], |metric| {
                write_summary(metric, (snapshot.count, snapshot.sum), &quantiles, Some(born));
            });
        });
    }

    fn write_histograms(&mut self, family: &Family<Histogram>) {
        if !family.has_begun() {
            return; // The bounds may still change.
        }
        let spec = family.spec();
        let mut reading = histogram::Reading::default();
        family.for_each(|series| {
            let born = series.born();
            series.metric().read(spec, &mut reading);
            let exemplars = series.metric().exemplars();
            let born = reading.reset_at.map_or(born, |reset_at| reset_at.max(born));
            self.metric(series.labels(), &[], |metric| {
                metric.message(7, |message| {
                    let count = reading.counts.last().copied().unwrap_or_default();
                    message.uint(1, reading.native.as_ref().map_or(count, |native| native.count));
                    message.double(2, reading.sum);
                    let buckets = spec.bounds().upper().iter().zip(&reading.counts).enumerate();
                    for (bucket, (&bound, &count)) in buckets {
                        let exemplar = series.metric().exemplar(bucket);
                        // A histogram without classic buckets has one for its exemplar alone: old servers look for it there.
                        if spec.native().is_none() || spec.bounds().upper().len() > 1 || exemplar.is_some() {
                            write_bucket(message, bound, count, exemplar.as_deref());
                        }
                    }
                    if let Some(native) = &reading.native {
                        write_native(message, native);
                    }
                    write_time(message, HISTOGRAM_START, born);
                    if reading.native.is_some() {
                        exemplars.iter().for_each(|exemplar| write_exemplar(message, 16, &exemplar));
                    }
                });
            });
        });
    }

    fn write_infos(&mut self, family: &Family<Info>) {
        let Ok(readings) = family.readings() else {
            return self.family.fail();
        };
        for (series, facts) in readings {
            self.write_gauge(series.labels(), &info::pairs(&facts), 1.0);
        }
    }

    fn write_state_sets(&mut self, family: &Family<StateSet>) {
        let name = self.descriptor.name();
        family.for_each(|series| {
            let current = series.metric().get();
            for (state, text) in family.spec().names().enumerate() {
                let value = if state == current { 1.0 } else { 0.0 };
                self.write_gauge(series.labels(), &[(name, text)], value);
            }
        });
    }
}

fn write_value(metric: &mut Message, kind: Kind, value: f64, exemplar: Option<&Exemplar>, born: Option<u64>) {
    let field = match kind {
        Kind::Counter => 3,
        Kind::Untyped => 5,
        _ => 2,
    };
    metric.message(field, |message| {
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
    (count, sum): (u64, f64),
    quantiles: &[(f64, f64)],
    born: Option<u64>,
) {
    metric.message(4, |summary| {
        summary.uint(1, count);
        summary.double(2, sum);
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

/// The native buckets. Where all are empty, the zero threshold or an empty span distinguishes the histogram from a
/// classic one.
fn write_native(message: &mut Message, native: &native::Reading) {
    message.sint(5, native.schema.into());
    message.double(6, native.zero_threshold);
    message.uint(7, native.zero_count);
    write_buckets(message, 9, &native.negative);
    write_buckets(message, 12, &native.positive);
    let is_bare = native.zero_count == 0 && native.positive.is_empty() && native.negative.is_empty();
    if is_bare && (native.count == 0 || native.zero_threshold <= 0.0) {
        write_span(message, 12, native::Span { offset: 0, length: 0 });
    }
}

/// The spans of native buckets, and in the next field what each has more than the one before.
fn write_buckets(message: &mut Message, field: u32, buckets: &[(i32, u64)]) {
    let (mut spans, mut deltas) = (Vec::new(), Vec::with_capacity(buckets.len()));
    native::spans(buckets, &mut spans, &mut deltas);
    for span in spans {
        write_span(message, field, span);
    }
    message.sints(field + 1, &deltas);
}

fn write_span(message: &mut Message, field: u32, span: native::Span) {
    message.message(field, |message| {
        message.sint(1, span.offset.into());
        message.uint(2, span.length.into());
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
        write_time(message, 3, exemplar.time());
    });
}

/// A `google.protobuf.Timestamp`.
fn write_time(message: &mut Message, field: u32, milliseconds: u64) {
    message.message(field, |time| {
        time.uint(1, milliseconds / 1000);
        time.uint(2, milliseconds % 1000 * 1_000_000);
    });
}
