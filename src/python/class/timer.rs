//! `Timer`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use crate::python::timing::clock::Start;
use crate::python::timing::ready::PyReady;
use crate::python::timing::timer::PyTimer;
use crate::python::timing::unfinished::is_unfinished;

/// What a block raised, out of the arguments of its `__exit__`.
#[inline]
pub fn raised<'a, 'py>(error: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyAny>> {
    (!error.is_none()).then_some(error)
}

#[pymethods]
impl PyTimer {
    fn __enter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        Self::begin(slf)
    }

    fn __exit__(
        slf: &Bound<'_, Self>,
        _type: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        slf.get().end(slf.py(), raised(error))
    }

    fn __aenter__(slf: &Bound<'_, Self>) -> PyResult<PyReady> {
        Ok(PyReady(Some(Self::begin(slf)?.into_any().unbind())))
    }

    fn __aexit__(
        slf: &Bound<'_, Self>,
        _type: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<PyReady> {
        slf.get().end(slf.py(), raised(error))?;
        Ok(PyReady(None))
    }

    /// Decorate a callable: every call is measured to its end.
    fn __call__<'py>(slf: &Bound<'py, Self>, func: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        slf.get().decorate(slf, func)
    }

    /// The seconds of the block: those so far while it runs, and all of them after it.
    #[getter]
    #[pyo3(name = "seconds")]
    fn seconds_so_far(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.seconds(py)?.0)
    }

    /// The seconds of the block, as prometheus_client calls them; None before its end.
    #[getter]
    #[pyo3(name = "duration")]
    fn seconds_at_end(&self, py: Python<'_>) -> Option<f64> {
        self.duration(py)
    }

    /// The labels of the series, as a dict that the block may change: ``timer.labels["status"] =
    /// "200"``. Assign a dict to replace them all. ``timer.labels("GET")`` and
    /// ``timer.labels(method="GET")`` set them too, as in prometheus_client. A block that begins
    /// later has the labels that the timer was made with.
    #[getter]
    fn labels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.own_labels(py)
    }

    #[setter]
    fn set_labels(&self, labels: &Bound<'_, PyAny>) -> PyResult<()> {
        self.own_labels(labels.py())?.call_method1("replace", (labels,)).map(drop)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = self.name(py);
        let (seconds, is_running) = self.seconds(py)?;
        Ok(match (is_running, self.duration(py)) {
            (true, _) => format!("<Timer of {name}: {seconds:.3} s so far>"),
            (false, Some(seconds)) => format!("<Timer of {name}: {seconds:.3} s>"),
            (false, None) => format!("<Timer of {name}>"),
        })
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<()> {
        let name = self.name(py);
        Err(PyTypeError::new_err(format!("{name}: cannot copy or pickle a timer; make one with time()")))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.visit(&visit)
    }

    fn __clear__(&self, py: Python<'_>) {
        self.clear(py);
    }

    // For the wrappers of decorated callables, in `aioprometheus.timing`.

    /// A timer for one call, with the same settings.
    #[pyo3(signature = (call=None))]
    fn _anew(&self, py: Python<'_>, call: Option<Py<PyAny>>) -> Self {
        self.for_call(py, call, None)
    }

    /// A timer for a call that began before.
    fn _begun(&self, py: Python<'_>, start: Start) -> Self {
        self.for_call(py, None, Some(start))
    }

    /// The block ends soon. Unless it raises, the timer pauses then, or goes on.
    fn _leave_open(&self, py: Python<'_>, pauses: bool) {
        self.leave_open(py, pauses);
    }

    /// Does for a timer that was made by `_begun` what the end of a block does.
    fn _settle(&self, py: Python<'_>) -> PyResult<()> {
        self.finish(py, None)
    }

    /// Ends a timer that goes on after its block.
    fn _close(&self, error: &Bound<'_, PyAny>) -> PyResult<()> {
        self.finish(error.py(), raised(error))
    }

    /// Notes what the call returned.
    fn _returned(&self, result: &Bound<'_, PyAny>) -> PyResult<()> {
        self.note_result(result)
    }

    /// Measures a call that began at `start` and has returned, and returns true; false if what it returned has yet to run.
    fn _ended(&self, start: Start, result: &Bound<'_, PyAny>) -> PyResult<bool> {
        if is_unfinished(result)? {
            return Ok(false);
        }
        self.put_since(result.py(), start, None)?;
        Ok(true)
    }

    /// Measures a call that began at `start`, and that raised an error unless that is None.
    fn _over(&self, start: Start, error: &Bound<'_, PyAny>) -> PyResult<()> {
        self.put_since(error.py(), start, raised(error))
    }
}
