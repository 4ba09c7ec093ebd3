//! What threads share: atomics, cells, locks and statics, of the standard library and parking_lot or of the model checker
//! (the feature `loom`).

#[cfg(loom)]
mod model;
#[cfg(not(loom))]
mod real;

#[cfg(loom)]
pub(crate) use model::*;
#[cfg(not(loom))]
pub(crate) use real::*;
