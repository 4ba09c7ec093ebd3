//! One series of any kind, and its value as Python code gets it.

use std::sync::Arc;

use pyo3::prelude::*;

use super::describe;
use super::handle::Handle;
use super::histogram::{self, PyHistogramSeries};
use super::info;
use super::state_set;
use super::summary::{self, PyEstimator};
use crate::family::Series;
use crate::labels::LabelSet;
use crate::metric::info::pairs as info_pairs;
use crate::metric::{Histogram, Info, StateSet, Summary, Value};
use crate::python::argument::number;

/// One series of any kind.
#[derive(Clone)]
pub enum AnySeries {
    Value(Arc<Series<Value>>),
    Summary(Handle<Summary>),
    Histogram(Handle<Histogram>),
    Info(Arc<Series<Info>>),
    StateSet(Handle<StateSet>),
}

impl AnySeries {
    /// Its address, which no other series has as long as this one lives.
    pub fn address(&self) -> usize {
        match self {
            Self::Value(series) => Arc::as_ptr(series) as usize,
            Self::Summary(handle) => Arc::as_ptr(&handle.series) as usize,
            Self::Histogram(handle) => Arc::as_ptr(&handle.series) as usize,
            Self::Info(series) => Arc::as_ptr(series) as usize,
            Self::StateSet(handle) => Arc::as_ptr(&handle.series) as usize,
        }
    }

    /// Whether it was removed from its family.
    pub fn is_removed(&self) -> bool {
        match self {
            Self::Value(series) => series.is_removed(),
            Self::Summary(handle) => handle.series.is_removed(),
            Self::Histogram(handle) => handle.series.is_removed(),
            Self::Info(series) => series.is_removed(),
            Self::StateSet(handle) => handle.series.is_removed(),
        }
    }

    /// Notes that its value is elsewhere.
    pub fn hide(&self) {
        match self {
            Self::Value(series) => series.hide(),
            Self::Summary(handle) => handle.series.hide(),
            Self::Histogram(handle) => handle.series.hide(),
            Self::Info(series) => series.hide(),
            Self::StateSet(handle) => handle.series.hide(),
        }
    }

    pub fn labels(&self) -> &LabelSet {
        match self {
            Self::Value(series) => series.labels(),
            Self::Summary(handle) => handle.series.labels(),
            Self::Histogram(handle) => handle.series.labels(),
            Self::Info(series) => series.labels(),
            Self::StateSet(handle) => handle.series.labels(),
        }
    }

    /// What `get` returns for the series: a number, a dict of counts and sums, the facts, or the state.
    pub fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Value(series) => number::to_object(py, series.metric().get()),
            Self::Summary(handle) => Ok(summary::report(py, handle)?.into_any()),
            Self::Histogram(handle) => Ok(histogram::report(py, handle)?.into_any()),
            Self::Info(series) => info::to_object(py, series.metric()),
            Self::StateSet(handle) => Ok(state_set::to_object(py, &handle.family, handle.series.metric())),
        }
    }

    /// What `get_value` returns for the series: a number, the live object, the facts, or the state.
    pub fn live(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        match self {
            Self::Value(series) => number::to_object(py, series.metric().get()),
            Self::Summary(handle) => Ok(Bound::new(py, PyEstimator::new(handle))?.into_any()),
            Self::Histogram(handle) => PyHistogramSeries::new(handle).into_live(py),
            Self::Info(_) | Self::StateSet(_) => self.value(py),
        }
    }

    /// The value as a description shows it.
    pub fn describe(&self) -> String {
        match self {
            Self::Value(series) => describe::number(series.metric().get()),
            Self::Summary(handle) => {
                let snapshot = handle.series.metric().read();
                describe::observations(snapshot.count, snapshot.sum)
            }
            Self::Histogram(handle) => {
                let (count, sum) = describe::histogram_state(handle);
                describe::observations(count, sum)
            }
            Self::Info(series) => {
                let facts = series.metric().get();
                format!("{{{}}}", describe::pairs(info_pairs(&facts).into_iter()))
            }
            Self::StateSet(handle) => {
                describe::short(handle.family.spec().name(handle.series.metric().get()))
            }
        }
    }
}
