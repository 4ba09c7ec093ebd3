//! Prometheus metrics for asyncio services.
//!
//! The core knows nothing of Python: [`metric`] is the arithmetic of one series, [`family`] holds the
//! series of one name, [`registry`] says which families may live together, [`exposition`] turns families
//! into bytes, and [`negotiation`] chooses the format and the compression that a scraper gets. The bindings
//! are behind the feature `python`.
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
pub mod compression;
pub mod error;
pub mod exposition;
pub mod family;
pub mod fork;
pub mod kind;
pub mod labels;
pub mod memory;
pub mod metric;
pub mod name;
pub mod negotiation;
pub mod number;
pub mod output;
mod prefetch;
#[cfg(feature = "python")]
mod python;
pub mod registry;
pub mod report;
pub mod sample;
mod sync;
