//! Errors: the mistakes that a user of the library can make, with their messages.

use crate::kind::Kind;
use crate::memory::OutOfMemory;
use crate::name::Escaping;

mod advice;

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
    /// The name of a label is reserved.
    #[error("Invalid label name: {name}")]
    LabelName {
        /// The metric's name.
        metric: String,
        /// The name that was refused.
        name: String,
    },
    /// The name of a label is not of the form `[a-zA-Z_][a-zA-Z0-9_]*`.
    #[error("Invalid label name: {name}; a label of {metric} must match [a-zA-Z_][a-zA-Z0-9_]*")]
    LabelSyntax {
        /// The metric's name.
        metric: String,
        /// The name that was refused.
        name: String,
    },
    /// The name of a label that may be any text is empty, or holds a NUL.
    #[error("{metric}: the name of a label is empty, or holds a NUL character; give it another")]
    LabelUnreadable {
        /// The metric's name.
        metric: String,
    },
    /// The name of a label begins with `__`, which Prometheus keeps for itself.
    #[error("Invalid label prefix: {name}")]
    LabelPrefix {
        /// The metric's name.
        metric: String,
        /// The name that was refused.
        name: String,
    },
    /// A label name stands twice in one label set, or twice in `labelnames`.
    #[error("{metric}: the label name '{name}' is given twice; give each name once")]
    LabelTwice {
        /// The metric's name.
        metric: String,
        /// The name that is there twice.
        name: String,
    },
    /// A label of a series has the name of a constant label of its metric.
    #[error("{metric}: the label '{name}' is a constant label of this metric already; use another name")]
    LabelIsConstant {
        /// The metric's name.
        metric: String,
        /// The name of both labels.
        name: String,
    },
    /// Two labels of a series become one for scrapers that do not take all of UTF-8.
    #[error(
        "{metric}: the labels '{first}' and '{second}' would both be called '{}' by scrapers that take names \
         escaped with {}; rename one of them",
        escaping.label_name(first),
        escaping.as_str()
    )]
    LabelsMeet {
        /// The metric's name.
        metric: String,
        /// The name of one label.
        first: String,
        /// The name of the other.
        second: String,
        /// How they are escaped to the same name.
        escaping: Escaping,
    },
    /// Two series of one metric would be one for a server.
    #[error(
        "{metric}: the labels {series} cannot stand beside {other}, which another series of this metric has: {}; give \
         one of them another label{}",
        same_for(*escaping),
        if *escaping == Escaping::AllowUtf8 { " or fact" } else { ", or use one name for both" }
    )]
    SeriesMeet {
        /// The metric's name.
        metric: String,
        /// The labels and facts that were refused, without those that say nothing.
        series: String,
        /// Those of the series that is there.
        other: String,
        /// How they become the same; `AllowUtf8` where they are already.
        escaping: Escaping,
    },
    /// The label names differ from the declared ones.
    #[error("{metric}: {}; its labelnames are {}", difference(missing, unknown), list(declared))]
    LabelNames {
        /// The metric's name.
        metric: String,
        /// Declared names that are not given.
        missing: Vec<String>,
        /// Given names that are not declared.
        unknown: Vec<String>,
        /// The declared names.
        declared: Vec<String>,
    },
    /// The text of a label set is longer than 4 GiB.
    #[error("{metric}: the labels are too long; 4 GiB is the limit for one series")]
    LabelsTooLong {
        /// The metric's name.
        metric: String,
    },
    /// A counter was given a negative amount.
    #[error("Counters can't decrease")]
    CounterDecrease {
        /// The metric's name.
        metric: String,
    },
    /// A counter was given a value that is not a number.
    #[error("{metric}: a counter cannot take NaN; check the value before you add it")]
    CounterNan {
        /// The metric's name.
        metric: String,
    },
    /// The upper bounds of a histogram are not ascending.
    #[error("Buckets not in sorted order")]
    BucketOrder {
        /// The metric's name.
        metric: String,
    },
    /// A histogram has no finite bucket.
    #[error("Must have at least two buckets")]
    BucketCount {
        /// The metric's name.
        metric: String,
    },
    /// An upper bound of a histogram is not a number.
    #[error("{metric}: a bucket's upper bound cannot be NaN; remove it from buckets")]
    BucketNan {
        /// The metric's name.
        metric: String,
    },
    /// The growth factor of a native histogram makes no buckets.
    #[error(
        "{metric}: the bucket factor of a native histogram must be above 1, not {factor}; \
         1.1 is usual"
    )]
    NativeFactor {
        /// The metric's name.
        metric: String,
        /// The factor that was refused.
        factor: f64,
    },
    /// A threshold of a native histogram's zero bucket is negative or NaN.
    #[error("{metric}: the {name} of a native histogram cannot be {threshold}; give 0 or a positive number")]
    NativeThreshold {
        /// The metric's name.
        metric: String,
        /// Which threshold.
        name: &'static str,
        /// The number that was refused.
        threshold: f64,
    },
    /// The targets of a summary cannot be met by any estimator.
    #[error("{metric}: {error}; quantiles maps phi in [0, 1] to an epsilon in [0, 1)")]
    Quantiles {
        /// The metric's name.
        metric: String,
        /// What is wrong with the targets.
        error: crate::metric::quantile::TargetError,
    },
    /// The labels of an exemplar are too long.
    #[error(
        "{metric}: the labels of an exemplar have at most 128 characters in all, names included, and these have \
         {length}; shorten them"
    )]
    ExemplarTooLong {
        /// The metric's name.
        metric: String,
        /// How many characters they have.
        length: usize,
    },
    /// A label name of an exemplar is malformed, or there twice.
    #[error(
        "{metric}: '{name}' cannot be a label name of an exemplar; each must match [a-zA-Z_][a-zA-Z0-9_]*, and be \
         there once"
    )]
    ExemplarLabel {
        /// The metric's name.
        metric: String,
        /// The name that was refused.
        name: String,
    },
    /// The unit is not the end of the metric's name.
    #[error(
        "{metric}: a metric of the unit '{unit}' must be named so: {}; rename it, or leave the unit out",
        with_unit(metric, unit)
    )]
    Unit {
        /// The metric's name.
        metric: String,
        /// The unit.
        unit: String,
    },
    /// A metric of this kind can have no unit.
    #[error("{kind} {metric}: a metric of this type has no unit; leave it out")]
    UnitOfKind {
        /// The metric's name.
        metric: String,
        /// Its kind.
        kind: Kind,
    },
    /// A state set has no states.
    #[error("No states provided for Enum metric: {metric}")]
    NoStates {
        /// The metric's name.
        metric: String,
    },
    /// A state set has one state twice.
    #[error("{metric}: the state '{state}' is given twice; give each once")]
    StateTwice {
        /// The metric's name.
        metric: String,
        /// The state.
        state: String,
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
        escaping: crate::name::Escaping,
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

fn same_for(escaping: Escaping) -> String {
    match escaping {
        Escaping::AllowUtf8 => {
            "its labels and facts add up to the same, so that servers would see one series".to_owned()
        }
        lossy => format!("scrapers that take names escaped with {} would see one series", lossy.as_str()),
    }
}

fn with_unit(metric: &str, unit: &str) -> String {
    match metric.strip_suffix("_total") {
        Some(base) => format!("{base}_{unit}_total"),
        None => format!("{metric}_{unit}"),
    }
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
