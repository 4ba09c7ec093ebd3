//! What turns lines into families: which family a sample belongs to, and the arrays of a page.

use std::collections::{HashMap, HashSet};

use super::page::{Extra, Family, Labels, Page, Sample, Span};
use super::problem::{Problem, shortened};
use super::{Part, Rules};
use crate::kind::{CREATED, Ending, Kind, TOTAL, all_suffixes};
use crate::memory::{self, OutOfMemory};
use crate::metric::Number;
use crate::number::bound_text;

/// Up to this many labels of a sample are compared with each other, more are looked up by their hashes.
const FEW: usize = 16;

/// Which names the samples of a family have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Those of the text format, where a counter is called as its sample is.
    Text,
    /// Those of OpenMetrics.
    OpenMetrics,
}

impl Names {
    /// The suffixes that samples of a kind may have behind the name of their family. The name alone always belongs to it.
    pub fn suffixes(self, kind: Kind) -> impl Iterator<Item = &'static str> {
        let total = match (self, kind.traits().ending) {
            (Self::OpenMetrics, Ending::Given(ending)) => Some(ending),
            _ => None,
        };
        let created = (self == Self::OpenMetrics && kind.traits().counts).then_some(CREATED);
        kind.suffixes().chain(total).chain(created)
    }

    fn have(self, kind: Kind, suffix: &str) -> bool {
        self.suffixes(kind).any(|own| own == suffix)
    }
}

/// The families that were read so far.
#[derive(Debug)]
pub(super) struct Builder {
    page: Page,
    /// The families by their names.
    places: HashMap<Box<str>, usize>,
    /// The family of the last line.
    current: Option<usize>,
    /// The name of the last sample, which belongs to the current family.
    last: Option<Span>,
    names: Names,
    rules: Rules,
    /// The places behind those of labels that are bounds or ranks.
    bounds: HashMap<(&'static str, u64), u32>,
    /// How many samples there are.
    pushed: usize,
}

impl Builder {
    /// Without a family yet; texts are places in `input`.
    pub fn new(input: &str, names: Names, rules: Rules) -> Result<Self, OutOfMemory> {
        let mut page = Page::default();
        page.text.try_reserve(input.len())?;
        page.text.push_str(input);
        let (places, bounds) = (HashMap::new(), HashMap::new());
        Ok(Self { page, places, current: None, last: None, names, rules, bounds, pushed: 0 })
    }

    /// The page.
    pub fn finish(self) -> Page {
        self.page
    }

    fn is_strict(&self) -> bool {
        self.rules == Rules::Strict
    }

    /// A text that loses its escapes: of a label or a name if quotes are escaped in it.
    pub fn unescaped(&mut self, text: &str, has_quotes: bool) -> Result<Span, Problem> {
        let start = self.page.text.len();
        self.page.text.try_reserve(text.len()).map_err(OutOfMemory::from)?;
        let mut rest = text;
        while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
            self.page.text.push_str(&rest[..at]);
            let mut letters = rest[at + 1..].chars();
            match letters.next() {
                Some('n') => self.page.text.push('\n'),
                Some('\\') => self.page.text.push('\\'),
                Some('"') if has_quotes => self.page.text.push('"'),
                _ if self.is_strict() => {
                    let quote = if has_quotes { ", a quote" } else { "" };
                    return Err(format!("a backslash stands only before a backslash{quote} or an n").into());
                }
                letter => {
                    self.page.text.push('\\');
                    self.page.text.extend(letter);
                }
            }
            rest = letters.as_str();
        }
        self.page.text.push_str(rest);
        Ok(Span::new(start, self.page.text.len()))
    }

    /// The place of a text that the body does not have.
    pub fn push_text(&mut self, text: &str) -> Result<Span, Problem> {
        let start = self.page.text.len();
        if u32::try_from(start + text.len()).is_err() {
            return Err("its texts have more than 4 GiB in all".into());
        }
        self.page.text.try_reserve(text.len()).map_err(OutOfMemory::from)?;
        self.page.text.push_str(text);
        Ok(Span::new(start, self.page.text.len()))
    }

    /// A label that one sample has beside those of its series: a bound, or a rank. Gives the place behind its own.
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than bytes of the body")]
    pub fn own_label(&mut self, labels: Labels, name: &'static str, bound: f64) -> Result<u32, Problem> {
        let there = &self.page.labels[labels.first as usize..][..labels.count as usize];
        if there.iter().any(|(other, _)| other.of(&self.page.text) == name) {
            return Err(repeated(name));
        }
        let known = self.bounds.get(&(name, bound.to_bits())).copied();
        if let Some(place) = known {
            return Ok(place);
        }
        let text = (self.push_text(name)?, self.push_text(&bound_text(bound))?);
        self.page.labels.try_reserve(1).map_err(OutOfMemory::from)?;
        self.page.labels.push(text);
        let place = self.page.labels.len() as u32;
        self.bounds.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.bounds.insert((name, bound.to_bits()), place);
        Ok(place)
    }

    /// The text of a place.
    pub fn text(&self, span: Span) -> &str {
        span.of(&self.page.text)
    }

    /// How many characters the names and values of labels have.
    pub fn letters(&self, labels: Labels) -> usize {
        let labels = &self.page.labels[labels.first as usize..];
        let texts = labels.iter().flat_map(|&(name, value)| [name, value]);
        texts.map(|text| self.text(text).chars().count()).sum()
    }

    /// How many labels there are.
    #[inline]
    pub fn label_count(&self) -> usize {
        self.page.labels.len()
    }

    /// Adds a label to those from `first` on.
    #[inline]
    pub fn push_label(&mut self, first: usize, name: Span, value: Span) -> Result<(), Problem> {
        let Page { labels, text, .. } = &mut self.page;
        let own = name.of(text);
        if own == "__name__" {
            return Err("the name of a metric stands before its braces, or in quotes in them".into());
        }
        let before = &labels[first..];
        if before.len() < FEW && before.iter().any(|(other, _)| other.of(text) == own) {
            return Err(repeated(own));
        }
        labels.try_reserve(1).map_err(OutOfMemory::from)?;
        labels.push((name, value));
        Ok(())
    }

    /// The labels from `first` on, which are complete.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "there are fewer than bytes of the body")]
    pub fn labels_since(&self, first: usize) -> Result<Labels, Problem> {
        let count = self.page.labels.len() - first;
        if count > FEW {
            self.check_many(first)?;
        }
        Ok(Labels { first: first as u32, count: count as u32 })
    }

    #[cold]
    fn check_many(&self, first: usize) -> Result<(), Problem> {
        let mut seen = HashSet::new();
        let mut names = self.page.labels[first..].iter().map(|(name, _)| name.of(&self.page.text));
        names.find(|name| !seen.insert(*name)).map_or(Ok(()), |name| Err(repeated(name)))
    }

    /// Whether a text is all of another one, behind which a suffix may stand.
    fn suffix_behind(&self, family: usize, name: &str) -> Option<usize> {
        let own = self.page.families[family].name.of(&self.page.text);
        name.starts_with(own).then_some(own.len())
    }

    /// Whether a sample of this name belongs to a family.
    fn has(&self, family: usize, name: &str) -> bool {
        let Some(length) = self.suffix_behind(family, name) else {
            return false;
        };
        let suffix = &name[length..];
        let kind = self.page.families[family].kind;
        suffix.is_empty() || kind.is_some_and(|kind| self.names.have(kind, suffix))
    }

    /// The family of a sample of this name, if there is one.
    fn family_of(&self, name: &str) -> Option<usize> {
        if let Some(current) = self.current.filter(|&current| self.has(current, name)) {
            return Some(current);
        }
        if let Some(&place) = self.places.get(name) {
            return Some(place);
        }
        let mut suffixes = all_suffixes().iter().chain(&[TOTAL, CREATED]);
        suffixes.find_map(|suffix| {
            let place = *self.places.get(name.strip_suffix(suffix)?)?;
            self.has(place, name).then_some(place)
        })
    }

    /// A family of a name that there is not yet.
    fn begin(&mut self, name: Span) -> Result<usize, Problem> {
        let place = self.page.families.len();
        memory::check_step(place)?;
        self.page.families.try_reserve(1).map_err(OutOfMemory::from)?;
        self.places.try_reserve(1).map_err(|_| OutOfMemory)?;
        self.places.insert(name.of(&self.page.text).into(), place);
        self.page.families.push(Family { name, help: None, unit: None, kind: None, samples: Vec::new() });
        Ok(place)
    }

    /// Adds a sample to its family.
    #[inline]
    pub fn sample(
        &mut self,
        name: Span,
        labels: Labels,
        value: Number,
        extra: Option<Box<Extra>>,
    ) -> Result<(), Problem> {
        let text = &self.page.text;
        let family = match (self.current, self.last) {
            (Some(current), Some(last)) if last.of(text) == name.of(text) => current,
            _ => self.turn_to(name)?,
        };
        self.push(family, Sample { name, labels, own: 0, value, extra })
    }

    /// Adds a sample to a family.
    #[inline]
    pub fn push(&mut self, family: usize, sample: Sample) -> Result<(), Problem> {
        let samples = &mut self.page.families[family].samples;
        samples.try_reserve(1).map_err(OutOfMemory::from)?;
        samples.push(sample);
        self.pushed += 1;
        memory::check_step(self.pushed)?;
        Ok(())
    }

    /// Makes the family of a sample the current one.
    fn turn_to(&mut self, name: Span) -> Result<usize, Problem> {
        let family = match self.family_of(name.of(&self.page.text)) {
            Some(family) if self.is_strict() && self.current != Some(family) => {
                return Err(self.torn(family));
            }
            Some(family) => family,
            None => self.begin(name)?,
        };
        (self.current, self.last) = (Some(family), Some(name));
        Ok(family)
    }

    fn torn(&self, family: usize) -> Problem {
        let name = shortened(self.page.families[family].name.of(&self.page.text));
        format!("the lines of {name} do not stand together").into()
    }

    /// The family that a HELP, TYPE or UNIT line is about, or a message.
    pub fn described(&mut self, name: Span) -> Result<usize, Problem> {
        let known = self.places.get(name.of(&self.page.text)).copied();
        let family = match known {
            Some(family) if self.is_strict() && self.current != Some(family) => {
                return Err(self.torn(family));
            }
            Some(family) if self.is_strict() && !self.page.families[family].samples.is_empty() => {
                let name = shortened(name.of(&self.page.text));
                return Err(format!("it must stand before the samples of {name}").into());
            }
            Some(family) => family,
            None => self.begin(name)?,
        };
        (self.current, self.last) = (Some(family), None);
        Ok(family)
    }

    /// Takes what a HELP, TYPE or UNIT line says.
    pub fn describe(&mut self, name: Span, part: Part) -> Result<(), Problem> {
        let (family, is_strict) = (self.described(name)?, self.is_strict());
        let family = &mut self.page.families[family];
        let is_known = match part {
            Part::Help(help) => family.help.replace(help).is_some(),
            Part::Kind(kind) => family.kind.replace(kind).is_some(),
            Part::Unit(unit) => family.unit.replace(unit).is_some(),
        };
        if is_known && is_strict {
            let name = shortened(name.of(&self.page.text));
            return Err(format!("{name} has such a line already").into());
        }
        Ok(())
    }
}

fn repeated(name: &str) -> Problem {
    format!("the label {} is there twice", shortened(name)).into()
}
