//! `InProgress`.

use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::timer::raised;
use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::timing::in_progress::PyInProgress;
use crate::python::timing::ready::PyReady;

#[pymethods]
impl PyInProgress {
    fn __enter__(slf: Bound<'_, Self>) -> PyResult<Bound<'_, Self>> {
        slf.get().begin(slf.py())?;
        Ok(slf)
    }

    fn __exit__(
        &self,
        py: Python<'_>,
        _type: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        self.end(py, raised(error))
    }

    fn __aenter__(slf: &Bound<'_, Self>) -> PyResult<PyReady> {
        slf.get().begin(slf.py())?;
        Ok(PyReady(Some(slf.clone().into_any().unbind())))
    }

    fn __aexit__(
        &self,
        py: Python<'_>,
        _type: &Bound<'_, PyAny>,
        error: &Bound<'_, PyAny>,
        _traceback: &Bound<'_, PyAny>,
    ) -> PyResult<PyReady> {
        self.end(py, raised(error))?;
        Ok(PyReady(None))
    }

    /// Decorate a callable: every call counts to its end.
    fn __call__<'py>(slf: &Bound<'py, Self>, func: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        static DECORATE: OfPackage = OfPackage::new("aioprometheus.timing.decorate", "track_calls");
        calls_python(slf.py());
        DECORATE.get(slf.py())?.call1((slf, func))
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        format!("<InProgress of {}>", self.name(py))
    }

    fn __reduce__(&self, py: Python<'_>) -> PyResult<()> {
        let name = self.name(py);
        Err(PyTypeError::new_err(format!(
            "{name}: cannot copy or pickle a tracker; make one with track_inprogress()"
        )))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.visit(&visit)
    }

    // For the wrappers of decorated callables, in `aioprometheus.timing`.

    /// A tracker for one call, with the same settings.
    fn _anew(&self, py: Python<'_>) -> Self {
        self.for_call(py)
    }

    /// The block ends soon. Unless it raises, the call goes on; if it `pauses`, the gauge goes down until then.
    fn _leave_open(&self, pauses: bool) {
        self.leave_open(pauses);
    }

    /// Ends a call that goes on after its block.
    fn _close(&self, error: &Bound<'_, PyAny>) -> PyResult<()> {
        self.close(error.py(), raised(error))
    }

    /// Notes what the call returned, which does not matter here.
    #[staticmethod]
    fn _returned(_result: &Bound<'_, PyAny>) {}
}
