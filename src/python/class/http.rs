//! What is measured of HTTP: the methods of recorders, exchanges and calls.

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use pyo3::{PyTraverseError, PyVisit};

use crate::python::http::beginning::begin;
use crate::python::http::call::PyCall;
use crate::python::http::exchange::PyExchange;
use crate::python::http::recorder::{PyRecorder, Settings};

#[pymethods]
impl PyRecorder {
    #[new]
    fn py_new(owner: Bound<'_, PyAny>, settings: Settings) -> PyResult<Self> {
        Self::new(owner, settings)
    }

    /// The labels of methods, all that there are.
    #[classattr]
    #[pyo3(name = "METHODS")]
    fn py_methods(py: Python<'_>) -> PyResult<Bound<'_, PyTuple>> {
        PyTuple::new(py, Self::methods())
    }

    /// Begin a call of an ASGI application.
    ///
    /// :param scope: The scope of the call.
    /// :param receive: The function of the server that receives.
    /// :param send: The one that sends.
    /// :returns: The exchange, or None if the call is not counted here.
    #[pyo3(name = "begin")]
    fn py_begin<'py>(
        slf: &Bound<'py, Self>,
        scope: &Bound<'py, PyAny>,
        receive: &Bound<'py, PyAny>,
        send: &Bound<'py, PyAny>,
    ) -> PyResult<Option<Bound<'py, PyExchange>>> {
        begin(slf, scope, (receive, send))
    }

    /// Begin a request of another framework, or to another server.
    ///
    /// :param method: Its method.
    /// :returns: The call, or None if requests of the method are not counted.
    fn open(slf: &Bound<'_, Self>, method: &Bound<'_, PyAny>) -> PyResult<Option<PyCall>> {
        PyCall::begin(slf, method)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.visit(&visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        self.forget(py);
    }
}

#[pymethods]
impl PyExchange {
    /// Call the function of the server that receives.
    ///
    /// :returns: What the function returns. The message is for :meth:`received`, too.
    #[pyo3(name = "receive")]
    fn py_receive<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.server.receive(py)
    }

    /// Call the function of the server that sends.
    ///
    /// :param message: The message from the application.
    /// :returns: What the function returns, which the application awaits.
    #[pyo3(name = "send")]
    fn py_send<'py>(&self, message: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        self.send(message)
    }

    /// Note a message from the server.
    ///
    /// :param message: The message.
    #[pyo3(name = "received")]
    fn py_received(&self, message: &Bound<'_, PyAny>) -> PyResult<()> {
        self.note_received(message)
    }

    /// Count what has not been counted, at the end of the call.
    #[pyo3(name = "ended")]
    fn py_ended(&self, py: Python<'_>) -> PyResult<()> {
        self.leave(py)?;
        self.note_ended(py)
    }

    /// Count what has not been counted, and the exception with which the call has ended.
    ///
    /// :param error: The exception.
    /// :param is_given_up: Whether it means that the request was given up, and is not an error.
    /// :param status_around: The status with which what is around the middleware answers the
    ///   exception, which is no error then.
    #[pyo3(name = "failed", signature = (error, is_given_up, status_around=None))]
    fn py_failed(
        &self,
        error: &Bound<'_, PyAny>,
        is_given_up: bool,
        status_around: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        self.leave(error.py())?;
        self.note_failed(error, is_given_up, status_around)
    }

    /// Whether the client has gone.
    #[getter(client_is_gone)]
    fn py_client_is_gone(&self, py: Python<'_>) -> bool {
        self.client_is_gone(py)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.visit(&visit)
    }
}

#[pymethods]
impl PyCall {
    /// The method of the request, as its label has it.
    #[getter]
    fn method(&self) -> &'static str {
        self.flight.method.text()
    }

    /// Note that the first byte of the body of the answer has come or gone.
    #[pyo3(name = "first_byte")]
    fn py_first_byte(&self, py: Python<'_>) -> PyResult<()> {
        self.note_first_byte(py)
    }

    /// Note that the answer is complete: its duration ends here, and it is not in progress any
    /// more. It may be recorded later, or never.
    #[pyo3(name = "complete")]
    fn py_complete(&self, py: Python<'_>) -> PyResult<()> {
        self.note_complete(py)
    }

    /// End the request.
    ///
    /// :param route: The object that stands for its route, or None.
    /// :param status: The status of its answer.
    /// :param request_bytes: The bytes of its body.
    /// :param response_bytes: The bytes of the body of its answer.
    /// :param request: What labels and exemplars are found from: a tuple.
    /// :param is_stream: Whether the option ``streams`` says what its duration is.
    #[pyo3(signature = (route, status, request_bytes=0.0, response_bytes=0.0, request=None, is_stream=false))]
    fn close(
        &self,
        route: &Bound<'_, PyAny>,
        status: &Bound<'_, PyAny>,
        request_bytes: f64,
        response_bytes: f64,
        request: Option<Bound<'_, PyTuple>>,
        is_stream: bool,
    ) -> PyResult<()> {
        self.end(route, status, (request_bytes, response_bytes), request, is_stream)
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.recorder)
    }
}
