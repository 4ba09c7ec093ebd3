//! Series of the usual kinds, written at once: the lengths of their messages are known before.

use super::message::{Message, VARINT, push_varint};
use super::{COUNTER_START, HISTOGRAM_START};
use crate::memory::OutOfMemory;
use crate::output::{self, Cursor, Output};
use crate::sample::HistogramReading;

/// The key of a field whose value has a length, or is a message.
const fn length_key(field: u32) -> u8 {
    (field << 3 | 2).to_le_bytes()[0]
}

/// The key of a field that is a whole number.
const fn varint_key(field: u32) -> u8 {
    (field << 3).to_le_bytes()[0]
}

/// The key of a field that is a double.
const fn double_key(field: u32) -> u8 {
    (field << 3 | 1).to_le_bytes()[0]
}

/// A field that is a double.
const DOUBLE: usize = 1 + size_of::<f64>();

/// The most bytes that a time takes, with its key and its length.
const TIME: usize = 2 + 2 * (1 + SHORT);

/// The most bytes of a whole number below 2 to the power of 35.
const SHORT: usize = 5;

/// A number below 2 to the power of 35 as protocol buffers write it, and how many of the bytes that takes.
#[inline(always)]
fn short_varint(number: u64) -> ([u8; 8], usize) {
    let groups = number & 0x7f
        | (number & 0x7f << 7) << 1
        | (number & 0x7f << 14) << 2
        | (number & 0x7f << 21) << 3
        | (number & 0x7f << 28) << 4;
    let length = varint_length(number);
    // All bytes but the last say that another one follows.
    let follows = 0x80_8080_8080 & ((1 << (8 * (length - 1))) - 1);
    ((groups | follows).to_le_bytes(), length)
}

/// A length below 128, as protocol buffers write it.
#[inline(always)]
fn short(length: usize) -> u8 {
    length.to_le_bytes()[0]
}

/// How many bytes a whole number takes.
#[inline(always)]
fn varint_length(number: u64) -> usize {
    // A byte for each seven bits; the factor is that of a division by seven, exact up to 64.
    ((64 - (number | 1).leading_zeros()) as usize * 37 + 220) / 256
}

/// Fields that are written side by side on the stack, and then copied at once.
struct Fields<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Fields<N> {
    #[inline(always)]
    fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    /// Appends the first `count` bytes; there must be room for all.
    #[inline(always)]
    fn push<const M: usize>(&mut self, bytes: [u8; M], count: usize) {
        self.bytes[self.length..][..M].copy_from_slice(&bytes);
        self.length += count;
    }

    #[inline(always)]
    fn double(&mut self, field: u32, number: f64) {
        self.push([double_key(field)], 1);
        self.push(number.to_le_bytes(), size_of::<f64>());
    }

    /// A `google.protobuf.Timestamp`, of a time in milliseconds before the year 2106.
    #[inline(always)]
    fn time(&mut self, field: u32, milliseconds: u64) {
        let (seconds, seconds_length) = short_varint(milliseconds / 1000);
        let (nanos, nanos_length) = short_varint(milliseconds % 1000 * 1_000_000);
        self.push([length_key(field), short(2 + seconds_length + nanos_length), varint_key(1)], 3);
        self.push(seconds, seconds_length);
        self.push([varint_key(2)], 1);
        self.push(nanos, nanos_length);
    }

    #[inline(always)]
    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

/// Writes the key, the length and the labels of a `Metric` of as many bytes.
#[inline(always)]
fn push_metric(cursor: &mut Cursor<'_>, labels: &[u8], rest: usize) {
    cursor.push(&[length_key(4)]);
    push_varint(cursor, (labels.len() + rest) as u64);
    cursor.push(labels);
}

impl Message {
    /// Writes the `Metric` of a number: its labels, and a message in the field of its kind.
    #[inline]
    pub fn write_plain_value(
        &mut self,
        labels: &[u8],
        field: u32,
        number: f64,
        born: Option<u64>,
    ) -> Result<(), OutOfMemory> {
        // What is pushed last is longer than it counts.
        let mut value = Fields::<{ 2 + DOUBLE + TIME + 8 }>::new();
        value.push([length_key(field), 0], 2);
        value.double(1, number);
        if let Some(born) = born {
            value.time(COUNTER_START, born);
        }
        value.bytes[1] = short(value.length - 2);
        let room = 1 + VARINT + labels.len() + value.length;
        output::write(self.raw(), room, |cursor| {
            push_metric(cursor, labels, value.length);
            cursor.push(value.as_bytes());
        })
    }

    /// Writes the `Metric` of a histogram with classic buckets alone.
    pub fn write_plain_histogram(
        &mut self,
        labels: &[u8],
        bounds: &[f64],
        reading: &HistogramReading<'_>,
        (sum, born): (f64, u64),
    ) -> Result<(), OutOfMemory> {
        let mut end = Fields::<{ TIME + 8 }>::new();
        end.time(HISTOGRAM_START, born);
        let bucket_length = |count: u64| 1 + varint_length(count) + DOUBLE;
        let buckets: usize = reading.counts.iter().map(|&count| 2 + bucket_length(count)).sum();
        let length = 1 + varint_length(reading.count) + DOUBLE + buckets + end.length;
        let metric = 1 + varint_length(length as u64) + length;
        output::write(self.raw(), 1 + VARINT + labels.len() + metric, |cursor| {
            push_metric(cursor, labels, metric);
            cursor.push(&[length_key(7)]);
            push_varint(cursor, length as u64);
            cursor.push(&[varint_key(1)]);
            push_varint(cursor, reading.count);
            cursor.push(&[double_key(2)]);
            cursor.push(&sum.to_le_bytes());
            for (&count, bound) in reading.counts.iter().zip(bounds) {
                cursor.push(&[length_key(3), short(bucket_length(count)), varint_key(1)]);
                push_varint(cursor, count);
                cursor.push(&[double_key(2)]);
                cursor.push(&bound.to_le_bytes());
            }
            cursor.push(end.as_bytes());
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_a_loop() {
        let bits = (0..64).flat_map(|bit| [1_u64 << bit, (1 << bit) - 1, (1 << bit) | 1]);
        for number in bits.chain([0, u64::MAX, 999_000_000]) {
            let mut bytes = Vec::new();
            output::write(&mut bytes, VARINT, |cursor| push_varint(cursor, number)).unwrap();
            assert_eq!(varint_length(number), bytes.len(), "{number}");
            if number < 1 << 35 {
                let (short, length) = short_varint(number);
                assert_eq!(short[..length], bytes, "{number}");
            }
        }
    }
}
