//! Families as they are written: samples one by one, of which series are made again.

use std::collections::HashMap;

use super::series::{Reading, Series, owned};
use super::{About, Linter};
use crate::kind::{CREATED, Kind, Part};
use crate::labels::{self, Pair};
use crate::memory::{self, OutOfMemory};
use crate::parse::FamilyView;
use crate::report::full_name;

/// A series of which not all samples may have come.
#[derive(Debug, Default)]
struct Pending {
    labels: Vec<(String, String)>,
    /// Bounds and counts, or ranks and values.
    points: Vec<(f64, f64)>,
    count: Option<f64>,
    sum: Option<f64>,
    broken: Option<&'static str>,
    /// Whether a sample came twice.
    repeated: bool,
}

/// Takes the samples of one family after the other, and gives their series to a linter.
#[derive(Debug)]
pub struct Written<'a> {
    linter: &'a mut Linter,
    base: String,
    kind: Kind,
    series: Vec<Pending>,
    /// The places of the series by the hashes of their labels.
    places: HashMap<u64, usize>,
}

impl<'a> Written<'a> {
    /// Gives them to this linter.
    pub fn new(linter: &'a mut Linter) -> Self {
        Self { linter, base: String::new(), kind: Kind::Untyped, series: Vec::new(), places: HashMap::new() }
    }

    /// Begins a family, and ends the one before it.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn begin(&mut self, about: About) -> Result<(), OutOfMemory> {
        self.end()?;
        self.kind = about.kind;
        about.kind.base_of(&about.name).clone_into(&mut self.base);
        self.linter.begin(about);
        Ok(())
    }

    /// Takes a whole family of a page that was parsed.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn parsed(&mut self, family: FamilyView<'_>) -> Result<(), OutOfMemory> {
        let kind = family.kind().unwrap_or(Kind::Untyped);
        // In OpenMetrics, the name of a counter or an info lacks the ending that its samples have.
        let first = family.samples().next();
        let name = first.map_or_else(
            || family.name().to_owned(),
            |first| full_name(family.name(), kind, Some(first.name())),
        );
        self.begin(About::new(&name, family.help(), kind))?;
        let mut labels: Vec<Pair<'_>> = Vec::new();
        for sample in family.samples() {
            labels.clear();
            labels.extend(sample.labels());
            self.sample(sample.name(), &labels, sample.value().as_f64())?;
        }
        Ok(())
    }

    /// Takes a sample of the family: its name with its suffix, all its labels, and its value.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn sample(&mut self, name: &str, labels: &[Pair<'_>], value: f64) -> Result<(), OutOfMemory> {
        if self.kind.traits().counts && name.strip_suffix(CREATED) == Some(self.kind.stem_of(&self.base)) {
            return Ok(());
        }
        let suffix = name.strip_prefix(&*self.base).unwrap_or("");
        match self.kind {
            Kind::Histogram | Kind::GaugeHistogram => self.observed(suffix, Part::Bucket, labels, value),
            Kind::Summary => self.observed(suffix, Part::Quantile, labels, value),
            Kind::Info | Kind::StateSet => self.linter.series(&Series { labels, reading: Reading::State }),
            Kind::Counter | Kind::Gauge | Kind::Untyped => {
                self.linter.series(&Series { labels, reading: Reading::Number(value) })
            }
        }
    }

    /// Takes a sample of a histogram or a summary.
    fn observed(
        &mut self,
        suffix: &str,
        part: Part,
        labels: &[Pair<'_>],
        value: f64,
    ) -> Result<(), OutOfMemory> {
        let is_point = suffix == self.kind.suffix(part);
        let label = self.kind.own_label().unwrap_or_default();
        let own: Vec<Pair<'_>> =
            labels.iter().copied().filter(|&(name, _)| !(is_point && name == label)).collect();
        let is_count = suffix == self.kind.suffix(Part::Count);
        let is_sum = suffix == self.kind.suffix(Part::Sum);
        let series = self.pending(&own)?;
        if is_count {
            series.repeated |= series.count.replace(value).is_some();
        } else if is_sum {
            series.repeated |= series.sum.replace(value).is_some();
        } else if is_point {
            let text = labels.iter().find(|&&(name, _)| name == label).map(|&(_, text)| text);
            match (text.map(str::parse::<f64>), part) {
                (Some(Ok(point)), _) if !point.is_nan() => {
                    series.points.try_reserve(1)?;
                    // The two zeros are one bound.
                    series.points.push((point + 0.0, value));
                }
                (None, Part::Bucket) => {
                    series.broken = Some("a bucket has no label le: give it the upper bound");
                }
                (None, _) => {
                    series.broken = Some("a sample has no label quantile: give it the rank, such as 0.99");
                }
                (Some(_), Part::Bucket) => {
                    series.broken = Some("a label le is not a number: give the upper bound");
                }
                (Some(_), _) => {
                    series.broken = Some("a label quantile is not a number: give the rank, such as 0.99");
                }
            }
        }
        Ok(())
    }

    /// The series of these labels. Its samples mostly follow each other.
    fn pending(&mut self, labels: &[Pair<'_>]) -> Result<&mut Pending, OutOfMemory> {
        let is_last = self.series.last().is_some_and(|last| {
            last.labels.len() == labels.len()
                && last.labels.iter().zip(labels).all(|(own, pair)| own.0 == pair.0 && own.1 == pair.1)
        });
        let place = if is_last {
            self.series.len() - 1
        } else {
            memory::check_step(self.series.len())?;
            self.series.try_reserve(1)?;
            self.places.try_reserve(1)?;
            let hash = labels::hash(&self.linter.hasher, labels);
            let place = *self.places.entry(hash).or_insert(self.series.len());
            if place == self.series.len() {
                self.series.push(Pending { labels: owned(labels), ..Pending::default() });
            }
            place
        };
        Ok(&mut self.series[place])
    }

    /// Ends the last family.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn end(&mut self) -> Result<(), OutOfMemory> {
        self.places.clear();
        for mut pending in self.series.drain(..) {
            let labels: Vec<Pair<'_>> =
                pending.labels.iter().map(|(name, value)| (&**name, &**value)).collect();
            pending.points.sort_by(|left, right| left.0.total_cmp(&right.0));
            let before = pending.points.len();
            pending.points.dedup_by(|later, earlier| later.0.total_cmp(&earlier.0).is_eq());
            let repeated = pending.repeated || pending.points.len() < before;
            let (points, values): (Vec<f64>, Vec<f64>) = pending.points.iter().copied().unzip();
            let (count, sum, broken) = (pending.count, pending.sum, pending.broken);
            let reading = if self.kind == Kind::Summary {
                Reading::Summary { ranks: &points, count, sum, broken }
            } else {
                Reading::Histogram { bounds: &points, counts: &values, count, sum, broken }
            };
            self.linter.series(&Series { labels: &labels, reading })?;
            if repeated {
                self.linter.series(&Series { labels: &labels, reading: Reading::State })?;
            }
        }
        self.linter.end();
        Ok(())
    }
}
