//! Random families: what is made of them is made as a user would.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use aioprometheus::access::Shared;
use aioprometheus::exposition::{Block, Options};
use aioprometheus::family::{AnyFamily, Descriptor, Family};
use aioprometheus::kind::Kind;
use aioprometheus::metric::quantile::Targets;
use aioprometheus::metric::state_set::States;
use aioprometheus::metric::{
    Exemplar, Histogram, Info, Metric, Number, StateSet, Summary, Value, histogram, info, native,
};
use aioprometheus::name::{Escaping, Naming};
use aioprometheus::report::{Given, Grouping, Reading, Report};
use arbitrary::{Arbitrary, Result, Unstructured};

use crate::families::{self, names_taken, pairs};
use crate::text::Labels;

/// A name or a value: of pieces that mean something somewhere, or of any characters.
#[derive(Debug, Clone)]
pub struct Text(pub String);

impl<'a> Arbitrary<'a> for Text {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        const PIECES: [&str; 30] = [
            "a",
            "b",
            "c",
            "_",
            "1",
            "_total",
            "_info",
            "_bucket",
            "_created",
            "_count",
            "_sum",
            "_seconds",
            "le",
            "quantile",
            "job",
            "__name__",
            "U__",
            "_dot_",
            "_2e_",
            ":",
            ".",
            "\u{e9}",
            "\u{82b1}",
            "\u{1f600}",
            " ",
            "\"",
            "\\",
            "\n",
            "#",
            "}",
        ];
        let mut text = String::new();
        for _ in 0..input.int_in_range(0..=4)? {
            match input.int_in_range(0..=PIECES.len())? {
                piece if piece < PIECES.len() => text.push_str(PIECES[piece]),
                _ => text.push(input.arbitrary()?),
            }
        }
        Ok(Self(text))
    }
}

/// Labels of a series.
pub type Pairs = Vec<(Text, Text)>;

/// Labels as the core gives them.
#[must_use]
pub fn labels(pairs: &Pairs) -> Labels {
    pairs.iter().map(|(name, value)| (name.0.clone(), value.0.clone())).collect()
}

/// A kind of families with one number for each series.
#[derive(Debug, Clone, Copy, Arbitrary)]
enum Simple {
    Counter,
    Gauge,
    Untyped,
}

impl Simple {
    fn kind(self) -> Kind {
        match self {
            Self::Counter => Kind::Counter,
            Self::Gauge => Kind::Gauge,
            Self::Untyped => Kind::Untyped,
        }
    }
}

/// A number.
#[derive(Debug, Clone, Copy, Arbitrary)]
#[expect(missing_docs, reason = "what they are is all")]
pub enum Amount {
    Int(i64),
    Small(u8),
    Float(f64),
}

impl Amount {
    /// As the core takes it.
    #[must_use]
    pub fn number(self) -> Number {
        match self {
            Self::Int(int) => Number::Int(int),
            Self::Small(int) => Number::Int(int.into()),
            Self::Float(float) => Number::Float(float),
        }
    }
}

#[derive(Debug, Arbitrary)]
struct TracePlan {
    labels: Pairs,
    value: f64,
    time: u64,
}

impl TracePlan {
    fn exemplar(&self) -> Option<Exemplar> {
        // Times of more than 64 bits in nanoseconds are no times. Some are not known.
        let time = (!self.time.is_multiple_of(4)).then_some(self.time >> 20);
        Exemplar::new(&pairs(&labels(&self.labels)), self.value, time).ok()
    }
}

#[derive(Debug, Arbitrary)]
struct NativePlan {
    factor: u8,
    zero_threshold: Option<f64>,
    most: u8,
}

/// A sample as a collector gives it.
#[derive(Debug, Arbitrary)]
struct SamplePlan {
    suffix: u8,
    labels: Pairs,
    /// A bound, a rank, or the name of a state.
    own: Option<OwnPlan>,
    value: Amount,
    timestamp: Option<i64>,
    trace: Option<TracePlan>,
}

#[derive(Debug, Arbitrary)]
enum OwnPlan {
    Small(u8),
    Float(f64),
    Text(Text),
}

impl OwnPlan {
    fn text(&self) -> String {
        match self {
            Self::Small(7) => "+Inf".to_owned(),
            Self::Small(bound) => f64::from(*bound).to_string(),
            Self::Float(bound) => bound.to_string(),
            Self::Text(text) => text.0.clone(),
        }
    }
}

#[derive(Debug, Arbitrary)]
#[expect(clippy::type_complexity, reason = "names for all of these would say no more")]
enum Content {
    Value(Simple, Vec<(Pairs, Vec<Amount>, Option<TracePlan>)>),
    Summary(Vec<u8>, Vec<(Pairs, Vec<f64>)>),
    Histogram(Vec<f64>, Option<NativePlan>, Vec<(Pairs, Vec<f64>, Vec<TracePlan>)>),
    Info(Vec<(Pairs, Pairs)>),
    StateSet(Vec<Text>, Vec<(Pairs, u8)>),
    ReportOfValues(Simple, Vec<(Pairs, Amount)>),
    ReportOfSummaries(Vec<(Pairs, Vec<(f64, f64)>, Amount, f64)>),
    ReportOfHistograms(Vec<(Pairs, Vec<(f64, u64)>, u64, f64)>),
    ReportOfInfos(Vec<(Pairs, Pairs)>),
    ReportOfStates(Vec<(Pairs, Vec<Text>, u8)>),
    Grouped(u8, Vec<SamplePlan>),
}

/// A family, or a report in its place.
#[derive(Debug, Arbitrary)]
pub struct FamilyPlan {
    name: Text,
    help: Text,
    is_utf8: bool,
    has_unit: bool,
    constant: Pairs,
    content: Content,
}

/// Families, and what a scraper chooses.
#[derive(Debug, Arbitrary)]
pub struct Plan {
    escaping: u8,
    timestamp: Option<i64>,
    created: bool,
    families: Vec<FamilyPlan>,
}

impl Plan {
    /// What the scraper chooses.
    #[must_use]
    pub fn options(&self) -> Options {
        let escaping = Escaping::ALL[usize::from(self.escaping) % Escaping::ALL.len()];
        Options { escaping, timestamp: self.timestamp, created: self.created }
    }

    /// The families that may live together, sorted by name, and what they hold.
    #[must_use]
    pub fn blocks(&self) -> Vec<(Block, families::Family)> {
        let mut blocks = Vec::new();
        let (mut known, mut taken) = (HashSet::new(), HashSet::new());
        for plan in &self.families {
            let kind = plan.kind();
            let names: Vec<_> = Escaping::ALL
                .into_iter()
                .flat_map(|escaping| {
                    names_taken(&plan.name.0, kind, escaping).into_iter().map(move |name| (escaping, name))
                })
                .collect();
            // A registry has one family of a name, even where its samples are called otherwise.
            if known.contains(&plan.name.0) || names.iter().any(|name| taken.contains(name)) {
                continue;
            }
            if let Some(block) = plan.block() {
                taken.extend(names);
                known.insert(&plan.name.0);
                if let Some(family) = families::Family::of_block(&block) {
                    blocks.push((block, family));
                }
            }
        }
        blocks.sort_by(|left, right| left.0.name().cmp(right.0.name()));
        blocks
    }
}

impl FamilyPlan {
    /// Its name, if it can be made.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name.0
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.content.kind()
    }

    /// What is encoded of it, if its settings can be.
    #[must_use]
    pub fn block(&self) -> Option<Block> {
        self.content.block(self.descriptor(self.kind())?)
    }

    fn descriptor(&self, kind: Kind) -> Option<Descriptor> {
        let naming = if self.is_utf8 { Naming::Utf8 } else { Naming::Legacy };
        let name = &*self.name.0;
        let mut descriptor = Descriptor::with_naming(name, &self.help.0, kind, naming).ok()?;
        if let Ok(with_constant) = descriptor.clone().with_constant(&pairs(&labels(&self.constant))) {
            descriptor = with_constant;
        }
        let stem = name.strip_suffix("_total").filter(|_| kind == Kind::Counter).unwrap_or(name);
        if let Some((_, unit)) = stem.rsplit_once('_').filter(|_| self.has_unit)
            && let Ok(with_unit) = descriptor.clone().with_unit(unit)
        {
            descriptor = with_unit;
        }
        Some(descriptor)
    }
}

impl Content {
    fn kind(&self) -> Kind {
        match self {
            Self::Value(simple, _) | Self::ReportOfValues(simple, _) => simple.kind(),
            Self::Summary(..) | Self::ReportOfSummaries(_) => Kind::Summary,
            Self::Histogram(..) | Self::ReportOfHistograms(_) => Kind::Histogram,
            Self::Info(_) | Self::ReportOfInfos(_) => Kind::Info,
            Self::StateSet(..) | Self::ReportOfStates(_) => Kind::StateSet,
            Self::Grouped(kind, _) => Kind::ALL[usize::from(*kind) % Kind::ALL.len()],
        }
    }

    /// The family of this content, if its settings can be.
    fn block(&self, descriptor: Descriptor) -> Option<Block> {
        let family = match self {
            Self::Value(_, series) => AnyFamily::Value(Arc::new(values(descriptor, series))),
            Self::Summary(ranks, series) => {
                let targets = ranks.iter().map(|&rank| (f64::from(rank) / 255.0, 0.01));
                let family = Family::<Summary>::new(descriptor, Arc::new(Targets::new(targets).ok()?));
                for (labels, observed) in series {
                    update(&family, labels, |summary| {
                        for &value in observed {
                            summary.observe(Shared, value);
                        }
                    });
                }
                AnyFamily::Summary(Arc::new(family))
            }
            Self::Histogram(bounds, native, series) => {
                let spec = spec(bounds, native.as_ref())?;
                let family = Family::<Histogram>::new(descriptor, spec.clone());
                for (labels, observed, traces) in series {
                    update(&family, labels, |histogram| {
                        for &value in observed {
                            histogram.observe(Shared, &spec, value);
                        }
                        for exemplar in traces.iter().filter_map(TracePlan::exemplar) {
                            histogram.set_exemplar(&spec, exemplar);
                        }
                    });
                }
                AnyFamily::Histogram(Arc::new(family))
            }
            Self::Info(series) => {
                let family = Family::<Info>::new(descriptor, ());
                for (own, facts) in series {
                    // What is refused is not there.
                    let _refused = family.set_facts(Shared, &pairs(&labels(own)), &pairs(&labels(facts)));
                }
                AnyFamily::Info(Arc::new(family))
            }
            Self::StateSet(states, series) => {
                let states = States::new(states.iter().map(|state| &*state.0)).ok()?;
                let count = states.names().len();
                let family = Family::<StateSet>::new(descriptor, states);
                for (labels, state) in series {
                    update(&family, labels, |set| set.set(usize::from(*state) % count));
                }
                AnyFamily::StateSet(Arc::new(family))
            }
            Self::Grouped(_, samples) => {
                return Some(Block::Report(Arc::new(grouped(&descriptor, samples)?)));
            }
            _ => return Some(Block::Report(Arc::new(self.report(descriptor)))),
        };
        Some(Block::Family(family))
    }

    fn report(&self, descriptor: Descriptor) -> Report {
        let mut report = Report::new(descriptor);
        let mut push = |own: &Pairs, mut reading: Reading| {
            let _left_out = reading.leave_out_repeated();
            // What is refused is not there.
            let _refused = report.push(&pairs(&labels(own)), reading);
        };
        match self {
            Self::ReportOfValues(_, series) => {
                for (own, amount) in series {
                    push(own, Reading::Value(amount.number()));
                }
            }
            Self::ReportOfSummaries(series) => {
                for (own, quantiles, count, sum) in series {
                    let mut quantiles = quantiles.clone();
                    quantiles.sort_by(|left, right| left.0.total_cmp(&right.0));
                    push(own, Reading::Summary { quantiles, count: Some(count.number()), sum: Some(*sum) });
                }
            }
            Self::ReportOfHistograms(series) => {
                for (own, buckets, count, sum) in series {
                    let mut buckets = buckets.clone();
                    buckets.sort_by(|left, right| left.0.total_cmp(&right.0));
                    push(own, Reading::Histogram { buckets, count: *count, sum: Some(*sum) });
                }
            }
            Self::ReportOfInfos(series) => {
                for (own, facts) in series {
                    push(own, Reading::Info(info::from_pairs(&pairs(&labels(facts)))));
                }
            }
            Self::ReportOfStates(series) => {
                for (own, states, current) in series {
                    let current = states.get(usize::from(*current)).map(|state| &*state.0);
                    let states = states.iter().map(|state| (state.0.clone(), Some(&*state.0) == current));
                    push(own, Reading::States(states.collect()));
                }
            }
            _ => {}
        }
        report
    }
}

/// The report of what a collector gives. What is refused is not there.
fn grouped(descriptor: &Descriptor, samples: &[SamplePlan]) -> Option<Report> {
    const SUFFIXES: [&str; 10] =
        ["", "_total", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_created", "_info", "_other"];
    let (name, help) = (descriptor.name(), descriptor.help());
    let kind = descriptor.kind();
    let unit = descriptor.unit().unwrap_or_default();
    let mut grouping = Grouping::new(name, help, kind, descriptor.naming(), unit).ok()?;
    let stem = kind.without_given(name).unwrap_or(name);
    for plan in samples {
        let suffix = SUFFIXES[usize::from(plan.suffix) % SUFFIXES.len()];
        let base = if suffix == "_created" { stem } else { descriptor.sample_base() };
        let mut labels = labels(&plan.labels);
        if let (Some(own), Some(label)) = (&plan.own, descriptor.reserved_label()) {
            labels.push((label.to_owned(), own.text()));
        }
        let given = Given {
            name: &format!("{base}{suffix}"),
            labels: &pairs(&labels),
            value: plan.value.number(),
            timestamp: plan.timestamp,
            exemplar: plan.trace.as_ref().and_then(TracePlan::exemplar),
        };
        let _refused = grouping.add(given);
    }
    let (reports, _left_out) = grouping.finish().ok()?;
    reports.into_iter().next()
}

/// Updates a series, if there can be one of these labels.
fn update<M: Metric>(family: &Family<M>, own: &Pairs, update: impl FnOnce(&M)) {
    let _refused = family.with(Shared, &pairs(&labels(own)), |series| update(series.metric()));
}

fn values(descriptor: Descriptor, series: &[(Pairs, Vec<Amount>, Option<TracePlan>)]) -> Family<Value> {
    let is_counter = descriptor.kind() == Kind::Counter;
    let family = Family::<Value>::new(descriptor, ());
    for (labels, amounts, trace) in series {
        update(&family, labels, |value| {
            for number in amounts.iter().map(|amount| amount.number()) {
                if !is_counter {
                    value.set(Shared, number);
                } else if number.check_counter().is_ok() {
                    value.add(Shared, number);
                }
            }
            if let Some(exemplar) = trace.as_ref().and_then(TracePlan::exemplar).filter(|_| is_counter) {
                value.set_exemplar(exemplar);
            }
        });
    }
    family
}

fn spec(bounds: &[f64], native: Option<&NativePlan>) -> Option<histogram::Spec> {
    let mut bounds = bounds.to_vec();
    bounds.sort_by(f64::total_cmp);
    let Some(native) = native else {
        return histogram::Bounds::new(&bounds).ok().map(histogram::Spec::classic);
    };
    let threshold = native.zero_threshold.unwrap_or(native::DEFAULT_ZERO_THRESHOLD);
    let factor = 1.0 + f64::from(native.factor) / 64.0;
    let native =
        native::Spec::new(factor, threshold, threshold * 4.0, native.most.into(), Duration::ZERO).ok()?;
    let bounds = histogram::Bounds::new(&bounds).unwrap_or_else(|_| histogram::Bounds::infinite());
    Some(histogram::Spec::native_beside(bounds, native))
}
