//! Which families may live together in one registry.
//!
//! Two families clash when they would write samples of one name: a histogram `a` writes `a_bucket`,
//! `a_count` and `a_sum`, so no other family may be called that.

use crate::error::Error;
use crate::metric::Kind;

/// The suffixes that any kind appends to its name.
const SUFFIXES: [&str; 3] = ["_bucket", "_count", "_sum"];

/// Checks that `name` writes no sample that a family of the registry writes. `kind_of` tells the kind of
/// the family of a name, if there is one; the family called `name` itself is not asked for.
///
/// # Errors
///
/// [`Error::SampleClash`] with the first family that stands in the way.
pub fn check_samples(name: &str, kind: Kind, kind_of: impl Fn(&str) -> Option<Kind>) -> Result<(), Error> {
    let clash = |other: &str, other_kind: Kind, sample: &str| Error::SampleClash {
        metric: name.to_owned(),
        kind,
        other: other.to_owned(),
        other_kind,
        sample: sample.to_owned(),
    };
    for suffix in kind.sample_suffixes() {
        let sample = format!("{name}{suffix}");
        if let Some(other_kind) = kind_of(&sample) {
            return Err(clash(&sample, other_kind, &sample));
        }
    }
    for suffix in SUFFIXES {
        let Some(other) = name.strip_suffix(suffix) else {
            continue;
        };
        let other_kind = kind_of(other).filter(|kind| kind.sample_suffixes().contains(&suffix));
        if let Some(other_kind) = other_kind {
            return Err(clash(other, other_kind, name));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clashes(name: &str, kind: Kind, other: &str, other_kind: Kind) -> bool {
        check_samples(name, kind, |asked| (asked == other).then_some(other_kind)).is_err()
    }

    #[test]
    fn families_that_write_the_same_samples_clash() {
        for (name, kind, other, other_kind) in [
            ("a_sum", Kind::Counter, "a", Kind::Summary),
            ("a_count", Kind::Gauge, "a", Kind::Histogram),
            ("a_bucket", Kind::Counter, "a", Kind::Histogram),
        ] {
            assert!(clashes(name, kind, other, other_kind), "{name}");
            assert!(clashes(other, other_kind, name, kind), "{name}");
        }
        for (name, kind, other, other_kind) in [
            ("a_sum", Kind::Counter, "a", Kind::Counter),
            ("a_bucket", Kind::Counter, "a", Kind::Summary),
            ("a_total", Kind::Counter, "a", Kind::Histogram),
            ("a_sum", Kind::Histogram, "a_sum_sum_sum", Kind::Counter),
        ] {
            assert!(!clashes(name, kind, other, other_kind), "{name}");
            assert!(!clashes(other, other_kind, name, kind), "{name}");
        }
    }

    #[test]
    fn the_words_name_both_and_the_sample() {
        let error = check_samples("a_sum", Kind::Counter, |name| (name == "a").then_some(Kind::Summary));
        assert_eq!(
            error.unwrap_err().to_string(),
            "counter a_sum and summary a cannot live in one registry: both would write samples named \
             a_sum; rename one of them"
        );
    }
}
