//! The wire format of protocol buffers.
//!
//! Source: protobuf.dev, "Encoding".

use crate::memory::OutOfMemory;
use crate::output::{self, Cursor, Output};

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

    /// Whether all was written until now.
    ///
    /// # Errors
    ///
    /// As for [`Message::bytes`].
    pub fn result(&self) -> Result<(), OutOfMemory> {
        if self.is_incomplete { Err(OutOfMemory) } else { Ok(()) }
    }

    /// The message that is written, for fields that are encoded already.
    #[inline]
    pub(super) fn raw(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Appends fields that are encoded already.
    pub fn append(&mut self, fields: &[u8]) {
        self.write(fields.len(), |cursor| cursor.push(fields));
    }

    /// Runs `write` on room for `size` bytes, if there is memory for them; gives whether there is.
    #[inline(always)]
    fn write(&mut self, size: usize, write: impl FnOnce(&mut Cursor<'_>)) -> bool {
        let written = output::write(&mut self.bytes, size, write).is_ok();
        if !written {
            self.is_incomplete = true;
        }
        written
    }

    /// A whole number, of any type but `sint`.
    #[inline(always)]
    pub fn uint(&mut self, field: u32, number: u64) {
        self.write(KEY + VARINT, |cursor| {
            push_key(cursor, field, Wire::Varint);
            push_varint(cursor, number);
        });
    }

    /// A `sint32` or `sint64`.
    pub fn sint(&mut self, field: u32, number: i64) {
        self.uint(field, zigzag(number));
    }

    /// A repeated `sint64`, packed.
    pub fn sints(&mut self, field: u32, numbers: &[i64]) {
        if !numbers.is_empty() {
            self.message(field, |packed| {
                packed.write(numbers.len() * VARINT, |cursor| {
                    for &number in numbers {
                        push_varint(cursor, zigzag(number));
                    }
                });
            });
        }
    }

    /// A double.
    #[inline(always)]
    pub fn double(&mut self, field: u32, number: f64) {
        self.write(KEY + size_of::<f64>(), |cursor| {
            push_key(cursor, field, Wire::Fixed64);
            cursor.push(&number.to_le_bytes());
        });
    }

    /// A string.
    pub fn text(&mut self, field: u32, text: &str) {
        self.write(KEY + VARINT + text.len(), |cursor| {
            push_key(cursor, field, Wire::Length);
            push_varint(cursor, text.len() as u64);
            // Most are short, and copied without a call.
            cursor.push(text.as_bytes());
        });
    }

    /// A message, which `fill` writes.
    ///
    /// Its length stands before it, but is known only after it. There is room for a length of one byte, the usual case;
    /// for a longer one, what was written is moved.
    #[inline(always)]
    pub fn message(&mut self, field: u32, fill: impl FnOnce(&mut Self)) {
        let has_room = self.write(KEY + 1, |cursor| {
            push_key(cursor, field, Wire::Length);
            cursor.push(&[0]);
        });
        if !has_room {
            return;
        }
        let start = self.bytes.len();
        fill(self);
        let length = self.bytes.len() - start;
        match u8::try_from(length) {
            Ok(length @ ..0x80) => self.bytes[start - 1] = length,
            _ => self.widen(start, length),
        }
    }

    /// Writes the `length` of what was written from `start` on, which needs more than the byte before that.
    #[cold]
    fn widen(&mut self, start: usize, length: usize) {
        let end = self.bytes.len();
        self.bytes[start - 1] = low_byte(length as u64) | 0x80;
        self.write(VARINT, |cursor| push_varint(cursor, length as u64 >> 7));
        let size = self.bytes.len() - end;
        self.bytes[start..].rotate_right(size);
    }
}

/// Room for the key of a field.
const KEY: usize = 5;

/// Room for a whole number.
pub const VARINT: usize = 10;

#[inline(always)]
fn push_key(cursor: &mut Cursor<'_>, field: u32, wire: Wire) {
    push_varint(cursor, u64::from(field << 3 | wire as u32));
}

/// Appends a whole number in as many bytes as it needs.
#[inline(always)]
pub fn push_varint(cursor: &mut Cursor<'_>, mut number: u64) {
    while number >= 0x80 {
        cursor.push(&[low_byte(number) | 0x80]);
        number >>= 7;
    }
    cursor.push(&[low_byte(number)]);
}

/// The lowest byte.
fn low_byte(number: u64) -> u8 {
    number.to_le_bytes()[0]
}

/// Maps numbers near zero, of either sign, to small ones.
fn zigzag(number: i64) -> u64 {
    (number << 1 ^ number >> 63) as u64
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
    fn a_message_without_memory_is_an_error() {
        let mut message = Message::default();
        message.message(1, |inner| {
            inner.uint(1, 150);
            assert!(!inner.write(usize::MAX, |_| unreachable!("there is no room")));
            inner.text(2, &"x".repeat(200));
        });
        assert_eq!(message.bytes(), Err(OutOfMemory));
        message.clear();
        message.uint(1, 150);
        assert_eq!(message.bytes().unwrap(), [0x08, 0x96, 0x01]);
    }

    /// A whole number as protocol buffers write it.
    fn varint(number: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        output::write(&mut bytes, VARINT, |cursor| push_varint(cursor, number as u64)).unwrap();
        bytes
    }

    #[test]
    fn long_messages_have_long_lengths() {
        for length in [0, 125, 126, 127, 128, 16_380, 16_384, 3_000_000] {
            let mut message = Message::default();
            let text = "x".repeat(length);
            message.message(1, |inner| inner.text(1, &text));
            let inner = [&[0x0a][..], &varint(length), text.as_bytes()].concat();
            assert_eq!(message.bytes().unwrap(), [&[0x0a][..], &varint(inner.len()), &inner].concat());
        }
    }
}
