//! What the fuzz targets share: readers of the formats, models of the rules, and random families.

// The model of the negotiation stands beside the core's own tests, and finds these names in both crates.
use aioprometheus::{name, negotiation};

pub mod check;
pub mod families;
pub mod input;
pub mod names;
pub mod parsed;
pub mod plan;
pub mod protobuf;
pub mod shown;
pub mod text;

#[path = "../../src/negotiation/tests/model.rs"]
mod negotiation_model;

/// What a request with these values of a header gets by the model: as Accept, and as Accept-Encoding.
#[must_use]
pub fn negotiate(headers: &[&str]) -> (negotiation::Choice, negotiation::Encoding) {
    negotiation_model::negotiate(headers)
}
