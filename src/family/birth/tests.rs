use proptest::prelude::*;

use super::*;
use crate::access::Shared;
use crate::family::Descriptor;
use crate::kind::Kind;
use crate::metric::{Number, Value};

fn values(naming: Naming, constant: &[Pair<'_>]) -> Family<Value> {
    let descriptor = Descriptor::with_naming("m", "", Kind::Gauge, naming).unwrap();
    Family::with_shards(descriptor.with_constant(constant).unwrap(), (), 8)
}

fn infos(naming: Naming, constant: &[Pair<'_>]) -> Family<Info> {
    let descriptor = Descriptor::with_naming("m", "", Kind::Info, naming).unwrap();
    Family::with_shards(descriptor.with_constant(constant).unwrap(), (), 8)
}

fn inc(family: &Family<Value>, labels: &[Pair<'_>]) -> Result<(), Error> {
    family.with(Shared, labels, |series| series.metric().add(Shared, Number::Int(1)))
}

fn starts<M: Metric>(family: &Family<M>) -> Vec<String> {
    family.to_vec().unwrap().iter().map(|series| series.labels().start().to_owned()).collect()
}

#[test]
fn labels_that_say_the_same_are_one_series_with_the_text_of_its_first_use() {
    let family = values(Naming::Legacy, &[("c", "x")]);
    for labels in [
        &[("a", ""), ("b", "1")][..],
        &[("b", "1")],
        &[("b", "1"), ("c", "x")],
        &[("z", ""), ("c", "x"), ("b", "1")],
    ] {
        inc(&family, labels).unwrap();
        assert_eq!(family.find(Shared, labels).unwrap().metric().get(), Number::Int(family_count(&family)));
    }
    assert_eq!(starts(&family), [r#"m{a="",b="1",c="x"} "#]);
    for labels in [&[("b", "1"), ("c", "")][..], &[("c", "y")], &[("c", "")], &[]] {
        inc(&family, labels).unwrap();
    }
    assert_eq!(starts(&family)[1..], [r#"m{b="1",c=""} "#, r#"m{c="y"} "#, r#"m{c=""} "#, r#"m{c="x"} "#]);
    assert!(family.remove(Shared, &[("c", "x"), ("d", "")]));
    assert!(!family.remove(Shared, &[]));
    assert_eq!(family.len(Shared), 4);
}

/// How often the only series was used.
fn family_count(family: &Family<Value>) -> i64 {
    let all = family.to_vec().unwrap();
    assert_eq!(all.len(), 1);
    match all[0].metric().get() {
        Number::Int(count) => count,
        Number::Float(_) => 0,
    }
}

#[test]
fn what_is_found_must_be_declared() {
    let descriptor = Descriptor::new("m", "", Kind::Gauge).unwrap().with_declared(&["a"]).unwrap();
    let family = Family::<Value>::new(descriptor, ());
    inc(&family, &[("a", "")]).unwrap();
    assert!(matches!(inc(&family, &[]), Err(Error::Metric { mistake: Mistake::LabelNames { .. }, .. })));
    assert!(family.find(Shared, &[]).is_none() && !family.remove(Shared, &[("a", ""), ("b", "")]));
    assert!(family.find(Shared, &[("a", "")]).is_some());
}

#[test]
fn series_that_are_escaped_alike_are_refused() {
    let family = values(Naming::Utf8, &[("c.d", "x")]);
    let refused = |labels: &[Pair<'_>]| match inc(&family, labels) {
        Err(error @ Error::Metric { mistake: Mistake::SeriesMeet { .. }, .. }) => {
            assert_eq!(family.check(Shared, labels), Err(error.clone()));
            error.to_string()
        }
        other => panic!("{labels:?}: {other:?}"),
    };
    inc(&family, &[("a.b", "1")]).unwrap();
    assert_eq!(
        refused(&[("a_b", "1")]),
        "m: the labels {a_b=\"1\"} cannot stand beside {\"a.b\"=\"1\"}, which another series of this metric has: \
         scrapers that take names escaped with underscores would see one series; give one of them another label, or \
         use one name for both"
    );
    assert!(refused(&[("a_dot_b", "1"), ("z", "")]).contains("escaped with dots"));
    assert!(refused(&[("U__a_2e_b", "1"), ("c.d", "x")]).contains("escaped with values"));
    inc(&family, &[("a_b", "2")]).unwrap();
    assert!(refused(&[("a.b", "2")]).contains("beside {a_b=\"2\"}"));
    inc(&family, &[("a_b", "1"), ("c.d", "y")]).unwrap();
    assert!(refused(&[("a.b", "1"), ("c.d", "y")]).contains("beside {a_b=\"1\",\"c.d\"=\"y\"}"));
    assert_eq!(family.len(Shared), 3);
    assert!(family.remove(Shared, &[("z", ""), ("a.b", "1")]));
    inc(&family, &[("a_b", "1")]).unwrap();
    refused(&[("a.b", "1")]);
    family.clear(Shared);
    inc(&family, &[("a.b", "1")]).unwrap();
    refused(&[("a_b", "1")]);
}

#[test]
fn labels_and_facts_that_add_up_to_the_same_are_refused() {
    let family = infos(Naming::Legacy, &[("c", "x")]);
    let set = |labels: &[Pair<'_>], facts: &[Pair<'_>]| family.set_facts(Shared, labels, facts);
    let refused = |result: Result<(), Error>| {
        assert!(matches!(result, Err(Error::Metric { mistake: Mistake::SeriesMeet { .. }, .. })));
    };
    set(&[("a", "1")], &[("b", "2"), ("e", "")]).unwrap();
    assert_eq!(
        set(&[("b", "2")], &[("a", "1")]).unwrap_err().to_string(),
        "m: the labels {a=\"1\",b=\"2\"} cannot stand beside {a=\"1\",b=\"2\"}, which another series of this metric \
         has: its labels and facts add up to the same, so that servers would see one series; give one of them \
         another label or fact"
    );
    refused(set(&[("b", "2"), ("a", "1")], &[("f", "")]));
    refused(family.with(Shared, &[("b", "2"), ("a", "1")], |_| ()));
    assert_eq!(family.len(Shared), 1);
    set(&[("b", "2")], &[("a", "2")]).unwrap();
    refused(set(&[("b", "2")], &[("a", "1")]));
    assert_eq!(family.find(Shared, &[("b", "2")]).unwrap().metric().get()[0].1.as_ref(), "2");
    // A series may be given its own facts, and those that another one gave up.
    set(&[("a", "1"), ("c", "x")], &[("b", "2")]).unwrap();
    set(&[("a", "1")], &[]).unwrap();
    set(&[("b", "2")], &[("a", "1")]).unwrap();
    refused(set(&[("a", "1")], &[("b", "2")]));
    assert!(family.remove(Shared, &[("b", "2")]));
    set(&[("a", "1")], &[("b", "2")]).unwrap();
    // A label that changes nothing but is shown takes its name all the same.
    set(&[("e", ""), ("d", "1")], &[]).unwrap();
    assert!(matches!(
        set(&[("d", "1")], &[("e", "1")]),
        Err(Error::Metric { mistake: Mistake::LabelTwice { .. }, .. })
    ));
}

#[test]
fn facts_meet_in_every_escaping() {
    let family = infos(Naming::Utf8, &[]);
    family.set_facts(Shared, &[("a", "1")], &[("b.c", "2")]).unwrap();
    let meets = family.set_facts(Shared, &[("a", "1"), ("b_c", "2")], &[]).unwrap_err().to_string();
    assert!(meets.contains("escaped with underscores"), "{meets}");
    let adds_up = family.set_facts(Shared, &[("b.c", "2")], &[("a", "1")]).unwrap_err().to_string();
    assert!(adds_up.contains("add up to the same"), "{adds_up}");
    family.set_facts(Shared, &[("b.c", "2")], &[("a", "2")]).unwrap();
}

#[test]
fn a_reading_is_of_one_moment() {
    let family = infos(Naming::Legacy, &[]);
    let turn = |from: &str, to: &str| {
        family.set_facts(Shared, &[("a", from)], &[]).unwrap();
        family.set_facts(Shared, &[("b", to)], &[("a", "1")]).unwrap();
    };
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..2_000 {
                // The facts of one series go to the other, back and forth.
                turn("1", "1");
                family.set_facts(Shared, &[("b", "1")], &[]).unwrap();
                family.set_facts(Shared, &[("a", "1")], &[("b", "1")]).unwrap();
                if number % 3 == 0 {
                    family.remove(Shared, &[("b", "1")]);
                }
            }
        });
        while !writer.is_finished() {
            let seen: Vec<_> = family
                .readings()
                .unwrap()
                .iter()
                .map(|(series, facts)| {
                    let labels: Vec<Pair<'_>> = series.labels().pairs().collect();
                    describe(&identity_with(&[], &labels, &info::pairs(facts)))
                })
                .collect();
            let mut distinct = seen.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), seen.len(), "{seen:?}");
        }
        writer.join().unwrap();
    });
}

#[test]
fn threads_that_spell_a_series_differently_give_birth_to_one() {
    let family = values(Naming::Utf8, &[("c", "x")]);
    std::thread::scope(|scope| {
        let spellings = [&[][..], &[("c", "x")], &[("e", "")], &[("e", ""), ("c", "x")]];
        let threads = spellings.map(|extra| {
            let family = &family;
            scope.spawn(move || {
                for number in 0..2_000 {
                    let value = (number / 4).to_string();
                    inc(family, &[&[("n", &*value)], extra].concat()).unwrap();
                }
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
    });
    assert_eq!(family.len(Shared), 500);
    family.for_each(|series| assert_eq!(series.metric().get(), Number::Int(16)));
}

/// What a server sees of labels, in plain words.
fn model(constant: &[Pair<'_>], labels: &[Pair<'_>], escaping: Escaping) -> Vec<(String, String)> {
    let mut all = std::collections::BTreeMap::new();
    for (name, value) in constant.iter().chain(labels) {
        all.insert(escaping.label_name(name).into_owned(), (*value).to_owned());
    }
    all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
}

const NAMES: [&str; 7] = ["a", "a.b", "a_b", "a/b", "a_dot_b", "c", "e"];
const VALUES: [&str; 3] = ["", "x", "y"];

fn drawn_labels() -> impl Strategy<Value = Vec<Pair<'static>>> {
    let pair = (prop::sample::select(&NAMES[..]), prop::sample::select(&VALUES[..]));
    prop::collection::vec(pair, 0..4)
}

proptest! {
    #[test]
    fn no_two_series_are_one_for_a_server(
        constant in prop::sample::subsequence(vec![("c", "x"), ("e", "")], 0..=2),
        all in prop::collection::vec((drawn_labels(), 0..6_u8), 0..40),
    ) {
        let family = values(Naming::Utf8, &constant);
        let mut born: Vec<Vec<Pair<'_>>> = Vec::new();
        for (labels, action) in &all {
            let same = |other: &Vec<Pair<'_>>, escaping| {
                model(&constant, other, escaping) == model(&constant, labels, escaping)
            };
            let known = born.iter().position(|other| same(other, Escaping::AllowUtf8));
            let valid = family.descriptor().check_labels(labels).is_ok();
            if *action == 0 {
                let removed = family.remove(Shared, labels);
                prop_assert_eq!(removed, valid && known.is_some());
                if removed {
                    born.remove(known.unwrap());
                }
                continue;
            }
            let meets = || born.iter().any(|other| Escaping::ALL.iter().any(|&escaping| same(other, escaping)));
            let expected = valid && (known.is_some() || !meets());
            prop_assert_eq!(inc(&family, labels).is_ok(), expected, "{:?} beside {:?}", labels, born);
            if expected && known.is_none() {
                born.push(labels.clone());
            }
        }
        prop_assert_eq!(family.len(Shared), born.len());
        let given: Vec<Vec<Pair<'_>>> = born.clone();
        for (series, labels) in family.to_vec().unwrap().iter().zip(given) {
            prop_assert_eq!(series.labels().pairs().collect::<Vec<_>>(), labels);
        }
    }
}
