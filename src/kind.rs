//! The kinds of families, and the names of their samples: one table, from which everything else takes them.

use std::fmt;
use std::sync::LazyLock;

/// The kind of a family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number that only goes up.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Count, sum and quantiles of observations.
    Summary,
    /// Count, sum and buckets of observations.
    Histogram,
    /// Count, sum and buckets of what is there now, which go down too.
    GaugeHistogram,
    /// A number of which nothing is known.
    Untyped,
    /// Facts that are labels of a sample whose value is 1.
    Info,
    /// One of several states.
    StateSet,
}

/// A part of what the samples of a series say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The number of the series.
    Number,
    /// The value at a quantile, which is a label.
    Quantile,
    /// How many observations were not above a bound, which is a label.
    Bucket,
    /// How many observations there were.
    Count,
    /// The sum of the observations.
    Sum,
    /// 1, with facts as labels.
    Facts,
    /// Whether the series is in a state, which is a label.
    State,
}

/// The label that some samples of a kind carry beside those of their series, and that users must not give.
#[derive(Debug, Clone, Copy)]
pub enum Reserved {
    /// There is none.
    None,
    /// A label of this name.
    Label(&'static str),
    /// The label has the name of the family, unless it is given another one.
    OfFamily,
}

/// An ending of names that OpenMetrics does not count to the name of the family.
#[derive(Debug, Clone, Copy)]
pub enum Ending {
    /// There is none.
    None,
    /// The user gives it or not, and the samples are called as the family is.
    Given(&'static str),
    /// The samples have it, whether the name of the family was given with it or without.
    Added(&'static str),
}

/// What is to be known of a kind to write its families and to keep their names apart.
#[derive(Debug)]
pub struct Traits {
    /// What messages call it.
    pub word: &'static str,
    /// Its word in a TYPE line of the text formats 0.0.4 and 1.0.0. An unknown one makes Prometheus lose the whole scrape.
    pub text: &'static str,
    /// Its word in a TYPE line of OpenMetrics.
    pub openmetrics: &'static str,
    /// Its number in the `MetricType` of protocol buffers.
    pub protobuf: u64,
    /// The parts of a series in their order, and the suffix that the name of each has.
    pub samples: &'static [(Part, &'static str)],
    /// The label that the kind has for itself.
    pub reserved: Reserved,
    /// How names may end.
    pub ending: Ending,
    /// Whether its series count from their birth on, which is then worth knowing.
    pub counts: bool,
    /// Whether its values may have a unit.
    pub has_unit: bool,
    /// Why the label is reserved, and what a label of a similar meaning can be called.
    pub advice: (&'static str, &'static str),
}

/// OpenMetrics' word for a family of which nothing is known.
pub const UNKNOWN: &str = "unknown";

/// What the kinds of a single number have in common.
const NUMBER: Traits = Traits {
    word: "untyped",
    text: "untyped",
    openmetrics: UNKNOWN,
    protobuf: 3,
    samples: &[(Part::Number, "")],
    reserved: Reserved::None,
    ending: Ending::None,
    counts: false,
    has_unit: true,
    advice: ("", ""),
};

const COUNTER: Traits = Traits {
    word: "counter",
    text: "counter",
    openmetrics: "counter",
    protobuf: 0,
    ending: Ending::Given(TOTAL),
    counts: true,
    ..NUMBER
};

const GAUGE: Traits = Traits { word: "gauge", text: "gauge", openmetrics: "gauge", protobuf: 1, ..NUMBER };

const SUMMARY: Traits = Traits {
    word: "summary",
    text: "summary",
    openmetrics: "summary",
    protobuf: 2,
    samples: &[(Part::Quantile, ""), (Part::Count, "_count"), (Part::Sum, "_sum")],
    reserved: Reserved::Label("quantile"),
    counts: true,
    advice: ("a summary gives it to its quantiles", "rank"),
    ..NUMBER
};

const HISTOGRAM: Traits = Traits {
    word: "histogram",
    text: "histogram",
    openmetrics: "histogram",
    protobuf: 4,
    samples: &[(Part::Bucket, "_bucket"), (Part::Count, "_count"), (Part::Sum, "_sum")],
    reserved: Reserved::Label("le"),
    counts: true,
    advice: ("a histogram gives it to its buckets", "level"),
    ..NUMBER
};

const GAUGE_HISTOGRAM: Traits = Traits {
    word: "gaugehistogram",
    openmetrics: "gaugehistogram",
    protobuf: 5,
    samples: &[(Part::Bucket, "_bucket"), (Part::Count, "_gcount"), (Part::Sum, "_gsum")],
    counts: false,
    ..HISTOGRAM
};

const INFO: Traits = Traits {
    word: "info",
    text: "gauge",
    openmetrics: "info",
    protobuf: 1,
    samples: &[(Part::Facts, "_info")],
    ending: Ending::Added("_info"),
    has_unit: false,
    ..NUMBER
};

const STATE_SET: Traits = Traits {
    word: "stateset",
    text: "gauge",
    openmetrics: "stateset",
    protobuf: 1,
    samples: &[(Part::State, "")],
    reserved: Reserved::OfFamily,
    has_unit: false,
    advice: ("an enum gives its states to this label", "kind"),
    ..NUMBER
};

/// The ending of the names of counters.
pub const TOTAL: &str = "_total";

/// The suffix of the samples that report when a series was born.
pub const CREATED: &str = "_created";

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Counter,
        Self::Gauge,
        Self::Summary,
        Self::Histogram,
        Self::GaugeHistogram,
        Self::Untyped,
        Self::Info,
        Self::StateSet,
    ];

    /// What is to be known of it.
    #[inline]
    #[must_use]
    pub fn traits(self) -> &'static Traits {
        match self {
            Self::Counter => &COUNTER,
            Self::Gauge => &GAUGE,
            Self::Summary => &SUMMARY,
            Self::Histogram => &HISTOGRAM,
            Self::GaugeHistogram => &GAUGE_HISTOGRAM,
            Self::Untyped => &NUMBER,
            Self::Info => &INFO,
            Self::StateSet => &STATE_SET,
        }
    }

    /// What messages call it: its word in a TYPE line, that of OpenMetrics where the text format has none.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.traits().word
    }

    /// The kind of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// The label that the samples of a family carry themselves, and that users must not give.
    #[must_use]
    pub fn reserved_label(self, family: &str) -> Option<&str> {
        match self.traits().reserved {
            Reserved::None => None,
            Reserved::Label(name) => Some(name),
            Reserved::OfFamily => Some(family),
        }
    }

    /// The label of a fixed name that the samples of a family carry themselves.
    #[must_use]
    pub fn own_label(self) -> Option<&'static str> {
        match self.traits().reserved {
            Reserved::Label(name) => Some(name),
            Reserved::None | Reserved::OfFamily => None,
        }
    }

    /// The kind that reserves a label: one that has a label of this name, or else one whose label has the name of the
    /// family.
    #[must_use]
    pub fn that_reserves(label: &str) -> Option<Self> {
        let named = |kind: &Self| matches!(kind.traits().reserved, Reserved::Label(name) if name == label);
        let any = |kind: &Self| matches!(kind.traits().reserved, Reserved::OfFamily);
        Self::ALL.into_iter().find(named).or_else(|| Self::ALL.into_iter().find(any))
    }

    /// Whether the samples of a series are one, which has the name of the family.
    #[must_use]
    pub fn has_one_name(self) -> bool {
        matches!(self.traits().samples, [(Part::Number, "")])
    }

    /// The suffix of the names of a part.
    #[must_use]
    pub fn suffix(self, part: Part) -> &'static str {
        let mut samples = self.traits().samples.iter();
        samples.find(|(own, _)| *own == part).map_or("", |&(_, suffix)| suffix)
    }

    /// The part whose names have a suffix.
    #[must_use]
    pub fn part_of(self, suffix: &str) -> Option<Part> {
        self.traits().samples.iter().find(|(_, own)| *own == suffix).map(|&(part, _)| part)
    }

    /// The suffixes that make names of samples out of the name of a family of this kind. The name alone is one too,
    /// unless an ending is added.
    pub fn suffixes(self) -> impl Iterator<Item = &'static str> {
        self.traits().samples.iter().map(|&(_, suffix)| suffix).filter(|suffix| !suffix.is_empty())
    }

    /// What the names of the samples of a family begin with: its name, without the ending that is added.
    #[must_use]
    pub fn base_of(self, name: &str) -> &str {
        match self.traits().ending {
            Ending::Added(ending) => without(name, ending).unwrap_or(name),
            Ending::Given(_) | Ending::None => name,
        }
    }

    /// What is added to the base of a family where it stands alone.
    #[must_use]
    pub fn added(self) -> &'static str {
        match self.traits().ending {
            Ending::Added(ending) => ending,
            Ending::Given(_) | Ending::None => "",
        }
    }

    /// The name of a family without the ending that its user gave it, if there is more before that.
    #[must_use]
    pub fn without_given(self, name: &str) -> Option<&str> {
        match self.traits().ending {
            Ending::Given(ending) => without(name, ending),
            Ending::Added(_) | Ending::None => None,
        }
    }

    /// The name without the ending that its user gave it, even if that was all: the unit is at its end.
    #[must_use]
    pub fn stem_of(self, name: &str) -> &str {
        match self.traits().ending {
            Ending::Given(ending) => name.strip_suffix(ending).unwrap_or(name),
            Ending::Added(_) | Ending::None => name,
        }
    }
}

fn without<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    name.strip_suffix(ending).filter(|base| !base.is_empty())
}

/// The suffixes that any kind appends to the name of a family.
#[must_use]
pub fn all_suffixes() -> &'static [&'static str] {
    static ALL: LazyLock<Vec<&str>> = LazyLock::new(|| {
        let mut all: Vec<_> = Kind::ALL.into_iter().flat_map(Kind::suffixes).collect();
        all.sort_unstable();
        all.dedup();
        all
    });
    &ALL
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_suffixes_and_endings_are_those_of_the_formats() {
        assert_eq!(all_suffixes(), ["_bucket", "_count", "_gcount", "_gsum", "_info", "_sum"]);
        for kind in Kind::ALL {
            assert_eq!(Kind::from_word(kind.as_str()), Some(kind));
            assert_eq!(kind.traits().advice.0.is_empty(), kind.reserved_label("f").is_none());
        }
        assert_eq!(Kind::from_word("unknown"), None);
        assert_eq!(Kind::StateSet.reserved_label("f"), Some("f"));
        assert_eq!((Kind::Info.base_of("a_info"), Kind::Info.base_of("_info")), ("a", "_info"));
        assert_eq!((Kind::Gauge.base_of("a_info"), Kind::Counter.base_of("a_total")), ("a_info", "a_total"));
        assert_eq!((Kind::Counter.stem_of("a_total"), Kind::Counter.stem_of("_total")), ("a", ""));
        assert_eq!(Kind::Counter.without_given("_total"), None);
        assert_eq!(Kind::Gauge.without_given("a_total"), None);
    }
}
