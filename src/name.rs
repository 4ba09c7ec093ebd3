//! Names of metrics and labels: what Prometheus allows, and what is reserved.
//!
//! The grammar is that of the Prometheus data model; the reserved names are those of PyPI's
//! aioprometheus 23.12.0 (`job`, which Prometheus itself attaches to every series it scrapes).

mod escaping;

pub use escaping::{Escaping, find_meeting, push_escaped, push_quoted};

/// Which names a metric and its labels may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Naming {
    /// Letters, digits and underscores of ASCII, and colons in the names of metrics.
    #[default]
    Legacy,
    /// Any text, as Prometheus takes it since version 3.
    Utf8,
}

impl Naming {
    /// Whether a metric may be called `name`.
    #[must_use]
    pub fn takes_metric_name(self, name: &str) -> bool {
        match self {
            Self::Legacy => is_metric_name(name),
            Self::Utf8 => is_utf8_name(name),
        }
    }

    /// Whether a label may be called `name`, unless the name is reserved.
    #[must_use]
    pub fn takes_label_name(self, name: &str) -> bool {
        match self {
            Self::Legacy => is_label_name(name),
            Self::Utf8 => is_utf8_name(name),
        }
    }
}

/// Whether the name is allowed where any text is. Prometheus 3.5 loses the whole scrape over a NUL in quotes.
fn is_utf8_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('\0')
}

/// Whether `name` is of the form `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn is_metric_name(name: &str) -> bool {
    is_word(name, true)
}

/// Whether `name` is of the form `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub fn is_label_name(name: &str) -> bool {
    is_word(name, false)
}

fn is_word(name: &str, colon: bool) -> bool {
    // Only ASCII is legal, so a check of the bytes is enough.
    let legal = |(at, &byte): (usize, &u8)| is_legal(char::from(byte), at == 0, colon);
    !name.is_empty() && name.as_bytes().iter().enumerate().all(legal)
}

/// Whether a legacy name may have `letter`, as its `first` one or later.
fn is_legal(letter: char, first: bool, colon: bool) -> bool {
    match letter {
        'a'..='z' | 'A'..='Z' | '_' => true,
        '0'..='9' => !first,
        ':' => colon,
        _ => false,
    }
}

/// Why a label cannot have a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LabelNameError {
    /// The name is reserved.
    #[error("Invalid label name: {name}")]
    Reserved {
        /// The name that was refused.
        name: String,
    },
    /// The name begins with `__`, which Prometheus keeps for itself.
    #[error("Invalid label prefix: {name}")]
    Prefix {
        /// The name that was refused.
        name: String,
    },
    /// The name is not of the form `[a-zA-Z_][a-zA-Z0-9_]*`.
    #[error("Invalid label name: {name}")]
    Syntax {
        /// The name that was refused.
        name: String,
    },
    /// The name, which may be any text, is empty, or holds a NUL.
    #[error("the name of a label is empty, or holds a NUL character; give it another")]
    Unreadable,
}

/// Checks the name of a label.
///
/// `reserved` is the label that the samples of its metric carry themselves: `le` for histograms, `quantile` for
/// summaries.
///
/// # Errors
///
/// The first of [`LabelNameError`] that is true.
pub fn check_label_name(name: &str, reserved: Option<&str>, naming: Naming) -> Result<(), LabelNameError> {
    if name == "job" || Some(name) == reserved {
        return Err(LabelNameError::Reserved { name: name.to_owned() });
    }
    if name.starts_with("__") {
        return Err(LabelNameError::Prefix { name: name.to_owned() });
    }
    if naming.takes_label_name(name) {
        return Ok(());
    }
    Err(match naming {
        Naming::Legacy => LabelNameError::Syntax { name: name.to_owned() },
        Naming::Utf8 => LabelNameError::Unreadable,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metric_names() {
        for name in ["a", "_", ":", "a:b_1", "A9"] {
            assert!(is_metric_name(name), "{name}");
        }
        for name in ["", "1a", "a b", "a-b", "a\n", "\u{e9}", "a.b", "a\0"] {
            assert!(!is_metric_name(name), "{name:?}");
        }
    }

    #[test]
    fn label_names() {
        let check = |name, reserved| check_label_name(name, reserved, Naming::Legacy);
        for name in ["a", "_", "le", "quantile", "A_9"] {
            assert_eq!(check(name, None), Ok(()), "{name}");
        }
        for name in ["", "1", "a:b", "a b", "a\n", "\u{e9}"] {
            let refused = LabelNameError::Syntax { name: name.to_owned() };
            assert_eq!(check(name, None), Err(refused), "{name:?}");
        }
        for name in ["__a", "__", "__name__"] {
            let refused = LabelNameError::Prefix { name: name.to_owned() };
            assert_eq!(check(name, Some("le")), Err(refused));
        }
        for (name, reserved) in [("job", None), ("le", Some("le")), ("quantile", Some("quantile"))] {
            let refused = LabelNameError::Reserved { name: name.to_owned() };
            assert_eq!(check(name, reserved), Err(refused));
        }
    }

    #[test]
    fn utf8_takes_any_text() {
        let check = |name, reserved| check_label_name(name, reserved, Naming::Utf8);
        for name in ["a", "1", "a:b", "a b", "a\n", "\u{e9}", "a.b", "\u{1}", "_", "le.", "._", " __a"] {
            assert!(Naming::Utf8.takes_metric_name(name) && Naming::Utf8.takes_label_name(name));
            assert_eq!(check(name, Some("le")), Ok(()), "{name:?}");
            assert_eq!(Naming::Legacy.takes_metric_name(name), is_metric_name(name));
            assert_eq!(Naming::Legacy.takes_label_name(name), is_label_name(name));
        }
        for name in ["", "\0", "a\0b"] {
            assert!(!Naming::Utf8.takes_metric_name(name) && !Naming::Utf8.takes_label_name(name));
            assert_eq!(check(name, None), Err(LabelNameError::Unreadable));
        }
        assert_eq!(check("job", None), Err(LabelNameError::Reserved { name: "job".to_owned() }));
        assert_eq!(check("le", Some("le")), Err(LabelNameError::Reserved { name: "le".to_owned() }));
        assert_eq!(check("__a.b", None), Err(LabelNameError::Prefix { name: "__a.b".to_owned() }));
    }
}
