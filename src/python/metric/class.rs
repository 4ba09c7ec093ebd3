//! The classes of metrics.

use pyo3::prelude::*;
use pyo3::types::PyType;

use super::collector::PyCollector;
use crate::kind::Kind;

/// A number that only goes up: requests served, bytes sent, errors.
///
/// By convention the name of a counter ends in ``_total``.
///
#[doc = super::docstring::parameters!()]
#[doc = super::docstring::errors!()]
#[pyclass(name = "Counter", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyCounter;

/// A number that goes up and down: requests in progress, the length of a queue, a
/// temperature.
///
#[doc = super::docstring::parameters!()]
#[doc = super::docstring::errors!()]
#[pyclass(name = "Gauge", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyGauge;

/// Count, sum and quantiles of observations, such as latencies or sizes.
///
/// Exposes ``<name>{quantile="<phi>"}`` for each quantile, ``<name>_count`` and
/// ``<name>_sum``. The quantiles are those of all observations since the series was born.
/// Quantiles of several processes cannot be combined; buckets of a histogram can.
///
/// A quantile is a value that was observed: among the n sorted observations, its rank differs
/// from ``phi * n``, rounded up, by at most ``epsilon * n``. NaN counts in the count and in
/// the sum, and has no rank.
///
#[doc = super::docstring::parameters!()]
/// :param invariants: The quantiles as pairs ``(phi, epsilon)``.
/// :param quantiles: The quantiles as a dict ``{phi: epsilon}``: phi in [0, 1], the allowed
///   error of the rank epsilon in [0, 1), at least one of them. Keyword only; instead of
///   ``invariants``. Without either, they are ``{0.5: 0.05, 0.9: 0.01, 0.99: 0.001}``.
#[doc = super::docstring::errors!()]
#[pyclass(name = "Summary", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PySummary;

/// Count, sum and buckets of observations, such as latencies or sizes.
///
/// Exposes ``<name>_bucket{le="<upper bound>"}`` for each bucket, ``<name>_count`` and
/// ``<name>_sum``. A bucket counts all observations up to its bound, the bound included. NaN
/// counts in the count, in the sum and in the bucket +Inf.
///
/// A *native* histogram needs no bounds: it makes its buckets where values fall, each a
/// constant factor wider than the one before. Native buckets are sent as protocol buffers
/// only, to servers that ask for these. All others get the classic buckets that stand beside
/// them.
///
#[doc = super::docstring::parameters!()]
/// :param buckets: The upper bounds, ascending. +Inf is added if it is missing, and equal
///   bounds are merged. ``[]`` leaves a native histogram without classic buckets.
/// :param native: Whether the histogram has native buckets. None: if ``native_factor`` is
///   given.
/// :param native_factor: How much wider, at most, each native bucket is than the one before;
///   more than 1. 1.1 if it is not given.
/// :param max_buckets: How many native buckets a series may have; 0 sets no limit. Beyond it,
///   each observation takes one step to have fewer: it resets the series, widens the zero
///   bucket, or halves the resolution.
/// :param min_reset_duration: How old a series must be before it is reset, in seconds or as a
///   ``timedelta``. 0 means never.
/// :param zero_threshold: Values up to this distance from 0 count in the zero bucket.
/// :param max_zero_threshold: How far the zero bucket may be widened.
#[doc = super::docstring::errors!()]
#[pyclass(name = "Histogram", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyHistogram;

/// Facts that are text: the version of a service, where it was built.
///
/// Exposes ``<name>_info{<label>="...",<fact>="..."} 1.0``. A name that ends in ``_info``
/// already is taken as it is. In the text format, it is a gauge. An info has no unit.
///
#[doc = super::docstring::parameters!()]
#[doc = super::docstring::errors!()]
#[pyclass(name = "Info", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyInfo;

/// Which one of several states something is in: starting, running, stopped.
///
/// Exposes ``<name>{<label>="<state>"}`` for each state: 1.0 for the current one and 0.0 for
/// the others. In the text format, it is a gauge. A series is born in the first state. An
/// enum has no unit.
///
#[doc = super::docstring::parameters!()]
/// :param states: The names of the states, at least one, each once. Members of an
///   ``enum.Enum`` stand for their values. Keyword only.
/// :param label: The name of the label that holds the state. None: that of the metric. With
///   another name, OpenMetrics gets a gauge, because its state sets cannot have one. Keyword only.
#[doc = super::docstring::errors!()]
#[pyclass(name = "Enum", module = "aioprometheus.collectors", extends = PyCollector, subclass, frozen)]
pub struct PyEnum;

macro_rules! classes {
    ($($kind:ident: $class:ty = $example:literal),+) => {
        /// The kind of a metric, by its class.
        pub fn kind_of(metric: &Bound<'_, PyAny>) -> Kind {
            $(if metric.is_instance_of::<$class>() {
                return Kind::$kind;
            })+
            Kind::Untyped
        }

        /// The class of the metrics of a kind.
        fn class_of(py: Python<'_>, kind: Kind) -> Bound<'_, PyType> {
            match kind {
                $(Kind::$kind => py.get_type::<$class>(),)+
                // Only reports are gauge histograms.
                Kind::Untyped | Kind::GaugeHistogram => py.get_type::<PyCollector>(),
            }
        }

        /// The kinds that have a class.
        const WITH_CLASS: &[Kind] = &[Kind::Untyped, $(Kind::$kind),+];

        /// The arguments of a constructor, for an example.
        pub fn example_of(kind: Kind) -> &'static str {
            match kind {
                $(Kind::$kind => $example,)+
                Kind::Untyped | Kind::GaugeHistogram => {
                    "'requests_total', 'Requests served', labelnames=['method']"
                }
            }
        }
    };
}

classes! {
    Counter: PyCounter = "'requests_total', 'Requests served', labelnames=['method']",
    Gauge: PyGauge = "'queue_length', 'Jobs that wait', labelnames=['queue']",
    Summary: PySummary = "'request_seconds', 'How long requests take', labelnames=['method']",
    Histogram: PyHistogram = "'request_seconds', 'How long requests take', labelnames=['method']",
    Info: PyInfo = "'build', 'What runs here'",
    StateSet: PyEnum = "'job_state', 'What the job does', states=['idle', 'running']"
}

/// The class of this library that the class of an object is, or descends from.
pub fn built_in_class<'py>(metric: &Bound<'py, PyAny>) -> Bound<'py, PyType> {
    class_of(metric.py(), kind_of(metric))
}

/// Puts the classes into the module.
pub fn add_to(module: &Bound<'_, PyModule>) -> PyResult<()> {
    for &kind in WITH_CLASS {
        let class = class_of(module.py(), kind);
        module.add(class.name()?, class)?;
    }
    Ok(())
}
