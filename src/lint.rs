//! Lint: what is wrong with families, by rules that are small functions, over what a registry or an exposition has.
//!
//! A family is looked at once: [`Linter::begin`], each of its series, [`Linter::end`]. What grows with the series is a hash
//! of each series and of each label value; everything else is counts and a few examples.

mod about;
mod clash;
mod family;
mod help;
mod histogram;
mod identifier;
mod labels;
mod name;
mod rule;
mod series;
mod unit;
mod value;
mod visit;
mod written;

use hashbrown::DefaultHashBuilder;

pub use about::About;
pub use rule::{Rule, Severity};
pub use series::{Reading, Series};
pub use written::Written;

use crate::exposition::Block;
use crate::memory::OutOfMemory;
use clash::Clashes;
use family::Family;

/// How much is too much.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many values a label may have in one family.
    pub values_per_label: usize,
    /// How many series a family may have.
    pub series: usize,
    /// How many buckets a histogram may have.
    pub buckets: usize,
    /// How many bytes a label value may have.
    pub value_length: usize,
}

impl Default for Limits {
    /// Source of the first: Prometheus' "Instrumentation", which asks to look for another way above 100. The second is a
    /// tenth of what its documentation takes for a small server.
    fn default() -> Self {
        Self { values_per_label: 100, series: 10_000, buckets: 50, value_length: 256 }
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The family, by its name in the text format.
    pub family: String,
    /// The rule.
    pub rule: Rule,
    /// What is wrong, and what to do.
    pub text: String,
    /// The labels that are meant, if it is not the whole family.
    pub labels: Vec<(String, String)>,
}

/// What was looked at, and what is wrong with it.
#[derive(Debug, Default)]
pub struct Findings {
    /// How many families there were.
    pub families: usize,
    /// How many series they had.
    pub series: usize,
    /// Everything that is wrong, by family; what is worst comes first.
    pub problems: Vec<Problem>,
}

/// Looks at families one after the other, and then at what they are to each other.
#[derive(Debug)]
pub struct Linter {
    limits: Limits,
    hasher: DefaultHashBuilder,
    current: Option<Family>,
    clashes: Clashes,
    findings: Findings,
}

impl Linter {
    /// Has seen nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        let hasher = DefaultHashBuilder::default();
        Self { limits, hasher, current: None, clashes: Clashes::default(), findings: Findings::default() }
    }

    /// Begins a family, and ends the one before it.
    pub fn begin(&mut self, about: About) {
        self.end();
        self.current = Some(Family::new(about, self.limits, self.hasher.clone()));
    }

    /// Takes a series of the family that has begun.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn series(&mut self, series: &Series<'_>) -> Result<(), OutOfMemory> {
        match &mut self.current {
            Some(family) => family.series(series),
            None => Ok(()),
        }
    }

    /// Ends the family, and looks for what is wrong with it.
    pub fn end(&mut self) {
        if let Some(family) = self.current.take() {
            self.findings.families += 1;
            self.findings.series += family.count();
            self.findings.problems.extend(family.problems());
            self.clashes.add(family.into_about());
        }
    }

    /// Looks at a family of a registry, or at a report in its place.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn block(&mut self, block: &Block) -> Result<(), OutOfMemory> {
        visit::block(self, block)
    }

    /// Notes a problem that was found elsewhere.
    pub fn note(&mut self, problem: Problem) {
        self.findings.problems.push(problem);
    }

    /// Ends the last family, and looks for what is wrong with all of them together.
    #[must_use]
    pub fn finish(mut self) -> Findings {
        self.end();
        let mut findings = self.findings;
        findings.problems.extend(self.clashes.problems());
        findings.problems.sort_by(|left, right| {
            let key = |problem: &Problem| (problem.rule.severity(), problem.rule);
            left.family.cmp(&right.family).then_with(|| key(left).cmp(&key(right)))
        });
        findings
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
