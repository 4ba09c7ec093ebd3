//! Exemplars: a trace, say, that stands for the observations beside it.

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;

use crate::labels::Pair;
use crate::name::is_label_name;

/// The most characters that the names and values of an exemplar's labels may have in all.
///
/// Source: OpenMetrics 1.0, "Exemplars".
pub const LONGEST: usize = 128;

/// Why the labels of an exemplar were refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExemplarError {
    /// They are too long.
    #[error(
        "the labels of an exemplar have at most 128 characters in all, names included, and these have {length}; \
         shorten them"
    )]
    TooLong {
        /// How many characters they have.
        length: usize,
    },
    /// A label name is malformed, or there twice.
    #[error(
        "'{name}' cannot be a label name of an exemplar; each must match [a-zA-Z_][a-zA-Z0-9_]*, and be there once"
    )]
    Label {
        /// The name that was refused.
        name: String,
    },
}

/// One exemplar.
#[derive(Debug, Clone, PartialEq)]
pub struct Exemplar {
    labels: Box<[(Box<str>, Box<str>)]>,
    value: f64,
    time: Option<u64>,
}

impl Exemplar {
    /// An exemplar for a `value`, taken at a `time` in milliseconds since 1970, if that is known.
    ///
    /// # Errors
    ///
    /// [`ExemplarError::TooLong`] beyond [`LONGEST`] characters, [`ExemplarError::Label`] for a label name that is
    /// malformed or there twice.
    pub fn new(labels: &[Pair<'_>], value: f64, time: impl Into<Option<u64>>) -> Result<Self, ExemplarError> {
        let length = labels.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
        if length > LONGEST {
            return Err(ExemplarError::TooLong { length });
        }
        let mut owned: Box<[(Box<str>, Box<str>)]> =
            labels.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        owned.sort_unstable();
        let twice = owned.windows(2).find(|pair| pair[0].0 == pair[1].0).map(|pair| &pair[0]);
        if let Some((name, _)) = owned.iter().find(|(name, _)| !is_label_name(name)).or(twice) {
            return Err(ExemplarError::Label { name: name.to_string() });
        }
        Ok(Self { labels: owned, value, time: time.into() })
    }

    /// The labels, sorted by name.
    #[must_use]
    pub fn labels(&self) -> impl ExactSizeIterator<Item = Pair<'_>> {
        self.labels.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Whether the text formats can carry it: Prometheus 2.42 and 3.5 lose the whole scrape over a NUL in its labels.
    #[must_use]
    pub fn is_text(&self) -> bool {
        !self.labels.iter().any(|(_, value)| value.contains('\0'))
    }

    /// The value that was observed, or the amount that was added.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.value
    }

    /// When it was taken, in milliseconds since 1970, if that is known. Those of updates have a time.
    #[must_use]
    pub fn time(&self) -> Option<u64> {
        self.time
    }
}

/// The last exemplar of each place of a series: of its bucket, or of the counter itself.
///
/// There is memory for them from the first one on. Neither a writer nor a reader waits.
#[derive(Debug, Default)]
pub struct Exemplars(OnceBox<Box<[ArcSwapOption<Exemplar>]>>);

impl Exemplars {
    /// Without exemplars.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceBox::new())
    }

    /// Whether there never was one.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.get().is_none()
    }

    /// Replaces the exemplar of a place, one of `places`; the number is the same in every call.
    pub fn set(&self, places: usize, place: usize, exemplar: Exemplar) {
        let all = self.0.get_or_init(|| Box::new((0..places).map(|_| ArcSwapOption::empty()).collect()));
        all[place].store(Some(Arc::new(exemplar)));
    }

    /// Keeps the last `places` exemplars whose values are not alike: a new one takes the place of one that is alike, or
    /// else a free place, or else that of the oldest.
    pub fn keep(&self, places: usize, exemplar: Exemplar, is_alike: impl Fn(f64) -> bool) {
        let rank = |place: &usize| match self.get(*place) {
            Some(other) if is_alike(other.value()) => (0, None),
            None => (1, None),
            Some(other) => (2, other.time()),
        };
        if let Some(place) = (0..places).min_by_key(rank) {
            self.set(places, place, exemplar);
        }
    }

    /// The last exemplar of a place.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<Arc<Exemplar>> {
        self.0.get()?.get(place)?.load_full()
    }

    /// All there are, in the order of their places.
    pub fn iter(&self) -> impl Iterator<Item = Arc<Exemplar>> {
        self.0.get().into_iter().flat_map(|all| all.iter()).filter_map(ArcSwapOption::load_full)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn labels_are_checked() {
        let exemplar = |labels: &[Pair<'_>]| Exemplar::new(labels, 1.0, 2);
        let ok = exemplar(&[("b", "2"), ("a", "1")]).unwrap();
        assert_eq!(ok.labels().collect::<Vec<_>>(), [("a", "1"), ("b", "2")]);
        // Characters count, not bytes.
        assert!(exemplar(&[("a", &"\u{1f600}".repeat(127))]).is_ok());
        let length = 129;
        let refused = ExemplarError::TooLong { length };
        assert_eq!(exemplar(&[("a", &"x".repeat(128))]), Err(refused));
        for names in [["a", "a"], ["", "a"], ["a.b", "c"], ["a:b", "c"]] {
            assert!(exemplar(&names.map(|name| (name, "x"))).is_err(), "{names:?}");
        }
    }

    #[test]
    fn those_of_values_that_are_not_alike_are_kept() {
        let exemplars = Exemplars::new();
        for (time, value) in [(1, 1.0), (2, 2.0), (3, 2.1), (4, 3.0), (5, 4.0)] {
            let exemplar = Exemplar::new(&[("a", "1")], value, time).unwrap();
            exemplars.keep(3, exemplar, |other| (other - value).abs() < 0.5);
        }
        let times: Vec<u64> = exemplars.iter().filter_map(|exemplar| exemplar.time()).collect();
        assert_eq!(times, [5, 3, 4]);
    }

    #[test]
    fn the_last_one_of_each_place_is_kept_while_threads_replace_them() {
        let exemplars = Exemplars::new();
        assert!(exemplars.is_empty());
        assert_eq!(exemplars.iter().count(), 0);
        std::thread::scope(|scope| {
            let writers = [0, 1, 2_u32].map(|place| {
                let exemplars = &exemplars;
                scope.spawn(move || {
                    for time in 0..2_000 {
                        let exemplar = Exemplar::new(&[("a", "1")], place.into(), time).unwrap();
                        exemplars.set(3, place as usize, exemplar);
                    }
                })
            });
            let reader = scope.spawn(|| {
                let mut last = 0;
                while last < 1_999 {
                    let time = exemplars.get(1).and_then(|exemplar| exemplar.time()).unwrap_or(0);
                    assert!(time >= last);
                    last = time;
                }
            });
            for writer in writers {
                writer.join().unwrap();
            }
            reader.join().unwrap();
        });
        assert_eq!(exemplars.iter().filter_map(|exemplar| exemplar.time()).collect::<Vec<_>>(), [1_999; 3]);
    }
}
