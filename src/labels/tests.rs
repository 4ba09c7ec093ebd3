use hashbrown::DefaultHashBuilder;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;

const COMMON: Common<'_> = Common {
    metric: "m",
    one_name: false,
    constant: &[],
    reserved: None,
    naming: Naming::Legacy,
    escaping: Escaping::Underscores,
};

fn set(pairs: &[Pair<'_>]) -> LabelSet {
    LabelSet::new(COMMON, pairs).unwrap()
}

#[test]
fn the_start_is_sorted_and_holds_the_constant_labels() {
    let common = Common { one_name: true, constant: &[("aa", "c")], ..COMMON };
    let labels = LabelSet::new(common, &[("b", "2"), ("a", "1")]).unwrap();
    assert_eq!(labels.start(), r#"m{a="1",aa="c",b="2"} "#);
    assert_eq!(labels.pairs().collect::<Vec<_>>(), [("b", "2"), ("a", "1")]);
    assert_eq!(LabelSet::new(Common { one_name: true, ..COMMON }, &[]).unwrap().start(), "m ");
    assert_eq!(set(&[]).start(), " ");
}

#[test]
fn the_reserved_label_sorts_in() {
    let around = |pairs: &[Pair<'_>]| {
        let common = Common { reserved: Some("le"), ..COMMON };
        let labels = LabelSet::new(common, pairs).unwrap();
        let [before, left, right, after] = labels.around_reserved();
        format!("{before}{left}LE{right}{after}")
    };
    assert_eq!(around(&[]), "{LE} ");
    assert_eq!(around(&[("a", "1")]), r#"{a="1",LE} "#);
    assert_eq!(around(&[("z", "1")]), r#"{LE,z="1"} "#);
    assert_eq!(around(&[("z", "2"), ("a", "1")]), r#"{a="1",LE,z="2"} "#);
    assert_eq!(around(&[("lea", "2"), ("l", "1")]), r#"{l="1",LE,lea="2"} "#);
    assert_eq!(around(&[("a", "} ")]), r#"{a="} ",LE} "#);
}

#[test]
fn values_are_escaped() {
    let labels = set(&[("a", "q\"b\\s\nn\0\u{1f600}\r")]);
    assert_eq!(labels.start(), "{a=\"q\\\"b\\\\s\\nn\0\u{1f600}\r\"} ");
}

#[test]
fn neighbouring_texts_do_not_run_together() {
    assert!(!set(&[("ab", "c")]).matches(&[("a", "bc")]));
    assert!(!set(&[("a", "b"), ("c", "d")]).matches(&[("a", "bc"), ("", "d")]));
}

#[test]
fn a_name_given_twice_is_not_another_set() {
    let labels = set(&[("a", "1"), ("b", "1")]);
    assert!(!labels.matches(&[("a", "1"), ("a", "1")]));
    assert!(labels.matches(&[("b", "1"), ("a", "1")]));
}

fn unescape(text: &str) -> String {
    let mut value = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        value.push(match letter {
            '\\' => match letters.next().unwrap() {
                'n' => '\n',
                other => other,
            },
            other => other,
        });
    }
    value
}

proptest! {
    #[test]
    fn escaping_can_be_undone(value in r#"[\\"\n\PC]{0,40}"#) {
        let mut text = String::new();
        push_escaped(&mut text, &value);
        prop_assert!(!text.contains('\n'));
        prop_assert_eq!(unescape(&text), value);
    }

    #[test]
    fn identity_is_free_of_order(
        values in vec("[a-c]{0,2}", 0..6),
        other in vec("[a-c]{0,2}", 0..6),
        turn in 0..6_usize,
    ) {
        let names = ["a", "b", "c", "ab", "bc", "abc"];
        let pairs: Vec<Pair<'_>> = names.iter().copied().zip(values.iter().map(String::as_str)).collect();
        let others: Vec<Pair<'_>> = names.iter().copied().zip(other.iter().map(String::as_str)).collect();
        let mut turned = pairs.clone();
        turned.rotate_left(if pairs.is_empty() { 0 } else { turn % pairs.len() });
        let state = DefaultHashBuilder::default();
        let labels = set(&pairs);
        prop_assert!(labels.matches(&turned));
        prop_assert_eq!(hash(&state, &pairs), hash(&state, &turned));
        prop_assert_eq!(labels.matches(&others), pairs == others);
        let turned = set(&turned);
        prop_assert_eq!(turned.start(), labels.start());
    }
}
