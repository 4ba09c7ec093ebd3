use proptest::prelude::*;

use super::*;

/// The media type of protobuf, as Prometheus asks for it.
const PROTO: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

use Escaping::{AllowUtf8, Dots, Underscores, Values};
use Format::{OpenMetrics0_0_1, OpenMetrics1_0_0, Protobuf, Text0_0_4, Text1_0_0};

fn choice(format: Format, escaping: impl Into<Option<Escaping>>) -> Choice {
    Choice { format, escaping: escaping.into() }
}

/// Checks what each header gets.
fn check(table: &[(&str, Format, Option<Escaping>)]) {
    for &(header, format, escaping) in table {
        assert_eq!(negotiate([header]), choice(format, escaping), "{header}");
        assert_eq!(model::negotiate(&[header]).0, choice(format, escaping), "the model of {header}");
    }
}

#[test]
fn content_types_are_exact() {
    let scrapers = [None, Some(AllowUtf8), Some(Underscores), Some(Dots), Some(Values)];
    for (format, expected) in [
        (Text0_0_4, "text/plain; version=0.0.4; charset=utf-8"),
        (Text1_0_0, "text/plain; version=1.0.0; charset=utf-8"),
        (OpenMetrics0_0_1, "application/openmetrics-text; version=0.0.1; charset=utf-8"),
        (OpenMetrics1_0_0, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
        (
            Protobuf,
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
        ),
    ] {
        for escaping in scrapers {
            let asked_for = escaping.map(|scheme| format!("; escaping={}", scheme.as_str()));
            let expected = format!("{expected}{}", asked_for.unwrap_or_default());
            assert_eq!(choice(format, escaping).content_type(), expected);
            // A Content-Type, taken as an Accept header, asks for itself.
            assert_eq!(negotiate([&*expected]), choice(format, escaping));
        }
    }
    assert_eq!(Choice::default().content_type(), "text/plain; version=0.0.4; charset=utf-8");
}

#[test]
fn scrapers_get_what_they_ask_for() {
    let utf8 = Some(AllowUtf8);
    let mut table: Vec<(String, Format, Option<Escaping>)> = [
        // Prometheus 2.42.
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,\
             text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            OpenMetrics1_0_0,
            None,
        ),
        // 2.42 with native histograms.
        (
            "PROTO,application/openmetrics-text;version=1.0.0;q=0.8,\
             application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
            Protobuf,
            None,
        ),
        // 2.49.0, and with native histograms.
        (
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=2",
            OpenMetrics1_0_0,
            None,
        ),
        (
            "*/*;q=1,PROTO;q=0.5,application/openmetrics-text;version=1.0.0;q=0.4,\
             application/openmetrics-text;version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2",
            Protobuf,
            None,
        ),
        // 2.49.1 to 2.54.
        (
            "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            OpenMetrics1_0_0,
            None,
        ),
        // 3.0 to 3.3, and as 3.0 to 3.2.0 repeat a parameter.
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;escaping=allow-utf-8;q=0.4,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,\
             text/plain;version=0.0.4;escaping=allow-utf-8;q=0.2,*/*;q=0.1",
            OpenMetrics1_0_0,
            utf8,
        ),
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.5,\
             text/plain;version=0.0.4;escaping=allow-utf-8;escaping=allow-utf-8;q=0.2,*/*;q=0.1",
            OpenMetrics1_0_0,
            utf8,
        ),
        // 3.4 and later.
        (
            "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,\
             application/openmetrics-text;version=0.0.1;q=0.5,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
            OpenMetrics1_0_0,
            utf8,
        ),
        // 3.4 and later with native histograms: names are escaped.
        (
            "PROTO;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
             application/openmetrics-text;version=0.0.1;q=0.4,\
             text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
            Protobuf,
            None,
        ),
        // VictoriaMetrics and vmagent 1.79.
        ("text/plain;version=0.0.4;q=1,*/*;q=0.1", Text0_0_4, None),
        // Telegraf.
        ("PROTO;q=0.7,text/plain;version=0.0.4;q=0.3", Protobuf, None),
        // Datadog, with text or with OpenMetrics.
        ("text/plain", Text0_0_4, None),
        (
            "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1",
            OpenMetrics1_0_0,
            None,
        ),
        // Alloy.
        (
            "application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,\
             application/openmetrics-text;version=0.0.1;escaping=underscores;q=0.4,\
             text/plain;version=1.0.0;escaping=underscores;q=0.3,\
             text/plain;version=0.0.4;escaping=underscores;q=0.2,*/*;q=0.1",
            OpenMetrics1_0_0,
            Some(Underscores),
        ),
        // Browsers, curl, Java, nothing.
        ("text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8", Text0_0_4, None),
        ("*/*", Text0_0_4, None),
        ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", Text0_0_4, None),
        ("", Text0_0_4, None),
    ]
    .map(|(header, format, escaping)| (header.replace("PROTO", PROTO), format, escaping))
    .into();
    // What they send does not change when it comes in capitals, or with white space wherever it may be.
    for (header, format, escaping) in table.clone() {
        let spaced = [",", ";", "=", "/"]
            .iter()
            .fold(header.clone(), |text, separator| text.replace(separator, &format!(" \t{separator} ")));
        table.push((spaced, format, escaping));
        let capital =
            ["application/", "openmetrics-text", "text/plain", "version=", "escaping=", "proto=", "q="];
        let shouted = capital.iter().fold(header, |text, part| text.replace(part, &part.to_uppercase()));
        table.push((shouted, format, escaping));
    }
    let table: Vec<_> =
        table.iter().map(|(header, format, escaping)| (&**header, *format, *escaping)).collect();
    check(&table);
    assert_eq!(negotiate([]), Choice::default());
}

#[test]
fn versions_and_parameters_decide_what_is_supported() {
    check(&[
        ("text/plain;version=1.0.0", Text1_0_0, None),
        ("text/plain;version=", Text0_0_4, None),
        ("text/plain;version=2.0.0,application/openmetrics-text", OpenMetrics0_0_1, None),
        ("application/openmetrics-text;version=2.0.0,text/plain;version=1.0.0;q=0.1", Text1_0_0, None),
        ("application/openmetrics-text;version=0.0.4", Text0_0_4, None),
        ("application/openmetrics-text;version=1.0", Text0_0_4, None),
        ("application/openmetrics-text;charset=latin1;x;y=z", OpenMetrics0_0_1, None),
        ("application/vnd.google.protobuf,text/plain;version=1.0.0", Text1_0_0, None),
        (
            "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=text,\
             text/plain;version=1.0.0",
            Text1_0_0,
            None,
        ),
        ("application/vnd.google.protobuf;proto=other;encoding=delimited", Text0_0_4, None),
        ("application/openmetrics-text/x", Text0_0_4, None),
        ("application", Text0_0_4, None),
        // Values in capitals do not count.
        ("application/openmetrics-text;version=1.0.0;escaping=Dots", OpenMetrics1_0_0, None),
    ]);
}

#[test]
fn quality_sorts() {
    check(&[
        ("text/plain;q=0.5,application/openmetrics-text;q=0.6", OpenMetrics0_0_1, None),
        // Of the same quality, the first.
        ("text/plain;version=1.0.0;q=0.5,application/openmetrics-text;q=0.50", Text1_0_0, None),
        ("text/plain;version=1.0.0,application/openmetrics-text;q=1", Text1_0_0, None),
        // Clauses with an invalid quality come last, in their own order.
        ("text/plain;q=2,application/openmetrics-text;q=0.001", OpenMetrics0_0_1, None),
        ("text/plain;version=1.0.0;q=-1,application/openmetrics-text;q=1.001", Text1_0_0, None),
        ("text/plain;version=1.0.0;q=x,application/openmetrics-text;q=", Text1_0_0, None),
        ("application/openmetrics-text;q=nan,text/plain;q=inf", OpenMetrics0_0_1, None),
        ("application/openmetrics-text;q=0.1.1", OpenMetrics0_0_1, None),
        // Of a repeated parameter, the last one counts.
        ("text/plain;q=1;q=0.1,application/openmetrics-text;q=0.5", OpenMetrics0_0_1, None),
        ("application/openmetrics-text;version=1.0.0;version=0.0.1", OpenMetrics0_0_1, None),
        // 0 is a refusal.
        ("application/openmetrics-text;q=0", Text0_0_4, None),
        ("application/openmetrics-text;q=0.000,text/plain;version=1.0.0;q=0.1", Text1_0_0, None),
        ("application/openmetrics-text;q=0;escaping=dots", Text0_0_4, None),
        ("application/openmetrics-text;q=-0", Text0_0_4, None),
        ("application/openmetrics-text;q=0,text/plain;version=1.0.0;q=9", Text1_0_0, None),
        ("text/plain;q=0,*/*", Text0_0_4, None),
        // The digits may be many.
        (&format!("application/openmetrics-text;q=0.{}1", "0".repeat(100)), OpenMetrics0_0_1, None),
        (&format!("application/openmetrics-text;q=1{},text/plain;q=0.1", "0".repeat(400)), Text0_0_4, None),
    ]);
}

#[test]
fn escaping_is_what_was_said_last_up_to_the_match() {
    check(&[
        ("text/plain;version=1.0.0;escaping=dots", Text1_0_0, Some(Dots)),
        ("text/plain;escaping=values", Text0_0_4, Some(Values)),
        // The escapings of wildcards and of unsupported types count, but only before the match.
        ("*/*;escaping=dots,text/plain", Text0_0_4, Some(Dots)),
        ("*/*;escaping=dots;q=0.1,text/plain;q=0.5", Text0_0_4, None),
        ("text/*;escaping=dots,x/y;escaping=values;q=0.9,text/plain;q=0.5", Text0_0_4, Some(Values)),
        ("text/plain,*/*;escaping=dots", Text0_0_4, None),
        ("*/*;escaping=dots;q=0.6,text/plain;escaping=values;q=0.5", Text0_0_4, Some(Values)),
        ("*/*;escaping=dots;q=0.6,text/plain;escaping=wrong;q=0.5", Text0_0_4, Some(Dots)),
        ("*/*;escaping=dots;q=2,text/plain;escaping=values;q=3", Text0_0_4, Some(Values)),
        ("text/plain;q=3,*/*;escaping=dots;q=2", Text0_0_4, None),
        // In the order of quality.
        ("a/b;escaping=dots;q=0.5,c/d;escaping=values;q=0.9,text/plain;q=0.1", Text0_0_4, Some(Dots)),
        // Nothing is supported: all of them.
        ("*/*;escaping=dots;q=0.5,x/y;escaping=values", Text0_0_4, Some(Dots)),
        (";escaping=dots", Text0_0_4, Some(Dots)),
        // The last valid one in a clause.
        ("text/plain;escaping=dots;escaping=values", Text0_0_4, Some(Values)),
        ("text/plain;escaping=dots;escaping=wrong;escaping=", Text0_0_4, Some(Dots)),
        // Refused ones do not count.
        ("*/*;escaping=dots;q=0", Text0_0_4, None),
    ]);
}

#[test]
fn values_may_be_quoted() {
    check(&[
        (r#"text/plain;version="1.0.0";q="0.5""#, Text1_0_0, None),
        (r#"text/plain;version="1.0\.\0""#, Text1_0_0, None),
        (r#"text/plain;version = " 1.0.0""#, Text0_0_4, None),
        (r#"text/plain;a="b,application/openmetrics-text;q=2";version=1.0.0"#, Text1_0_0, None),
        (r#"text/plain;a=";version=1.0.0""#, Text0_0_4, None),
        (r#"text/plain;a="\";version=9\\";version=1.0.0"#, Text1_0_0, None),
        (r#"text/plain;escaping="dots""#, Text0_0_4, Some(Dots)),
        (r#"text/plain;escaping=" dots""#, Text0_0_4, None),
        // What stands after the quotes is ignored; those that are not closed hold all the rest.
        (r#"text/plain;version="1.0.0"x"#, Text1_0_0, None),
        (r#"text/plain;version="1.0.0"#, Text1_0_0, None),
        (r#"text/plain;version="1.0.0\"#, Text1_0_0, None),
        (r#"x/y;a=",application/openmetrics-text"#, Text0_0_4, None),
        (r#"x/y;a=\",application/openmetrics-text""#, Text0_0_4, None),
        (r#"application/openmetrics-text;version="""#, OpenMetrics0_0_1, None),
    ]);
}

#[test]
fn several_headers_are_one_list() {
    let (om, text) = ("application/openmetrics-text", "text/plain;version=1.0.0;escaping=dots");
    assert_eq!(negotiate([om, text]), choice(OpenMetrics0_0_1, None));
    assert_eq!(negotiate([text, om]), choice(Text1_0_0, Dots));
    assert_eq!(negotiate(["*/*;escaping=values", "", om, text]), choice(OpenMetrics0_0_1, Values));
    // Quotes end with the header.
    assert_eq!(negotiate(["x/y;a=\"", om]), choice(OpenMetrics0_0_1, None));
    assert_eq!(negotiate(vec!["x"; 100].into_iter().chain([text])), choice(Text1_0_0, Dots));
}

#[test]
fn junk_is_passed_over() {
    for junk in
        [",", ";", "=", "\"", "\\", "/", ";;;", ", ,\t,", "q=1", "\u{e9}/\u{1f600};q=\u{7}", "\0", "text/"]
    {
        assert_eq!(negotiate([junk]), Choice::default(), "{junk:?}");
        assert_eq!(negotiate([junk, "text/plain;version=1.0.0"]), choice(Text1_0_0, None), "{junk:?}");
        assert_eq!(negotiate_encoding([junk, "gzip"]), Encoding::Gzip, "{junk:?}");
    }
}

/// Code that is not linear would not come to an end here.
#[test]
fn long_headers_are_read() {
    const LENGTH: usize = 1_000_000;
    for piece in
        [",", ";", "\"", "\\", "=", "/", " ", ",\"", ";q", ";q=", "\"\\", "a;escaping=dots,", "1", "*;q=2,"]
    {
        let long = piece.repeat(LENGTH / piece.len());
        for header in
            [long.clone(), format!("text/plain;{long}"), format!("x/y;q=0.{long}"), format!("x/y;q=\"{long}")]
        {
            assert_eq!(negotiate([&*header, "text/plain;version=1.0.0"]).format.content_type().len(), 40);
            assert_eq!(negotiate_encoding([&*header, "zstd"]), Encoding::Zstd);
        }
    }
    assert_eq!(negotiate(std::iter::repeat_n(",", LENGTH)), Choice::default());
}

#[test]
fn encodings_are_chosen_by_quality() {
    use Encoding::{Gzip, Identity, Zstd};

    for (header, expected) in [
        ("", Identity),
        // Prometheus.
        ("gzip", Gzip),
        ("gzip, deflate, br, zstd", Gzip),
        ("GZip;Q=0.5 , zStd ; q = \"0.4\"", Gzip),
        ("x-gzip", Gzip),
        ("x-gzip;q=0.2,zstd;q=0.1", Gzip),
        ("zstd", Zstd),
        ("zstd,gzip", Gzip),
        ("gzip;q=0.9,zstd", Zstd),
        ("identity,gzip", Gzip),
        ("identity,zstd", Zstd),
        ("identity,gzip;q=0.9", Identity),
        ("deflate, br", Identity),
        // Wildcards.
        ("*", Identity),
        ("gzip,*", Gzip),
        ("gzip;q=0.5,*", Identity),
        ("gzip;q=0.5,*;q=0.1", Gzip),
        ("gzip;q=0,*", Identity),
        ("*;q=0", Identity),
        ("identity;q=0,*", Gzip),
        ("identity;q=0,gzip;q=0,*;q=0.1", Zstd),
        ("identity;q=0.5,*", Gzip),
        // Refusals.
        ("gzip;q=0", Identity),
        ("gzip;q=0.000,zstd;q=0.001", Zstd),
        ("identity;q=0", Identity),
        ("gzip;q=0,gzip;q=0.1", Gzip),
        // Invalid qualities.
        ("gzip;q=2", Identity),
        ("gzip;q=1.001,zstd;q=0.1", Zstd),
        ("gzip;q=-1", Identity),
        ("gzip;q=x", Identity),
        ("gzip;q=,zstd", Zstd),
        ("gzip;q=nan", Identity),
        ("gzip;q", Gzip),
        ("gzip;level=9", Gzip),
        ("gzipped", Identity),
        ("gz ip", Identity),
        ("\"gzip\"", Identity),
    ] {
        assert_eq!(negotiate_encoding([header]), expected, "{header}");
        assert_eq!(model::negotiate(&[header]).1, expected, "the model of {header}");
    }
    assert_eq!(negotiate_encoding([]), Identity);
    assert_eq!(negotiate_encoding(["zstd", "gzip"]), Gzip);
    assert_eq!([Identity, Gzip, Zstd].map(Encoding::as_str), ["identity", "gzip", "zstd"]);
}

mod model;
mod random;
