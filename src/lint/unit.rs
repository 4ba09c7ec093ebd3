//! Units in names: which there are, and what they are multiples of.
//!
//! The tables are those of promlint (client_golang, `prometheus/testutil/promlint`), whose findings must be found here too.

/// Units, and the base unit of each.
const UNITS: [(&str, &str); 24] = [
    ("amperes", "amperes"),
    ("bytes", "bytes"),
    ("celsius", "celsius"),
    ("grams", "grams"),
    ("joules", "joules"),
    ("kelvin", "kelvin"),
    ("meters", "meters"),
    ("metres", "metres"),
    ("seconds", "seconds"),
    ("volts", "volts"),
    ("minutes", "seconds"),
    ("hours", "seconds"),
    ("days", "seconds"),
    ("weeks", "seconds"),
    ("kelvins", "kelvin"),
    ("fahrenheit", "celsius"),
    ("rankine", "celsius"),
    ("inches", "meters"),
    ("yards", "meters"),
    ("miles", "meters"),
    ("bits", "bytes"),
    ("calories", "joules"),
    ("pounds", "grams"),
    ("ounces", "grams"),
];

/// Multiples and parts of units.
const PREFIXES: [&str; 18] = [
    "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo", "kibi", "mega", "mibi",
    "giga", "gibi", "tera", "tebi", "peta", "pebi",
];

/// Units that are not spelled out.
const ABBREVIATIONS: [(&str, &str); 14] = [
    ("s", "seconds"),
    ("ms", "seconds"),
    ("us", "seconds"),
    ("ns", "seconds"),
    ("sec", "seconds"),
    ("b", "bytes"),
    ("kb", "bytes"),
    ("mb", "bytes"),
    ("gb", "bytes"),
    ("tb", "bytes"),
    ("pb", "bytes"),
    ("m", "meters, or seconds for minutes"),
    ("h", "seconds"),
    ("d", "seconds"),
];

fn base_of(unit: &str) -> Option<&'static str> {
    UNITS.iter().find(|&&(own, _)| own == unit).map(|&(_, base)| base)
}

/// The first unit in a name, and its base unit.
pub(super) fn find_unit(name: &str) -> Option<(&str, &'static str)> {
    name.split('_').find_map(|word| {
        let rests = PREFIXES.iter().filter_map(|prefix| word.strip_prefix(prefix));
        [word].into_iter().chain(rests).find_map(base_of).map(|base| (word, base))
    })
}

/// The units in a name that are not spelled out, and what they are called. The first word of a name is not one.
pub(super) fn find_abbreviations(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let name = name.to_lowercase();
    ABBREVIATIONS.into_iter().filter(move |(short, _)| has_word(&name, short))
}

/// Whether a word is in a name, behind an underscore.
fn has_word(name: &str, word: &str) -> bool {
    name.split('_').skip(1).any(|own| own == word)
}
