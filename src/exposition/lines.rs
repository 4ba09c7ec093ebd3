//! Lines of the text formats: a name, labels, a value.

use std::ops::Deref;

use crate::family::Descriptor;
use crate::labels::{LabelSet, Pair, needs_quotes, push_label, push_quoted_metric};
use crate::metric::Exemplar;
use crate::metric::Number;
use crate::name::{Escaping, push_quoted};
use crate::number::write_int;
use crate::output::{Cursor, Output};

/// Room for a number: the longest are those of floats, such as `-1.7976931348623157e+308`.
pub const NUMBER: usize = 24;

/// Where the text formats differ.
pub trait Dialect {
    /// Whether it is OpenMetrics, which has exemplars and births, and forbids some of what the text format takes.
    const OPEN: bool;

    /// What ends every line: a time in milliseconds since 1970, if there is one, and a line feed.
    fn tail(timestamp: Option<i64>) -> String;

    /// Appends the value of a counter or a gauge.
    fn write_number(cursor: &mut Cursor<'_>, number: Number);

    /// Appends a float.
    fn write_float(cursor: &mut Cursor<'_>, float: f64);

    /// Appends a count of a histogram.
    fn write_count(cursor: &mut Cursor<'_>, count: u64);
}

/// What the lines of a family begin with: its name as it is shown, the brace and the quotes that it may need, and the
/// suffix. Its labels go on behind that.
#[must_use]
pub fn line_name(base: &str, suffix: &str, escaping: Escaping) -> String {
    let mut text = String::new();
    if needs_quotes(base, escaping) {
        push_quoted_metric(&mut text, base, suffix);
    } else {
        text.push_str(&escaping.metric_name(base));
        text.push_str(suffix);
    }
    text
}

/// The name of a family where it stands alone: quoted if need be.
#[must_use]
pub fn header_name(name: &str, escaping: Escaping) -> String {
    if !needs_quotes(name, escaping) {
        return name.to_owned();
    }
    let mut text = String::new();
    push_quoted(&mut text, name);
    text
}

/// A label that lines carry beside those of their series: `le="0.5"`.
#[must_use]
pub fn own_label(name: &str, value: &str, escaping: Escaping) -> String {
    let mut text = String::new();
    push_label(&mut text, name, value, escaping);
    text
}

/// Labels in the escaping that is shown: those of the series, or made anew.
pub enum Shown<'a> {
    Own(&'a LabelSet),
    Made(LabelSet),
}

impl<'a> Shown<'a> {
    /// The labels of a series; none where escaping makes them longer than labels can be.
    #[inline]
    pub fn new(descriptor: &Descriptor, labels: &'a LabelSet, escaping: Escaping) -> Option<Self> {
        if escaping == Escaping::Underscores || labels.is_plain() {
            return Some(Self::Own(labels));
        }
        let constant: Vec<Pair<'_>> = descriptor.constant().collect();
        let pairs: Vec<Pair<'_>> = labels.pairs().collect();
        LabelSet::new(descriptor.common(&constant, escaping), &pairs).ok().map(Self::Made)
    }

    /// The labels without the name, with more `pairs` behind.
    pub fn without_name(
        descriptor: &Descriptor,
        labels: &LabelSet,
        more: &[Pair<'_>],
        escaping: Escaping,
    ) -> Option<LabelSet> {
        let constant: Vec<Pair<'_>> = descriptor.constant().collect();
        let pairs: Vec<Pair<'_>> = labels.pairs().chain(more.iter().copied()).collect();
        let mut common = descriptor.common(&constant, escaping);
        common.one_name = false;
        LabelSet::new(common, &pairs).ok()
    }
}

impl Deref for Shown<'_> {
    type Target = LabelSet;

    #[inline]
    fn deref(&self) -> &LabelSet {
        match self {
            Self::Own(labels) => labels,
            Self::Made(labels) => labels,
        }
    }
}

/// The lines of one series.
#[derive(Clone, Copy)]
pub struct Lines<'a> {
    labels: &'a LabelSet,
    /// What stands before and after a label of a line's own.
    around: [&'a str; 4],
    /// What ends every line: a time perhaps, and a line feed.
    pub tail: &'a [u8],
}

impl<'a> Lines<'a> {
    #[inline]
    pub fn new(labels: &'a LabelSet, tail: &'a str) -> Self {
        Self { labels, around: labels.around_reserved(), tail: tail.as_bytes() }
    }

    /// Room for the line of a name.
    pub fn room(self, name: &str) -> usize {
        name.len() + self.labels.start().len() + NUMBER + self.tail.len()
    }

    /// Room for the line of a name that has a label of its own.
    pub fn room_with(self, name: &str, own: &str) -> usize {
        self.room(name) + own.len() + "{,}".len()
    }

    /// A line up to the value.
    #[inline]
    pub fn write_start(self, cursor: &mut Cursor<'_>, name: &str) {
        cursor.push(name.as_bytes());
        cursor.push(self.labels.start().as_bytes());
    }

    #[inline]
    pub fn write(self, cursor: &mut Cursor<'_>, name: &str, value: impl FnOnce(&mut Cursor<'_>)) {
        self.write_start(cursor, name);
        value(cursor);
        cursor.push(self.tail);
    }

    /// A line with a label of its `own`, sorted in, and perhaps an exemplar.
    #[inline]
    pub fn write_with<D: Dialect>(
        self,
        cursor: &mut Cursor<'_>,
        (name, own): (&str, &str),
        value: impl FnOnce(&mut Cursor<'_>),
        exemplar: Option<&Exemplar>,
    ) {
        cursor.push(name.as_bytes());
        let [before, left, right, after] = self.around;
        for part in [before, left, own, right, after] {
            cursor.push(part.as_bytes());
        }
        value(cursor);
        write_tail::<D>(cursor, self.tail, exemplar);
    }
}

/// Ends a line that may have an exemplar.
#[inline]
pub fn write_tail<D: Dialect>(cursor: &mut Cursor<'_>, tail: &[u8], exemplar: Option<&Exemplar>) {
    match exemplar {
        None => cursor.push(tail),
        Some(exemplar) => {
            let (end, time) = tail.split_last().unwrap_or((&b'\n', tail));
            cursor.push(time);
            write_exemplar::<D>(cursor, exemplar);
            cursor.push(&[*end]);
        }
    }
}

/// Room for an exemplar.
pub fn exemplar_room(exemplar: &Exemplar) -> usize {
    // Only characters of one byte are escaped in a label value, and each takes two bytes then.
    let labels: usize = exemplar.labels().map(|(name, value)| name.len() + 2 * value.len() + 4).sum();
    " # {} ".len() + labels + 2 * NUMBER
}

/// Appends ` # {trace_id="..."} 0.3 1520879607.789`.
pub fn write_exemplar<D: Dialect>(cursor: &mut Cursor<'_>, exemplar: &Exemplar) {
    cursor.push(b" # {");
    for (index, (name, value)) in exemplar.labels().enumerate() {
        if index > 0 {
            cursor.push(b",");
        }
        cursor.push(own_label(name, value, Escaping::Underscores).as_bytes());
    }
    cursor.push(b"} ");
    D::write_float(cursor, exemplar.value());
    if let Some(time) = exemplar.time() {
        cursor.push(b" ");
        write_seconds(cursor, time);
    }
}

/// Appends a time, given in milliseconds, in seconds: `1520879607.789`.
pub fn write_seconds(output: &mut impl Output, milliseconds: u64) {
    write_int(output, milliseconds / 1000);
    let digits = [100, 10, 1].map(|place| b'0' + (milliseconds / place % 10) as u8);
    output.push(b".");
    output.push(&digits);
}
