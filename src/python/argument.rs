//! The arguments of calls: Python objects that become labels, numbers, exemplars and names.

pub mod exemplar;
pub mod label_mapping;
pub mod labels;
pub mod naming;
pub mod number;
pub mod observations;
pub mod refusal;
pub mod update;
