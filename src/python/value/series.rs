//! One series of any kind, and its value as Python code gets it.

use std::sync::Arc;

use pyo3::prelude::*;

use super::handle::Handle;
use super::reading;
use crate::family::Family;
use crate::labels::LabelSet;
use crate::metric::{any_of, with_any};
use crate::python::argument::labels::Labels;
use crate::sample::Walk;

any_of! {
    /// One series of any kind.
    #[derive(Clone)]
    AnySeries, Handle
}

/// A state that Python code gets and sets as a value.
pub trait PyValue: Walk {
    /// What `get_value` returns for a series: a live object where there is one, and else what `get` returns.
    fn live(handle: Handle<Self>, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        reading::get(&handle, py)
    }

    /// Sets the value of a series, which is born when there is none. An error in the labels is reported before one in the
    /// value.
    ///
    /// # Errors
    ///
    /// ValueError for labels that the family does not take or a value that it cannot hold, TypeError for an object that is no
    /// such value. Nothing has changed then.
    fn set(family: &Arc<Family<Self>>, labels: &Labels<'_>, value: &Bound<'_, PyAny>) -> PyResult<()>;

    /// Whether a value is kept as the object that it is; `keeps` says whether the class keeps objects that mean nothing here.
    ///
    /// # Errors
    ///
    /// What the object raises.
    fn is_object(_family: &Arc<Family<Self>>, _value: &Bound<'_, PyAny>, _keeps: bool) -> PyResult<bool> {
        Ok(false)
    }
}

impl AnySeries {
    /// Its address, which no other series has as long as this one lives.
    pub fn address(&self) -> usize {
        with_any!(AnySeries, self, handle => Arc::as_ptr(&handle.series) as usize)
    }

    /// Whether it was removed from its family.
    pub fn is_removed(&self) -> bool {
        with_any!(AnySeries, self, handle => handle.series.is_removed())
    }

    /// Whether it was removed, or is about to be.
    pub fn is_leaving(&self) -> bool {
        with_any!(AnySeries, self, handle => handle.series.is_leaving())
    }

    /// Whether it takes the updates of all that would be born beyond the limit of its family.
    pub fn is_overflow(&self) -> bool {
        with_any!(AnySeries, self, handle => handle.series.is_overflow())
    }

    /// Notes that its value is elsewhere.
    pub fn hide(&self) {
        with_any!(AnySeries, self, handle => handle.series.hide());
    }

    pub fn labels(&self) -> &LabelSet {
        with_any!(AnySeries, self, handle => handle.series.labels())
    }

    /// As [`reading::get`].
    pub fn value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        with_any!(AnySeries, self, handle => reading::get(handle, py))
    }

    /// As [`PyValue::live`].
    pub fn live(self, py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
        with_any!(AnySeries, self, handle => PyValue::live(handle, py))
    }

    /// As [`reading::describe`].
    pub fn describe(&self) -> String {
        with_any!(AnySeries, self, handle => reading::describe(handle))
    }
}
