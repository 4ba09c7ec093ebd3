//! Bodies for the parser: how they are changed, and what must hold of the page that each becomes, or of its error.

use aioprometheus::metric::Number;
use aioprometheus::parse::{
    Example, FamilyView, Format, NativeView, Page, ParseError, Rules, SampleView, Spans, Time, parse,
    recognised,
};

const FORMATS: [Format; 4] = [Format::Text, Format::Utf8Text, Format::OpenMetrics, Format::Protobuf];

/// Labels that the samples of protocol buffers may have beside some for each byte, and the most of an exemplar's letters.
const FREE_LABELS: usize = 10_000;
const LONGEST_EXEMPLAR: usize = 128;

/// Bytes that mean something in a format.
const SPECIAL: &[u8] = b" \t\r\n\"\\{},=#+-._:01eN\0\x80\xff";

/// The next of numbers that look random.
#[must_use]
pub fn next(seed: u64) -> u64 {
    let mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed ^ (mixed >> 27)
}

/// One of the numbers below `count`.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "what is left is below the count")]
pub fn pick(seed: u64, count: usize) -> usize {
    (seed % count as u64) as usize
}

/// Changes a byte of a body, or its end.
pub fn change(body: &mut Vec<u8>, seed: u64) {
    let (place, special) = (pick(seed >> 8, body.len() + 1), SPECIAL[pick(seed >> 40, SPECIAL.len())]);
    match seed % 4 {
        0 => body.truncate(place),
        1 if place < body.len() => drop(body.remove(place)),
        2 if place < body.len() => body[place] = special,
        3 if place < body.len() => body.extend_from_within(place..),
        _ => body.insert(place, special),
    }
}

/// The format that a number stands for.
#[must_use]
pub fn format(choice: u8, body: &[u8]) -> Format {
    FORMATS.get(usize::from(choice % 8)).copied().unwrap_or_else(|| recognised(body, false))
}

/// Parses a body by one of the rules, and by the others too if it is taken.
pub fn check(choice: u8, body: &[u8]) {
    let format = format(choice, body);
    let mut rules = [Rules::Lenient, Rules::Strict];
    if choice >= 128 {
        rules.reverse();
    }
    let [first, second] = rules;
    if let Some(counts) = walked(body, format, parse(body, format, first)) {
        let other = walked(body, format, parse(body, format, second));
        assert!(first == Rules::Lenient || other.is_some(), "strict rules take what lenient ones refuse");
        assert!(other.is_none_or(|other| other == counts), "{counts:?} {other:?}");
    }
}

/// What a page has: families, samples and labels. None of a body that is refused.
fn walked(body: &[u8], format: Format, parsed: Result<Page, ParseError>) -> Option<[usize; 3]> {
    let page = match parsed {
        Ok(page) => page,
        Err(error) => {
            let lines = body.split(|&byte| byte == b'\n').count();
            assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "{error}");
            assert!(!error.is_memory && !error.problem.is_empty() && error.problem.len() < 500, "{error}");
            assert!(error.shown.len() < 1000, "{error}");
            return None;
        }
    };
    let mut counts = [page.families().len(), 0, 0];
    for (place, family) in page.families().enumerate() {
        assert_eq!(page.family(place).map(|family| family.name()), Some(family.name()));
        assert!(!family.name().is_empty() && family.help().len() + family.unit().len() <= body.len());
        for sample in family.samples() {
            counts[1] += 1;
            counts[2] += check_sample(&family, &sample, format);
        }
    }
    // Nothing is larger than what it came from allows.
    assert!(counts[0] <= body.len() && counts[1] <= body.len() * 3, "{counts:?}");
    let most = if format == Format::Protobuf { body.len() * 4 + FREE_LABELS } else { body.len() };
    assert!(counts[2] <= most, "{counts:?}");
    Some(counts)
}

/// Checks a sample; gives how many labels it has.
fn check_sample(family: &FamilyView<'_>, sample: &SampleView<'_>, format: Format) -> usize {
    let is_protobuf = format == Format::Protobuf;
    assert!(is_protobuf || sample.name().starts_with(family.name()), "{sample:?}");
    let count = check_labels(sample.labels());
    sample.time().inspect(|time| check_time(*time));
    assert!(sample.exemplar().is_none() || is_protobuf || format == Format::OpenMetrics);
    let native = sample.native();
    let examples = native.iter().flat_map(NativeView::exemplars);
    examples.chain(sample.exemplar()).for_each(|example| check_example(&example, format));
    if let Some(native) = native {
        assert!(is_protobuf && same(native.count(), sample.value()));
        for Spans { spans, deltas } in [native.positive(), native.negative()] {
            let lengths: u64 = spans.iter().map(|&(_, length)| u64::from(length)).sum();
            assert_eq!(lengths, deltas.len() as u64);
        }
    }
    count
}

/// Checks that labels have names, each once; gives how many there are.
fn check_labels<'a>(labels: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> usize {
    let mut rest = labels.clone();
    while let Some((name, _)) = rest.next() {
        assert!(name != "__name__" && rest.clone().all(|(other, _)| other != name), "{name}");
    }
    labels.count()
}

fn check_example(example: &Example<'_>, format: Format) {
    check_labels(example.labels());
    let letters = example.labels().map(|(name, value)| name.chars().count() + value.chars().count());
    assert!(format == Format::Protobuf || letters.sum::<usize>() <= LONGEST_EXEMPLAR);
    example.time().inspect(|time| check_time(*time));
}

/// Checks that a time is a number of seconds, with a fraction of the same sign.
fn check_time(time: Time) {
    if let Time::Nanoseconds(seconds, nanoseconds) = time {
        assert!(nanoseconds.abs() < 1_000_000_000 && seconds.signum() * i64::from(nanoseconds) >= 0);
    }
    assert!(time.seconds().is_finite());
}

/// Whether two numbers are the same, NaN too.
fn same(one: Number, other: Number) -> bool {
    one.as_f64().to_bits() == other.as_f64().to_bits()
}
