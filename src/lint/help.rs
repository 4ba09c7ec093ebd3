//! Rules on HELP texts.

use super::about::About;
use super::{Problem, Rule};
use crate::kind::Kind;

/// Words that say nothing of a metric by themselves.
const EMPTY: [&str; 16] = [
    "a", "an", "the", "of", "for", "in", "to", "is", "this", "metric", "value", "current", "number", "total",
    "all", "help",
];

pub(super) fn check(about: &About, problems: &mut Vec<Problem>) {
    if about.help.trim().is_empty() {
        let text = "it has no HELP text: say what is counted or measured, and when it changes";
        problems.push(about.problem(Rule::HelpMissing, text));
    } else if repeats_name(about) {
        let text = format!(
            "its HELP text, \"{}\", says no more than its name: say what is counted or measured, and when it changes",
            about.help.trim()
        );
        problems.push(about.problem(Rule::HelpRepeatsName, text));
    }
}

/// Whether all words of the text are in the name, or say nothing.
fn repeats_name(about: &About) -> bool {
    let name: Vec<String> = words(&about.name).collect();
    // A text that is longer than the name can hardly have its words alone.
    about.help.len() <= 4 * about.name.len() + 40
        && words(&about.help).all(|word| {
            name.contains(&word)
                || EMPTY.contains(&&*word)
                || Kind::ALL.iter().any(|kind| kind.as_str() == word)
        })
}

/// The words of a text, in small letters.
fn words(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|letter: char| !letter.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase)
}
