//! A cursor in one line of a text format, and what names, texts in quotes and labels are.

use super::build::Builder;
use super::page::{Labels, Span};
use super::problem::Problem;

/// What a byte may be in a name.
const FIRST: u8 = 1;
const COLON: u8 = 2;
const DIGIT: u8 = 4;

#[expect(clippy::cast_possible_truncation, reason = "it is below 256")]
static CLASSES: [u8; 256] = {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => FIRST,
            b':' => COLON,
            b'0'..=b'9' => DIGIT,
            _ => 0,
        };
        byte += 1;
    }
    classes
};

/// Which differences between the formats a line is read with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialect {
    /// Whether blanks may stand between everything, and a comma behind the last label.
    pub is_loose: bool,
    /// Whether names may stand in quotes.
    pub has_quotes: bool,
    /// Whether the letter of the format counts.
    pub is_strict: bool,
}

/// A place in a line.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    input: &'a str,
    pub at: usize,
    end: usize,
}

impl<'a> Cursor<'a> {
    /// At the start of a line.
    pub fn new(input: &'a str, start: usize, end: usize) -> Self {
        Self { input, at: start, end }
    }

    /// The next byte.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        if self.at < self.end { self.input.as_bytes().get(self.at).copied() } else { None }
    }

    /// Whether the line has ended.
    #[inline]
    pub fn is_at_end(&self) -> bool {
        self.at >= self.end
    }

    /// Passes a byte, if it is the next one.
    #[inline]
    pub fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    /// Passes a text, if it is the next one.
    pub fn take_text(&mut self, text: &str) -> bool {
        let is_next = self.rest().starts_with(text);
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    /// Passes blanks; gives whether there was one.
    #[inline]
    pub fn take_blanks(&mut self) -> bool {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | b'\t')) {
            self.at += 1;
        }
        self.at > start
    }

    /// What is left of the line.
    pub fn rest(&self) -> &'a str {
        self.input.get(self.at..self.end).unwrap_or_default()
    }

    /// The place of what is left of the line, which it passes.
    pub fn take_rest(&mut self) -> Span {
        let span = Span::new(self.at, self.end);
        self.at = self.end;
        span
    }

    /// What comes before the next blank, which it passes up to there.
    #[inline]
    pub fn word(&mut self) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte != b' ' && byte != b'\t') {
            self.at += 1;
        }
        // Blanks are ASCII, so that characters end there.
        self.input.get(start..self.at).unwrap_or_default()
    }

    /// A name without quotes.
    #[inline]
    pub fn name(&mut self, has_colon: bool) -> Option<Span> {
        let (bytes, start) = (&self.input.as_bytes()[..self.end], self.at);
        let colon = if has_colon { COLON } else { 0 };
        let class = |at: usize| bytes.get(at).map_or(0, |&byte| CLASSES[byte as usize]);
        if class(start) & (FIRST | colon) == 0 {
            return None;
        }
        let mut at = start + 1;
        while class(at) & (FIRST | DIGIT | colon) != 0 {
            at += 1;
        }
        self.at = at;
        Some(Span::new(start, at))
    }

    /// A text in quotes, whose first one is the next byte.
    #[inline]
    pub fn quoted(&mut self, builder: &mut Builder) -> Result<Span, Problem> {
        let (bytes, start) = (&self.input.as_bytes()[..self.end], self.at + 1);
        match memchr::memchr2(b'"', b'\\', bytes.get(start..).unwrap_or_default()) {
            Some(length) if bytes[start + length] == b'"' => {
                self.at = start + length + 1;
                Ok(Span::new(start, start + length))
            }
            found => self.escaped(builder, start, found),
        }
    }

    #[cold]
    fn escaped(
        &mut self,
        builder: &mut Builder,
        start: usize,
        mut found: Option<usize>,
    ) -> Result<Span, Problem> {
        let bytes = &self.input.as_bytes()[..self.end];
        let mut at = start;
        while let Some(length) = found {
            at += length;
            if bytes[at] == b'"' {
                self.at = at + 1;
                let text = self.input.get(start..at).unwrap_or_default();
                return builder.unescaped(text, true);
            }
            at += 2;
            found = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default());
        }
        Err("the closing quote is missing; a line feed in a value is written as \\n".into())
    }

    /// The name of a metric in front of its labels, if there is one.
    pub fn metric_name(&mut self, builder: &mut Builder, dialect: Dialect) -> Result<Option<Span>, Problem> {
        if self.peek() == Some(b'"') {
            self.quoted_name(builder, dialect).map(Some)
        } else {
            Ok(self.name(true))
        }
    }

    fn quoted_name(&mut self, builder: &mut Builder, dialect: Dialect) -> Result<Span, Problem> {
        if !dialect.has_quotes {
            return Err("text 0.0.4 has no names in quotes; that is text 1.0.0".into());
        }
        let name = self.quoted(builder)?;
        if name.start == name.end {
            return Err("a name must not be empty".into());
        }
        Ok(name)
    }

    /// The labels behind the opening brace, and the name of the metric if it is among them.
    pub fn labels(
        &mut self,
        builder: &mut Builder,
        dialect: Dialect,
        may_name: bool,
    ) -> Result<(Labels, Option<Span>), Problem> {
        let first = builder.label_count();
        let mut metric = None;
        let blanks = |cursor: &mut Self| {
            if dialect.is_loose {
                cursor.take_blanks();
            }
        };
        blanks(self);
        if dialect.is_loose && !dialect.is_strict && self.take(b',') {
            blanks(self);
        }
        let mut terms = 0;
        while !self.take(b'}') {
            let (name, is_quoted) = if self.peek() == Some(b'"') {
                (self.quoted_name(builder, dialect)?, true)
            } else {
                let name = self.name(false);
                (name.ok_or("the name of a label was expected, or the closing brace")?, false)
            };
            blanks(self);
            if self.take(b'=') {
                blanks(self);
                if self.peek() != Some(b'"') {
                    return Err("the value of a label must be in quotes".into());
                }
                let value = self.quoted(builder)?;
                builder.push_label(first, name, value)?;
            } else if !is_quoted || !may_name {
                return Err("behind the name of a label, = and its value in quotes were expected".into());
            } else if metric.replace(name).is_some() {
                return Err("the metric has two names".into());
            } else if terms > 0 && dialect.is_strict {
                return Err("the name of the metric must be the first in the braces".into());
            }
            terms += 1;
            blanks(self);
            let has_comma = self.take(b',');
            blanks(self);
            if !has_comma && self.peek() != Some(b'}') && (dialect.is_strict || !dialect.is_loose) {
                return Err("a comma or the closing brace was expected behind a label".into());
            }
            if has_comma && self.peek() == Some(b'}') && !dialect.is_loose && dialect.is_strict {
                return Err("a label was expected behind the comma".into());
            }
        }
        Ok((builder.labels_since(first)?, metric))
    }
}
