//! A streaming quantile sketch: one pass, bounded memory, and a rank error bounded for every order of the stream.
//!
//! # How it works
//!
//! Of the values observed the sketch keeps some, in order, with bounds on their ranks, as Greenwald and Khanna do
//! ("Space-efficient online computation of quantile summaries", SIGMOD 2001). Which values it may drop depends on
//! the targets, as Cormode, Korn, Muthukrishnan and Srivastava do ("Effective computation of biased quantiles over
//! data streams", ICDE 2005). Their published bound on a tuple's width looks at one end of the tuple only, so that
//! a tuple may come to span a target and be too wide for it; the rule here ([`Limit`]) looks at the whole of it.
//!
//! *Ranks.* Let `n` values have been observed. For a kept value `v` the sketch knows
//! `through(v)`, no more than the number of observations `<= v`, and `below(v)`, no less than the number `< v`.
//! Between two neighbours `u < v` lies a *gap*: the ranks `through(u) + 1 ..= below(v)`, whose values are not known.
//!
//! *What a target needs.* A target `(phi, epsilon)` asks for rank `k`, the least integer `>= phi * n`, within
//! `e = floor(epsilon * n)`: its *window* is `k - e ..= k + e`. A gap does harm only if it covers the whole window.
//! The invariant: **no gap covers the window of any target, now or after any further observations.**
//!
//! *Why the answers are right.* A query cuts every gap in half: the lower half of its ranks is answered with the
//! neighbour below, the upper half with the neighbour above; the answers therefore never fall as the rank rises. Let
//! `k` be answered with `v`. Were `v` too high, that is `below(v) >= k + e`, then `k` would lie in the upper half of
//! the gap under `v`, which would begin at `k - e` or lower and so cover the window. The same holds, upside down, if
//! `v` were too low, that is `through(v) < k - e`. So `v` holds some rank of the window.
//!
//! *Why the invariant lasts.* An observation `x` inside a gap `low + 1 ..= high` splits it in two, `low + 1 ..= high`
//! and `low + 2 ..= high + 1`: above `x` every bound rises by one. An observation elsewhere moves the gap up by one
//! or not at all, and one equal to a kept value is added to that value's count. So gaps never widen when a value is
//! observed; they only move up, by at most the number of values observed since. They widen when a kept value is
//! dropped, which happens only if [`Limit`] shows that the gap it leaves can never cover a window.

use std::cmp::Ordering;
use std::fmt;
use std::mem::size_of;
use std::sync::Arc;

/// Observations collected before they are sorted and merged into the summary; at least 500 keeps the sketch exact to
/// 500 observations.
const BUFFER: usize = 512;

/// A summary longer than this many buffers gets a longer buffer, so that merging stays cheap for each observation.
const SUMMARY_TO_BUFFER: usize = 4;

/// More than the relative rounding error of the few operations on `phi`, `epsilon` and a count in [`Limit`].
const ROUNDING: f64 = 1e-12;

/// Why a list of targets was refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetError {
    /// There was no target at all.
    Empty,
    /// This quantile is not in `[0, 1]`.
    Phi(f64),
    /// The error allowed for quantile `phi` is not in `[0, 1)`.
    Epsilon {
        /// The quantile.
        phi: f64,
        /// The error which was refused.
        epsilon: f64,
    },
}

impl fmt::Display for TargetError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(formatter, "at least one quantile is needed"),
            Self::Phi(phi) => write!(formatter, "quantile {phi} is not between 0 and 1"),
            Self::Epsilon { phi, epsilon } => {
                write!(formatter, "error {epsilon} of quantile {phi} is not at least 0 and less than 1")
            }
        }
    }
}

impl std::error::Error for TargetError {}

#[derive(Clone, Copy, Debug)]
struct Target {
    phi: f64,
    epsilon: f64,
}

impl Target {
    fn new(phi: f64, epsilon: f64) -> Result<Self, TargetError> {
        if !(0.0..=1.0).contains(&phi) {
            return Err(TargetError::Phi(phi));
        }
        if !(0.0..1.0).contains(&epsilon) {
            return Err(TargetError::Epsilon { phi, epsilon });
        }
        // Adding zero turns -0.0 into 0.0.
        Ok(Self { phi: phi + 0.0, epsilon: epsilon + 0.0 })
    }
}

/// The quantiles which a sketch must answer, each with the error it may make; shared by many sketches.
#[derive(Clone, Debug)]
pub struct Targets {
    /// Never empty; ascending by `phi`, each `phi` once.
    targets: Vec<Target>,
}

impl Targets {
    /// Targets from pairs `(phi, epsilon)`, in any order. Quantile `phi`, in `[0, 1]`, is to be answered within
    /// `epsilon * n` ranks of the right one among `n` observations, `epsilon` in `[0, 1)`. Of a `phi` given twice the
    /// smaller `epsilon` counts.
    ///
    /// # Errors
    ///
    /// [`TargetError`] names the first pair out of range (NaN is), or says that there was none.
    pub fn new(pairs: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, TargetError> {
        let mut targets = pairs
            .into_iter()
            .map(|(phi, epsilon)| Target::new(phi, epsilon))
            .collect::<Result<Vec<_>, _>>()?;
        if targets.is_empty() {
            return Err(TargetError::Empty);
        }
        targets.sort_by(|a, b| a.phi.total_cmp(&b.phi).then(a.epsilon.total_cmp(&b.epsilon)));
        targets.dedup_by(|later, earlier| later.phi.total_cmp(&earlier.phi) == Ordering::Equal);
        Ok(Self { targets })
    }

    /// The pairs `(phi, epsilon)`, ascending by `phi`, each `phi` once.
    pub fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.targets.iter().map(|target| (target.phi, target.epsilon))
    }

    /// What the targets ask of every gap after `count` observations.
    ///
    /// `phi = 0` and `phi = 1` ask nothing: the least and the greatest value are always kept, so no gap holds the
    /// first or the last rank, and each of their windows does.
    fn limits(&self, count: u64) -> Vec<Limit> {
        let inner = self.targets.iter().filter(|target| target.phi > 0.0 && target.phi < 1.0);
        inner.map(|target| Limit::new(target, count)).collect()
    }
}

/// What one target asks of every gap after `count` observations, lest the gap cover the target's window at some
/// later count `m`.
///
/// A gap of `width` ranks cannot cover a window of `2 * e + 1` ranks if `width <= 2 * e`; as windows never shrink, it
/// is then harmless for good. A wider one becomes harmless before `m` reaches `horizon = (width + 1) / (2 * epsilon)`,
/// since `width > 2 * floor(epsilon * m)` gives `epsilon * m < (width + 1) / 2`. Until then it must keep to one side
/// of the window `k - e ..= k + e`, where `phi * m <= k < phi * m + 1` and `epsilon * m - 1 < e <= epsilon * m`:
///
/// * below the window's top, even if all observations to come fall below the gap: `high + (m - count) < k + e`, for
///   which `count - 1 - high >= (1 - phi - epsilon) * m` suffices; or
/// * above its bottom, even if all of them fall above the gap: `low + 1 > k - e`, for which
///   `low - 1 >= (phi - epsilon) * m` suffices.
///
/// Either right side is at most zero, as the left never is, or greatest at the horizon; it is raised by [`ROUNDING`].
/// For `epsilon = 0` the horizon is infinite, so that no gap is harmless and every distinct value is kept.
struct Limit {
    count: u64,
    harmless_width: u64,
    /// `(1 - phi - epsilon) * horizon`, for each rank of `width + 1`.
    room_above: f64,
    /// `(phi - epsilon) * horizon`, for each rank of `width + 1`.
    room_below: f64,
}

impl Limit {
    fn new(&Target { phi, epsilon }: &Target, count: u64) -> Self {
        Self {
            count,
            harmless_width: 2 * tolerance(epsilon, count),
            room_above: (1.0 - phi - epsilon + ROUNDING) / (2.0 * epsilon),
            room_below: (phi - epsilon + ROUNDING) / (2.0 * epsilon),
        }
    }

    /// Whether a gap of the ranks `low + 1 ..= low + width` is harmless for good. Neither the first rank nor the last
    /// is in a gap.
    fn allows(&self, low: u64, width: u64) -> bool {
        let unit = real(width + 1);
        width <= self.harmless_width
            || real(self.count - 1 - low - width) >= self.room_above * unit
            || real(low - 1) >= self.room_below * unit
    }
}

/// A kept value. With the entries before it, it gives the bounds on its ranks:
/// `through = through of the entry before + rise` and `below = through of the entry before + gap`.
#[derive(Clone, Copy, Debug)]
struct Entry {
    value: f64,
    /// At least one: `through` is the sum of `rise` up to this entry; over all entries, the number of observations.
    rise: u64,
    /// The ranks in the gap between the entry before and this one. Zero for the first entry, the least value observed.
    gap: u64,
}

/// The entries of a summary and sorted new values, merged into the entries they would be if each value had been
/// observed one by one: a new value splits a gap in two of the same width.
struct Merged<'a> {
    entries: &'a [Entry],
    fresh: &'a [f64],
}

impl Iterator for Merged<'_> {
    type Item = Entry;

    #[inline]
    fn next(&mut self) -> Option<Entry> {
        let mut merged = match (self.entries, self.fresh) {
            ([entry, ..], [value, ..]) if value.total_cmp(&entry.value) == Ordering::Less => {
                Entry { value: *value, rise: 0, gap: entry.gap }
            }
            ([entry, rest @ ..], _) => {
                self.entries = rest;
                *entry
            }
            ([], [value, ..]) => Entry { value: *value, rise: 0, gap: 0 },
            ([], []) => return None,
        };
        let is_equal = |value: &&f64| value.total_cmp(&merged.value) == Ordering::Equal;
        let equal = self.fresh.iter().take_while(is_equal).count();
        self.fresh = &self.fresh[equal..];
        merged.rise += equal as u64;
        Some(merged)
    }
}

/// A sketch of one stream of numbers, from which quantiles can be read at any time.
///
/// For each target `(phi, epsilon)` it answers with an observed value one of whose ranks, in the sorted stream, is
/// within `epsilon * n` of the right one: the least integer `>= phi * n`, and at least 1, for `n` observations. This
/// holds for every order of the stream. The answers are exact up to 500 observations; they never fall as `phi` rises.
/// Equal streams give equal answers, however often a sketch was read in between.
///
/// Values are ordered as by [`f64::total_cmp`]: infinities are ordinary values, and -0.0 is less than 0.0.
///
/// Memory depends on the targets and hardly on the number of observations, with one exception: `epsilon = 0` for a
/// `phi` other than 0 and 1 is exact, and keeps every *distinct* value with its count.
#[derive(Clone, Debug)]
pub struct Sketch {
    targets: Arc<Targets>,
    /// Ascending by value, each value once. No gap covers the window of any target, now or after any further
    /// observations. The first entry is the least value of all observed but those in `buffer`, the last the greatest.
    entries: Vec<Entry>,
    /// The sum of `rise` over `entries`.
    summarised: u64,
    /// Observations yet to be merged into `entries`, in order of arrival; fewer than `buffer_limit`.
    buffer: Vec<f64>,
    buffer_limit: usize,
}

impl Sketch {
    /// A sketch of an empty stream. It allocates nothing.
    #[must_use]
    pub fn new(targets: Arc<Targets>) -> Self {
        Self { targets, entries: Vec::new(), summarised: 0, buffer: Vec::new(), buffer_limit: BUFFER }
    }

    /// Adds one value to the stream. It must not be NaN; the caller leaves those out.
    #[inline]
    pub fn observe(&mut self, value: f64) {
        self.buffer.push(value);
        if self.buffer.len() >= self.buffer_limit {
            self.flush();
        }
    }

    /// The value of quantile `phi`; none if nothing was observed or `phi` is not in `[0, 1]`. The error is bounded
    /// only if `phi` is one of the targets.
    #[must_use]
    pub fn quantile(&self, phi: f64) -> Option<f64> {
        if !(0.0..=1.0).contains(&phi) {
            return None;
        }
        self.values_at(std::iter::once(rank(phi, self.len()))).pop()
    }

    /// The pairs `(phi, value)` for all targets, ascending by `phi`, in one pass; empty if nothing was observed.
    #[must_use]
    pub fn quantiles(&self) -> Vec<(f64, f64)> {
        let phis = || self.targets.pairs().map(|(phi, _)| phi);
        let values = self.values_at(phis().map(|phi| rank(phi, self.len())));
        phis().zip(values).collect()
    }

    /// The number of values observed.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.summarised + self.buffer.len() as u64
    }

    /// Whether nothing was observed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes this sketch has allocated on the heap, in use or not, without the shared targets.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.buffer.capacity() * size_of::<f64>()
    }

    /// The values to answer ascending `ranks` with: every gap is cut in half. Empty if nothing was observed.
    fn values_at(&self, ranks: impl Iterator<Item = u64>) -> Vec<f64> {
        let mut fresh = self.buffer.clone();
        fresh.sort_unstable_by(f64::total_cmp);
        let mut merged = Merged { entries: &self.entries, fresh: &fresh }.peekable();
        let Some(mut entry) = merged.next() else { return Vec::new() };
        let mut through = entry.rise;
        let mut value_at = |rank| {
            while let Some(above) = merged.next_if(|above| 2 * through + above.gap + 1 < 2 * rank) {
                through += above.rise;
                entry = above;
            }
            entry.value
        };
        ranks.map(&mut value_at).collect()
    }

    /// Merges the buffer into the summary, and drops each entry but the first and the last whose absence leaves a
    /// harmless gap.
    #[cold]
    fn flush(&mut self) {
        self.buffer.sort_unstable_by(f64::total_cmp);
        self.summarised = self.len();
        let limits = self.targets.limits(self.summarised);
        let mut kept: Vec<Entry> = Vec::with_capacity(self.entries.len());
        let mut through = 0;
        for mut entry in (Merged { entries: &self.entries, fresh: &self.buffer }) {
            if let [_, .., last] = kept[..] {
                let (low, width) = (through - last.rise, last.rise + entry.gap);
                if limits.iter().all(|limit| limit.allows(low, width)) {
                    kept.pop();
                    through = low;
                    entry.rise += last.rise;
                    entry.gap = width;
                }
            }
            through += entry.rise;
            kept.push(entry);
        }
        kept.shrink_to_fit();
        self.entries = kept;
        self.buffer.clear();
        self.buffer_limit = BUFFER.max(self.entries.len() / SUMMARY_TO_BUFFER);
    }
}

/// The rank, from 1, of quantile `phi` among `count` sorted values: the least integer `>= phi * count`, where a
/// product which rounding has raised above an integer counts as that integer.
fn rank(phi: f64, count: u64) -> u64 {
    let product = phi * real(count);
    whole((product - product * (4.0 * f64::EPSILON)).ceil()).max(1)
}

/// The greatest integer `<= epsilon * count`, the product not being rounded.
fn tolerance(epsilon: f64, count: u64) -> u64 {
    let floor = (epsilon * real(count)).floor();
    let rounded_up = epsilon.mul_add(real(count), -floor) < 0.0;
    whole(floor) - u64::from(rounded_up)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "only whole numbers from 0 to a count"
)]
fn whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests;
