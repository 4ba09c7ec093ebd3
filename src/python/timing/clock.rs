//! The clock of timers: `time.monotonic`, read without a call of Python.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyCFunction, PyDict, PyFloat, PyModule, PyString, PyTuple};

use crate::python::interpreter::caller::is_for_caller;
use crate::python::interpreter::lifecycle::calls_python;

/// What `time.monotonic` was when this library was imported.
struct Clock {
    /// The names of the module `time`, where tests put a clock of their own.
    names: Py<PyDict>,
    key: Py<PyString>,
    /// The function of the interpreter; nothing if another one was in its place by then.
    original: Option<Py<PyAny>>,
}

impl Clock {
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
    let clock = Clock {
        names: time.dict().unbind(),
        key: PyString::intern(py, "monotonic").unbind(),
        original: monotonic.is_exact_instance_of::<PyCFunction>().then(|| monotonic.unbind()),
    };
    let _ = CLOCK.set(py, clock);
    Ok(())
}

/// When something began, by the clock that will say when it ends.
#[derive(Clone, Copy)]
pub struct Start {
    /// The seconds of the clock.
    at: f64,
    /// Whether the clock is a function that a program has put in the place of `time.monotonic`, as tests do.
    is_of_program: bool,
}

impl Start {
    /// Something begins now. If a function in the place of `time.monotonic` raises, or returns no number, it is no clock, and
    /// that of the system is read.
    ///
    /// # Errors
    ///
    /// What such a function raises that is meant for the caller.
    #[inline]
    pub fn now(py: Python<'_>) -> PyResult<Self> {
        let is_of_program = match CLOCK.get(py) {
            Some(clock) => clock.is_replaced(py)?,
            None => true,
        };
        match is_of_program.then(|| call(py)) {
            None => Ok(Self { at: read(), is_of_program }),
            Some(Ok(at)) => Ok(Self { at, is_of_program }),
            Some(Err(error)) if is_for_caller(error.value(py))? => Err(error),
            Some(Err(_)) => Ok(Self { at: read(), is_of_program: false }),
        }
    }

    /// The seconds since then, which are never negative.
    ///
    /// # Errors
    ///
    /// What a function in the place of `time.monotonic` raises; TypeError if it returns no number.
    #[inline]
    pub fn elapsed(self, py: Python<'_>) -> PyResult<f64> {
        match self.elapsed_plain() {
            Some(seconds) => Ok(seconds),
            None => Ok((call(py)? - self.at).max(0.0)),
        }
    }

    /// The same, unless a program's own clock has to be called.
    #[inline]
    pub fn elapsed_plain(self) -> Option<f64> {
        (!self.is_of_program).then(|| (read() - self.at).max(0.0))
    }
}

// For the wrappers of callables: the seconds, in a tuple if they are those of a program's own clock.

impl<'py> IntoPyObject<'py> for Start {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    #[inline]
    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let at = PyFloat::new(py, self.at);
        if self.is_of_program { Ok(PyTuple::new(py, [at])?.into_any()) } else { Ok(at.into_any()) }
    }
}

impl<'py> FromPyObject<'_, 'py> for Start {
    type Error = PyErr;

    #[inline]
    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(at) = object.cast_exact::<PyFloat>() {
            return Ok(Self { at: at.value(), is_of_program: false });
        }
        let Ok((at,)) = object.extract::<(f64,)>() else {
            return Err(PyTypeError::new_err("expected what `started` returned"));
        };
        Ok(Self { at, is_of_program: true })
    }
}

/// The seconds of the system's clock, which `time.monotonic` reads as well.
#[cfg(unix)]
#[inline]
fn read() -> f64 {
    let mut now = std::mem::MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the system writes the time; this clock is always there, so that it cannot fail.
    let now = unsafe {
        libc::clock_gettime(libc::CLOCK_MONOTONIC, now.as_mut_ptr());
        now.assume_init()
    };
    // A double holds them to the microsecond for ever, and to a few nanoseconds for the first year after a start.
    #[expect(clippy::cast_precision_loss)]
    let seconds = now.tv_sec as f64 + now.tv_nsec as f64 * 1e-9;
    seconds
}

/// The seconds since the first call.
#[cfg(not(unix))]
#[inline]
fn read() -> f64 {
    static FIRST: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    FIRST.elapsed().as_secs_f64()
}

#[cold]
fn call(py: Python<'_>) -> PyResult<f64> {
    calls_python(py);
    py.import(intern!(py, "time"))?.call_method0(intern!(py, "monotonic"))?.extract()
}

/// Return when a call began, for the methods of a timer that end it.
#[pyfunction]
pub fn started(py: Python<'_>) -> PyResult<Start> {
    Start::now(py)
}
