//! The wire format of protocol buffers: the fields of a message, one after the other. Nothing is kept or sized by what it says.
//!
//! A crate such as prost would make objects of all messages first, which then become the arrays of a page.

/// Why a message cannot be read.
pub(super) type Malformed = &'static str;

const CUT: Malformed = "the message is cut off";

/// The value of a field.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Fixed(u64),
    Bytes(&'a [u8]),
    /// Four bytes, of which no message here makes use.
    Short,
}

impl<'a> Value<'a> {
    pub fn varint(self) -> Result<u64, Malformed> {
        if let Self::Varint(int) = self { Ok(int) } else { Err("a field is no integer") }
    }

    pub fn double(self) -> Result<f64, Malformed> {
        if let Self::Fixed(bits) = self { Ok(f64::from_bits(bits)) } else { Err("a field is no double") }
    }

    pub fn bytes(self) -> Result<&'a [u8], Malformed> {
        if let Self::Bytes(bytes) = self { Ok(bytes) } else { Err("a field is no text or message") }
    }

    pub fn text(self) -> Result<&'a str, Malformed> {
        std::str::from_utf8(self.bytes()?).map_err(|_| "a text is not UTF-8")
    }

    pub fn message(self) -> Result<Message<'a>, Malformed> {
        self.bytes().map(Message)
    }

    /// Gives the integers of a repeated field, packed or not, to `take`.
    pub fn varints(self, mut take: impl FnMut(u64) -> Result<(), Malformed>) -> Result<(), Malformed> {
        match self {
            Self::Varint(int) => take(int),
            value => {
                let mut rest = value.message()?;
                while !rest.0.is_empty() {
                    take(rest.varint()?)?;
                }
                Ok(())
            }
        }
    }

    /// Gives the doubles of a repeated field, packed or not, to `take`.
    pub fn doubles(self, mut take: impl FnMut(f64) -> Result<(), Malformed>) -> Result<(), Malformed> {
        match self {
            Self::Fixed(bits) => take(f64::from_bits(bits)),
            value => {
                let mut rest = value.message()?;
                while !rest.0.is_empty() {
                    take(f64::from_bits(rest.fixed()?))?;
                }
                Ok(())
            }
        }
    }
}

/// An integer with a sign, which is in its last bit.
#[must_use]
pub(super) fn zigzag(int: u64) -> i64 {
    (int >> 1) as i64 ^ -((int & 1) as i64)
}

/// What is left of a message.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a>(pub &'a [u8]);

impl<'a> Message<'a> {
    /// Passes an integer.
    #[inline]
    pub fn varint(&mut self) -> Result<u64, Malformed> {
        let mut int = 0;
        for (place, &byte) in self.0.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            if place == 9 && bits > 1 {
                break;
            }
            int |= bits << (7 * place);
            if byte < 0x80 {
                self.0 = &self.0[place + 1..];
                return Ok(int);
            }
        }
        Err(if self.0.len() < 10 { CUT } else { "an integer has more than 64 bits" })
    }

    fn fixed(&mut self) -> Result<u64, Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(CUT)?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// Passes a length and as many bytes.
    pub fn delimited(&mut self) -> Result<&'a [u8], Malformed> {
        let length = usize::try_from(self.varint()?).map_err(|_| CUT)?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(CUT)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Passes a field: its number and its value.
    #[inline]
    pub fn field(&mut self) -> Result<Option<(u64, Value<'a>)>, Malformed> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let value = match tag & 7 {
            0 => Value::Varint(self.varint()?),
            1 => Value::Fixed(self.fixed()?),
            2 => Value::Bytes(self.delimited()?),
            5 => {
                self.0 = self.0.get(4..).ok_or(CUT)?;
                Value::Short
            }
            _ => return Err("a field has a type that these messages do not have"),
        };
        if tag >> 3 == 0 {
            return Err("a field has the number 0");
        }
        Ok(Some((tag >> 3, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        let read = |bytes: &[u8]| Message(bytes).varint();
        assert_eq!((read(&[0]), read(&[0xac, 2])), (Ok(0), Ok(300)));
        let mut longest = [0xff; 10];
        longest[9] = 1;
        assert_eq!(read(&longest), Ok(u64::MAX));
        longest[9] = 2;
        assert!(read(&longest).is_err() && read(&[0x80; 11]).is_err() && read(&[0x80]).is_err());
        assert_eq!([0, 1, 2, 3, u64::MAX].map(zigzag), [0, -1, 1, -2, i64::MIN]);
    }

    #[test]
    fn fields() {
        let mut message = Message(&[0x0a, 1, b'x', 0x18, 5, 0x25, 1, 2, 3, 4]);
        assert_eq!(message.field(), Ok(Some((1, Value::Bytes(b"x")))));
        assert_eq!(message.field(), Ok(Some((3, Value::Varint(5)))));
        assert_eq!((message.field(), message.field()), (Ok(Some((4, Value::Short))), Ok(None)));
        for bytes in [&[0x0a, 2, 1][..], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xf], &[0x0b], &[2, 0], &[9, 1]] {
            assert!(Message(bytes).field().is_err(), "{bytes:?}");
        }
    }

    #[test]
    fn packed_and_not() {
        let mut all = Vec::new();
        let mut take = |int| {
            all.push(int);
            Ok(())
        };
        Value::Varint(7).varints(&mut take).unwrap();
        Value::Bytes(&[1, 0xac, 2]).varints(&mut take).unwrap();
        assert!(Value::Bytes(&[1, 0x80]).varints(&mut take).is_err());
        assert_eq!(all, [7, 1, 300, 1]);
    }
}
