//! The classes of children.

use pyo3::prelude::*;

use super::Child;
use crate::metric::{Histogram, Info, StateSet, Summary, Value};

/// One series of a counter: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundCounter", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundCounter(pub Child<Value>);

/// One series of a gauge: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundGauge", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundGauge(pub Child<Value>);

/// One series of a summary: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundSummary", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundSummary(pub Child<Summary>);

/// One series of a histogram: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundHistogram", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundHistogram(pub Child<Histogram>);

/// One series of an info: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundInfo", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundInfo(pub Child<Info>);

/// One series of an enum: a child, as :meth:`Collector.labels` returns it.
#[pyclass(name = "BoundEnum", module = "aioprometheus.collectors", frozen)]
pub struct PyBoundEnum(pub Child<StateSet>);
