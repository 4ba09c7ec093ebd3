//! The samples of a family: each alone, and beside the others of its series.

use super::Family;
use super::series::{Key, Known, Met, Seen};
use crate::kind::{Kind, Part, TOTAL};
use crate::memory::OutOfMemory;
use crate::parse::page::{FamilyView, SampleView};
use crate::parse::problem::{Problem, shortened};

/// What the suffix of its name says of a sample.
#[derive(Debug, Clone, Copy)]
struct Role<'a> {
    suffix: &'a str,
    part: Option<Part>,
    /// The label that distinguishes it in its series.
    own: Option<&'a str>,
    /// The bit of its name among those of the family.
    bit: u8,
    /// Whether its value counts something, and so is neither negative nor NaN.
    counts: bool,
    may_have_exemplar: bool,
}

impl<'a> Role<'a> {
    fn new(family: Family<'a>, suffix: &'a str) -> Self {
        let kind = family.kind;
        let part = kind.part_of(suffix);
        let own = match part {
            Some(Part::Bucket | Part::Quantile) => kind.own_label(),
            Some(Part::State) => Some(family.name),
            Some(Part::Number | Part::Count | Part::Sum | Part::Facts) | None => None,
        };
        let place = family.names.suffixes(kind).position(|own| own == suffix);
        let is_count = matches!(part, Some(Part::Bucket | Part::Count))
            || (kind == Kind::Counter && matches!(suffix, "" | TOTAL));
        // What is there now may have a sum of negative values.
        let is_sum = part == Some(Part::Sum) && kind.traits().counts && family.is_openmetrics();
        Self {
            suffix,
            part,
            own,
            bit: 1 << place.map_or(0, |place| place + 1),
            counts: is_count || is_sum,
            may_have_exemplar: part == Some(Part::Bucket) || suffix == TOTAL || !family.is_openmetrics(),
        }
    }
}

/// Checks the samples of one family.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    family: Family<'a>,
    known: Known<'a>,
    /// What was seen of each series, by its place, or of the last series alone.
    seen: Vec<Seen<'a>>,
    /// That of the last sample.
    role: Role<'a>,
}

impl<'a> Samples<'a> {
    /// Checks all samples of a family. An error comes with the place of its sample.
    pub fn check(family: Family<'a>, view: &FamilyView<'a>) -> Result<(), (Problem, usize)> {
        let role = Role::new(family, "");
        let mut checked = Self { family, known: Known::default(), seen: Vec::new(), role };
        if family.kind.has_one_name() {
            // Most are the only one of their series.
            checked.known.reserve(view.samples().len()).map_err(|error| (error.into(), 0))?;
        }
        for sample in view.samples() {
            checked.take(sample).map_err(|problem| (problem, sample.place()))?;
        }
        if family.has_buckets() {
            checked.seen.iter().try_for_each(|seen| seen.buckets.end(family.is_openmetrics()))?;
        }
        Ok(())
    }

    fn take(&mut self, sample: SampleView<'a>) -> Result<(), Problem> {
        let family = self.family;
        let suffix = &sample.name()[family.name.len()..];
        if suffix != self.role.suffix {
            self.role = Role::new(family, suffix);
        }
        let role = self.role;
        let own = role.check(family, &sample)?;
        let (place, met) = self.known.place_of(Key { sample, own: role.own })?;
        let is_new = met == Met::First;
        if !family.is_openmetrics() && family.kind.has_one_name() {
            return if is_new { Ok(()) } else { Err(there_already()) };
        }
        if family.is_openmetrics() && met == Met::Apart {
            return Err("the samples of this series do not stand together".into());
        }
        // In OpenMetrics, a series that has ended does not come again. Its buckets are looked at in the end.
        let keeps_all = !family.is_openmetrics() || family.has_buckets();
        let at = if keeps_all { place } else { 0 };
        if at == self.seen.len() {
            self.seen.try_reserve(1).map_err(OutOfMemory::from)?;
            self.seen.push(Seen::default());
        } else if is_new {
            self.seen[at] = Seen::default();
        }
        let seen = &mut self.seen[at];
        if family.is_openmetrics() {
            check_time(family, seen, &sample, is_new)?;
        }
        let is_bucket = role.part == Some(Part::Bucket);
        let is_there = match own {
            // Of buckets, the bounds ascend.
            Some(_) if is_bucket => false,
            Some(value) => !seen.insert_value(value),
            None => !seen.insert_name(role.bit),
        };
        if is_there {
            return Err(there_already());
        }
        if family.has_buckets() {
            seen.buckets.add(&sample, (family.kind, role.part), own, family.is_openmetrics())?;
        }
        Ok(())
    }
}

fn there_already() -> Problem {
    "this sample is there already".into()
}

impl<'a> Role<'a> {
    /// Checks a sample alone; gives the value of the label that distinguishes it in its series.
    fn check(&self, family: Family<'a>, sample: &SampleView<'a>) -> Result<Option<&'a str>, Problem> {
        let (value, is_bare) = (sample.value().as_f64(), self.suffix.is_empty());
        if is_bare && !family.has_bare_name() {
            let suffixes: Vec<&str> = family.names.suffixes(family.kind).collect();
            let (word, suffixes) = (family.kind.traits().openmetrics, suffixes.join(", "));
            return Err(format!("the names of samples of a {word} end in one of {suffixes}").into());
        }
        let own = self.own.map(|label| {
            let found = sample.labels().find(|&(name, _)| name == label).map(|(_, own)| own);
            found.ok_or_else(|| Problem::from(format!("the label {} is missing", shortened(label))))
        });
        let own = own.transpose()?;
        if self.counts && (value < 0.0 || value.is_nan()) {
            return Err("what counts is neither negative nor NaN".into());
        }
        match family.kind {
            Kind::Summary if is_bare => check_quantile(family, own.unwrap_or_default(), value)?,
            Kind::StateSet if !matches!(value, 0.0 | 1.0) => {
                return Err("a state has the value 0 or 1".into());
            }
            Kind::Info if !matches!(value, 1.0) => return Err("an info has the value 1".into()),
            _ => (),
        }
        if !self.may_have_exemplar && sample.exemplar().is_some() {
            return Err("only counters and buckets have exemplars".into());
        }
        Ok(own)
    }
}

fn check_quantile(family: Family<'_>, rank: &str, value: f64) -> Result<(), Problem> {
    if !rank.parse().is_ok_and(|rank: f64| (0.0..=1.0).contains(&rank)) {
        return Err("a quantile is a number from 0 to 1".into());
    }
    if family.is_openmetrics() && value < 0.0 {
        return Err("the value of a quantile is not negative".into());
    }
    Ok(())
}

/// Checks the time of a sample in OpenMetrics. If it is later than that before, it begins a new point of its series.
fn check_time(
    family: Family<'_>,
    seen: &mut Seen<'_>,
    sample: &SampleView<'_>,
    is_new: bool,
) -> Result<(), Problem> {
    let time = sample.time();
    if is_new {
        seen.time = time;
        return Ok(());
    }
    match (seen.time, time) {
        (Some(before), Some(now)) if before.seconds() > now.seconds() => {
            Err("the times of a series do not go backwards".into())
        }
        (Some(before), Some(now)) if before != now => {
            if family.has_buckets() {
                seen.buckets.end(true).map_err(|(problem, _)| problem)?;
            }
            *seen = Seen::default();
            seen.time = time;
            Ok(())
        }
        (before, now) if before.is_some() != now.is_some() => {
            Err("all samples of a series have a time, or none has".into())
        }
        _ => Ok(()),
    }
}
