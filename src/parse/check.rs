//! The letter of the formats, for what one line alone does not show.
//!
//! Source: Prometheus, "Exposition formats", and OpenMetrics 1.0. Text 0.0.4 says little of values, so less is checked there:
//! sums may be negative, and the samples of a series may stand apart.

use std::collections::HashSet;

use super::build::Names;
use super::page::{FamilyView, Page};
use super::problem::{Problem, shortened};
use super::{Format, ParseError};
use crate::kind::Kind;

mod histogram;
mod samples;
mod series;

use samples::Samples;

/// Checks all families.
pub(super) fn page(page: &Page, input: &str, format: Format) -> Result<(), ParseError> {
    let names = if format == Format::OpenMetrics { Names::OpenMetrics } else { Names::Text };
    let mut taken = HashSet::new();
    for family in page.families() {
        let checked = Family { name: family.name(), kind: family.kind().unwrap_or(Kind::Untyped), names };
        let place = family.place();
        checked.check_names(&mut taken).map_err(|problem| at(problem, input, place))?;
        checked.check_unit(&family).map_err(|problem| at(problem, input, place))?;
        Samples::check(checked, &family).map_err(|(problem, place)| at(problem, input, place))?;
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

impl Family<'_> {
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

    fn has_buckets(self) -> bool {
        matches!(self.kind, Kind::Histogram | Kind::GaugeHistogram)
    }

    /// Whether samples may be called as the family is.
    fn has_bare_name(self) -> bool {
        matches!(self.kind, Kind::Gauge | Kind::Untyped | Kind::Summary | Kind::StateSet)
            || (!self.is_openmetrics() && self.kind != Kind::Histogram)
    }
}
