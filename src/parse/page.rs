//! A parsed page: its families, samples and labels in arrays, and the buffer in which their texts are.

use crate::kind::Kind;
use crate::metric::Number;

/// The place of a text in the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// The place between two bytes. A body has less than 2^32 of them, with what loses its escapes.
    #[expect(clippy::cast_possible_truncation, reason = "bodies are short enough")]
    #[inline]
    pub fn new(start: usize, end: usize) -> Self {
        Self { start: start as u32, end: end as u32 }
    }

    #[inline]
    pub fn of(self, text: &str) -> &str {
        // It is that of a text, at whose ends characters end.
        text.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

/// A moment, as precisely as a page has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Time {
    /// Milliseconds since 1970.
    Milliseconds(i64),
    /// Seconds since 1970, and nanoseconds of the same sign beside them.
    Nanoseconds(i64, i32),
    /// Seconds since 1970.
    Seconds(f64),
}

impl Time {
    /// The nearest number of seconds.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the nearest one is asked for")]
    pub fn seconds(self) -> f64 {
        match self {
            Self::Milliseconds(milliseconds) => milliseconds as f64 / 1000.0,
            Self::Nanoseconds(seconds, nanoseconds) => seconds as f64 + f64::from(nanoseconds) / 1e9,
            Self::Seconds(seconds) => seconds,
        }
    }
}

/// The place of labels in their array: the first, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Labels {
    pub first: u32,
    pub count: u32,
}

/// An exemplar.
#[derive(Debug, Clone)]
pub(super) struct Exemplar {
    pub labels: Labels,
    pub value: Number,
    pub time: Option<Time>,
}

/// The native buckets of one sign.
#[derive(Debug, Clone, Default)]
pub(super) struct NativeBuckets {
    /// Offsets and lengths.
    pub spans: Vec<(i32, u32)>,
    /// What each bucket has more than the one before it.
    pub deltas: Vec<Number>,
    /// The last of the counts that are no deltas.
    pub last_count: f64,
}

/// A native histogram.
#[derive(Debug, Clone)]
pub(super) struct Native {
    pub count: Number,
    pub sum: f64,
    pub schema: i32,
    pub zero_threshold: f64,
    pub zero_count: Number,
    pub positive: NativeBuckets,
    pub negative: NativeBuckets,
    pub exemplars: Vec<Exemplar>,
}

impl Default for Native {
    fn default() -> Self {
        Self {
            count: Number::Int(0),
            sum: 0.0,
            schema: 0,
            zero_threshold: 0.0,
            zero_count: Number::Int(0),
            positive: NativeBuckets::default(),
            negative: NativeBuckets::default(),
            exemplars: Vec::new(),
        }
    }
}

/// What few samples have.
#[derive(Debug, Clone, Default)]
pub(super) struct Extra {
    pub time: Option<Time>,
    pub exemplar: Option<Exemplar>,
    pub native: Option<Box<Native>>,
}

impl Extra {
    /// In a box, if there is any of it.
    pub fn boxed(self) -> Option<Box<Self>> {
        let has_any = self.time.is_some() || self.exemplar.is_some() || self.native.is_some();
        has_any.then(|| Box::new(self))
    }
}

#[derive(Debug, Clone)]
pub(super) struct Sample {
    pub name: Span,
    pub labels: Labels,
    /// The place behind that of a label that it has beside those, or 0.
    pub own: u32,
    pub value: Number,
    pub extra: Option<Box<Extra>>,
}

#[derive(Debug, Clone)]
pub(super) struct Family {
    pub name: Span,
    pub help: Option<Span>,
    pub unit: Option<Span>,
    pub kind: Option<Kind>,
    pub samples: Vec<Sample>,
}

/// What a body says: its families in the order in which they begin.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub(super) text: String,
    pub(super) labels: Vec<(Span, Span)>,
    pub(super) families: Vec<Family>,
}

impl Page {
    /// The families.
    #[must_use]
    pub fn families(&self) -> impl ExactSizeIterator<Item = FamilyView<'_>> {
        self.families.iter().map(|family| FamilyView { page: self, family })
    }

    /// The family at a place, counted from 0.
    #[must_use]
    pub fn family(&self, place: usize) -> Option<FamilyView<'_>> {
        self.families.get(place).map(|family| FamilyView { page: self, family })
    }

    fn pairs(&self, labels: Labels) -> impl ExactSizeIterator<Item = (&str, &str)> + Clone {
        let first = labels.first as usize;
        let labels = self.labels.get(first..first + labels.count as usize).unwrap_or_default();
        labels.iter().map(|&label| self.pair(label))
    }

    fn pair(&self, (name, value): (Span, Span)) -> (&str, &str) {
        (name.of(&self.text), value.of(&self.text))
    }
}

/// A family of a page.
#[derive(Debug, Clone, Copy)]
pub struct FamilyView<'a> {
    page: &'a Page,
    family: &'a Family,
}

impl<'a> FamilyView<'a> {
    /// Its name, as its TYPE line has it.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.family.name.of(&self.page.text)
    }

    /// Its description.
    #[must_use]
    pub fn help(&self) -> &'a str {
        self.family.help.map_or("", |help| help.of(&self.page.text))
    }

    /// The unit of its values.
    #[must_use]
    pub fn unit(&self) -> &'a str {
        self.family.unit.map_or("", |unit| unit.of(&self.page.text))
    }

    /// Its kind, if the page says so.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.family.kind
    }

    /// Where its name is in the body.
    pub(super) fn place(&self) -> usize {
        self.family.name.start as usize
    }

    /// Its samples, in their order.
    #[must_use]
    pub fn samples(&self) -> impl ExactSizeIterator<Item = SampleView<'a>> + use<'a> {
        let page = self.page;
        self.family.samples.iter().map(move |sample| SampleView { page, sample })
    }
}

/// A sample of a page.
#[derive(Debug, Clone, Copy)]
pub struct SampleView<'a> {
    page: &'a Page,
    sample: &'a Sample,
}

impl<'a> SampleView<'a> {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.sample.name.of(&self.page.text)
    }

    /// Its labels, in their order.
    pub fn labels(&self) -> impl Iterator<Item = (&'a str, &'a str)> + Clone + use<'a> {
        let page = self.page;
        let own = (self.sample.own as usize).checked_sub(1).and_then(|place| page.labels.get(place));
        page.pairs(self.sample.labels).chain(own.map(|&label| page.pair(label)))
    }

    /// Its native buckets.
    #[must_use]
    pub fn native(&self) -> Option<NativeView<'a>> {
        let page = self.page;
        let native = self.sample.extra.as_ref().and_then(|extra| extra.native.as_deref())?;
        Some(NativeView { page, native })
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> Number {
        self.sample.value
    }

    /// Its time, if it has one of its own.
    #[must_use]
    pub fn time(&self) -> Option<Time> {
        self.sample.extra.as_ref().and_then(|extra| extra.time)
    }

    /// Its exemplar.
    #[must_use]
    pub fn exemplar(&self) -> Option<Example<'a>> {
        let page = self.page;
        let exemplar = self.sample.extra.as_ref().and_then(|extra| extra.exemplar.as_ref())?;
        Some(Example { page, exemplar })
    }

    /// Where its name is in the body.
    pub(super) fn place(&self) -> usize {
        self.sample.name.start as usize
    }
}

/// An exemplar of a page.
#[derive(Debug, Clone, Copy)]
pub struct Example<'a> {
    page: &'a Page,
    exemplar: &'a Exemplar,
}

impl<'a> Example<'a> {
    /// Its labels.
    #[must_use]
    pub fn labels(&self) -> impl ExactSizeIterator<Item = (&'a str, &'a str)> + Clone + use<'a> {
        self.page.pairs(self.exemplar.labels)
    }

    /// Its value.
    #[must_use]
    pub fn value(&self) -> Number {
        self.exemplar.value
    }

    /// When it was taken.
    #[must_use]
    pub fn time(&self) -> Option<Time> {
        self.exemplar.time
    }
}

/// The native buckets of a sample.
#[derive(Debug, Clone, Copy)]
pub struct NativeView<'a> {
    page: &'a Page,
    native: &'a Native,
}

/// Native buckets of one sign: spans, which are offsets and lengths, and what each bucket has more than the one before it.
#[derive(Debug, Clone, Copy)]
pub struct Spans<'a> {
    /// The spans.
    pub spans: &'a [(i32, u32)],
    /// The differences.
    pub deltas: &'a [Number],
}

impl<'a> NativeView<'a> {
    /// How many values were observed.
    #[must_use]
    pub fn count(&self) -> Number {
        self.native.count
    }

    /// Their sum.
    #[must_use]
    pub fn sum(&self) -> f64 {
        self.native.sum
    }

    /// The resolution.
    #[must_use]
    pub fn schema(&self) -> i32 {
        self.native.schema
    }

    /// The width of the zero bucket, and its count.
    #[must_use]
    pub fn zero(&self) -> (f64, Number) {
        (self.native.zero_threshold, self.native.zero_count)
    }

    /// The buckets of positive values.
    #[must_use]
    pub fn positive(&self) -> Spans<'a> {
        Spans { spans: &self.native.positive.spans, deltas: &self.native.positive.deltas }
    }

    /// The buckets of negative values.
    #[must_use]
    pub fn negative(&self) -> Spans<'a> {
        Spans { spans: &self.native.negative.spans, deltas: &self.native.negative.deltas }
    }

    /// The exemplars.
    #[must_use]
    pub fn exemplars(&self) -> impl ExactSizeIterator<Item = Example<'a>> + use<'a> {
        let page = self.page;
        self.native.exemplars.iter().map(move |exemplar| Example { page, exemplar })
    }
}
