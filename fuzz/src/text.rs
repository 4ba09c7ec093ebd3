//! A strict reader of the text formats. It panics where a text is not as the format wants it.
//!
//! Source: Prometheus, "Exposition formats", text formats 0.0.4 and 1.0.0; OpenMetrics 1.0.

use crate::names::is_legal;

/// Labels as they stand in a line.
pub type Labels = Vec<(String, String)>;

/// A number as it is written: with all its digits, if it looks like an int.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// Without a point or an exponent.
    Int(i128),
    /// The bits of any other; those of [`f64::NAN`] for NaN.
    Float(u64),
}

impl Number {
    /// A float, of which all NaN are one.
    #[must_use]
    pub fn float(float: f64) -> Self {
        Self::Float(if float.is_nan() { f64::NAN } else { float }.to_bits())
    }
}

/// An exemplar, and its time in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in the formats")]
pub struct Exemplar {
    pub labels: Labels,
    pub value: Number,
    pub time: Option<i64>,
}

/// A line with a value, and its time in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in the formats")]
pub struct Sample {
    pub name: String,
    pub labels: Labels,
    pub value: Number,
    pub time: Option<i64>,
    pub exemplar: Option<Exemplar>,
}

/// A family: what its comments say, and its samples.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in the formats")]
pub struct Family {
    pub name: String,
    pub help: String,
    pub kind: Option<String>,
    pub unit: Option<String>,
    pub samples: Vec<Sample>,
}

/// Reads an exposition, in OpenMetrics if it is `open`.
///
/// # Panics
///
/// When it is malformed.
#[must_use]
pub fn read(text: &[u8], open: bool) -> Vec<Family> {
    let mut text = std::str::from_utf8(text).expect("it is UTF-8");
    if open {
        text = text.strip_suffix("# EOF\n").expect("it has an end");
    }
    let Some(text) = text.strip_suffix('\n') else {
        assert_eq!(text, "", "the last line is ended");
        return Vec::new();
    };
    let mut families: Vec<Family> = Vec::new();
    for line in text.split('\n') {
        let mut reader = Reader { rest: line, open };
        if reader.eat("# HELP ") {
            let name = reader.name();
            reader.expect(" ");
            let help = reader.help();
            families.push(Family { name, help, kind: None, unit: None, samples: Vec::new() });
            continue;
        }
        let family = families.last_mut().expect("a family begins with its help");
        if reader.eat("# ") {
            assert!(family.samples.is_empty(), "comments come first: {line}");
            let is_type = reader.eat("TYPE ");
            assert!(is_type || (open && reader.eat("UNIT ")), "an unknown comment: {line}");
            assert_eq!(reader.name(), family.name);
            reader.expect(" ");
            let word = Some(reader.rest.to_owned());
            let place = if is_type { &mut family.kind } else { &mut family.unit };
            assert_eq!(std::mem::replace(place, word), None, "said twice: {line}");
        } else {
            family.samples.push(reader.sample());
        }
    }
    families
}

/// Reads what comes before the value of a line: its name, if it has one, and its labels.
///
/// # Panics
///
/// When it is malformed, or does not end with the space before the value.
#[must_use]
pub fn read_start(start: &str) -> (String, Labels) {
    let mut reader = Reader { rest: start, open: false };
    let start = reader.start();
    reader.expect(" ");
    assert_eq!(reader.rest, "");
    start
}

struct Reader<'a> {
    rest: &'a str,
    open: bool,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, text: &str) {
        assert!(self.eat(text), "{text:?} is missing before {:?}", self.rest);
    }

    fn take_while(&mut self, is_part: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (part, rest) = self.rest.split_at(end);
        self.rest = rest;
        part
    }

    /// A name, in quotes if they stand there. Those are for names that need them.
    fn name_or_quoted(&mut self, is_label: bool) -> String {
        if self.eat("\"") {
            let name = self.quoted();
            assert!(!name.is_empty() && !is_legal(&name, is_label), "quotes that are not needed: {name:?}");
            return name;
        }
        let word = self.take_while(|letter| letter.is_ascii_alphanumeric() || "_:".contains(letter));
        assert!(is_legal(word, is_label), "{word:?} before {:?}", self.rest);
        word.to_owned()
    }

    fn name(&mut self) -> String {
        self.name_or_quoted(false)
    }

    /// The rest of a quoted string.
    fn quoted(&mut self) -> String {
        let mut text = String::new();
        loop {
            text.push_str(self.take_while(|letter| !"\"\\".contains(letter)));
            if self.eat("\"") {
                return text;
            }
            text.push(self.escaped(true));
        }
    }

    /// The character that an escape stands for.
    fn escaped(&mut self, has_quotes: bool) -> char {
        self.expect("\\");
        let letter = match self.rest.chars().next() {
            Some('n') => '\n',
            Some('\\') => '\\',
            Some('"') if has_quotes => '"',
            _ => panic!("an unknown escape before {:?}", self.rest),
        };
        self.rest = &self.rest[1..];
        letter
    }

    /// The help up to the end of the line. OpenMetrics escapes quotes in it.
    fn help(&mut self) -> String {
        let mut text = String::new();
        loop {
            let open = self.open;
            text.push_str(self.take_while(|letter| letter != '\\' && !(open && letter == '"')));
            if self.rest.is_empty() {
                return text;
            }
            text.push(self.escaped(open));
        }
    }

    /// The name of a line, if it has one, and its labels.
    fn start(&mut self) -> (String, Labels) {
        let mut name = String::new();
        if !self.rest.starts_with(['{', ' ']) {
            name = self.name_or_quoted(false);
            assert!(is_legal(&name, false), "a name in quotes stands between the braces: {name:?}");
        }
        let mut labels = Vec::new();
        if !self.eat("{") {
            return (name, labels);
        }
        if name.is_empty() && self.rest.starts_with('"') {
            // The quotes may be those of the name, or of the first label.
            let mut ahead = Self { rest: self.rest, open: self.open };
            let quoted = ahead.name_or_quoted(false);
            if !ahead.rest.starts_with('=') {
                (name, self.rest) = (quoted, ahead.rest);
                if self.eat("}") {
                    return (name, labels);
                }
                self.expect(",");
            }
        }
        loop {
            labels.push(self.label());
            if self.eat("}") {
                return (name, labels);
            }
            self.expect(",");
        }
    }

    fn label(&mut self) -> (String, String) {
        let name = self.name_or_quoted(true);
        self.expect("=\"");
        (name, self.quoted())
    }

    fn sample(&mut self) -> Sample {
        let (name, labels) = self.start();
        assert!(!name.is_empty(), "a sample without a name before {:?}", self.rest);
        self.expect(" ");
        let value = self.number();
        let time = (!self.rest.is_empty() && !self.rest.starts_with(" # ")).then(|| self.time());
        let exemplar = (self.open && self.eat(" # {")).then(|| self.exemplar());
        assert_eq!(self.rest, "", "the line goes on");
        Sample { name, labels, value, time, exemplar }
    }

    fn exemplar(&mut self) -> Exemplar {
        let mut labels = Vec::new();
        if !self.eat("}") {
            loop {
                labels.push(self.label());
                if self.eat("}") {
                    break;
                }
                self.expect(",");
            }
        }
        self.expect(" ");
        let value = self.number();
        let time = (!self.rest.is_empty()).then(|| self.time());
        Exemplar { labels, value, time }
    }

    /// A time in milliseconds: as a whole number, or in seconds with three digits.
    fn time(&mut self) -> i64 {
        self.expect(" ");
        let text = self.take_while(|letter| letter != ' ');
        if !self.open {
            return text.parse().expect("a time");
        }
        let (seconds, fraction) = text.split_once('.').expect("a time in seconds");
        assert!(fraction.len() == 3 && seconds != "-");
        format!("{seconds}{fraction}").parse().expect("a time")
    }

    fn number(&mut self) -> Number {
        let text = self.take_while(|letter| letter != ' ');
        read_number(text, self.open)
    }
}

/// Reads a number as Python prints it, or as Go does if it is `open`.
///
/// # Panics
///
/// When it is malformed.
#[must_use]
pub fn read_number(text: &str, open: bool) -> Number {
    let words = if open { ["NaN", "+Inf", "-Inf"] } else { ["nan", "inf", "-inf"] };
    let digits = text.strip_prefix('-').unwrap_or(text);
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if are_digits(digits) {
        return Number::Int(text.parse().expect("an int"));
    }
    let (mantissa, exponent) = digits.split_once('e').unwrap_or((digits, "+00"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let has_sign = exponent.starts_with(['+', '-']);
    let is_float =
        has_sign && exponent.len() > 2 && [whole, fraction, &exponent[1..]].into_iter().all(are_digits);
    assert!(is_float || words.contains(&text), "not a number: {text:?}");
    Number::float(text.parse().expect("a float"))
}
