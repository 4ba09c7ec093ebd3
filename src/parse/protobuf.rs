//! Protocol buffers: `io.prometheus.client.MetricFamily`, each behind its length.
//!
//! Source: prometheus/client_model `metrics.proto`; for what makes a histogram native, and for the bucket +Inf that is not
//! sent, prometheus/prometheus `model/textparse/protobufparse.go`.

use super::build::{Builder, Names};
use super::page::{Extra, Labels, Page, Sample, Span, Time};
use super::problem::Problem;
use super::{LONGEST, ParseError, Part, Rules};
use crate::kind::{CREATED, Kind, Part as KindPart};
use crate::metric::Number;

mod histogram;
mod value;
mod wire;

use value::{exemplar, time};
use wire::{Message, Value};

/// How many labels the samples of a body may have beside one for each of its bytes, counted for each bucket: all buckets of a
/// series have its labels, of which there may be many.
const FREE_LABELS: usize = 10_000;
const LABELS_PER_BYTE: usize = 2;

/// Parses a page.
pub(super) fn parse(body: &[u8], rules: Rules) -> Result<Page, ParseError> {
    let builder = Builder::new("", Names::Text, rules)?;
    let free = body.len().min(LONGEST) * LABELS_PER_BYTE + FREE_LABELS;
    let mut reader = Reader { builder, free, is_strict: rules == Rules::Strict };
    let mut rest = Message(body);
    for number in 1_usize.. {
        if rest.0.is_empty() {
            break;
        }
        let mut name = "";
        let read = rest.delimited().map_err(Problem::from).and_then(|bytes| {
            let family = Description::read(Message(bytes))?;
            name = family.name;
            reader.family(&family, Message(bytes))
        });
        read.map_err(|problem| problem.in_family(number, name))?;
    }
    Ok(reader.builder.finish())
}

/// Whether a body looks like such messages: they fill it, and the first begins with a name.
pub(super) fn looks_like_it(body: &[u8]) -> bool {
    let mut rest = Message(body);
    let begins = Message(body).delimited().is_ok_and(
        |first| matches!(Message(first).field(), Ok(Some((1, Value::Bytes(name)))) if !name.is_empty()),
    );
    while begins && !rest.0.is_empty() {
        if rest.delimited().is_err() {
            return false;
        }
    }
    begins
}

/// What a message says of a family.
struct Description<'a> {
    name: &'a str,
    help: &'a str,
    unit: &'a str,
    kind: Kind,
}

impl<'a> Description<'a> {
    fn read(mut message: Message<'a>) -> Result<Self, Problem> {
        // The type 0 is left out by some writers.
        let mut family = Self { name: "", help: "", unit: "", kind: Kind::Counter };
        while let Some((field, value)) = message.field()? {
            match field {
                1 => family.name = value.text()?,
                2 => family.help = value.text()?,
                3 => family.kind = kind(value.varint()?)?,
                5 => family.unit = value.text()?,
                _ => (),
            }
        }
        if family.name.is_empty() {
            return Err("the family has no name".into());
        }
        Ok(family)
    }
}

fn kind(number: u64) -> Result<Kind, Problem> {
    let kinds =
        [Kind::Counter, Kind::Gauge, Kind::Summary, Kind::Untyped, Kind::Histogram, Kind::GaugeHistogram];
    let kind = kinds.into_iter().find(|kind| kind.traits().protobuf == number);
    kind.ok_or_else(|| format!("there is no type {number}").into())
}

/// The names of the samples of a family.
struct SampleNames {
    bare: Span,
    bucket: Span,
    count: Span,
    sum: Span,
    created: Span,
    /// The label that its buckets or quantiles have.
    label: &'static str,
}

/// What is read of a series before its value.
struct Series {
    labels: Labels,
    time: Option<Time>,
}

/// What turns messages into samples.
struct Reader {
    builder: Builder,
    /// How many more labels there may be.
    free: usize,
    is_strict: bool,
}

impl Reader {
    fn family(&mut self, family: &Description<'_>, mut message: Message<'_>) -> Result<(), Problem> {
        let bare = self.builder.push_text(family.name)?;
        let place = self.builder.described(bare)?;
        for (part, text) in [(Part::Help as fn(Span) -> Part, family.help), (Part::Unit, family.unit)] {
            if !text.is_empty() {
                let text = self.builder.push_text(text)?;
                self.builder.describe(bare, part(text))?;
            }
        }
        self.builder.describe(bare, Part::Kind(family.kind))?;
        let names = self.names(family, bare)?;
        while let Some((field, value)) = message.field()? {
            if field == 4 {
                self.metric(place, family.kind, &names, value.message()?)?;
            }
        }
        Ok(())
    }

    fn names(&mut self, family: &Description<'_>, bare: Span) -> Result<SampleNames, Problem> {
        let (kind, builder) = (family.kind, &mut self.builder);
        let mut name = |stem: &str, suffix: &str| -> Result<Span, Problem> {
            if suffix.is_empty() { Ok(bare) } else { builder.push_text(&format!("{stem}{suffix}")) }
        };
        let stem = kind.without_given(family.name).unwrap_or(family.name);
        Ok(SampleNames {
            bare,
            bucket: name(family.name, kind.suffix(KindPart::Bucket))?,
            count: name(family.name, kind.suffix(KindPart::Count))?,
            sum: name(family.name, kind.suffix(KindPart::Sum))?,
            created: name(stem, if kind.traits().counts { CREATED } else { "" })?,
            label: kind.own_label().unwrap_or_default(),
        })
    }

    fn metric(
        &mut self,
        family: usize,
        kind: Kind,
        names: &SampleNames,
        message: Message<'_>,
    ) -> Result<(), Problem> {
        let first = self.builder.label_count();
        let own = match kind {
            Kind::Counter => 3,
            Kind::Gauge => 2,
            Kind::Summary => 4,
            Kind::Histogram | Kind::GaugeHistogram => 7,
            Kind::Untyped | Kind::Info | Kind::StateSet => 5,
        };
        let (mut value, mut time, mut rest) = (None, None, message);
        while let Some((field, given)) = rest.field()? {
            match field {
                1 => self.label(first, given.message()?)?,
                // Without a time of its own, a metric has none here, or 0.
                6 => time = Some(given.varint()? as i64).filter(|&time| time != 0).map(Time::Milliseconds),
                _ if field == own => value = Some(given.message()?),
                _ => (),
            }
        }
        let Some(value) = value else {
            return Err(format!("a metric has no value of the type {kind}").into());
        };
        let series = Series { labels: self.builder.labels_since(first)?, time };
        match kind {
            Kind::Summary => self.summary(family, names, &series, value),
            Kind::Histogram | Kind::GaugeHistogram => self.histogram(family, names, &series, value),
            _ => self.number(family, names, &series, value),
        }
    }

    fn label(&mut self, first: usize, message: Message<'_>) -> Result<(), Problem> {
        let (name, value) = value::label(message)?;
        if name.is_empty() {
            return Err("a label has no name".into());
        }
        let (name, value) = (self.builder.push_text(name)?, self.builder.push_text(value)?);
        self.free = self.free.saturating_sub(1);
        self.builder.push_label(first, name, value)
    }

    /// Adds a sample of a series.
    fn add(
        &mut self,
        family: usize,
        name: Span,
        series: &Series,
        value: Number,
        more: Extra,
    ) -> Result<(), Problem> {
        let extra = Extra { time: series.time, ..more }.boxed();
        self.builder.push(family, Sample { name, labels: series.labels, own: 0, value, extra })
    }

    /// Adds a sample that has a label of its own.
    fn add_point(
        &mut self,
        family: usize,
        name: Span,
        series: &Series,
        (label, bound, value): (&'static str, f64, Number),
        more: Extra,
    ) -> Result<(), Problem> {
        self.free = self.free.checked_sub(series.labels.count as usize + 1).ok_or(
            "its series have many labels and many buckets: as many together are refused, for want of memory",
        )?;
        let extra = Extra { time: series.time, ..more }.boxed();
        let own = self.builder.own_label(series.labels, label, bound)?;
        self.builder.push(family, Sample { name, labels: series.labels, own, value, extra })
    }

    fn number(
        &mut self,
        family: usize,
        names: &SampleNames,
        series: &Series,
        mut message: Message<'_>,
    ) -> Result<(), Problem> {
        let (mut value, mut more, mut created) = (0.0, Extra::default(), None);
        while let Some((field, given)) = message.field()? {
            match field {
                1 => value = given.double()?,
                // Of counters alone: the others have no such fields.
                2 => more.exemplar = Some(exemplar(&mut self.builder, given.message()?)?),
                3 => created = Some(time(given.message()?)?),
                _ => (),
            }
        }
        self.add(family, names.bare, series, Number::Float(value), more)?;
        self.created(family, names, series, created)
    }

    fn created(
        &mut self,
        family: usize,
        names: &SampleNames,
        series: &Series,
        created: Option<Time>,
    ) -> Result<(), Problem> {
        let Some(created) = created.map(Time::seconds).filter(|&seconds| seconds != 0.0) else {
            return Ok(());
        };
        self.add(family, names.created, series, Number::Float(created), Extra::default())
    }

    fn summary(
        &mut self,
        family: usize,
        names: &SampleNames,
        series: &Series,
        mut message: Message<'_>,
    ) -> Result<(), Problem> {
        let (mut count, mut sum, mut created) = (None, None, None);
        while let Some((field, given)) = message.field()? {
            match field {
                1 => count = Some(value::count(given.varint()?)),
                2 => sum = Some(Number::Float(given.double()?)),
                3 => {
                    let (rank, value) = value::quantile(given.message()?)?;
                    self.add_point(family, names.bare, series, (names.label, rank, value), Extra::default())?;
                }
                4 => created = Some(time(given.message()?)?),
                _ => (),
            }
        }
        // They may be left out, where they are not known.
        for (name, number) in [(names.count, count), (names.sum, sum)] {
            if let Some(number) = number {
                self.add(family, name, series, number, Extra::default())?;
            }
        }
        self.created(family, names, series, created)
    }
}
