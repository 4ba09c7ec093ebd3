//! Any names, a line each: what is legal, what escaping makes of them, and which of them meet.
#![no_main]

use std::collections::{HashMap, HashSet};

use aioprometheus::name::{
    Escaping, Naming, check_label_name, find_meeting, is_label_name, is_metric_name, push_quoted,
};
use aioprometheus_fuzz::input::lines;
use aioprometheus_fuzz::names::{self, escape, is_legal, read_values};
use aioprometheus_fuzz::text;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut names = lines(data);
    names.truncate(40);
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    for name in &names {
        check(name);
    }

    // No two names become the same one under `values`, unless one of them is legal.
    let mut before = HashMap::new();
    for name in names.iter().filter(|name| !is_label_name(name)) {
        assert_eq!(before.insert(Escaping::Values.label_name(name), name), None);
    }
    let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    assert_eq!(find_meeting(&names), names::find_meeting(&names));
});

fn check(name: &str) {
    assert_eq!(is_metric_name(name), is_legal(name, false));
    assert_eq!(is_label_name(name), is_legal(name, true));
    let is_text = !name.is_empty() && !name.contains('\0');
    assert_eq!([Naming::Utf8.takes_metric_name(name), Naming::Utf8.takes_label_name(name)], [is_text; 2]);
    assert_eq!(Naming::Legacy.takes_metric_name(name), is_legal(name, false));
    assert_eq!(Naming::Legacy.takes_label_name(name), is_legal(name, true));
    for (naming, is_taken) in [(Naming::Legacy, is_legal(name, true)), (Naming::Utf8, is_text)] {
        let is_free = !name.starts_with("__") && name != "job" && name != "le";
        assert_eq!(check_label_name(name, Some("le"), naming).is_ok(), is_taken && is_free);
    }

    for escaping in Escaping::ALL {
        let (metric, label) = (escaping.metric_name(name), escaping.label_name(name));
        assert_eq!([&*metric, &*label], [escape(name, escaping, false), escape(name, escaping, true)]);
        if escaping != Escaping::AllowUtf8 && !name.is_empty() {
            assert!(is_legal(&metric, false) && is_legal(&label, true));
        }
        assert_eq!(escaping.metric_name(&metric), metric);
        assert_eq!(escaping.label_name(&label), label);
    }
    let undo = |escaped: &str, is_label| {
        if is_legal(name, is_label) { Some(escaped.to_owned()) } else { read_values(escaped) }
    };
    if !name.is_empty() {
        assert_eq!(undo(&Escaping::Values.metric_name(name), false).as_deref(), Some(name));
        assert_eq!(undo(&Escaping::Values.label_name(name), true).as_deref(), Some(name));
    }
    if is_text && !is_legal(name, false) {
        let mut quoted = "{".to_owned();
        push_quoted(&mut quoted, name);
        assert_eq!(text::read_start(&(quoted + "} ")), (name.to_owned(), Vec::new()));
    }
}
