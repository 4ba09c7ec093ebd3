use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::*;
use crate::family::{Descriptor, Family};
use crate::metric::Value;

/// What a source did wrong, or that there is no memory.
#[derive(Debug, PartialEq)]
enum Trouble {
    Own(&'static str),
    Fatal,
    Memory,
}

impl From<OutOfMemory> for Trouble {
    fn from(_: OutOfMemory) -> Self {
        Self::Memory
    }
}

/// A family, and what happens when it is collected.
struct Programmed<'a> {
    family: AnyFamily,
    trouble: Option<Trouble>,
    left_out: &'a [&'a str],
    log: &'a RefCell<Vec<String>>,
}

impl Source for &Programmed<'_> {
    type Error = Trouble;

    fn outline(&self) -> Result<Outline, Trouble> {
        Ok(Outline::of(&self.family))
    }

    fn collect(&self) -> Result<Collected, Trouble> {
        match &self.trouble {
            Some(Trouble::Own(words)) => Err(Trouble::Own(words)),
            Some(_) => Err(Trouble::Fatal),
            None => {
                let left_out = self.left_out.iter().map(|&sample| sample.to_owned()).collect();
                Ok(Collected { left_out, ..self.family.collect()? })
            }
        }
    }

    fn name(&self) -> String {
        self.family.name()
    }

    fn log(&self, name: &str, failure: &Failure<'_, Trouble>) {
        self.log.borrow_mut().push(format!("{name}: {failure:?}"));
    }

    fn ends_scrape(&self, error: &Trouble) -> bool {
        *error == Trouble::Fatal
    }
}

fn family(name: &str, kind: Kind) -> AnyFamily {
    let descriptor = Descriptor::with_naming(name, "h", kind, Naming::Utf8).unwrap();
    AnyFamily::Value(Arc::new(Family::<Value>::new(descriptor, ())))
}

fn names_of(blocks: &[Block]) -> Vec<&str> {
    blocks.iter().map(Block::name).collect()
}

fn errors(failures: &Failures) -> HashMap<String, crate::metric::Number> {
    let Some(AnyFamily::Value(counter)) = failures.family() else {
        return HashMap::new();
    };
    let all = counter.to_vec().unwrap();
    all.iter().map(|one| (one.labels().pairs().next().unwrap().1.to_owned(), one.metric().get())).collect()
}

#[test]
fn failures_are_left_out_counted_and_logged_once() {
    let log = RefCell::default();
    let source = |name, kind, trouble, left_out| Programmed {
        family: family(name, kind),
        trouble,
        left_out,
        log: &log,
    };
    let sources = [
        source("a", Kind::Summary, None, &[][..]),
        source("b", Kind::Gauge, Some(Trouble::Own("broken")), &[]),
        source("c", Kind::Gauge, None, &["{x=\"1\"}"]),
        source("a_sum", Kind::Gauge, None, &[]),
        source("d", Kind::Gauge, None, &[]),
    ];
    let sources: Vec<&Programmed<'_>> = sources.iter().collect();
    let failures = Failures::default();
    for _ in 0..2 {
        let blocks = collect(&sources, &Names::default(), &failures).unwrap();
        assert_eq!(names_of(&blocks), ["a", "c", "d", Failures::COUNTER]);
    }
    let two = crate::metric::Number::Int(2);
    let expected = ["b", "c", "a_sum"].map(|name| (name.to_owned(), two));
    assert_eq!(errors(&failures), HashMap::from(expected));
    let expected = ["b: Error(Own(\"broken\"))", "c: Repeated([\"{x=\\\"1\\\"}\"])", "a_sum: Clash(\"a\")"];
    assert_eq!(*log.borrow(), expected);
}

#[test]
fn the_counter_is_shown_after_a_failure_and_not_beside_one_of_its_name() {
    let log = RefCell::default();
    let broken = Programmed {
        family: family("b", Kind::Gauge),
        trouble: Some(Trouble::Own("broken")),
        left_out: &[],
        log: &log,
    };
    let own = Programmed {
        family: family(Failures::COUNTER, Kind::Counter),
        trouble: None,
        left_out: &[],
        log: &log,
    };
    let failures = Failures::default();
    assert_eq!(names_of(&collect(&[&own], &Names::default(), &failures).unwrap()), [Failures::COUNTER]);
    assert_eq!(
        names_of(&collect(&[&own, &broken], &Names::default(), &failures).unwrap()),
        [Failures::COUNTER]
    );
    assert_eq!(
        names_of(&collect::<&Programmed<'_>>(&[], &Names::default(), &failures).unwrap()),
        [Failures::COUNTER]
    );
    assert!(collect::<&Programmed<'_>>(&[], &Names::new(["other"]), &failures).unwrap().is_empty());
}

#[test]
fn what_ends_the_scrape_is_not_counted() {
    let log = RefCell::default();
    let fatal = Programmed {
        family: family("a", Kind::Gauge),
        trouble: Some(Trouble::Fatal),
        left_out: &[],
        log: &log,
    };
    let failures = Failures::default();
    assert_eq!(collect(&[&fatal], &Names::default(), &failures).unwrap_err(), Trouble::Fatal);
    assert!(failures.family().is_none() && log.borrow().is_empty());
    assert!(collect(&[&fatal], &Names::new(["b"]), &failures).unwrap().is_empty());
}

#[test]
fn families_are_selected_by_their_names_and_those_of_their_samples() {
    let outline = |name: &str, kind, naming| Outline { name: name.to_owned(), kind, naming };
    for (name, kind, selecting, others) in [
        ("a", Kind::Gauge, &["a"][..], &["a_total", "a_sum", "a_created", "b"][..]),
        ("a", Kind::Counter, &["a"], &["a_total", "a_created"]),
        ("a_total", Kind::Counter, &["a", "a_total", "a_created"], &["a_sum"]),
        ("a", Kind::Summary, &["a", "a_sum", "a_count", "a_created"], &["a_bucket"]),
        ("a", Kind::Histogram, &["a", "a_sum", "a_count", "a_bucket", "a_created"], &["a_total"]),
        ("a", Kind::Info, &["a", "a_info"], &["a_created"]),
        ("a_info", Kind::Info, &["a", "a_info"], &["a_info_info"]),
    ] {
        let outline = outline(name, kind, Naming::Legacy);
        assert!(selecting.iter().all(|name| Names::new([*name]).select(&outline)), "{name} {kind}");
        assert!(!Names::new(others.iter().copied()).select(&outline), "{name} {kind}");
        assert!(Names::default().select(&outline));
    }
    let outline = outline("a.b", Kind::Summary, Naming::Utf8);
    for name in ["a.b", "a_b", "a_dot_b", "U__a_2e_b", "a_b_sum", "a_dot_b_count", "a.b_sum"] {
        assert!(Names::new(["other", name]).select(&outline), "{name}");
    }
}
