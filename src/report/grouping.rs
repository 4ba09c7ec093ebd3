//! Samples grouped to series: what a collector gives one by one becomes reports, which hold what can be exposed.

use std::collections::HashMap;
use std::sync::Arc;

use smallvec::SmallVec;

use super::{Native, Reading, Report};
use crate::error::{Error, SampleError};
use crate::family::{Descriptor, names_taken};
use crate::kind::{CREATED, Ending, Kind, Part};
use crate::labels::Pair;
use crate::labels::identity::describe;
use crate::memory::{self, OutOfMemory};
use crate::metric::{Exemplar, Number};
use crate::name::{Escaping, Naming};
use crate::number::{bound_text, float_text};

mod complete;

use complete::complete;

/// The most samples that are remembered as left out: a log shows fewer.
const REMEMBERED: usize = 100;

/// The end of the times at which a series may be born, in seconds since 1970: later ones were given in another unit.
const LAST_BIRTH: f64 = 1e10;

/// One sample, as it is given.
#[derive(Debug)]
pub struct Given<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its labels.
    pub labels: &'a [Pair<'a>],
    /// Its value.
    pub value: Number,
    /// Its time, in milliseconds since 1970, if it has one of its own.
    pub timestamp: Option<i64>,
    /// Its exemplar.
    pub exemplar: Option<Exemplar>,
}

/// What was given of a series so far, beside points such as buckets: one bit each.
#[derive(Clone, Copy, Default)]
struct Seen(u8);

impl Seen {
    const VALUE: u8 = 1;
    const COUNT: u8 = 2;
    const SUM: u8 = 4;
    const BORN: u8 = 8;

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Notes it; gives whether it is new.
    fn note(&mut self, bit: u8) -> bool {
        let is_new = !self.has(bit);
        self.0 |= bit;
        is_new
    }
}

/// The samples of a family so far.
pub struct Grouping {
    report: Report,
    /// By the places of the series in the report.
    seen: Vec<Seen>,
    /// The place of the series of the last sample: the next one is often of the same.
    last: usize,
    /// What the names of samples mean.
    names: Vec<(String, Part)>,
    /// The name of the samples that report births.
    created: Option<String>,
    /// Families of their own for samples whose names are not among these, and the place of each.
    others: Vec<Report>,
    places: HashMap<Box<str>, usize>,
    left_out: Vec<String>,
}

/// What the name of a family must be, so that its samples are named as they were given.
///
/// The names of prometheus_client's families lack the ending that those of their samples have: a counter `a` has samples
/// named `a_total`, and an info `a` those named `a_info`. `sample` is the name of one of the samples.
#[must_use]
pub fn full_name(name: &str, kind: Kind, sample: Option<&str>) -> String {
    let (Ending::Given(ending) | Ending::Added(ending)) = kind.traits().ending else {
        return name.to_owned();
    };
    let is_whole = sample == Some(name) && (kind == Kind::Counter || name.ends_with(ending));
    let stem = if kind == Kind::Counter { kind.without_given(name).unwrap_or(name) } else { name };
    if is_whole { name.to_owned() } else { format!("{stem}{ending}") }
}

impl Grouping {
    /// Begins a family. A `unit` that is not the end of its name is left out.
    ///
    /// # Errors
    ///
    /// As for [`Descriptor::with_naming`].
    pub fn new(name: &str, help: &str, kind: Kind, naming: Naming, unit: &str) -> Result<Self, Error> {
        let mut descriptor = Descriptor::with_naming(name, help, kind, naming)?;
        if let Ok(described) = descriptor.clone().with_unit(unit) {
            descriptor = described;
        }
        let base = descriptor.sample_base();
        let names = kind.traits().samples.iter().map(|&(part, suffix)| (format!("{base}{suffix}"), part));
        let stem = kind.without_given(name).unwrap_or(name);
        let created = kind.traits().counts.then(|| format!("{stem}{CREATED}"));
        Ok(Self {
            names: names.collect(),
            report: Report::new(descriptor),
            seen: Vec::new(),
            last: 0,
            created,
            others: Vec::new(),
            places: HashMap::new(),
            left_out: Vec::new(),
        })
    }

    /// Adds a sample. One whose name does not belong to the family begins a family of its own, which is untyped. One that is
    /// there already is left out, for a server would take it for the same.
    ///
    /// # Errors
    ///
    /// [`SampleError`] for one that cannot be exposed, and those of [`Report::push`].
    pub fn add(&mut self, given: Given<'_>) -> Result<(), Error> {
        if let Some((_, part)) = self.names.iter().find(|(name, _)| name == given.name) {
            let part = *part;
            return self.add_part(part, given);
        }
        if self.created.as_deref() == Some(given.name) {
            return self.add_birth(&given);
        }
        self.add_other(&given)
    }

    /// Adds the native buckets of a series. Only histograms have any.
    ///
    /// # Errors
    ///
    /// Those of [`Report::push`].
    pub fn add_native(&mut self, labels: &[Pair<'_>], native: Native) -> Result<(), Error> {
        if !matches!(self.report.descriptor().kind(), Kind::Histogram | Kind::GaugeHistogram) {
            return Ok(());
        }
        let place = self.place_of(labels)?;
        memory::check_step(self.seen.len())?;
        self.seen[place].note(Seen::VALUE);
        self.report.series_mut()[place].about_mut().native.get_or_insert(native);
        Ok(())
    }

    /// The reports: that of the family first. And the samples that were left out, as text.
    ///
    /// # Errors
    ///
    /// [`SampleError`] for a histogram whose buckets cannot be exposed.
    pub fn finish(mut self) -> Result<(Vec<Report>, Vec<String>), Error> {
        for place in 0..self.seen.len() {
            let has_count = self.seen[place].has(Seen::COUNT);
            // They are sorted, and those that are there twice are looked for.
            memory::check_many(self.report.series_mut()[place].reading().points(), 128)?;
            let completed = complete(&mut self.report.series_mut()[place], has_count, &mut self.left_out);
            completed.map_err(|error| self.wrong(error))?;
        }
        // Of some, only the birth is known.
        self.report.retain(|place| self.seen[place].0 & !Seen::BORN != 0);
        self.left_out.truncate(REMEMBERED);
        let mut reports = self.others;
        reports.try_reserve(1).map_err(OutOfMemory::from)?;
        reports.insert(0, self.report);
        Ok((reports, self.left_out))
    }

    fn wrong(&self, error: SampleError) -> Error {
        Error::of(self.report.descriptor().name(), error)
    }

    fn leave_out(&mut self, given: &Given<'_>) {
        if self.left_out.len() < REMEMBERED {
            self.left_out.push(format!("{}{}", given.name, describe(given.labels)));
        }
    }

    /// The place of the series of a sample, which is born if it is not there.
    fn place_of(&mut self, labels: &[Pair<'_>]) -> Result<usize, Error> {
        let reserved = self.report.descriptor().reserved_label();
        let own: SmallVec<[Pair<'_>; 8]> =
            labels.iter().copied().filter(|&(name, _)| Some(name) != reserved).collect();
        if self.report.series_mut().get(self.last).is_some_and(|series| series.labels().matches(&own)) {
            return Ok(self.last);
        }
        let reading = match self.report.descriptor().kind() {
            Kind::Summary => Reading::Summary { quantiles: Vec::new(), count: None, sum: None },
            Kind::Histogram | Kind::GaugeHistogram => {
                Reading::Histogram { buckets: Vec::new(), count: 0, sum: None }
            }
            Kind::Info => Reading::Info(Box::default()),
            Kind::StateSet => Reading::States(Vec::new()),
            Kind::Counter | Kind::Gauge | Kind::Untyped => Reading::Value(Number::Int(0)),
        };
        let (place, is_new) = self.report.enter(&own, reading)?;
        if is_new {
            self.seen.try_reserve(1).map_err(OutOfMemory::from)?;
            self.seen.push(Seen::default());
        }
        self.last = place;
        Ok(place)
    }

    fn add_part(&mut self, part: Part, given: Given<'_>) -> Result<(), Error> {
        self.check(part, &given).map_err(|error| self.wrong(error))?;
        let point = self.point_of(part, &given).map_err(|error| self.wrong(error))?;
        let state = match part {
            Part::State => Some(self.state_of(&given).map_err(|error| self.wrong(error))?),
            _ => None,
        };
        let place = self.place_of(given.labels)?;
        memory::check_step(self.seen.len())?;
        let seen = &mut self.seen[place];
        let is_new = match part {
            Part::Number | Part::Facts => seen.note(Seen::VALUE),
            Part::Count => seen.note(Seen::COUNT),
            Part::Sum => seen.note(Seen::SUM),
            // Those that are there twice are found in the end.
            Part::Quantile | Part::Bucket | Part::State => {
                seen.note(Seen::VALUE);
                true
            }
        };
        if !is_new {
            self.leave_out(&given);
            return Ok(());
        }
        let is_counter = self.report.descriptor().kind() == Kind::Counter;
        let series = &mut self.report.series_mut()[place];
        let value = given.value;
        let at = match (series.reading_mut(), part) {
            (Reading::Value(number), _) => {
                *number = value;
                0
            }
            (Reading::Summary { count, .. }, Part::Count) => {
                *count = Some(value);
                0
            }
            (Reading::Histogram { count, .. }, Part::Count) => {
                *count = value.as_count();
                0
            }
            (Reading::Summary { sum, .. } | Reading::Histogram { sum, .. }, Part::Sum) => {
                *sum = Some(value.as_f64());
                0
            }
            (Reading::Summary { quantiles, .. }, _) => {
                quantiles.try_reserve(1).map_err(OutOfMemory::from)?;
                quantiles.push((point, value.as_f64()));
                memory::check_step(quantiles.len())?;
                0
            }
            (Reading::Histogram { buckets, .. }, _) => {
                buckets.try_reserve(1).map_err(OutOfMemory::from)?;
                buckets.push((point, value.as_count()));
                memory::check_step(buckets.len())?;
                buckets.len() - 1
            }
            (Reading::Info(_), _) => 0,
            (Reading::States(states), _) => {
                states.try_reserve(1).map_err(OutOfMemory::from)?;
                states.extend(state);
                memory::check_step(states.len())?;
                0
            }
        };
        if let Some(timestamp) = given.timestamp {
            series.about_mut().timestamp.get_or_insert(timestamp);
        }
        if let Some(exemplar) = given.exemplar.filter(|_| is_counter || part == Part::Bucket) {
            let exemplars = &mut series.about_mut().exemplars;
            exemplars.try_reserve(at + 1 - exemplars.len()).map_err(OutOfMemory::from)?;
            exemplars.resize(at, None);
            exemplars.push(Some(Arc::new(exemplar)));
        }
        Ok(())
    }

    /// Checks the value of a sample.
    fn check(&self, part: Part, given: &Given<'_>) -> Result<(), SampleError> {
        let kind = self.report.descriptor().kind();
        let (sample, labels) = (|| given.name.to_owned(), || describe(given.labels));
        let value = || match given.value {
            Number::Int(int) => int.to_string(),
            Number::Float(float) => float_text(float),
        };
        let float = given.value.as_f64();
        match part {
            Part::Number if kind == Kind::Counter && given.value.check_counter().is_err() => {
                Err(SampleError::Counter { sample: sample(), labels: labels(), value: value() })
            }
            Part::Bucket | Part::Count if !(float >= 0.0 && float.fract() == 0.0 && float.is_finite()) => {
                Err(SampleError::Count { sample: sample(), labels: labels(), value: value() })
            }
            Part::Facts if (float - 1.0).abs() > 0.0 || float.is_nan() => {
                let allowed = "1, and its facts are labels";
                Err(SampleError::Flag { sample: sample(), labels: labels(), value: value(), allowed })
            }
            Part::State if !(float == 0.0 || (float - 1.0).abs() == 0.0) => {
                let allowed = "1 in a state that it is in, or 0";
                Err(SampleError::Flag { sample: sample(), labels: labels(), value: value(), allowed })
            }
            _ => Ok(()),
        }
    }

    /// The label of a sample that its kind has for itself.
    fn own_label<'a>(&self, given: &Given<'a>) -> Result<Pair<'a>, SampleError> {
        let label = self.report.descriptor().reserved_label().unwrap_or_default();
        let found = given.labels.iter().copied().find(|&(name, _)| name == label);
        found.ok_or_else(|| SampleError::Unlabelled {
            sample: given.name.to_owned(),
            label: label.to_owned(),
            labels: describe(given.labels),
        })
    }

    /// The upper bound of a bucket, or the rank of a quantile; 0 for other parts.
    fn point_of(&self, part: Part, given: &Given<'_>) -> Result<f64, SampleError> {
        if !matches!(part, Part::Bucket | Part::Quantile) {
            return Ok(0.0);
        }
        let (label, text) = self.own_label(given)?;
        // The sum turns the negative zero into the other one.
        let point = text.trim().parse::<f64>().ok().filter(|point| !point.is_nan()).map(|point| point + 0.0);
        point.ok_or_else(|| SampleError::Bound {
            sample: given.name.to_owned(),
            label: label.to_owned(),
            text: text.to_owned(),
        })
    }

    fn state_of(&self, given: &Given<'_>) -> Result<(String, bool), SampleError> {
        let (_, state) = self.own_label(given)?;
        Ok((state.to_owned(), given.value.as_f64() != 0.0))
    }

    fn add_birth(&mut self, given: &Given<'_>) -> Result<(), Error> {
        let seconds = given.value.as_f64();
        if !(0.0..LAST_BIRTH).contains(&seconds) {
            let (sample, labels) = (given.name.to_owned(), describe(given.labels));
            return Err(self.wrong(SampleError::Born { sample, labels, value: float_text(seconds) }));
        }
        let place = self.place_of(given.labels)?;
        memory::check_step(self.seen.len())?;
        if self.seen[place].note(Seen::BORN) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was checked")]
            let born = (seconds * 1000.0).round() as u64;
            self.report.series_mut()[place].about_mut().born = Some(born);
        } else {
            self.leave_out(given);
        }
        Ok(())
    }

    fn add_other(&mut self, given: &Given<'_>) -> Result<(), Error> {
        let descriptor = self.report.descriptor();
        let place = match self.places.get(given.name) {
            Some(&place) => place,
            None => {
                let (name, kind) = (descriptor.name(), descriptor.kind());
                if names_taken(name, kind, Escaping::AllowUtf8).any(|taken| taken == given.name) {
                    return Err(self.wrong(SampleError::Stranger { sample: given.name.to_owned() }));
                }
                let (help, naming) = (descriptor.help(), descriptor.naming());
                let other = Descriptor::with_naming(given.name, help, Kind::Untyped, naming)?;
                self.others.try_reserve(1).map_err(OutOfMemory::from)?;
                self.places.try_reserve(1).map_err(OutOfMemory::from)?;
                memory::check_step(self.others.len())?;
                self.others.push(Report::new(other));
                self.places.insert(given.name.into(), self.others.len() - 1);
                self.others.len() - 1
            }
        };
        let other = &mut self.others[place];
        let (at, is_new) = other.enter(given.labels, Reading::Value(given.value))?;
        if !is_new {
            self.leave_out(given);
        } else if let Some(timestamp) = given.timestamp {
            other.series_mut()[at].about_mut().timestamp = Some(timestamp);
        }
        Ok(())
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
