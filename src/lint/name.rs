//! Rules on names of families.

use super::about::About;
use super::unit::{find_abbreviations, find_unit};
use super::{Problem, Rule};
use crate::kind::{Kind, Part, TOTAL};

/// The rules, each of which gives what is wrong, if anything is.
const CHECKS: [fn(&About, &mut Vec<Problem>); 7] =
    [check_total, check_timestamp, check_suffix, check_unit, check_type, check_colon, check_case];

pub(super) fn check(about: &About, problems: &mut Vec<Problem>) {
    for check in CHECKS {
        check(about, problems);
    }
}

fn check_total(about: &About, problems: &mut Vec<Problem>) {
    let (name, kind) = (&about.name, about.kind);
    let has_total = name.ends_with(TOTAL);
    if kind == Kind::Counter && !has_total {
        let text = format!("the name of a counter ends in _total: call it {name}{TOTAL}");
        problems.push(about.problem(Rule::CounterWithoutTotal, text));
    } else if kind != Kind::Counter && kind != Kind::Untyped && has_total {
        let text = format!(
            "it is a {kind}, and only names of counters end in _total: make it a counter if it only grows, or call it {}",
            name.strip_suffix(TOTAL).filter(|rest| !rest.is_empty()).unwrap_or("something else")
        );
        problems.push(about.problem(Rule::TotalWithoutCounter, text));
    }
}

fn check_timestamp(about: &About, problems: &mut Vec<Problem>) {
    if about.name.ends_with("_timestamp_seconds") && !about.is(Kind::Gauge) && about.kind != Kind::Untyped {
        let text =
            format!("it is a {}, but a time is a gauge: make it one, or call it something else", about.kind);
        problems.push(about.problem(Rule::TimestampWithoutGauge, text));
    }
}

fn check_suffix(about: &About, problems: &mut Vec<Problem>) {
    if about.kind == Kind::Untyped {
        return;
    }
    for (part, owners) in [
        (Part::Bucket, &[Kind::Histogram][..]),
        (Part::Count, &[Kind::Histogram, Kind::Summary]),
        (Part::Sum, &[Kind::Histogram, Kind::Summary]),
    ] {
        let suffix = Kind::Histogram.suffix(part);
        if about.name.ends_with(suffix) && !owners.contains(&about.kind) {
            let owners: Vec<&str> = owners.iter().map(|kind| kind.as_str()).collect();
            let text = format!(
                "it is a {}, and a name that ends in {suffix} is read as a part of a {}: call it something else",
                about.kind,
                owners.join(" or ")
            );
            problems.push(about.problem(Rule::ReservedSuffix, text));
        }
    }
}

fn check_unit(about: &About, problems: &mut Vec<Problem>) {
    if let Some((unit, base)) = find_unit(&about.name).filter(|(unit, base)| unit != base) {
        let text = format!("its unit is {unit}: give it in {base}, and say so in its name");
        problems.push(about.problem(Rule::UnitNotBase, text));
    }
    for (short, long) in find_abbreviations(&about.name) {
        let text = format!("\"{short}\" in its name reads as an abbreviated unit: spell it out ({long})");
        problems.push(about.problem(Rule::UnitAbbreviated, text));
    }
}

/// Source: promlint of client_golang 1.20 and later; older ones refuse the words of other types as well.
fn check_type(about: &About, problems: &mut Vec<Problem>) {
    let word = match about.kind {
        Kind::Untyped => return,
        Kind::GaugeHistogram => "gauge_histogram",
        kind => kind.traits().text,
    };
    let name = about.name.to_lowercase();
    if name.ends_with(&format!("_{word}")) || name.contains(&format!("_{word}_")) {
        let text = format!("its name has the type in it: leave \"{word}\" out, TYPE says it");
        problems.push(about.problem(Rule::TypeInName, text));
    }
}

fn check_colon(about: &About, problems: &mut Vec<Problem>) {
    if about.name.contains(':') {
        let text = "its name has a colon, which is for the names of recording rules: use an underscore";
        problems.push(about.problem(Rule::ColonInName, text));
    }
}

fn check_case(about: &About, problems: &mut Vec<Problem>) {
    if is_camel_case(&about.name) {
        let text = format!("its name is written in camelCase: call it {}", snake_case(&about.name));
        problems.push(about.problem(Rule::CamelCase, text));
    }
}

/// Whether a small letter is followed by a capital one.
pub(super) fn is_camel_case(name: &str) -> bool {
    name.as_bytes().windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
}

/// A name in small letters, with an underscore where a word begins.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    let mut before_is_small = false;
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && before_is_small {
            snake.push('_');
        }
        before_is_small = letter.is_ascii_lowercase() || letter.is_ascii_digit();
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}
