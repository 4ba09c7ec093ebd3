//! Rules on histograms and summaries: whether their buckets can be used, and are.

use std::collections::BTreeMap;

use super::about::About;
use super::series::{Reading, Series};
use super::{Limits, Problem, Rule};
use crate::kind::Kind;
use crate::number::bound_text;

/// The observations below which nothing is said of where they are.
const FEW: f64 = 100.0;

/// What was seen of the observations of a family.
#[derive(Debug, Default)]
pub(super) struct Observations {
    series: usize,
    total: f64,
    /// The most buckets of a series.
    buckets: usize,
    /// The bounds of the last series, and the observations in each bucket of the series that have these.
    bounds: Vec<f64>,
    counts: Vec<f64>,
    /// The observations in the buckets of other series, by the order of their bounds.
    others: BTreeMap<u64, (f64, f64)>,
    /// The observations above the highest bound, where there is one.
    above: f64,
    broken: Option<(String, Vec<(String, String)>)>,
    broken_count: usize,
}

/// A number that orders floats as they are.
fn order(bound: f64) -> u64 {
    let bits = bound.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

impl Observations {
    pub fn take(&mut self, series: &Series<'_>) {
        self.series += 1;
        match series.reading {
            Reading::Histogram { bounds, counts, count, broken, .. } => {
                self.buckets = self.buckets.max(bounds.len());
                self.total += count.or(counts.last().copied()).unwrap_or(0.0);
                if let Some(wrong) = broken.map(str::to_owned).or_else(|| wrong_with(bounds, counts, count)) {
                    self.note_broken(wrong, series);
                } else {
                    self.take_buckets(bounds, counts);
                }
            }
            Reading::Summary { ranks, count, broken, .. } => {
                self.total += count.unwrap_or(1.0);
                let wrong = ranks
                    .iter()
                    .find(|rank| !(0.0..=1.0).contains(*rank))
                    .map(|rank| format!("a quantile is {}, and not from 0 to 1", bound_text(*rank)));
                if let Some(wrong) = broken.map(str::to_owned).or(wrong) {
                    self.note_broken(wrong, series);
                }
            }
            Reading::Number(_) | Reading::State => (),
        }
    }

    fn note_broken(&mut self, wrong: String, series: &Series<'_>) {
        self.broken_count += 1;
        self.broken.get_or_insert_with(|| (wrong, series.owned()));
    }

    fn take_buckets(&mut self, bounds: &[f64], counts: &[f64]) {
        if self.bounds != bounds {
            self.put_away();
            self.bounds = bounds.to_vec();
            self.counts = vec![0.0; bounds.len()];
        }
        let mut below = 0.0;
        for (sum, &count) in self.counts.iter_mut().zip(counts) {
            *sum += count - below;
            below = count;
        }
        // With a single bucket, which is that of +Inf, the native ones say where the observations are.
        if let [.., before, last] = counts {
            self.above += last - before;
        }
    }

    /// Adds the counts of the series so far to those of others.
    fn put_away(&mut self) {
        for (bound, count) in self.bounds.drain(..).zip(self.counts.drain(..)) {
            self.others.entry(order(bound)).or_insert((bound, 0.0)).1 += count;
        }
    }

    /// The upper bounds of the buckets that have observations.
    fn used(&self) -> Vec<f64> {
        let mut all = self.others.clone();
        for (&bound, &count) in self.bounds.iter().zip(&self.counts) {
            all.entry(order(bound)).or_insert((bound, 0.0)).1 += count;
        }
        all.into_values().filter(|&(_, count)| count > 0.0).map(|(bound, _)| bound).collect()
    }

    pub fn check(&self, about: &About, limits: &Limits, problems: &mut Vec<Problem>) {
        if self.series == 0 {
            return;
        }
        if let Some((wrong, labels)) = &self.broken {
            let rule = if about.kind == Kind::Summary { Rule::BrokenQuantiles } else { Rule::BrokenBuckets };
            let more = if self.broken_count > 1 {
                format!(" ({} series are so)", self.broken_count)
            } else {
                String::new()
            };
            problems
                .push(Problem { labels: labels.clone(), ..about.problem(rule, format!("{wrong}{more}")) });
        }
        if self.buckets > limits.buckets {
            let text = format!(
                "it has {} buckets, and {} is the limit: each is a series for every set of labels; leave out bounds that you \
                 do not ask for, or use native buckets",
                self.buckets, limits.buckets
            );
            problems.push(about.problem(Rule::TooManyBuckets, text));
        }
        if self.total == 0.0 && about.kind != Kind::GaugeHistogram {
            let text = "none of its series has an observation: observe something, or remove it";
            problems.push(about.problem(Rule::NoObservations, text));
        }
        if about.kind == Kind::Histogram && self.buckets > 1 && self.total >= FEW {
            self.check_bounds(about, problems);
        }
    }

    /// Whether the bounds tell the observations apart.
    fn check_bounds(&self, about: &About, problems: &mut Vec<Problem>) {
        if self.above > self.total / 2.0 {
            #[expect(clippy::cast_possible_truncation, reason = "it is a percentage")]
            let percent = (100.0 * self.above / self.total) as i64;
            let text = format!(
                "{percent} % of its observations are above its highest bound, so that quantiles are not known: add higher \
                 bounds, or see whether the unit is that of the bounds"
            );
            problems.push(about.problem(Rule::MostAboveBounds, text));
        } else if let ([bound], true) = (&*self.used(), self.buckets > 2) {
            let text = format!(
                "all of its {} observations are in one bucket, le=\"{}\": choose bounds around what is observed",
                self.total,
                bound_text(*bound)
            );
            problems.push(about.problem(Rule::OneBucket, text));
        }
    }
}

/// What is wrong with buckets that are ascending.
fn wrong_with(bounds: &[f64], counts: &[f64], count: Option<f64>) -> Option<String> {
    let Some((&bound, &last)) = bounds.last().zip(counts.last()) else {
        return Some("it has no buckets: write at least le=\"+Inf\"".to_owned());
    };
    if bound < f64::INFINITY {
        return Some(
            "it has no bucket le=\"+Inf\", without which servers compute no quantiles: add it".to_owned(),
        );
    }
    if let Some(place) = counts.windows(2).position(|pair| pair[1] < pair[0]) {
        return Some(format!(
            "the bucket le=\"{}\" has fewer observations than the one before it: counts of buckets are cumulative",
            bound_text(bounds[place + 1])
        ));
    }
    count.filter(|count| count.total_cmp(&last).is_ne()).map(|count| {
        format!("its count is {count}, but the bucket le=\"+Inf\" has {last}: both are the number of all observations")
    })
}
