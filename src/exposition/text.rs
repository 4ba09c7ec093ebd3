//! The text format 0.0.4.
//!
//! Source: Prometheus, "Exposition formats", text-based format; the order of families, series and labels
//! is that of PyPI's aioprometheus 23.12.0.

use super::Block;
use super::number::{write_float, write_int, write_number};
use crate::error::Error;
use crate::family::{AnyFamily, Descriptor, Family};
use crate::fork;
use crate::labels::{Common, LabelSet, Pair};
use crate::metric::{Histogram, Number, Summary, Value};
use crate::name::{is_label_name, is_metric_name};
use crate::prefetch::prefetch;

/// Writes the blocks, sorted by name, each line ended by a line feed.
///
/// `timestamp`, in milliseconds since 1970, is appended to every sample. It runs without any lock but
/// those of single series and chunks of series, for microseconds each.
#[must_use]
pub fn encode(blocks: impl IntoIterator<Item = Block>, timestamp: Option<i64>) -> Vec<u8> {
    encode_into(Vec::new(), blocks, timestamp)
}

/// As [`encode`], appending to `buffer`.
#[must_use]
pub fn encode_into(
    buffer: Vec<u8>,
    blocks: impl IntoIterator<Item = Block>,
    timestamp: Option<i64>,
) -> Vec<u8> {
    let mut blocks: Vec<Block> = blocks.into_iter().collect();
    blocks.sort_by(|left, right| left.name().cmp(right.name()));
    let mut writer = Writer { buffer, tail: tail(timestamp) };
    for block in &blocks {
        match block {
            Block::Family(family) => writer.write_family(family),
            Block::Text { text, .. } => {
                writer.push(text);
                writer.push("\n");
            }
        }
    }
    writer.buffer
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

/// Room for a number and the signs around it.
const NUMBER: usize = 32;

struct Writer {
    buffer: Vec<u8>,
    tail: String,
}

impl Writer {
    #[inline]
    fn push(&mut self, text: &str) {
        self.buffer.extend_from_slice(text.as_bytes());
    }

    #[inline]
    fn end_line(&mut self) {
        match self.tail.as_bytes() {
            [line_feed] => self.buffer.push(*line_feed),
            tail => self.buffer.extend_from_slice(tail),
        }
    }

    fn write_family(&mut self, family: &AnyFamily) {
        self.write_header(family.descriptor());
        match family {
            AnyFamily::Value(family) => self.write_values(family),
            AnyFamily::Summary(family) => self.write_summaries(family),
            AnyFamily::Histogram(family) => self.write_histograms(family),
        }
    }

    fn write_header(&mut self, descriptor: &Descriptor) {
        self.push(&header(descriptor.name(), descriptor.help(), descriptor.kind().as_str()));
    }

    fn write_values(&mut self, family: &Family<Value>) {
        family.for_each_chunk(|chunk| {
            let starts = || chunk.iter().map(|series| series.labels().start());
            let room = starts().map(str::len).sum::<usize>() + chunk.len() * (self.tail.len() + NUMBER);
            self.buffer.reserve(room);
            // Each start is somewhere else in memory: asking for all of them first lets the processor fetch
            // them side by side, where writing them would wait for one after the other.
            starts().for_each(|start| prefetch(start.as_ptr()));
            for series in chunk {
                self.push(series.labels().start());
                write_number(&mut self.buffer, series.metric().get());
                self.end_line();
            }
        });
    }

    fn write_summaries(&mut self, family: &Family<Summary>) {
        let name = family.descriptor().name();
        let names = ["_count", "_sum"].map(|suffix| format!("{name}{suffix}"));
        family.for_each(|series| {
            let labels = series.labels();
            let snapshot = fork::section(|| series.metric().read());
            for (phi, value) in snapshot.quantiles(family.spec()) {
                self.push(name);
                self.write_labels_with(labels, &format!("quantile=\"{}\"", float_text(phi)));
                write_float(&mut self.buffer, value);
                self.end_line();
            }
            self.push(&names[0]);
            self.push(labels.start());
            write_int(&mut self.buffer, snapshot.count);
            self.end_line();
            self.push(&names[1]);
            self.push(labels.start());
            write_float(&mut self.buffer, snapshot.sum);
            self.end_line();
        });
    }

    fn write_histograms(&mut self, family: &Family<Histogram>) {
        let name = family.descriptor().name();
        let names = ["_bucket", "_count", "_sum"].map(|suffix| format!("{name}{suffix}"));
        let le = |bound: &f64| format!("le=\"{}\"", bound_text(*bound));
        let bounds: Vec<String> = family.spec().upper().iter().map(le).collect();
        let mut counts = Vec::with_capacity(bounds.len());
        family.for_each(|series| {
            let labels = series.labels();
            let sum = series.metric().read(&mut counts);
            for (le, &count) in bounds.iter().zip(&counts) {
                self.push(&names[0]);
                self.write_labels_with(labels, le);
                self.write_count(count);
            }
            self.push(&names[1]);
            self.push(labels.start());
            self.write_count(counts.last().copied().unwrap_or_default());
            self.push(&names[2]);
            self.push(labels.start());
            write_float(&mut self.buffer, sum);
            self.end_line();
        });
    }

    /// A count of a histogram, which 23.12.0 wrote as a float.
    #[inline]
    fn write_count(&mut self, count: u64) {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is written")]
        write_float(&mut self.buffer, count as f64);
        self.end_line();
    }

    /// The labels with the `reserved` one sorted in, and the space before the value.
    #[inline]
    fn write_labels_with(&mut self, labels: &LabelSet, reserved: &str) {
        let [before, left, right, after] = labels.around_reserved();
        for part in [before, left, reserved, right, after] {
            self.push(part);
        }
    }
}
