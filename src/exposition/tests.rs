use super::*;
use crate::access::Shared;
use crate::family::Family;
use crate::kind::Kind;
use crate::metric::histogram::{self, Bounds};
use crate::metric::quantile::Targets;
use crate::metric::state_set::States;
use crate::metric::{Exemplar, Histogram, Info, Number, StateSet, Summary, Value};
use crate::name::Naming;
use crate::report::Reading;

const TEXT: Options = Options { escaping: Escaping::Underscores, timestamp: None, created: false };

fn lines(format: Format, blocks: Vec<Block>, options: Options) -> Vec<String> {
    let page = String::from_utf8(encode(format, blocks, options).unwrap()).unwrap();
    assert!(page.ends_with('\n'));
    page.lines().map(str::to_owned).collect()
}

fn describe(name: &str, kind: Kind) -> Descriptor {
    Descriptor::with_naming(name, "doc", kind, Naming::Utf8).unwrap()
}

fn value(name: &str, kind: Kind, number: Number) -> Arc<Family<Value>> {
    let family = Arc::new(Family::<Value>::new(describe(name, kind), ()));
    family.with(Shared, &[], |series| series.metric().set(Shared, number)).unwrap();
    family
}

fn block(name: &str, kind: Kind) -> Block {
    Block::Family(match kind {
        Kind::Summary => {
            let targets = Arc::new(Targets::new([(0.5, 0.1)]).unwrap());
            AnyFamily::Summary(Arc::new(Family::<Summary>::new(describe(name, kind), targets)))
        }
        Kind::Histogram => {
            let spec = histogram::Spec::classic(Bounds::new(&[1.0]).unwrap());
            AnyFamily::Histogram(Arc::new(Family::<Histogram>::new(describe(name, kind), spec)))
        }
        Kind::Info => AnyFamily::Info(Arc::new(Family::<Info>::new(describe(name, kind), ()))),
        Kind::StateSet => {
            let states = States::new(["on", "off"]).unwrap();
            AnyFamily::StateSet(Arc::new(Family::<StateSet>::new(describe(name, kind), states)))
        }
        _ => AnyFamily::Value(value(name, kind, Number::Int(1))),
    })
}

/// The names and types of the families in OpenMetrics, where one without TYPE is unknown.
fn types(blocks: Vec<Block>) -> Vec<String> {
    let mut types: Vec<String> = Vec::new();
    for line in lines(Format::OpenMetrics, blocks, TEXT) {
        if let Some((name, _)) = line.strip_prefix("# HELP ").and_then(|text| text.split_once(' ')) {
            types.push(format!("{name} unknown"));
        } else if let Some(text) = line.strip_prefix("# TYPE ") {
            assert!(!text.ends_with(" unknown"));
            text.clone_into(types.last_mut().unwrap());
        }
    }
    types
}

#[test]
fn what_clashes_in_openmetrics_is_unknown() {
    use Kind::{Counter, Gauge, Histogram, Info, StateSet, Summary, Untyped};
    /// Families, and how they are shown.
    type Case<'a> = (&'a [(&'a str, Kind)], &'a [&'a str]);
    let cases: [Case<'_>; 11] = [
        (&[("a_total", Counter)], &["a counter"]),
        (
            &[("a", Counter), ("_total", Counter), ("u", Untyped)],
            &["_total unknown", "a unknown", "u unknown"],
        ),
        (&[("a", Gauge), ("a_total", Counter)], &["a gauge", "a_total unknown"]),
        (&[("a", Counter), ("a_total", Counter)], &["a unknown", "a_total unknown"]),
        (&[("a_created", Gauge), ("a_total", Counter)], &["a_created gauge", "a_total unknown"]),
        (&[("a", Summary), ("a_count_total", Counter)], &["a summary", "a_count_total unknown"]),
        (&[("a", Histogram), ("a_created_total", Counter)], &["a histogram", "a_created_total unknown"]),
        (&[("a", StateSet), ("a_total", Counter)], &["a stateset", "a_total unknown"]),
        (&[("a_info", Info), ("a_total", Counter)], &["a info", "a_total unknown"]),
        (
            &[("a", Gauge), ("a_info", Info), ("a_total", Counter)],
            &["a gauge", "a_info unknown", "a_total unknown"],
        ),
        (&[("a", Info), ("a_info_total", Counter)], &["a info", "a_info_total unknown"]),
    ];
    for (families, expected) in cases {
        for turned in [false, true] {
            let mut blocks: Vec<Block> = families.iter().map(|&(name, kind)| block(name, kind)).collect();
            if turned {
                blocks.reverse();
            }
            assert_eq!(types(blocks), expected, "{families:?}");
        }
    }
}

#[test]
fn exemplars_births_and_times_are_those_of_openmetrics() {
    let family = Arc::new(Family::<Value>::new(describe("a_total", Kind::Counter), ()));
    let mut born = 0;
    for label in ["x", "y"] {
        let update = |series: &Arc<crate::family::Series<Value>>| {
            born = series.born();
            series.metric().add(Shared, Number::Float(1e6));
            if label == "x" {
                let exemplar = Exemplar::new(&[("t", "q\"\n")], 0.5, 1_520_879_607_009).unwrap();
                series.metric().set_exemplar(exemplar);
            }
        };
        family.with(Shared, &[("l", label)], update).unwrap();
    }
    let options = Options { timestamp: Some(1_500), created: true, ..TEXT };
    let blocks = || vec![Block::Family(AnyFamily::Value(Arc::clone(&family)))];
    let found = lines(Format::OpenMetrics, blocks(), options);
    let created = format!("{}.{:03} 1.500", born / 1000, born % 1000);
    assert_eq!(found[..2], ["# HELP a doc", "# TYPE a counter"]);
    assert_eq!(found[2], "a_total{l=\"x\"} 1e+06 1.500 # {t=\"q\\\"\\n\"} 0.5 1520879607.009");
    assert!(found[3].starts_with("a_created{l=\"x\"} "));
    assert_eq!(found[4], "a_total{l=\"y\"} 1e+06 1.500");
    assert_eq!(found[5], format!("a_created{{l=\"y\"}} {created}"));
    assert_eq!(found[6..], ["# EOF"]);
    let text = lines(Format::Text, blocks(), options);
    assert_eq!(text[2..], ["a_total{l=\"x\"} 1000000.0 1500", "a_total{l=\"y\"} 1000000.0 1500"]);
    let negative = Options { timestamp: Some(-1), ..TEXT };
    assert_eq!(lines(Format::OpenMetrics, blocks(), negative)[3], "a_total{l=\"y\"} 1e+06 -0.001");
}

#[test]
fn names_are_quoted_or_escaped_wherever_they_stand() {
    let spec = histogram::Spec::classic(Bounds::new(&[1.0]).unwrap());
    let family = Arc::new(Family::<Histogram>::new(describe("h.x", Kind::Histogram), spec));
    for labels in [&[][..], &[("z.z", "\"")], &[("a", "b")]] {
        let observe = |series: &Arc<crate::family::Series<Histogram>>| {
            series.metric().observe(Shared, family.spec(), 2.0);
        };
        family.with(Shared, labels, observe).unwrap();
    }
    let found = |escaping| {
        let block = Block::Family(AnyFamily::Histogram(Arc::clone(&family)));
        lines(Format::Text, vec![block], Options { escaping, ..TEXT })
    };
    let quoted = found(Escaping::AllowUtf8);
    assert_eq!(quoted[..2], ["# HELP \"h.x\" doc", "# TYPE \"h.x\" histogram"]);
    assert_eq!(
        quoted[2..6],
        [
            "{\"h.x_bucket\",le=\"1.0\"} 0.0",
            "{\"h.x_bucket\",le=\"+Inf\"} 1.0",
            "{\"h.x_count\"} 1.0",
            "{\"h.x_sum\"} 2.0",
        ]
    );
    assert_eq!(quoted[6], "{\"h.x_bucket\",le=\"1.0\",\"z.z\"=\"\\\"\"} 0.0");
    assert_eq!(quoted[12], "{\"h.x_count\",a=\"b\"} 1.0");
    let underscores = found(Escaping::Underscores);
    assert_eq!(underscores[1], "# TYPE h_x histogram");
    assert_eq!(underscores[6], "h_x_bucket{le=\"1.0\",z_z=\"\\\"\"} 0.0");
    assert_eq!(found(Escaping::Dots)[6], "h_dot_x_bucket{le=\"1.0\",z_dot_z=\"\\\"\"} 0.0");
    assert_eq!(found(Escaping::Values)[6], "U__h_2e_x_bucket{le=\"1.0\",U__z_2e_z=\"\\\"\"} 0.0");
}

#[test]
fn reports_are_written_as_families_are() {
    let mut summary = Report::new(describe("s", Kind::Summary));
    let quantiles = vec![(0.5, -1.0), (0.9, 2.0)];
    summary
        .push(&[("l", "v")], Reading::Summary { quantiles, count: Some(Number::Int(3)), sum: Some(-1.0) })
        .unwrap();
    let mut histogram = Report::new(describe("h", Kind::Histogram));
    let buckets = vec![(1.0, 1), (f64::INFINITY, 2)];
    histogram.push(&[], Reading::Histogram { buckets, count: 2, sum: Some(3.0) }).unwrap();
    let mut counter = Report::new(describe("c_total", Kind::Counter));
    counter.push(&[], Reading::Value(Number::Float(f64::NAN))).unwrap();
    assert!(counter.push(&[("", "x")], Reading::Value(Number::Int(1))).is_err());
    let reports = [summary, histogram, counter].map(Arc::new);
    let blocks = || reports.iter().map(|report| Block::Report(Arc::clone(report))).collect();
    assert_eq!(
        lines(Format::OpenMetrics, blocks(), TEXT)
            .into_iter()
            .filter(|line| !line.starts_with("# HELP"))
            .collect::<Vec<_>>(),
        [
            "# TYPE c counter",
            "# TYPE h histogram",
            "h_bucket{le=\"1.0\"} 1",
            "h_bucket{le=\"+Inf\"} 2",
            "h_count 2",
            "h_sum 3.0",
            "# TYPE s summary",
            "s{l=\"v\",quantile=\"0.9\"} 2.0",
            "s_count{l=\"v\"} 3",
            "# EOF",
        ]
    );
    let text = lines(Format::Text, blocks(), TEXT);
    assert!(text.contains(&"c_total nan".to_owned()) && text.contains(&"s_sum{l=\"v\"} -1.0".to_owned()));
    assert!(!encode(Format::Protobuf, blocks(), TEXT).unwrap().is_empty());
}

#[test]
fn a_reported_count_that_is_not_the_last_buckets_is_left_out_of_openmetrics_alone() {
    for buckets in [vec![], vec![(1.0, 1)], vec![(1.0, 1), (f64::INFINITY, 2)]] {
        let count = buckets.len();
        let mut report = Report::new(describe("h", Kind::Histogram));
        report.push(&[], Reading::Histogram { buckets, count: 7, sum: Some(3.0) }).unwrap();
        let report = Arc::new(report);
        let lines = |format| lines(format, vec![Block::Report(Arc::clone(&report))], TEXT);
        assert_eq!(lines(Format::Text)[2 + count..], ["h_count 7.0", "h_sum 3.0"]);
        assert_eq!(lines(Format::OpenMetrics)[2 + count..], ["# EOF"]);
    }
}

#[test]
fn a_reported_count_of_a_summary_is_never_negative_in_openmetrics() {
    for (count, expected) in [
        (Number::Float(1e19), "s_count 10000000000000000000"),
        (Number::Float(f64::INFINITY), "s_count 18446744073709551615"),
        (Number::Float(2.5), "s_count 2"),
        (Number::Int(-1), "s_count 0"),
    ] {
        let mut report = Report::new(describe("s", Kind::Summary));
        report
            .push(&[], Reading::Summary { quantiles: Vec::new(), count: Some(count), sum: Some(3.0) })
            .unwrap();
        let lines = lines(Format::OpenMetrics, vec![Block::Report(Arc::new(report))], TEXT);
        assert_eq!(lines[2..], [expected, "s_sum 3.0", "# EOF"]);
    }
}

#[test]
fn ready_lines_of_text_are_for_the_text_format_alone() {
    let blocks =
        || vec![Block::Text { name: "b".to_owned(), text: "b 1".to_owned() }, block("a", Kind::Gauge)];
    assert_eq!(lines(Format::Text, blocks(), TEXT)[2..], ["a 1", "b 1"]);
    assert_eq!(lines(Format::OpenMetrics, blocks(), TEXT)[2..], ["a 1", "# EOF"]);
}
