//! A streaming quantile sketch: one pass, little memory, a rank error bounded for every order of the stream.
//!
//! It keeps some of the values observed, with bounds on their ranks, as Greenwald and Khanna do
//! ("Space-efficient online computation of quantile summaries", SIGMOD 2001). Which may be dropped depends on
//! the targets, as for Cormode, Korn, Muthukrishnan and Srivastava ("Effective computation of biased
//! quantiles over data streams", ICDE 2005). They look at one end of a gap between kept values only, so that
//! it may come to span a target for which it is too wide; `Limit` looks at the whole of it.
//!
//! *Ranks.* Let `n` values have been observed. For each kept value `v` the sketch knows `through(v)`, no more
//! than the number of observations `<= v`, and `below(v)`, no less than the number `< v`. Between neighbours
//! `u < v` lies a *gap*: the ranks `through(u) + 1 ..= below(v)`, of whose values nothing else is known.
//!
//! *Targets.* A target `(phi, epsilon)` asks for the rank `k`, the least integer `>= phi * n`, give or take
//! `e = floor(epsilon * n)`: its *window* is `k - e ..= k + e`. A gap does harm only if it covers a window.
//! The invariant: **no gap covers the window of any target, now or after any further observations.**
//!
//! *Answers.* `v` answers for the ranks between the middles of the two gaps beside it. The middles rise with
//! the values, so answers never fall as the rank rises. Let `v` answer for `k`. Were `v` too high,
//! `below(v) >= k + e`, then the gap under `v`, its middle below `k`, would begin at `k - e` or lower and so
//! cover the window. Likewise, upside down, were `v` too low, `through(v) < k - e`.
//!
//! *Observations.* A value in the gap `low + 1 ..= high` splits it in two of the same width,
//! `low + 1 ..= high` and `low + 2 ..= high + 1`, as every bound above it rises by one. A value elsewhere
//! moves the gap up by one or not at all; one equal to a kept value adds to that value's count. So a gap
//! widens only when a kept value is dropped, and then by the leave of `Limit`.
//!
//! *Memory.* Values observed in a gap inherit its width. Were gaps always as wide as their limits, the values
//! of a stream which keeps returning to one place could not be dropped for long. Three habits, on which no
//! answer depends, prevent it: gaps take only the `share` of their limits needed to keep the summary short;
//! one beside a new value may exceed that only at the `pace` of `sqrt(n)`; the latest values are `held`.

mod target;

use std::sync::Arc;

use target::inner;
pub use target::{TargetError, Targets};

/// Observations collected before they are merged into the summary; at least 500, so that answers up to there are exact.
const BUFFER: usize = 512;
/// How many of the latest observations are held.
const LATEST: usize = 32;
/// The least share of its limits that a gap may take, and the factor by which the share changes.
const LEAST_SHARE: f64 = 0.1;
const SHARE_STEP: f64 = 1.1;
/// A bound above the rounding errors of `Limit` and `rank`, in proportion to a count.
const ROUNDING: f64 = 1e-12;

/// What a target asks of every gap after `n` observations, lest it cover the window at some count `m >= n`.
///
/// A window has `2 * e + 1` ranks and never shrinks, so a gap of `width <= 2 * e` is harmless for good. A
/// wider one becomes so before `m` reaches the horizon `(width + 1) / (2 * epsilon)`, as
/// `width > 2 * floor(epsilon * m)` implies `epsilon * m < (width + 1) / 2`. Until then `low + 1 ..= high`
/// must stay on one side of `k - e ..= k + e`, where `phi * m <= k < phi * m + 1` and `epsilon * m - 1 < e`:
///
/// * below its top even if all values to come fall below the gap: `high + (m - n) < k + e`, for which
///   `n - 1 - high >= (1 - phi - epsilon) * m` suffices; or
/// * above its bottom even if all fall above: `low + 1 > k - e`, for which
///   `low - 1 >= (phi - epsilon) * m` suffices.
///
/// Neither left side is negative, as a gap holds neither the first rank nor the last. So a negative factor of
/// `m` asks nothing, and any other asks most at the horizon. With `epsilon = 0` no gap is harmless.
struct Limit {
    harmless: f64,
    /// `2 * epsilon / (phi - epsilon)`: the `width + 1` allowed for each rank from 1 to `low`.
    by_ranks_below: f64,
    /// `2 * epsilon / (1 - phi - epsilon)`: the `width + 1` allowed for each rank from `high` to `n - 1`.
    by_ranks_above: f64,
}

impl Limit {
    fn new(&(phi, epsilon): &(f64, f64), count: u64) -> Self {
        let by_ranks = |part: f64| 2.0 * epsilon / (part.max(0.0) + ROUNDING);
        let (by_ranks_below, by_ranks_above) = (by_ranks(phi - epsilon), by_ranks(1.0 - phi - epsilon));
        Self { harmless: 2.0 * (epsilon * real(count)).floor(), by_ranks_below, by_ranks_above }
    }

    /// The width which a gap may have with `low - 1` ranks below it and `n - 1 - high` above.
    fn width(&self, below: f64, above: f64) -> f64 {
        let sides = larger(below * self.by_ranks_below, above * self.by_ranks_above);
        larger(self.harmless, sides - 1.0)
    }
}

/// A kept value. With the entries before it, it gives the bounds on its ranks:
/// `through = through of the entry before + rise` and `below = through of the entry before + gap`.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The value, by [`flip`].
    key: i64,
    /// At least one. Its sum up to this entry is `through`; over all entries, the number of observations.
    rise: u64,
    /// The ranks in the gap between the entry before and this one; zero for the first entry.
    gap: u64,
    /// Beyond its share, the gap may be as wide as `pace * sqrt(n)`; it was, when a value last fell in it.
    pace: f32,
    /// Whether it must not be dropped this time.
    held: bool,
}

/// A sketch of one stream of numbers, from which quantiles can be read at any time.
///
/// For each target `(phi, epsilon)` it answers with an observed value one of whose ranks in the sorted stream
/// of `n` values is within `epsilon * n` of the right one: the least integer `>= phi * n`, at least 1.
/// This holds for every order of the stream. Answers are exact up to 500 observations, and never fall as
/// `phi` rises. Equal streams give equal answers, however often a sketch was read in between. Values are
/// ordered as by [`f64::total_cmp`]: infinities are ordinary values, and -0.0 is less than 0.0.
///
/// Memory depends on the targets and hardly on the number of observations, with one exception: `epsilon = 0`
/// for a `phi` other than 0 and 1 is exact, and keeps every *distinct* value with its count.
#[derive(Clone, Debug)]
pub struct Sketch {
    targets: Arc<Targets>,
    /// Ascending by key, each key once. No gap covers the window of any target, now or after any further
    /// observations. Of all values not in `buffer`, the first entry is the least, the last the greatest.
    entries: Vec<Entry>,
    /// The sum of `rise` over `entries`.
    summarised: u64,
    /// The share of its limits, at most 1, that any gap may take.
    share: f64,
    /// The values yet to be merged into `entries`, by [`flip`], in order of arrival.
    buffer: Vec<i64>,
}

impl Sketch {
    /// A sketch of an empty stream. It allocates nothing.
    #[must_use]
    pub fn new(targets: Arc<Targets>) -> Self {
        Self { targets, entries: Vec::new(), summarised: 0, share: LEAST_SHARE, buffer: Vec::new() }
    }

    /// Adds one value to the stream. It must not be NaN; the caller leaves those out.
    #[inline]
    pub fn observe(&mut self, value: f64) {
        self.buffer.push(flip(value.to_bits() as i64));
        if self.buffer.len() >= BUFFER.max(self.entries.len() / 4) {
            self.flush();
        }
    }

    /// Adds one value as often as this to the stream. It must not be NaN.
    pub fn observe_times(&mut self, value: f64, times: u64) {
        /// Up to here, they are added one by one.
        const FEW: u64 = BUFFER as u64;
        if times <= FEW {
            (0..times).for_each(|_| self.observe(value));
            return;
        }
        // Once the value is kept, each further one adds to its count, which widens no gap.
        let key = flip(value.to_bits() as i64);
        self.buffer.push(key);
        let root = self.root();
        merge(&mut self.entries, &mut self.buffer, root);
        self.summarised = self.len();
        self.buffer.clear();
        let index = self.entries.partition_point(|entry| entry.key < key);
        let rise = &mut self.entries[index].rise;
        *rise = rise.saturating_add(times - 1);
        self.summarised = self.summarised.saturating_add(times - 1);
        self.hold(&[key]);
        self.compress();
        self.entries.shrink_to_fit();
    }

    /// The value of quantile `phi`; none if nothing was observed or `phi` is not in `[0, 1]`. The error is
    /// bounded only if `phi` is one of the targets.
    #[must_use]
    pub fn quantile(&self, phi: f64) -> Option<f64> {
        let phi = Some(phi).filter(|phi| (0.0..=1.0).contains(phi));
        self.values_at(phi.into_iter()).pop()
    }

    /// The pairs `(phi, value)` of all targets, ascending, in one pass; empty if nothing was observed.
    #[must_use]
    pub fn quantiles(&self) -> Vec<(f64, f64)> {
        self.targets.phis().zip(self.values_at(self.targets.phis())).collect()
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

    /// The bytes which this sketch has allocated on the heap, used or not, without the shared targets.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.entries.capacity() * size_of::<Entry>() + self.buffer.capacity() * size_of::<i64>()
    }

    /// The square root of the number of values observed.
    fn root(&self) -> f64 {
        real(self.len()).sqrt()
    }

    /// The values of ascending quantiles; empty if nothing was observed.
    fn values_at(&self, phis: impl Iterator<Item = f64>) -> Vec<f64> {
        let (mut merged, mut keys) = (self.entries.clone(), self.buffer.clone());
        merge(&mut merged, &mut keys, self.root());
        let mut entries = merged.iter().peekable();
        let Some(mut entry) = entries.next() else { return Vec::new() };
        let mut through = entry.rise;
        let value_at = |phi| {
            let rank = rank(phi, self.len());
            while let Some(above) = entries.next_if(|above| 2 * through + above.gap + 1 < 2 * rank) {
                through += above.rise;
                entry = above;
            }
            f64::from_bits(flip(entry.key) as u64)
        };
        phis.map(value_at).collect()
    }

    /// Moves the buffer into the summary.
    #[cold]
    fn flush(&mut self) {
        let root = self.root();
        let latest: [i64; LATEST] = std::array::from_fn(|index| self.buffer[self.buffer.len() - 1 - index]);
        merge(&mut self.entries, &mut self.buffer, root);
        self.summarised = self.len();
        self.buffer.clear();
        self.hold(&latest);
        self.compress();
        self.entries.shrink_to_fit();
    }

    /// Marks the entries of `keys` and their neighbours, so that the gaps beside those stay as they are.
    fn hold(&mut self, keys: &[i64]) {
        self.entries.iter_mut().for_each(|entry| entry.held = false);
        for key in keys {
            let index = self.entries.partition_point(|entry| entry.key < *key);
            let beside = self.entries[index.saturating_sub(1)..].iter_mut().take(3);
            beside.for_each(|entry| entry.held = true);
        }
    }

    /// Drops entries until the summary is short for the share that its gaps take, or they take all.
    fn compress(&mut self) {
        let limits: Vec<_> =
            inner(&self.targets.pairs).map(|target| Limit::new(target, self.summarised)).collect();
        self.drop_entries(&limits);
        while real(self.entries.len() as u64) > self.targets.room * self.share && self.share < 1.0 {
            self.share = (self.share * SHARE_STEP).min(1.0);
            self.drop_entries(&limits);
        }
        if real(self.entries.len() as u64) * 1.5 < self.targets.room * self.share {
            self.share = (self.share / SHARE_STEP).max(LEAST_SHARE);
        }
    }

    /// Drops each entry which leaves a gap that is harmless for good, and no wider than it may be by now.
    fn drop_entries(&mut self, limits: &[Limit]) {
        let root = self.root();
        let (mut kept, mut through) = (1, self.entries[0].rise);
        for index in 1..self.entries.len() {
            let mut entry = self.entries[index];
            while kept > 1 && !self.entries[kept - 1].held {
                let last = self.entries[kept - 1];
                let (low, gap) = (through - last.rise, last.rise + entry.gap);
                let (below, above) = (real(low - 1), real(self.summarised - 1 - low - gap));
                let widths = limits.iter().map(|limit| limit.width(below, above));
                let limit = widths.fold(f64::INFINITY, |a, b| if a < b { a } else { b });
                let pace = entry.pace.max(last.pace);
                let allowed = larger(limit * self.share, f64::from(pace) * root);
                if real(gap) > limit || real(gap) > allowed {
                    break;
                }
                entry = Entry { rise: last.rise + entry.rise, gap, pace, ..entry };
                (kept, through) = (kept - 1, low);
            }
            through += entry.rise;
            self.entries[kept] = entry;
            kept += 1;
        }
        self.entries.truncate(kept);
    }
}

/// Sorts `keys` and adds them to `entries`, from the greatest down, as if each were observed alone: it splits
/// a gap in two of the same width. Above the greatest entry there is no gap. `root` is the square root of the count.
#[expect(clippy::cast_possible_truncation, reason = "seven digits of a pace are enough")]
fn merge(entries: &mut Vec<Entry>, keys: &mut [i64], root: f64) {
    keys.sort_unstable();
    let mut left = entries.len();
    entries.reserve_exact(keys.len());
    entries.resize(left + keys.len(), Entry { key: 0, rise: 0, gap: 0, pace: 0.0, held: false });
    let mut merged = entries.len();
    for &mut key in keys.iter_mut().rev() {
        while left > 0 && entries[left - 1].key >= key {
            (left, merged) = (left - 1, merged - 1);
            entries[merged] = entries[left];
        }
        match entries.get_mut(merged) {
            Some(same) if same.key == key => same.rise += 1,
            above => {
                let mut new = Entry { key, rise: 1, gap: 0, pace: 0.0, held: false };
                if let Some(above) = above {
                    (new.gap, new.pace) = (above.gap, (real(above.gap) / root) as f32);
                    above.pace = above.pace.min(new.pace);
                }
                merged -= 1;
                entries[merged] = new;
            }
        }
    }
    entries.drain(left..merged);
}

/// Turns the bits of a number into an integer of the same order, see [`f64::total_cmp`], and back.
fn flip(bits: i64) -> i64 {
    bits ^ ((bits >> 63) & i64::MAX)
}

/// The rank, from 1, of quantile `phi` among `count` sorted values: the least integer `>= phi * count`, where
/// a product which rounding has raised above an integer counts as that integer.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number, not negative")]
fn rank(phi: f64, count: u64) -> u64 {
    let product = phi * real(count);
    ((product - product * (4.0 * f64::EPSILON)).ceil() as u64).max(1)
}

#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
fn real(count: u64) -> f64 {
    count as f64
}

/// The larger of two numbers that are not NaN, faster than [`f64::max`].
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests;
