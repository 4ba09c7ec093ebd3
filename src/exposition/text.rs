//! The text formats 0.0.4 and 1.0.0.
//!
//! Source: Prometheus, "Exposition formats", text-based format; the order of families, series and labels
//! is that of PyPI's aioprometheus 23.12.0. In 1.0.0, names that need quotes may have them.

use super::lines::{Dialect, header_name};
use super::writer::{Title, Writer};
use super::{Block, Options, shown_name};
use crate::error::{Error, Mistake};
use crate::family::Descriptor;
use crate::kind::{Kind, Part};
use crate::labels::{Common, LabelSet, Pair};
use crate::memory::OutOfMemory;
use crate::metric::Number;
use crate::name::{Escaping, LabelNameError, Naming, find_meeting};
use crate::number::{write_float, write_number};
use crate::output::{Cursor, Sink};

/// The blocks in their order, each line ended by a line feed.
pub(super) fn encode(sink: &mut impl Sink, blocks: &[&Block], options: Options) -> Result<(), OutOfMemory> {
    let mut writer = Writer::<_, Text>::new(sink, options);
    for &block in blocks {
        if let Block::Text { text, .. } = block {
            writer.push(text)?;
            writer.push("\n")?;
        } else if let Some(descriptor) = block.descriptor() {
            if descriptor.kind() == Kind::GaugeHistogram {
                // Its count and its sum have names that no type of the format knows: they are families of their own.
                for part in [Part::Bucket, Part::Count, Part::Sum] {
                    writer.begin(title_of_part(descriptor, part, options.escaping))?;
                    writer.only = Some(part);
                    block.walk(&mut writer)?;
                }
                writer.only = None;
                continue;
            }
            writer.begin(title(descriptor, options.escaping))?;
            block.walk(&mut writer)?;
        }
    }
    Ok(())
}

fn title(descriptor: &Descriptor, escaping: Escaping) -> Title {
    let name = header_name(&shown_name(descriptor, escaping), escaping);
    let header = write_header(&name, descriptor.help(), descriptor.kind().traits().text);
    Title { header, is_counter: false, created: None }
}

/// How a part of a gauge histogram is shown.
fn title_of_part(descriptor: &Descriptor, part: Part, escaping: Escaping) -> Title {
    if part == Part::Bucket {
        return title(descriptor, escaping);
    }
    let name =
        format!("{}{}", escaping.metric_name(descriptor.sample_base()), descriptor.kind().suffix(part));
    let kind = Kind::Gauge.traits().text;
    let header = write_header(&header_name(&name, escaping), descriptor.help(), kind);
    Title { header, ..Title::default() }
}

/// What ends every line.
fn tail(timestamp: Option<i64>) -> String {
    timestamp.map_or_else(|| "\n".to_owned(), |timestamp| format!(" {timestamp}\n"))
}

fn write_header(name: &str, help: &str, kind: &str) -> String {
    let help = help.replace('\\', "\\\\").replace('\n', "\\n");
    format!("# HELP {name} {help}\n# TYPE {name} {kind}\n")
}

/// The HELP and TYPE lines of a family, without the last line feed. In HELP, `\` and line feed are escaped.
///
/// # Errors
///
/// [`Error::MetricName`] when the name is malformed.
pub fn header(
    name: &str,
    help: &str,
    kind: &str,
    naming: Naming,
    escaping: Escaping,
) -> Result<String, Error> {
    if !naming.takes_metric_name(name) {
        return Err(Error::MetricName { name: name.to_owned() });
    }
    let mut text = write_header(&header_name(&escaping.metric_name(name), escaping), help, kind);
    text.pop();
    Ok(text)
}

/// The line of one sample, without its line feed.
///
/// # Errors
///
/// [`Error::MetricName`] or [`LabelNameError::Syntax`] when a name would break the line, [`Mistake::LabelsMeet`] when two label
/// names become one.
pub fn sample(
    name: &str,
    labels: &[Pair<'_>],
    value: Number,
    timestamp: Option<i64>,
    (naming, escaping): (Naming, Escaping),
) -> Result<String, Error> {
    if !naming.takes_metric_name(name) {
        return Err(Error::MetricName { name: name.to_owned() });
    }
    if let Some((label, _)) = labels.iter().find(|(label, _)| !naming.takes_label_name(label)) {
        return Err(Error::of(name, LabelNameError::Syntax { name: (*label).to_owned() }));
    }
    let names: Vec<&str> = labels.iter().map(|&(label, _)| label).collect();
    if let Some((first, second, escaping)) = find_meeting(&names) {
        let (first, second) = (first.to_owned(), second.to_owned());
        return Err(Error::of(name, Mistake::LabelsMeet { first, second, escaping }));
    }
    let common = Common { metric: name, one_name: true, constant: &[], reserved: None, naming, escaping };
    let mut line =
        LabelSet::new(common, labels).map_err(|error| Error::of(name, error))?.start().as_bytes().to_vec();
    write_number(&mut line, value);
    line.extend_from_slice(tail(timestamp).trim_end().as_bytes());
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Numbers as 23.12.0 wrote them.
pub(super) struct Text;

impl Dialect for Text {
    const OPEN: bool = false;

    fn tail(timestamp: Option<i64>) -> String {
        tail(timestamp)
    }

    #[inline]
    fn write_number(cursor: &mut Cursor<'_>, number: Number) {
        write_number(cursor, number);
    }

    #[inline]
    fn write_float(cursor: &mut Cursor<'_>, float: f64) {
        write_float(cursor, float);
    }

    /// 23.12.0 wrote it as a float.
    #[inline]
    fn write_count(cursor: &mut Cursor<'_>, count: u64) {
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is what is written")]
        write_float(cursor, count as f64);
    }
}
