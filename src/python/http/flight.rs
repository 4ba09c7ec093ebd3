//! Flights: requests that are under way, in the gauge that counts them.

use std::sync::Arc;

use pyo3::prelude::*;

use super::method::Method;
use crate::family::Series;
use crate::metric::{Number, Value};
use crate::python::child::class::PyBoundGauge;
use crate::python::interpreter::attached::{Attached, access};
use crate::python::timing::clock::Start;

/// A request that is under way. However it ends, the series that went up goes down again, once.
pub struct Flight {
    pub method: Method,
    pub start: Start,
    raised: Raised,
}

/// A series of a gauge that went up by 1, and is still up.
pub struct Raised(Attached<Option<Arc<Series<Value>>>>);

impl Raised {
    /// Nothing went up.
    pub fn nothing() -> Self {
        Self(Attached::new(None))
    }

    /// Adds 1 to a gauge.
    ///
    /// # Errors
    ///
    /// What the gauge raises.
    pub fn new(py: Python<'_>, gauge: &Bound<'_, PyBoundGauge>) -> PyResult<Self> {
        Ok(Self(Attached::new(gauge.get().0.raise(py)?)))
    }

    /// Takes over what another one raised.
    pub fn take(&self, py: Python<'_>, other: &Self) {
        let series = other.0.with(py, Option::take);
        let before = self.0.with(py, |own| std::mem::replace(own, series));
        lower(py, before);
    }

    /// Subtracts 1, unless that has been done, or the series has been removed.
    pub fn lower(&self, py: Python<'_>) {
        lower(py, self.0.with(py, Option::take));
    }
}

fn lower(py: Python<'_>, series: Option<Arc<Series<Value>>>) {
    if let Some(series) = series.filter(|series| series.is_there()) {
        series.metric().sub(access(py), Number::Int(1));
    }
}

impl Drop for Raised {
    /// A flight that nobody ended, because an interrupt came before its first step.
    fn drop(&mut self) {
        // Objects of Python are dropped in attached threads; elsewhere there is nothing left to be counted.
        Python::try_attach(|py| self.lower(py));
    }
}

impl Flight {
    /// A request begins now.
    ///
    /// # Errors
    ///
    /// What the gauge of requests in progress raises, and what the clock does.
    pub fn new(
        py: Python<'_>,
        method: Method,
        in_progress: Option<&Bound<'_, PyBoundGauge>>,
    ) -> PyResult<Self> {
        let raised = in_progress.map_or_else(|| Ok(Raised::nothing()), |gauge| Raised::new(py, gauge))?;
        Ok(Self { method, start: Start::now(py)?, raised })
    }

    /// The request is not in progress any more.
    pub fn lower(&self, py: Python<'_>) {
        self.raised.lower(py);
    }
}
