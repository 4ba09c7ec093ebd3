//! A comparison with client_golang: `tests/golden/native_histograms.go` says how its answers are made.

use std::cell::Cell;
use std::time::Duration;

use serde_json::Value;

use crate::access::{Exclusive, Shared};
use crate::metric::Metric;
use crate::metric::histogram::{Bounds, Histogram, Reading, Spec};
use crate::metric::native::{self, spans};

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/native_histograms.json");

/// When every histogram of the golden file is made.
const BORN: u64 = 1_700_000_000_000;

thread_local! {
    static NOW: Cell<u64> = const { Cell::new(BORN) };
}

fn float(digits: &str) -> f64 {
    f64::from_bits(u64::from_str_radix(digits, 16).unwrap())
}

fn floats(digits: &Value) -> Vec<f64> {
    let digits = digits.as_str().unwrap();
    (0..digits.len()).step_by(16).map(|start| float(&digits[start..start + 16])).collect()
}

fn numbers(value: &Value) -> Vec<i64> {
    value.as_array().unwrap().iter().map(|number| number.as_i64().unwrap()).collect()
}

/// The spans, as the golden file has them, and the deltas.
fn sent(buckets: &[(i32, u64)]) -> (Vec<i64>, Vec<i64>) {
    let (mut found, mut deltas) = (Vec::new(), Vec::new());
    spans(buckets, &mut found, &mut deltas);
    (found.iter().flat_map(|span| [span.offset.into(), span.length.into()]).collect(), deltas)
}

/// The bits of a float, as the golden file has them.
fn bits(value: f64) -> String {
    let value = if value.is_nan() { f64::NAN } else { value };
    format!("{:016x}", value.to_bits())
}

fn check(reading: &Reading, expected: &Value, context: &str) {
    let native = reading.native.as_ref().unwrap();
    assert_eq!(native.count, expected["count"], "{context}");
    assert_eq!(reading.counts, [native.count], "{context}");
    assert_eq!(bits(reading.sum), expected["sum"], "{context}");
    assert_eq!(native.schema, expected["schema"], "{context}");
    assert_eq!(bits(native.zero_threshold), expected["threshold"], "{context}");
    assert_eq!(native.zero_count, expected["zero"], "{context}");
    let sides = [(&native.positive, "positive"), (&native.negative, "negative")];
    for (buckets, side) in sides {
        let (spans, deltas) = sent(buckets);
        assert_eq!(spans, numbers(&expected[side]), "{context}, {side}");
        assert_eq!(deltas, numbers(&expected[format!("{side}_deltas")]), "{context}, {side}");
    }
    assert_eq!(reading.reset_at.unwrap_or(BORN), expected["created"], "{context}");
}

#[test]
fn buckets_are_those_of_client_golang() {
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    for line in golden.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let setting = |name: &str| float(case[name].as_str().unwrap());
        let mut native = native::Spec::new(
            setting("factor"),
            setting("zero_threshold"),
            setting("max_zero_threshold"),
            u32::try_from(case["max_buckets"].as_u64().unwrap()).unwrap(),
            Duration::from_millis(case["min_reset"].as_u64().unwrap()),
        )
        .unwrap();
        native.clock = || NOW.get();
        let spec = Spec::native_beside(Bounds::infinite(), native);
        NOW.set(BORN);
        let (histogram, other) = (Histogram::new(&spec), Histogram::new(&spec));
        let mut reading = Reading::default();
        for (number, step) in case["steps"].as_array().unwrap().iter().enumerate() {
            NOW.set(step["now"].as_u64().unwrap());
            for value in floats(&step["observe"]) {
                histogram.observe(Shared, &spec, value);
                // SAFETY: no other thread has it.
                other.observe(unsafe { Exclusive::new() }, &spec, value);
            }
            let context = format!("step {number} of {}, factor {}", case["name"], setting("factor"));
            histogram.read(&spec, &mut reading);
            check(&reading, &step["is"], &context);
            other.read(&spec, &mut reading);
            check(&reading, &step["is"], &context);
            let mut counts = Vec::new();
            let sum = other.read_classic(&spec, &mut counts);
            assert_eq!((bits(sum), counts), (bits(reading.sum), reading.counts.clone()), "{context}");
        }
    }
}
