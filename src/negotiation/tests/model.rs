//! A model of the negotiation: the same rules, as plainly as possible. All is read into lists, and these are sorted.

use crate::name::Escaping;
use crate::negotiation::{Choice, Encoding, Format};

#[derive(Debug, Default, Clone)]
struct Clause {
    subject: String,
    parameters: Vec<(String, String)>,
}

impl Clause {
    /// The last value of a parameter.
    fn get(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rfind(|(own, _)| own == name).map(|(_, value)| &**value)
    }

    /// Anything that is not in [0, 1] is not a quality.
    fn quality(&self) -> Option<f64> {
        let quality = self.get("q").map_or(Ok(1.0), |text| text.trim_matches(WHITE).parse::<f64>()).ok()?;
        (0.0..=1.0).contains(&quality).then_some(quality)
    }
}

const WHITE: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];

/// A letter, and whether it is in a quoted string, or escaped in one, so that it means only itself.
type Letter = (char, bool);

/// Distinguishes the letters with a meaning from those that mean only themselves. The quotes are kept.
fn letters(header: &str) -> Vec<Letter> {
    let mut letters = Vec::new();
    let mut quoted = false;
    let mut source = header.chars();
    while let Some(letter) = source.next() {
        match letter {
            '\\' if quoted => letters.extend(source.next().map(|letter| (letter, true))),
            '"' => {
                quoted = !quoted;
                letters.push(('"', false));
            }
            _ => letters.push((letter, quoted)),
        }
    }
    letters
}

fn trim(mut letters: &[Letter]) -> &[Letter] {
    let is_white = |letter: &Letter| !letter.1 && WHITE.contains(&letter.0);
    while letters.first().is_some_and(is_white) {
        letters = &letters[1..];
    }
    while letters.last().is_some_and(is_white) {
        letters = &letters[..letters.len() - 1];
    }
    letters
}

fn text(letters: &[Letter]) -> String {
    letters.iter().map(|(letter, _)| letter).collect()
}

fn value(letters: &[Letter]) -> String {
    match letters.split_first() {
        Some((&('"', false), rest)) => {
            let end = rest.iter().position(|letter| *letter == ('"', false)).unwrap_or(rest.len());
            text(&rest[..end])
        }
        _ => text(letters),
    }
}

fn clauses(headers: &[&str]) -> Vec<Clause> {
    let mut clauses = Vec::new();
    for header in headers {
        for letters in letters(header).split(|letter| *letter == (',', false)) {
            if trim(letters).is_empty() {
                continue;
            }
            let mut clause = Clause::default();
            for (index, part) in letters.split(|letter| *letter == (';', false)).enumerate() {
                let part = trim(part);
                if index == 0 {
                    clause.subject = text(part).to_ascii_lowercase();
                } else if let Some(at) = part.iter().position(|(letter, _)| *letter == '=') {
                    let name = text(trim(&part[..at])).to_ascii_lowercase();
                    clause.parameters.push((name, value(trim(&part[at + 1..]))));
                }
            }
            clauses.push(clause);
        }
    }
    clauses
}

pub(super) fn negotiate(headers: &[&str]) -> (Choice, Encoding) {
    let clauses = clauses(headers);
    let encoding = encoding(&clauses);
    (choice(clauses), encoding)
}

fn choice(mut clauses: Vec<Clause>) -> Choice {
    clauses.retain(|clause| clause.quality() != Some(0.0));
    clauses.sort_by(|left, right| {
        right.quality().unwrap_or(-1.0).partial_cmp(&left.quality().unwrap_or(-1.0)).unwrap()
    });
    let mut choice = Choice::default();
    for clause in clauses {
        for (name, value) in &clause.parameters {
            if name == "escaping" {
                choice.escaping = match &**value {
                    "underscores" => Some(Escaping::Underscores),
                    "dots" => Some(Escaping::Dots),
                    "values" => Some(Escaping::Values),
                    "allow-utf-8" => Some(Escaping::AllowUtf8),
                    _ => choice.escaping,
                };
            }
        }
        let media: Vec<&str> = clause.subject.splitn(2, '/').map(|part| part.trim_matches(WHITE)).collect();
        choice.format = match (&media[..], clause.get("version").unwrap_or("")) {
            (["text", "plain"], "" | "0.0.4") => Format::Text0_0_4,
            (["text", "plain"], "1.0.0") => Format::Text1_0_0,
            (["application", "openmetrics-text"], "" | "0.0.1") => Format::OpenMetrics0_0_1,
            (["application", "openmetrics-text"], "1.0.0") => Format::OpenMetrics1_0_0,
            (["application", "vnd.google.protobuf"], _)
                if clause.get("proto") == Some("io.prometheus.client.MetricFamily")
                    && clause.get("encoding") == Some("delimited") =>
            {
                Format::Protobuf
            }
            _ => continue,
        };
        return choice;
    }
    choice
}

fn encoding(clauses: &[Clause]) -> Encoding {
    let highest = |names: &[&str]| {
        let named = clauses.iter().filter(|clause| names.contains(&&*clause.subject));
        named.filter_map(Clause::quality).max_by(f64::total_cmp)
    };
    let any = highest(&["*"]).unwrap_or(0.0);
    let mut offers = Vec::new();
    // The lesser number is the one that is taken where the quality is the same.
    for (encoding, names, named_at, any_at) in [
        (Encoding::Gzip, &["gzip", "x-gzip"][..], 0, 4),
        (Encoding::Zstd, &["zstd"], 1, 5),
        (Encoding::Identity, &["identity"], 2, 3),
    ] {
        offers.push(match highest(names) {
            Some(quality) => (quality, named_at, encoding),
            None => (any, any_at, encoding),
        });
    }
    offers.retain(|(quality, ..)| *quality > 0.0);
    offers.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    offers.first().map_or(Encoding::Identity, |(.., encoding)| *encoding)
}
