//! Rules on families beside each other: names that two of them write.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::about::About;
use super::{Problem, Rule};
use crate::kind::{CREATED, Ending};

/// The families so far.
#[derive(Debug, Default)]
pub(super) struct Clashes {
    families: Vec<About>,
}

impl Clashes {
    pub fn add(&mut self, about: About) {
        self.families.push(about);
    }

    /// The clashes in the text format; and those in OpenMetrics of families that do not clash there.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let text = find(&self.families, text_names);
        for (&(place, other), sample) in &text {
            let (own, other) = (&self.families[place], &self.families[other]);
            let words = if own.name == other.name {
                format!(
                    "there are two families of this name, a {} and a {}: servers take the first, or lose the scrape; give all \
                     series of it in one family",
                    other.kind, own.kind
                )
            } else {
                format!(
                    "the {} {} writes samples called {sample} too: rename one of them",
                    other.kind, other.name
                )
            };
            problems.push(own.problem(Rule::NameClash, words));
        }
        for (places, name) in &find(&self.families, openmetrics_names) {
            let (own, other) = (&self.families[places.0], &self.families[places.1]);
            let belongs = own.is_created_of(other) || other.is_created_of(own);
            if !belongs && !text.contains_key(places) {
                let words = format!(
                    "in OpenMetrics both it and the {} {} have the name {name}, which strict readers refuse: rename one of \
                     them",
                    other.kind, other.name
                );
                problems.push(own.problem(Rule::OpenMetricsClash, words));
            }
        }
        problems
    }
}

/// Families that have a name which an earlier one has, by their places; and that name.
fn find(families: &[About], names: impl Fn(&About) -> Vec<String>) -> BTreeMap<(usize, usize), String> {
    let mut clashes = BTreeMap::new();
    let mut taken: HashMap<String, usize> = HashMap::with_capacity(families.len());
    for (place, family) in families.iter().enumerate() {
        for name in names(family) {
            match taken.entry(name) {
                Entry::Occupied(entry) => {
                    if *entry.get() != place {
                        clashes.entry((place, *entry.get())).or_insert_with(|| entry.key().clone());
                    }
                }
                Entry::Vacant(entry) => {
                    entry.insert(place);
                }
            }
        }
    }
    clashes
}

/// The name of a family in the text format, and those of its samples.
fn text_names(about: &About) -> Vec<String> {
    let base = about.kind.base_of(&about.name);
    let suffixed = about.kind.suffixes().map(|suffix| format!("{base}{suffix}"));
    [about.name.clone()].into_iter().chain(suffixed).collect()
}

/// As [`text_names`], in OpenMetrics.
fn openmetrics_names(about: &About) -> Vec<String> {
    let (kind, base) = (about.kind, about.openmetrics_base());
    let ending = match kind.traits().ending {
        Ending::Given(ending) => Some(ending),
        Ending::Added(_) | Ending::None => None,
    };
    let created = kind.traits().counts.then_some(CREATED);
    let suffixes = [""].into_iter().chain(ending).chain(created).chain(kind.suffixes());
    suffixes.map(|suffix| format!("{base}{suffix}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kind::Kind;

    fn rules(families: &[(&str, Kind)]) -> Vec<(String, Rule)> {
        let mut clashes = Clashes::default();
        for (name, kind) in families {
            clashes.add(About::new(name, &format!("What {name} is"), *kind));
        }
        let mut found: Vec<_> = clashes.problems().into_iter().map(|p| (p.family, p.rule)).collect();
        found.sort();
        found
    }

    #[test]
    fn families_that_write_one_name_clash() {
        for (first, second, rule) in [
            (("a", Kind::Histogram), ("a_count", Kind::Gauge), Rule::NameClash),
            (("a", Kind::Gauge), ("a", Kind::Counter), Rule::NameClash),
            (("a", Kind::Gauge), ("a_total", Kind::Counter), Rule::OpenMetricsClash),
            (("a_total", Kind::Counter), ("a_created", Kind::Gauge), Rule::OpenMetricsClash),
            (("a_info", Kind::Info), ("a", Kind::Gauge), Rule::OpenMetricsClash),
            (("a", Kind::Summary), ("a_created", Kind::Gauge), Rule::OpenMetricsClash),
            (("a", Kind::Counter), ("a_total", Kind::Counter), Rule::OpenMetricsClash),
        ] {
            assert_eq!(rules(&[first, second]), [(second.0.to_owned(), rule)], "{first:?}");
            assert_eq!(rules(&[second, first]), [(first.0.to_owned(), rule)], "{second:?}");
        }
    }

    #[test]
    fn what_prometheus_client_writes_beside_a_family_is_no_clash() {
        for (name, kind) in [("a_total", Kind::Counter), ("a", Kind::Histogram), ("a", Kind::Summary)] {
            for (help, kind_beside, expected) in
                [("Calls", Kind::Gauge, 0), ("Birds", Kind::Gauge, 1), ("Calls", Kind::Counter, 1)]
            {
                let mut clashes = Clashes::default();
                clashes.add(About::new(name, "Calls", kind));
                clashes.add(About::new("a_created", help, kind_beside));
                assert_eq!(clashes.problems().len(), expected, "{name} {help} {kind_beside}");
            }
        }
    }

    #[test]
    fn others_do_not_clash() {
        let families = [
            ("a_total", Kind::Counter),
            ("a_b", Kind::Gauge),
            ("b_info", Kind::Info),
            ("c", Kind::Histogram),
            ("c_max", Kind::Gauge),
            ("d", Kind::Summary),
            ("d_bucket", Kind::Gauge),
        ];
        assert_eq!(rules(&families), []);
    }
}
