//! Quotes: texts of unknown content as Python shows them, for messages and reprs.

/// A text as Python's `repr` shows it: in single quotes, or in double ones if only single ones are in it.
#[must_use]
pub fn quoted(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    format!("{quote}{}{quote}", escaped(text, quote))
}

/// The beginning of a text, [`quoted`], with dots behind it if there is more than so many characters.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    let (beginning, dots) = cut(text, most);
    format!("{}{dots}", quoted(beginning))
}

/// The beginning of a text, of so many characters at most, and the dots that stand for the rest.
#[must_use]
pub fn cut(text: &str, most: usize) -> (&str, &'static str) {
    text.char_indices().nth(most).map_or((text, ""), |(end, _)| (&text[..end], "..."))
}

/// A text with Python's escapes for that quote, the backslash, and characters that cannot be seen.
#[must_use]
pub fn escaped(text: &str, quote: char) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\\' => escaped.push_str("\\\\"),
            _ if character == quote => escaped.extend(['\\', quote]),
            ' '..='~' => escaped.push(character),
            _ if is_printable(character) => escaped.push(character),
            _ => escaped.push_str(&by_number(u32::from(character))),
        }
    }
    escaped
}

/// Whether a character can be seen. Rust's escapes, which Python users do not know, are for those that cannot.
fn is_printable(character: char) -> bool {
    let mut buffer = ['a', character].iter().collect::<String>();
    // Accents are escaped only where nothing is before them.
    let length = buffer.len();
    buffer = buffer.escape_debug().collect();
    buffer.len() == length
}

fn by_number(number: u32) -> String {
    match number {
        0..=0xff => format!("\\x{number:02x}"),
        0x100..=0xffff => format!("\\u{number:04x}"),
        _ => format!("\\U{number:08x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_are_those_of_python() {
        for (text, expected) in [
            ("", "''"),
            ("a{b=\"c\"} 1", "'a{b=\"c\"} 1'"),
            ("it's", "\"it's\""),
            ("it's \"so\"", "'it\\'s \"so\"'"),
            ("a\\b\n\r\t", "'a\\\\b\\n\\r\\t'"),
            ("\0\u{1b}[1m\u{7f}\u{85}\u{a0}", "'\\x00\\x1b[1m\\x7f\\x85\\xa0'"),
            ("\u{202e}\u{feff}\u{e000}", "'\\u202e\\ufeff\\ue000'"),
            ("\u{e0001}", "'\\U000e0001'"),
            ("\u{301}e\u{301}é°\u{1f600}\u{fffd}", "'\u{301}e\u{301}é°\u{1f600}\u{fffd}'"),
        ] {
            assert_eq!(quoted(text), expected);
        }
        assert_eq!(escaped("a'b\"", '"'), "a'b\\\"");
    }
}
