//! What is wrong in a line, before the line is known.

use std::borrow::Cow;

use super::ParseError;
use crate::memory::OutOfMemory;
use crate::quote;

/// What is wrong.
#[derive(Debug)]
pub(super) enum Problem {
    /// The body is at fault.
    Said(Cow<'static, str>),
    /// There is no memory.
    Memory(OutOfMemory),
}

impl Problem {
    /// The error of the line in which the byte `at` is.
    #[cold]
    pub fn at(self, input: &str, at: usize) -> ParseError {
        match self {
            Self::Said(words) => ParseError::at(input.as_bytes(), at, words),
            Self::Memory(error) => error.into(),
        }
    }
}

impl Problem {
    /// The error of a family in protocol buffers, counted from 1 on.
    #[cold]
    pub fn in_family(self, number: usize, name: &str) -> ParseError {
        match self {
            Self::Said(words) if name.is_empty() => ParseError::whole(format!("family {number}: {words}")),
            Self::Said(words) => {
                let name = shortened(name);
                ParseError::whole(format!("family {number}, {name}: {words}"))
            }
            Self::Memory(error) => error.into(),
        }
    }
}

impl From<&'static str> for Problem {
    fn from(words: &'static str) -> Self {
        Self::Said(words.into())
    }
}

impl From<String> for Problem {
    fn from(words: String) -> Self {
        Self::Said(words.into())
    }
}

impl From<OutOfMemory> for Problem {
    fn from(error: OutOfMemory) -> Self {
        Self::Memory(error)
    }
}

/// A word for a message.
pub(super) fn shortened(word: &str) -> String {
    quote::shortened(word, 20)
}
