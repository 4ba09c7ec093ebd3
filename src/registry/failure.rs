//! Failures: what was left out of an exposition, counted by metric.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;

use crate::access::Shared;
use crate::error::Error;
use crate::family::{AnyFamily, Descriptor, Family};
use crate::kind::Kind;
use crate::memory::OutOfMemory;
use crate::metric::{Number, Value};

/// Why something of a metric was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The metric failed, and was left out whole.
    Failed,
    /// It reported samples twice; the first of each was exposed.
    Repeated,
}

/// Fingerprints of failures, by name and cause.
type Logged = HashMap<(Box<str>, Cause), HashSet<u64>>;

/// The failures of the metrics of one registry: a family that counts them, which is exposed from the first one on.
#[derive(Debug, Default)]
pub struct Failures {
    /// Made with the first failure.
    counter: Mutex<Option<Arc<Family<Value>>>>,
    /// What was logged: the failures of each name, by what distinguishes them.
    logged: Mutex<Logged>,
}

impl Failures {
    /// The name of the counter.
    pub const COUNTER: &'static str = "aioprometheus_collector_errors_total";

    const HELP: &'static str = "Metrics that raised an exception while they were rendered, and were left out";

    /// How many different failures of one name and cause are logged; what fails may call itself as it likes.
    const MOST_LOGGED: usize = 10;

    /// How many names and causes are logged.
    const MOST_NAMES: usize = 10_000;

    /// Counts a failure of the metric `name`; gives whether it is the first of this cause and this `fingerprint`, and so to be
    /// logged.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`]; then it is not counted.
    pub fn add(&self, name: &str, cause: Cause, fingerprint: u64) -> Result<bool, OutOfMemory> {
        let family = {
            let mut counter = self.counter.lock();
            Arc::clone(counter.get_or_insert_with(|| Arc::new(own_counter(Self::COUNTER, Self::HELP))))
        };
        // One more is never refused, and of a name only one that is too long for a label value.
        let counted =
            family.with(Shared, &[("collector", name)], |series| series.metric().add(Shared, Number::Int(1)));
        match counted {
            Err(Error::OutOfMemory(error)) => Err(error),
            _ => Ok(self.is_first(name, cause, fingerprint)),
        }
    }

    /// Whether this was not logged before. It counts as logged from now on.
    fn is_first(&self, name: &str, cause: Cause, fingerprint: u64) -> bool {
        let mut logged = self.logged.lock();
        let key = (name.into(), cause);
        if logged.len() >= Self::MOST_NAMES && !logged.contains_key(&key) {
            return false;
        }
        let of_name = logged.entry(key).or_default();
        of_name.len() < Self::MOST_LOGGED && of_name.insert(fingerprint)
    }

    /// The family that counts the failures, if there were any.
    #[must_use]
    pub fn family(&self) -> Option<AnyFamily> {
        self.counter.lock().clone().map(AnyFamily::Value)
    }
}

/// A counter of this library itself, of what happens to the metrics of a registry.
pub(crate) fn own_counter(name: &str, help: &str) -> Family<Value> {
    let descriptor = Descriptor::new(name, help, Kind::Counter);
    Family::new(descriptor.unwrap_or_else(|error| unreachable!("{error}")), ())
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_failure_is_counted_and_the_first_of_each_cause_is_logged() {
        let failures = Failures::default();
        assert!(failures.family().is_none());
        assert_eq!(failures.add("a", Cause::Failed, 0), Ok(true));
        assert_eq!(failures.add("a", Cause::Failed, 0), Ok(false));
        assert_eq!(failures.add("a", Cause::Repeated, 0), Ok(true));
        assert_eq!(failures.add("b", Cause::Failed, 0), Ok(true));
        let Some(AnyFamily::Value(counter)) = failures.family() else {
            panic!("there is a counter");
        };
        let counts = [("a", 3), ("b", 1)].map(|(name, _)| {
            let series = counter.find(Shared, &[("collector", name)]).unwrap();
            (name, series.metric().get())
        });
        assert_eq!(counts, [("a", Number::Int(3)), ("b", Number::Int(1))]);
    }

    #[test]
    fn a_few_different_failures_of_a_name_are_logged_and_a_few_names() {
        let failures = Failures::default();
        let logged = |name: &str, prints: std::ops::Range<u64>| {
            prints.filter(|&print| failures.add(name, Cause::Failed, print) == Ok(true)).count()
        };
        assert_eq!(logged("a", 0..3), 3);
        assert_eq!(logged("a", 0..1000), Failures::MOST_LOGGED - 3);
        let names = (0..Failures::MOST_NAMES + 5).map(|name| logged(&name.to_string(), 0..1)).sum::<usize>();
        assert_eq!(names, Failures::MOST_NAMES - 1);
        assert_eq!(failures.logged.lock().len(), Failures::MOST_NAMES);
    }
}
