//! Names for scrapers that do not take all of UTF-8, and names in quotes for those that do.
//!
//! Source: Prometheus, "UTF-8 metric and label name escaping schemes", and `EscapeName` in
//! prometheus/common `model/metric.go`. Where the two differ (what `dots` makes of other runes), it is as
//! the code does.

use std::borrow::Cow;
use std::fmt::Write;

use super::{is_label_name, is_legal, is_metric_name};

/// What becomes of a name that is not legal without UTF-8. A legal name stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Escaping {
    /// What is illegal becomes `_`.
    #[default]
    Underscores,
    /// `_` becomes `__`, `.` becomes `_dot_`, and any other illegal character becomes `__`.
    Dots,
    /// `U__` and the name, in which `_` is `__` and what is illegal is its code point, as in `_1f600_`.
    Values,
    /// Names stay as they are, and stand in quotes.
    AllowUtf8,
}

impl Escaping {
    /// All schemes.
    pub const ALL: [Self; 4] = [Self::AllowUtf8, Self::Underscores, Self::Dots, Self::Values];

    /// The schemes under which a name may become another one.
    pub const LOSSY: [Self; 3] = [Self::Underscores, Self::Dots, Self::Values];

    /// What the scheme is called in HTTP headers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Underscores => "underscores",
            Self::Dots => "dots",
            Self::Values => "values",
            Self::AllowUtf8 => "allow-utf-8",
        }
    }

    /// The scheme that HTTP headers call `text`, in just these letters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.as_str() == text)
    }

    /// The metric name `name` in this scheme.
    #[must_use]
    pub fn metric_name(self, name: &str) -> Cow<'_, str> {
        if is_metric_name(name) { Cow::Borrowed(name) } else { self.escape(name, true) }
    }

    /// The label name `name` in this scheme. A colon is escaped, because label names must not have any.
    #[must_use]
    pub fn label_name(self, name: &str) -> Cow<'_, str> {
        if is_label_name(name) { Cow::Borrowed(name) } else { self.escape(name, false) }
    }

    fn escape(self, name: &str, colon: bool) -> Cow<'_, str> {
        if self == Self::AllowUtf8 || name.is_empty() {
            return Cow::Borrowed(name);
        }
        let mut text = String::with_capacity(name.len() * 2);
        if self == Self::Values {
            text.push_str("U__");
        }
        for (at, letter) in name.char_indices() {
            match (self, letter) {
                (Self::Dots | Self::Values, '_') => text.push_str("__"),
                _ if is_legal(letter, at == 0, colon) => text.push(letter),
                (Self::Dots, '.') => text.push_str("_dot_"),
                (Self::Dots, _) => text.push_str("__"),
                (Self::Values, _) => {
                    let _infallible = write!(text, "_{:x}_", u32::from(letter));
                }
                _ => text.push('_'),
            }
        }
        Cow::Owned(text)
    }
}

/// The first two of the different label names in `names` that become the same name, and the scheme that
/// does so. Such labels cannot stand in one series: Prometheus refuses the whole scrape.
#[must_use]
pub fn find_meeting<'a>(names: &[&'a str]) -> Option<(&'a str, &'a str, Escaping)> {
    if names.iter().all(|name| is_label_name(name)) {
        return None;
    }
    Escaping::LOSSY.into_iter().find_map(|scheme| {
        let mut escaped: Vec<_> = names.iter().map(|name| (scheme.label_name(name), *name)).collect();
        // By the new name alone, so that two names that meet are reported in the order in which they were given.
        escaped.sort_by(|left, right| left.0.cmp(&right.0));
        let meeting = escaped.windows(2).find(|pair| pair[0].0 == pair[1].0)?;
        Some((meeting[0].1, meeting[1].1, scheme))
    })
}

/// Appends `name` in quotes, as the text formats want names that are not legal without UTF-8.
///
/// Source: Prometheus, "Exposition formats", text format 1.0.0.
pub fn push_quoted(text: &mut String, name: &str) {
    text.push('"');
    push_escaped(text, name);
    text.push('"');
}

/// Appends what stands between quotes in the text formats, a label value or a name: `\`, `"` and line feed
/// escaped.
///
/// Source: Prometheus text format 0.0.4, "Comments, help text, and type information".
pub fn push_escaped(text: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = memchr::memchr3(b'\\', b'"', b'\n', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        text.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn schemes_are_known_by_name() {
        for scheme in [Escaping::Underscores, Escaping::Dots, Escaping::Values, Escaping::AllowUtf8] {
            assert_eq!(Escaping::parse(scheme.as_str()), Some(scheme));
        }
        for text in ["", "Dots", "allow-utf8", "underscores ", "nothing"] {
            assert_eq!(Escaping::parse(text), None, "{text:?}");
        }
        assert_eq!(Escaping::default().as_str(), "underscores");
    }

    #[test]
    fn names_are_escaped_as_prometheus_does() {
        // The name, then what each scheme makes of it: underscores, dots, values.
        let metrics = [
            ("", "", "", ""),
            ("mysystem:prod_1", "mysystem:prod_1", "mysystem:prod_1", "mysystem:prod_1"),
            ("my.name_x", "my_name_x", "my_dot_name__x", "U__my_2e_name__x"),
            ("http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum"),
            ("a b", "a_b", "a__b", "U__a_20_b"),
            ("1a1", "_a1", "__a1", "U___31_a1"),
            ("1:", "_:", "__:", "U___31_:"),
            ("label with 花", "label_with__", "label__with____", "U__label_20_with_20__82b1_"),
            ("\u{1f600}", "_", "__", "U___1f600_"),
            ("花火", "__", "____", "U___82b1__706b_"),
            (".", "_", "_dot_", "U___2e_"),
            ("_.", "__", "___dot_", "U_____2e_"),
            ("\0\"\\\n", "____", "________", "U___0__22__5c__a_"),
            ("\u{fffd}\u{10ffff}", "__", "____", "U___fffd__10ffff_"),
        ];
        for (name, underscores, dots, values) in metrics {
            assert_eq!(Escaping::Underscores.metric_name(name), underscores, "{name:?}");
            assert_eq!(Escaping::Dots.metric_name(name), dots, "{name:?}");
            assert_eq!(Escaping::Values.metric_name(name), values, "{name:?}");
            assert_eq!(Escaping::AllowUtf8.metric_name(name), name);
            if !name.contains(':') {
                assert_eq!(Escaping::Underscores.label_name(name), underscores, "{name:?}");
                assert_eq!(Escaping::Dots.label_name(name), dots, "{name:?}");
                assert_eq!(Escaping::Values.label_name(name), values, "{name:?}");
            }
        }
    }

    #[test]
    fn a_colon_is_illegal_in_label_names_alone() {
        for (name, underscores, dots, values) in
            [("a:b_c", "a_b_c", "a__b__c", "U__a_3a_b__c"), (":", "_", "__", "U___3a_")]
        {
            assert_eq!(Escaping::Underscores.label_name(name), underscores);
            assert_eq!(Escaping::Dots.label_name(name), dots);
            assert_eq!(Escaping::Values.label_name(name), values);
            assert_eq!(Escaping::AllowUtf8.label_name(name), name);
        }
    }

    #[test]
    fn labels_meet_under_any_scheme() {
        for (names, expected) in [
            (vec!["a", "b"], None),
            (vec!["a.b", "c.d"], None),
            (vec!["a.b", "a_b"], Some(("a.b", "a_b", Escaping::Underscores))),
            (vec!["x", "a/b", "y", "a.b"], Some(("a/b", "a.b", Escaping::Underscores))),
            (vec!["a.b", "a_dot_b"], Some(("a.b", "a_dot_b", Escaping::Dots))),
            (vec!["a.b", "U__a_2e_b"], Some(("a.b", "U__a_2e_b", Escaping::Values))),
            // Legal names are left as they are, so these do not meet.
            (vec!["a_b", "a__b", "U__a__b"], None),
        ] {
            assert_eq!(find_meeting(&names), expected, "{names:?}");
        }
    }

    #[test]
    fn quoted_names_can_be_read() {
        let mut text = "{".to_owned();
        push_quoted(&mut text, "a\\b\"c\nd.花");
        assert_eq!(text, "{\"a\\\\b\\\"c\\nd.花\"");
    }

    /// As `UnescapeName` in prometheus/common does it, for what needed escaping.
    fn read_values(escaped: &str) -> String {
        let mut rest = escaped.strip_prefix("U__").unwrap();
        let mut name = String::new();
        while let Some(letter) = rest.chars().next() {
            rest = &rest[letter.len_utf8()..];
            if letter != '_' {
                name.push(letter);
                continue;
            }
            let (digits, after) = rest.split_once('_').unwrap();
            rest = after;
            name.push(match digits {
                "" => '_',
                _ => char::from_u32(u32::from_str_radix(digits, 16).unwrap()).unwrap(),
            });
        }
        name
    }

    proptest! {
        #[test]
        fn escaped_names_are_legal(name in r"[a-c_:.0-9\PC\x00-\x20]{1,20}") {
            for scheme in Escaping::LOSSY {
                prop_assert!(is_metric_name(&scheme.metric_name(&name)));
                prop_assert!(is_label_name(&scheme.label_name(&name)));
            }
        }

        #[test]
        fn values_lose_nothing(name in r"[a-c_:.0-9\PC\x00-\x20]{1,20}") {
            if !is_metric_name(&name) {
                prop_assert_eq!(read_values(&Escaping::Values.metric_name(&name)), name.as_str());
            }
            if !is_label_name(&name) {
                prop_assert_eq!(read_values(&Escaping::Values.label_name(&name)), name);
            }
        }
    }
}
