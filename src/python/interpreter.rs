//! The interpreter: threads that attach to it, its end, its forks, its modules and its exceptions.

pub mod at_fork;
pub mod attached;
pub mod caller;
pub mod error;
pub mod import;
pub mod lifecycle;
pub mod memory;
pub mod note;
pub mod notice;
pub mod parking;
pub mod worker;
