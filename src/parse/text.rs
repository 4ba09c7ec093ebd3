//! Text 0.0.4 and 1.0.0.
//!
//! Source: Prometheus, "Exposition formats", and the lexer of the server, `model/textparse/promlex.l`, for what lenient rules
//! take beside it: blanks before a line, labels without commas between them, a last line without a line feed.

use super::build::{Builder, Names};
use super::cursor::{Cursor, Dialect};
use super::lines::{each_line, kind, series, value};
use super::page::{Extra, Page};
use super::problem::{Problem, shortened};
use super::{ParseError, Part, Rules, number};
use crate::kind::Kind;

/// Parses a page.
pub(super) fn parse(input: &str, is_old: bool, rules: Rules) -> Result<Page, ParseError> {
    let is_strict = rules == Rules::Strict;
    let dialect = Dialect { is_loose: true, has_quotes: !(is_old && is_strict), is_strict };
    let mut builder = Builder::new(input, Names::Text, rules)?;
    let is_ended = each_line(input, |start, end| {
        // Files that were written on Windows have such ends of lines.
        let has_return = !is_strict && end > start && input.as_bytes()[end - 1] == b'\r';
        let mut cursor = Cursor::new(input, start, end - usize::from(has_return));
        cursor.take_blanks();
        match cursor.peek() {
            None => Ok(()),
            Some(b'#') => comment(&mut cursor, &mut builder, dialect),
            Some(_) => sample(&mut cursor, &mut builder, dialect),
        }
    })?;
    if is_strict && !is_ended {
        return Err(ParseError::at(input.as_bytes(), input.len(), "the line feed is missing"));
    }
    Ok(builder.finish())
}

#[inline]
fn sample(cursor: &mut Cursor<'_>, builder: &mut Builder, dialect: Dialect) -> Result<(), Problem> {
    let (name, labels) = series(cursor, builder, dialect)?;
    cursor.take_blanks();
    let value = value(cursor.word())?;
    if !cursor.take_blanks() || cursor.is_at_end() {
        return builder.sample(name, labels, value, None);
    }
    let word = cursor.word();
    let time = number::milliseconds(word).ok_or_else(|| match word.as_bytes() {
        [b'#', ..] => Problem::from("text has no exemplars; OpenMetrics has"),
        _ => format!("a time is a whole number of milliseconds, not {}", shortened(word)).into(),
    })?;
    cursor.take_blanks();
    if !cursor.is_at_end() {
        return Err("more stands behind the time".into());
    }
    builder.sample(name, labels, value, Extra { time: Some(time), ..Extra::default() }.boxed())
}

/// A HELP or TYPE line, or one for people.
fn comment(cursor: &mut Cursor<'_>, builder: &mut Builder, dialect: Dialect) -> Result<(), Problem> {
    cursor.take(b'#');
    if !cursor.take_blanks() {
        return Ok(());
    }
    let word = cursor.word();
    let is_help = match word {
        "HELP" => true,
        "TYPE" => false,
        _ => return Ok(()),
    };
    if !cursor.take_blanks() {
        // Without a blank it is for people, as the server takes it.
        return if dialect.is_strict { Err("the name of a metric is missing".into()) } else { Ok(()) };
    }
    let name = cursor.metric_name(builder, dialect)?.ok_or("the name of a metric was expected")?;
    let part = if is_help {
        if !cursor.is_at_end() && !cursor.take(b' ') && !cursor.take(b'\t') {
            return Err("a blank was expected behind the name".into());
        }
        let text = cursor.rest();
        let has_escapes = text.contains('\\');
        Part::Help(if has_escapes { builder.unescaped(text, false)? } else { cursor.take_rest() })
    } else {
        cursor.take_blanks();
        let word = cursor.rest().trim_end_matches([' ', '\t']);
        kind(word, |kind: Kind, word| !dialect.is_strict || kind.traits().text == word)?
    };
    builder.describe(name, part)
}
