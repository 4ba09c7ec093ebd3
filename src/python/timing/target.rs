//! Targets: where a timer puts its seconds.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use crate::metric::Number;
use crate::python::argument::exemplar::is_hooked;
use crate::python::child::class::{PyBoundGauge, PyBoundHistogram, PyBoundSummary, child_of, metric_of};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::class::PyGauge;

/// A metric, or a child of one. A gauge is set, the others observe.
pub enum Target {
    Histogram(Py<PyBoundHistogram>),
    Summary(Py<PyBoundSummary>),
    Gauge(Py<PyBoundGauge>),
    /// A metric, whose method is called: a subclass or a mock may have another one.
    Metric(Py<PyAny>),
}

impl Target {
    /// The target that an object is.
    pub fn of(object: &Bound<'_, PyAny>) -> Self {
        if let Ok(child) = object.cast::<PyBoundHistogram>() {
            return Self::Histogram(child.clone().unbind());
        }
        if let Ok(child) = object.cast::<PyBoundSummary>() {
            return Self::Summary(child.clone().unbind());
        }
        if let Ok(child) = object.cast::<PyBoundGauge>() {
            return Self::Gauge(child.clone().unbind());
        }
        Self::Metric(object.clone().unbind())
    }

    /// Whether no Python code runs when seconds are put into it.
    #[inline]
    pub fn is_plain(&self) -> bool {
        !matches!(self, Self::Metric(_)) && !is_hooked()
    }

    /// Puts seconds into the series of the labels, which a child has already.
    #[inline]
    pub fn put(&self, py: Python<'_>, labels: Option<&Bound<'_, PyAny>>, seconds: f64) -> PyResult<()> {
        match self {
            Self::Histogram(child) if is_hooked() => {
                child.get().0.observe_with(py, Ok(Number::Float(seconds)), None)
            }
            Self::Histogram(child) => child.get().0.observe(py, seconds),
            Self::Summary(child) => child.get().0.observe(py, seconds),
            Self::Gauge(child) => child.get().0.set(py, Number::Float(seconds)),
            Self::Metric(metric) => call(metric.bind(py), labels, seconds),
        }
    }

    /// Puts seconds into the series of labels that were found at the end, those of a child among them. Nobody sees the series
    /// of a metric that went away.
    pub fn put_into(&self, py: Python<'_>, labels: &Bound<'_, PyAny>, seconds: f64) -> PyResult<()> {
        self.metric(py).map_or(Ok(()), |metric| call(&metric, Some(labels), seconds))
    }

    /// The metric, if it is still there.
    pub fn metric<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        let object = self.object(py);
        match child_of(&object) {
            Some(child) => child.metric(py),
            None => Some(object),
        }
    }

    /// The labels of a child.
    pub fn labels<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        child_of(&self.object(py)).map(|child| child.labels_dict(py)).transpose()
    }

    /// The metric or child.
    pub fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Self::Histogram(child) => child.bind(py).clone().into_any(),
            Self::Summary(child) => child.bind(py).clone().into_any(),
            Self::Gauge(child) => child.bind(py).clone().into_any(),
            Self::Metric(metric) => metric.bind(py).clone(),
        }
    }

    /// The name of the metric, for messages.
    pub fn name(&self, py: Python<'_>) -> String {
        metric_of(&self.object(py)).map_or_else(String::new, |(name, _)| name)
    }

    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match self {
            Self::Histogram(child) => visit.call(child),
            Self::Summary(child) => visit.call(child),
            Self::Gauge(child) => visit.call(child),
            Self::Metric(metric) => visit.call(metric),
        }
    }

    pub fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::Histogram(child) => Self::Histogram(child.clone_ref(py)),
            Self::Summary(child) => Self::Summary(child.clone_ref(py)),
            Self::Gauge(child) => Self::Gauge(child.clone_ref(py)),
            Self::Metric(metric) => Self::Metric(metric.clone_ref(py)),
        }
    }
}

fn call(metric: &Bound<'_, PyAny>, labels: Option<&Bound<'_, PyAny>>, seconds: f64) -> PyResult<()> {
    let py = metric.py();
    calls_python(py);
    let method = if metric.is_instance_of::<PyGauge>() { intern!(py, "set") } else { intern!(py, "observe") };
    metric.call_method1(method, (labels, seconds)).map(drop)
}
