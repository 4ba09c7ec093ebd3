//! Expositions that were parsed, for Python.

pub mod page;
mod sample;
