//! Rules on values: counters that do not count, and numbers that are not finite.

use super::about::About;
use super::series::{Reading, Series};
use super::{Problem, Rule};
use crate::kind::Kind;
use crate::number::float_text;

/// Values that are not as they should be.
#[derive(Debug, Default)]
struct Odd {
    count: usize,
    /// The first of them, and the labels of its series.
    first: Option<(f64, Vec<(String, String)>)>,
}

impl Odd {
    fn take(&mut self, value: f64, series: &Series<'_>) {
        self.count += 1;
        self.first.get_or_insert_with(|| (value, series.owned()));
    }

    fn problem(&self, about: &About, rule: Rule, words: impl Fn(&str) -> String) -> Option<Problem> {
        let (value, labels) = self.first.as_ref()?;
        let more = if self.count > 1 { format!(" ({} series are so)", self.count) } else { String::new() };
        let text = words(&float_text(*value)) + &more;
        Some(Problem { labels: labels.clone(), ..about.problem(rule, text) })
    }
}

/// What was seen of the values of a family.
#[derive(Debug, Default)]
pub(super) struct Values {
    of_counters: Odd,
    of_others: Odd,
    sums: Odd,
}

impl Values {
    #[inline]
    pub fn take(&mut self, kind: Kind, value: f64, series: &Series<'_>) {
        if kind == Kind::Counter {
            if !(0.0..f64::INFINITY).contains(&value) {
                self.of_counters.take(value, series);
            }
        } else if !value.is_finite() {
            self.of_others.take(value, series);
        }
    }

    /// Takes the sum of observations.
    pub fn take_sum(&mut self, series: &Series<'_>) {
        if let Reading::Histogram { sum: Some(sum), .. } | Reading::Summary { sum: Some(sum), .. } =
            series.reading
        {
            if !sum.is_finite() {
                self.sums.take(sum, series);
            }
        }
    }

    pub fn check(&self, about: &About, problems: &mut Vec<Problem>) {
        problems.extend(self.of_counters.problem(about, Rule::CounterValue, |value| {
            format!("a counter begins at 0 and grows, but this one is {value}: rate() makes nothing of it; use a gauge")
        }));
        problems.extend(self.of_others.problem(about, Rule::NonFiniteValue, |value| {
            format!("a value is {value}, which sums and averages become too: leave out a series whose value is not known")
        }));
        problems.extend(self.sums.problem(about, Rule::NonFiniteValue, |value| {
            format!("the sum of the observations is {value} and will stay so: do not observe what is not a finite number")
        }));
    }
}
