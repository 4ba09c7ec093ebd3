//! Scrapes: the metrics of a registry become the bytes that answer a request.

pub mod built_in;
pub mod clash;
pub mod encode;
pub mod line;
pub mod names;
pub mod negotiation;
pub mod page;
pub mod report;
