//! What is known of a family before its series come, which all rules look at.

use super::{Problem, Rule};
use crate::kind::{CREATED, Kind};

/// What is known of a family before its series come.
#[derive(Debug, Clone)]
pub struct About {
    /// Its name in the text format.
    pub name: String,
    /// Its HELP text; empty is none.
    pub help: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether its samples are facts, which have a long life and are meant to be in labels.
    pub is_info: bool,
}

impl About {
    /// Of a family of this name, text and kind.
    #[must_use]
    pub fn new(name: &str, help: &str, kind: Kind) -> Self {
        let is_info =
            kind == Kind::Info || kind.traits().text == "gauge" && name.ends_with(Kind::Info.added());
        Self { name: name.to_owned(), help: help.to_owned(), kind, is_info }
    }

    /// Its name in OpenMetrics.
    pub(super) fn openmetrics_base(&self) -> &str {
        self.kind.without_given(&self.name).unwrap_or_else(|| self.kind.base_of(&self.name))
    }

    /// Whether it has the times at which the series of another family began, which `prometheus_client` writes as a gauge
    /// beside that family, with its HELP text, since the text format has no samples for them.
    pub(super) fn is_created_of(&self, other: &Self) -> bool {
        self.kind == Kind::Gauge
            && other.kind.traits().counts
            && self.name.strip_suffix(CREATED) == Some(other.openmetrics_base())
            && self.help == other.help
    }

    /// A problem of it.
    pub(super) fn problem(&self, rule: Rule, text: impl Into<String>) -> Problem {
        Problem { family: self.name.clone(), rule, text: text.into(), labels: Vec::new() }
    }

    /// Whether its samples are written as one number in the text format, which has fewer types: an info is a gauge there.
    pub(super) fn is(&self, kind: Kind) -> bool {
        self.kind.traits().text == kind.traits().text
    }
}
