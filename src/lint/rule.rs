//! The rules: their names, how bad it is to break them, and what they ask for. `docs/linting.md` has an example of each.

use std::fmt;

/// How bad a problem is. The worst comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A server loses something: samples, series, or the whole scrape.
    Error,
    /// It costs a server more than it need, or readers and tools will be misled.
    Warning,
    /// It may be meant.
    Notice,
}

impl Severity {
    /// Its word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Makes the enum of the rules and their table out of one list.
macro_rules! rules {
    ($($variant:ident $severity:ident $id:literal $summary:literal;)*) => {
        /// A rule.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $summary] $variant,)*
        }

        impl Rule {
            /// All rules.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name, which never changes.
            #[must_use]
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// How bad it is to break it.
            #[must_use]
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)* }
            }

            /// What it asks for.
            #[must_use]
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

rules! {
    CollectorFails Error "collector-fails" "Whatever gives a family at a scrape does not fail.";
    DuplicateSeries Error "duplicate-series" "A series is there once.";
    NameClash Error "name-clash" "No two families write samples of the same name.";
    BrokenBuckets Error "broken-buckets" "The buckets of a histogram are cumulative, and end with +Inf.";
    BrokenQuantiles Error "broken-quantiles" "The label quantile of a summary is a number from 0 to 1.";
    ReservedLabelName Error "reserved-label-name" "Labels do not begin with two underscores.";
    OpenMetricsClash Warning "openmetrics-clash" "No two families have one name in OpenMetrics.";
    HelpMissing Warning "help-missing" "A family has a HELP text.";
    CounterWithoutTotal Warning "counter-without-total" "The name of a counter ends in _total.";
    TotalWithoutCounter Warning "total-without-counter" "Only names of counters end in _total.";
    TimestampWithoutGauge Warning "timestamp-without-gauge" "Only names of gauges end in _timestamp_seconds.";
    ReservedSuffix Warning "reserved-suffix" "Only histograms and summaries write _bucket, _count and _sum.";
    ReservedLabel Warning "reserved-label" "Only histograms have the label le, only summaries quantile.";
    UnitNotBase Warning "unit-not-base" "Values are in base units: seconds, bytes.";
    UnitAbbreviated Warning "unit-abbreviated" "Units are spelled out.";
    TypeInName Warning "type-in-name" "The name does not say the type.";
    ColonInName Warning "colon-in-name" "Names have no colon, which recording rules have.";
    CamelCase Warning "camel-case" "Names of families and labels are snake_case.";
    CounterValue Warning "counter-value" "The value of a counter is a finite number, and not below 0.";
    TooManyValues Warning "too-many-values" "A label has few values.";
    TooManySeries Warning "too-many-series" "A family has few series.";
    IdInLabel Warning "id-in-label" "Label values are no ids, addresses or times, of which there is no end.";
    LongLabelValue Warning "long-label-value" "Label values are short.";
    TooManyBuckets Warning "too-many-buckets" "A histogram has few buckets.";
    MostAboveBounds Warning "most-above-bounds" "Most observations of a histogram are not above its highest bound.";
    OneBucket Notice "one-bucket" "The observations of a histogram are in more than one bucket.";
    NoObservations Notice "no-observations" "A histogram or summary has observations.";
    NonFiniteValue Notice "non-finite-value" "Values are finite numbers.";
    TargetLabel Notice "target-label" "Labels are not called job or instance, which a server gives itself.";
    HelpRepeatsName Notice "help-repeats-name" "The HELP text says more than the name.";
}

impl Rule {
    /// The rule of a name.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.id())
    }
}
