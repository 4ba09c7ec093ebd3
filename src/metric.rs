//! The states of series, and their arithmetic: a number, a histogram, a summary, facts, a state.

use std::sync::Arc;

pub mod exemplar;
mod handover;
pub mod histogram;
pub mod info;
pub mod native;
mod number;
pub mod quantile;
mod sequence;
pub mod state_set;
pub mod summary;
mod value;

pub use exemplar::Exemplar;
pub use histogram::Histogram;
use info::Facts;
pub use info::Info;
pub use number::{CounterError, Number};
pub use state_set::StateSet;
pub use summary::Summary;
pub use value::Value;

/// The state of one series. All methods of an implementation take `&self`: many threads update one series at a
/// time, and a scrape reads it meanwhile.
pub trait Metric: Send + Sync + 'static {
    /// What all the series of a family share: bucket bounds, quantile targets.
    type Spec: Send + Sync;

    /// Whether there are [`facts`](Metric::facts).
    const HAS_FACTS: bool = false;

    /// The state of a series at its birth.
    fn new(spec: &Self::Spec) -> Self;

    /// The labels that are part of the state: its sample has them beside those of the series.
    fn facts(&self) -> Option<Arc<Facts>> {
        None
    }
}
