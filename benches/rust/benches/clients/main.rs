//! The core beside the Rust clients: updates, lookups, births, and pages.
//!
//! `cargo bench --manifest-path benches/rust/Cargo.toml --bench clients`; `copy_*` is what a page takes at least.

mod copy;
mod measured;
mod prometheus;
mod prometheus_client;

use bench_core::ours::Ours;
use bench_core::{Client, float_of, int_of, label_values};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

use crate::copy::{Contiguous, Scattered, Starts};
use crate::measured::Measured;
use crate::prometheus::Prometheus;
use crate::prometheus_client::PrometheusClient;

/// Series on a page of counters or gauges.
const SERIES: u32 = 100_000;
/// Series on a page of histograms.
const HISTOGRAMS: u32 = 10_000;
/// Series that are born.
const BIRTHS: u32 = 10_000;
/// Series among which one is found.
const CHOICE: u32 = 1_000;

fn main() {
    divan::main();
}

fn label_sets<C: Client>(count: u32) -> Vec<C::Labels> {
    label_values(count).map(|(method, path)| C::labels(method, &path)).collect()
}

#[divan::bench(types = [Ours, PrometheusClient, Prometheus, Measured])]
fn inc_held<C: Client>(bencher: Bencher) {
    let client = C::new();
    let held = client.hold(&C::labels("GET", "/api/users"));
    bencher.bench_local(|| client.inc_held(black_box(&held)));
}

/// An iteration is one increment of each of 1,000 series.
#[divan::bench(types = [Ours, PrometheusClient, Prometheus, Measured], sample_count = 300)]
fn lookup_and_inc<C: Client>(bencher: Bencher) {
    let client = C::new();
    let label_sets = label_sets::<C>(CHOICE);
    let inc_all = || label_sets.iter().for_each(|labels| client.add(black_box(labels), 1));
    inc_all();
    bencher.counter(ItemsCount::new(CHOICE)).bench_local(inc_all);
}

/// An iteration is the birth of 10,000 series of a new counter.
#[divan::bench(types = [Ours, PrometheusClient, Prometheus, Measured], sample_count = 50)]
fn birth<C: Client>(bencher: Bencher) {
    let label_sets = label_sets::<C>(BIRTHS);
    bencher.counter(ItemsCount::new(BIRTHS)).with_inputs(C::new).bench_local_values(|client| {
        for labels in &label_sets {
            client.add(black_box(labels), 1);
        }
        client
    });
}

fn encode<C: Client>(bencher: Bencher, series: u32, update: impl Fn(&C, &C::Labels, u32)) {
    let client = C::new();
    for (labels, number) in label_sets::<C>(series).iter().zip(0..) {
        update(&client, labels, number);
    }
    let mut page = C::Page::default();
    client.encode(&mut page);
    bencher.counter(ItemsCount::new(series)).bench_local(|| client.encode(black_box(&mut page)));
}

#[divan::bench(types = [Ours, PrometheusClient, Prometheus, Measured], sample_count = 20)]
fn encode_100_000_ints<C: Client>(bencher: Bencher) {
    encode::<C>(bencher, SERIES, |client, labels, number| client.add(labels, int_of(number)));
}

#[divan::bench(types = [Ours, PrometheusClient, Prometheus, Measured], sample_count = 20)]
fn encode_100_000_floats<C: Client>(bencher: Bencher) {
    encode::<C>(bencher, SERIES, |client, labels, number| client.set(labels, float_of(number)));
}

#[divan::bench(types = [Ours, PrometheusClient, Prometheus, Measured], sample_count = 20)]
fn encode_10_000_histograms<C: Client>(bencher: Bencher) {
    encode::<C>(bencher, HISTOGRAMS, |client, labels, number| client.observe(labels, float_of(number)));
}

#[divan::bench(types = [Scattered, Contiguous], sample_count = 50)]
fn copy_100_000_ints<S: Starts>(bencher: Bencher) {
    let starts = S::new(SERIES);
    let values: Vec<u32> = (0..SERIES).map(int_of).collect();
    let mut page = Vec::new();
    copy::write_ints(&starts, &values, &mut page);
    bencher
        .counter(ItemsCount::new(SERIES))
        .bench_local(|| copy::write_ints(&starts, black_box(&values), black_box(&mut page)));
}

#[divan::bench(types = [Scattered, Contiguous], sample_count = 50)]
fn copy_100_000_floats<S: Starts>(bencher: Bencher) {
    let starts = S::new(SERIES);
    let values: Vec<f64> = (0..SERIES).map(float_of).collect();
    let mut page = Vec::new();
    copy::write_floats(&starts, &values, &mut page);
    bencher
        .counter(ItemsCount::new(SERIES))
        .bench_local(|| copy::write_floats(&starts, black_box(&values), black_box(&mut page)));
}
