//! Any labels are read back from their text, and are the same in any order.
//!
//! The first line of an input names the escaping, and may say `utf8`, `unnamed` (as the lines of a histogram), and a reserved
//! label. The second is the name of the family. Then come a name and a value in turn: the labels of a series, behind an
//! empty name those of another series, and behind one more the constant ones.
#![no_main]

use std::collections::{BTreeMap, HashSet};
use std::hash::RandomState;

use aioprometheus::labels::identity::{identity, is_identity, sorted};
use aioprometheus::labels::{Common, LabelSet, hash};
use aioprometheus::name::{Escaping, Naming};
use aioprometheus_fuzz::families::{owned, pairs};
use aioprometheus_fuzz::input::lines;
use aioprometheus_fuzz::names::{escape, is_legal};
use aioprometheus_fuzz::text::{Labels, read_start};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let lines = lines(data);
    let words: Vec<&str> = lines[0].split(' ').collect();
    let find = |escaping: &Escaping| words.contains(&escaping.as_str());
    let escaping = Escaping::ALL.into_iter().find(find).unwrap_or_default();
    let is_utf8 = words.contains(&"utf8");
    let naming = if is_utf8 { Naming::Utf8 } else { Naming::Legacy };
    let Some(metric) = lines.get(1).filter(|name| naming.takes_metric_name(name)) else {
        return;
    };
    // Words of all kinds may be the reserved label; another one behind the label set is not of use.
    let reserved = words.last().copied().filter(|name| naming.takes_label_name(name));

    let mut sets = [Labels::new(), Labels::new(), Labels::new()];
    let mut place = 0;
    let mut names = HashSet::new();
    for pair in lines[2..].chunks_exact(2) {
        let (name, value) = (&pair[0], &pair[1]);
        if name.is_empty() && place < 2 {
            place += 1;
            names.clear();
        } else if naming.takes_label_name(name) && Some(&**name) != reserved && names.insert(name) {
            sets[place].push((name.clone(), value.clone()));
        }
    }
    let [first, second, constant] = sets.each_ref().map(pairs);
    let one_name = !words.contains(&"unnamed");
    let common = Common { metric, one_name, constant: &constant, reserved, naming, escaping };
    let set = LabelSet::new(common, &first).expect("they are short");
    assert!(set.pairs().eq(first.iter().copied()));
    let is_constant = |name: &str| constant.iter().any(|(constant, _)| *constant == name);
    assert_eq!(set.replaces_constant(), first.iter().any(|(name, _)| is_constant(name)));

    // The text of the lines, with and without the reserved label.
    let all = |more: Labels| {
        let replaced = |name: &str| first.iter().any(|(own, _)| *own == name);
        let constant = constant.iter().copied().filter(|(name, _)| !replaced(name));
        let mut all: Labels =
            owned(constant).into_iter().chain(owned(first.iter().copied())).chain(more).collect();
        all.sort();
        all.into_iter().map(|(name, value)| (escape(&name, escaping, true), value)).collect()
    };
    let name = if one_name { escape(metric, escaping, false) } else { String::new() };
    let read = |start: &str| {
        // The name of a family of several names is written by who writes its lines.
        let is_quoted = escaping == Escaping::AllowUtf8 && !is_legal(metric, false);
        match (one_name, is_quoted) {
            (true, _) => read_start(start),
            (false, false) => read_start(&format!("a{start}")),
            (false, true) => read_start(&format!("{{\".\"{start}")),
        }
    };
    let named = |labels: Labels| match (one_name, read(set.start()).0) {
        (true, _) => (name.clone(), labels),
        (false, name) => (name, labels),
    };
    assert_eq!(read(set.start()), named(all(Labels::new())));
    if let Some(reserved) = reserved {
        let [before, left, right, after] = set.around_reserved();
        let own = if is_legal(reserved, true) || escaping != Escaping::AllowUtf8 {
            escape(reserved, escaping, true)
        } else {
            let mut own = String::new();
            aioprometheus::name::push_quoted(&mut own, reserved);
            own
        };
        let line = format!("{before}{left}{own}=\"0.5\"{right}{after}");
        assert_eq!(read(&line), named(all(vec![(reserved.to_owned(), "0.5".to_owned())])));
    }

    // The order of the labels changes nothing, and whatever else is changed does.
    let state = RandomState::new();
    let mut turned = first.clone();
    for _ in 0..first.len() {
        turned.rotate_left(1);
        assert!(set.matches(&turned) && hash(&state, &turned) == hash(&state, &first));
    }
    turned.reverse();
    assert!(set.matches(&turned) && hash(&state, &turned) == hash(&state, &first));
    assert_eq!(set.matches(&second), sorted(&first) == sorted(&second));
    for at in 0..first.len() {
        let mut other = first.clone();
        let value = format!("{}x", first[at].1);
        other[at].1 = &value;
        assert!(!set.matches(&other));
        // One letter is another one, wherever.
        for (place, letter) in first[at].1.char_indices().take(64) {
            let (before, after) = first[at].1.split_at(place);
            let changed = if letter == 'x' { 'y' } else { 'x' };
            let value = format!("{before}{changed}{}", &after[letter.len_utf8()..]);
            let mut other = first.clone();
            other[at].1 = &value;
            assert!(!set.matches(&other));
        }
        other.remove(at);
        assert!(!set.matches(&other));
    }

    // Two label sets are one series if a server sees the same labels.
    let seen = |given: &Labels| -> BTreeMap<String, String> {
        let all = sets[2].iter().chain(given).cloned().collect::<BTreeMap<_, _>>();
        all.into_iter().filter(|(_, value)| !value.is_empty()).collect()
    };
    let identities = [&first, &second].map(|pairs| sorted(&identity(&constant, pairs)));
    assert_eq!(identities[0] == identities[1], seen(&sets[0]) == seen(&sets[1]));
    assert_eq!(is_identity(&constant, &first), identities[0].len() == first.len());
});
