//! The clock of timers: `time.monotonic`, read without a call of Python.

use std::time::Instant;

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyDict, PyModule, PyString};

use crate::python::interpreter::lifecycle::calls_python;

/// What `time.monotonic` was when this library was imported, and how to do without it.
struct Clock {
    /// The names of the module `time`, where tests put a clock of their own.
    names: Py<PyDict>,
    key: Py<PyString>,
    /// The function of the interpreter; nothing if another one was in its place by then.
    original: Option<Py<PyAny>>,
    started: Instant,
    /// What it returned at that moment: the two may be mixed.
    offset: f64,
}

impl Clock {
    #[inline]
    fn read(&self) -> f64 {
        self.offset + self.started.elapsed().as_secs_f64()
    }

    #[inline]
    fn is_replaced(&self, py: Python<'_>) -> PyResult<bool> {
        let current = self.names.bind(py).get_item(&self.key)?;
        Ok(!matches!((&self.original, current), (Some(original), Some(current)) if current.is(original)))
    }
}

static CLOCK: PyOnceLock<Clock> = PyOnceLock::new();

/// Prepares the clock. Called once, when this library is imported.
pub fn install(py: Python<'_>) -> PyResult<()> {
    if CLOCK.get(py).is_some() {
        return Ok(());
    }
    let time = PyModule::import(py, "time")?;
    let monotonic = time.getattr(intern!(py, "monotonic"))?;
    let is_original = monotonic.is_exact_instance_of::<PyCFunction>();
    let offset = if is_original { monotonic.call0()?.extract()? } else { 0.0 };
    let clock = Clock {
        names: time.dict().unbind(),
        key: PyString::intern(py, "monotonic").unbind(),
        original: is_original.then(|| monotonic.unbind()),
        started: Instant::now(),
        offset,
    };
    let _ = CLOCK.set(py, clock);
    Ok(())
}

/// The seconds of `time.monotonic`. If a program has replaced that function, as tests do, its own is called.
///
/// # Errors
///
/// What such a function raises.
#[inline]
pub fn now(py: Python<'_>) -> PyResult<f64> {
    let Some(clock) = CLOCK.get(py) else {
        return call(py);
    };
    if clock.is_replaced(py)? { call(py) } else { Ok(clock.read()) }
}

#[cold]
fn call(py: Python<'_>) -> PyResult<f64> {
    calls_python(py);
    py.import(intern!(py, "time"))?.call_method0(intern!(py, "monotonic"))?.extract()
}

/// Return the seconds of ``time.monotonic``, by which timers measure.
#[pyfunction]
pub fn monotonic(py: Python<'_>) -> PyResult<f64> {
    now(py)
}
