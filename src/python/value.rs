//! The series of a family and their values, as Python code gets and sets them.

pub mod describe;
pub mod handle;
pub mod histogram;
pub mod info;
pub mod kept;
pub mod number;
pub mod reading;
pub mod sample;
pub mod series;
pub mod state_set;
pub mod store;
pub mod summary;
