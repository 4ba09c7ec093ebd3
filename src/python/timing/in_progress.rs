//! The number of blocks and calls in progress, in a gauge.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use pyo3::{PyTraverseError, PyVisit};

use super::block::{Blocks, OfMany, Place};
use super::log::keep_error;
use crate::family::Series;
use crate::metric::{Number, Value};
use crate::python::argument::labels::Labels;
use crate::python::child::bind::calls_methods;
use crate::python::child::class::{PyBoundGauge, metric_of};
use crate::python::interpreter::attached::access;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::notice::tell_overflow;
use crate::python::metric::collector::PyCollector;
use crate::python::value::store;

/// Counts the blocks and calls that are in progress.
///
/// ``track_inprogress()`` of a gauge makes one. It is a context manager, for ``with`` and
/// ``async with``, and a decorator of callables of every kind. The gauge goes up by 1 when a
/// block or call begins, and the same series goes down by 1 at its end, however that comes
/// about. If the series was removed in between, nothing is left to go down.
#[pyclass(name = "InProgress", module = "aioprometheus.timing", frozen)]
pub struct PyInProgress {
    gauge: Gauge,
    /// The labels as they were given; read when a block begins.
    labels: Option<Py<PyAny>>,
    /// No Python code runs while the lock is held.
    run: Mutex<Run>,
}

enum Gauge {
    Child(Py<PyBoundGauge>),
    Metric(Py<PyCollector>),
}

#[derive(Default)]
struct Run {
    blocks: Blocks<Raised>,
    /// Whether the gauge stays as it is when the block ends without an error, until `_close` is called.
    goes_on: bool,
    /// What goes on.
    open: Option<Raised>,
}

/// What went up by 1.
enum Raised {
    /// This series, as long as it is there.
    Series(Arc<Series<Value>>),
    /// What the methods of the metric mean by these labels.
    Called(Option<Py<PyAny>>),
}

impl PyInProgress {
    /// For a gauge, or a child of one.
    ///
    /// # Errors
    ///
    /// ValueError and TypeError when the gauge refuses the labels.
    pub fn new(gauge: &Bound<'_, PyAny>, labels: Option<&Bound<'_, PyAny>>) -> PyResult<Self> {
        let py = gauge.py();
        calls_python(py);
        let gauge = match gauge.cast::<PyBoundGauge>() {
            Ok(child) => Gauge::Child(child.clone().unbind()),
            Err(_) => Gauge::Metric(gauge.cast::<PyCollector>()?.clone().unbind()),
        };
        if let Gauge::Metric(metric) = &gauge {
            let (metric, state) = (metric.bind(py), metric.get().state()?);
            if !calls_methods(metric)? {
                let read = Labels::extract(state.name(), labels)?;
                store::check(py, &state.family, &read.pairs())?;
            }
        }
        Ok(Self { gauge, labels: labels.map(|labels| labels.clone().unbind()), run: Mutex::default() })
    }

    /// Adds 1.
    fn raise(&self, py: Python<'_>) -> PyResult<Raised> {
        let labels = self.labels.as_ref().map(|labels| labels.bind(py));
        let metric = match &self.gauge {
            Gauge::Child(child) => {
                let series = child.get().0.raise(py)?;
                return Ok(series.map_or(Raised::Called(None), Raised::Series));
            }
            Gauge::Metric(metric) => metric.bind(py),
        };
        calls_python(py);
        let state = metric.get().state()?;
        if calls_methods(metric)? {
            // The dict may change until the end.
            let labels = match labels.map(|labels| (labels, labels.cast_exact::<PyDict>())) {
                Some((_, Ok(dict))) => Some(dict.copy()?.into_any()),
                Some((other, Err(_))) => Some(other.clone()),
                None => None,
            };
            metric.call_method1(intern!(py, "inc"), (&labels,))?;
            return Ok(Raised::Called(labels.map(Bound::unbind)));
        }
        let labels = Labels::extract(state.name(), labels)?;
        let family = &state.values()?.family;
        let series = family.with(access(py), &labels.pairs(), |series| {
            series.metric().add(access(py), Number::Int(1));
            Arc::clone(series)
        })?;
        tell_overflow(family);
        Ok(Raised::Series(series))
    }

    /// Subtracts 1 of what went up.
    fn lower(&self, py: Python<'_>, raised: Raised) -> PyResult<()> {
        match raised {
            Raised::Series(series) if series.is_there() => {
                series.metric().sub(access(py), Number::Int(1));
                Ok(())
            }
            Raised::Series(series) if series.is_removed() => Ok(()),
            // The value has become an object of the user's, of which the methods know what it means.
            Raised::Series(_) => self.call(py, self.labels.as_ref()),
            Raised::Called(labels) => self.call(py, labels.as_ref()),
        }
    }

    fn call(&self, py: Python<'_>, labels: Option<&Py<PyAny>>) -> PyResult<()> {
        calls_python(py);
        let dec = intern!(py, "dec");
        match &self.gauge {
            Gauge::Child(child) => child.bind(py).call_method0(dec),
            Gauge::Metric(metric) => metric.bind(py).call_method1(dec, (labels,)),
        }
        .map(drop)
    }

    /// Begins a block.
    ///
    /// # Errors
    ///
    /// What the gauge raises.
    pub fn begin(&self, py: Python<'_>) -> PyResult<()> {
        let raised = self.raise(py)?;
        let mut run = self.run.lock();
        if run.blocks.is_empty() {
            run.blocks.begin_alone(raised);
            return Ok(());
        }
        drop(run);
        let place = Place::now(py);
        self.run.lock().blocks.begin_in(place, raised);
        Ok(())
    }

    /// Ends a block, which may have raised an error.
    ///
    /// # Errors
    ///
    /// RuntimeError when none has begun. What the gauge raises. Neither, if the block itself has raised an error.
    pub fn end(&self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let mut run = self.run.lock();
        let ended = match run.blocks.end_only() {
            Ok(only) => only,
            Err(OfMany) => {
                drop(run);
                let place = Place::now(py);
                run = self.run.lock();
                run.blocks.end_in(place, |_| true)
            }
        };
        let Some(raised) = ended else {
            drop(run);
            let failure = format!("{}: no block of this tracker has begun", self.name(py));
            return keep_error(py, error, Err(PyRuntimeError::new_err(failure)));
        };
        if std::mem::take(&mut run.goes_on) && error.is_none() {
            run.open = Some(raised);
            return Ok(());
        }
        drop(run);
        keep_error(py, error, self.lower(py, raised))
    }

    /// A tracker for one call, with the same settings.
    pub fn for_call(&self, py: Python<'_>) -> Self {
        let gauge = match &self.gauge {
            Gauge::Child(child) => Gauge::Child(child.clone_ref(py)),
            Gauge::Metric(metric) => Gauge::Metric(metric.clone_ref(py)),
        };
        let labels = self.labels.as_ref().map(|labels| labels.clone_ref(py));
        Self { gauge, labels, run: Mutex::default() }
    }

    /// What its block does not end: unless it raises, the call goes on, or `pauses`.
    pub fn leave_open(&self, pauses: bool) {
        self.run.lock().goes_on = !pauses;
    }

    /// Ends a call that goes on after its block. If the block has not ended yet, its end is that of the call again.
    ///
    /// # Errors
    ///
    /// As [`PyInProgress::end`].
    pub fn close(&self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let open = {
            let mut run = self.run.lock();
            run.goes_on = false;
            run.open.take()
        };
        open.map_or(Ok(()), |raised| keep_error(py, error, self.lower(py, raised)))
    }

    /// Visits what the tracker refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &self.gauge {
            Gauge::Child(child) => visit.call(child)?,
            Gauge::Metric(metric) => visit.call(metric)?,
        }
        visit.call(&self.labels)?;
        // A thread that was stopped may hold the lock. What is not visited counts as alive.
        let Some(run) = self.run.try_lock() else {
            return Ok(());
        };
        run.blocks.iter().chain(&run.open).try_for_each(|raised| match raised {
            Raised::Called(labels) => visit.call(labels),
            Raised::Series(_) => Ok(()),
        })
    }

    fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match &self.gauge {
            Gauge::Child(child) => child.bind(py).clone().into_any(),
            Gauge::Metric(metric) => metric.bind(py).clone().into_any(),
        }
    }

    /// The name of the gauge.
    pub fn name(&self, py: Python<'_>) -> String {
        metric_of(&self.object(py)).map_or_else(String::new, |(name, _)| name)
    }
}
