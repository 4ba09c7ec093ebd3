//! Names of metrics and labels: what Prometheus allows, and what is reserved.
//!
//! The grammar is that of the Prometheus data model; the reserved names are those of PyPI's
//! aioprometheus 23.12.0 (`job`, which Prometheus itself attaches to every series it scrapes).

use crate::error::Error;

/// Whether `name` is of the form `[a-zA-Z_:][a-zA-Z0-9_:]*`.
#[must_use]
pub fn is_metric_name(name: &str) -> bool {
    is_word(name, |byte| byte == b':')
}

/// Whether `name` is of the form `[a-zA-Z_][a-zA-Z0-9_]*`.
#[must_use]
pub fn is_label_name(name: &str) -> bool {
    is_word(name, |_| false)
}

fn is_word(name: &str, also: impl Fn(u8) -> bool) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || also(byte);
    let Some((&first, rest)) = name.as_bytes().split_first() else {
        return false;
    };
    letter(first) && rest.iter().all(|&byte| letter(byte) || byte.is_ascii_digit())
}

/// Checks the name of a label of `metric`.
///
/// `reserved` is the label that the metric's own samples carry: `le` for histograms, `quantile` for
/// summaries.
///
/// # Errors
///
/// [`Error::LabelName`] when the name is reserved, [`Error::LabelPrefix`] when it begins with `__`,
/// [`Error::LabelSyntax`] when it is malformed.
pub fn check_label_name(metric: &str, name: &str, reserved: Option<&str>) -> Result<(), Error> {
    if name == "job" || Some(name) == reserved {
        return Err(Error::LabelName { name: name.to_owned() });
    }
    if name.starts_with("__") {
        return Err(Error::LabelPrefix { name: name.to_owned() });
    }
    if !is_label_name(name) {
        return Err(Error::LabelSyntax { metric: metric.to_owned(), name: name.to_owned() });
    }
    Ok(())
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
        let check = |name, reserved| check_label_name("m", name, reserved);
        for name in ["a", "_", "le", "quantile", "A_9"] {
            assert_eq!(check(name, None), Ok(()), "{name}");
        }
        for name in ["", "1", "a:b", "a b", "a\n", "\u{e9}"] {
            let refused = Error::LabelSyntax { metric: "m".to_owned(), name: name.to_owned() };
            assert_eq!(check(name, None), Err(refused), "{name:?}");
        }
        for name in ["__a", "__", "__name__"] {
            let refused = Error::LabelPrefix { name: name.to_owned() };
            assert_eq!(check(name, Some("le")), Err(refused));
        }
        for (name, reserved) in [("job", None), ("le", Some("le")), ("quantile", Some("quantile"))] {
            let refused = Error::LabelName { name: name.to_owned() };
            assert_eq!(check(name, reserved), Err(refused));
        }
    }
}
