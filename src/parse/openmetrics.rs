//! OpenMetrics 0.0.1 and 1.0.0.
//!
//! Source: OpenMetrics 1.0, and the lexer of the server, `model/textparse/openmetricslex.l`. Beside what that takes, lenient
//! rules take a page without `# EOF`, if its last line is whole.

use super::build::{Builder, Names};
use super::cursor::{Cursor, Dialect};
use super::lines::{each_line, kind, series, value};
use super::page::{Exemplar, Extra, Page, Time};
use super::problem::{Problem, shortened};
use super::{ParseError, Part, Rules, number};
use crate::kind::Kind;

/// The most characters of the labels of an exemplar.
const LONGEST_EXEMPLAR: usize = 128;

/// Parses a page.
pub(super) fn parse(input: &str, rules: Rules) -> Result<Page, ParseError> {
    let is_strict = rules == Rules::Strict;
    let dialect = Dialect { is_loose: false, has_quotes: true, is_strict };
    let mut builder = Builder::new(input, Names::OpenMetrics, rules)?;
    let mut has_ended = false;
    let is_whole = each_line(input, |start, end| {
        if has_ended {
            return Err("nothing may stand behind # EOF".into());
        }
        let mut cursor = Cursor::new(input, start, end);
        match cursor.peek() {
            None => Err("OpenMetrics has no blank lines".into()),
            Some(b'#') if cursor.rest() == "# EOF" => {
                has_ended = true;
                Ok(())
            }
            Some(b'#') => description(&mut cursor, &mut builder, dialect),
            Some(_) => sample(&mut cursor, &mut builder, dialect),
        }
    })?;
    if !has_ended && (is_strict || !is_whole) {
        let problem = "the page does not end with # EOF; it may have been cut off";
        return Err(ParseError::at(input.as_bytes(), input.len(), problem));
    }
    Ok(builder.finish())
}

/// A time behind a blank.
fn time(cursor: &mut Cursor<'_>) -> Result<Time, Problem> {
    let word = cursor.word();
    number::seconds(word)
        .ok_or_else(|| format!("a time is a number of seconds, not {}", shortened(word)).into())
}

#[inline]
fn sample(cursor: &mut Cursor<'_>, builder: &mut Builder, dialect: Dialect) -> Result<(), Problem> {
    let (name, labels) = series(cursor, builder, dialect)?;
    if !cursor.take(b' ') {
        return Err("a blank and the value were expected behind the name and its labels".into());
    }
    let value = value(cursor.word())?;
    if cursor.is_at_end() {
        return builder.sample(name, labels, value, None);
    }
    let mut more = Extra::default();
    if !cursor.rest().starts_with(" #") {
        cursor.take(b' ');
        more.time = Some(time(cursor)?);
    }
    if cursor.take_text(" # {") {
        more.exemplar = Some(exemplar(cursor, builder, dialect)?);
    }
    if !cursor.is_at_end() {
        return Err(format!("nothing was expected in the place of {}", shortened(cursor.rest())).into());
    }
    builder.sample(name, labels, value, more.boxed())
}

fn exemplar(cursor: &mut Cursor<'_>, builder: &mut Builder, dialect: Dialect) -> Result<Exemplar, Problem> {
    let (labels, _) = cursor.labels(builder, dialect, false)?;
    if builder.letters(labels) > LONGEST_EXEMPLAR {
        return Err("the labels of an exemplar have more than 128 characters in all".into());
    }
    if !cursor.take(b' ') {
        return Err("a blank and the value of the exemplar were expected".into());
    }
    let value = value(cursor.word())?;
    let time = if cursor.take(b' ') { Some(time(cursor)?) } else { None };
    Ok(Exemplar { labels, value, time })
}

/// A HELP, TYPE or UNIT line.
fn description(cursor: &mut Cursor<'_>, builder: &mut Builder, dialect: Dialect) -> Result<(), Problem> {
    let unknown = "behind # comes HELP, TYPE, UNIT or EOF; OpenMetrics has no other comments";
    let word = if cursor.take_text("# ") { cursor.word() } else { "" };
    if !matches!(word, "HELP" | "TYPE" | "UNIT") || !cursor.take(b' ') {
        return Err(unknown.into());
    }
    let name = cursor.metric_name(builder, dialect)?.ok_or("the name of a metric was expected")?;
    if !cursor.take(b' ') {
        return Err("one blank was expected behind the name".into());
    }
    let rest = cursor.rest();
    let part = match word {
        "HELP" if rest.contains('\\') => Part::Help(builder.unescaped(rest, true)?),
        "HELP" => Part::Help(cursor.take_rest()),
        "TYPE" => kind(rest, |kind: Kind, word| kind.traits().openmetrics == word)?,
        _ => {
            check_unit(builder.text(name), rest)?;
            Part::Unit(cursor.take_rest())
        }
    };
    builder.describe(name, part)
}

/// Refuses a unit that is not at the end of the name.
fn check_unit(name: &str, unit: &str) -> Result<(), Problem> {
    let is_at_end = name.strip_suffix(unit).is_some_and(|stem| stem.ends_with('_'));
    if unit.is_empty() || is_at_end {
        return Ok(());
    }
    Err(format!("the unit must be the end of the name: {}_{}", shortened(name), shortened(unit)).into())
}
