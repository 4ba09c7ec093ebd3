//! The classes of children.

pub mod counter;
pub mod gauge;
pub mod histogram;
pub mod info;
pub mod state_set;
pub mod summary;
