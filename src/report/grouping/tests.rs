use super::*;
use crate::exposition::{Block, Format, Options, encode};

fn grouping(name: &str, kind: Kind) -> Grouping {
    Grouping::new(name, "doc", kind, Naming::Legacy, "").unwrap()
}

fn given<'a>(name: &'a str, labels: &'a [Pair<'a>], value: f64) -> Given<'a> {
    Given { name, labels, value: Number::Float(value), timestamp: None, exemplar: None }
}

/// The lines with values that the text format has of what was given, and what was left out.
fn lines(grouping: Grouping) -> (Vec<String>, Vec<String>) {
    let (reports, left_out) = grouping.finish().unwrap();
    let blocks = reports.into_iter().map(|report| Block::Report(Arc::new(report)));
    let page = encode(Format::Text, blocks, Options::default()).unwrap();
    let page = String::from_utf8(page).unwrap();
    (page.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect(), left_out)
}

#[test]
fn names_have_the_endings_of_their_samples() {
    for (name, kind, sample, expected) in [
        ("a", Kind::Counter, Some("a_total"), "a_total"),
        ("a", Kind::Counter, None, "a_total"),
        ("a_total", Kind::Counter, Some("a_total"), "a_total"),
        ("a", Kind::Counter, Some("a"), "a"),
        ("_total", Kind::Counter, None, "_total_total"),
        ("a", Kind::Info, Some("a_info"), "a_info"),
        ("a_info", Kind::Info, Some("a_info"), "a_info"),
        ("a_info", Kind::Info, Some("a_info_info"), "a_info_info"),
        ("a", Kind::Info, Some("a"), "a_info"),
        ("a", Kind::Gauge, Some("b"), "a"),
    ] {
        assert_eq!(full_name(name, kind, sample), expected);
    }
}

#[test]
fn samples_of_one_series_come_together() {
    let mut histogram = grouping("h", Kind::Histogram);
    let exemplar = Exemplar::new(&[("t", "1")], 0.5, None).unwrap();
    for labels in [&[("a", "1")][..], &[("a", "2")]] {
        histogram.add(given("h_sum", labels, 2.5)).unwrap();
    }
    for (bound, count) in [("+Inf", 4.0), ("1", 3.0), ("1.0", 9.0), ("0.5", 1.0)] {
        for label in ["1", "2"] {
            let labels = [("a", label), ("le", bound)];
            let exemplar = Some(exemplar.clone()).filter(|_| bound == "1");
            histogram.add(Given { exemplar, ..given("h_bucket", &labels, count) }).unwrap();
        }
    }
    let (found, left_out) = {
        let (reports, left_out) = histogram.finish().unwrap();
        let page = encode(
            Format::OpenMetrics,
            [Block::Report(Arc::new(reports.into_iter().next().unwrap()))],
            Options::default(),
        );
        (String::from_utf8(page.unwrap()).unwrap(), left_out)
    };
    let of_series = |label: &str| {
        [
            format!("h_bucket{{a=\"{label}\",le=\"0.5\"}} 1\n"),
            format!("h_bucket{{a=\"{label}\",le=\"1.0\"}} 3 # {{t=\"1\"}} 0.5\n"),
            format!("h_bucket{{a=\"{label}\",le=\"+Inf\"}} 4\n"),
            format!("h_count{{a=\"{label}\"}} 4\nh_sum{{a=\"{label}\"}} 2.5\n"),
        ]
        .concat()
    };
    assert!(found.contains(&(of_series("1") + &of_series("2"))), "{found}");
    assert_eq!(left_out, ["{le=\"1.0\"}", "{le=\"1.0\"}"]);
}

#[test]
fn a_missing_last_bucket_is_the_count() {
    let mut histogram = grouping("h", Kind::GaugeHistogram);
    histogram.add(given("h_gcount", &[], 4.0)).unwrap();
    histogram.add(given("h_bucket", &[("le", "1")], 3.0)).unwrap();
    let (found, _) = lines(histogram);
    assert_eq!(found, ["h_bucket{le=\"1.0\"} 3.0", "h_bucket{le=\"+Inf\"} 4.0", "h_gcount 4.0"]);
    let mut less = grouping("h", Kind::Histogram);
    less.add(given("h_count", &[], 2.0)).unwrap();
    less.add(given("h_bucket", &[("le", "1")], 3.0)).unwrap();
    let error = less.finish().map(|_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "h: the buckets of {} end before le=\"+Inf\"; the last one counts all values"
    );
}

#[test]
fn a_series_of_which_only_the_birth_is_known_is_left_out() {
    let mut counter = grouping("c_total", Kind::Counter);
    counter.add(given("c_created", &[("a", "1")], 5.0)).unwrap();
    counter.add(given("c_created", &[("a", "2")], 5.25)).unwrap();
    counter.add(given("c_total", &[("a", "2")], 1.5)).unwrap();
    let (mut reports, left_out) = counter.finish().unwrap();
    assert!(left_out.is_empty());
    let report = reports.pop().unwrap();
    let births: Vec<_> = report.series().map(|series| series.about().and_then(|about| about.born)).collect();
    assert_eq!(births, [Some(5250)]);
}

#[test]
fn samples_of_other_names_have_families_of_their_own() {
    let mut gauge = grouping("g", Kind::Gauge);
    for name in ["g", "g_max", "a", "g_max", "a"] {
        gauge.add(Given { timestamp: Some(7), ..given(name, &[], 1.0) }).unwrap();
    }
    let (found, left_out) = lines(gauge);
    assert_eq!(found, ["a 1.0 7", "g 1.0 7", "g_max 1.0 7"]);
    assert_eq!(left_out, ["g_max{}", "a{}"]);
}

#[test]
fn no_more_samples_are_remembered_than_are_logged() {
    let mut states = grouping("s", Kind::StateSet);
    for _ in 0..1000 {
        states.add(given("s", &[("s", "on")], 1.0)).unwrap();
    }
    let (found, left_out) = lines(states);
    assert_eq!((found.len(), left_out.len()), (1, REMEMBERED));
}

#[test]
fn what_cannot_be_exposed_is_refused() {
    for (kind, name, labels, value) in [
        (Kind::Counter, "x", &[][..], -1.0),
        (Kind::Summary, "x", &[], 1.0),
        (Kind::Summary, "x_count", &[], f64::NAN),
        (Kind::Histogram, "x_bucket", &[("le", "")], 1.0),
        (Kind::Histogram, "x", &[], 1.0),
        (Kind::Histogram, "x_bucket", &[("le", "1")], 0.5),
        (Kind::Histogram, "x_created", &[], 1e10),
        (Kind::Info, "x_info", &[], 0.0),
        (Kind::StateSet, "x", &[("y", "on")], 1.0),
        (Kind::Gauge, "a b", &[], 1.0),
    ] {
        assert!(grouping("x", kind).add(given(name, labels, value)).is_err(), "{kind} {name}");
    }
}
