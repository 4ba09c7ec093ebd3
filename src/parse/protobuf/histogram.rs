//! Histograms: classic buckets, native ones, or both.

use super::value::{bucket, count, exemplar, time};
use super::wire::{Message, zigzag};
use super::{Reader, SampleNames, Series};
use crate::memory::OutOfMemory;
use crate::metric::Number;
use crate::parse::page::{Extra, Native, NativeBuckets};
use crate::parse::problem::Problem;

const NO_MEMORY: &str = "there is not enough memory";

/// What is read of a histogram.
#[derive(Default)]
struct Read {
    count: u64,
    count_float: Option<f64>,
    zero_count: u64,
    zero_count_float: Option<f64>,
    /// It may be left out, where it is not known.
    sum: Option<f64>,
    native: Native,
    has_infinite: bool,
    has_buckets: bool,
    has_spans: bool,
}

impl Read {
    fn total(&self) -> Number {
        self.count_float.map_or_else(|| count(self.count), Number::Float)
    }

    /// Whether it is native: a threshold, a zero count or spans say so.
    fn is_native(&self) -> bool {
        self.has_spans
            || self.native.zero_threshold > 0.0
            || self.zero_count > 0
            || self.zero_count_float.is_some()
    }
}

impl Reader {
    pub(super) fn histogram(
        &mut self,
        family: usize,
        names: &SampleNames,
        series: &Series,
        mut message: Message<'_>,
    ) -> Result<(), Problem> {
        let (mut read, mut created) = (Read::default(), None);
        while let Some((field, given)) = message.field()? {
            let native = &mut read.native;
            match field {
                1 => read.count = given.varint()?,
                2 => read.sum = Some(given.double()?),
                3 => {
                    let (bound, count, example) = bucket(given.message()?)?;
                    read.has_buckets = true;
                    read.has_infinite |= bound == f64::INFINITY;
                    let exemplar = example.map(|example| exemplar(&mut self.builder, example)).transpose()?;
                    let more = Extra { exemplar, ..Extra::default() };
                    self.add_point(family, names.bucket, series, (names.label, bound, count), more)?;
                }
                4 => read.count_float = Some(given.double()?).filter(|&count| count > 0.0),
                5 => native.schema = zigzag(given.varint()?).try_into().unwrap_or(i32::MAX),
                6 => native.zero_threshold = given.double()?,
                7 => read.zero_count = given.varint()?,
                8 => read.zero_count_float = Some(given.double()?).filter(|&count| count > 0.0),
                9 | 12 => {
                    read.has_spans = true;
                    let side = side(native, field == 12);
                    side.spans.try_reserve(1).map_err(OutOfMemory::from)?;
                    side.spans.push(span(given.message()?)?);
                }
                10 | 13 => {
                    let side = side(native, field == 13);
                    given.varints(|delta| {
                        side.deltas.try_reserve(1).map_err(|_| NO_MEMORY)?;
                        side.deltas.push(Number::Int(zigzag(delta)));
                        Ok(())
                    })?;
                }
                11 | 14 => {
                    let side = side(native, field == 14);
                    let mut before = side.last_count;
                    given.doubles(|count| {
                        side.deltas.try_reserve(1).map_err(|_| NO_MEMORY)?;
                        side.deltas.push(Number::Float(count - before));
                        before = count;
                        Ok(())
                    })?;
                    side.last_count = before;
                }
                15 => created = Some(time(given.message()?)?),
                16 => {
                    let example = exemplar(&mut self.builder, given.message()?)?;
                    native.exemplars.try_reserve(1).map_err(OutOfMemory::from)?;
                    native.exemplars.push(example);
                }
                _ => (),
            }
        }
        let (total, is_native) = (read.total(), read.is_native());
        if !read.has_infinite && (read.has_buckets || !is_native) {
            // Writers leave it out: it is the count.
            self.add_point(
                family,
                names.bucket,
                series,
                (names.label, f64::INFINITY, total),
                Extra::default(),
            )?;
        }
        self.add(family, names.count, series, total, Extra::default())?;
        if let Some(sum) = read.sum {
            self.add(family, names.sum, series, Number::Float(sum), Extra::default())?;
        }
        if is_native {
            self.native(family, names, series, read)?;
        }
        self.created(family, names, series, created)
    }

    fn native(
        &mut self,
        family: usize,
        names: &SampleNames,
        series: &Series,
        read: Read,
    ) -> Result<(), Problem> {
        let count = read.total();
        let zero = read.zero_count_float.map_or_else(|| super::value::count(read.zero_count), Number::Float);
        let native = Native { count, sum: read.sum.unwrap_or_default(), zero_count: zero, ..read.native };
        for side in [&native.positive, &native.negative] {
            let lengths: u64 = side.spans.iter().map(|&(_, length)| u64::from(length)).sum();
            if lengths != side.deltas.len() as u64 {
                return Err("the spans of a native histogram have not as many buckets as there are".into());
            }
        }
        if self.is_strict && !(-4..=8).contains(&native.schema) {
            return Err(format!("a native histogram has a schema from -4 to 8, not {}", native.schema).into());
        }
        let more = Extra { native: Some(Box::new(native)), ..Extra::default() };
        self.add(family, names.bare, series, count, more)
    }
}

fn side(native: &mut Native, is_positive: bool) -> &mut NativeBuckets {
    if is_positive { &mut native.positive } else { &mut native.negative }
}

/// The offset and the length of a span.
fn span(mut message: Message<'_>) -> Result<(i32, u32), Problem> {
    let (mut offset, mut length) = (0, 0);
    while let Some((field, value)) = message.field()? {
        match field {
            1 => {
                offset =
                    zigzag(value.varint()?).try_into().map_err(|_| "the offset of a span is too large")?;
            }
            2 => length = value.varint()?.try_into().map_err(|_| "a span is too long")?,
            _ => (),
        }
    }
    Ok((offset, length))
}
