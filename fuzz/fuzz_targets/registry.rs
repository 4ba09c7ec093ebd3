//! A registry is what a list of its sources is, and its scrapes show them as they are at that moment: while sources come and go,
//! and series of their families are updated, reset, removed and born again.
#![no_main]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use aioprometheus::access::Shared;
use aioprometheus::collect::{Collected, Failure, Names, Outline, Source, collect};
use aioprometheus::exposition::{Block, Format, Options, encode};
use aioprometheus::family::{AnyFamily, Descriptor, Family, Series};
use aioprometheus::kind::Kind;
use aioprometheus::memory::OutOfMemory;
use aioprometheus::metric::{Metric, Number, Summary};
use aioprometheus::name::Escaping;
use aioprometheus::registry::{Failures, Refused, Registry};
use aioprometheus_fuzz::families::{self, names_taken, names_to_ask_for, pairs};
use aioprometheus_fuzz::plan::{Amount, FamilyPlan, Pairs, Text, labels};
use aioprometheus_fuzz::{check, protobuf, text};
use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

/// How a source answers.
#[derive(Debug, Clone, Copy, PartialEq, Arbitrary)]
enum Manner {
    Well,
    Repeats,
    Fails,
    FailsAtOnce,
}

#[derive(Debug, Arbitrary)]
enum Step {
    Register(FamilyPlan, bool, Manner),
    Set(FamilyPlan, bool),
    SetDefault(FamilyPlan, bool),
    Remove(u8),
    RemoveLast,
    Clear,
    Update(u8, Pairs, Amount, Pairs),
    Reset(u8, u8),
    RemoveSeries(u8, u8),
    ClearSeries(u8),
    Scrape { escaping: u8, timestamp: Option<i64>, created: bool, names: Vec<(u8, u8)>, other: Option<Text> },
}

#[derive(Debug)]
struct Mine {
    block: Block,
    manner: Manner,
}

impl Mine {
    fn outline(&self) -> Outline {
        outline(self.block.descriptor().expect("a family"))
    }
}

fn outline(descriptor: &Descriptor) -> Outline {
    Outline { name: descriptor.name().to_owned(), kind: descriptor.kind(), naming: descriptor.naming() }
}

#[derive(Debug)]
struct Failed;

impl From<OutOfMemory> for Failed {
    fn from(_: OutOfMemory) -> Self {
        panic!("there is memory")
    }
}

struct Scraped(Arc<Mine>);

impl Source for Scraped {
    type Error = Failed;

    fn outline(&self) -> Result<Outline, Failed> {
        if self.0.manner == Manner::FailsAtOnce { Err(Failed) } else { Ok(self.0.outline()) }
    }

    fn collect(&self) -> Result<Collected, Failed> {
        let left_out = match self.0.manner {
            Manner::Well => Vec::new(),
            Manner::Repeats => vec!["a".to_owned()],
            Manner::Fails | Manner::FailsAtOnce => return Err(Failed),
        };
        Ok(Collected { block: copy(&self.0.block), kind: self.0.outline().kind, left_out })
    }

    fn name(&self) -> String {
        self.0.outline().name
    }

    fn log(&self, _: &str, _: &Failure<'_, Failed>) {}

    fn ends_scrape(&self, _: &Failed) -> bool {
        false
    }
}

fn copy(block: &Block) -> Block {
    match block {
        Block::Family(family) => Block::Family(family.clone()),
        Block::Report(report) => Block::Report(Arc::clone(report)),
        Block::Text { name, text } => Block::Text { name: name.clone(), text: text.clone() },
    }
}

/// What the registry must be.
#[derive(Default)]
struct Model {
    sources: Vec<(String, Option<Kind>, Arc<Mine>)>,
    failures: HashMap<String, i64>,
}

/// All names that the samples of a family have, in all escapings.
fn taken(name: &str, kind: Kind) -> HashSet<(Escaping, String)> {
    let of = |escaping| names_taken(name, kind, escaping).into_iter().map(move |name| (escaping, name));
    Escaping::ALL.into_iter().flat_map(of).collect()
}

impl Model {
    fn place(&self, name: &str) -> Option<usize> {
        self.sources.iter().position(|(own, ..)| own == name)
    }

    fn set(&mut self, name: &str, kind: Option<Kind>, mine: &Arc<Mine>) {
        let entry = (name.to_owned(), kind, Arc::clone(mine));
        match self.place(name) {
            Some(place) => self.sources[place] = entry,
            None => self.sources.push(entry),
        }
    }

    fn clashes(&self, name: &str, kind: Kind) -> bool {
        let own = taken(name, kind);
        let kinds = self.sources.iter().filter_map(|(other, kind, _)| Some((other, (*kind)?)));
        kinds.into_iter().any(|(other, kind)| !own.is_disjoint(&taken(other, kind)))
    }

    fn fail(&mut self, name: &str) {
        *self.failures.entry(name.to_owned()).or_default() += 1;
    }

    /// What a scrape of these names shows, without the counter of failures.
    fn collect(&mut self, names: &HashSet<String>) -> Vec<Block> {
        let sources: Vec<Arc<Mine>> = self.sources.iter().map(|source| Arc::clone(&source.2)).collect();
        let (mut shown, mut own) = (Vec::new(), HashSet::new());
        for mine in sources {
            let Outline { name, kind, .. } = mine.outline();
            let is_asked = !names_to_ask_for(mine.block.descriptor().expect("a family")).is_disjoint(names);
            match mine.manner {
                Manner::FailsAtOnce => self.fail(&name),
                _ if !names.is_empty() && !is_asked => (),
                Manner::Fails => self.fail(&name),
                manner => {
                    if manner == Manner::Repeats {
                        self.fail(&name);
                    }
                    let taken = taken(&name, kind);
                    if taken.is_disjoint(&own) {
                        own.extend(taken);
                        shown.push(copy(&mine.block));
                    } else {
                        self.fail(&name);
                    }
                }
            }
        }
        shown
    }
}

/// The counter of failures counts those of the model.
fn check_failures(failures: &Failures, expected: &HashMap<String, i64>) {
    let Some(AnyFamily::Value(counter)) = failures.family() else {
        return assert!(expected.is_empty());
    };
    let mut found = HashMap::new();
    counter.for_each(|series| {
        let (_, name) = series.labels().pairs().next().expect("a label");
        let Number::Int(count) = series.metric().get() else { panic!("an int") };
        assert!(found.insert(name.to_owned(), count).is_none());
    });
    assert_eq!(found, *expected);
}

fn update<M: Metric>(family: &Family<M>, own: &Pairs, update: impl Fn(&M)) {
    let own = labels(own);
    let before = family.len(Shared);
    let was_there = family.find(Shared, &pairs(&own)).is_some();
    let updated = family.with(Shared, &pairs(&own), |series| update(series.metric()));
    let is_there = family.find(Shared, &pairs(&own)).is_some();
    assert_eq!(is_there, updated.is_ok() || was_there);
    assert_eq!(family.len(Shared), before + usize::from(is_there && !was_there));
}

fn update_any(family: &AnyFamily, own: &Pairs, amount: Amount, facts: &Pairs) {
    let (number, value) = (amount.number(), amount.number().as_f64());
    match family {
        AnyFamily::Value(family) if family.descriptor().kind() != Kind::Counter => {
            update(family, own, |state| state.set(Shared, number));
        }
        AnyFamily::Value(family) if number.check_counter().is_ok() => {
            update(family, own, |state| state.add(Shared, number));
        }
        AnyFamily::Value(_) => (),
        AnyFamily::Summary(family) => update(family, own, |state| state.observe(Shared, value)),
        AnyFamily::Histogram(family) => {
            update(family, own, |state| state.observe(Shared, family.spec(), value));
        }
        AnyFamily::Info(family) => {
            let before = families::Family::of(&AnyFamily::Info(Arc::clone(family)));
            let set = family.set_facts(Shared, &pairs(&labels(own)), &pairs(&labels(facts)));
            if set.is_err() {
                let after = families::Family::of(&AnyFamily::Info(Arc::clone(family)));
                assert_eq!(format!("{before:?}"), format!("{after:?}"), "a refused call changes nothing");
            }
        }
        AnyFamily::StateSet(family) => {
            let count = family.spec().names().len();
            update(family, own, |state| state.set(usize::from(value > 0.0) % count));
        }
    }
}

/// The series at a number, modulo how many there are.
fn nth<M: Metric>(family: &Family<M>, number: u8) -> Option<Arc<Series<M>>> {
    let all = family.to_vec().expect("there is memory");
    all.get(usize::from(number) % all.len().max(1)).cloned()
}

/// Sets a series back to nothing, as an assignment in a program does.
fn reset(family: &AnyFamily, number: u8) {
    match family {
        AnyFamily::Value(family) => {
            if let Some(series) = nth(family, number) {
                series.metric().set(Shared, Number::Int(0));
                series.begin_anew();
            }
        }
        AnyFamily::Summary(family) => {
            if let Some(series) = nth(family, number)
                && series.metric().set(Summary::new(family.spec()).read())
            {
                series.begin_anew();
            }
        }
        AnyFamily::Histogram(family) => {
            let spec = family.spec();
            if let Some(series) = nth(family, number)
                && series.metric().set(Shared, spec, &vec![0; spec.bounds().upper().len()], 0.0)
            {
                series.begin_anew();
            }
        }
        AnyFamily::Info(_) | AnyFamily::StateSet(_) => (),
    }
}

fn remove<M: Metric>(family: &Family<M>, number: u8) {
    if let Some(series) = nth(family, number) {
        let (own, before) = (families::owned(series.labels().pairs()), family.len(Shared));
        assert!(family.remove(Shared, &pairs(&own)) && series.is_removed());
        assert!(!family.remove(Shared, &pairs(&own)) && family.find(Shared, &pairs(&own)).is_none());
        assert_eq!(family.len(Shared), before - 1);
        family.for_each(|other| assert!(!std::ptr::eq(other, &raw const *series)));
    }
}

macro_rules! any {
    ($family:expr, $one:ident => $work:expr) => {
        match $family {
            AnyFamily::Value($one) => $work,
            AnyFamily::Summary($one) => $work,
            AnyFamily::Histogram($one) => $work,
            AnyFamily::Info($one) => $work,
            AnyFamily::StateSet($one) => $work,
        }
    };
}

fuzz_target!(|steps: Vec<Step>| {
    let registry: Registry<Mine> = Registry::new();
    let mut model = Model::default();
    // Names that scrapes have shown, of whichever family.
    let mut known: Vec<String> = Vec::new();
    for step in steps {
        let family = |number: u8| {
            let families: Vec<_> = model.sources.iter().filter_map(|(_, _, mine)| family_of(mine)).collect();
            families.get(usize::from(number) % families.len().max(1)).cloned()
        };
        match step {
            Step::Register(plan, is_known, manner) => {
                let Some((kind, mine)) = source(&plan, is_known, manner) else { continue };
                let result = registry.register(plan.name(), kind, Arc::clone(&mine));
                if let Some(there) = model.place(plan.name()) {
                    let there = &model.sources[there].2;
                    assert!(matches!(result, Err(Refused::NameTaken(other)) if Arc::ptr_eq(&other, there)));
                } else if kind.is_some_and(|kind| model.clashes(plan.name(), kind)) {
                    assert!(matches!(result, Err(Refused::Clash(_))));
                } else {
                    assert!(result.is_ok());
                    model.set(plan.name(), kind, &mine);
                }
            }
            Step::Set(plan, is_known) => {
                let Some((kind, mine)) = source(&plan, is_known, Manner::Well) else { continue };
                let before = registry.set(plan.name(), kind, Arc::clone(&mine));
                assert_eq!(before.is_some(), model.place(plan.name()).is_some());
                model.set(plan.name(), kind, &mine);
            }
            Step::SetDefault(plan, is_known) => {
                let Some((kind, mine)) = source(&plan, is_known, Manner::Well) else { continue };
                let there = registry.set_default(plan.name(), kind, Arc::clone(&mine));
                match model.place(plan.name()) {
                    Some(place) => assert!(Arc::ptr_eq(&there, &model.sources[place].2)),
                    None => model.set(plan.name(), kind, &mine),
                }
            }
            Step::Remove(number) => {
                let count = model.sources.len();
                if count > 0 {
                    let (name, _, mine) = model.sources.remove(usize::from(number) % count);
                    assert!(registry.remove(&name).is_some_and(|removed| Arc::ptr_eq(&removed, &mine)));
                    assert!(registry.remove(&name).is_none());
                }
            }
            Step::RemoveLast => {
                let removed = registry.remove_last().map(|(name, _)| name.to_string());
                assert_eq!(removed, model.sources.pop().map(|(name, ..)| name));
            }
            Step::Clear => {
                registry.clear();
                model.sources.clear();
            }
            Step::Update(number, own, amount, facts) => {
                if let Some(family) = family(number) {
                    update_any(&family, &own, amount, &facts);
                }
            }
            Step::Reset(number, series) => {
                if let Some(family) = family(number) {
                    reset(&family, series);
                }
            }
            Step::RemoveSeries(number, series) => {
                if let Some(family) = family(number) {
                    any!(family, family => remove(&family, series));
                }
            }
            Step::ClearSeries(number) => {
                if let Some(family) = family(number) {
                    any!(family, family => {
                        family.clear(Shared);
                        assert!(family.is_empty(Shared));
                    });
                }
            }
            Step::Scrape { escaping, timestamp, created, names, other } => {
                let pick = |(high, low): (u8, u8)| {
                    let number = usize::from(high) << 8 | usize::from(low);
                    known.get(number % known.len().max(1)).cloned()
                };
                let names: HashSet<String> =
                    names.into_iter().filter_map(pick).chain(other.map(|text| text.0)).collect();
                let escaping = Escaping::ALL[usize::from(escaping) % Escaping::ALL.len()];
                let options = Options { escaping, timestamp, created };
                scrape(&registry, &mut model, &names, options, &mut known);
            }
        }
        let snapshot = registry.snapshot().expect("there is memory");
        assert_eq!(snapshot.len(), model.sources.len());
        for ((name, source), (expected, _, mine)) in snapshot.iter().zip(&model.sources) {
            assert!(**name == **expected && Arc::ptr_eq(source, mine));
        }
    }
});

fn source(plan: &FamilyPlan, is_known: bool, manner: Manner) -> Option<(Option<Kind>, Arc<Mine>)> {
    let mine = Mine { block: plan.block()?, manner };
    let outline = mine.outline();
    for name in names_to_ask_for(mine.block.descriptor()?) {
        assert!(Names::new([&*name]).select(&outline), "{name:?} of {outline:?}");
    }
    Some((is_known.then(|| plan.kind()), Arc::new(mine)))
}

fn family_of(mine: &Mine) -> Option<AnyFamily> {
    match &mine.block {
        Block::Family(family) => Some(family.clone()),
        _ => None,
    }
}

fn scrape(
    registry: &Registry<Mine>,
    model: &mut Model,
    names: &HashSet<String>,
    options: Options,
    known: &mut Vec<String>,
) {
    let snapshot = registry.snapshot().expect("there is memory");
    let sources: Vec<Scraped> = snapshot.into_iter().map(|(_, source)| Scraped(source)).collect();
    let asked = Names::new(names.iter().map(|name| &**name));
    let blocks = collect(&sources, &asked, registry.failures()).expect("there is memory");
    let mut expected = model.collect(names);
    check_failures(registry.failures(), &model.failures);
    if let Some(counter) = registry.failures().family()
        && (names.is_empty() || !names_to_ask_for(counter.descriptor()).is_disjoint(names))
    {
        expected.push(Block::Family(counter));
    }
    // Sorted, those of one name in their order.
    expected.sort_by(|left, right| left.name().cmp(right.name()));
    let expected: Vec<_> = expected.iter().filter_map(families::Family::of_block).collect();
    let encode = |format| encode(format, blocks.iter().map(copy), options).expect("there is memory");
    let shown_text = text::read(&encode(Format::Text), false);
    let shown_open = text::read(&encode(Format::OpenMetrics), true);
    check::text(&expected, &shown_text, options);
    check::openmetrics(&expected, &shown_open, options);
    check::protobuf(&expected, protobuf::read(&encode(Format::Protobuf)), options);
    // By each name that is shown, its family may be asked for.
    for shown in [&shown_text, &shown_open] {
        for (family, shown) in expected.iter().zip(shown) {
            let names = names_to_ask_for(&family.descriptor);
            for name in shown.samples.iter().map(|sample| &sample.name).chain([&shown.name]) {
                assert!(names.contains(name), "{name:?} of {names:?}");
                if !known.contains(name) {
                    known.push(name.clone());
                }
            }
        }
    }
}
