//! Prometheus metrics for asyncio services.
//!
//! The core knows nothing of Python: [`metric`] is the arithmetic of one series, [`family`] holds the series of one
//! name, and [`registry`] what is exposed together. At a scrape, [`negotiation`] chooses the format and the compression
//! that the scraper gets, [`collect`] gathers what it asked for, and [`exposition`] turns that into bytes; [`scrape`] does
//! all three. The bindings are behind the feature `python`.
//!
//! ```
//! use std::sync::Arc;
//! use aioprometheus::access::Shared;
//! use aioprometheus::exposition::{Block, Format, Options, encode};
//! use aioprometheus::family::{AnyFamily, Descriptor, Family};
//! use aioprometheus::kind::Kind;
//! use aioprometheus::metric::{Number, Value};
//!
//! let descriptor = Descriptor::new("requests_total", "Requests served", Kind::Counter)?;
//! let requests = Arc::new(Family::<Value>::new(descriptor, ()));
//! requests.with(Shared, &[("method", "GET")], |series| series.metric().add(Shared, Number::Int(1)))?;
//!
//! let families = [Block::Family(AnyFamily::Value(requests))];
//! let page = encode(Format::Text, families, Options::default())?;
//! assert!(page.ends_with(b"requests_total{method=\"GET\"} 1\n"));
//! # Ok::<(), aioprometheus::error::Error>(())
//! ```

pub mod access;
mod chunks;
pub mod clock;
pub mod collect;
pub mod compression;
pub mod error;
pub mod exposition;
pub mod family;
pub mod fork;
pub mod kind;
pub mod labels;
pub mod lint;
pub mod memory;
pub mod metric;
pub mod name;
pub mod negotiation;
pub mod number;
pub mod output;
pub mod parse;
mod prefetch;
pub mod process;
#[cfg(feature = "python")]
mod python;
pub mod quote;
pub mod registry;
pub mod report;
pub mod sample;
pub mod scrape;
mod sync;
