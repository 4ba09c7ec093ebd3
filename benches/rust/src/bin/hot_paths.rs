//! The hot paths of the core, each as a function that callgrind finds by its name.
//!
//! `hot_paths PATH` warms the path up, runs its function, and prints how many operations that were; see
//! `benches/instructions.py`. Several paths share a function where their code is the same.

#![deny(missing_docs)]

use std::ffi::{c_int, c_uint};
use std::hint::black_box;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use aioprometheus::exposition::Format;
use aioprometheus::metric::{Histogram, Summary, Value};
use bench_core::ours::{Held, Labels, Ours, exclusive};
use bench_core::{Client, float_of, int_of, label_values};

/// Calls of a function, and series on a page or to choose from.
const CALLS: u32 = 1_000;
/// Observations of a summary: its buffer is merged now and then.
const OBSERVATIONS: u32 = 100_000;
/// Series that are born in a family: the table grows now and then.
const BIRTHS: u32 = 10_000;
/// Families for births. Each has hash seeds of its own, which decide when its tables grow.
const FAMILIES: u32 = 5;
/// Pages that are written.
const PAGES: u32 = 10;

// SAFETY: no other function of the program has this name; so with those below.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn hot_counter_inc(counter: &Held<Value>) {
    counter.inc(exclusive());
}

// SAFETY: see above.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn hot_gauge_set(gauge: &Held<Value>, value: f64) {
    gauge.set(exclusive(), value);
}

// SAFETY: see above.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn hot_histogram_observe(histogram: &Held<Histogram>, value: f64) {
    histogram.observe(exclusive(), value);
}

// SAFETY: see above.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn hot_summary_observe(summary: &Held<Summary>, value: f64) {
    summary.observe(exclusive(), value);
}

// SAFETY: see above.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn hot_add(client: &Ours, labels: &Labels) {
    client.add_with(exclusive(), labels, 1);
}

// SAFETY: see above.
#[unsafe(no_mangle)]
#[inline(never)]
extern "C" fn hot_encode(client: &Ours, format: &Format, page: &mut Vec<u8>) {
    client.encode_as(*format, page);
}

/// The clock of the process, which stands still: milliseconds of more digits take longer to write.
// SAFETY: it is declared as the function of the system that it replaces, and keeps its promise.
#[unsafe(no_mangle)]
extern "C" fn clock_gettime(_clock: c_int, time: *mut [i64; 2]) -> c_int {
    // SAFETY: the caller gives a place for seconds and nanoseconds.
    unsafe { time.write([1_790_000_000, 987_000_000]) };
    0
}

/// The random bytes of the process, which are all the same: they are seeds of hash tables.
// SAFETY: it is declared as the function of the system that it replaces, and keeps its promise.
#[unsafe(no_mangle)]
extern "C" fn getrandom(bytes: *mut u8, length: usize, _flags: c_uint) -> isize {
    // SAFETY: the caller gives a place for `length` bytes.
    unsafe { bytes.write_bytes(1, length) };
    length.cast_signed()
}

fn label_sets(count: u32) -> Vec<Labels> {
    label_values(count).map(|(method, path)| Ours::labels(method, &path)).collect()
}

fn counter_inc(client: &Ours, labels: &Labels) -> u32 {
    let counter = client.hold(labels);
    (0..CALLS).for_each(|_| counter.inc(exclusive()));
    (0..CALLS).for_each(|_| hot_counter_inc(black_box(&counter)));
    CALLS
}

fn gauge_set(client: &Ours, labels: &Labels) -> u32 {
    let gauge = client.hold_gauge(labels);
    (0..CALLS).for_each(|number| gauge.set(exclusive(), float_of(number)));
    (0..CALLS).for_each(|number| hot_gauge_set(black_box(&gauge), black_box(float_of(number))));
    CALLS
}

/// The values fall into all buckets, from 0 up to beyond the last bound.
fn histogram_observe(histogram: &Held<Histogram>) -> u32 {
    let value = |number| float_of(number).powi(4) * 12.0;
    (0..CALLS).for_each(|number| histogram.observe(exclusive(), value(number)));
    (0..CALLS).for_each(|number| hot_histogram_observe(black_box(histogram), black_box(value(number))));
    CALLS
}

fn summary_observe(client: &Ours, labels: &Labels) -> u32 {
    let summary = client.hold_summary(labels);
    for number in 0..OBSERVATIONS {
        hot_summary_observe(black_box(&summary), black_box(float_of(number)));
    }
    OBSERVATIONS
}

fn lookup_inc(client: &Ours) -> u32 {
    let label_sets = label_sets(CALLS);
    for labels in &label_sets {
        client.add(labels, 1);
    }
    for labels in &label_sets {
        hot_add(black_box(client), black_box(labels));
    }
    CALLS
}

/// No family is dropped: what is freed would be joined now and then, at some birth.
fn birth() -> u32 {
    let label_sets = label_sets(BIRTHS);
    let warm = ManuallyDrop::new(Ours::with(true));
    for labels in &label_sets[..CALLS as usize] {
        warm.add(labels, 1);
    }
    for _ in 0..FAMILIES {
        let client = ManuallyDrop::new(Ours::with(true));
        for labels in &label_sets {
            hot_add(black_box(&client), black_box(labels));
        }
    }
    FAMILIES * BIRTHS
}

fn encode(client: &Ours, format: Format, update: impl Fn(&Labels, u32)) -> u32 {
    for (labels, number) in label_sets(CALLS).iter().zip(0..) {
        update(labels, number);
    }
    let mut page = Vec::new();
    client.encode_as(format, &mut page);
    (0..PAGES).for_each(|_| hot_encode(black_box(client), &format, black_box(&mut page)));
    PAGES * CALLS
}

fn main() -> ExitCode {
    let client = Ours::with(true);
    let labels = Ours::labels("GET", "/api/users");
    let path = std::env::args().nth(1).unwrap_or_default();
    let operations = match path.as_str() {
        "counter_inc" => counter_inc(&client, &labels),
        "gauge_set" => gauge_set(&client, &labels),
        "histogram_observe" => histogram_observe(&client.hold_histogram(&labels)),
        "native_observe" => histogram_observe(&client.hold_native(&labels)),
        "summary_observe" => summary_observe(&client, &labels),
        "lookup_inc" => lookup_inc(&client),
        "birth" => birth(),
        "encode_int" => encode(&client, Format::Text, |labels, number| client.add(labels, int_of(number))),
        "encode_float" => {
            encode(&client, Format::Text, |labels, number| client.set(labels, float_of(number)))
        }
        "encode_histogram" => {
            encode(&client, Format::Text, |labels, number| client.observe(labels, float_of(number)))
        }
        "openmetrics_int" => {
            encode(&client, Format::OpenMetrics, |labels, number| client.add(labels, int_of(number)))
        }
        "openmetrics_histogram" => {
            encode(&client, Format::OpenMetrics, |labels, number| client.observe(labels, float_of(number)))
        }
        "protobuf_int" => {
            encode(&client, Format::Protobuf, |labels, number| client.add(labels, int_of(number)))
        }
        "protobuf_histogram" => {
            encode(&client, Format::Protobuf, |labels, number| client.observe(labels, float_of(number)))
        }
        _ => {
            eprintln!("there is no path called {path:?}");
            return ExitCode::FAILURE;
        }
    };
    println!("{operations}");
    ExitCode::SUCCESS
}
