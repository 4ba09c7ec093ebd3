//! Calls: requests that Python code measures itself, because their framework has no messages of ASGI, or because they go to
//! another server.

use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::flight::Flight;
use super::method::Method;
use super::recorder::{PyRecorder, Streams};
use super::row::Observed;
use super::status::Status;
use crate::python::interpreter::attached::Attached;

/// A request under way: of a framework without messages of ASGI, or to another server.
#[pyclass(name = "HttpCall", module = "aioprometheus._core", frozen)]
pub struct PyCall {
    pub recorder: Py<PyRecorder>,
    pub flight: Flight,
    first_byte: Attached<Option<f64>>,
    /// The seconds until the answer was complete.
    complete: Attached<Option<f64>>,
}

impl PyCall {
    /// A request that begins now; nothing if its method is not counted.
    pub fn begin(recorder: &Bound<'_, PyRecorder>, method: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let py = recorder.py();
        let method = Method::of(Some(method));
        if recorder.get().excludes(method) {
            return Ok(None);
        }
        let flight = recorder.get().settle(py, recorder.get().flight(py, method, true))?;
        Ok(flight.map(|flight| Self {
            recorder: recorder.clone().unbind(),
            flight,
            first_byte: Attached::new(None),
            complete: Attached::new(None),
        }))
    }

    /// Notes the first byte of the body of the answer.
    pub fn note_first_byte(&self, py: Python<'_>) -> PyResult<()> {
        let elapsed = self.recorder.get().settle(py, self.flight.start.elapsed(py))?;
        self.first_byte.with(py, |first| *first = first.take().or(elapsed));
        Ok(())
    }

    /// Notes that the answer is complete, and the request not in progress any more. It may be recorded later, or never.
    pub fn note_complete(&self, py: Python<'_>) -> PyResult<()> {
        self.flight.lower(py);
        let elapsed = self.recorder.get().settle(py, self.flight.start.elapsed(py))?;
        self.complete.with(py, |complete| *complete = complete.take().or(elapsed));
        Ok(())
    }

    /// Records the request, at its end.
    pub fn end(
        &self,
        route: &Bound<'_, PyAny>,
        status: &Bound<'_, PyAny>,
        (request_bytes, response_bytes): (f64, f64),
        request: Option<Bound<'_, PyTuple>>,
        is_stream: bool,
    ) -> PyResult<()> {
        let (py, recorder) = (route.py(), self.recorder.get());
        self.flight.lower(py);
        let record = || {
            let first_byte = self.first_byte.with(py, |first| *first);
            let complete = self.complete.with(py, |complete| *complete);
            let duration = match recorder.settings.streams {
                Streams::Skip if is_stream => None,
                Streams::FirstByte if is_stream => first_byte,
                _ => Some(complete.map_or_else(|| self.flight.start.elapsed(py), Ok)?),
            };
            let observed = Observed { duration, first_byte, request_bytes, response_bytes };
            let observed = if self.flight.method.is_head() { observed.without_body() } else { observed };
            let place = recorder.place_of(route)?;
            let key = (self.flight.method, Status::of(status)?);
            recorder.record(py, &place, key, &observed, || Ok(request.unwrap_or_else(|| PyTuple::empty(py))))
        };
        recorder.settle(py, record()).map(drop)
    }
}
