//! Clashes of names: which families may live together in one registry.
//!
//! Two families clash when they would write samples of one name: a histogram `a` writes `a_bucket`,
//! `a_count` and `a_sum`, so no other family may be called that.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use crate::error::Error;
use crate::family::names_taken;
use crate::kind::{CREATED, Ending, Kind, all_suffixes};
use crate::name::{Escaping, is_metric_name};

/// Checks that the family `name` writes no sample that another family of the registry writes. `kind_of` gives the
/// kind of the family of a name, if there is one; it is never asked for `name` itself.
///
/// # Errors
///
/// [`Error::SampleClash`] with the first family that stands in the way.
pub fn check_samples(name: &str, kind: Kind, kind_of: impl Fn(&str) -> Option<Kind>) -> Result<(), Error> {
    for sample in names_taken(name, kind, Escaping::AllowUtf8) {
        let bases = all_suffixes().iter().filter_map(|suffix| sample.strip_suffix(suffix));
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

/// The schemes under which a name may become another one.
const SCHEMES: [Escaping; 3] = [Escaping::Underscores, Escaping::Dots, Escaping::Values];

/// The names of a registry as scrapers see them that do not take them as they are. It finds those that a new one would
/// meet without asking all of them.
#[derive(Debug, Default)]
pub struct EscapedNames {
    names: HashSet<Box<str>>,
    /// By a scheme and what the samples of a family begin with there: the names of such families.
    bases: HashMap<(Escaping, String), Vec<Box<str>>>,
}

impl EscapedNames {
    /// Adds a name, if it is not there.
    pub fn insert(&mut self, name: &str) {
        if self.names.insert(name.into()) {
            for base in bases_of(name) {
                self.bases.entry(base).or_default().push(name.into());
            }
        }
    }

    /// Removes a name, if it is there.
    pub fn remove(&mut self, name: &str) {
        if !self.names.remove(name) {
            return;
        }
        for base in bases_of(name) {
            if let Entry::Occupied(mut entry) = self.bases.entry(base) {
                entry.get_mut().retain(|other| **other != *name);
                if entry.get().is_empty() {
                    entry.remove();
                }
            }
        }
    }

    /// Checks that `name` and those that are here stay different for scrapers that do not take their names as they are.
    /// `kind_of` says the kind of the family of a name, if there is one; the family called `name` itself is not asked
    /// for.
    ///
    /// # Errors
    ///
    /// [`Error::NamesMeet`] with one that would write a sample of the same name.
    pub fn check(&self, name: &str, kind: Kind, kind_of: impl Fn(&str) -> Option<Kind>) -> Result<(), Error> {
        let is_legal = is_metric_name(name);
        for escaping in SCHEMES {
            for sample in names_taken(name, kind, escaping) {
                let stripped = all_suffixes().iter().filter_map(|suffix| sample.strip_suffix(suffix));
                let bases = [&*sample].into_iter().chain(stripped);
                let others = bases.filter_map(|base| self.bases.get(&(escaping, base.to_owned()))).flatten();
                for other in others.filter(|&other| **other != *name && !(is_legal && is_metric_name(other)))
                {
                    let writes = |kind| names_taken(other, kind, escaping).any(|name| name == sample);
                    if kind_of(other).is_some_and(writes) {
                        let (metric, other) = (name.to_owned(), other.to_string());
                        return Err(Error::NamesMeet { metric, other, escaping });
                    }
                }
            }
        }
        Ok(())
    }
}

/// What the samples of a family of this name may begin with in each scheme, whatever its kind.
fn bases_of(name: &str) -> impl Iterator<Item = (Escaping, String)> {
    let mut bases: Vec<&str> = Kind::ALL.iter().map(|kind| kind.base_of(name)).collect();
    bases.sort_unstable();
    bases.dedup();
    bases.into_iter().flat_map(|base| SCHEMES.map(|scheme| (scheme, scheme.metric_name(base).into_owned())))
}

/// The names that a scraper may ask for a family by, in an escaping: its own and those of its samples, in whatever format.
#[must_use]
pub fn names_to_ask_for(name: &str, kind: Kind, escaping: Escaping) -> Vec<String> {
    let shown = escaping.metric_name(kind.base_of(name)).into_owned();
    let suffixes = [""].into_iter().chain(kind.suffixes());
    let mut names: Vec<String> = suffixes.map(|suffix| format!("{shown}{suffix}")).collect();
    let ending = kind.traits().ending;
    match (kind.without_given(name), ending) {
        (Some(stem), _) => {
            // OpenMetrics takes the ending off what is escaped; another scraper may escape what OpenMetrics shows.
            let stem = escaping.metric_name(stem).into_owned();
            let shown = kind.without_given(&shown).unwrap_or(&shown).to_owned();
            names.push(format!("{shown}{CREATED}"));
            names.extend([shown, stem]);
        }
        (None, Ending::None) if kind.traits().counts => names.push(format!("{shown}{CREATED}")),
        (None, _) => (),
    }
    names
}

/// Which of the families, in this order, write a sample that an earlier one writes, in any escaping, unless that one is such a
/// family itself: the place of each, and that of the first that stands in its way. Those that `check_samples` and
/// `EscapedNames::check` let live together have none.
#[must_use]
pub fn find_clashes(families: &[(&str, Kind)]) -> Vec<(usize, usize)> {
    let is_plain = families.iter().all(|(name, _)| is_metric_name(name));
    let schemes = if is_plain { &Escaping::ALL[..1] } else { &Escaping::ALL[..] };
    let mut clashes = Vec::new();
    let mut taken: HashMap<(Escaping, String), usize> = HashMap::with_capacity(families.len());
    for (place, &(name, kind)) in families.iter().enumerate() {
        let of_scheme = |&scheme| names_taken(name, kind, scheme).map(move |name| (scheme, name));
        let names: Vec<_> = schemes.iter().flat_map(of_scheme).collect();
        match names.iter().find_map(|name| taken.get(name)) {
            Some(&other) => clashes.push((place, other)),
            None => taken.extend(names.into_iter().map(|name| (name, place))),
        }
    }
    clashes
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
    fn families_are_asked_for_by_any_of_their_names() {
        let names = |name, kind| names_to_ask_for(name, kind, Escaping::Underscores);
        assert_eq!(names("a.b", Kind::Gauge), ["a_b"]);
        assert_eq!(names("a_total", Kind::Counter), ["a_total", "a_created", "a", "a"]);
        // As the formats show it, and the stem as it is escaped alone.
        let counter = |escaping| names_to_ask_for("a.b_total", Kind::Counter, escaping);
        assert_eq!(counter(Escaping::AllowUtf8), ["a.b_total", "a.b_created", "a.b", "a.b"]);
        let dots = ["a_dot_b__total", "a_dot_b__created", "a_dot_b_", "a_dot_b"];
        assert_eq!(counter(Escaping::Dots), dots);
        assert_eq!(names("_total", Kind::Counter), ["_total"]);
        assert_eq!(names("a", Kind::Counter), ["a"]);
        assert_eq!(names("a_info", Kind::Info), ["a", "a_info"]);
        assert_eq!(names("a", Kind::Summary), ["a", "a_count", "a_sum", "a_created"]);
        assert_eq!(names("a", Kind::Histogram), ["a", "a_bucket", "a_count", "a_sum", "a_created"]);
        assert_eq!(names("a", Kind::StateSet), ["a"]);
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
        // What is left out stands in nobody's way.
        let left_out = [("a_b", Kind::Gauge), ("a.b", Kind::Summary), ("a.b_sum", Kind::Gauge)];
        assert_eq!(find_clashes(&left_out), [(1, 0)]);
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
        let meets = |name, kind, other, other_kind| {
            let mut names = EscapedNames::default();
            names.insert(other);
            names.check(name, kind, |asked| (asked == other).then_some(other_kind)).is_err()
        };
        for (name, kind, other, other_kind) in [
            ("a.b", Kind::Gauge, "a_b", Kind::Gauge),
            ("a.b", Kind::Gauge, "a_dot_b", Kind::Gauge),
            ("a_b_sum", Kind::Gauge, "a.b", Kind::Summary),
            ("a.b_info", Kind::Gauge, "a b", Kind::Info),
            ("a.b_info", Kind::Info, "a b", Kind::Info),
            ("a.b_info", Kind::Info, "a_dot_b_info", Kind::Gauge),
            ("a.b_info", Kind::Info, "a_b_info", Kind::Histogram),
            ("a.b_count", Kind::Histogram, "a/b", Kind::Summary),
        ] {
            assert!(meets(name, kind, other, other_kind), "{name}");
            assert!(meets(other, other_kind, name, kind), "{name}");
        }
        for (name, kind, other, other_kind) in [
            ("a.b", Kind::Gauge, "a.c", Kind::Gauge),
            ("a_b", Kind::Gauge, "a_c", Kind::Gauge),
            ("a.b", Kind::Gauge, "a b", Kind::Info),
            ("a.b_sum", Kind::Gauge, "a b", Kind::Counter),
        ] {
            assert!(!meets(name, kind, other, other_kind), "{name}");
            assert!(!meets(other, other_kind, name, kind), "{name}");
        }
    }

    #[test]
    fn escaped_names_come_and_go() {
        let mut names = EscapedNames::default();
        let check = |names: &EscapedNames, name| names.check(name, Kind::Gauge, |_| Some(Kind::Gauge));
        names.insert("a.b");
        names.insert("a.b");
        let meets = Error::NamesMeet {
            metric: "a_b".to_owned(),
            other: "a.b".to_owned(),
            escaping: Escaping::Underscores,
        };
        assert_eq!(check(&names, "a_b"), Err(meets));
        assert_eq!(check(&names, "a.b"), Ok(()));
        names.remove("a.b");
        names.remove("a.b");
        assert_eq!(check(&names, "a_b"), Ok(()));
        names.insert("x.y_info");
        names.remove("x.y_info");
        assert!(names.bases.is_empty() && names.names.is_empty());
    }
}
