//! A label set: its identity, whatever the order, and its text, escaped once.

use std::hash::BuildHasher;

use crate::error::Error;

/// A label: its name and its value.
pub type Pair<'a> = (&'a str, &'a str);

/// The labels of one series.
///
/// Two label sets are the same when they hold the same pairs, in whatever order.
#[derive(Debug)]
pub struct LabelSet {
    /// Name, value, name, value, ... as they were given, one after the other.
    raw: Box<str>,
    /// Where each of them ends in `raw`: ascending, an even number of them, the last is its length.
    ends: Box<[u32]>,
    /// `name="value"` joined by commas, values escaped, sorted by name, the constant labels among them.
    text: Box<str>,
    /// Where the reserved label (`le`, `quantile`) sorts in: the start of a pair in `text`, or its end.
    reserved_at: u32,
}

impl LabelSet {
    /// Makes the label set of one series of `metric`.
    ///
    /// `constant` are the metric's own labels, which the text carries too; `reserved` is the label that
    /// will be written among these, if any.
    ///
    /// # Errors
    ///
    /// [`Error::LabelsTooLong`] beyond 4 GiB of text.
    pub fn new(
        metric: &str,
        pairs: &[Pair<'_>],
        constant: &[Pair<'_>],
        reserved: Option<&str>,
    ) -> Result<Self, Error> {
        let too_long = |_| Error::LabelsTooLong { metric: metric.to_owned() };
        let mut raw = String::with_capacity(pairs.iter().map(|(n, v)| n.len() + v.len()).sum());
        let mut ends = Vec::with_capacity(pairs.len() * 2);
        for part in pairs.iter().flat_map(|&(name, value)| [name, value]) {
            raw.push_str(part);
            ends.push(u32::try_from(raw.len()).map_err(too_long)?);
        }
        let (text, reserved_at) = write_text(pairs, constant, reserved);
        u32::try_from(text.len()).map_err(too_long)?;
        Ok(Self {
            raw: raw.into_boxed_str(),
            ends: ends.into_boxed_slice(),
            text: text.into_boxed_str(),
            reserved_at: u32::try_from(reserved_at).map_err(too_long)?,
        })
    }

    /// The pairs in the order in which they were given, without the constant labels.
    #[must_use]
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = Pair<'_>> {
        (0..self.ends.len() / 2).map(|index| self.pair(index))
    }

    fn pair(&self, index: usize) -> Pair<'_> {
        let end = |at: usize| self.ends[at] as usize;
        let start = if index == 0 { 0 } else { end(index * 2 - 1) };
        let middle = end(index * 2);
        (&self.raw[start..middle], &self.raw[middle..end(index * 2 + 1)])
    }

    /// The text between the braces, without them: empty when there are no labels at all.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text before and after the place of the reserved label.
    #[must_use]
    pub fn text_around_reserved(&self) -> (&str, &str) {
        self.text.split_at(self.reserved_at as usize)
    }

    /// Whether these are the `pairs`, in this order. The lengths are compared first, so that `raw` is cut
    /// nowhere else than here.
    #[inline]
    fn matches_in_order(&self, pairs: &[Pair<'_>]) -> bool {
        let parts = || pairs.iter().flat_map(|&(name, value)| [name, value]);
        let mut length = 0;
        let same_lengths = parts().zip(&self.ends).all(|(part, &end)| {
            length += part.len();
            length == end as usize
        });
        let mut rest = self.raw.as_bytes();
        same_lengths
            && parts().all(|part| {
                let (ours, after) = rest.split_at(part.len());
                rest = after;
                ours == part.as_bytes()
            })
    }

    /// Whether these are the `pairs`, in whatever order.
    ///
    /// Each pair must find a partner of its own, so that a list that names one label twice is not taken
    /// for a set that has another label beside it.
    #[must_use]
    pub fn matches(&self, pairs: &[Pair<'_>]) -> bool {
        let count = self.ends.len() / 2;
        if count != pairs.len() {
            return false;
        }
        if self.matches_in_order(pairs) {
            return true;
        }
        let found = |&pair: &Pair<'_>| (0..count).any(|index| self.pair(index) == pair);
        let distinct = |index: usize| !pairs[..index].contains(&pairs[index]);
        pairs.iter().all(found) && (0..count).all(distinct)
    }
}

/// A hash of the pairs that does not depend on their order.
pub fn hash(state: &impl BuildHasher, pairs: &[Pair<'_>]) -> u64 {
    pairs.iter().fold(0, |sum, pair| sum.wrapping_add(state.hash_one(pair)))
}

/// The sorted text of all the labels, and where the reserved one sorts in.
fn write_text(pairs: &[Pair<'_>], constant: &[Pair<'_>], reserved: Option<&str>) -> (String, usize) {
    let mut all: Vec<Pair<'_>> = constant.iter().chain(pairs).copied().collect();
    all.sort_unstable();
    let mut text = String::with_capacity(all.iter().map(|(n, v)| n.len() + v.len() + 4).sum());
    let mut reserved_at = None;
    for (name, value) in all {
        if !text.is_empty() {
            text.push(',');
        }
        if reserved_at.is_none() && reserved.is_some_and(|reserved| reserved < name) {
            reserved_at = Some(text.len());
        }
        text.push_str(name);
        text.push_str("=\"");
        push_escaped(&mut text, value);
        text.push('"');
    }
    let reserved_at = reserved_at.unwrap_or(text.len());
    (text, reserved_at)
}

/// Appends a label value as the text formats want it: `\`, `"` and line feed escaped.
///
/// Source: Prometheus text format 0.0.4, "Comments, help text, and type information".
pub fn push_escaped(text: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = memchr::memchr3(b'\\', b'"', b'\n', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        text.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'"' => "\\\"",
            _ => "\\n",
        });
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests;
