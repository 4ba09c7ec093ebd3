//! A model of names: what is legal, and what the schemes of escaping make of it.
//!
//! Source: Prometheus, "UTF-8 metric and label name escaping schemes", and `EscapeName` and `UnescapeName` in
//! prometheus/common `model/metric.go`.

use aioprometheus::name::Escaping;

/// Whether a metric, or a label, may have the name in all versions of Prometheus.
#[must_use]
pub fn is_legal(name: &str, is_label: bool) -> bool {
    !name.is_empty() && name.char_indices().all(|(at, letter)| is_legal_letter(letter, at == 0, is_label))
}

fn is_legal_letter(letter: char, is_first: bool, is_label: bool) -> bool {
    letter.is_ascii_alphabetic()
        || letter == '_'
        || (letter.is_ascii_digit() && !is_first)
        || (letter == ':' && !is_label)
}

/// The name in a scheme.
#[must_use]
pub fn escape(name: &str, escaping: Escaping, is_label: bool) -> String {
    if name.is_empty() || is_legal(name, is_label) || escaping == Escaping::AllowUtf8 {
        return name.to_owned();
    }
    let letters = name.char_indices().map(|(at, letter)| {
        let is_legal = is_legal_letter(letter, at == 0, is_label);
        match escaping {
            Escaping::Dots | Escaping::Values if letter == '_' => "__".to_owned(),
            _ if is_legal => letter.to_string(),
            Escaping::Dots if letter == '.' => "_dot_".to_owned(),
            Escaping::Dots => "__".to_owned(),
            Escaping::Values => format!("_{:x}_", u32::from(letter)),
            _ => "_".to_owned(),
        }
    });
    let start = if escaping == Escaping::Values { "U__" } else { "" };
    start.chars().map(String::from).chain(letters).collect()
}

/// The name that the scheme `values` made the text of; `None` for text that it makes of no name.
#[must_use]
pub fn read_values(escaped: &str) -> Option<String> {
    let mut rest = escaped.strip_prefix("U__")?;
    let mut name = String::new();
    while let Some(letter) = rest.chars().next() {
        rest = &rest[letter.len_utf8()..];
        if letter != '_' {
            name.push(letter);
            continue;
        }
        let (digits, after) = rest.split_once('_')?;
        rest = after;
        name.push(match digits {
            "" => '_',
            _ => char::from_u32(u32::from_str_radix(digits, 16).ok()?)?,
        });
    }
    Some(name)
}

/// The first two of different label names that a scheme makes the same, found by comparing all pairs. Schemes are tried
/// one after the other; of several meetings, that whose new name is the least is the first.
#[must_use]
pub fn find_meeting<'a>(names: &[&'a str]) -> Option<(&'a str, &'a str, Escaping)> {
    Escaping::LOSSY.into_iter().find_map(|escaping| {
        let mut first: Option<(String, usize, usize)> = None;
        for (later, right) in names.iter().enumerate() {
            for (earlier, left) in names[..later].iter().enumerate() {
                let (left, right) = (escape(left, escaping, true), escape(right, escaping, true));
                let meeting = (left, earlier, later);
                if meeting.0 == right && first.as_ref().is_none_or(|first| meeting < *first) {
                    first = Some(meeting);
                }
            }
        }
        first.map(|(_, earlier, later)| (names[earlier], names[later], escaping))
    })
}
