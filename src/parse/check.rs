//! The letter of the formats, for what one line alone does not show.
//!
//! Source: Prometheus, "Exposition formats", and OpenMetrics 1.0. Text 0.0.4 says little of values, so less is checked there:
//! sums may be negative, and the samples of a series may stand apart.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use smallvec::SmallVec;

use super::build::Names;
use super::page::{FamilyView, Page, SampleView, Time};
use super::problem::{Problem, shortened};
use super::{Format, ParseError};
use crate::kind::{Kind, Part, TOTAL};
use crate::labels::Pair;

mod histogram;

use histogram::Buckets;

/// Checks all families.
pub(super) fn page(page: &Page, input: &str, format: Format) -> Result<(), ParseError> {
    let names = if format == Format::OpenMetrics { Names::OpenMetrics } else { Names::Text };
    let mut taken = HashSet::new();
    for family in page.families() {
        let checked = Family { name: family.name(), kind: family.kind().unwrap_or(Kind::Untyped), names };
        let place = family.place();
        checked.check_names(&mut taken).map_err(|problem| at(problem, input, place))?;
        checked.check_unit(&family).map_err(|problem| at(problem, input, place))?;
        checked.check_samples(&family).map_err(|(problem, place)| at(problem, input, place))?;
    }
    Ok(())
}

/// The error of a line; a name that lost its escapes is not where it was written.
fn at(problem: Problem, input: &str, place: usize) -> ParseError {
    match problem {
        Problem::Said(words) if place >= input.len() => ParseError::whole(words),
        problem => problem.at(input, place),
    }
}

/// What is known of a family.
#[derive(Debug, Clone, Copy)]
struct Family<'a> {
    name: &'a str,
    kind: Kind,
    names: Names,
}

/// The labels of a series, sorted by name.
type Key<'a> = SmallVec<[Pair<'a>; 4]>;

/// The suffix of the name of a sample, and the label that distinguishes it in its series.
type Own<'a> = (&'a str, Option<&'a str>);

/// The samples of a series. Of most there is one.
#[derive(Debug, Default)]
enum Samples<'a> {
    #[default]
    None,
    One(Own<'a>),
    Many(HashSet<Own<'a>>),
}

impl<'a> Samples<'a> {
    /// Adds a sample; gives whether it is new.
    fn insert(&mut self, suffix: &'a str, label: Option<&'a str>) -> bool {
        let own = (suffix, label);
        match self {
            Self::None => *self = Self::One(own),
            Self::One(first) if *first == own => return false,
            Self::One(first) => *self = Self::Many(HashSet::from([*first, own])),
            Self::Many(all) => return all.insert(own),
        }
        true
    }
}

/// A series of which some samples were seen.
#[derive(Debug, Default)]
struct Seen<'a> {
    /// The names of its samples and their own labels, at this time.
    samples: Samples<'a>,
    time: Option<Time>,
    buckets: Buckets,
}

impl<'a> Family<'a> {
    fn is_openmetrics(self) -> bool {
        self.names == Names::OpenMetrics
    }

    /// Refuses a name of which a sample of another family may be.
    fn check_names(self, taken: &mut HashSet<String>) -> Result<(), Problem> {
        if !self.is_openmetrics() {
            return Ok(());
        }
        for suffix in self.names.suffixes(self.kind).chain([""]) {
            let name = format!("{}{suffix}", self.name);
            if taken.contains(&name) {
                return Err(format!("a sample of another family may be called {}", shortened(&name)).into());
            }
            taken.insert(name);
        }
        Ok(())
    }

    fn check_unit(self, family: &FamilyView<'_>) -> Result<(), Problem> {
        if self.is_openmetrics() && !self.kind.traits().has_unit && !family.unit().is_empty() {
            return Err(format!("a family of the type {} has no unit", self.kind.traits().openmetrics).into());
        }
        Ok(())
    }

    fn check_samples(self, family: &FamilyView<'a>) -> Result<(), (Problem, usize)> {
        let mut places: HashMap<Key<'a>, usize> = HashMap::new();
        let mut series: Vec<Seen<'a>> = Vec::new();
        let mut last = None;
        for sample in family.samples() {
            let with_place = |problem| (problem, sample.place());
            let suffix = &sample.name()[self.name.len()..];
            let own = self.check_sample(&sample, suffix).map_err(with_place)?;
            let key = self.key(&sample, suffix);
            let place = series.len();
            let (is_new, place) = match places.entry(key) {
                Entry::Occupied(known) => (false, *known.get()),
                Entry::Vacant(new) => (true, *new.insert(place)),
            };
            if is_new {
                series.push(Seen::default());
            }
            let is_apart = self.is_openmetrics() && !is_new && last != Some(place);
            let seen = &mut series[place];
            if is_apart {
                return Err(with_place("the samples of this series do not stand together".into()));
            }
            self.check_time(seen, &sample, is_new).map_err(with_place)?;
            if !seen.samples.insert(suffix, own) {
                return Err(with_place("this sample is there already".into()));
            }
            if self.has_buckets() {
                seen.buckets
                    .add(&sample, (self.kind, suffix), own, self.is_openmetrics())
                    .map_err(with_place)?;
            }
            last = Some(place);
        }
        if self.has_buckets() {
            let is_openmetrics = self.is_openmetrics();
            let mut ends = series.iter().filter_map(|seen| seen.buckets.end(is_openmetrics).err());
            if let Some((problem, place)) = ends.next() {
                return Err((problem, place));
            }
        }
        Ok(())
    }

    fn has_buckets(self) -> bool {
        matches!(self.kind, Kind::Histogram | Kind::GaugeHistogram)
    }

    /// The label that distinguishes the samples of a series.
    fn own_label(self, suffix: &str) -> Option<&'a str> {
        match self.kind.part_of(suffix)? {
            Part::Bucket | Part::Quantile => self.kind.own_label(),
            Part::State => Some(self.name),
            Part::Number | Part::Count | Part::Sum | Part::Facts => None,
        }
    }

    fn key(self, sample: &SampleView<'a>, suffix: &str) -> Key<'a> {
        // All infos of a family are one group; each is a series.
        let own = self.own_label(suffix);
        let mut key: Key<'a> = sample.labels().filter(|&(name, _)| Some(name) != own).collect();
        key.sort_unstable();
        key
    }

    /// Checks a sample alone; gives the value of the label that distinguishes it in its series.
    fn check_sample(self, sample: &SampleView<'a>, suffix: &str) -> Result<Option<&'a str>, Problem> {
        let (value, word) = (sample.value().as_f64(), self.kind.traits().openmetrics);
        let has_bare_name = matches!(self.kind, Kind::Gauge | Kind::Untyped | Kind::Summary | Kind::StateSet)
            || (!self.is_openmetrics() && self.kind != Kind::Histogram);
        if suffix.is_empty() && !has_bare_name {
            let suffixes: Vec<&str> = self.names.suffixes(self.kind).collect();
            let suffixes = suffixes.join(", ");
            return Err(format!("the names of samples of a {word} end in one of {suffixes}").into());
        }
        let own = match self.own_label(suffix) {
            Some(label) => {
                let found = sample.labels().find(|&(name, _)| name == label);
                let (_, own) = found
                    .ok_or_else(|| Problem::from(format!("the label {} is missing", shortened(label))))?;
                Some(own)
            }
            None => None,
        };
        let part = self.kind.part_of(suffix);
        let is_count = matches!(part, Some(Part::Bucket | Part::Count))
            || (self.kind == Kind::Counter && matches!(suffix, "" | TOTAL));
        // What is there now may have a sum of negative values.
        let is_sum = part == Some(Part::Sum) && self.kind.traits().counts && self.is_openmetrics();
        if (is_count || is_sum) && (value < 0.0 || value.is_nan()) {
            return Err("what counts is neither negative nor NaN".into());
        }
        match self.kind {
            Kind::Summary if suffix.is_empty() => self.check_quantile(own.unwrap_or_default(), value)?,
            Kind::StateSet if !matches!(value, 0.0 | 1.0) => {
                return Err("a state has the value 0 or 1".into());
            }
            Kind::Info if !matches!(value, 1.0) => return Err("an info has the value 1".into()),
            _ => (),
        }
        let may_have = part == Some(Part::Bucket) || suffix == TOTAL;
        if self.is_openmetrics() && sample.exemplar().is_some() && !may_have {
            return Err("only counters and buckets have exemplars".into());
        }
        Ok(own)
    }

    fn check_quantile(self, rank: &str, value: f64) -> Result<(), Problem> {
        if !rank.parse().is_ok_and(|rank: f64| (0.0..=1.0).contains(&rank)) {
            return Err("a quantile is a number from 0 to 1".into());
        }
        if self.is_openmetrics() && value < 0.0 {
            return Err("the value of a quantile is not negative".into());
        }
        Ok(())
    }

    /// Checks the time of a sample, which begins a new point of its series if it is later.
    fn check_time(self, seen: &mut Seen<'_>, sample: &SampleView<'_>, is_new: bool) -> Result<(), Problem> {
        let time = sample.time();
        if !self.is_openmetrics() || is_new {
            seen.time = time;
            return Ok(());
        }
        match (seen.time, time) {
            (Some(before), Some(now)) if before.seconds() > now.seconds() => {
                return Err("the times of a series do not go backwards".into());
            }
            (Some(before), Some(now)) if before != now => {
                if self.has_buckets() {
                    seen.buckets.end(true).map_err(|(problem, _)| problem)?;
                }
                *seen = Seen { time, ..Seen::default() };
            }
            (before, now) if before.is_some() != now.is_some() => {
                return Err("all samples of a series have a time, or none has".into());
            }
            _ => (),
        }
        Ok(())
    }
}
