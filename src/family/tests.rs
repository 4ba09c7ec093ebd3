use std::sync::atomic::{AtomicBool, Ordering};

use super::order::CHUNK;
use super::*;
use crate::access::Shared;
use crate::metric::{Kind, Number};

fn counter() -> Family<Value> {
    Family::new(Descriptor::new("c", "help", Kind::Counter).unwrap(), ())
}

fn births(family: &Family<Value>) -> Vec<String> {
    let mut texts = Vec::new();
    family.for_each(|series| texts.push(series.labels().start().to_owned()));
    texts
}

fn inc(family: &Family<Value>, labels: &[Pair<'_>]) {
    family.with(Shared, labels, |series| series.metric().add(Shared, Number::Int(1))).unwrap();
}

#[test]
fn series_come_in_the_order_of_their_birth() {
    let family = counter();
    for value in ["b", "a", "c", "a"] {
        inc(&family, &[("l", value)]);
    }
    inc(&family, &[]);
    assert_eq!(births(&family), [r#"c{l="b"} "#, r#"c{l="a"} "#, r#"c{l="c"} "#, "c "]);
    assert!(family.remove(Shared, &[("l", "a")]));
    assert!(!family.remove(Shared, &[("l", "a")]));
    inc(&family, &[("l", "a")]);
    assert_eq!(births(&family), [r#"c{l="b"} "#, r#"c{l="c"} "#, "c ", r#"c{l="a"} "#]);
    family.clear(Shared);
    assert!(family.is_empty(Shared));
}

#[test]
fn more_series_than_a_chunk_are_all_visited_once() {
    let family = counter();
    for number in 0..=CHUNK * 3 {
        inc(&family, &[("n", &number.to_string())]);
    }
    for number in (0..CHUNK * 3).step_by(2) {
        family.remove(Shared, &[("n", &number.to_string())]);
    }
    let expected: Vec<_> = (0..=CHUNK * 3)
        .filter(|number| number % 2 == 1 || *number == CHUNK * 3)
        .map(|number| format!("c{{n=\"{number}\"}} "))
        .collect();
    assert_eq!(births(&family), expected);
}

#[test]
fn labels_are_checked_at_birth() {
    let family = Family::<Histogram>::new(
        Descriptor::new("h", "", Kind::Histogram).unwrap().with_constant(&[("host", "a")]).unwrap(),
        crate::metric::histogram::Bounds::new("h", &[1.0]).unwrap(),
    );
    let error = |labels: &[Pair<'_>]| family.with(Shared, labels, |_| ()).unwrap_err().to_string();
    assert_eq!(error(&[("le", "1")]), "Invalid label name: le");
    assert_eq!(error(&[("a", "1"), ("job", "x")]), "Invalid label name: job");
    assert_eq!(error(&[("__x", "1")]), "Invalid label prefix: __x");
    assert!(error(&[("host", "b")]).starts_with("h: the label 'host' is a constant label"));
    assert!(error(&[("a", "1"), ("a", "2")]).starts_with("h: the label name 'a' is given twice"));
    assert!(family.is_empty(Shared));
}

#[test]
fn declared_names_are_kept() {
    let descriptor = Descriptor::new("c", "", Kind::Counter).unwrap();
    let family = Family::<Value>::new(descriptor.with_declared(&["b", "a"]).unwrap(), ());
    inc(&family, &[("a", "1"), ("b", "2")]);
    inc(&family, &[("b", "2"), ("a", "1")]);
    assert_eq!(family.len(Shared), 1);
    assert_eq!(
        family.check(Shared, &[("a", "1"), ("x", "1")]).unwrap_err().to_string(),
        "c: missing label 'b' and unknown label 'x'; its labelnames are 'a', 'b'"
    );
    let none = Descriptor::new("c", "", Kind::Counter).unwrap().with_declared(&[]).unwrap();
    assert_eq!(
        Family::<Value>::new(none, ()).check(Shared, &[("a", "1")]).unwrap_err().to_string(),
        "c: unknown label 'a'; its labelnames are [] (none)"
    );
}

#[test]
fn threads_give_birth_to_one_series_each_and_lose_no_update() {
    let family = counter();
    let running = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    for number in 0..5_000 {
                        inc(&family, &[("n", &(number % 100).to_string())]);
                    }
                })
            })
            .collect();
        scope.spawn(|| {
            while running.load(Ordering::Relaxed) {
                let mut last = None;
                family.for_each(|series| {
                    assert!(last < Some(series.place.birth()));
                    last = Some(series.place.birth());
                });
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        running.store(false, Ordering::Relaxed);
    });
    assert_eq!(family.len(Shared), 100);
    family.for_each(|series| assert_eq!(series.metric().get(), Number::Int(200)));
}

#[test]
fn a_series_that_is_born_again_meanwhile_is_not_visited_twice() {
    let family = counter();
    for number in 0..=CHUNK {
        inc(&family, &[("n", &number.to_string())]);
    }
    let mut seen = Vec::new();
    family.for_each_chunk(|chunk| {
        seen.extend(chunk.iter().map(|series| series.place.birth()));
        family.remove(Shared, &[("n", "0")]);
        inc(&family, &[("n", "0")]);
    });
    assert_eq!(seen, (0..=CHUNK as u64).collect::<Vec<_>>());
    family.clear(Shared);
    assert!(births(&family).is_empty());
}
