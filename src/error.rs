//! Errors: the mistakes that a user of the library can make, with their messages.
//!
//! Each room has a small error of its own, which names no metric. Where the family is known, it becomes an [`Error`].

use crate::kind::Kind;
use crate::labels::TooLong;
use crate::memory::OutOfMemory;
use crate::metric::CounterError;
use crate::metric::exemplar::ExemplarError;
use crate::metric::histogram::BoundsError;
use crate::metric::native::SettingsError;
use crate::metric::quantile::TargetError;
use crate::metric::state_set::StatesError;
use crate::name::{Escaping, LabelNameError};

mod advice;
mod sample;

pub use sample::SampleError;

/// A user's mistake. Nothing has changed when one is returned.
///
/// Where PyPI's aioprometheus 23.12.0 had a message for a mistake, it is the same here, and [`Error::advice`] names the
/// metric and says what to do; the other messages say so themselves.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    /// The name of a metric is not of the form `[a-zA-Z_:][a-zA-Z0-9_:]*`, or, where it may be any text, is
    /// empty.
    #[error("Invalid metric name: {name}")]
    MetricName {
        /// The name that was refused.
        name: String,
    },
    /// There is no memory for a series or a report.
    #[error(transparent)]
    OutOfMemory(#[from] OutOfMemory),
    /// What was said of one metric, or given to it, is wrong.
    #[error("{}", words(metric, mistake))]
    Metric {
        /// The metric's name.
        metric: String,
        /// What is wrong.
        mistake: Mistake,
    },
    /// Two metrics of one registry have names that become one where they are escaped.
    #[error(
        "{metric} and {other} cannot live in one registry: scrapers that ask for escaping={} would see one name; \
         rename one of them", escaping.as_str()
    )]
    NamesMeet {
        /// The metric that was to be registered.
        metric: String,
        /// The metric that is there.
        other: String,
        /// How their names become one.
        escaping: Escaping,
    },
    /// Two metrics of one registry would write samples of the same name.
    #[error(
        "{kind} {metric} and {other_kind} {other} cannot live in one registry: both would write samples \
         named {sample}; rename one of them"
    )]
    SampleClash {
        /// The metric that was to be registered.
        metric: String,
        /// Its kind.
        kind: Kind,
        /// The metric that is there.
        other: String,
        /// That one's kind.
        other_kind: Kind,
        /// The sample name that both claim.
        sample: String,
    },
}

/// What can be wrong with one metric, in words that do not name it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Mistake {
    /// A label cannot have its name.
    #[error(transparent)]
    LabelName(#[from] LabelNameError),
    /// A label name stands twice in one label set, or twice in `labelnames`.
    #[error("the label name '{name}' is given twice; give each name once")]
    LabelTwice {
        /// The name that is there twice.
        name: String,
    },
    /// A label of a series has the name of a constant label of its metric.
    #[error("the label '{name}' is a constant label of this metric already; use another name")]
    LabelIsConstant {
        /// The name of both labels.
        name: String,
    },
    /// Two labels of a series become one for scrapers that do not take all of UTF-8.
    #[error(
        "the labels '{first}' and '{second}' would both be called '{}' by scrapers that take names escaped with {}; \
         rename one of them",
        escaping.label_name(first),
        escaping.as_str()
    )]
    LabelsMeet {
        /// The name of one label.
        first: String,
        /// The name of the other.
        second: String,
        /// How they are escaped to the same name.
        escaping: Escaping,
    },
    /// Two series of one metric would be one for a server.
    #[error(
        "the labels {series} cannot stand beside {other}, which another series of this metric has: {}; give one of \
         them another label{}",
        same_for(*escaping),
        if *escaping == Escaping::AllowUtf8 { " or fact" } else { ", or use one name for both" }
    )]
    SeriesMeet {
        /// The labels and facts that were refused, without those that say nothing.
        series: String,
        /// Those of the series that is there.
        other: String,
        /// How they become the same; `AllowUtf8` where they are already.
        escaping: Escaping,
    },
    /// The label names differ from the declared ones.
    #[error("{}; its labelnames are {}", difference(missing, unknown), list(declared))]
    LabelNames {
        /// Declared names that are not given.
        missing: Vec<String>,
        /// Given names that are not declared.
        unknown: Vec<String>,
        /// The declared names.
        declared: Vec<String>,
    },
    /// The labels of a series are too long.
    #[error(transparent)]
    LabelsTooLong(#[from] TooLong),
    /// A counter cannot take a number.
    #[error(transparent)]
    Counter(#[from] CounterError),
    /// The upper bounds of a histogram cannot be.
    #[error(transparent)]
    Bounds(#[from] BoundsError),
    /// The settings of a native histogram cannot be.
    #[error(transparent)]
    Native(#[from] SettingsError),
    /// The targets of a summary cannot be met by any estimator.
    #[error("{0}; quantiles maps phi in [0, 1] to an epsilon in [0, 1)")]
    Quantiles(#[from] TargetError),
    /// An exemplar cannot have its labels.
    #[error(transparent)]
    Exemplar(#[from] ExemplarError),
    /// The unit is not the end of the metric's name.
    #[error("a metric of the unit '{unit}' must be named so: {example}; rename it, or leave the unit out")]
    Unit {
        /// The unit.
        unit: String,
        /// A name that would do.
        example: String,
    },
    /// A metric of this kind can have no unit.
    #[error("a metric of this type has no unit; leave it out")]
    UnitOfKind {
        /// Its kind.
        kind: Kind,
    },
    /// The states of a state set cannot be.
    #[error(transparent)]
    States(#[from] StatesError),
    /// A sample that a collector gives cannot be exposed.
    #[error(transparent)]
    Sample(#[from] SampleError),
}

impl Error {
    /// A mistake in what was said of a metric, or given to it.
    #[cold]
    pub fn of(metric: &str, mistake: impl Into<Mistake>) -> Self {
        Self::Metric { metric: metric.to_owned(), mistake: mistake.into() }
    }

    /// The unit of a metric is not the end of its name.
    #[must_use]
    pub fn of_unit(metric: &str, unit: &str) -> Self {
        Self::of(metric, Mistake::Unit { unit: unit.to_owned(), example: with_unit(metric, unit) })
    }
}

/// The message: that of 23.12.0 where it had one, or else one that names the metric.
fn words(metric: &str, mistake: &Mistake) -> String {
    match mistake {
        Mistake::LabelName(LabelNameError::Reserved { .. } | LabelNameError::Prefix { .. })
        | Mistake::Counter(CounterError::Decrease)
        | Mistake::Bounds(BoundsError::Order | BoundsError::Count) => mistake.to_string(),
        Mistake::LabelName(LabelNameError::Syntax { .. }) => {
            format!("{mistake}; a label of {metric} must match [a-zA-Z_][a-zA-Z0-9_]*")
        }
        Mistake::States(StatesError::None) => format!("{mistake}: {metric}"),
        Mistake::UnitOfKind { kind } => format!("{kind} {metric}: {mistake}"),
        _ => format!("{metric}: {mistake}"),
    }
}

fn same_for(escaping: Escaping) -> String {
    match escaping {
        Escaping::AllowUtf8 => {
            "its labels and facts add up to the same, so that servers would see one series".to_owned()
        }
        lossy => format!("scrapers that take names escaped with {} would see one series", lossy.as_str()),
    }
}

fn with_unit(metric: &str, unit: &str) -> String {
    let stem = Kind::Counter.stem_of(metric);
    format!("{stem}_{unit}{}", &metric[stem.len()..])
}

fn list(names: &[String]) -> String {
    if names.is_empty() {
        return "[] (none)".to_owned();
    }
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    quoted.join(", ")
}

fn difference(missing: &[String], unknown: &[String]) -> String {
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push(format!("missing label {}", list(missing)));
    }
    if !unknown.is_empty() {
        parts.push(format!("unknown label {}", list(unknown)));
    }
    parts.join(" and ")
}
