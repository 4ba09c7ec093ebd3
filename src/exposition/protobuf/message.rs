//! The wire format of protocol buffers.
//!
//! Source: protobuf.dev, "Encoding".

use crate::exposition::output::{self, Output};
use crate::memory::OutOfMemory;

/// A message that is being written.
#[derive(Debug, Default)]
pub struct Message {
    /// What is written: nothing to rely on once it is incomplete.
    bytes: Vec<u8>,
    /// Whether there was no memory for a part of it.
    is_incomplete: bool,
}

/// How the value of a field is laid out.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Fixed64 = 1,
    Length = 2,
}

impl Message {
    /// What is written.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`] if there was no memory for a part of it.
    pub fn bytes(&self) -> Result<&[u8], OutOfMemory> {
        if self.is_incomplete { Err(OutOfMemory) } else { Ok(&self.bytes) }
    }

    /// Forgets what is written, and keeps the memory.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.is_incomplete = false;
    }

    /// Has it be incomplete, since there was no memory for something.
    #[cold]
    pub fn fail(&mut self) {
        self.is_incomplete = true;
    }

    /// Makes room for `size` bytes more; gives whether there is memory for them.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, size: usize) -> bool {
        let grown = self.bytes.try_reserve(size).is_ok();
        self.is_incomplete |= !grown;
        grown
    }

    #[inline]
    fn push_byte(&mut self, byte: u8) {
        if self.bytes.len() < self.bytes.capacity() || self.grow(1) {
            self.bytes.push(byte);
        }
    }

    #[inline]
    fn push_bytes(&mut self, bytes: &[u8]) {
        if self.bytes.capacity() - self.bytes.len() >= bytes.len() || self.grow(bytes.len()) {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// A whole number in as many bytes as it needs.
    pub fn varint(number: u64) -> Vec<u8> {
        let mut message = Self::default();
        message.push_varint(number);
        message.bytes
    }

    #[inline]
    fn push_varint(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.push_byte(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.push_byte(number.to_le_bytes()[0]);
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
        self.push_bytes(&number.to_le_bytes());
    }

    /// A string.
    pub fn text(&mut self, field: u32, text: &str) {
        self.push_key(field, Wire::Length);
        self.push_varint(text.len() as u64);
        // Most are short, and copied without a call.
        let written = output::write(&mut self.bytes, text.len(), |cursor| cursor.push(text.as_bytes()));
        self.is_incomplete |= written.is_err();
    }

    /// Writes a `length` that needs more than the one byte for which there is room.
    #[cold]
    fn widen(&mut self, at: usize, length: usize) {
        let length = Self::varint(length as u64);
        if self.is_incomplete || !self.grow(length.len()) {
            return;
        }
        let end = self.bytes.len();
        self.bytes.resize(end + length.len() - 1, 0);
        self.bytes.copy_within(at + 1..end, at + length.len());
        self.bytes[at..at + length.len()].copy_from_slice(&length);
    }

    /// A message, which `fill` writes.
    ///
    /// Its length stands before it, but is known only after it. There is room for a length of one byte, the usual case;
    /// for a longer one, what was written is moved.
    #[inline]
    pub fn message(&mut self, field: u32, fill: impl FnOnce(&mut Self)) {
        self.push_key(field, Wire::Length);
        let at = self.bytes.len();
        self.push_byte(0);
        fill(self);
        // Where there was no memory for the byte, there may be nothing at `at`, and too little behind it.
        let length = self.bytes.len().wrapping_sub(at + 1);
        match (u8::try_from(length), self.bytes.get_mut(at)) {
            (Ok(length @ ..0x80), Some(byte)) => *byte = length,
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
        assert_eq!(message.bytes().unwrap(), [0x08, 0x96, 0x01]);
        message.clear();
        message.text(2, "testing");
        assert_eq!(message.bytes().unwrap(), [&[0x12, 0x07][..], b"testing"].concat());
        message.clear();
        message.message(3, |inner| inner.uint(1, 150));
        assert_eq!(message.bytes().unwrap(), [0x1a, 0x03, 0x08, 0x96, 0x01]);
        message.clear();
        message.sint(15, -2);
        message.double(16, 1.0);
        assert_eq!(message.bytes().unwrap(), [0x78, 0x03, 0x81, 0x01, 0, 0, 0, 0, 0, 0, 0xf0, 0x3f]);
        message.clear();
        message.sints(6, &[]);
        assert!(message.bytes().unwrap().is_empty());
        message.sints(6, &[0, -1, 1, i64::MIN]);
        let last = [0xff; 9];
        assert_eq!(message.bytes().unwrap(), [&[0x32, 13, 0, 1, 2][..], &last, &[0x01]].concat());
    }

    #[test]
    fn long_messages_have_long_lengths() {
        for length in [0, 125, 126, 127, 128, 16_380, 16_384, 3_000_000] {
            let mut message = Message::default();
            let text = "x".repeat(length);
            message.message(1, |inner| inner.text(1, &text));
            let inner = [&[0x0a][..], &Message::varint(length as u64), text.as_bytes()].concat();
            assert_eq!(
                message.bytes().unwrap(),
                [&[0x0a][..], &Message::varint(inner.len() as u64), &inner].concat()
            );
        }
    }
}
