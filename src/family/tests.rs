use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use proptest::prelude::*;

use super::order::CHUNK;
use super::*;
use crate::access::{Exclusive, Shared};
use crate::error::Mistake;
use crate::kind::Kind;
use crate::metric::histogram::{Bounds, Spec};
use crate::metric::{Histogram, Number, Value};
use crate::name::Naming;

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
        Spec::classic(Bounds::new(&[1.0]).unwrap()),
    );
    let error = |labels: &[Pair<'_>]| family.with(Shared, labels, |_| ()).unwrap_err().to_string();
    assert_eq!(error(&[("le", "1")]), "Invalid label name: le");
    assert_eq!(error(&[("a", "1"), ("job", "x")]), "Invalid label name: job");
    assert_eq!(error(&[("__x", "1")]), "Invalid label prefix: __x");
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
fn utf8_labels_stay_different_however_they_are_escaped() {
    let dotted = || Descriptor::with_naming("my.metric", "", Kind::Gauge, Naming::Utf8).unwrap();
    assert_eq!(dotted().naming(), Naming::Utf8);
    assert_eq!(Descriptor::new("m", "", Kind::Gauge).unwrap().naming(), Naming::Legacy);
    let refused = |naming| Descriptor::with_naming("my.metric", "", Kind::Gauge, naming).is_err();
    assert_eq!([Naming::Legacy, Naming::Utf8].map(refused), [true, false]);
    assert!(Descriptor::with_naming("", "", Kind::Gauge, Naming::Utf8).is_err());

    let family = Family::<Value>::new(dotted().with_constant(&[("a.b", "")]).unwrap(), ());
    let error = |labels: &[Pair<'_>]| family.with(Shared, labels, |_| ()).unwrap_err().to_string();
    assert_eq!(
        error(&[("x", "1"), ("a_b", "2")]),
        "my.metric: the labels 'a.b' and 'a_b' would both be called 'a_b' by scrapers that take names escaped \
         with underscores; rename one of them"
    );
    assert!(
        error(&[("a_dot_b", "1")])
            .ends_with("'a_dot_b' by scrapers that take names escaped with dots; rename one of them")
    );
    assert!(error(&[("U__a_2e_b", "1")]).contains("escaped with values"));
    assert!(error(&[("x y", "1"), ("x_y", "1")]).contains("'x y' and 'x_y'"));
    assert!(error(&[("..name..", "1")]).contains("'__name__' and '..name..'"));
    assert!(error(&[("_name\u{e9}", "1")]).contains("escaped with dots"));
    assert_eq!(
        error(&[("", "1")]),
        "my.metric: the name of a label is empty, or holds a NUL character; give it another"
    );
    assert!(family.is_empty(Shared));
    inc(&family, &[("x.y", "1"), ("z", "2")]);

    let meet = |result: Result<Descriptor, _>| {
        matches!(result, Err(Error::Metric { mistake: Mistake::LabelsMeet { .. }, .. }))
    };
    assert!(meet(dotted().with_constant(&[("c.d", ""), ("c_d", "")])));
    assert!(meet(dotted().with_declared(&["c.d", "e", "c_d"])));
    assert!(meet(dotted().with_constant(&[("c.d", "")]).unwrap().with_declared(&["c_d"])));
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
        let reader = scope.spawn(|| {
            while running.load(Ordering::Relaxed) {
                let mut last = None;
                family.for_each(|series| {
                    // SAFETY: nothing is removed.
                    let birth = unsafe { series.place.birth() };
                    assert!(last < Some(birth));
                    last = Some(birth);
                });
            }
        });
        for writer in writers {
            writer.join().unwrap();
        }
        running.store(false, Ordering::Relaxed);
        reader.join().unwrap();
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
        // SAFETY: before the removal below, all that are in this chunk are there.
        seen.extend(chunk.iter().map(|series| unsafe { series.place.birth() }));
        family.remove(Shared, &[("n", "0")]);
        inc(&family, &[("n", "0")]);
    });
    assert_eq!(seen, (0..=CHUNK as u64).collect::<Vec<_>>());
    family.clear(Shared);
    assert!(births(&family).is_empty());
}

#[test]
fn growth_is_paid_in_small_steps() {
    let family = counter();
    for number in 0..50_000 {
        inc(&family, &[("n", &number.to_string())]);
        if number % 1_000 == 0 {
            assert!(family.first.0.read(Shared, Index::longest_segment) < 256, "at {number}");
        }
    }
    assert_eq!(family.len(Shared), 50_000);
    for number in 0..50_000 {
        assert!(family.find(Shared, &[("n", &number.to_string())]).is_some(), "{number}");
    }
    for number in 0..49_990 {
        assert!(family.remove(Shared, &[("n", &number.to_string())]), "{number}");
    }
    assert_eq!(births(&family).len(), 10);
    assert_eq!(births(&family)[0], r#"c{n="49990"} "#);
}

#[test]
fn series_of_one_hash_are_told_apart_by_their_labels() {
    let family = counter();
    for number in 0..300 {
        inc(&family, &[("n", &number.to_string())]);
    }
    let mut index = Index::new();
    for series in family.to_vec().unwrap() {
        index.insert(5, series);
    }
    let label = |number: usize| number.to_string();
    for number in 0..300 {
        let found = index.find(5, &[("n", &label(number))]).unwrap();
        assert_eq!(found.labels().pairs().collect::<Vec<_>>(), [("n", &*label(number))]);
    }
    assert!(index.find(5, &[("n", "300")]).is_none());
    let seventh = Arc::clone(index.find(5, &[("n", "7")]).unwrap());
    assert!(index.remove(5, &seventh).is_some() && index.remove(5, &seventh).is_none());
    assert!(index.find(5, &[("n", "7")]).is_none() && index.find(5, &[("n", "8")]).is_some());
    assert_eq!(index.len(), 299);
}

/// A step of a sequence that is compared with a plain vector.
#[derive(Debug, Clone)]
enum Step {
    Inc(u8),
    Remove(u8),
    Clear,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        60 => any::<u8>().prop_map(Step::Inc),
        40 => any::<u8>().prop_map(Step::Remove),
        1 => Just(Step::Clear),
    ];
    proptest::collection::vec(step, 0..600)
}

fn follow(access: impl Access, family: &Family<Value>, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut model: Vec<(u8, i64)> = Vec::new();
    for step in steps {
        match *step {
            Step::Inc(number) => {
                let labels = [("n", &*number.to_string())];
                family.with(access, &labels, |series| series.metric().add(access, Number::Int(1))).unwrap();
                match model.iter_mut().find(|(own, _)| *own == number) {
                    Some((_, count)) => *count += 1,
                    None => model.push((number, 1)),
                }
            }
            Step::Remove(number) => {
                let removed = family.remove(access, &[("n", &*number.to_string())]);
                prop_assert_eq!(removed, model.iter().any(|(own, _)| *own == number));
                model.retain(|(own, _)| *own != number);
            }
            Step::Clear => {
                family.clear(access);
                model.clear();
            }
        }
        prop_assert_eq!(family.len(access), model.len());
    }
    let expected: Vec<_> = model
        .into_iter()
        .map(|(number, count)| (format!("c{{n=\"{number}\"}} "), Number::Int(count)))
        .collect();
    let mut seen = Vec::new();
    family.for_each(|series| seen.push((series.labels().start().to_owned(), series.metric().get())));
    prop_assert_eq!(&seen, &expected);
    let held = family.to_vec().unwrap();
    let held: Vec<_> =
        held.iter().map(|series| (series.labels().start().to_owned(), series.metric().get())).collect();
    prop_assert_eq!(held, expected);
    Ok(())
}

proptest! {
    #[test]
    fn a_family_behaves_as_a_plain_vector(steps in steps(), shards in 1..5_usize) {
        let descriptor = || Descriptor::new("c", "help", Kind::Counter).unwrap();
        follow(Shared, &Family::with_shards(descriptor(), (), shards), &steps)?;
        // SAFETY: no other thread knows the family.
        follow(unsafe { Exclusive::new() }, &Family::exclusive(descriptor(), ()), &steps)?;
    }
}

fn panics(work: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).is_err()
}

#[test]
fn an_update_with_exclusive_access_may_read_its_family_and_not_change_it() {
    let family = Family::<Value>::exclusive(Descriptor::new("c", "help", Kind::Counter).unwrap(), ());
    // SAFETY: no other thread knows the family.
    let access = unsafe { Exclusive::new() };
    let inc = |series: &Arc<Series<Value>>| series.metric().add(access, Number::Int(1));
    for value in ["a", "b"] {
        family.with(access, &[("l", value)], inc).unwrap();
    }
    let inside = |work: &dyn Fn()| family.with(access, &[("l", "a")], |_| work()).unwrap();
    inside(&|| {
        family.with(access, &[("l", "a")], inc).unwrap();
        family.with(access, &[("l", "b")], inc).unwrap();
        assert!(family.find(access, &[("l", "b")]).is_some() && family.len(access) == 2);
        // A scrape is another thread, usually.
        assert_eq!(births(&family).len(), 2);
    });
    let changes: [&dyn Fn(); 4] = [
        &|| family.clear(access),
        &|| drop(family.take_all(access)),
        &|| _ = family.remove(access, &[("l", "a")]),
        &|| family.with(access, &[("l", "c")], |_| ()).unwrap(),
    ];
    for change in changes {
        assert!(panics(|| inside(change)));
        assert!(panics(|| inside(&|| inside(change))));
    }
    // All of it goes on as if nothing had been tried.
    assert_eq!(births(&family), [r#"c{l="a"} "#, r#"c{l="b"} "#]);
    family.for_each(|series| assert_eq!(series.metric().get(), Number::Int(2)));
    for change in changes {
        change();
    }
    assert_eq!(births(&family), [r#"c{l="c"} "#]);
}

#[test]
fn a_refused_removal_of_all_leaves_what_series_have_claimed() {
    let descriptor = Descriptor::with_naming("c", "", Kind::Gauge, Naming::Utf8).unwrap();
    let family = Family::<Value>::exclusive(descriptor, ());
    // SAFETY: no other thread knows the family.
    let access = unsafe { Exclusive::new() };
    let meets = || family.with(access, &[("a_b", "1")], |_| ()).is_err();
    family.with(access, &[("a.b", "1")], |_| ()).unwrap();
    assert!(meets());
    assert!(panics(|| family.with(access, &[("a.b", "1")], |_| family.clear(access)).unwrap()));
    assert!(meets());
    family.clear(access);
    assert!(!meets());
}

/// A metric that removes all series of its family when it is born, or when it ends.
struct Meddler;

thread_local! {
    static MEDDLING: RefCell<Option<(Arc<Family<Meddler>>, bool)>> = const { RefCell::new(None) };
}

impl Meddler {
    fn meddle(birth: bool) {
        let meddling = MEDDLING.with_borrow(Clone::clone);
        if let Some((family, _)) = meddling.filter(|&(_, at_birth)| birth == at_birth) {
            // SAFETY: no other thread knows the family.
            family.clear(unsafe { Exclusive::new() });
        }
    }
}

impl Metric for Meddler {
    type Spec = ();

    fn new((): &()) -> Self {
        Self::meddle(true);
        Self
    }
}

impl Drop for Meddler {
    fn drop(&mut self) {
        Self::meddle(false);
    }
}

#[test]
fn a_metric_may_use_its_family_when_it_ends_and_not_when_it_is_born() {
    let descriptor = Descriptor::new("c", "help", Kind::Counter).unwrap();
    let family = Arc::new(Family::<Meddler>::exclusive(descriptor, ()));
    // SAFETY: no other thread knows the family.
    let access = unsafe { Exclusive::new() };
    let inc = |value: &str| family.with(access, &[("l", value)], |_| ()).unwrap();
    inc("a");
    MEDDLING.set(Some((Arc::clone(&family), true)));
    assert!(panics(|| inc("b")));
    MEDDLING.set(Some((Arc::clone(&family), false)));
    inc("b");
    assert_eq!(family.len(access), 2);
    assert!(family.remove(access, &[("l", "a")]));
    assert!(family.is_empty(access));
    ["a", "b", "c"].into_iter().for_each(inc);
    family.clear(access);
    assert!(family.is_empty(access));
    MEDDLING.set(None);
}

/// Which of the calls that take an access panic.
fn tries(family: &Family<Value>, access: impl Access) -> [bool; 6] {
    [
        panics(|| family.with(access, &[], |_| ()).unwrap()),
        panics(|| family.clear(access)),
        panics(|| drop(family.find(access, &[]))),
        panics(|| drop(family.check(access, &[]))),
        panics(|| assert!(family.is_empty(access))),
        panics(|| assert!(!family.replace_spec(access, ()))),
    ]
}

#[test]
fn a_family_is_for_one_kind_of_access() {
    let descriptor = || Descriptor::new("c", "help", Kind::Counter).unwrap();
    // SAFETY: no other thread knows the families.
    let exclusive = unsafe { Exclusive::new() };
    assert_eq!(tries(&Family::new(descriptor(), ()), Shared), [false; 6]);
    assert_eq!(tries(&Family::exclusive(descriptor(), ()), exclusive), [false; 6]);
    assert_eq!(tries(&Family::with_shards(descriptor(), (), 4), exclusive), [true; 6]);
    assert_eq!(tries(&Family::exclusive(descriptor(), ()), Shared), [true; 6]);
}

/// A metric that knows whether its memory was given back.
struct Canary(AtomicU64);

const ALIVE: u64 = 0x5afe_5afe_5afe_5afe;

impl Metric for Canary {
    type Spec = ();

    fn new((): &()) -> Self {
        Self(AtomicU64::new(ALIVE))
    }
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

#[test]
fn readers_see_living_series_while_others_remove_them() {
    let descriptor = Descriptor::new("c", "help", Kind::Counter).unwrap();
    let family: Family<Canary> = Family::with_shards(descriptor, (), 4);
    let running = AtomicBool::new(true);
    std::thread::scope(|scope| {
        let readers = [(); 2].map(|()| {
            scope.spawn(|| {
                while running.load(Ordering::Relaxed) {
                    family.for_each_chunk(|chunk| {
                        std::thread::yield_now();
                        for series in chunk {
                            assert_eq!(series.metric().0.load(Ordering::Relaxed), ALIVE);
                            assert!(series.labels().start().starts_with("c{n="));
                        }
                    });
                    for series in family.to_vec().unwrap() {
                        assert_eq!(series.metric().0.load(Ordering::Relaxed), ALIVE);
                    }
                }
            })
        });
        let writers: Vec<_> = (0..2)
            .map(|writer: usize| {
                let family = &family;
                scope.spawn(move || {
                    for number in 0..30_000_usize {
                        // Several chunks long, and always some of it removed in the middle.
                        let (new, old) = (number % 400, (number * 7 + writer) % 400);
                        family.with(Shared, &[("n", &new.to_string())], |_| ()).unwrap();
                        family.remove(Shared, &[("n", &old.to_string())]);
                        if number % 5_000 == writer {
                            family.clear(Shared);
                        }
                    }
                })
            })
            .collect();
        for writer in writers {
            writer.join().unwrap();
        }
        running.store(false, Ordering::Relaxed);
        for reader in readers {
            reader.join().unwrap();
        }
    });
    family.clear(Shared);
    assert!(family.is_empty(Shared) && family.to_vec().unwrap().is_empty());
}

#[test]
fn what_all_series_share_is_replaced_until_the_first_birth() {
    let spec = |bound| Spec::classic(Bounds::new(&[bound]).unwrap());
    let descriptor = Descriptor::new("m", "d", Kind::Histogram).unwrap();
    let family = Family::<Histogram>::new(descriptor, spec(1.0));
    let before = family.spec();
    assert!(family.replace_spec(Shared, spec(2.0)));
    assert!(family.replace_spec(Shared, spec(3.0)));
    assert!(!family.has_begun());
    assert_eq!(before.bounds().upper(), [1.0, f64::INFINITY]);
    family.with(Shared, &[], |_| ()).unwrap();
    assert!(!family.replace_spec(Shared, spec(4.0)));
    family.clear(Shared);
    assert!(family.has_begun() && !family.replace_spec(Shared, spec(4.0)));
    assert_eq!(family.spec().bounds().upper(), [3.0, f64::INFINITY]);
}
