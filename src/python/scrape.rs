//! Scrapes: the metrics of a registry become the bytes that answer a request.

pub mod asked;
pub mod built_in;
pub mod choice;
pub mod encode;
pub mod failed;
pub mod family;
pub mod line;
pub mod names;
pub mod page;
pub mod report;
pub mod request;
pub mod source;
