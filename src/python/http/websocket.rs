//! Websockets: what the standard metrics count of one.

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;

use super::flight::Raised;
use super::place::Place;
use super::recorder::PyRecorder;
use super::row::{both, count, observe};
use crate::python::child::class::{PyBoundCounter, PyBoundGauge, PyBoundHistogram};
use crate::python::interpreter::attached::Attached;
use crate::python::interpreter::lifecycle::calls_python;

/// The series of the open websockets of a path.
#[derive(FromPyObject)]
struct Open {
    connections: Option<Py<PyBoundGauge>>,
    received: Option<Py<PyBoundCounter>>,
    sent: Option<Py<PyBoundCounter>>,
}

/// The series of the websockets of a path that ended in the same way.
#[derive(FromPyObject)]
struct Ended {
    connections: Option<Py<PyBoundCounter>>,
    duration: Option<Py<PyBoundHistogram>>,
}

/// A websocket, as far as it is counted.
pub struct Websocket {
    open: Attached<Option<Arc<Open>>>,
    raised: Raised,
}

/// The direction of a message.
#[derive(Clone, Copy)]
pub enum Direction {
    Received,
    Sent,
}

impl Websocket {
    /// A websocket that is not open yet.
    pub fn new() -> Self {
        Self { open: Attached::new(None), raised: Raised::nothing() }
    }

    /// It is accepted.
    pub fn accepted(&self, py: Python<'_>, recorder: &PyRecorder, place: &Place) -> PyResult<()> {
        let Some(path) = &place.of_standard else {
            return Ok(());
        };
        calls_python(py);
        let open = recorder.owner(py).call_method1(intern!(py, "_websocket_row"), (path,))?;
        let open: Arc<Open> = Arc::new(open.extract()?);
        if let Some(gauge) = &open.connections {
            self.raised.take(py, &Raised::new(py, gauge.bind(py))?);
        }
        let before = self.open.with(py, |own| own.replace(open));
        drop(before);
        Ok(())
    }

    /// A message passes.
    pub fn message(&self, py: Python<'_>, direction: Direction) -> PyResult<()> {
        let Some(open) = self.open.with(py, |open| open.clone()) else {
            return Ok(());
        };
        let counter = match direction {
            Direction::Received => &open.received,
            Direction::Sent => &open.sent,
        };
        counter.as_ref().map_or(Ok(()), |counter| count(py, counter, None))
    }

    /// It is not open any more.
    pub fn lower(&self, py: Python<'_>) {
        self.raised.lower(py);
    }
}

/// Counts a websocket that has ended: with the close code of its client or its application, or with the status of a refusal.
pub fn count_ended(
    py: Python<'_>,
    recorder: &PyRecorder,
    place: &Place,
    (code, is_of_client): (&str, bool),
    seconds: f64,
) -> PyResult<()> {
    let Some(path) = &place.of_standard else {
        return Ok(());
    };
    calls_python(py);
    let arguments = (path, code, is_of_client);
    let ended = recorder.owner(py).call_method1(intern!(py, "_websocket_ended"), arguments)?;
    let ended: Ended = ended.extract()?;
    let counted = ended.connections.as_ref().map_or(Ok(()), |counter| count(py, counter, None));
    let observed = ended.duration.as_ref().map_or(Ok(()), |histogram| observe(py, histogram, seconds, None));
    both(py, counted, observed)
}
