//! Exchanges: a request to an ASGI application and its answer, which are counted once however they end.

mod passing;

use std::sync::Arc;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::around::Before;
use super::flight::Flight;
use super::message::{as_number, content_length, is_stream};
use super::method::Method;
use super::place::{Marks, Place};
use super::recorder::{PyRecorder, Streams};
use super::row::{Observed, both, increment};
use super::seen::Seen;
use super::server::Server;
use super::status::Status;
use super::websocket::{Websocket, count_ended};
use crate::python::interpreter::attached::Attached;
use crate::python::interpreter::lifecycle::calls_python;

/// One request to an ASGI application and its answer, as far as they have been seen.
///
/// The four counters count it when the answer starts or when the call ends, whichever is first. If
/// the client goes before the answer starts, it is counted at the end of the call, because only
/// then it is known whether the application has given up, too. The standard metrics count it when
/// the answer is complete or when the call ends.
#[pyclass(name = "HttpExchange", module = "aioprometheus._core", frozen)]
pub struct PyExchange {
    recorder: Py<PyRecorder>,
    scope: Py<PyDict>,
    /// The path as it was before the application got the scope, which it may change.
    requested: Py<PyAny>,
    before: Before,
    pub server: Server,
    /// Whether the four counters count it here.
    counts: bool,
    /// Whether the standard metrics do.
    measures: bool,
    flight: Flight,
    /// What is counted of it in the standard metrics, if it is a websocket.
    websocket: Option<Box<Websocket>>,
    seen: Attached<Seen>,
}

/// How a call ended.
#[derive(Clone, Copy)]
enum End<'a, 'py> {
    Returned,
    /// With an exception of the application.
    Failed(&'a Bound<'py, PyAny>),
    /// It was cancelled, or the client had gone.
    GivenUp,
}

/// What an exchange begins with.
pub struct Beginning<'py> {
    pub scope: Bound<'py, PyDict>,
    pub requested: Bound<'py, PyAny>,
    pub before: Before,
    pub server: Server,
    /// Whether the four counters, and the standard metrics, count it here.
    pub sets: (bool, bool),
    pub is_websocket: bool,
    pub flight: Flight,
}

impl PyExchange {
    /// An exchange that begins now.
    pub fn new(recorder: &Bound<'_, PyRecorder>, beginning: Beginning<'_>) -> Self {
        let (counts, measures) = beginning.sets;
        Self {
            recorder: recorder.clone().unbind(),
            scope: beginning.scope.unbind(),
            requested: beginning.requested.unbind(),
            before: beginning.before,
            server: beginning.server,
            counts,
            measures,
            flight: beginning.flight,
            websocket: (beginning.is_websocket && measures).then(|| Box::new(Websocket::new())),
            seen: Attached::new(Seen::default()),
        }
    }

    fn recorder(&self) -> &PyRecorder {
        self.recorder.get()
    }

    /// Notes something, unless the request is not counted. What goes wrong with a metric is logged.
    fn note(&self, py: Python<'_>, note: impl FnOnce() -> PyResult<()>) -> PyResult<()> {
        if !(self.counts || self.measures) {
            return Ok(());
        }
        self.recorder().settle(py, note()).map(drop)
    }

    /// Notes the end of the call; never fails because of a metric.
    pub fn note_ended(&self, py: Python<'_>) -> PyResult<()> {
        self.note(py, || self.ended(py))
    }

    /// Notes the exception with which the call has ended; never fails because of a metric.
    pub fn note_failed(
        &self,
        error: &Bound<'_, PyAny>,
        is_given_up: bool,
        status_around: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.note(error.py(), || match status_around {
            Some(status) if !self.has_answer(error.py()) => self.answered_around(status),
            _ => self.failed(error, is_given_up),
        })
    }

    /// Restores the scope, which the caller may use again.
    pub fn leave(&self, py: Python<'_>) -> PyResult<()> {
        self.before.restore(self.scope.bind(py))
    }

    /// Whether the client had gone.
    pub fn client_is_gone(&self, py: Python<'_>) -> bool {
        self.seen.with(py, |seen| seen.client_is_gone)
    }

    /// The call has ended without an exception.
    fn ended(&self, py: Python<'_>) -> PyResult<()> {
        if self.seen.with(py, |seen| seen.is_done(self.counts, self.measures)) {
            return Ok(());
        }
        let is_websocket = self.flight.method == Method::WEBSOCKET;
        let status = self.seen.with(py, |seen| seen.status_at_end(is_websocket));
        self.over(py, status, End::Returned)
    }

    /// Whether an answer has started.
    fn has_answer(&self, py: Python<'_>) -> bool {
        self.seen.with(py, |seen| seen.status.is_some())
    }

    /// The call has ended with an exception that what is around the middleware answers. It refuses a websocket.
    fn answered_around(&self, status: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = status.py();
        let is_websocket = self.flight.method == Method::WEBSOCKET;
        self.over(py, if is_websocket { Status::REFUSED } else { Status::of(status)? }, End::Returned)
    }

    /// The call has ended with an exception, which may mean that the request `is_given_up`.
    fn failed(&self, error: &Bound<'_, PyAny>, is_given_up: bool) -> PyResult<()> {
        let py = error.py();
        let status = self.seen.with(py, |seen| seen.status_of_failure(is_given_up));
        let over = self.over(py, status, if is_given_up { End::GivenUp } else { End::Failed(error) });
        let labels = self.seen.with(py, |seen| seen.labels.clone());
        match labels {
            Some(labels) if !is_given_up => {
                let counted = self.increment(intern!(py, "exceptions_counter"), labels.of_request.bind(py));
                both(py, over, counted)
            }
            _ => over,
        }
    }

    /// Counts what has not been counted yet, at the end of the call.
    fn over(&self, py: Python<'_>, status: Status, end: End<'_, '_>) -> PyResult<()> {
        self.flight.lower(py);
        if let Some(websocket) = &self.websocket {
            websocket.lower(py);
        }
        let counted = self.count(py, &status);
        if self.measures { both(py, counted, self.record(py, status, end)) } else { counted }
    }

    /// Counts the request in the four counters, unless that has been done.
    fn count(&self, py: Python<'_>, status: &Status) -> PyResult<()> {
        if !self.counts || self.seen.with(py, |seen| std::mem::replace(&mut seen.is_counted, true)) {
            return Ok(());
        }
        let recorder = self.recorder();
        let place = self.place(py, status)?;
        let Some(labels) = recorder.labels(py, &place, self.flight.method, status)? else {
            return Ok(());
        };
        let kept = Arc::clone(&labels);
        self.seen.with(py, |seen| seen.labels = Some(kept));
        calls_python(py);
        let (of_request, of_status) = (labels.of_request.bind(py), labels.of_status.bind(py));
        let mut outcome = self.increment(intern!(py, "requests_counter"), of_request);
        outcome = both(py, outcome, self.increment(intern!(py, "responses_counter"), of_request));
        both(py, outcome, self.increment(intern!(py, "status_codes_counter"), of_status))
    }

    /// Adds 1 to one of the four counters.
    fn increment(&self, counter: &Bound<'_, PyString>, labels: &Bound<'_, PyDict>) -> PyResult<()> {
        increment(&self.recorder().owner(counter.py()).getattr(counter)?, labels)
    }

    fn place(&self, py: Python<'_>, status: &Status) -> PyResult<Arc<Place>> {
        self.recorder().place(self.scope.bind(py), |marks| self.find_place(py, status, marks))
    }

    /// Asks the owner for the place, unless it has answered the same question: with this status, and no more in the scope.
    #[cold]
    fn find_place(&self, py: Python<'_>, status: &Status, marks: Option<Marks<'_>>) -> PyResult<Arc<Place>> {
        let scope = self.scope.bind(py);
        if let Some(place) = self.seen.with(py, |seen| seen.place_found(status, scope.len())) {
            return Ok(place);
        }
        let place = self.recorder().find_place(scope, self.requested.bind(py), status, marks)?;
        let found = Box::new((Arc::clone(&place), status.clone(), scope.len()));
        let before = self.seen.with(py, |seen| seen.place.replace(found));
        drop(before);
        Ok(place)
    }

    /// Records the request in the standard metrics, unless that has been done.
    fn record(&self, py: Python<'_>, status: Status, end: End<'_, '_>) -> PyResult<()> {
        if self.seen.with(py, |seen| std::mem::replace(&mut seen.is_recorded, true)) {
            return Ok(());
        }
        if self.websocket.is_some() {
            return self.record_websocket(py, &status, end);
        }
        let place = self.place(py, &status)?;
        let observed = self.observed(py)?;
        self.recorder().record(py, &place, (self.flight.method, status), &observed, || {
            let start = self.seen.with(py, |seen| seen.start.as_ref().map(|start| start.clone_ref(py)));
            let error = if let End::Failed(error) = end { Some(error) } else { None };
            (self.scope.bind(py), start, error).into_pyobject(py)
        })
    }

    fn observed(&self, py: Python<'_>) -> PyResult<Observed> {
        let complete = match self.seen.with(py, |seen| seen.complete) {
            Some(complete) => complete,
            None => self.flight.start.elapsed(py)?,
        };
        let streams = self.recorder().settings.streams;
        let (start, is_in_pieces, is_whole, mut observed) = self.seen.with(py, |seen| {
            let observed = Observed {
                duration: Some(complete),
                first_byte: seen.first_byte,
                request_bytes: as_number(seen.request_bytes),
                response_bytes: as_number(seen.response_bytes),
            };
            let start = seen.start.as_ref().filter(|_| streams != Streams::Whole);
            let start = start.map(|start| start.clone_ref(py));
            (start, seen.is_in_pieces, seen.request_is_whole, observed)
        });
        if !is_whole {
            let headers = self.scope.bind(py).get_item(intern!(py, "headers"))?;
            let announced = as_number(content_length(headers.as_ref()).unwrap_or(0));
            observed.request_bytes = observed.request_bytes.max(announced);
        }
        if let Some(start) = start {
            let headers = start.bind(py).get_item(intern!(py, "headers")).ok();
            if is_stream(headers.as_ref(), is_in_pieces) {
                observed.duration = if streams == Streams::Skip { None } else { observed.first_byte };
            }
        }
        Ok(if self.flight.method.is_head() { observed.without_body() } else { observed })
    }

    fn record_websocket(&self, py: Python<'_>, status: &Status, end: End<'_, '_>) -> PyResult<()> {
        // What the codes mean (RFC 6455, section 7.4.1): internal error, going away, normal.
        let unsaid = match end {
            End::Failed(_) => "1011",
            End::GivenUp => "1001",
            End::Returned => "1000",
        };
        let (code, is_of_client) = self.seen.with(py, |seen| seen.closed(status, unsaid));
        let place = self.place(py, status)?;
        let seconds = self.flight.start.elapsed(py)?;
        count_ended(py, self.recorder(), &place, (&code, is_of_client), seconds)
    }

    /// Visits what it refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.recorder)?;
        visit.call(&self.scope)?;
        visit.call(&self.requested)?;
        self.before.visit(visit)?;
        self.server.visit(visit)?;
        self.seen.during_collection(|seen| seen.visit(visit)).unwrap_or(Ok(()))
    }
}
