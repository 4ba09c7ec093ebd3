//! Advice: what is added to the messages of PyPI's aioprometheus 23.12.0, which name neither the metric nor a remedy.

use super::{Error, Mistake};
use crate::kind::Kind;
use crate::metric::CounterError;
use crate::metric::histogram::BoundsError;
use crate::name::{Escaping, LabelNameError};

impl Error {
    /// The metric's name and what to do, for errors whose message is that of 23.12.0 and says neither.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        Some(match self {
            Self::MetricName { name } if name.is_empty() => {
                "give the metric a name, such as 'requests_total'".to_owned()
            }
            Self::MetricName { name } => format!(
                "the name of a metric must match [a-zA-Z_:][a-zA-Z0-9_:]*; call it '{}', or let names be any text \
                 with aioprometheus.names.allow_utf8(), before the metric is made",
                legal_metric_name(name)
            ),
            Self::Metric { metric, mistake } => format!("{metric}: {}", advice(mistake)?),
            _ => return None,
        })
    }
}

/// What to do about a mistake whose message does not say so.
fn advice(mistake: &Mistake) -> Option<String> {
    Some(match mistake {
        Mistake::LabelName(LabelNameError::Reserved { name }) => {
            let (owner, other) = match name.as_str() {
                "job" => ("Prometheus gives it to every series, with the name of the scrape job", "job_name"),
                name => Kind::that_reserves(name).map_or(("", ""), |kind| kind.traits().advice),
            };
            format!("the label name '{name}' is reserved: {owner}; use another one, such as '{other}'")
        }
        Mistake::LabelName(LabelNameError::Prefix { name }) => format!(
            "label names that begin with __ are reserved: Prometheus uses them internally; use another one, such as \
             '{}'",
            legal_label_name(name)
        ),
        Mistake::LabelName(LabelNameError::Syntax { name }) => format!(
            "call the label '{}', or let names be any text with aioprometheus.names.allow_utf8(), before the metric \
             is made",
            legal_label_name(name)
        ),
        Mistake::Counter(CounterError::Decrease) => {
            "a counter only goes up: give a number that is not negative, or make it a Gauge, which goes down too"
                .to_owned()
        }
        Mistake::Bounds(BoundsError::Order) => {
            "give the upper bounds of the buckets in ascending order: buckets=sorted(bounds)".to_owned()
        }
        Mistake::Bounds(BoundsError::Count) => {
            "give one finite upper bound at least, such as buckets=[0.1, 1, 10]; +Inf is added by itself. Without \
             buckets= there are bounds for seconds, from 0.005 to 10"
                .to_owned()
        }
        _ => return None,
    })
}

/// A legal name that looks like `name`: without labels in braces and space around it.
fn legal_metric_name(name: &str) -> String {
    let base = name.split('{').next().unwrap_or_default().trim();
    let base = if base.is_empty() { "metric" } else { base };
    Escaping::Underscores.metric_name(&not_digit_first(base)).into_owned()
}

/// A label name that is legal, and not reserved, and looks like `name`.
fn legal_label_name(name: &str) -> String {
    let base = name.trim().trim_start_matches('_');
    let base = if base.is_empty() { "label" } else { base };
    Escaping::Underscores.label_name(&not_digit_first(base)).into_owned()
}

fn not_digit_first(name: &str) -> String {
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("_{name}") } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::{is_label_name, is_metric_name};

    #[test]
    fn names_that_are_proposed_are_legal() {
        for (name, metric, label) in [
            ("requests-total", "requests_total", "requests_total"),
            ("http.requests", "http_requests", "http_requests"),
            ("a b\n", "a_b", "a_b"),
            ("1st", "_1st", "_1st"),
            ("a{b=\"c\"}", "a", "a_b__c__"),
            ("{}", "metric", "__"),
            ("__name__", "__name__", "name__"),
            ("a:b", "a:b", "a_b"),
            ("__", "__", "label"),
        ] {
            assert_eq!(legal_metric_name(name), metric);
            assert!(is_metric_name(metric), "{name}");
            if name != "{}" {
                assert_eq!(legal_label_name(name), label);
                assert!(is_label_name(label) && !label.starts_with("__"), "{name}");
            }
        }
    }

    #[test]
    fn advice_names_the_metric() {
        let name = "le".to_owned();
        for mistake in [
            LabelNameError::Reserved { name: name.clone() }.into(),
            LabelNameError::Prefix { name }.into(),
            CounterError::Decrease.into(),
            BoundsError::Order.into(),
            Mistake::from(BoundsError::Count),
        ] {
            let error = Error::of("m", mistake);
            assert!(error.advice().is_some_and(|advice| advice.starts_with("m: ")), "{error}");
        }
        assert_eq!(Error::of("m", LabelNameError::Unreadable).advice(), None);
    }
}
