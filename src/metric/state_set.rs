//! State sets: which one of several states a series is in.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Metric;

/// Why states were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatesError {
    /// There is none.
    #[error("No states provided for Enum metric")]
    None,
    /// One is there twice.
    #[error("the state '{state}' is given twice; give each once")]
    Twice {
        /// The state.
        state: String,
    },
}

/// The states of a state set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct States {
    /// At least one; each is there once.
    names: Box<[Box<str>]>,
    /// The indices of the names, sorted by these.
    sorted: Box<[usize]>,
}

impl States {
    /// Takes the states.
    ///
    /// # Errors
    ///
    /// [`StatesError::None`] when there is none, [`StatesError::Twice`] when one is there twice.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, StatesError> {
        let names: Box<[Box<str>]> = names.into_iter().map(Box::from).collect();
        if names.is_empty() {
            return Err(StatesError::None);
        }
        let mut seen = HashSet::new();
        if let Some(name) = names.iter().find(|&name| !seen.insert(name)) {
            return Err(StatesError::Twice { state: name.to_string() });
        }
        let mut sorted: Box<[usize]> = (0..names.len()).collect();
        sorted.sort_unstable_by_key(|&index| &names[index]);
        Ok(Self { names, sorted })
    }

    /// The names of the states, in the order in which they were given.
    #[must_use]
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// The name of a state.
    #[must_use]
    pub fn name(&self, state: usize) -> &str {
        self.names.get(state).map_or("", |name| name)
    }

    /// The state of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<usize> {
        let at = self.sorted.binary_search_by(|&index| (*self.names[index]).cmp(name)).ok()?;
        Some(self.sorted[at])
    }
}

/// The state of one series: the first one at its birth.
#[derive(Debug)]
pub struct StateSet(
    /// An index into the states.
    AtomicUsize,
);

impl Metric for StateSet {
    type Spec = States;

    fn new(_: &States) -> Self {
        Self(AtomicUsize::new(0))
    }
}

impl StateSet {
    /// Changes the state to the one that [`States::find`] gave.
    pub fn set(&self, state: usize) {
        self.0.store(state, Ordering::Relaxed);
    }

    /// The state as it is now.
    #[must_use]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn states_are_distinct_and_found_by_name() {
        let states = States::new(["off", "on"]).unwrap();
        assert_eq!((states.find("on"), states.find("On"), states.name(1)), (Some(1), None, "on"));
        assert_eq!(States::new([]).unwrap_err(), StatesError::None);
        let twice = StatesError::Twice { state: "a".to_owned() };
        assert_eq!(States::new(["a", "b", "a"]).unwrap_err(), twice);
    }
}
