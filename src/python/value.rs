//! The series of a family and their values, as Python code gets and sets them.

pub mod assignment;
pub mod kept;
pub mod sample;
pub mod series;
pub mod store;
