//! The lists in the headers Accept and Accept-Encoding, and what a Content-Type names. No content of a header is an error.
//!
//! Source of the grammar: RFC 9110, sections 5.6 and 12.4.2.

use std::borrow::Cow;

/// The clauses of the list in `header`. White space alone does not make a clause.
pub(super) fn clauses(header: &str) -> impl Iterator<Item = Clause<'_>> {
    split(header, b',').filter(|text| !text.is_empty()).map(Clause)
}

/// One of the things that are listed, with its parameters.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clause<'a>(&'a str);

impl<'a> Clause<'a> {
    /// The whole of a header that is no list.
    pub(crate) fn of(header: &'a str) -> Self {
        Self(header)
    }

    /// What is asked for.
    pub(crate) fn subject(self) -> &'a str {
        split(self.0, b';').next().unwrap_or_default()
    }

    /// The values of the parameters of this name, without their quotes. A part without `=` is not a parameter.
    pub(super) fn parameters(self, name: &str) -> impl Iterator<Item = Cow<'a, str>> {
        split(self.0, b';').skip(1).filter_map(move |part| {
            let (own, value) = part.split_once('=')?;
            own.trim_ascii().eq_ignore_ascii_case(name).then(|| unquote(value.trim_ascii()))
        })
    }

    /// The value of the parameter of this name; of several, the last one: Prometheus 3.0 to 3.2 repeats some.
    pub(crate) fn parameter(self, name: &str) -> Option<Cow<'a, str>> {
        self.parameters(name).last()
    }

    /// The quality: 1 when none is given, `None` when the one that is given is not a number in [0, 1].
    pub(super) fn quality(self) -> Option<f64> {
        let Some(text) = self.parameter("q") else {
            return Some(1.0);
        };
        text.trim_ascii().parse().ok().filter(|quality| (0.0..=1.0).contains(quality))
    }
}

/// The trimmed parts between separators that do not stand in quotes.
fn split(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (part, after) = match find(text, separator) {
            Some(at) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        rest = after;
        Some(part.trim_ascii())
    })
}

/// Where the first separator stands that is not in quotes. Quotes that are not closed hold all the rest.
fn find(text: &str, separator: u8) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    text.bytes().position(|byte| {
        if escaped {
            escaped = false;
            return false;
        }
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => escaped = true,
            _ => return byte == separator && !quoted,
        }
        false
    })
}

/// The value that a quoted string stands for; others stand for themselves.
fn unquote(value: &str) -> Cow<'_, str> {
    let Some(inside) = value.strip_prefix('"') else {
        return Cow::Borrowed(value);
    };
    match inside.find(['"', '\\']) {
        None => return Cow::Borrowed(inside),
        Some(at) if inside.as_bytes()[at] == b'"' => return Cow::Borrowed(&inside[..at]),
        Some(_) => {}
    }
    let mut text = String::with_capacity(inside.len());
    let mut letters = inside.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => text.extend(letters.next()),
            _ => text.push(letter),
        }
    }
    Cow::Owned(text)
}
