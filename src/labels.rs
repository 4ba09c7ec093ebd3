//! Label sets: the labels of a series, in whatever order, and their text, escaped once.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};
use std::ops::Range;
use std::ptr::{self, NonNull};
use std::slice;

use smallvec::SmallVec;

use crate::memory::{self, OutOfMemory};
use crate::name::{Escaping, Naming, is_label_name, is_metric_name, push_escaped, push_quoted};

pub mod identity;
mod kept;

use identity::Named;
use kept::Kept;

/// The size of a number behind the start.
const WORD: usize = size_of::<u32>();
/// Which of the numbers is the first that says where a name or a value ends.
const FIRST_END: usize = 2;

/// A label: its name and its value.
pub type Pair<'a> = (&'a str, &'a str);

/// The labels of one series.
///
/// Two label sets are the same when they hold the same pairs, in whatever order.
// Small, with its text in one allocation: what a scrape reads of a series fits into one line of the cache.
#[derive(Debug)]
#[repr(C)]
pub struct LabelSet {
    /// Made of a `Box<[u8]>`: how the lines of the series start; as `u32` each where the reserved label (`le`, `quantile`)
    /// is to be put in, where the first name begins, and where each name and value ends; then name, value, name, value, ...
    /// as they were given. The last of the ends is that of the box.
    ///
    /// The start is `name{a="b",c="d"} ` or, without any labels, `name `. The labels are escaped and sorted by
    /// name, the constant ones among them. The name is left out where the lines of one series have several names.
    /// Names that need quotes stand escaped, or quoted where they may: the family's is then the first between the
    /// braces, `{"name",a="b"} `, and where it is left out the start goes on behind it: `,a="b"} `.
    ///
    /// The reserved label goes in at a pair in the start, at the brace that closes it, or at the space when there is no
    /// brace.
    bytes: NonNull<u8>,
    /// What a format has made of the labels.
    kept: Kept,
    /// Where the start ends.
    start_end: u32,
    /// How many labels were given.
    count: u16,
    /// Whether the names of the family and of all labels are the same in every escaping.
    plain: bool,
    /// Whether a label that was given has the name of a constant one, and so replaces it.
    replaces: bool,
}

// SAFETY: the bytes are owned, and never change.
unsafe impl Send for LabelSet {}
// SAFETY: as above.
unsafe impl Sync for LabelSet {}

impl Drop for LabelSet {
    fn drop(&mut self) {
        let bytes = ptr::slice_from_raw_parts_mut(self.bytes.as_ptr(), self.bytes().len());
        // SAFETY: they were made of a box of this length, and nobody else has them.
        memory::free(unsafe { Box::from_raw(bytes) });
    }
}

/// The text of a label set is longer than 4 GiB, or it has more than 65,535 labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the labels are too long; 4 GiB is the limit for one series")]
pub struct TooLong;

/// What the label sets of a family have in common.
#[derive(Debug, Clone, Copy)]
pub struct Common<'a> {
    /// The family's name.
    pub metric: &'a str,
    /// Whether all lines of a series have the family's name, so that it can be written at birth.
    pub one_name: bool,
    /// The constant labels: every series has them, unless it is given others of their names.
    pub constant: &'a [Pair<'a>],
    /// The label that the lines of a series carry themselves.
    pub reserved: Option<&'a str>,
    /// Which names are allowed.
    pub naming: Naming,
    /// What becomes of names that need quotes.
    pub escaping: Escaping,
}

impl Common<'_> {
    /// Whether the names, these and those of the `pairs`, are the same in every escaping.
    fn is_plain(&self, pairs: &[Pair<'_>]) -> bool {
        // The label of a state set has the name of the family, which may have a colon.
        self.reserved.is_none_or(is_label_name)
            && (self.naming == Naming::Legacy
                || is_metric_name(self.metric)
                    && self.constant.iter().chain(pairs).all(|(name, _)| is_label_name(name)))
    }
}

impl LabelSet {
    /// Makes the label set of one series.
    ///
    /// # Errors
    ///
    /// [`TooLong`] beyond 4 GiB of text or 65,535 labels.
    pub fn new(common: Common<'_>, pairs: &[Pair<'_>]) -> Result<Self, TooLong> {
        let plain = common.is_plain(pairs);
        let replaces = replaces_any(common.constant, pairs);
        let (start, reserved_at) = if plain {
            write_start::<true>(common, pairs, replaces)
        } else {
            write_start::<false>(common, pairs, replaces)
        };
        let narrow = |number: usize| u32::try_from(number).map_err(|_| TooLong);
        let (start_end, count) = (narrow(start.len())?, u16::try_from(pairs.len()).map_err(|_| TooLong)?);
        let mut bytes = start.into_bytes();
        let mut end = bytes.len() + WORD * (FIRST_END + 2 * pairs.len());
        bytes.extend_from_slice(&narrow(reserved_at)?.to_ne_bytes());
        bytes.extend_from_slice(&narrow(end)?.to_ne_bytes());
        for part in pairs.iter().flat_map(|&(name, value)| [name, value]) {
            end += part.len();
            bytes.extend_from_slice(&narrow(end)?.to_ne_bytes());
        }
        for part in pairs.iter().flat_map(|&(name, value)| [name, value]) {
            bytes.extend_from_slice(part.as_bytes());
        }
        let bytes = NonNull::from(Box::leak(bytes.into_boxed_slice())).cast();
        Ok(Self { bytes, kept: Kept::new(), start_end, count, plain, replaces })
    }

    /// One of the words behind the start.
    #[inline(always)]
    fn word(&self, index: usize) -> usize {
        let at = self.start_end as usize + WORD * index;
        // SAFETY: as many words as are asked for were written behind the start, at no certain alignment.
        (unsafe { self.bytes.as_ptr().add(at).cast::<u32>().read_unaligned() }) as usize
    }

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        let length = self.word(FIRST_END - 1 + 2 * usize::from(self.count));
        // SAFETY: it is the box that they were made of.
        unsafe { slice::from_raw_parts(self.bytes.as_ptr(), length) }
    }

    /// Where the first name begins, and where the names and values end: an even number of ascending places.
    #[inline(always)]
    fn ends(&self) -> (usize, impl ExactSizeIterator<Item = usize>) {
        let (start, count) = (self.start_end as usize + WORD * FIRST_END, 2 * usize::from(self.count));
        // SAFETY: as many words were written there.
        let ends =
            unsafe { slice::from_raw_parts(self.bytes.as_ptr().add(start).cast::<[u8; WORD]>(), count) };
        (start + WORD * count, ends.iter().map(|end| u32::from_ne_bytes(*end) as usize))
    }

    fn text(&self, range: Range<usize>) -> &str {
        // SAFETY: only ranges of whole names and values come here, which all were text.
        unsafe { std::str::from_utf8_unchecked(&self.bytes()[range]) }
    }

    /// The pairs in the order in which they were given, without the constant labels.
    #[must_use]
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = Pair<'_>> {
        let (mut start, mut ends) = self.ends();
        (0..self.count).map(move |_| {
            let (middle, end) = (ends.next().unwrap_or(start), ends.next().unwrap_or(start));
            let pair = (self.text(start..middle), self.text(middle..end));
            start = end;
            pair
        })
    }

    /// What a format has made of the labels.
    #[must_use]
    #[inline(always)]
    pub fn kept(&self) -> Option<&[u8]> {
        self.kept.get()
    }

    /// Where [`LabelSet::kept`] is, to have it fetched.
    #[must_use]
    #[inline(always)]
    pub fn kept_at(&self) -> Option<*const u8> {
        self.kept.at()
    }

    /// Keeps what a format has made of the labels, as long as they live. There is one such format; of several threads that
    /// come here at once, the first one's is kept.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn keep(&self, bytes: &[u8]) -> Result<&[u8], OutOfMemory> {
        self.kept.set(bytes)
    }

    /// Whether the names of the family and of all labels are the same in every escaping: none needs quotes.
    #[must_use]
    #[inline]
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// Whether one of the pairs has the name of a constant label, and so replaces it.
    #[must_use]
    #[inline]
    pub fn replaces_constant(&self) -> bool {
        self.replaces
    }

    /// How the lines of the series start, up to the value.
    #[must_use]
    #[inline]
    pub fn start(&self) -> &str {
        // SAFETY: the start was text, and stands first.
        unsafe {
            std::str::from_utf8_unchecked(slice::from_raw_parts(self.bytes.as_ptr(), self.start_end as usize))
        }
    }

    /// What stands before and after the reserved label in a line that has it: `{a="b",` and `,c="d"} `.
    #[must_use]
    #[inline]
    pub fn around_reserved(&self) -> [&str; 4] {
        let (before, after) = self.start().split_at(self.word(0));
        match after.as_bytes() {
            // No labels at all.
            b" " => [before, "{", "}", after],
            // It is the last one.
            b"} " => [before, ",", "", after],
            _ => [before, "", ",", after],
        }
    }

    /// Whether the labels are these `pairs`, in this order. There must be as many.
    #[inline(always)]
    fn matches_in_order(&self, pairs: &[Pair<'_>]) -> bool {
        let (mut start, mut ends) = self.ends();
        for (name, value) in pairs {
            for text in [name, value] {
                let end = ends.next().unwrap_or(start);
                // SAFETY: a name or a value stands there; the ends ascend from the beginning of the first name.
                let own = unsafe { slice::from_raw_parts(self.bytes.as_ptr().add(start), end - start) };
                if !is_same(own, text.as_bytes()) {
                    return false;
                }
                start = end;
            }
        }
        true
    }

    /// Whether the labels are these `pairs`, in whatever order.
    ///
    /// Each pair must find a partner of its own: a list that names one label twice is not the same as a set that
    /// has that label and another one.
    #[must_use]
    #[inline(always)]
    pub fn matches(&self, pairs: &[Pair<'_>]) -> bool {
        usize::from(self.count) == pairs.len() && (self.matches_in_order(pairs) || self.matches_turned(pairs))
    }

    /// As [`LabelSet::matches`], for as many pairs.
    #[cold]
    fn matches_turned(&self, pairs: &[Pair<'_>]) -> bool {
        let own: SmallVec<[Pair<'_>; 8]> = self.pairs().collect();
        identity::sorted(&own) == identity::sorted(pairs)
    }
}

/// Whether one of the pairs has the name of a constant label.
fn replaces_any(constant: &[Pair<'_>], pairs: &[Pair<'_>]) -> bool {
    !constant.is_empty() && {
        let pairs = Named::new(pairs);
        constant.iter().any(|(name, _)| pairs.get(name).is_some())
    }
}

/// Whether two texts are the same. Most are short, and a call of the library's function takes longer than
/// they do.
#[inline(always)]
fn is_same(left: &[u8], right: &[u8]) -> bool {
    /// Whether two texts have the same first `N` bytes and the same last `N` bytes. These may overlap.
    #[inline(always)]
    fn ends<const N: usize>(left: &[u8], right: &[u8]) -> Option<bool> {
        let first = left.first_chunk::<N>()? == right.first_chunk::<N>()?;
        let last = left.last_chunk::<N>()? == right.last_chunk::<N>()?;
        Some(first & last)
    }
    let length = left.len();
    let same = match length {
        _ if length != right.len() => Some(false),
        8..=16 => ends::<8>(left, right),
        4..8 => ends::<4>(left, right),
        2..4 => ends::<2>(left, right),
        _ => None,
    };
    same.unwrap_or_else(|| left == right)
}

/// A hash of the pairs that does not depend on their order.
#[inline(always)]
pub fn hash(state: &impl BuildHasher, pairs: &[Pair<'_>]) -> u64 {
    let mut sum = 0_u64;
    for (name, value) in pairs {
        let mut hasher = state.build_hasher();
        hasher.write(name.as_bytes());
        hasher.write(value.as_bytes());
        sum = sum.wrapping_add(hasher.finish());
    }
    sum
}

/// The start of the lines, and where the reserved label is to be put in. `PLAIN` says that no name changes in any
/// escaping, and `replaces` that a pair has the name of a constant label.
fn write_start<const PLAIN: bool>(common: Common<'_>, pairs: &[Pair<'_>], replaces: bool) -> (String, usize) {
    let mut all: SmallVec<[Pair<'_>; 8]> = SmallVec::new();
    if replaces {
        let given = Named::new(pairs);
        all.extend(common.constant.iter().copied().filter(|(name, _)| given.get(name).is_none()));
    } else {
        all.extend(common.constant.iter().copied());
    }
    // `extend` and `extend_from_slice` are not inlined, and take longer for the few pairs of a series.
    for &pair in pairs {
        all.push(pair);
    }
    all.sort_unstable();
    let quoted = !PLAIN && needs_quotes(common.metric, common.escaping);
    let name = if common.one_name { common.metric } else { "" };
    let name = if PLAIN { Cow::Borrowed(name) } else { common.escaping.metric_name(name) };
    let labels: usize = all.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    let raw: usize = pairs.iter().map(|(name, value)| name.len() + value.len() + 2 * WORD).sum();
    // Exactly the size of all the bytes of the set when nothing is escaped, so that no memory is wasted or moved.
    let brackets = if all.is_empty() { 1 } else { 2 };
    let mut text = String::with_capacity(name.len() + labels + brackets + WORD * FIRST_END + raw);
    if quoted && common.one_name {
        push_quoted_metric(&mut text, &name, "");
    } else {
        text.push_str(&name);
    }
    let mut reserved_at = None;
    for (index, &(name, value)) in all.iter().enumerate() {
        text.push(if index == 0 && !quoted { '{' } else { ',' });
        if reserved_at.is_none() && common.reserved.is_some_and(|reserved| reserved < name) {
            reserved_at = Some(text.len());
        }
        if PLAIN {
            text.push_str(name);
            push_label_value(&mut text, value);
        } else {
            push_label(&mut text, name, value, common.escaping);
        }
    }
    let end = text.len();
    text.push_str(if all.is_empty() && !quoted { " " } else { "} " });
    (text, reserved_at.unwrap_or(end))
}

/// Whether a metric's name stands in quotes between the braces.
#[must_use]
pub fn needs_quotes(metric: &str, escaping: Escaping) -> bool {
    escaping == Escaping::AllowUtf8 && !is_metric_name(metric)
}

/// Appends a metric's name that needs quotes, and the brace in front of it.
pub fn push_quoted_metric(text: &mut String, name: &str, suffix: &str) {
    text.push_str("{\"");
    push_escaped(text, name);
    text.push_str(suffix);
    text.push('"');
}

/// Appends `name="value"`.
pub fn push_label(text: &mut String, name: &str, value: &str, escaping: Escaping) {
    if escaping == Escaping::AllowUtf8 && !is_label_name(name) {
        push_quoted(text, name);
    } else {
        text.push_str(&escaping.label_name(name));
    }
    push_label_value(text, value);
}

fn push_label_value(text: &mut String, value: &str) {
    text.push_str("=\"");
    push_escaped(text, value);
    text.push('"');
}

#[cfg(test)]
mod tests;
