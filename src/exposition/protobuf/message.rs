//! The wire format of protocol buffers.
//!
//! Source: protobuf.dev, "Encoding".

use crate::exposition::output::{self, Output};

/// A message that is being written.
#[derive(Debug, Default)]
pub struct Message(Vec<u8>);

/// How the value of a field is laid out.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
}

impl Message {
    /// What is written.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Forgets what is written, and keeps the memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// A whole number in as many bytes as it needs.
    pub fn varint(number: u64) -> Vec<u8> {
        let mut message = Self::default();
        message.push_varint(number);
        message.0
    }

    #[inline]
    fn push_varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    fn push_key(&mut self, field: u32, wire: Wire) {
        self.push_varint(u64::from(field << 3 | wire as u32));
    }

    /// A whole number, of any type but `sint`.
    pub fn uint(&mut self, field: u32, number: u64) {
        self.push_key(field, Wire::Varint);
        self.push_varint(number);
    }

    /// A `sint32` or `sint64`.
    pub fn sint(&mut self, field: u32, number: i64) {
        self.uint(field, zigzag(number));
    }

    /// A repeated `sint64`, packed.
    pub fn sints(&mut self, field: u32, numbers: &[i64]) {
        if !numbers.is_empty() {
            self.message(field, |packed| numbers.iter().for_each(|&n| packed.push_varint(zigzag(n))));
        }
    }

    /// A double.
    pub fn double(&mut self, field: u32, number: f64) {
        self.push_key(field, Wire::Fixed64);
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// A string.
    pub fn text(&mut self, field: u32, text: &str) {
        self.push_key(field, Wire::Length);
        self.push_varint(text.len() as u64);
        // Most are short, and copied without a call.
        output::write(&mut self.0, text.len(), |cursor| cursor.push(text.as_bytes()));
    }

    /// Writes a `length` that needs more than the one byte for which there is room.
    #[cold]
    fn widen(&mut self, at: usize, length: usize) {
        let length = Self::varint(length as u64);
        let end = self.0.len();
        self.0.resize(end + length.len() - 1, 0);
        self.0.copy_within(at + 1..end, at + length.len());
        self.0[at..at + length.len()].copy_from_slice(&length);
    }

    /// A message, which `fill` writes.
    ///
    /// Its length stands before it, but is known only after it. There is room for a length of one byte, the usual case;
    /// for a longer one, what was written is moved.
    #[inline]
    pub fn message(&mut self, field: u32, fill: impl FnOnce(&mut Self)) {
        self.push_key(field, Wire::Length);
        let at = self.0.len();
        self.0.push(0);
        fill(self);
        let length = self.0.len() - at - 1;
        match u8::try_from(length) {
            Ok(length @ ..0x80) => self.0[at] = length,
            _ => self.widen(at, length),
        }
    }
}

/// Maps numbers near zero, of either sign, to small ones.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_laid_out_as_the_encoding_says() {
        // The examples of protobuf.dev, "Encoding".
        let mut message = Message::default();
        message.uint(1, 150);
        assert_eq!(message.bytes(), [0x08, 0x96, 0x01]);
        message.clear();
        message.text(2, "testing");
        assert_eq!(message.bytes(), [&[0x12, 0x07][..], b"testing"].concat());
        message.clear();
        message.message(3, |inner| inner.uint(1, 150));
        assert_eq!(message.bytes(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        message.clear();
        message.sint(15, -2);
        message.double(16, 1.0);
        assert_eq!(message.bytes(), [0x78, 0x03, 0x81, 0x01, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        message.clear();
        message.sints(6, &[]);
        assert!(message.bytes().is_empty());
        message.sints(6, &[0, -1, 1, i64::MIN]);
        let last = [0xff; 9];
        assert_eq!(message.bytes(), [&[0x32, 13, 0, 1, 2][..], &last, &[0x01]].concat());
    }

    #[test]
    fn long_messages_have_long_lengths() {
        for length in [0, 125, 126, 127, 128, 16_380, 16_384, 3_000_000] {
            let mut message = Message::default();
            let text = "x".repeat(length);
            message.message(1, |inner| inner.text(1, &text));
            let inner = [&[0x0a][..], &Message::varint(length as u64), text.as_bytes()].concat();
            assert_eq!(message.bytes(), [&[0x0a][..], &Message::varint(inner.len() as u64), &inner].concat());
        }
    }
}
