//! Expositions back into families: text 0.0.4 and 1.0.0, OpenMetrics, and protocol buffers.
//!
//! No crate fits: those for the text formats are built on grammars or regular expressions, make a map of strings for each
//! sample, and know neither names in quotes nor where a line is at fault; none reads all formats. So this is code of our own.
//!
//! A parsed [`Page`] is a few large arrays. Texts are places in one buffer, which holds a copy of the body, so that no sample
//! allocates. Memory is bounded by the length of the body: nothing is sized by what a body announces.
//!
//! ```
//! use aioprometheus::parse::{Format, Rules, parse};
//!
//! let page = parse(b"# TYPE hits counter\nhits{path=\"/\"} 5\n", Format::Text, Rules::Lenient)?;
//! let family = page.families().next().expect("there is one");
//! let sample = family.samples().next().expect("it has one");
//! assert_eq!((family.name(), sample.labels().next()), ("hits", Some(("path", "/"))));
//! # Ok::<(), aioprometheus::parse::ParseError>(())
//! ```

use std::borrow::Cow;
use std::fmt;

use crate::memory::OutOfMemory;
use crate::quote::quoted;

mod build;
mod check;
mod cursor;
mod lines;
mod number;
mod openmetrics;
mod page;
mod problem;
mod protobuf;
mod recognise;
mod text;

pub use page::{Example, FamilyView, NativeView, Page, SampleView, Spans, Time};
pub use recognise::{format_of, recognised};

/// The longest body, whose places fit 32 bits together with the texts that lose their escapes.
pub const LONGEST: usize = 1 << 30;

/// The formats that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text 0.0.4. It has no names in quotes, which strict rules refuse.
    Text,
    /// Text 1.0.0.
    Utf8Text,
    /// OpenMetrics.
    OpenMetrics,
    /// Protocol buffers.
    Protobuf,
}

/// How much of a format is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// What a Prometheus server takes.
    Lenient,
    /// The letter of the format.
    Strict,
}

/// What a line says of a family.
#[derive(Debug, Clone, Copy)]
enum Part {
    Help(page::Span),
    Kind(crate::kind::Kind),
    Unit(page::Span),
}

/// Why a body is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The number of the line, from 1 on; of protocol buffers that of the family.
    pub line: Option<usize>,
    /// The line, shortened.
    pub shown: String,
    /// What is wrong, and what to do.
    pub problem: Cow<'static, str>,
    /// Whether there was no memory.
    pub is_memory: bool,
}

impl fmt::Display for ParseError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) if !self.shown.is_empty() => {
                write!(formatter, "line {line}: {}: {}", self.problem, self.shown)
            }
            Some(line) => write!(formatter, "line {line}: {}", self.problem),
            None => formatter.write_str(&self.problem),
        }
    }
}

impl std::error::Error for ParseError {}

impl From<OutOfMemory> for ParseError {
    fn from(error: OutOfMemory) -> Self {
        Self { line: None, shown: String::new(), problem: error.to_string().into(), is_memory: true }
    }
}

/// The most characters of a line that a message shows.
const SHOWN: usize = 80;

impl ParseError {
    /// An error of the whole body.
    fn whole(problem: impl Into<Cow<'static, str>>) -> Self {
        Self { line: None, shown: String::new(), problem: problem.into(), is_memory: false }
    }

    /// An error in the line of `input` in which the byte `at` is.
    fn at(input: &[u8], at: usize, problem: impl Into<Cow<'static, str>>) -> Self {
        let at = at.min(input.len());
        let start = memchr::memrchr(b'\n', &input[..at]).map_or(0, |before| before + 1);
        let end = memchr::memchr(b'\n', &input[at..]).map_or(input.len(), |length| at + length);
        let line = memchr::memchr_iter(b'\n', &input[..start]).count() + 1;
        // A character has at most four bytes: so much is enough to show, however long the line is.
        let text = String::from_utf8_lossy(&input[start..end.min(start + SHOWN * 4 + 4)]);
        let mut shown: String = text.chars().take(SHOWN).collect();
        if shown.len() < end - start {
            shown.push_str("...");
        }
        Self { line: Some(line), shown: quoted(&shown), problem: problem.into(), is_memory: false }
    }
}

/// Parses a body.
///
/// # Errors
///
/// [`ParseError`], with the first line that is at fault.
pub fn parse(body: &[u8], format: Format, rules: Rules) -> Result<Page, ParseError> {
    if body.len() > LONGEST {
        return Err(ParseError::whole("a body has at most 1 GiB; parse it in parts"));
    }
    if format == Format::Protobuf {
        return protobuf::parse(body, rules);
    }
    let input = std::str::from_utf8(body).map_err(|error| {
        let problem = "it is not UTF-8; this is no text format, or it was damaged";
        ParseError::at(body, error.valid_up_to(), problem)
    })?;
    let page = match format {
        Format::Text | Format::Utf8Text => text::parse(input, format == Format::Text, rules)?,
        Format::OpenMetrics | Format::Protobuf => openmetrics::parse(input, rules)?,
    };
    if rules == Rules::Strict {
        check::page(&page, input, format)?;
    }
    Ok(page)
}

/// Parses a body of a media type, or one whose format is to be recognised.
///
/// `is_text` says that it was text already, and so cannot be protocol buffers.
///
/// # Errors
///
/// As for [`parse`], and for a media type that is that of no format.
pub fn parse_as(
    body: &[u8],
    content_type: Option<&str>,
    is_text: bool,
    rules: Rules,
) -> Result<Page, ParseError> {
    let format = match content_type {
        None => recognised(body, is_text),
        Some(given) => format_of(given).ok_or_else(|| {
            let shown = problem::shortened(given);
            ParseError::whole(format!(
                "{shown} is the media type of no exposition; leave it out, and the format is recognised"
            ))
        })?,
    };
    parse(body, format, rules)
}

#[cfg(test)]
mod tests;
