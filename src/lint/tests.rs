use std::sync::Arc;

use super::*;
use crate::access::Shared;
use crate::family::{AnyFamily, Descriptor, Family};
use crate::kind::Kind;
use crate::labels::Pair;
use crate::metric::histogram::{Bounds, Spec};
use crate::metric::{Histogram, Number, Value};

/// The rules that a family breaks, of numbers with these labels.
fn rules(name: &str, help: &str, kind: Kind, series: &[(&[Pair<'_>], f64)]) -> Vec<Rule> {
    let mut linter = Linter::new(Limits::default());
    linter.begin(About::new(name, help, kind));
    for &(labels, value) in series {
        linter.series(&Series { labels, reading: Reading::Number(value) }).unwrap();
    }
    let mut rules: Vec<Rule> = linter.finish().problems.into_iter().map(|problem| problem.rule).collect();
    rules.sort_unstable();
    rules
}

fn names(name: &str, kind: Kind) -> Vec<Rule> {
    rules(name, "What it is.", kind, &[])
}

#[test]
fn rules_have_names_of_their_own() {
    for rule in Rule::ALL {
        assert_eq!(Rule::from_id(rule.id()), Some(*rule));
        assert!(rule.summary().ends_with('.'));
        assert!(rule.id().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{rule}");
    }
    assert_eq!(Rule::from_id("nothing"), None);
}

#[test]
fn names_are_checked() {
    for (name, kind, expected) in [
        ("x_seconds_total", Kind::Counter, &[][..]),
        ("x_seconds", Kind::Counter, &[Rule::CounterWithoutTotal]),
        ("x_bytes_total", Kind::Gauge, &[Rule::TotalWithoutCounter]),
        ("x_bytes_total", Kind::Untyped, &[]),
        ("x_timestamp_seconds", Kind::Gauge, &[]),
        ("x_timestamp_seconds", Kind::Histogram, &[Rule::TimestampWithoutGauge]),
        ("x_bucket", Kind::Gauge, &[Rule::ReservedSuffix]),
        ("x_bucket", Kind::Summary, &[Rule::ReservedSuffix]),
        ("x_count", Kind::Gauge, &[Rule::ReservedSuffix]),
        ("x_count", Kind::Summary, &[]),
        ("x_sum", Kind::Info, &[Rule::ReservedSuffix]),
        ("x_sum", Kind::Untyped, &[]),
        ("x_milliseconds", Kind::Gauge, &[Rule::UnitNotBase]),
        ("thermometers", Kind::Gauge, &[]),
        ("x_ms", Kind::Gauge, &[Rule::UnitAbbreviated]),
        ("ms_x", Kind::Gauge, &[]),
        ("x_KB_y", Kind::Gauge, &[Rule::UnitAbbreviated]),
        ("x_gauge", Kind::Gauge, &[Rule::TypeInName]),
        ("x_HISTOGRAM_y", Kind::Histogram, &[Rule::TypeInName]),
        ("x_histogram_y", Kind::Gauge, &[]),
        ("x_gauge", Kind::Untyped, &[]),
        ("gauge_x", Kind::Gauge, &[]),
        ("a:b", Kind::Gauge, &[Rule::ColonInName]),
        ("requestDuration", Kind::Gauge, &[Rule::CamelCase]),
        ("HTTP_requests", Kind::Gauge, &[]),
    ] {
        assert_eq!(names(name, kind), expected, "{name}");
    }
}

#[test]
fn help_says_more_than_the_name() {
    for (help, expected) in [
        ("", &[Rule::HelpMissing][..]),
        ("  ", &[Rule::HelpMissing]),
        ("x_bytes", &[Rule::HelpRepeatsName]),
        ("The number of x bytes (gauge)", &[Rule::HelpRepeatsName]),
        ("Bytes of x that wait", &[]),
    ] {
        assert_eq!(rules("x_bytes", help, Kind::Gauge, &[]), expected, "{help}");
    }
}

#[test]
fn labels_are_checked() {
    for (name, kind, expected) in [
        ("le", Kind::Gauge, &[Rule::ReservedLabel][..]),
        ("le", Kind::Untyped, &[]),
        ("quantile", Kind::Gauge, &[Rule::ReservedLabel]),
        ("__x", Kind::Gauge, &[Rule::ReservedLabelName]),
        ("httpService", Kind::Gauge, &[Rule::CamelCase]),
        ("job", Kind::Gauge, &[Rule::TargetLabel]),
        ("service", Kind::Gauge, &[]),
    ] {
        assert_eq!(rules("x", "What it is.", kind, &[(&[(name, "v")], 1.0)]), expected, "{name}");
    }
}

/// The rules that a gauge breaks whose label has these values.
fn of_values(name: &str, values: &[String]) -> Vec<Rule> {
    let labels: Vec<[Pair<'_>; 1]> = values.iter().map(|value| [("v", &**value)]).collect();
    let series: Vec<(&[Pair<'_>], f64)> = labels.iter().map(|labels| (&labels[..], 1.0)).collect();
    rules(name, "What it is.", Kind::Gauge, &series)
}

#[test]
fn label_values_are_counted() {
    let many = |count: usize| (0..count).map(|n| format!("v{n}")).collect::<Vec<_>>();
    assert_eq!(of_values("x", &many(100)), []);
    assert_eq!(of_values("x", &many(101)), [Rule::TooManyValues]);
    assert_eq!(of_values("x", &many(10_001)), [Rule::TooManyValues, Rule::TooManySeries]);
    assert_eq!(of_values("x", &["v".repeat(256)]), []);
    assert_eq!(of_values("x", &["é".repeat(129)]), [Rule::LongLabelValue]);
    let ids = |count: u64| (0..count).map(|n| format!("{:016x}", n + 0xfeed_0000_0000)).collect::<Vec<_>>();
    assert_eq!(of_values("x", &ids(1)), []);
    assert_eq!(of_values("x", &ids(2)), [Rule::IdInLabel]);
    assert_eq!(of_values("x_info", &ids(2)), []);
}

#[test]
fn a_series_is_there_once() {
    let twice: &[(&[Pair<'_>], f64)] = &[(&[("a", "1"), ("b", "2")], 1.0), (&[("b", "2"), ("a", "1")], 2.0)];
    assert_eq!(rules("x", "What it is.", Kind::Gauge, twice), [Rule::DuplicateSeries]);
    let empty: &[(&[Pair<'_>], f64)] = &[(&[], 1.0), (&[("a", "")], 2.0)];
    assert_eq!(rules("x", "What it is.", Kind::Gauge, empty), [Rule::DuplicateSeries]);
    let others: &[(&[Pair<'_>], f64)] = &[(&[("a", "b")], 1.0), (&[("b", "a")], 2.0), (&[], 1.0)];
    assert_eq!(rules("x", "What it is.", Kind::Gauge, others), []);
}

#[test]
fn values_are_checked() {
    for (kind, value, expected) in [
        (Kind::Counter, f64::NAN, &[Rule::CounterValue][..]),
        (Kind::Counter, -1.0, &[Rule::CounterValue]),
        (Kind::Counter, f64::INFINITY, &[Rule::CounterValue]),
        (Kind::Counter, 0.0, &[]),
        (Kind::Gauge, -1.0, &[]),
        (Kind::Gauge, f64::NAN, &[Rule::NonFiniteValue]),
    ] {
        assert_eq!(rules("x_total", "What.", Kind::Counter, &[(&[], 1.0)]), []);
        let name = if kind == Kind::Counter { "x_total" } else { "x" };
        assert_eq!(rules(name, "What it is.", kind, &[(&[], value)]), expected, "{value}");
    }
}

/// The rules that a histogram breaks which has one series.
fn of_histogram(bounds: &[f64], counts: &[f64], count: f64) -> Vec<Rule> {
    let mut linter = Linter::new(Limits::default());
    linter.begin(About::new("x", "What it is.", Kind::Histogram));
    let reading = Reading::Histogram { bounds, counts, count: Some(count), sum: Some(1.0), broken: None };
    linter.series(&Series { labels: &[], reading }).unwrap();
    linter.finish().problems.into_iter().map(|problem| problem.rule).collect()
}

#[test]
fn buckets_are_used() {
    let inf = f64::INFINITY;
    assert_eq!(of_histogram(&[1.0, 2.0, inf], &[60.0, 100.0, 110.0], 110.0), []);
    assert_eq!(of_histogram(&[1.0, 2.0, inf], &[0.0; 3], 0.0), [Rule::NoObservations]);
    assert_eq!(of_histogram(&[1.0, 2.0, inf], &[0.0, 100.0, 100.0], 100.0), [Rule::OneBucket]);
    assert_eq!(of_histogram(&[1.0, 2.0, inf], &[1.0, 2.0, 100.0], 100.0), [Rule::MostAboveBounds]);
    // Too few to say anything.
    assert_eq!(of_histogram(&[1.0, 2.0, inf], &[0.0, 9.0, 9.0], 9.0), []);
    // That of +Inf alone: there may be native buckets.
    assert_eq!(of_histogram(&[inf], &[1000.0], 1000.0), []);
    let many: Vec<f64> = (0..50).map(f64::from).chain([inf]).collect();
    let counts: Vec<f64> = (1..=51).map(f64::from).collect();
    assert_eq!(of_histogram(&many, &counts, 51.0), [Rule::TooManyBuckets]);
}

#[test]
fn broken_buckets_are_found() {
    let inf = f64::INFINITY;
    for (bounds, counts, count) in [
        (&[][..], &[][..], 0.0),
        (&[1.0], &[1.0], 1.0),
        (&[1.0, inf], &[2.0, 1.0], 1.0),
        (&[1.0, inf], &[1.0, 2.0], 3.0),
    ] {
        let rules = of_histogram(bounds, counts, count);
        assert!(rules.contains(&Rule::BrokenBuckets), "{bounds:?} {rules:?}");
    }
}

#[test]
fn observations_of_series_with_other_bounds_are_added() {
    let mut linter = Linter::new(Limits::default());
    linter.begin(About::new("x", "What it is.", Kind::Histogram));
    let inf = f64::INFINITY;
    for (bounds, counts) in [
        ([1.0, 2.0, inf], [0.0, 60.0, 60.0]),
        ([0.5, 2.0, inf], [0.0, 60.0, 60.0]),
        ([1.0, 2.0, inf], [0.0, 60.0, 60.0]),
    ] {
        let text = format!("{bounds:?}");
        let reading = Reading::Histogram {
            bounds: &bounds,
            counts: &counts,
            count: Some(60.0),
            sum: None,
            broken: None,
        };
        linter
            .series(&Series { labels: &[("a", &text), ("n", &counts.len().to_string())], reading })
            .unwrap();
    }
    let problems = linter.finish().problems;
    let one = problems.iter().find(|problem| problem.rule == Rule::OneBucket).unwrap();
    assert!(
        one.text.contains("all of its 180 observations") && one.text.contains("le=\"2.0\""),
        "{}",
        one.text
    );
}

#[test]
fn blocks_of_a_registry_are_walked() {
    let descriptor = |name, kind| {
        Descriptor::new(name, "What it is.", kind).unwrap().with_constant(&[("jobId", "1")]).unwrap()
    };
    let counter = Family::<Value>::new(descriptor("runs", Kind::Counter), ());
    counter.with(Shared, &[("a", "b")], |series| series.metric().add(Shared, Number::Int(1))).unwrap();
    let histogram = Family::<Histogram>::new(
        descriptor("runs_seconds", Kind::Histogram),
        Spec::classic(Bounds::new(&[1.0, 2.0]).unwrap()),
    );
    for _ in 0..200 {
        histogram.with(Shared, &[], |series| series.metric().observe(Shared, histogram.spec(), 7.0)).unwrap();
    }
    let mut linter = Linter::new(Limits::default());
    for family in [AnyFamily::Value(Arc::new(counter)), AnyFamily::Histogram(Arc::new(histogram))] {
        linter.block(&Block::Family(family)).unwrap();
    }
    let found: Vec<_> = linter.finish().problems.into_iter().map(|p| (p.family, p.rule, p.labels)).collect();
    let camel = vec![("jobId".to_owned(), String::new())];
    assert_eq!(
        found,
        [
            ("runs".to_owned(), Rule::CounterWithoutTotal, vec![]),
            ("runs".to_owned(), Rule::CamelCase, camel.clone()),
            ("runs_seconds".to_owned(), Rule::CamelCase, camel),
            ("runs_seconds".to_owned(), Rule::MostAboveBounds, vec![]),
        ]
    );
}

/// The rules that samples break as they are written.
fn written(kind: Kind, samples: &[(&str, &[Pair<'_>], f64)]) -> Vec<Rule> {
    let mut linter = Linter::new(Limits::default());
    let mut families = Written::new(&mut linter);
    families.begin(About::new("x", "What it is.", kind)).unwrap();
    for &(name, labels, value) in samples {
        families.sample(name, labels, value).unwrap();
    }
    families.end().unwrap();
    linter.finish().problems.into_iter().map(|problem| problem.rule).collect()
}

#[test]
fn series_are_made_of_samples() {
    let inf: Pair<'_> = ("le", "+Inf");
    let good: &[(&str, &[Pair<'_>], f64)] = &[
        ("x_bucket", &[("a", "1"), ("le", "1")], 1.0),
        ("x_bucket", &[("a", "2"), ("le", "1")], 1.0),
        ("x_bucket", &[("a", "1"), inf], 1.0),
        ("x_bucket", &[inf, ("a", "2")], 1.0),
        ("x_count", &[("a", "1")], 1.0),
        ("x_count", &[("a", "2")], 1.0),
        ("x_created", &[("a", "1")], 1.0),
    ];
    assert_eq!(written(Kind::Histogram, good), []);
    for (samples, expected) in [
        (&[("x_bucket", &[][..], 1.0)][..], &[Rule::BrokenBuckets][..]),
        (&[("x_bucket", &[("le", "many")][..], 1.0)], &[Rule::BrokenBuckets]),
        (&[("x_bucket", &[inf], 1.0), ("x_bucket", &[inf], 1.0)], &[Rule::DuplicateSeries]),
        (&[("x_bucket", &[inf], 1.0), ("x_bucket", &[("le", "inf")], 1.0)], &[Rule::DuplicateSeries]),
        (&[("x_bucket", &[inf], 1.0), ("x_count", &[], 2.0)], &[Rule::BrokenBuckets]),
        (&[("x_bucket", &[inf, ("quantile", "0")], 1.0)], &[Rule::ReservedLabel]),
    ] {
        let mut rules = written(Kind::Histogram, samples);
        rules.retain(|rule| *rule != Rule::NoObservations);
        assert_eq!(rules, expected, "{samples:?}");
    }
    for (samples, expected) in [
        (&[("x", &[("quantile", "0.5")][..], 1.0), ("x_count", &[], 1.0)][..], &[][..]),
        (&[("x", &[("quantile", "50")], 1.0)], &[Rule::BrokenQuantiles]),
        (&[("x", &[("quantile", "half")], 1.0)], &[Rule::BrokenQuantiles]),
        (&[("x", &[], 1.0)], &[Rule::BrokenQuantiles]),
        (&[("x_count", &[], 1.0), ("x_count", &[], 1.0)], &[Rule::DuplicateSeries]),
        (&[("x_count", &[("le", "1")], 1.0)], &[Rule::ReservedLabel]),
    ] {
        assert_eq!(written(Kind::Summary, samples), expected, "{samples:?}");
    }
}
