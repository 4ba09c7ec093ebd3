#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::float_cmp
)]

use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

const USUAL: [(f64, f64); 3] = [(0.5, 0.05), (0.9, 0.01), (0.99, 0.001)];
const KIBIBYTE: usize = 1024;

fn targets(pairs: &[(f64, f64)]) -> Arc<Targets> {
    Arc::new(Targets::new(pairs.iter().copied()).unwrap())
}

fn sketch_of(pairs: &[(f64, f64)], stream: &[f64]) -> Sketch {
    let mut sketch = Sketch::new(targets(pairs));
    for value in stream {
        sketch.observe(*value);
    }
    sketch
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted
}

/// The rank which quantile `phi` of `count` values asks for, found in another way than by the sketch.
fn right_rank(phi: f64, count: usize) -> usize {
    let product = phi * count as f64;
    let near = product.round();
    let rank = if (product - near).abs() < 1e-9 { near } else { product.ceil() };
    (rank as usize).max(1)
}

/// How many ranks `value` is from the rank that `phi` asks for.
fn rank_error(sorted: &[f64], phi: f64, value: f64) -> usize {
    let first = sorted.partition_point(|it| it.total_cmp(&value).is_lt()) + 1;
    let last = sorted.partition_point(|it| it.total_cmp(&value).is_le());
    assert!(first <= last, "{value} was never observed");
    let rank = right_rank(phi, sorted.len());
    first.saturating_sub(rank).max(rank.saturating_sub(last))
}

/// The greatest rank error of any target, as a fraction of the one allowed; at most one unless the sketch is wrong.
fn check(sketch: &Sketch, pairs: &[(f64, f64)], observed: &[f64], what: &str) -> f64 {
    let sorted = sorted(observed);
    let answers = sketch.quantiles();
    assert_eq!(sketch.len(), observed.len() as u64);
    assert!(answers.is_sorted_by(|a, b| a.0 < b.0 && a.1.total_cmp(&b.1).is_le()), "{what}: {answers:?}");
    let mut worst = 0.0_f64;
    for &(phi, epsilon) in pairs {
        let value = answers.iter().find(|answer| answer.0 == phi).unwrap().1;
        assert_eq!(sketch.quantile(phi).map(f64::to_bits), Some(value.to_bits()));
        let (error, allowed) = (rank_error(&sorted, phi, value), epsilon * sorted.len() as f64);
        let allowed = if sorted.len() <= 500 { 0.0 } else { allowed };
        assert!(
            error as f64 <= allowed,
            "{what}: {error} > {allowed} for {phi} of {} {pairs:?}",
            sorted.len()
        );
        if error > 0 {
            worst = worst.max(error as f64 / allowed);
        }
    }
    worst
}

/// Observes the whole stream and checks the answers now and then: `(worst error, most memory)`.
fn follow(pairs: &[(f64, f64)], stream: &[f64], what: &str) -> (f64, usize) {
    let (mut worst, mut memory, mut next) = (0.0_f64, 0, 501);
    let mut sketch = Sketch::new(targets(pairs));
    for (index, value) in stream.iter().enumerate() {
        sketch.observe(*value);
        memory = memory.max(sketch.memory());
        if index + 1 == next || index + 1 == stream.len() {
            worst = worst.max(check(&sketch, pairs, &stream[..=index], what));
            next += next / 3 + 7;
        }
    }
    (worst, memory)
}

/// A fixed sequence of numbers that look random.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

const SHAPES: [&str; 21] = [
    "uniform",
    "ascending",
    "descending",
    "constant",
    "two values",
    "rarely other",
    "Pareto",
    "zig-zag in",
    "zig-zag out",
    "zig-zag at 0.99",
    "sorted blocks",
    "shuffled blocks",
    "organ pipe",
    "low then high",
    "high then low",
    "hundred values",
    "many ties",
    "bursts",
    "bit reversed",
    "sawtooth",
    "rare outliers",
];

fn shape(name: &str, count: usize) -> Vec<f64> {
    let mut numbers = Numbers(7);
    let half = count / 2;
    let block = (count / 100).max(1);
    let value = |index: usize| {
        let at = index as f64;
        match name {
            "uniform" => numbers.unit(),
            "ascending" => at,
            "descending" => -at,
            "constant" => 5.0,
            "two values" => (numbers.next() & 1) as f64,
            "rarely other" => f64::from(u8::from(numbers.unit() < 0.99)),
            "Pareto" => numbers.unit().powf(-1.0 / 1.1),
            "zig-zag in" => {
                if index % 2 == 0 {
                    at
                } else {
                    2.0 * count as f64 - at
                }
            }
            "zig-zag out" => {
                if index % 2 == 0 {
                    at
                } else {
                    -at
                }
            }
            "zig-zag at 0.99" => {
                if index % 100 == 0 {
                    2.0 * count as f64 - at
                } else {
                    at
                }
            }
            "sorted blocks" => (index % 1000 * count + index / 1000) as f64,
            "shuffled blocks" => (index / block * 37 % 100 * block + index % block) as f64,
            "organ pipe" => {
                if index < half {
                    at
                } else {
                    count as f64 - at + 0.5
                }
            }
            "low then high" => {
                if index < half {
                    -numbers.unit()
                } else {
                    numbers.unit()
                }
            }
            "high then low" => {
                if index < half {
                    numbers.unit()
                } else {
                    -numbers.unit()
                }
            }
            "hundred values" => numbers.below(100) as f64,
            "many ties" => numbers.below(10_000) as f64,
            "bursts" => at - 1e9 * f64::from((index + 1).ilog2()),
            "bit reversed" => f64::from((index as u32).reverse_bits()),
            "sawtooth" => (index % 777) as f64 + at * 1e-9,
            "rare outliers" => {
                if index % 100 == 99 {
                    at * 1e6
                } else {
                    -at
                }
            }
            _ => unreachable!(),
        }
    };
    (0..count).map(value).collect()
}

/// A stream built out of order, as places in a list: each value is put beside one already there.
struct Places {
    /// Of the element put in as the n-th, from 1, the next and the previous one; 0 is both ends.
    next: Vec<usize>,
    previous: Vec<usize>,
}

impl Places {
    fn new() -> Self {
        Self { next: vec![0], previous: vec![0] }
    }

    fn len(&self) -> usize {
        self.next.len() - 1
    }

    fn put_after(&mut self, element: usize) -> usize {
        let (new, after) = (self.next.len(), self.next[element]);
        self.next.push(after);
        self.previous.push(element);
        (self.next[element], self.previous[after]) = (new, new);
        new
    }

    fn put_before(&mut self, element: usize) -> usize {
        self.put_after(self.previous[element])
    }

    /// The elements from the least.
    fn in_order(&self) -> Vec<usize> {
        std::iter::successors(Some(self.next[0]), |element| Some(self.next[*element]))
            .take(self.len())
            .collect()
    }

    /// Puts `count` elements behind the given one, each inside the last, `share` of them on the lower side.
    fn zigzag(&mut self, after: usize, count: usize, share: f64) {
        let (mut low, mut high, mut due) = (after, self.next[after], 0.0);
        for _ in 0..count {
            due += share;
            if due >= 1.0 {
                due -= 1.0;
                low = self.put_after(low);
            } else {
                high = self.put_before(high);
            }
        }
    }

    /// The values, in the order in which they were put in: their final places.
    fn stream(&self) -> Vec<f64> {
        let mut stream = vec![0.0; self.len()];
        for (place, element) in self.in_order().into_iter().enumerate() {
            stream[element - 1] = place as f64;
        }
        stream
    }
}

/// All values fall at one relative rank, inside all earlier ones.
fn zigzag(count: usize, share: f64) -> Vec<f64> {
    let mut places = Places::new();
    places.zigzag(0, count, share);
    places.stream()
}

/// The values fall at `spots` places by turns or at random, each inside the earlier ones there.
fn hot_spots(count: usize, spots: usize, random: bool) -> Vec<f64> {
    let (mut numbers, mut places, before) = (Numbers(3), Places::new(), 20_000.min(count / 2));
    places.zigzag(0, before, 1.0);
    let order = places.in_order();
    let lows = (0..spots).map(|spot| order[before * (2 * spot + 1) / (2 * spots)]);
    let mut beside: Vec<_> = lows.map(|low| (low, places.next[low])).collect();
    for index in before..count {
        let (low, high) = &mut beside[if random { numbers.below(spots) } else { index % spots }];
        if numbers.next() & 1 == 0 {
            *low = places.put_after(*low);
        } else {
            *high = places.put_before(*high);
        }
    }
    places.stream()
}

/// Every so often all values fall inside a gap picked anew.
fn wandering(count: usize, share_of_all: f64) -> Vec<f64> {
    let (mut numbers, mut places) = (Numbers(5), Places::new());
    while places.len() < count {
        let steps =
            ((places.len() as f64 * share_of_all) as usize).clamp(2000, 1_000_000).min(count - places.len());
        let (after, share) = (numbers.below(places.len() + 1), numbers.unit());
        places.zigzag(after, steps, share);
    }
    places.stream()
}

/// All values fall next to the present quantile `phi`.
fn around_quantile(count: usize, phi: f64) -> Vec<f64> {
    let (mut numbers, mut places) = (Numbers(11), Places::new());
    let (mut middle, mut rank) = (places.put_after(0), 1);
    while places.len() < count {
        if numbers.next() & 1 == 0 {
            places.put_after(middle);
        } else {
            places.put_before(middle);
            rank += 1;
        }
        let wanted = right_rank(phi, places.len());
        for _ in rank..wanted {
            middle = places.next[middle];
        }
        for _ in wanted..rank {
            middle = places.previous[middle];
        }
        rank = wanted;
    }
    places.stream()
}

fn adversaries(count: usize) -> Vec<(String, Vec<f64>)> {
    let mut streams = Vec::new();
    for share in [0.1, 0.5, 0.7, 0.95, 0.99, 0.995] {
        streams.push((format!("zig-zag at {share}"), zigzag(count, share)));
    }
    for spots in [2, 8, 32, 128] {
        streams.push((format!("{spots} hot spots at random"), hot_spots(count, spots, true)));
        streams.push((format!("{spots} hot spots by turns"), hot_spots(count, spots, false)));
    }
    for share in [0.0, 0.05, 0.2] {
        streams.push((format!("wandering {share}"), wandering(count, share)));
    }
    for phi in [0.5, 0.9, 0.99] {
        streams.push((format!("around {phi}"), around_quantile(count, phi)));
    }
    streams
}

#[test]
fn targets_are_checked() {
    let error = |pairs: &[(f64, f64)]| Targets::new(pairs.iter().copied()).unwrap_err();
    assert_eq!(error(&[]), TargetError::Empty);
    assert_eq!(error(&[(0.5, 0.1), (1.5, 0.1)]), TargetError::Phi(1.5));
    assert_eq!(error(&[(-0.1, 0.1)]), TargetError::Phi(-0.1));
    assert!(matches!(error(&[(f64::NAN, 0.1)]), TargetError::Phi(phi) if phi.is_nan()));
    assert_eq!(error(&[(0.5, 1.0)]), TargetError::Epsilon { phi: 0.5, epsilon: 1.0 });
    assert_eq!(error(&[(0.5, -0.1)]), TargetError::Epsilon { phi: 0.5, epsilon: -0.1 });
    assert!(matches!(error(&[(0.5, f64::NAN)]), TargetError::Epsilon { epsilon, .. } if epsilon.is_nan()));
    assert_eq!(TargetError::Empty.to_string(), "at least one quantile is needed");
    assert_eq!(TargetError::Phi(1.5).to_string(), "quantile 1.5 is not in [0, 1]");
    let epsilon = TargetError::Epsilon { phi: 0.5, epsilon: 1.0 };
    assert_eq!(epsilon.to_string(), "error 1 of quantile 0.5 is not in [0, 1)");
}

#[test]
fn targets_are_sorted_and_the_smaller_error_counts() {
    let pairs = [(0.9, 0.1), (-0.0, -0.0), (0.5, 0.2), (0.0, 0.3), (0.9, 0.01), (0.9, 0.05)];
    let targets = Targets::new(pairs).unwrap();
    assert_eq!(targets.phis().collect::<Vec<_>>(), [0.0, 0.5, 0.9]);
    assert_eq!(targets.pairs[1..], [(0.5, 0.2), (0.9, 0.01)]);
    assert!(targets.pairs[0].0.is_sign_positive());
}

#[test]
fn negative_zero_is_no_licence_for_errors() {
    assert!(follow(&[(0.5, -0.0)], &shape("uniform", 5000), "exact").0 <= 0.0);
}

#[test]
fn ranks_are_least_integers() {
    let cases =
        [(0.0, 10, 1), (1.0, 10, 10), (0.5, 1, 1), (0.5, 4, 2), (0.5, 5, 3), (0.07, 100, 7), (0.29, 100, 29)];
    for (phi, count, expected) in cases {
        assert_eq!(rank(phi, count), expected, "{phi} of {count}");
    }
    for count in 1..=2000_u64 {
        for percent in 0..=1000_u64 {
            let expected = (percent * count).div_ceil(1000).max(1);
            assert_eq!(rank(percent as f64 / 1000.0, count), expected, "{percent} / 1000 of {count}");
            assert_eq!(right_rank(percent as f64 / 1000.0, count as usize), expected as usize);
        }
    }
}

#[test]
fn an_empty_sketch_answers_nothing_and_costs_nothing() {
    let sketch = Sketch::new(targets(&USUAL));
    assert!(sketch.is_empty());
    assert_eq!((sketch.len(), sketch.memory()), (0, 0));
    assert_eq!(sketch.quantile(0.5), None);
    assert_eq!(sketch.quantiles(), []);
}

#[test]
fn a_quantile_out_of_range_has_no_value() {
    let sketch = sketch_of(&USUAL, &[1.0, 2.0]);
    for phi in [-0.1, 1.1, f64::NAN, f64::INFINITY] {
        assert_eq!(sketch.quantile(phi), None);
    }
}

#[test]
fn a_small_sketch_takes_little_memory() {
    assert!(sketch_of(&USUAL, &shape("uniform", 1)).memory() <= 64);
    assert!(sketch_of(&USUAL, &shape("uniform", 100)).memory() <= KIBIBYTE);
    assert!(sketch_of(&USUAL, &shape("uniform", 511)).memory() <= 4 * KIBIBYTE);
}

#[test]
fn infinities_and_negative_zero_are_ordinary_values() {
    let values = [f64::INFINITY, 0.0, f64::NEG_INFINITY, -0.0, 1.0];
    let sketch = sketch_of(&[(0.0, 0.0), (1.0, 0.0)], &values);
    let bits = |phi| sketch.quantile(phi).unwrap().to_bits();
    assert_eq!(bits(0.0), f64::NEG_INFINITY.to_bits());
    assert_eq!(bits(0.4), (-0.0_f64).to_bits());
    assert_eq!(bits(0.6), 0.0_f64.to_bits());
    assert_eq!(bits(1.0), f64::INFINITY.to_bits());
    let stream: Vec<_> = (0..20_000).map(|index| values[index % 5]).collect();
    follow(&[(0.0, 0.0), (0.5, 0.01), (0.99, 0.001), (1.0, 0.0)], &stream, "five values");
}

#[test]
fn keys_are_ordered_as_values() {
    let values =
        [f64::NEG_INFINITY, -1.0, -f64::MIN_POSITIVE, -0.0, 0.0, 5e-324, 1.0, f64::MAX, f64::INFINITY];
    let keys = values.map(|value| flip(value.to_bits() as i64));
    assert!(keys.is_sorted_by(|a, b| a < b));
    assert_eq!(keys.map(|key| flip(key) as u64), values.map(f64::to_bits));
}

#[test]
fn exact_up_to_500_observations() {
    for name in SHAPES {
        let stream = shape(name, 500);
        let mut sketch = Sketch::new(targets(&[(0.5, 0.9)]));
        for (index, value) in stream.iter().enumerate() {
            sketch.observe(*value);
            let sorted = sorted(&stream[..=index]);
            for percent in (0..=100).step_by(if index % 50 == 0 { 1 } else { 25 }) {
                let phi = f64::from(percent) / 100.0;
                let expected = sorted[right_rank(phi, sorted.len()) - 1];
                assert_eq!(sketch.quantile(phi), Some(expected), "{name} {phi} of {}", index + 1);
            }
        }
    }
}

#[test]
fn every_shape_is_answered_within_its_errors() {
    let target_lists: [&[(f64, f64)]; 6] = [
        &USUAL,
        &[(0.5, 0.001), (0.99, 0.0001)],
        &[(0.0, 0.0), (0.01, 0.001), (0.25, 0.02), (0.75, 0.02), (1.0, 0.0)],
        &[(0.5, 0.5)],
        &[(0.3, 0.3), (0.7, 0.3), (0.95, 0.05)],
        &[(0.0, 0.0), (1.0, 0.0)],
    ];
    for pairs in target_lists {
        for name in SHAPES {
            let (_, memory) = follow(pairs, &shape(name, 50_000), name);
            let allowed = if pairs[0].1 == 0.001 { 256 } else { 64 } * KIBIBYTE;
            assert!(memory <= allowed, "{name} {pairs:?}: {memory}");
        }
    }
}

#[test]
fn the_usual_targets_take_64_kibibytes_at_most() {
    for name in SHAPES {
        let (_, memory) = follow(&USUAL, &shape(name, 200_000), name);
        assert!(memory <= 64 * KIBIBYTE, "{name}: {memory}");
    }
    for (name, stream) in adversaries(200_000) {
        let (_, memory) = follow(&USUAL, &stream, &name);
        assert!(memory <= 64 * KIBIBYTE, "{name}: {memory}");
    }
}

#[test]
fn few_distinct_values_take_little_memory() {
    for name in ["constant", "two values", "rarely other"] {
        assert!(sketch_of(&USUAL, &shape(name, 100_000)).memory() <= 5 * KIBIBYTE, "{name}");
    }
}

#[test]
fn least_and_greatest_value_cost_a_constant() {
    let ends = [(0.0, 0.0), (1.0, 0.0)];
    for name in ["uniform", "ascending", "descending", "zig-zag in", "zig-zag out"] {
        let sketch = sketch_of(&ends, &shape(name, 100_000));
        assert!(sketch.memory() <= 8 * KIBIBYTE, "{name}: {}", sketch.memory());
    }
}

#[test]
fn no_error_allowed_means_none_made() {
    let pairs = [(0.25, 0.0), (0.5, 0.1), (0.99, 0.0)];
    for name in ["uniform", "zig-zag in", "many ties", "Pareto"] {
        assert!(follow(&pairs, &shape(name, 20_000), name).0 <= 0.0, "{name}");
    }
    assert!(sketch_of(&pairs, &shape("hundred values", 100_000)).memory() <= 8 * KIBIBYTE);
}

#[test]
fn queries_change_nothing() {
    let stream = shape("Pareto", 20_000);
    let (mut quiet, mut queried) = (Sketch::new(targets(&USUAL)), Sketch::new(targets(&USUAL)));
    for (index, value) in stream.iter().enumerate() {
        quiet.observe(*value);
        queried.observe(*value);
        if index % 7 == 0 {
            let _ = (queried.quantiles(), queried.quantile(0.3), queried.clone().quantile(0.6));
        }
        if index % 501 == 0 {
            assert_eq!(quiet.quantiles(), queried.quantiles());
        }
    }
    assert_eq!(quiet.quantiles(), queried.quantiles());
}

#[test]
fn a_clone_goes_its_own_way() {
    let stream = shape("uniform", 5000);
    let mut original = sketch_of(&USUAL, &stream);
    let mut copy = original.clone();
    let answers = original.quantiles();
    (0..5000).for_each(|_| copy.observe(7.0));
    assert_eq!(original.quantiles(), answers);
    for value in &stream {
        original.observe(*value);
    }
    check(&original, &USUAL, &[stream.clone(), stream.clone()].concat(), "original");
    check(&copy, &USUAL, &[stream, vec![7.0; 5000]].concat(), "copy");
}

#[test]
fn answers_never_fall_as_phi_rises() {
    for name in SHAPES {
        for count in [501, 513, 3000, 20_011] {
            let sketch = sketch_of(&USUAL, &shape(name, count));
            let values: Vec<_> =
                (0..=2000).map(|it| sketch.quantile(f64::from(it) / 2000.0).unwrap()).collect();
            assert!(values.is_sorted(), "{name} {count}");
            let observed = sorted(&shape(name, count));
            assert_eq!((values[0], values[2000]), (observed[0], observed[count - 1]), "{name} {count}");
        }
    }
}

/// Whether no further observations can make the gap `low + 1 ..= low + width` cover the target's window, by trial of
/// every count up to twice the one at which the gap is narrower than the window.
fn is_harmless(low: usize, width: usize, phi: f64, epsilon: f64, count: usize) -> bool {
    let tolerance = |count: usize| (epsilon * count as f64).floor() as usize;
    let wide = (count..).take_while(|later| width > 2 * tolerance(*later));
    wide.take(100_000).all(|later| {
        let (rank, tolerance) = (right_rank(phi, later), tolerance(later));
        let stays_above = low + 1 + tolerance > rank;
        let stays_below = low + width + (later - count) < rank + tolerance;
        stays_above || stays_below
    })
}

/// Checks the bounds of every entry and that every gap is harmless for good.
fn check_invariant(sketch: &Sketch, pairs: &[(f64, f64)], summarised: &[f64]) {
    let sorted = sorted(summarised);
    let mut through = 0;
    for (index, entry) in sketch.entries.iter().enumerate() {
        let value = f64::from_bits(flip(entry.key) as u64);
        let (low, width) = (through, entry.gap as usize);
        through += entry.rise as usize;
        assert!(low + width >= sorted.partition_point(|it| it.total_cmp(&value).is_lt()));
        assert!(through <= sorted.partition_point(|it| it.total_cmp(&value).is_le()));
        assert!(low + width < sorted.len() && (index > 0 || width == 0));
        for &(phi, epsilon) in pairs {
            assert!(
                is_harmless(low, width, phi, epsilon, sorted.len()),
                "{low} {width} {phi} {}",
                sorted.len()
            );
        }
    }
    assert_eq!((through, through), (sorted.len(), sketch.summarised as usize));
    assert!(sketch.entries.iter().all(|entry| entry.rise > 0));
}

fn follow_invariant(pairs: &[(f64, f64)], stream: &[f64]) {
    let mut sketch = Sketch::new(targets(pairs));
    for (index, value) in stream.iter().enumerate() {
        sketch.observe(*value);
        if sketch.buffer.is_empty() {
            check_invariant(&sketch, pairs, &stream[..=index]);
        }
    }
}

#[test]
fn no_gap_will_ever_cover_a_window() {
    let target_lists: [&[(f64, f64)]; 4] = [
        &[(0.5, 0.05), (0.9, 0.02)],
        &[(0.0, 0.0), (0.05, 0.01), (0.99, 0.01)],
        &[(0.02, 0.05), (0.98, 0.1)],
        &[(0.7, 0.3), (0.3, 0.3)],
    ];
    for pairs in target_lists {
        for name in SHAPES {
            follow_invariant(pairs, &shape(name, 4096));
        }
        for (_, stream) in adversaries(4096) {
            follow_invariant(pairs, &stream);
        }
    }
}

fn any_targets() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let phi = prop_oneof![
        3 => (0_u32..=100).prop_map(|it| f64::from(it) / 100.0),
        1 => (0_u32..=1000).prop_map(|it| f64::from(it) / 1000.0),
        1 => 0.0..=1.0,
    ];
    let epsilon = prop_oneof![
        1 => Just(0.0),
        3 => (1_u32..=100).prop_map(|it| f64::from(it) / 1000.0),
        2 => 0.0005..0.02,
        1 => 0.0..1.0,
    ];
    let by_phi = |mut pairs: Vec<(f64, f64)>| {
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        pairs.dedup_by_key(|pair| pair.0.to_bits());
        pairs
    };
    prop::collection::vec((phi, epsilon), 1..5).prop_map(by_phi)
}

/// A part of a stream: `count` values between two neighbours among those before, at a relative rank.
#[derive(Clone, Debug)]
struct Phase {
    at: f64,
    count: usize,
    order: Order,
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Ascending,
    Descending,
    Inward,
    Shuffled,
    Equal,
}

fn any_phases(most: usize) -> impl Strategy<Value = Vec<Phase>> {
    use Order::{Ascending, Descending, Equal, Inward, Shuffled};
    let at = prop_oneof![2 => 0.0..=1.0, 1 => Just(0.0), 1 => Just(1.0)];
    let order = prop::sample::select(vec![Ascending, Descending, Inward, Shuffled, Equal]);
    let phase = (at, 1..most, order).prop_map(|(at, count, order)| Phase { at, count, order });
    prop::collection::vec(phase, 1..8)
}

fn stream_of(phases: &[Phase]) -> Vec<f64> {
    let (mut numbers, mut stream) = (Numbers(1), Vec::<f64>::new());
    for Phase { at, count, order } in phases {
        let sorted = sorted(&stream);
        let place = (at * sorted.len() as f64) as usize;
        let least = if place == 0 { sorted.first().map_or(0.0, |it| it - 1e3) } else { sorted[place - 1] };
        let greatest = sorted.get(place).copied().unwrap_or(least + 1e3);
        let part = |index: usize| match order {
            Order::Ascending => index as f64,
            Order::Descending => (count - index) as f64,
            Order::Inward if index % 2 == 0 => index as f64 / 2.0,
            Order::Inward => *count as f64 - index as f64 / 2.0,
            Order::Shuffled => numbers.below(*count) as f64,
            Order::Equal => *count as f64 / 2.0,
        };
        let parts = (0..*count).map(part);
        stream.extend(parts.map(|part| least + (greatest - least) * (part + 0.5) / (*count as f64 + 1.0)));
    }
    stream
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_stream_is_answered_within_its_errors(pairs in any_targets(), phases in any_phases(2000)) {
        follow(&pairs, &stream_of(&phases), "phases");
    }

    #[test]
    fn any_stream_keeps_the_invariant(pairs in any_targets(), phases in any_phases(500)) {
        follow_invariant(&pairs, &stream_of(&phases));
    }

    #[test]
    fn any_few_values_are_answered_exactly(
        values in prop::collection::vec(prop_oneof![-3.0..3.0, any::<i8>().prop_map(f64::from)], 1..500),
        numerator in 0_u32..=60,
        denominator in 1_u32..=60,
    ) {
        let phi = f64::from(numerator.min(denominator)) / f64::from(denominator);
        let exact = (numerator.min(denominator) as usize * values.len()).div_ceil(denominator as usize).max(1);
        let sketch = sketch_of(&[(0.5, 0.5)], &values);
        prop_assert_eq!(sketch.quantile(phi), Some(sorted(&values)[exact - 1]));
    }
}

/// Values that each time fall next to the answer, on the side which makes its error greater.
#[test]
fn a_stream_that_chases_the_answers_does_not_spoil_them() {
    for (phi, epsilon) in [(0.5, 0.02), (0.9, 0.02), (0.99, 0.005), (0.05, 0.01)] {
        let pairs = [(phi, epsilon)];
        let mut observed = shape("uniform", 2000);
        let mut sketch = sketch_of(&pairs, &observed);
        for round in 0..400 {
            let answer = sketch.quantile(phi).unwrap();
            let ordered = sorted(&observed);
            let place = ordered.partition_point(|it| *it < answer);
            let is_low = place + 1 < right_rank(phi, ordered.len());
            let other =
                ordered.get(if is_low { place + 1 } else { place.saturating_sub(1) }).unwrap_or(&answer);
            for step in 1..=20 + round % 13 {
                let value = answer + (other - answer) * f64::from(step) / 40.0;
                sketch.observe(value);
                observed.push(value);
            }
            check(&sketch, &pairs, &observed, "chase");
        }
    }
}

/// The keys between which lies the gap that takes most of its limit, or of a target's window, with room for more keys.
fn most_strained_gap(sketch: &Sketch, near: Option<f64>) -> Option<(i64, i64)> {
    let limits: Vec<_> =
        sketch.targets.pairs.iter().map(|target| Limit::new(target, sketch.summarised)).collect();
    let (mut through, mut most, mut keys) = (0, 0.0, None);
    for pair in sketch.entries.windows(2) {
        through += pair[0].rise;
        let (below, above) = (real(through - 1), real(sketch.summarised - 1 - through - pair[1].gap));
        let limit = limits.iter().map(|limit| limit.width(below, above)).fold(f64::INFINITY, f64::min);
        let middle = real(through) + real(pair[1].gap) / 2.0;
        let strain = match near {
            None => real(pair[1].gap) / limit,
            Some(phi) => 1.0 / (1.0 + (middle - phi * real(sketch.summarised)).abs()),
        };
        if strain > most && pair[1].key - pair[0].key > 2000 {
            (most, keys) = (strain, Some((pair[0].key, pair[1].key)));
        }
    }
    keys
}

/// A stream made to measure: each batch falls in the gap that has least to spare, or is nearest to a target.
fn straining(count: usize, near: Option<f64>, inward: bool) -> Vec<f64> {
    let mut sketch = Sketch::new(targets(&USUAL));
    let (mut numbers, mut stream) = (Numbers(13), Vec::with_capacity(count));
    let mut put = |key: i64, sketch: &mut Sketch| {
        let value = f64::from_bits(flip(key) as u64);
        sketch.observe(value);
        stream.push(value);
    };
    for _ in 0..count.min(20 * BUFFER) {
        put((numbers.next() as i64) >> 2, &mut sketch);
    }
    for _ in sketch.len() as usize / BUFFER..count / BUFFER {
        let (low, high) = most_strained_gap(&sketch, near).unwrap_or((i64::MIN >> 2, i64::MAX >> 2));
        let step = (high - low) / (BUFFER as i64 + 2);
        for index in 1..=BUFFER as i64 {
            let place = if !inward || index % 2 == 0 { index } else { BUFFER as i64 + 1 - index };
            put(low + step * place, &mut sketch);
        }
    }
    stream
}

#[test]
fn a_stream_that_strains_the_gaps_is_answered_in_little_memory() {
    for near in [None, Some(0.5), Some(0.9), Some(0.99), Some(0.995)] {
        for inward in [false, true] {
            let (_, memory) = follow(&USUAL, &straining(200_000, near, inward), "straining");
            assert!(memory <= 64 * KIBIBYTE, "{near:?} {inward}: {memory}");
        }
    }
}

/// For `cargo test --release -- --ignored --nocapture`: errors, memory and time for ten million values.
#[test]
#[ignore = "takes minutes"]
fn ten_million_values() {
    const COUNT: usize = 10_000_000;
    let shapes = SHAPES.map(|name| (name.to_string(), shape as fn(&str, usize) -> Vec<f64>));
    for (name, make) in shapes {
        report(&name, &make(&name, COUNT), 64 * KIBIBYTE);
    }
    for (name, stream) in adversaries(COUNT) {
        report(&name, &stream, 64 * KIBIBYTE);
    }
    for near in [None, Some(0.5), Some(0.9), Some(0.99)] {
        // Each value of this stream is chosen by what the sketch keeps at that moment.
        let stream = straining(COUNT, near, true);
        report(&format!("straining {near:?}"), &stream, 192 * KIBIBYTE);
    }
}

fn report(name: &str, stream: &[f64], most: usize) {
    let start = Instant::now();
    drop(sketch_of(&USUAL, stream));
    let each = start.elapsed().as_secs_f64() * 1e9 / stream.len() as f64;
    let (mut sketch, mut slowest) = (Sketch::new(targets(&USUAL)), Duration::ZERO);
    for value in &stream[..1_000_000.min(stream.len())] {
        let start = Instant::now();
        sketch.observe(*value);
        slowest = slowest.max(start.elapsed());
    }
    let (error, memory) = follow(&USUAL, stream, name);
    println!("{name:28} error {error:.3}  memory {memory:6}  {each:5.1} ns each, at most {slowest:?}");
    assert!(memory <= most, "{name}: {memory}");
}
