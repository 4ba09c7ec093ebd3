//! Descriptions: the parts of reprs that show values.
//!
//! A description runs no Python code of the user's, never fails, and is never longer than a few lines.

use crate::labels::LabelSet;
use crate::metric::Number;
use crate::number::{float_text, write_number};
use crate::quote;

/// The number of series that a description shows at most.
pub const MOST: usize = 3;

/// The number of characters of one text that a description shows at most.
const LONGEST: usize = 60;

/// `3 observations, sum 6.0`
pub fn observations(count: u64, sum: f64) -> String {
    format!(
        "{count} {}, sum {}",
        if count == 1 { "observation" } else { "observations" },
        number(Number::Float(sum))
    )
}

/// A text of unknown content in a short form: control characters are escaped, and a long text is cut.
pub fn short(text: &str) -> String {
    let (text, dots) = quote::cut(text, LONGEST);
    format!("{}{dots}", quote::escaped(text, '"'))
}

/// The same in quotes, as it stands in a program.
pub fn quoted(text: &str) -> String {
    quote::shortened(text, LONGEST)
}

pub fn pairs<'a>(pairs: impl ExactSizeIterator<Item = (&'a str, &'a str)>) -> String {
    let count = pairs.len();
    let shown: Vec<String> =
        pairs.take(2 * MOST).map(|(name, value)| format!("{}=\"{}\"", short(name), short(value))).collect();
    let more = if count > shown.len() { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

pub fn labels(labels: &LabelSet) -> String {
    pairs(labels.pairs())
}

/// A list as it stands in a program.
pub fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A list of floats.
pub fn floats(floats: &[f64]) -> String {
    list(floats.iter().map(|&float| float_text(float)))
}

pub fn number(number: Number) -> String {
    let mut text = Vec::new();
    write_number(&mut text, number);
    String::from_utf8_lossy(&text).into_owned()
}
