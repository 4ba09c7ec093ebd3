//! What has been seen of an exchange, and which status that means.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::place::Place;
use super::row::Labels;
use super::status::Status;

/// What has been seen of an exchange.
#[expect(clippy::struct_excessive_bools)] // They do not depend on each other.
#[derive(Default)]
pub struct Seen {
    /// Whether the four counters have counted it.
    pub is_counted: bool,
    /// The labels with which they have; nothing if it is excluded.
    pub labels: Option<Arc<Labels>>,
    /// Whether the standard metrics have.
    pub is_recorded: bool,
    pub client_is_gone: bool,
    pub request_is_whole: bool,
    pub request_bytes: u64,
    /// The status of the answer that has started.
    pub status: Option<Status>,
    /// Whether it started after the client had gone.
    pub is_late: bool,
    /// The message that started it.
    pub start: Option<Py<PyAny>>,
    pub response_bytes: u64,
    pub is_in_pieces: bool,
    /// The seconds until the first byte of its body.
    pub first_byte: Option<f64>,
    /// The seconds until it was complete.
    pub complete: Option<f64>,
    /// The place that the owner has found, the status that it was asked for, and the number of keys in the scope: a framework
    /// that chooses a route later puts it into there.
    pub place: Option<Box<(Arc<Place>, Status, usize)>>,
    /// The code with which the client or the application closed the websocket, and whether it was the client.
    pub close: Option<Box<(String, bool)>>,
}

impl Seen {
    /// The answer starts, by a message if there is one. Returns whether it is the first one, and the client is there to get it.
    pub fn starts(&mut self, status: Status, message: Option<Py<PyAny>>, is_websocket: bool) -> bool {
        if self.status.is_some() || (self.client_is_gone && is_websocket) {
            return false;
        }
        self.status = Some(status);
        self.is_late = self.client_is_gone;
        self.start = message;
        !self.is_late
    }

    /// The place that was found with a status, and with a number of keys in the scope.
    pub fn place_found(&self, status: &Status, keys: usize) -> Option<Arc<Place>> {
        let (place, asked, had) = &**self.place.as_ref()?;
        (asked == status && *had == keys).then(|| Arc::clone(place))
    }

    /// Whether nothing is left to be counted, in the sets of metrics that count it.
    pub fn is_done(&self, counts: bool, measures: bool) -> bool {
        (self.is_counted || !counts) && (self.is_recorded || !measures)
    }

    /// The status of a request whose call has ended without an exception.
    pub fn status_at_end(&self, is_websocket: bool) -> Status {
        match &self.status {
            Some(status) if !self.is_late => status.clone(),
            // The framework's answer to a request that is not complete.
            Some(status) if !self.request_is_whole && status.is_error() => Status::GIVEN_UP,
            Some(status) if !is_websocket => status.clone(),
            _ if self.client_is_gone => Status::GIVEN_UP,
            _ => Status::ERROR,
        }
    }

    /// The status of a request whose call has ended with an exception, which may mean that it was given up.
    pub fn status_of_failure(&self, is_given_up: bool) -> Status {
        match &self.status {
            Some(status) if !(self.is_late && is_given_up) => status.clone(),
            _ if is_given_up => Status::GIVEN_UP,
            _ => Status::ERROR,
        }
    }

    /// The code with which a websocket was closed, or `unsaid`, and whether the client closed it. One that was not accepted has
    /// a status instead.
    pub fn closed(&self, status: &Status, unsaid: &str) -> (String, bool) {
        match &self.close {
            _ if self.status != Some(Status::ACCEPTED) => (status.text(), false),
            Some(close) => (**close).clone(),
            None => (unsaid.to_owned(), false),
        }
    }

    /// Visits what it refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.start)
    }
}
