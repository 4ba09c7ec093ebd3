//! Descriptions: the parts of reprs that show values.
//!
//! A description runs no Python code of the user's, never fails, and is never longer than a few lines.

use crate::labels::LabelSet;
use crate::metric::Number;
use crate::number::write_number;

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
    let mut short: String = text.chars().take(LONGEST).flat_map(char::escape_debug).collect();
    if text.chars().nth(LONGEST).is_some() {
        short.push_str("...");
    }
    short
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

pub fn number(number: Number) -> String {
    let mut text = Vec::new();
    write_number(&mut text, number);
    String::from_utf8_lossy(&text).into_owned()
}
