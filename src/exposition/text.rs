//! The text format 0.0.4.
//!
//! Source: Prometheus, "Exposition formats", text-based format; the order of families, series and labels
//! is that of PyPI's aioprometheus 23.12.0.

use super::Block;
use super::number::{write_float, write_int, write_number};
use super::output::{self, Cursor, Output, Sink};
use crate::error::Error;
use crate::family::{AnyFamily, Family};
use crate::fork;
use crate::labels::{Common, LabelSet, Pair};
use crate::metric::{Histogram, Number, Summary, Value};
use crate::name::{is_label_name, is_metric_name};
use crate::prefetch::prefetch;

/// The blocks, sorted by name, each line ended by a line feed.
///
/// `timestamp`, in milliseconds since 1970, is appended to every sample. It runs without any lock that
/// an update waits for.
#[must_use]
pub fn encode(blocks: impl IntoIterator<Item = Block>, timestamp: Option<i64>) -> Vec<u8> {
    let mut buffer = Vec::new();
    encode_into(&mut buffer, blocks, timestamp);
    buffer
}

/// As [`encode`], appended to `sink`.
pub fn encode_into(sink: &mut impl Sink, blocks: impl IntoIterator<Item = Block>, timestamp: Option<i64>) {
    let mut blocks: Vec<Block> = blocks.into_iter().collect();
    blocks.sort_by(|left, right| left.name().cmp(right.name()));
    let mut writer = Writer { sink, tail: tail(timestamp) };
    for block in &blocks {
        match block {
            Block::Family(family) => writer.write_family(family),
            Block::Text { text, .. } => {
                writer.push(text);
                writer.push("\n");
            }
        }
    }
}

/// What ends every line.
fn tail(timestamp: Option<i64>) -> String {
    timestamp.map_or_else(|| "\n".to_owned(), |timestamp| format!(" {timestamp}\n"))
}

/// The HELP and TYPE lines of a family, each ended by a line feed. In HELP, `\` and line feed are escaped.
#[must_use]
pub fn header(name: &str, help: &str, kind: &str) -> String {
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")
}

/// The line of one sample, without its line feed.
///
/// # Errors
///
/// [`Error::MetricName`] or [`Error::LabelSyntax`] when a name would break the line.
pub fn sample(
    name: &str,
    labels: &[Pair<'_>],
    value: Number,
    timestamp: Option<i64>,
) -> Result<String, Error> {
    if !is_metric_name(name) {
        return Err(Error::MetricName { name: name.to_owned() });
    }
    if let Some((label, _)) = labels.iter().find(|(label, _)| !is_label_name(label)) {
        return Err(Error::LabelSyntax { metric: name.to_owned(), name: (*label).to_owned() });
    }
    let common = Common { metric: name, one_name: true, constant: &[], reserved: None };
    let mut line = LabelSet::new(common, labels)?.start().as_bytes().to_vec();
    write_number(&mut line, value);
    line.extend_from_slice(tail(timestamp).trim_end().as_bytes());
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// The reserved label of a bucket, with the bound as Python prints it: `le="0.5"`, `le="+Inf"`.
#[must_use]
pub fn bound_text(bound: f64) -> String {
    match bound {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => float_text(bound),
    }
}

/// A float as Python prints it.
#[must_use]
pub fn float_text(float: f64) -> String {
    let mut buffer = Vec::new();
    write_float(&mut buffer, float);
    String::from_utf8_lossy(&buffer).into_owned()
}

/// Room for a number: the longest are those of floats, such as `-1.7976931348623157e+308`.
const NUMBER: usize = 24;

struct Writer<'a, S> {
    sink: &'a mut S,
    tail: String,
}

impl<S: Sink> Writer<'_, S> {
    fn push(&mut self, text: &str) {
        output::write(self.sink, text.len(), |cursor| cursor.push(text.as_bytes()));
    }

    fn write_family(&mut self, family: &AnyFamily) {
        let descriptor = family.descriptor();
        self.push(&header(descriptor.name(), descriptor.help(), descriptor.kind().as_str()));
        match family {
            AnyFamily::Value(family) => self.write_values(family),
            AnyFamily::Summary(family) => self.write_summaries(family),
            AnyFamily::Histogram(family) => self.write_histograms(family),
        }
    }

    fn write_values(&mut self, family: &Family<Value>) {
        let tail = self.tail.as_bytes();
        family.for_each_chunk(|chunk| {
            let mut room = chunk.len() * (NUMBER + tail.len());
            for series in chunk {
                let start = series.labels().start();
                room += start.len();
                // It is somewhere else in memory than the one before.
                prefetch(start.as_ptr());
            }
            output::write(self.sink, room, |cursor| {
                for series in chunk {
                    cursor.push(series.labels().start().as_bytes());
                    write_number(cursor, series.metric().get());
                    cursor.push(tail);
                }
            });
        });
    }

    fn write_summaries(&mut self, family: &Family<Summary>) {
        let (name, tail) = (family.descriptor().name(), self.tail.as_bytes());
        let [count, sum] = ["_count", "_sum"].map(|suffix| format!("{name}{suffix}"));
        let quantile = |phi: f64| format!("quantile=\"{}\"", float_text(phi));
        let quantiles: Vec<String> = family.spec().pairs().map(|(phi, _)| quantile(phi)).collect();
        family.for_each(|series| {
            let lines = Lines { labels: series.labels(), tail };
            let snapshot = fork::section(|| series.metric().read());
            let room = lines.room(&count) * 2
                + quantiles.iter().map(|own| lines.room_with(name, own)).sum::<usize>();
            output::write(self.sink, room, |cursor| {
                for (own, (_, value)) in quantiles.iter().zip(snapshot.quantiles(family.spec())) {
                    lines.write_with(cursor, name, own, |cursor| write_float(cursor, value));
                }
                lines.write(cursor, &count, |cursor| write_int(cursor, snapshot.count));
                lines.write(cursor, &sum, |cursor| write_float(cursor, snapshot.sum));
            });
        });
    }

    fn write_histograms(&mut self, family: &Family<Histogram>) {
        let (name, tail) = (family.descriptor().name(), self.tail.as_bytes());
        let [bucket, count, sum] = ["_bucket", "_count", "_sum"].map(|suffix| format!("{name}{suffix}"));
        let le = |bound: &f64| format!("le=\"{}\"", bound_text(*bound));
        let bounds: Vec<String> = family.spec().upper().iter().map(le).collect();
        let mut counts = Vec::with_capacity(bounds.len());
        family.for_each_chunk(|chunk| {
            for series in chunk {
                prefetch(series.labels().start().as_ptr());
                series.metric().prefetch();
            }
            for series in chunk {
                let lines = Lines { labels: series.labels(), tail };
                let total = series.metric().read(&mut counts);
                let room = lines.room(&count) * 2
                    + bounds.iter().map(|own| lines.room_with(&bucket, own)).sum::<usize>();
                output::write(self.sink, room, |cursor| {
                    for (own, &count) in bounds.iter().zip(&counts) {
                        lines.write_with(cursor, &bucket, own, |cursor| write_count(cursor, count));
                    }
                    let all = counts.last().copied().unwrap_or_default();
                    lines.write(cursor, &count, |cursor| write_count(cursor, all));
                    lines.write(cursor, &sum, |cursor| write_float(cursor, total));
                });
            }
        });
    }
}

/// A count of a histogram, which 23.12.0 wrote as a float.
fn write_count(cursor: &mut Cursor<'_>, count: u64) {
    #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is written")]
    write_float(cursor, count as f64);
}

/// The lines of a series that has several.
#[derive(Clone, Copy)]
struct Lines<'a> {
    labels: &'a LabelSet,
    /// What ends every line.
    tail: &'a [u8],
}

impl Lines<'_> {
    /// Room for the line of a name.
    fn room(self, name: &str) -> usize {
        name.len() + self.labels.start().len() + NUMBER + self.tail.len()
    }

    /// Room for the line of a name that has a label of its own.
    fn room_with(self, name: &str, own: &str) -> usize {
        self.room(name) + own.len() + "{,}".len()
    }

    #[inline]
    fn write(self, cursor: &mut Cursor<'_>, name: &str, value: impl FnOnce(&mut Cursor<'_>)) {
        cursor.push(name.as_bytes());
        cursor.push(self.labels.start().as_bytes());
        value(cursor);
        cursor.push(self.tail);
    }

    /// A line with a label of its `own`, sorted in.
    #[inline]
    fn write_with(self, cursor: &mut Cursor<'_>, name: &str, own: &str, value: impl FnOnce(&mut Cursor<'_>)) {
        cursor.push(name.as_bytes());
        let [before, left, right, after] = self.labels.around_reserved();
        for part in [before, left, own, right, after] {
            cursor.push(part.as_bytes());
        }
        value(cursor);
        cursor.push(self.tail);
    }
}
