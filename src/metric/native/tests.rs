use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::*;
use crate::access::Shared;
use crate::metric::Metric;
use crate::metric::histogram::{self, Bounds, Histogram};

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(1) };
}

fn native(factor: f64, max_zero_threshold: f64, max_buckets: u32, min_reset: u64) -> Spec {
    let min_reset = Duration::from_millis(min_reset);
    let spec = Spec::new(factor, DEFAULT_ZERO_THRESHOLD, max_zero_threshold, max_buckets, min_reset);
    Spec { clock: || NOW.get(), ..spec.unwrap() }
}

fn only(native: Spec) -> histogram::Spec {
    histogram::Spec::native_beside(Bounds::infinite(), native)
}

fn read(histogram: &Histogram, spec: &histogram::Spec) -> (histogram::Reading, Reading) {
    let mut reading = histogram::Reading::default();
    histogram.read(spec, &mut reading);
    let native = reading.native.clone().unwrap();
    (reading, native)
}

/// The count of all buckets.
fn in_buckets(reading: &Reading) -> u64 {
    let sides = reading.positive.iter().chain(&reading.negative);
    reading.zero_count + sides.map(|&(_, count)| count).sum::<u64>()
}

/// Numbers that look random.
fn noise() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(0x9E37_79B9_7F4A_7C15_u64), |&state| {
        let state = state ^ (state << 13);
        let state = state ^ (state >> 7);
        Some(state ^ (state << 17))
    })
}

#[test]
fn settings_are_checked() {
    let spec = |factor, threshold, max| Spec::new(factor, threshold, max, 0, Duration::ZERO);
    for factor in [1.0, 0.0, -2.0, f64::NAN, f64::NEG_INFINITY] {
        let error = spec(factor, 0.0, 0.0).unwrap_err();
        assert!(error.to_string().starts_with("the bucket factor"), "{error}");
    }
    for threshold in [-1.0, f64::NAN] {
        let name = |error: SettingsError| match error {
            SettingsError::Threshold { name, .. } => name,
            other @ SettingsError::Factor { .. } => panic!("{other}"),
        };
        assert_eq!(name(spec(1.1, threshold, 0.0).unwrap_err()), "zero threshold");
        assert_eq!(name(spec(1.1, 0.0, threshold).unwrap_err()), "maximum zero threshold");
    }
}

#[test]
fn the_schema_is_the_one_of_the_factor() {
    let schema = |factor| Spec::new(factor, 0.0, 0.0, 0, Duration::ZERO).unwrap().schema();
    for (factor, expected) in [
        (1.000_1, 8),
        (1.0 + f64::EPSILON, 8),
        (1.002_8, 8),
        (1.1, 3),
        (1.5, 1),
        (2.0, 0),
        (3.9, 0),
        (4.0, -1),
        (65_535.0, -3),
        (65_536.0, -4),
        (1e300, -4),
        (f64::INFINITY, -4),
    ] {
        assert_eq!(schema(factor), expected, "{factor}");
    }
}

#[test]
fn a_reset_is_not_due_before_its_time() {
    let millis = |duration| Spec::new(2.0, 0.0, 0.0, 0, duration).unwrap().min_reset;
    assert_eq!(millis(Duration::ZERO), 0);
    assert_eq!(millis(Duration::from_nanos(1)), 1);
    assert_eq!(millis(Duration::from_millis(7)), 7);
    assert_eq!(millis(Duration::MAX), u64::MAX);
}

#[test]
fn the_default_threshold_is_that_of_client_golang() {
    assert_eq!(DEFAULT_ZERO_THRESHOLD.to_bits(), 2.0_f64.powi(-128).to_bits());
}

#[test]
fn hostile_observations_meet_bounded_memory() {
    for (factor, max_zero_threshold, limit) in [(1.001, 0.0, 1), (1.001, f64::MAX, 10), (1.1, 1e-300, 160)] {
        let spec = only(native(factor, max_zero_threshold, limit, 0));
        let histogram = Histogram::new(&spec);
        let values = noise().map(f64::from_bits).take(50_000);
        let mut most = 0;
        for (number, value) in values.enumerate() {
            histogram.observe(Shared, &spec, value);
            if number % 64 == 0 {
                let (reading, native) = read(&histogram, &spec);
                most = most.max(native.positive.len() + native.negative.len());
                assert_eq!(native.count, number as u64 + 1);
                assert_eq!(reading.counts, [native.count]);
            }
        }
        // At the coarsest schema there are 66 buckets below 1 and 66 above, on either side.
        assert!(most <= (limit as usize + 16).max(264), "{most}");
    }
}

#[test]
fn without_a_limit_every_bucket_stays() {
    let spec = only(native(1.001, f64::MAX, 0, 1));
    let histogram = Histogram::new(&spec);
    for position in 0..5_000 {
        histogram.observe(Shared, &spec, 2.0_f64.powf((f64::from(position) + 0.5) / 256.0 - 10.0));
        histogram.observe(Shared, &spec, -1.0);
    }
    let (_, native) = read(&histogram, &spec);
    assert_eq!(native.positive.len(), 5_000);
    assert_eq!((native.schema, native.negative), (8, vec![(0, 5_000)]));
}

#[test]
fn classic_and_native_buckets_hold_the_same_observations_also_after_resets() {
    NOW.set(1_000);
    let bounds = Bounds::new(&[0.5, 8.0]).unwrap();
    let spec = histogram::Spec::native_beside(bounds, native(2.0, 0.0, 2, 100));
    let histogram = Histogram::new(&spec);
    let observe = |values: &[f64]| values.iter().for_each(|&value| histogram.observe(Shared, &spec, value));
    observe(&[0.25, 1.0, f64::NAN]);
    assert_eq!(read(&histogram, &spec).0.counts, [1, 2, 3]);
    assert_eq!(read(&histogram, &spec).1.positive, [(-2, 1), (0, 1)]);

    NOW.set(1_100);
    // Old enough: only the value that made one bucket too many is left.
    observe(&[10.0]);
    let (reading, native) = read(&histogram, &spec);
    assert_eq!((&reading.counts[..], reading.sum, reading.reset_at), (&[0, 0, 1][..], 10.0, Some(1_100)));
    assert_eq!((native.count, native.positive), (1, vec![(4, 1)]));

    observe(&[1.0, 0.1]);
    let (reading, native) = read(&histogram, &spec);
    assert_eq!((native.count, native.schema, reading.reset_at), (3, -1, Some(1_100)));
    NOW.set(1_199);
    assert_eq!(read(&histogram, &spec).1.count, 3);
    NOW.set(1_250);
    // Due at 1,200: a reader that comes later sees it as made.
    let (reading, native) = read(&histogram, &spec);
    assert_eq!((&reading.counts[..], reading.sum, reading.reset_at), (&[0, 0, 0][..], 0.0, Some(1_200)));
    assert_eq!((native.count, native.schema, native.positive), (0, 0, vec![]));
    let mut counts = Vec::new();
    assert_eq!((histogram.read_classic(&spec, &mut counts), counts), (0.0, vec![0, 0, 0]));
    observe(&[3.0]);
    let (reading, native) = read(&histogram, &spec);
    assert_eq!((&reading.counts[..], reading.sum, reading.reset_at), (&[0, 1, 1][..], 3.0, Some(1_200)));
    assert_eq!((native.count, native.schema, native.positive), (1, 0, vec![(2, 1)]));
}

#[test]
fn native_buckets_begin_anew_when_the_classic_ones_are_set() {
    NOW.set(5_000);
    let bounds = Bounds::new(&[0.5]).unwrap();
    let spec = histogram::Spec::native_beside(bounds, native(2.0, 0.0, 1, 0));
    let histogram = Histogram::new(&spec);
    for value in [1.0, 7.0, f64::NAN] {
        histogram.observe(Shared, &spec, value);
    }
    assert_eq!(read(&histogram, &spec).1.schema, -1);
    histogram.set(Shared, &spec, &[2, 5], 9.0);
    histogram.observe(Shared, &spec, 1.0);
    let (reading, native) = read(&histogram, &spec);
    assert_eq!((&reading.counts[..], reading.sum, reading.reset_at), (&[2, 6][..], 10.0, Some(5_000)));
    assert_eq!((native.count, native.schema, in_buckets(&native)), (1, 0, 1));
}

#[test]
fn a_reading_can_be_used_for_another_histogram() {
    let (classic, with_native) =
        (histogram::Spec::classic(Bounds::new(&[1.0]).unwrap()), only(native(2.0, 0.0, 0, 0)));
    let (first, second) = (Histogram::new(&with_native), Histogram::new(&classic));
    first.observe(Shared, &with_native, -3.0);
    second.observe(Shared, &classic, -3.0);
    let mut reading = histogram::Reading::default();
    for _ in 0..2 {
        first.read(&with_native, &mut reading);
        assert_eq!((&reading.counts[..], reading.native.as_ref().unwrap().negative.len()), (&[1][..], 1));
        second.read(&classic, &mut reading);
        assert_eq!((&reading.counts[..], &reading.native, reading.reset_at), (&[1, 1][..], &None, None));
    }
}

/// Readers come to an end beside threads that never pause, and get everything of one moment.
#[test]
fn threads_that_observe_all_the_time_are_read_meanwhile() {
    static TICKS: AtomicU64 = AtomicU64::new(1);
    for (limit, min_reset) in [(0, 0), (20, 0), (20, 50)] {
        let clock = || TICKS.fetch_add(1, Ordering::Relaxed);
        let spec = only(Spec { clock, ..native(1.01, 1e-3, limit, min_reset) });
        let histogram = Histogram::new(&spec);
        let running = AtomicBool::new(true);
        std::thread::scope(|scope| {
            let writers = [0, 1_u32].map(|writer| {
                let (histogram, spec, running) = (&histogram, &spec, &running);
                scope.spawn(move || {
                    for number in (0..1_000_u32).cycle().take_while(|_| running.load(Ordering::Relaxed)) {
                        // Whole numbers, so that their sum is exact in any order.
                        let value = f64::from(number * 2 + writer);
                        histogram.observe(Shared, spec, value);
                        histogram.observe(Shared, spec, -value);
                        histogram.observe(Shared, spec, 1.0);
                    }
                })
            });
            let readers: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        let mut last = 0;
                        for _ in 0..200 {
                            let (reading, native) = read(&histogram, &spec);
                            assert_eq!(in_buckets(&native), native.count);
                            assert_eq!(reading.counts, [native.count]);
                            assert!(native.count >= last || min_reset > 0);
                            assert!(native.positive.is_sorted() && native.negative.is_sorted());
                            last = native.count;
                        }
                    })
                })
                .collect();
            let ends: Vec<_> = readers.into_iter().map(std::thread::ScopedJoinHandle::join).collect();
            running.store(false, Ordering::Relaxed);
            for writer in writers {
                writer.join().unwrap();
            }
            assert!(ends.iter().all(Result::is_ok));
        });
        let (reading, native) = read(&histogram, &spec);
        assert_eq!(in_buckets(&native), native.count);
        assert_eq!(reading.counts, [native.count]);
    }
}
