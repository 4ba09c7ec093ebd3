//! What families hold, read from the core: the samples that expositions are compared with.

use std::collections::HashSet;

use aioprometheus::exposition::Block;
use aioprometheus::family::{AnyFamily, Descriptor};
use aioprometheus::kind::Kind;
use aioprometheus::labels::{LabelSet, Pair};
use aioprometheus::metric::{Exemplar, Number, histogram, native};
use aioprometheus::name::{Escaping, Naming};
use aioprometheus::report::{self, Report};

use crate::names::escape;
use crate::text::Labels;

/// A family, and what its series were when it was read.
#[derive(Debug)]
#[expect(missing_docs, reason = "it is said above")]
pub struct Family {
    pub descriptor: Descriptor,
    pub series: Vec<Series>,
}

/// A series: the labels that it was given, when it was born if that is known, the time that its samples have of their own, and
/// its state.
#[derive(Debug)]
#[expect(missing_docs, reason = "it is said above")]
pub struct Series {
    pub labels: Labels,
    pub born: Option<u64>,
    pub timestamp: Option<i64>,
    pub reading: Reading,
}

/// The state of a series.
#[derive(Debug)]
#[expect(missing_docs, reason = "as in the core")]
pub enum Reading {
    Value(Number, Option<Exemplar>),
    Summary {
        quantiles: Vec<(f64, f64)>,
        count: Option<Number>,
        sum: Option<f64>,
    },
    Histogram(Histogram),
    Info(Labels),
    /// The states, and whether the series is in them.
    State(Vec<(String, bool)>),
}

/// The state of a histogram.
#[derive(Debug)]
#[expect(missing_docs, reason = "as in the core")]
pub struct Histogram {
    pub buckets: Vec<(f64, u64, Option<Exemplar>)>,
    pub count: u64,
    pub sum: Option<f64>,
    pub native: Option<native::Reading>,
    /// Those of a histogram with native buckets.
    pub exemplars: Vec<Exemplar>,
}

/// Labels with text of their own.
pub fn owned<'a>(pairs: impl IntoIterator<Item = Pair<'a>>) -> Labels {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Labels as the core takes them.
#[must_use]
pub fn pairs(labels: &Labels) -> Vec<Pair<'_>> {
    labels.iter().map(|(name, value)| (&**name, &**value)).collect()
}

fn series(labels: &LabelSet, born: Option<u64>, reading: Reading) -> Series {
    Series { labels: owned(labels.pairs()), born, timestamp: None, reading }
}

impl Family {
    /// Reads what is encoded. Ready lines are no family.
    #[must_use]
    pub fn of_block(block: &Block) -> Option<Self> {
        match block {
            Block::Report(report) => Some(Self::of_report(report)),
            Block::Family(family) => Some(Self::of(family)),
            Block::Text { .. } => None,
        }
    }

    /// Reads a family, whose series are at rest.
    #[must_use]
    pub fn of(family: &AnyFamily) -> Self {
        let mut all = Vec::new();
        match family {
            AnyFamily::Value(family) => family.for_each(|one| {
                let exemplar = one.metric().exemplars().get(0).map(|exemplar| (*exemplar).clone());
                let reading = Reading::Value(one.metric().get(), exemplar);
                all.push(series(one.labels(), Some(one.born()), reading));
            }),
            AnyFamily::Summary(family) => family.for_each(|one| {
                let snapshot = one.metric().read();
                let quantiles = snapshot.quantiles(family.spec());
                let count = Some(Number::Int(i64::try_from(snapshot.count).expect("a small count")));
                let reading = Reading::Summary { quantiles, count, sum: Some(snapshot.sum) };
                all.push(series(one.labels(), Some(one.born()), reading));
            }),
            AnyFamily::Histogram(family) => family.for_each(|one| {
                let spec = family.spec();
                let mut reading = histogram::Reading::default();
                one.metric().read(spec, &mut reading);
                let exemplar = |bucket| one.metric().exemplar(bucket).map(|exemplar| (*exemplar).clone());
                let bounds = spec.bounds().upper().iter().zip(&reading.counts).enumerate();
                let buckets =
                    bounds.map(|(bucket, (&bound, &count))| (bound, count, exemplar(bucket))).collect();
                let exemplars = one.metric().exemplars().iter().map(|exemplar| (*exemplar).clone());
                let exemplars = exemplars.filter(|_| reading.native.is_some()).collect();
                let born = reading.reset_at.map_or(one.born(), |reset_at| reset_at.max(one.born()));
                let count = *reading.counts.last().expect("the last bucket");
                let (sum, native) = (Some(reading.sum), reading.native);
                let reading = Reading::Histogram(Histogram { buckets, count, sum, native, exemplars });
                all.push(series(one.labels(), Some(born), reading));
            }),
            AnyFamily::Info(family) => {
                for (one, facts) in family.readings().expect("there is memory") {
                    let facts = facts.iter().map(|(name, value)| (name.to_string(), value.to_string()));
                    all.push(series(one.labels(), Some(one.born()), Reading::Info(facts.collect())));
                }
            }
            AnyFamily::StateSet(family) => family.for_each(|one| {
                let current = one.metric().get();
                let states = family.spec().names().enumerate();
                let states = states.map(|(state, name)| (name.to_owned(), state == current));
                all.push(series(one.labels(), Some(one.born()), Reading::State(states.collect())));
            }),
        }
        Self { descriptor: family.descriptor().clone(), series: all }
    }

    /// Reads a report.
    #[must_use]
    pub fn of_report(report: &Report) -> Self {
        let all = report.series().map(|one| {
            let about = one.about().cloned().unwrap_or_default();
            let exemplar = |place: usize| {
                about
                    .exemplars
                    .get(place)
                    .and_then(|exemplar| exemplar.as_ref())
                    .map(|exemplar| (**exemplar).clone())
            };
            let reading = match one.reading().clone() {
                report::Reading::Value(number) => Reading::Value(number, exemplar(0)),
                report::Reading::Summary { quantiles, count, sum } => {
                    Reading::Summary { quantiles, count, sum }
                }
                report::Reading::Histogram { buckets, count, sum } => {
                    let buckets = buckets.into_iter().enumerate();
                    let buckets =
                        buckets.map(|(place, (bound, count))| (bound, count, exemplar(place))).collect();
                    Reading::Histogram(Histogram { buckets, count, sum, native: None, exemplars: Vec::new() })
                }
                report::Reading::Info(facts) => Reading::Info(
                    facts.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
                ),
                report::Reading::States(states) => Reading::State(states),
            };
            Series { timestamp: about.timestamp, ..series(one.labels(), about.born, reading) }
        });
        Self { series: all.collect(), descriptor: report.descriptor().clone() }
    }

    /// What the names of the samples begin with, escaped.
    #[must_use]
    pub fn base(&self, escaping: Escaping) -> String {
        base(self.descriptor.name(), self.descriptor.kind(), escaping)
    }

    /// The name that text and protocol buffers show.
    #[must_use]
    pub fn name(&self, escaping: Escaping) -> String {
        let suffix = if self.descriptor.kind() == Kind::Info { "_info" } else { "" };
        self.base(escaping) + suffix
    }

    /// The labels of a line: those that were given, `more`, and the constant ones of other names. They are sorted as they
    /// were given, and shown in an escaping.
    #[must_use]
    pub fn labels(&self, series: &Series, more: &Labels, escaping: Escaping) -> Labels {
        let given = || series.labels.iter().chain(more);
        let constant = self.descriptor.constant().filter(|(name, _)| !given().any(|(own, _)| own == name));
        let mut all: Labels = owned(constant).into_iter().chain(given().cloned()).collect();
        all.sort();
        all.into_iter().map(|(name, value)| (escape(&name, escaping, true), value)).collect()
    }
}

fn base(name: &str, kind: Kind, escaping: Escaping) -> String {
    let base = name.strip_suffix("_info").filter(|base| kind == Kind::Info && !base.is_empty());
    escape(base.unwrap_or(name), escaping, false)
}

/// The names that the samples of a family take, and that of the family itself unless it is an info's.
#[must_use]
pub fn names_taken(name: &str, kind: Kind, escaping: Escaping) -> Vec<String> {
    let suffixes: &[&str] = match kind {
        Kind::Info => &["_info"],
        Kind::Summary => &["", "_count", "_sum"],
        Kind::Histogram => &["", "_bucket", "_count", "_sum"],
        Kind::GaugeHistogram => &["", "_bucket", "_gcount", "_gsum"],
        Kind::Counter | Kind::Gauge | Kind::Untyped | Kind::StateSet => &[""],
    };
    suffixes.iter().map(|suffix| base(name, kind, escaping) + suffix).collect()
}

/// The names by which a scraper may ask for a family: its own and those of its samples as any format shows them, and its own
/// in OpenMetrics as another scraper would escape it.
#[must_use]
pub fn names_to_ask_for(descriptor: &Descriptor) -> HashSet<String> {
    let (name, kind) = (descriptor.name(), descriptor.kind());
    let mut all = HashSet::new();
    for escaping in Escaping::ALL {
        // Names that need no quotes are the same in all.
        if descriptor.naming() == Naming::Legacy && escaping != Escaping::AllowUtf8 {
            continue;
        }
        all.extend(names_taken(name, kind, escaping));
        let shown = base(name, kind, escaping);
        let counted = match kind {
            Kind::Counter => name.strip_suffix("_total").filter(|stem| !stem.is_empty()).and_then(|stem| {
                all.insert(escape(stem, escaping, false));
                shown.strip_suffix("_total").map(str::to_owned)
            }),
            Kind::Summary | Kind::Histogram => Some(shown.clone()),
            _ => None,
        };
        all.extend(counted.map(|counted| format!("{counted}_created")));
        all.insert(
            shown
                .strip_suffix("_total")
                .filter(|_| kind == Kind::Counter && name != "_total")
                .unwrap_or(&shown)
                .to_owned(),
        );
    }
    all
}
