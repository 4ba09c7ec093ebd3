//! The counter of updates that went to the overflow of a metric, because it had as many series as it may have.

use super::Source;
use crate::access::Shared;
use crate::error::Error;
use crate::family::{AnyFamily, Family, Refused};
use crate::memory::OutOfMemory;
use crate::metric::{Number, Value};
use crate::registry::own_counter;

/// The name of the counter.
pub(super) const COUNTER: &str = "aioprometheus_series_overflow_total";

const HELP: &str =
    "Updates of metrics that have as many series as they may have, which went to the series <overflow>";

/// The counter of the updates that the sources had no room for, if there were any. It is made anew for each scrape: the
/// sources keep the numbers.
pub(super) fn counter<S: Source>(sources: &[S]) -> Result<Option<AnyFamily>, OutOfMemory> {
    let mut counter: Option<Family<Value>> = None;
    for source in sources {
        let Some(Refused { count, since }) = source.refused() else {
            continue;
        };
        let family = counter.get_or_insert_with(|| own_counter(COUNTER, HELP));
        let count = Number::Int(i64::try_from(count).unwrap_or(i64::MAX));
        let done = family.with(Shared, &[("metric", &source.name())], |series| {
            series.metric().add(Shared, count);
            series.begin_at(since);
        });
        // Of a name, only one is refused that is too long for a label value.
        if let Err(Error::OutOfMemory(error)) = done {
            return Err(error);
        }
    }
    Ok(counter.map(|family| AnyFamily::Value(family.into())))
}
