//! The crate `prometheus`.

use bench_core::{BOUNDS, Client};
use prometheus::{Gauge, GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts};
use prometheus::{Registry, TextEncoder};

/// The crate `prometheus`.
pub struct Prometheus {
    registry: Registry,
    counter: IntCounterVec,
    gauge: GaugeVec,
    histogram: HistogramVec,
}

const NAMES: [&str; 2] = ["method", "path"];

impl Client for Prometheus {
    type Labels = [String; 2];
    type Held = IntCounter;
    type Page = String;

    fn new() -> Self {
        let registry = Registry::new();
        let counter = IntCounterVec::new(Opts::new("a_counter", "doc"), &NAMES).expect("valid options");
        let gauge = GaugeVec::new(Opts::new("a_gauge", "doc"), &NAMES).expect("valid options");
        let options = HistogramOpts::new("a_histogram", "doc").buckets(BOUNDS.to_vec());
        let histogram = HistogramVec::new(options, &NAMES).expect("valid options");
        registry.register(Box::new(counter.clone())).expect("a free name");
        registry.register(Box::new(gauge.clone())).expect("a free name");
        registry.register(Box::new(histogram.clone())).expect("a free name");
        Self { registry, counter, gauge, histogram }
    }

    fn labels(method: &str, path: &str) -> Self::Labels {
        [method.to_owned(), path.to_owned()]
    }

    fn hold(&self, labels: &Self::Labels) -> IntCounter {
        self.counter.with_label_values(labels)
    }

    fn inc_held(&self, held: &IntCounter) {
        held.inc();
    }

    fn add(&self, labels: &Self::Labels, amount: u32) {
        self.counter.with_label_values(labels).inc_by(amount.into());
    }

    fn set(&self, labels: &Self::Labels, value: f64) {
        let series: Gauge = self.gauge.with_label_values(labels);
        series.set(value);
    }

    fn observe(&self, labels: &Self::Labels, value: f64) {
        self.histogram.with_label_values(labels).observe(value);
    }

    fn encode(&self, page: &mut String) -> usize {
        page.clear();
        TextEncoder::new().encode_utf8(&self.registry.gather(), page).expect("a page");
        page.len()
    }
}
