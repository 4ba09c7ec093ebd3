//! What an exposition must show of families, in each format.
//!
//! Source: the module documentation of the core's formats, which says what OpenMetrics forbids and so is left out.

use aioprometheus::exposition::Options;
use aioprometheus::kind::Kind;
use aioprometheus::metric::{Exemplar, Number};
use aioprometheus::number::{bound_text, float_text};

use crate::families::{Family, Histogram, Reading, Series};
use crate::protobuf;
use crate::text::{self, Labels, Sample};

/// How a text format shows families.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// What the scraper chose.
    pub options: Options,
    /// Whether it is OpenMetrics.
    pub open: bool,
    /// The word in the TYPE line, if there is one.
    pub kind: Option<&'a str>,
    /// The name of the samples that report births, if they do.
    pub created: Option<&'a str>,
}

impl Shown<'_> {
    /// The samples of a family.
    #[must_use]
    pub fn samples(&self, family: &Family) -> Vec<Sample> {
        let mut samples = Vec::new();
        for series in &family.series {
            self.series(family, series, &mut samples);
            if let (Some(name), Some(born)) = (self.created, series.born) {
                let seconds = format!("{}.{:03}", born / 1000, born % 1000);
                let value = text::Number::float(seconds.parse().expect("a float"));
                let labels = family.labels(series, &Labels::new(), self.options.escaping);
                samples.push(self.sample((name.to_owned(), series), labels, value, None));
            }
        }
        samples
    }

    fn sample(
        &self,
        (name, series): (String, &Series),
        labels: Labels,
        value: text::Number,
        exemplar: Option<&Exemplar>,
    ) -> Sample {
        let has_nul = |one: &&Exemplar| one.labels().any(|(_, value)| value.contains('\0'));
        let exemplar = exemplar.filter(|one| self.open && !has_nul(one)).map(|one| text::Exemplar {
            labels: crate::families::owned(one.labels()),
            value: text::Number::float(one.value()),
            time: one.time().map(|time| i64::try_from(time).expect("a time")),
        });
        Sample { name, labels, value, time: series.timestamp.or(self.options.timestamp), exemplar }
    }

    fn series(&self, family: &Family, series: &Series, samples: &mut Vec<Sample>) {
        let (descriptor, escaping) = (&family.descriptor, self.options.escaping);
        let base = family.base(escaping);
        let own = descriptor.reserved_label().unwrap_or_default();
        let labels = |more: &[(&str, &str)]| {
            family.labels(series, &crate::families::owned(more.iter().copied()), escaping)
        };
        let mut push = |suffix: &str, labels, value, exemplar| {
            samples.push(self.sample((format!("{base}{suffix}"), series), labels, value, exemplar));
        };
        match &series.reading {
            Reading::Value(number, exemplar) => {
                let is_counter = self.kind == Some("counter");
                if self.open && is_counter && number.check_counter().is_err() {
                    return;
                }
                push("", labels(&[]), shown_number(*number), exemplar.as_ref().filter(|_| is_counter));
            }
            Reading::Summary { quantiles, count, sum } => {
                for &(rank, value) in quantiles {
                    if !(self.open && (value < 0.0 || !(0.0..=1.0).contains(&rank))) {
                        push("", labels(&[(own, &float_text(rank))]), text::Number::float(value), None);
                    }
                }
                if let Some(count) = *count {
                    let count = if self.open { text::Number::Int(whole(count)) } else { shown_number(count) };
                    push("_count", labels(&[]), count, None);
                }
                if let Some(sum) = sum.filter(|sum| !self.open || *sum >= 0.0) {
                    push("_sum", labels(&[]), text::Number::float(sum), None);
                }
            }
            Reading::Histogram(Histogram { buckets, count, sum, .. }) => {
                for (bound, count, exemplar) in buckets {
                    let labels = labels(&[(own, &bound_text(*bound))]);
                    push("_bucket", labels, self.count(*count), exemplar.as_ref());
                }
                let is_gauge = descriptor.kind() == Kind::GaugeHistogram;
                let (count_name, sum_name) = if is_gauge { ("_gcount", "_gsum") } else { ("_count", "_sum") };
                let is_positive = buckets.first().is_none_or(|bucket| bucket.0 >= 0.0);
                let is_last = *count == buckets.last().map_or(0, |bucket| bucket.1);
                let is_good = |sum: f64| {
                    if is_gauge {
                        sum >= 0.0 || (sum < 0.0 && !is_positive)
                    } else {
                        sum >= 0.0 && is_positive
                    }
                };
                let sum = sum.filter(|sum| !self.open || (is_last && is_good(*sum)));
                if !self.open || sum.is_some() {
                    push(count_name, labels(&[]), self.count(*count), None);
                }
                if let Some(sum) = sum {
                    push(sum_name, labels(&[]), text::Number::float(sum), None);
                }
            }
            Reading::Info(facts) => {
                push("_info", family.labels(series, facts, escaping), text::Number::float(1.0), None);
            }
            Reading::State(states) => {
                for (state, is_current) in states {
                    let value = text::Number::float(if *is_current { 1.0 } else { 0.0 });
                    push("", labels(&[(own, state)]), value, None);
                }
            }
        }
    }

    fn count(&self, count: u64) -> text::Number {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is written")]
        if self.open { text::Number::Int(count.into()) } else { text::Number::float(count as f64) }
    }
}

fn shown_number(number: Number) -> text::Number {
    match number {
        Number::Int(int) => text::Number::Int(int.into()),
        Number::Float(float) => text::Number::float(float),
    }
}

/// The count of a summary as OpenMetrics takes it: whole, and not negative.
#[expect(clippy::cast_possible_truncation, reason = "the nearest is what is wanted")]
fn whole(count: Number) -> i128 {
    match count {
        Number::Int(int) => int.max(0).into(),
        Number::Float(float) => (float.max(0.0) as i128).min(u64::MAX.into()),
    }
}

/// The message of a family. The native buckets are left out.
#[must_use]
pub fn message(family: &Family, options: Options) -> protobuf::MetricFamily {
    let (descriptor, escaping) = (&family.descriptor, options.escaping);
    let kind = descriptor.kind();
    let name = family.name(escaping);
    let stem = name.strip_suffix("_total").filter(|_| kind == Kind::Counter).unwrap_or(&name);
    let unit = descriptor.unit().filter(|unit| ends_with_unit(stem, unit)).map(str::to_owned);
    let mut all = Vec::new();
    for series in &family.series {
        let mut push = |more: &Labels, metric: protobuf::Metric| {
            let label = messages_of(family.labels(series, more, escaping));
            let timestamp_ms = series.timestamp.or(options.timestamp);
            all.push(protobuf::Metric { label, timestamp_ms, ..metric });
        };
        let start_timestamp = series.born.map(|born| time(born.try_into().expect("a time")));
        let gauge = |value: f64| protobuf::Metric {
            gauge: Some(protobuf::Value { value: Some(value.to_bits()) }),
            ..protobuf::Metric::default()
        };
        let mut metric = protobuf::Metric::default();
        match &series.reading {
            Reading::Value(number, exemplar) => {
                let value = Some(number.as_f64().to_bits());
                match kind {
                    Kind::Counter => {
                        let exemplar = exemplar.as_ref().map(message_of);
                        metric.counter = Some(protobuf::Counter { value, exemplar, start_timestamp });
                    }
                    Kind::Untyped => metric.untyped = Some(protobuf::Value { value }),
                    _ => metric.gauge = Some(protobuf::Value { value }),
                }
                push(&Labels::new(), metric);
            }
            Reading::Summary { quantiles, count, sum } => {
                let quantile = quantiles.iter().map(|(rank, value)| protobuf::Quantile {
                    quantile: Some(rank.to_bits()),
                    value: Some(value.to_bits()),
                });
                metric.summary = Some(protobuf::Summary {
                    sample_count: count.map(|count| u64::try_from(whole(count)).expect("a count")),
                    sample_sum: sum.map(f64::to_bits),
                    quantile: quantile.collect(),
                    start_timestamp,
                });
                push(&Labels::new(), metric);
            }
            Reading::Histogram(histogram) => {
                metric.histogram =
                    Some(protobuf::Histogram { start_timestamp, ..message_of_histogram(histogram) });
                push(&Labels::new(), metric);
            }
            Reading::Info(facts) => push(facts, gauge(1.0)),
            Reading::State(states) => {
                for (state, is_current) in states {
                    let more = vec![(descriptor.name().to_owned(), state.clone())];
                    push(&more, gauge(if *is_current { 1.0 } else { 0.0 }));
                }
            }
        }
    }
    let r#type = match kind {
        Kind::Counter => 0,
        Kind::Gauge | Kind::Info | Kind::StateSet => 1,
        Kind::Summary => 2,
        Kind::Untyped => 3,
        Kind::Histogram => 4,
        Kind::GaugeHistogram => 5,
    };
    let help = Some(descriptor.help().to_owned());
    protobuf::MetricFamily { name: Some(name), help, r#type: Some(r#type), metric: all, unit }
}

/// Whether a name is that of something in a unit.
#[must_use]
pub fn ends_with_unit(name: &str, unit: &str) -> bool {
    name.len() > unit.len() + 1 && name.ends_with(&format!("_{unit}"))
}

fn message_of_histogram(histogram: &Histogram) -> protobuf::Histogram {
    let Histogram { buckets, count, sum, native, exemplars } = histogram;
    // Without classic buckets, there is one for the sake of its exemplar alone.
    let is_shown = |exemplar: bool| native.is_none() || buckets.len() > 1 || exemplar;
    let shown = buckets.iter().filter(|bucket| is_shown(bucket.2.is_some()));
    let bucket = shown.map(|(bound, count, exemplar)| protobuf::Bucket {
        cumulative_count: Some(*count),
        upper_bound: Some(bound.to_bits()),
        exemplar: exemplar.as_ref().map(message_of),
    });
    protobuf::Histogram {
        sample_count: Some(native.as_ref().map_or(*count, |native| native.count)),
        sample_sum: sum.map(f64::to_bits),
        bucket: bucket.collect(),
        schema: native.as_ref().map(|native| native.schema.into()),
        zero_threshold: native.as_ref().map(|native| native.zero_threshold.to_bits()),
        zero_count: native.as_ref().map(|native| native.zero_count),
        exemplars: exemplars.iter().map(message_of).collect(),
        ..protobuf::Histogram::default()
    }
}

fn messages_of(labels: Labels) -> Vec<protobuf::LabelPair> {
    let message = |(name, value)| protobuf::LabelPair { name: Some(name), value: Some(value) };
    labels.into_iter().map(message).collect()
}

fn message_of(exemplar: &Exemplar) -> protobuf::Exemplar {
    protobuf::Exemplar {
        label: messages_of(crate::families::owned(exemplar.labels())),
        value: Some(exemplar.value().to_bits()),
        timestamp: exemplar.time().map(|at| time(at.try_into().expect("a time"))),
    }
}

fn time(milliseconds: i64) -> protobuf::Timestamp {
    let nanos = i32::try_from(milliseconds % 1000 * 1_000_000).expect("below a second");
    protobuf::Timestamp { seconds: Some(milliseconds / 1000), nanos: Some(nanos) }
}
