//! The crate `measured`, with label values that are not known beforehand.

use bench_core::{BOUNDS, Client};
use measured::metric::LabelId;
use measured::metric::histogram::Thresholds;
use measured::text::BufferedTextEncoder;
use measured::{CounterVec, FloatGaugeVec, HistogramVec, LabelGroup, MetricGroup};
use paracord::ParaCord;

/// The labels of one series.
#[derive(LabelGroup)]
#[label(set = GroupSet)]
pub struct Group<'a> {
    #[label(dynamic_with = ParaCord, default)]
    method: &'a str,
    #[label(dynamic_with = ParaCord, default)]
    path: &'a str,
}

/// The metrics of one page.
#[derive(MetricGroup)]
#[metric(new())]
struct Metrics {
    #[metric(rename = "a_counter")]
    counter: CounterVec<GroupSet>,
    #[metric(rename = "a_gauge")]
    gauge: FloatGaugeVec<GroupSet>,
    #[metric(rename = "a_histogram", metadata = Thresholds::with_buckets(BOUNDS))]
    histogram: HistogramVec<GroupSet, 11>,
}

/// The crate `measured`.
pub struct Measured(Metrics);

impl Client for Measured {
    type Labels = [String; 2];
    type Held = LabelId<GroupSet>;
    type Page = BufferedTextEncoder;

    fn new() -> Self {
        Self(Metrics::new())
    }

    fn labels(method: &str, path: &str) -> Self::Labels {
        [method.to_owned(), path.to_owned()]
    }

    fn hold(&self, labels: &Self::Labels) -> Self::Held {
        let id = self.0.counter.with_labels(group(labels));
        self.0.counter.get_metric(id).inc_by(0);
        id
    }

    fn inc_held(&self, held: &Self::Held) {
        self.0.counter.get_metric(*held).inc();
    }

    fn add(&self, labels: &Self::Labels, amount: u32) {
        self.0.counter.inc_by(group(labels), amount.into());
    }

    fn set(&self, labels: &Self::Labels, value: f64) {
        self.0.gauge.set(group(labels), value);
    }

    fn observe(&self, labels: &Self::Labels, value: f64) {
        self.0.histogram.observe(group(labels), value);
    }

    fn encode(&self, page: &mut BufferedTextEncoder) -> usize {
        let Ok(()) = self.0.collect_group_into(page);
        page.finish().len()
    }
}

fn group([method, path]: &[String; 2]) -> Group<'_> {
    Group { method, path }
}
