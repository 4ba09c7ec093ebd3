//! Metrics: what a user makes, and what becomes of the calls of its methods.

pub mod assignment;
pub mod attribute;
pub mod call;
pub mod change;
pub mod class;
pub mod collector;
pub mod collectors;
pub mod constructor;
pub mod definition_mistake;
pub mod docstring;
pub mod function;
pub mod observe;
pub mod overrides;
pub mod register;
pub mod registrations;
pub mod registry;
pub mod removal;
pub mod repr;
pub mod required;
pub mod sibling;
pub mod sources;
pub mod state;
pub mod update;
