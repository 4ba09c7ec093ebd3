//! One family while it is looked at: what is known of it, what its series have told so far, and its problems.

use hashbrown::{DefaultHashBuilder, HashSet};

use super::about::About;
use super::histogram::Observations;
use super::labels::Labels;
use super::series::{Reading, Series};
use super::value::Values;
use super::{Limits, Problem, Rule, help, name};
use crate::memory::{self, OutOfMemory};

/// A family while it is looked at.
#[derive(Debug)]
pub(super) struct Family {
    about: About,
    limits: Limits,
    hasher: DefaultHashBuilder,
    /// The hashes of what servers know its series by.
    identities: HashSet<u64, DefaultHashBuilder>,
    count: usize,
    repeated: Repeated,
    labels: Labels,
    values: Values,
    observations: Observations,
}

/// Series that were there before.
#[derive(Debug, Default)]
struct Repeated {
    count: usize,
    first: Option<Vec<(String, String)>>,
}

impl Family {
    pub fn new(about: About, limits: Limits, hasher: DefaultHashBuilder) -> Self {
        Self {
            limits,
            identities: HashSet::with_hasher(hasher.clone()),
            count: 0,
            repeated: Repeated::default(),
            labels: Labels::new(limits.value_length, !about.is_info),
            values: Values::default(),
            observations: Observations::default(),
            about,
            hasher,
        }
    }

    /// Takes one series.
    pub fn series(&mut self, series: &Series<'_>) -> Result<(), OutOfMemory> {
        memory::check_step(self.count)?;
        self.count += 1;
        self.identities.try_reserve(1).map_err(|_| OutOfMemory)?;
        if !self.identities.insert(series.identity(&self.hasher)) {
            self.repeated.count += 1;
            self.repeated.first.get_or_insert_with(|| series.owned());
        }
        self.labels.take(series, &self.hasher)?;
        match series.reading {
            Reading::Number(number) => self.values.take(self.about.kind, number, series),
            Reading::Histogram { .. } | Reading::Summary { .. } => {
                self.observations.take(series);
                self.values.take_sum(series);
            }
            Reading::State => (),
        }
        Ok(())
    }

    /// How many series it had.
    pub fn count(&self) -> usize {
        self.count
    }

    /// What is wrong with it.
    pub fn problems(&self) -> Vec<Problem> {
        let about = &self.about;
        let mut problems = Vec::new();
        help::check(about, &mut problems);
        name::check(about, &mut problems);
        self.labels.check(about, &self.limits, &mut problems);
        self.values.check(about, &mut problems);
        self.observations.check(about, &self.limits, &mut problems);
        if let Some(first) = &self.repeated.first {
            let count = self.repeated.count;
            let text = format!(
                "{count} series {} there before, with the same labels: a server keeps one value, or refuses all of them; \
                 give each series labels of its own",
                if count == 1 { "was" } else { "were" }
            );
            let problem = about.problem(Rule::DuplicateSeries, text);
            problems.push(Problem { labels: first.clone(), ..problem });
        }
        if self.count > self.limits.series {
            problems.push(about.problem(
                Rule::TooManySeries,
                format!(
                    "it has {} series, and {} is the limit: leave out a label, or limit its values (max_series=)",
                    self.count, self.limits.series
                ),
            ));
        }
        problems
    }

    pub fn into_about(self) -> About {
        self.about
    }
}
