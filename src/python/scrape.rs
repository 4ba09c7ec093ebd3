//! Scrapes: the metrics of a registry become the bytes that answer a request.

pub mod encode;
pub mod page;
pub mod report;
