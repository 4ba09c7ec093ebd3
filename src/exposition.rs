//! Expositions: families turned into bytes, in each format.

use std::ptr;
use std::sync::Arc;

use crate::family::{AnyFamily, Descriptor};
use crate::memory::OutOfMemory;
use crate::name::Escaping;
use crate::output::Sink;
use crate::report::Report;
use crate::sample::{Visitor, walk_family, walk_report};

mod lines;
pub mod openmetrics;
pub mod protobuf;
pub mod text;
mod writer;

/// The formats of an exposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Text 0.0.4 and 1.0.0, which are the same but for the names that they allow.
    #[default]
    Text,
    /// OpenMetrics text 0.0.1 and 1.0.0, which are the same.
    OpenMetrics,
    /// Protocol buffers, delimited.
    Protobuf,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 3] = [Self::Text, Self::OpenMetrics, Self::Protobuf];

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::OpenMetrics => "openmetrics",
            Self::Protobuf => "protobuf",
        }
    }

    /// The format of this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }
}

/// What a scraper, or the code that renders for it, may choose.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// What becomes of names that need quotes.
    pub escaping: Escaping,
    /// The time that all samples carry, in milliseconds since 1970.
    pub timestamp: Option<i64>,
    /// Whether OpenMetrics reports when each series was born, in a sample of its own.
    pub created: bool,
}

/// A part of an exposition: a family, or a report in its place.
#[derive(Debug)]
pub enum Block {
    /// A family of this library.
    Family(AnyFamily),
    /// A family whose series are made for this exposition alone.
    Report(Arc<Report>),
    /// Lines in text format, the last without a line feed, of the family `name`. Other formats leave it out.
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
            Self::Text { name, .. } => name,
            _ => self.descriptor().map_or("", Descriptor::name),
        }
    }

    /// What is known of the family.
    #[must_use]
    pub fn descriptor(&self) -> Option<&Descriptor> {
        match self {
            Self::Family(family) => Some(family.descriptor()),
            Self::Report(report) => Some(report.descriptor()),
            Self::Text { .. } => None,
        }
    }

    /// Walks along its series. Ready lines have none.
    ///
    /// # Errors
    ///
    /// Those of the visitor, and [`OutOfMemory`].
    #[inline]
    pub fn walk<V: Visitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
        match self {
            Self::Family(family) => walk_family(family, visitor),
            Self::Report(report) => walk_report(report, visitor),
            Self::Text { .. } => Ok(()),
        }
    }
}

/// The name of a family as it is shown; for an info, it has its suffix.
fn shown_name(descriptor: &Descriptor, escaping: Escaping) -> String {
    format!("{}{}", escaping.metric_name(descriptor.sample_base()), descriptor.kind().added())
}

/// The blocks, sorted by name.
///
/// # Errors
///
/// [`OutOfMemory`].
pub fn in_order(blocks: &[Block]) -> Result<Vec<&Block>, OutOfMemory> {
    let mut sorted = Vec::new();
    sorted.try_reserve_exact(blocks.len())?;
    sorted.extend(blocks);
    // Those of one name stay in the order of their memory, which is that in which they came; a sort that keeps it by
    // itself would need memory.
    sorted.sort_unstable_by_key(|&block| (block.name(), ptr::from_ref(block)));
    Ok(sorted)
}

/// Appends the blocks, sorted by name, to `sink`. It runs without any lock that an update waits for.
///
/// # Errors
///
/// [`OutOfMemory`]; then a part of them may be written.
pub fn encode_into(
    format: Format,
    sink: &mut impl Sink,
    blocks: impl IntoIterator<Item = Block>,
    options: Options,
) -> Result<(), OutOfMemory> {
    let mut all = Vec::new();
    for block in blocks {
        all.try_reserve(1)?;
        all.push(block);
    }
    let sorted = in_order(&all)?;
    match format {
        Format::Text => text::encode(sink, &sorted, options),
        Format::OpenMetrics => openmetrics::encode(sink, &sorted, options),
        Format::Protobuf => protobuf::encode(sink, &sorted, options),
    }
}

/// As [`encode_into`], to new memory.
///
/// # Errors
///
/// [`OutOfMemory`].
pub fn encode(
    format: Format,
    blocks: impl IntoIterator<Item = Block>,
    options: Options,
) -> Result<Vec<u8>, OutOfMemory> {
    let mut buffer = Vec::new();
    encode_into(format, &mut buffer, blocks, options)?;
    Ok(buffer)
}

#[cfg(all(test, not(loom)))]
mod tests;
