//! The classes of the module, as Python sees them: their methods, and faster ways into these.

pub mod absent;
pub mod bound;
pub mod call_mistake;
pub mod collector;
pub mod collectors;
pub mod construct;
pub mod contents;
pub mod counter;
pub mod equality;
pub mod function;
pub mod gauge;
pub mod histogram;
pub mod http;
pub mod in_progress;
pub mod info;
pub mod registry;
pub mod series_store;
pub mod setting;
pub mod shortcut;
pub mod state_set;
pub mod summary;
pub mod timer;
pub mod younger;
