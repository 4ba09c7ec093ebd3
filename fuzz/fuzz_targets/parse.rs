//! Any bytes are parsed in every format, or refused with a line; what was parsed is written, and parsed to the same again.
#![no_main]

use std::fmt::{self, Display, Formatter, Write};

use aioprometheus::metric::Number;
use aioprometheus::parse::{Format, Page, Rules, SampleView, Time, parse};
use aioprometheus_fuzz::parsed::format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, body)) = data.split_first() else {
        return;
    };
    let format = format(choice, body);
    let strict = parse(body, format, Rules::Strict);
    let lenient = match parse(body, format, Rules::Lenient) {
        Ok(page) => page,
        Err(error) => {
            assert!(strict.is_err(), "strict rules take what lenient ones refuse: {error}");
            let lines = body.split(|&byte| byte == b'\n').count();
            assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "{error}");
            assert!(error.to_string().len() < 2000 && !error.is_memory);
            return;
        }
    };
    let is_open = format == Format::OpenMetrics;
    let text = written(&lenient, is_open);
    let again = parsed(&text, is_open, Rules::Lenient);
    assert_eq!(samples(&again, is_open), samples(&lenient, is_open));
    // Nothing is larger than what it came from allows.
    let most = body.len() * 17 + 10_000;
    let samples_of = lenient.families().flat_map(|family| family.samples());
    assert!(samples_of.map(|sample| sample.labels().count()).sum::<usize>() <= most);

    let Ok(strict) = strict else {
        return;
    };
    let strict_text = written(&strict, is_open);
    // Lenient rules leave out what ends the lines of Windows, of descriptions too.
    if is_open || !body.windows(2).any(|pair| pair == b"\r\n") {
        assert_eq!(strict_text, text);
    }
    if format != Format::Protobuf {
        assert_eq!(written(&parsed(&strict_text, is_open, Rules::Strict), is_open), strict_text);
    }
});

/// What was written, parsed.
fn parsed(text: &str, is_open: bool, rules: Rules) -> Page {
    let format = if is_open { Format::OpenMetrics } else { Format::Utf8Text };
    parse(text.as_bytes(), format, rules).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A page as text, with all names in quotes.
fn written(page: &Page, is_open: bool) -> String {
    let mut text = String::new();
    for family in page.families() {
        let name = Quoted(family.name());
        if !family.help().is_empty() {
            let mut help = family.help().replace('\\', "\\\\").replace('\n', "\\n");
            if is_open {
                help = help.replace('"', "\\\"");
            }
            writeln!(text, "# HELP {name} {help}").unwrap();
        }
        if let Some(kind) = family.kind() {
            let kind = if is_open { kind.traits().openmetrics } else { kind.as_str() };
            writeln!(text, "# TYPE {name} {kind}").unwrap();
        }
        if is_open && !family.unit().is_empty() {
            writeln!(text, "# UNIT {name} {}", family.unit()).unwrap();
        }
        for sample in family.samples().filter(|sample| sample.native().is_none()) {
            line(&mut text, &sample, is_open);
        }
    }
    text + if is_open { "# EOF\n" } else { "" }
}

fn line(text: &mut String, sample: &SampleView<'_>, is_open: bool) {
    write!(text, "{{{}", Quoted(sample.name())).unwrap();
    for (name, value) in sample.labels() {
        write!(text, ",{}={}", Quoted(name), Quoted(value)).unwrap();
    }
    write!(text, "}} {}", number(sample.value())).unwrap();
    if let Some(time) = sample.time() {
        write!(text, " {}", moment(time)).unwrap();
    }
    if let Some(exemplar) = sample.exemplar().filter(|_| is_open) {
        let labels: Vec<String> =
            exemplar.labels().map(|(name, value)| format!("{}={}", Quoted(name), Quoted(value))).collect();
        write!(text, " # {{{}}} {}", labels.join(","), number(exemplar.value())).unwrap();
        if let Some(time) = exemplar.time() {
            write!(text, " {}", moment(time)).unwrap();
        }
    }
    text.push('\n');
}

/// A text in quotes.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_char('"')?;
        for part in self.0.split_inclusive(['\\', '"', '\n']) {
            let plain = part.trim_end_matches(['\\', '"', '\n']);
            formatter.write_str(plain)?;
            match &part[plain.len()..] {
                "\n" => formatter.write_str("\\n")?,
                "" => (),
                escaped => write!(formatter, "\\{escaped}")?,
            }
        }
        formatter.write_char('"')
    }
}

fn number(number: Number) -> String {
    match number {
        Number::Int(int) => int.to_string(),
        Number::Float(float) => format!("{float:?}"),
    }
}

fn moment(time: Time) -> String {
    match time {
        Time::Milliseconds(milliseconds) => milliseconds.to_string(),
        Time::Nanoseconds(seconds, nanoseconds) => {
            let sign = if nanoseconds < 0 && seconds == 0 { "-" } else { "" };
            format!("{sign}{seconds}.{:09}", nanoseconds.abs())
        }
        Time::Seconds(seconds) => format!("{seconds:e}"),
    }
}

/// All that is shown of the samples, sorted.
fn samples(page: &Page, is_open: bool) -> Vec<String> {
    let samples = page.families().flat_map(|family| family.samples());
    let mut shown: Vec<String> = samples
        .filter(|sample| sample.native().is_none())
        .map(|sample| {
            let mut text = String::new();
            line(&mut text, &sample, is_open);
            text
        })
        .collect();
    shown.sort();
    shown
}
