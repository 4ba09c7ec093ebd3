//! The crate `prometheus-client`.

use std::sync::atomic::AtomicU64;

use bench_core::{BOUNDS, Client};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// The labels of one series.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
pub struct Labels {
    method: String,
    path: String,
}

/// The crate `prometheus-client`.
pub struct PrometheusClient {
    registry: Registry,
    counter: Family<Labels, Counter>,
    gauge: Family<Labels, Gauge<f64, AtomicU64>>,
    histogram: Family<Labels, Histogram>,
}

impl Client for PrometheusClient {
    type Labels = Labels;
    type Held = Counter;
    type Page = String;

    fn new() -> Self {
        let mut registry = Registry::default();
        let counter = Family::default();
        let gauge = Family::default();
        let histogram = Family::new_with_constructor((|| Histogram::new(BOUNDS)) as fn() -> Histogram);
        registry.register("a_counter", "doc", counter.clone());
        registry.register("a_gauge", "doc", gauge.clone());
        registry.register("a_histogram", "doc", histogram.clone());
        Self { registry, counter, gauge, histogram }
    }

    fn labels(method: &str, path: &str) -> Labels {
        Labels { method: method.to_owned(), path: path.to_owned() }
    }

    fn hold(&self, labels: &Labels) -> Counter {
        self.counter.get_or_create_owned(labels)
    }

    fn inc_held(&self, held: &Counter) {
        held.inc();
    }

    fn add(&self, labels: &Labels, amount: u32) {
        self.counter.get_or_create(labels).inc_by(amount.into());
    }

    fn set(&self, labels: &Labels, value: f64) {
        self.gauge.get_or_create(labels).set(value);
    }

    fn observe(&self, labels: &Labels, value: f64) {
        self.histogram.get_or_create(labels).observe(value);
    }

    fn encode(&self, page: &mut String) -> usize {
        page.clear();
        encode(page, &self.registry).expect("a page");
        page.len()
    }
}
