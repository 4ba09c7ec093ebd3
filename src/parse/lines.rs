//! What the text formats have in common: lines, samples, and the lines that describe a family.

use super::build::Builder;
use super::cursor::{Cursor, Dialect};
use super::page::{Labels, Span};
use super::problem::{Problem, shortened};
use super::{ParseError, Part};
use crate::kind::Kind;
use crate::metric::Number;

/// Gives each line to `read`, with its start and its end, until one is at fault. Gives whether the last one has a line feed.
pub(super) fn each_line(
    input: &str,
    mut read: impl FnMut(usize, usize) -> Result<(), Problem>,
) -> Result<bool, ParseError> {
    let (bytes, mut start) = (input.as_bytes(), 0);
    while start < bytes.len() {
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |length| start + length);
        read(start, end).map_err(|problem| problem.at(input, start))?;
        start = end + 1;
    }
    Ok(start == bytes.len())
}

/// The name and the labels of a sample.
#[inline]
pub(super) fn series(
    cursor: &mut Cursor<'_>,
    builder: &mut Builder,
    dialect: Dialect,
) -> Result<(Span, Labels), Problem> {
    let name = cursor.name(true);
    if dialect.is_loose {
        cursor.take_blanks();
    }
    if !cursor.take(b'{') {
        let name = name.ok_or("a line begins with the name of a metric, or with #")?;
        return Ok((name, builder.labels_since(builder.label_count())?));
    }
    let (labels, quoted) = cursor.labels(builder, dialect, name.is_none())?;
    let name = name.or(quoted).ok_or("the name of the metric is missing")?;
    Ok((name, labels))
}

/// The value of a sample.
#[inline]
pub(super) fn value(word: &str) -> Result<Number, Problem> {
    super::number::number(word).ok_or_else(|| match word {
        "" => "the value is missing".into(),
        _ => Problem::from(format!("the value {} is not a number", shortened(word))),
    })
}

/// The kind of a word in a TYPE line, if `is_known` holds for it.
pub(super) fn kind(word: &str, is_known: impl Fn(Kind, &str) -> bool) -> Result<Part, Problem> {
    let mut known = Kind::ALL
        .into_iter()
        .flat_map(|kind| [(kind, kind.as_str()), (kind, kind.traits().openmetrics)])
        .filter(|&(kind, word)| is_known(kind, word));
    if let Some((kind, _)) = known.clone().find(|&(_, own)| own == word) {
        return Ok(Part::Kind(kind));
    }
    let mut words: Vec<&str> = known.by_ref().map(|(_, word)| word).collect();
    words.dedup();
    Err(format!("a type is one of {}, not {}", words.join(", "), shortened(word)).into())
}
