//! The states of series, and their arithmetic: a number, a histogram, a summary, facts, a state.

use std::sync::Arc;

pub mod exemplar;
mod handover;
pub mod histogram;
pub mod info;
pub mod native;
mod number;
pub mod quantile;
mod repeated;
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

/// The types of states, each once: whatever is there for any of them is made from this list. `each_metric!(make! { more })`
/// is `make! { [Value, Summary, ...] more }`.
macro_rules! each_metric {
    ($make:ident! { $($more:tt)* }) => {
        $crate::metric::$make! { [Value, Summary, Histogram, Info, StateSet] $($more)* }
    };
}

/// An enum that holds `$of` a state of any type, each in a variant that is called as the type.
macro_rules! any_of {
    ($(#[$attribute:meta])* $any:ident, $of:ident) => {
        $crate::metric::each_metric!(enum_of! { $(#[$attribute])* $any $of });
    };
}

macro_rules! enum_of {
    ([$($metric:ident),+] $(#[$attribute:meta])* $any:ident $of:ident) => {
        $(#[$attribute])*
        pub enum $any {
            $(
                #[doc = concat!("That of a [`", stringify!($metric), "`](crate::metric::", stringify!($metric), ").")]
                $metric($of<$crate::metric::$metric>)
            ),+
        }

        $(impl From<$of<$crate::metric::$metric>> for $any {
            fn from(one: $of<$crate::metric::$metric>) -> Self {
                Self::$metric(one)
            }
        })+
    };
}

/// What `$work` makes of what `$any` holds, whatever the type of the state: `with_any!(AnyFamily, any, family => ...)`.
macro_rules! with_any {
    ($any:ident, $of:expr, $one:ident => $work:expr) => {
        $crate::metric::each_metric!(match_of! { $any [$of] [$one] [$work] })
    };
}

macro_rules! match_of {
    ([$($metric:ident),+] $any:ident [$of:expr] [$one:ident] [$work:expr]) => {
        match $of {
            $($any::$metric($one) => $work),+
        }
    };
}

pub(crate) use {any_of, each_metric, enum_of, match_of, with_any};

/// The state of one series. All methods of an implementation take `&self`: many threads update one series at a
/// time, and a scrape reads it meanwhile.
pub trait Metric: Sized + Send + Sync + 'static {
    /// What all the series of a family share: bucket bounds, quantile targets.
    type Spec: Send + Sync;

    /// Whether there are [`facts`](Metric::facts).
    const HAS_FACTS: bool = false;

    /// The state of a series at its birth. It cannot use the family, which panics or waits for ever.
    fn new(spec: &Self::Spec) -> Self;

    /// What only grows: a number, or how many observations there were. Nothing where no such thing is known.
    fn total(&self) -> Option<Number> {
        None
    }

    /// The labels that are part of the state: its sample has them beside those of the series.
    fn facts(&self) -> Option<Arc<Facts>> {
        None
    }
}
