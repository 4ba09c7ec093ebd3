//! Small messages: times, exemplars, quantiles and buckets.

use super::wire::Message;
use crate::metric::Number;
use crate::parse::build::Builder;
use crate::parse::page::{Exemplar, Time};
use crate::parse::problem::Problem;

/// A count, which is an int if it fits.
#[expect(clippy::cast_precision_loss, reason = "the nearest float is asked for")]
pub(super) fn count(count: u64) -> Number {
    i64::try_from(count).map_or(Number::Float(count as f64), Number::Int)
}

/// The time of a `google.protobuf.Timestamp`.
pub(super) fn time(mut message: Message<'_>) -> Result<Time, Problem> {
    let (mut seconds, mut nanoseconds) = (0, 0);
    while let Some((field, value)) = message.field()? {
        match field {
            1 => seconds = value.varint()? as i64,
            2 => nanoseconds = value.varint()? as i64,
            _ => (),
        }
    }
    if !(0..1_000_000_000).contains(&nanoseconds) {
        return Err("a time has as many nanoseconds as a second, or more".into());
    }
    #[expect(clippy::cast_possible_truncation, reason = "it is in the range")]
    let nanoseconds = nanoseconds as i32;
    // Here they count forwards, before 1970 too.
    Ok(match (seconds, nanoseconds) {
        (..=-1, 1..) => Time::Nanoseconds(seconds + 1, nanoseconds - 1_000_000_000),
        _ => Time::Nanoseconds(seconds, nanoseconds),
    })
}

/// The name and the value of a `LabelPair`.
pub(super) fn label(mut message: Message<'_>) -> Result<(&str, &str), Problem> {
    let (mut name, mut text) = ("", "");
    while let Some((field, value)) = message.field()? {
        match field {
            1 => name = value.text()?,
            2 => text = value.text()?,
            _ => (),
        }
    }
    Ok((name, text))
}

/// An exemplar.
pub(super) fn exemplar(builder: &mut Builder, mut message: Message<'_>) -> Result<Exemplar, Problem> {
    let first = builder.label_count();
    let (mut exemplar_value, mut exemplar_time) = (0.0, None);
    while let Some((field, value)) = message.field()? {
        match field {
            1 => {
                let (name, text) = label(value.message()?)?;
                let (name, text) = (builder.push_text(name)?, builder.push_text(text)?);
                builder.push_label(first, name, text)?;
            }
            2 => exemplar_value = value.double()?,
            3 => exemplar_time = Some(time(value.message()?)?),
            _ => (),
        }
    }
    let labels = builder.labels_since(first)?;
    Ok(Exemplar { labels, value: Number::Float(exemplar_value), time: exemplar_time })
}

/// A quantile: its rank, and the value there.
pub(super) fn quantile(mut message: Message<'_>) -> Result<(f64, Number), Problem> {
    let (mut rank, mut at_rank) = (0.0, 0.0);
    while let Some((field, value)) = message.field()? {
        match field {
            1 => rank = value.double()?,
            2 => at_rank = value.double()?,
            _ => (),
        }
    }
    Ok((rank, Number::Float(at_rank)))
}

/// A bucket: its bound, its count, and its exemplar, which is not read yet.
pub(super) fn bucket(mut message: Message<'_>) -> Result<(f64, Number, Option<Message<'_>>), Problem> {
    let (mut bound, mut cumulative, mut float, mut exemplar) = (0.0, 0, None, None);
    while let Some((field, value)) = message.field()? {
        match field {
            1 => cumulative = value.varint()?,
            2 => bound = value.double()?,
            3 => exemplar = Some(value.message()?),
            4 => float = Some(value.double()?).filter(|&count| count > 0.0),
            _ => (),
        }
    }
    Ok((bound, float.map_or_else(|| count(cumulative), Number::Float), exemplar))
}
