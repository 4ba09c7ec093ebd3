//! Servers: the functions with which one serves an application of ASGI.

use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::python::interpreter::lifecycle::calls_python;

/// The functions that a server has given to an application.
pub struct Server {
    receive: Py<PyAny>,
    send: Py<PyAny>,
}

impl Server {
    /// The functions that receive a message, and that send one.
    pub fn new(receive: &Bound<'_, PyAny>, send: &Bound<'_, PyAny>) -> Self {
        Self { receive: receive.clone().unbind(), send: send.clone().unbind() }
    }

    /// Calls the one that receives.
    pub fn receive<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(py);
        self.receive.bind(py).call0()
    }

    /// Calls the one that sends.
    pub fn send<'py>(&self, message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let py = message.py();
        calls_python(py);
        self.send.bind(py).call1((message,))
    }

    /// Visits what it refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.receive)?;
        visit.call(&self.send)
    }
}
