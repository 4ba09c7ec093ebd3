//! The core as a client: all calls of these benchmarks on the package that is measured.

use std::sync::Arc;
use std::time::Duration;

use aioprometheus::access::{Access, Exclusive, Shared};
use aioprometheus::exposition::{Block, Format, Options, encode_into};
use aioprometheus::family::{AnyFamily, Descriptor, Family, Series};
use aioprometheus::kind::Kind;
use aioprometheus::metric::histogram::{Bounds, Spec};
use aioprometheus::metric::native::{self, DEFAULT_ZERO_THRESHOLD};
use aioprometheus::metric::quantile::Targets;
use aioprometheus::metric::{Histogram, Metric, Number, Summary, Value};

use crate::{BOUNDS, Client};

/// Phi and epsilon of the quantiles: those of the package by default.
const TARGETS: [(f64, f64); 3] = [(0.5, 0.05), (0.9, 0.01), (0.99, 0.001)];

/// The values of the labels `method` and `path`.
pub type Labels = (String, String);

/// One series, found once and kept.
pub struct Held<M: Metric> {
    family: Arc<Family<M>>,
    series: Arc<Series<M>>,
}

/// The core.
pub struct Ours {
    /// Whether the families are for exclusive access.
    exclusive: bool,
    counter: Arc<Family<Value>>,
    gauge: Arc<Family<Value>>,
    histogram: Arc<Family<Histogram>>,
    /// Without classic buckets, and on no page.
    native: Arc<Family<Histogram>>,
    summary: Arc<Family<Summary>>,
}

fn family<M: Metric>(exclusive: bool, kind: Kind, spec: M::Spec) -> Arc<Family<M>> {
    let descriptor = Descriptor::new(&format!("a_{kind}"), "doc", kind).expect("a valid name");
    Arc::new(if exclusive { Family::exclusive(descriptor, spec) } else { Family::new(descriptor, spec) })
}

/// The access under an interpreter with a lock, which the updates of the package have.
#[inline]
#[must_use]
pub fn exclusive() -> Exclusive<'static> {
    // SAFETY: these benchmarks have one thread.
    unsafe { Exclusive::new() }
}

#[inline]
fn update<M: Metric, R>(
    access: impl Access,
    family: &Family<M>,
    (method, path): &Labels,
    update: impl FnOnce(&Arc<Series<M>>) -> R,
) -> R {
    family.with(access, &[("method", method), ("path", path)], update).expect("valid labels")
}

impl Held<Value> {
    /// Adds 1.
    #[inline]
    pub fn inc(&self, access: impl Access) {
        self.series.metric().add(access, Number::Int(1));
    }

    /// Sets the number.
    #[inline]
    pub fn set(&self, access: impl Access, value: f64) {
        self.series.metric().set(access, Number::Float(value));
    }
}

impl Held<Histogram> {
    /// Observes a value.
    #[inline]
    pub fn observe(&self, access: impl Access, value: f64) {
        self.series.metric().observe(access, self.family.spec(), value);
    }
}

impl Held<Summary> {
    /// Observes a value.
    #[inline]
    pub fn observe(&self, access: impl Access, value: f64) {
        self.series.metric().observe(access, value);
    }
}

impl Ours {
    /// With families for exclusive access, or for shared access.
    ///
    /// # Panics
    ///
    /// If the settings are not valid.
    #[must_use]
    pub fn with(exclusive: bool) -> Self {
        let bounds = Bounds::new(&BOUNDS).expect("valid bounds");
        let native =
            native::Spec::new(1.1, DEFAULT_ZERO_THRESHOLD, 0.0, 160, Duration::ZERO).expect("valid settings");
        let targets = Arc::new(Targets::new(TARGETS).expect("valid targets"));
        Self {
            exclusive,
            counter: family(exclusive, Kind::Counter, ()),
            gauge: family(exclusive, Kind::Gauge, ()),
            histogram: family(exclusive, Kind::Histogram, Spec::classic(bounds)),
            native: family(exclusive, Kind::Histogram, Spec::native_beside(Bounds::infinite(), native)),
            summary: family(exclusive, Kind::Summary, targets),
        }
    }

    fn hold_in<M: Metric>(&self, family: &Arc<Family<M>>, labels: &Labels) -> Held<M> {
        let series = if self.exclusive {
            update(exclusive(), family, labels, Arc::clone)
        } else {
            update(Shared, family, labels, Arc::clone)
        };
        Held { family: Arc::clone(family), series }
    }

    /// Adds to the counter's series of these labels, which may be new.
    #[inline]
    pub fn add_with(&self, access: impl Access, labels: &Labels, amount: u32) {
        let number = Number::Int(amount.into());
        update(access, &self.counter, labels, |series| series.metric().add(access, number));
    }

    /// Finds the gauge's series of these labels, which may be new.
    #[must_use]
    pub fn hold_gauge(&self, labels: &Labels) -> Held<Value> {
        self.hold_in(&self.gauge, labels)
    }

    /// Finds the histogram's series of these labels, which may be new.
    #[must_use]
    pub fn hold_histogram(&self, labels: &Labels) -> Held<Histogram> {
        self.hold_in(&self.histogram, labels)
    }

    /// Finds the native histogram's series of these labels, which may be new.
    #[must_use]
    pub fn hold_native(&self, labels: &Labels) -> Held<Histogram> {
        self.hold_in(&self.native, labels)
    }

    /// Finds the summary's series of these labels, which may be new.
    #[must_use]
    pub fn hold_summary(&self, labels: &Labels) -> Held<Summary> {
        self.hold_in(&self.summary, labels)
    }
}

impl Ours {
    /// Writes the page of all series in a format.
    ///
    /// # Panics
    ///
    /// If there is no memory for the page.
    pub fn encode_as(&self, format: Format, page: &mut Vec<u8>) {
        let families = [
            AnyFamily::Value(Arc::clone(&self.counter)),
            AnyFamily::Value(Arc::clone(&self.gauge)),
            AnyFamily::Histogram(Arc::clone(&self.histogram)),
            AnyFamily::Histogram(Arc::clone(&self.native)),
        ];
        page.clear();
        encode_into(format, page, families.map(Block::Family), Options::default()).expect("there is memory");
    }
}

impl Client for Ours {
    type Labels = Labels;
    type Held = Held<Value>;
    type Page = Vec<u8>;

    fn new() -> Self {
        Self::with(false)
    }

    fn labels(method: &str, path: &str) -> Labels {
        (method.to_owned(), path.to_owned())
    }

    fn hold(&self, labels: &Labels) -> Held<Value> {
        self.hold_in(&self.counter, labels)
    }

    fn inc_held(&self, held: &Held<Value>) {
        held.inc(Shared);
    }

    fn add(&self, labels: &Labels, amount: u32) {
        if self.exclusive {
            self.add_with(exclusive(), labels, amount);
        } else {
            self.add_with(Shared, labels, amount);
        }
    }

    fn set(&self, labels: &Labels, value: f64) {
        self.hold_gauge(labels).set(Shared, value);
    }

    fn observe(&self, labels: &Labels, value: f64) {
        self.hold_histogram(labels).observe(Shared, value);
    }

    fn encode(&self, page: &mut Vec<u8>) -> usize {
        self.encode_as(Format::Text, page);
        page.len()
    }
}
