//! Metrics: what a user makes, and what becomes of the calls of its methods.

pub mod attribute;
pub mod constructor;
pub mod describe;
pub mod escaped;
pub mod mistake;
pub mod overrides;
pub mod registrations;
pub mod state;
pub mod update;
