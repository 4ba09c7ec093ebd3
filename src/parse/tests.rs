//! Tests of the parsers.

use super::*;
use crate::kind::Kind;
use crate::metric::Number;

fn page(body: &str, format: Format) -> Page {
    parse(body.as_bytes(), format, Rules::Lenient).unwrap_or_else(|error| panic!("{error}"))
}

/// The families of a page, as short texts.
fn shown(page: &Page) -> Vec<String> {
    let of_sample = |sample: SampleView<'_>| {
        let labels: Vec<String> = sample.labels().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{}{{{}}} {:?}", sample.name(), labels.join(","), sample.value())
    };
    let of_family = |family: FamilyView<'_>| {
        let samples: Vec<String> = family.samples().map(of_sample).collect();
        format!("{} {:?}: {}", family.name(), family.kind(), samples.join("; "))
    };
    page.families().map(of_family).collect()
}

fn problem(body: &[u8], format: Format, rules: Rules) -> (Option<usize>, String) {
    let error = parse(body, format, rules).expect_err("it must be refused");
    (error.line, error.problem.into_owned())
}

#[test]
fn samples_find_their_families() {
    let text = "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nother 1\nh_sum 0.5\nh_total 1\nh 3\n";
    assert_eq!(
        shown(&page(text, Format::Text)),
        [
            "h Some(Histogram): h_bucket{le=1} Int(2); h_sum{} Float(0.5); h{} Int(3)",
            "other None: other{} Int(1)",
            "h_total None: h_total{} Int(1)",
        ]
    );
    let open = "# TYPE c counter\nc_total 1\nc_created 2\nc_sum 3\n# EOF\n";
    assert_eq!(
        shown(&page(open, Format::OpenMetrics)),
        ["c Some(Counter): c_total{} Int(1); c_created{} Int(2)", "c_sum None: c_sum{} Int(3)"]
    );
}

#[test]
fn texts_lose_their_escapes_and_others_are_places_in_the_body() {
    let parsed = page("# HELP a b\\\\\\n\\c\na{x=\"\\\"\\n\",y=\"plain\"} 1\n", Format::Text);
    let family = parsed.families().next().unwrap();
    assert_eq!(family.help(), "b\\\n\\c");
    let labels: Vec<_> = family.samples().next().unwrap().labels().collect();
    assert_eq!(labels, [("x", "\"\n"), ("y", "plain")]);
    assert_eq!(parsed.text.len(), "# HELP a b\\\\\\n\\c\na{x=\"\\\"\\n\",y=\"plain\"} 1\n".len() + 5 + 2);
}

#[test]
fn errors_name_the_line() {
    let lenient = |body: &str, format| problem(body.as_bytes(), format, Rules::Lenient);
    assert_eq!(lenient("a 1\n\nb", Format::Text), (Some(3), "the value is missing".to_owned()));
    assert_eq!(
        lenient("a 1\n\n# EOF\n", Format::OpenMetrics),
        (Some(2), "OpenMetrics has no blank lines".to_owned())
    );
    let error = parse(b"a 1\nb{\xff\n", Format::Text, Rules::Lenient).unwrap_err();
    assert_eq!((error.line, &*error.shown), (Some(2), "'b{\u{fffd}'"));
    let long = format!("a{{{}", "\u{1f4a9}".repeat(1000));
    let error = parse(long.as_bytes(), Format::Text, Rules::Lenient).unwrap_err();
    assert_eq!(error.shown.chars().count(), SHOWN + 5);
    assert_eq!(error.to_string().lines().count(), 1);
}

#[test]
fn strict_rules_are_the_letter() {
    let strict = |body: &str, format| problem(body.as_bytes(), format, Rules::Strict);
    for (body, format, line) in [
        ("a 1", Format::Text, 1),
        ("a 1\na 2\n", Format::Text, 2),
        ("a 1\nb 1\na{x=\"1\"} 1\n", Format::Utf8Text, 3),
        ("{\"a\"} 1\n", Format::Text, 1),
        ("# TYPE a histogram\na_bucket{le=\"1\"} 1\n", Format::Text, 2),
        ("a 1\n", Format::OpenMetrics, 2),
        ("# TYPE a counter\na 1\n# EOF\n", Format::OpenMetrics, 2),
    ] {
        assert_eq!(strict(body, format).0, Some(line), "{body}");
        assert!(parse(body.as_bytes(), format, Rules::Lenient).is_ok(), "{body}");
    }
}

#[test]
fn buckets_of_protocol_buffers_share_the_labels_of_their_series() {
    // A histogram `h`, of the label x="y", with two buckets.
    let bucket = |bound: f64| [&[0x1a, 11, 0x08, 1, 0x11][..], &bound.to_le_bytes()].concat();
    let histogram = [&[0x08, 3][..], &bucket(0.5), &bucket(1.0)].concat();
    let label = [0x0a, 6, 0x0a, 1, b'x', 0x12, 1, b'y'];
    let metric = [&label[..], &[0x3a, u8::try_from(histogram.len()).unwrap()], &histogram].concat();
    let mut family = vec![0x0a, 1, b'h', 0x18, 4, 0x22, u8::try_from(metric.len()).unwrap()];
    family.extend(metric);
    let body = [&[u8::try_from(family.len()).unwrap()][..], &family].concat();
    assert_eq!(recognised(&body, false), Format::Protobuf);
    let parsed = parse(&body, Format::Protobuf, Rules::Strict).unwrap();
    assert_eq!(
        shown(&parsed),
        ["h Some(Histogram): h_bucket{x=y,le=0.5} Int(1); h_bucket{x=y,le=1.0} Int(1); \
          h_bucket{x=y,le=+Inf} Int(3); h_count{x=y} Int(3)"]
    );
    assert_eq!(parsed.labels.len(), 4);
    assert_eq!(parsed.families().next().unwrap().kind(), Some(Kind::Histogram));
    for length in 0..body.len() {
        let cut = parse(&body[..length], Format::Protobuf, Rules::Lenient);
        assert_eq!(cut.is_ok(), length == 0, "{length}");
    }
}

#[test]
fn a_body_that_is_too_long_is_refused() {
    // Its pages are never touched, so that this takes no memory.
    let body = vec![0; LONGEST + 1];
    assert_eq!(problem(&body, Format::Text, Rules::Lenient).0, None);
}

#[test]
fn numbers_stay_what_they_are() {
    let parsed = page("a 1\na{x=\"y\"} 1.0\n", Format::Text);
    let values: Vec<Number> =
        parsed.families().flat_map(|family| family.samples()).map(|s| s.value()).collect();
    assert_eq!(values, [Number::Int(1), Number::Float(1.0)]);
}
