//! Clashes of names: which families may live together in one registry.
//!
//! Two families clash when they would write samples of one name: a histogram `a` writes `a_bucket`,
//! `a_count` and `a_sum`, so no other family may be called that.

use std::collections::{BTreeMap, HashMap};

use crate::error::Error;
use crate::family::names_taken;
use crate::metric::Kind;
use crate::name::{Escaping, is_metric_name};

/// The suffixes that any kind appends to its name.
const SUFFIXES: [&str; 4] = ["_bucket", "_count", "_sum", "_info"];

/// Checks that the family `name` writes no sample that another family of the registry writes. `kind_of` gives the
/// kind of the family of a name, if there is one; it is never asked for `name` itself.
///
/// # Errors
///
/// [`Error::SampleClash`] with the first family that stands in the way.
pub fn check_samples(name: &str, kind: Kind, kind_of: impl Fn(&str) -> Option<Kind>) -> Result<(), Error> {
    for sample in names_taken(name, kind, Escaping::AllowUtf8) {
        let bases = SUFFIXES.iter().filter_map(|suffix| sample.strip_suffix(suffix));
        for other in [&*sample].into_iter().chain(bases).filter(|&other| other != name) {
            let writes =
                |&kind: &Kind| names_taken(other, kind, Escaping::AllowUtf8).any(|name| name == sample);
            if let Some(other_kind) = kind_of(other).filter(writes) {
                let (metric, other, sample) = (name.to_owned(), other.to_owned(), sample.clone());
                return Err(Error::SampleClash { metric, kind, other, other_kind, sample });
            }
        }
    }
    Ok(())
}

/// Checks that `name` and the `others` of the registry stay different for scrapers that do not take their names as
/// they are.
///
/// # Errors
///
/// [`Error::NamesMeet`] with the first one that would write a sample of the same name.
pub fn check_escaped<'a>(
    name: &str,
    kind: Kind,
    others: impl IntoIterator<Item = (&'a str, Kind)>,
) -> Result<(), Error> {
    let schemes = [Escaping::Underscores, Escaping::Dots, Escaping::Values];
    let own = schemes.map(|scheme| names_taken(name, kind, scheme).collect::<Vec<_>>());
    for (other, other_kind) in others {
        if is_metric_name(name) && is_metric_name(other) {
            continue;
        }
        let meets = |(own, &scheme): (&Vec<String>, &Escaping)| {
            names_taken(other, other_kind, scheme).any(|sample| own.contains(&sample))
        };
        if let Some((_, escaping)) = own.iter().zip(&schemes).find(|&(own, scheme)| meets((own, scheme))) {
            let (metric, other) = (name.to_owned(), other.to_owned());
            return Err(Error::NamesMeet { metric, other, escaping: *escaping });
        }
    }
    Ok(())
}

/// The families that write a sample of an earlier one, in any escaping: the place of each in `families`, and that of the
/// first with which it clashes. There are none among families that `check_samples` and [`check_escaped`] let live
/// together.
#[must_use]
pub fn find_clashes(families: &[(&str, Kind)]) -> Vec<(usize, usize)> {
    let is_plain = families.iter().all(|(name, _)| is_metric_name(name));
    let schemes = if is_plain { &Escaping::ALL[..1] } else { &Escaping::ALL[..] };
    let mut clashes: BTreeMap<usize, usize> = BTreeMap::new();
    for &escaping in schemes {
        let mut taken: HashMap<String, usize> = HashMap::with_capacity(families.len());
        for (place, &(name, kind)) in families.iter().enumerate() {
            let names: Vec<String> = names_taken(name, kind, escaping).collect();
            match names.iter().find_map(|name| taken.get(name)) {
                Some(&other) => drop(clashes.entry(place).or_insert(other)),
                None => taken.extend(names.into_iter().map(|name| (name, place))),
            }
        }
    }
    clashes.into_iter().collect()
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
            ("a_info", Kind::Gauge, "a", Kind::Info),
            ("a_info", Kind::Info, "a", Kind::Info),
            ("a_info", Kind::Summary, "a", Kind::Info),
            ("a_sum", Kind::StateSet, "a", Kind::Summary),
        ] {
            assert!(clashes(name, kind, other, other_kind), "{name}");
            assert!(clashes(other, other_kind, name, kind), "{name}");
        }
        for (name, kind, other, other_kind) in [
            ("a_sum", Kind::Counter, "a", Kind::Counter),
            ("a_bucket", Kind::Counter, "a", Kind::Summary),
            ("a_total", Kind::Counter, "a", Kind::Histogram),
            ("a_sum", Kind::Histogram, "a_sum_sum_sum", Kind::Counter),
            ("a_info", Kind::Info, "a", Kind::Gauge),
            ("a_info", Kind::Gauge, "a", Kind::Gauge),
        ] {
            assert!(!clashes(name, kind, other, other_kind), "{name}");
            assert!(!clashes(other, other_kind, name, kind), "{name}");
        }
    }

    #[test]
    fn the_later_family_of_two_clashes() {
        let families = [
            ("a", Kind::Summary),
            ("b", Kind::Counter),
            ("a_sum", Kind::Gauge),
            ("b", Kind::Gauge),
            ("i_info", Kind::Info),
            ("i", Kind::Gauge),
            ("i", Kind::Info),
            ("a_sum_count", Kind::Gauge),
        ];
        assert_eq!(find_clashes(&families), [(2, 0), (3, 1), (6, 4)]);
        assert_eq!(find_clashes(&families[..2]), []);
        let escaped =
            [("a.b", Kind::Gauge), ("a_b", Kind::Gauge), ("a_dot_b_sum", Kind::Gauge), ("a.b", Kind::Gauge)];
        assert_eq!(find_clashes(&escaped), [(1, 0), (3, 0)]);
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

    #[test]
    fn names_stay_different_when_they_are_escaped() {
        let meets = |name, kind, other, other_kind| check_escaped(name, kind, [(other, other_kind)]).is_err();
        assert!(meets("a.b", Kind::Gauge, "a_b", Kind::Gauge));
        assert!(meets("a.b", Kind::Gauge, "a_dot_b", Kind::Gauge));
        assert!(meets("a_b_sum", Kind::Gauge, "a.b", Kind::Summary));
        assert!(!meets("a.b", Kind::Gauge, "a.c", Kind::Gauge));
        assert!(!meets("a_b", Kind::Gauge, "a_c", Kind::Gauge));
    }
}
