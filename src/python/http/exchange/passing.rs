//! The messages of an exchange, which pass between its server and its application.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{End, PyExchange};
use crate::python::http::message::{Received, Sent, as_dict, close_code, content_length};
use crate::python::http::method::Method;
use crate::python::http::row::both;
use crate::python::http::status::Status;
use crate::python::http::websocket::Direction;

impl PyExchange {
    /// Notes a message from the server; never fails because of a metric.
    pub fn note_received(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        self.note(message.py(), || self.received(message))
    }

    /// Notes a message from the application, and sends it; never fails because of a metric.
    pub fn send<'py>(&self, message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.note(message.py(), || self.sent(message))?;
        self.server.send(message)
    }

    /// Notes a message from the server.
    fn received(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(message) = as_dict(message) else {
            return Ok(());
        };
        let py = message.py();
        match Received::of(&message)? {
            Received::Body { bytes, is_last } => self.seen.with(py, |seen| {
                seen.request_is_whole = is_last;
                seen.request_bytes += bytes;
            }),
            Received::Gone => {
                let close = match self.websocket {
                    Some(_) => Some(Box::new((close_code(&message, 1005)?, true))),
                    None => None,
                };
                self.seen.with(py, |seen| {
                    seen.client_is_gone = true;
                    seen.close = seen.close.take().or(close);
                });
            }
            Received::Websocket => {
                if let Some(websocket) = &self.websocket {
                    websocket.message(py, Direction::Received)?;
                }
            }
            Received::Other => {}
        }
        Ok(())
    }

    /// Notes a message from the application, before the server gets it.
    fn sent(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        let Some(message) = as_dict(message) else {
            return Ok(());
        };
        let py = message.py();
        match Sent::of(&message)? {
            Sent::Body { bytes, is_last } if self.measures => self.body(py, bytes, is_last),
            Sent::Start(status) => self.started(py, &status, Some(&message)),
            Sent::File { is_last } if self.measures => {
                let (start, sent) = self.seen.with(py, |seen| {
                    (seen.start.as_ref().map(|start| start.clone_ref(py)), seen.response_bytes)
                });
                let headers = start.and_then(|start| start.bind(py).get_item(intern!(py, "headers")).ok());
                // The length of the whole body, of which other messages may have sent some.
                let length = content_length(headers.as_ref()).unwrap_or(0);
                self.body(py, length.saturating_sub(sent), is_last)
            }
            Sent::Accept => {
                let started = self.started(py, &Status::ACCEPTED, None);
                both(py, started, self.accepted(py))
            }
            Sent::Websocket => match &self.websocket {
                Some(websocket) => websocket.message(py, Direction::Sent),
                None => Ok(()),
            },
            Sent::Close => {
                let code = close_code(&message, 1000)?;
                if let Some(websocket) = &self.websocket {
                    websocket.lower(py);
                }
                self.seen.with(py, |seen| {
                    seen.close = seen.close.take().or_else(|| Some(Box::new((code, false))));
                });
                self.started(py, &Status::REFUSED, None)
            }
            _ => Ok(()),
        }
    }

    /// The answer starts, unless one has started before.
    fn started(&self, py: Python<'_>, status: &Status, message: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let start = message.filter(|_| self.measures).map(|message| message.clone().into_any().unbind());
        let is_websocket = self.flight.method == Method::WEBSOCKET;
        let is_counted_now = self.seen.with(py, |seen| seen.starts(status.clone(), start, is_websocket));
        if is_counted_now { self.count(py, status) } else { Ok(()) }
    }

    /// A websocket is accepted.
    fn accepted(&self, py: Python<'_>) -> PyResult<()> {
        let Some(websocket) = &self.websocket else {
            return Ok(());
        };
        let place = self.place(py, &Status::ACCEPTED)?;
        websocket.accepted(py, self.recorder(), &place)
    }

    /// A piece of the body of the answer passes.
    fn body(&self, py: Python<'_>, bytes: u64, is_last: bool) -> PyResult<()> {
        let is_first = self.seen.with(py, |seen| {
            seen.response_bytes += bytes;
            seen.is_in_pieces |= !is_last;
            seen.first_byte.is_none() && bytes > 0
        });
        if !is_first && !is_last {
            return Ok(());
        }
        let elapsed = self.flight.start.elapsed(py)?;
        let status = self.seen.with(py, |seen| {
            if is_first {
                seen.first_byte = Some(elapsed);
            }
            if !is_last || seen.complete.is_some() || seen.status.is_none() {
                return None;
            }
            seen.complete = Some(elapsed);
            if seen.is_late { None } else { seen.status.clone() }
        });
        if !is_last {
            return Ok(());
        }
        self.flight.lower(py);
        match status {
            Some(status) if !self.recorder().settings.waits_for_error => {
                self.record(py, status, End::Returned)
            }
            _ => Ok(()),
        }
    }
}
