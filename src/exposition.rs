//! Families to bytes.

use crate::family::AnyFamily;

pub mod number;
pub mod output;
pub mod text;

/// What stands in an exposition: a family, or the ready text of one that somebody else wrote.
#[derive(Debug)]
pub enum Block {
    /// A family of this library.
    Family(AnyFamily),
    /// Lines in text format 0.0.4, the last without a line feed, of the family `name`.
    Text {
        /// The name that the block is sorted by.
        name: String,
        /// The lines.
        text: String,
    },
}

impl Block {
    /// The name of the family.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Family(family) => family.descriptor().name(),
            Self::Text { name, .. } => name,
        }
    }
}
