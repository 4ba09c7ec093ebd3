//! The series of a family in the order of their births.

use std::sync::Arc;

use super::Series;

/// Series in the order of their births.
#[derive(Debug)]
pub(super) struct Order<M> {
    /// Ascending by birth. A series that was removed leaves its place empty.
    places: Vec<(u64, Option<Arc<Series<M>>>)>,
    /// How many places are empty: at most half of them, and one.
    empty: usize,
    /// When the next series is born.
    pub next_birth: u64,
}

impl<M> Order<M> {
    pub fn new() -> Self {
        Self { places: Vec::new(), empty: 0, next_birth: 0 }
    }

    /// Appends the series that is born now.
    pub fn push(&mut self, series: Arc<Series<M>>) {
        self.places.push((series.birth, Some(series)));
        self.next_birth += 1;
    }

    /// The series that were born at `birth` or later, and before `end`.
    pub fn between(&self, birth: u64, end: u64) -> impl Iterator<Item = &Arc<Series<M>>> {
        let start = self.places.partition_point(|place| place.0 < birth);
        let until = self.places.partition_point(|place| place.0 < end);
        self.places[start..until].iter().filter_map(|place| place.1.as_ref())
    }

    pub fn remove(&mut self, birth: u64) {
        if let Ok(place) = self.places.binary_search_by_key(&birth, |place| place.0) {
            self.places[place].1 = None;
            self.empty += 1;
        }
        if self.empty > self.places.len() / 2 {
            self.places.retain(|place| place.1.is_some());
            self.places.shrink_to(self.places.len() * 2);
            self.empty = 0;
        }
    }

    /// Empties it; births go on where they were, so that a scrape under way sees none twice.
    pub fn take(&mut self) -> Self {
        let next_birth = self.next_birth;
        std::mem::replace(self, Self { next_birth, ..Self::new() })
    }
}
