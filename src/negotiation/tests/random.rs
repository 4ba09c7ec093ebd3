//! Random headers, a million of them, against the model.

use proptest::collection::vec;

use super::*;

/// xorshift64*, by Sebastiano Vigna.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap() % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Pieces that real headers are made of, or might be made of.
const SUBJECTS: &[&str] = &[
    "text/plain",
    "text/plain",
    "TEXT / Plain",
    "application/openmetrics-text",
    "application/openmetrics-text;version=1.0.0",
    PROTO,
    "*/*",
    "text/*",
    "*",
    "text/html",
    "gzip",
    "x-gzip",
    "zstd",
    "identity",
    "br",
    "",
];
const PARAMETERS: &[&str] = &[
    "q=1",
    "q=0.5",
    "q=0.50",
    "q=.3",
    "q=0.001",
    "q=0",
    "q=0.0",
    "q=2",
    "q=-1",
    "q=x",
    "q=",
    "q",
    "Q=\"0.4\"",
    "version=0.0.4",
    "version=0.0.1",
    "version=1.0.0",
    "Version=\"1.0.0\"",
    "version=2.0.0",
    "version=",
    "escaping=allow-utf-8",
    "escaping=underscores",
    "escaping=dots",
    "ESCAPING=\"values\"",
    "escaping=other",
    "charset=utf-8",
    "a=\"b,c;d\\\"e\"",
    "encoding=delimited",
    "proto=io.prometheus.client.MetricFamily",
    "",
];
const JUNK: &[&str] = &["\"", "\\", ",", ";", "=", "/", " ", "\t", "\u{e9}", "q", "0", "*"];

/// Clauses of real pieces; sometimes with one piece of junk somewhere.
fn write_pieces(random: &mut Random, header: &mut String) {
    for clause in 0..random.below(5) {
        if clause > 0 {
            header.push_str(random.pick(&[",", ", ", " ,\t", ",,"]));
        }
        header.push_str(random.pick(SUBJECTS));
        for _ in 0..random.below(4) {
            header.push_str(random.pick(&[";", "; ", " ; "]));
            header.push_str(random.pick(PARAMETERS));
        }
    }
    if random.below(4) == 0 {
        let places: Vec<usize> = (0..=header.len()).filter(|&at| header.is_char_boundary(at)).collect();
        let at = places[random.below(places.len())];
        header.insert_str(at, random.pick(JUNK));
    }
}

/// Bytes as the characters of the same numbers.
fn write_bytes(random: &mut Random, header: &mut String) {
    for _ in 0..random.below(40) {
        let [byte, ..] = random.next().to_le_bytes();
        header.push(char::from(byte));
    }
}

/// Any letters of the grammar.
fn write_letters(random: &mut Random, header: &mut String) {
    for _ in 0..random.below(12) {
        let from = if random.below(2) == 0 { JUNK } else { PARAMETERS };
        header.push_str(random.pick(from));
    }
}

/// Checks what holds for any headers: they get what the model says, which must exist.
fn check(headers: &[&str]) -> Choice {
    let choice = negotiate(headers.iter().copied());
    let encoding = negotiate_encoding(headers.iter().copied());
    assert_eq!((choice, encoding), model::negotiate(headers), "{headers:?}");
    choice
}

/// Wildcards, which change nothing but how names are escaped.
const WILD: &[&str] =
    &["*/*", "*/*;q=1", "text/*;q=2", "application/*;q=0.2;escaping=dots", "*;q=0", "*/*;version=1.0.0"];

/// Makes a header with one type that is supported and wanted, and checks that it is taken.
fn check_alone(random: &mut Random, header: &mut String) {
    const SUPPORTED: [(&str, Format); 7] = [
        ("text/plain", Text0_0_4),
        ("text/plain;version=0.0.4", Text0_0_4),
        ("text/plain;version=1.0.0", Text1_0_0),
        ("application/openmetrics-text", OpenMetrics0_0_1),
        ("application/openmetrics-text;version=0.0.1", OpenMetrics0_0_1),
        ("application/openmetrics-text;version=1.0.0", OpenMetrics1_0_0),
        (PROTO, Protobuf),
    ];
    const OTHERS: &[&str] =
        &["text/html", "*/*;q=1", "text/plain;version=3", "*;q=7", "text/plain;q=0", "", "gzip;\"\""];
    let (media, format) = SUPPORTED[random.below(SUPPORTED.len())];
    header.push_str(random.pick(OTHERS));
    header.push(',');
    header.push_str(media);
    header.push_str(random.pick(&["", ";q=1", ";q=0.001", ";q=.5", "; q=\"1.000\"", ";q=0;q=0.3"]));
    header.push(',');
    header.push_str(random.pick(OTHERS));
    assert_eq!(negotiate([&**header]).format, format, "{header:?}");
}

#[test]
fn a_million_headers() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut headers = [String::new(), String::new()];
    // How often each format was chosen: the headers must be of use.
    let mut chosen = [0_u32; 5];
    for number in 0..1_000_000 {
        let used = &mut headers[..=random.below(2)];
        for header in &mut *used {
            header.clear();
            match number % 4 {
                0 => write_bytes(&mut random, header),
                1 => write_letters(&mut random, header),
                2 => write_pieces(&mut random, header),
                _ => check_alone(&mut random, header),
            }
        }
        let used: SmallVec<[&str; 4]> = used.iter().map(String::as_str).collect();
        let choice = check(&used);
        chosen[choice.format as usize] += 1;
        let mut wilder = used.clone();
        wilder.insert(random.below(used.len() + 1), random.pick(WILD));
        assert_eq!(negotiate(wilder.iter().copied()).format, choice.format, "{wilder:?}");
    }
    assert!(chosen.iter().all(|&count| count > 10_000), "{chosen:?}");
}

proptest! {
    #[test]
    fn any_text_is_read(headers in vec(r#"(\PC|[;,="\\/ \t\n\x00q*.0-9]){0,60}"#, 0..4)) {
        let headers: Vec<&str> = headers.iter().map(String::as_str).collect();
        check(&headers);
    }

    #[test]
    fn the_type_of_the_highest_quality_is_taken(mut qualities in vec(1..=1000_u32, 5), quoted: bool) {
        let formats = [Text0_0_4, Text1_0_0, OpenMetrics0_0_1, OpenMetrics1_0_0, Protobuf];
        let quote = if quoted { "\"" } else { "" };
        let clause = |(format, quality): (&Format, &u32)| {
            format!("{};q={quote}{}{quote}", format.content_type(), f64::from(*quality) / 1000.0)
        };
        let header = formats.iter().zip(&qualities).map(clause).collect::<Vec<_>>().join(",");
        let first = (0..5).max_by_key(|&index| (qualities[index], Reverse(index))).unwrap();
        prop_assert_eq!(negotiate([&*header]).format, formats[first]);
        // It is not taken again once it is refused.
        qualities[first] = 0;
        let header = formats.iter().zip(&qualities).map(clause).collect::<Vec<_>>().join(",");
        prop_assert_ne!(negotiate([&*header]).format, formats[first]);
    }

    #[test]
    fn it_does_not_matter_how_clauses_are_spread_over_headers(
        clauses in vec((0..SUBJECTS.len(), vec(0..PARAMETERS.len(), 0..4)), 0..6),
        cut in 0..6_usize,
    ) {
        let text = |(subject, parameters): &(usize, Vec<usize>)| {
            let parameters = parameters.iter().map(|&index| PARAMETERS[index]);
            [SUBJECTS[*subject]].into_iter().chain(parameters).collect::<Vec<_>>().join(";")
        };
        let clauses: Vec<String> = clauses.iter().map(text).collect();
        let (left, right) = clauses.split_at(cut.min(clauses.len()));
        let (whole, left, right) = (clauses.join(","), left.join(","), right.join(","));
        prop_assert_eq!(negotiate([&*whole]), negotiate([&*left, &*right]));
        prop_assert_eq!(negotiate_encoding([&*whole]), negotiate_encoding([&*left, &*right]));
    }
}
