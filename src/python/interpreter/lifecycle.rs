//! Detaching from the interpreter, attaching to it, and its end.
//!
//! The interpreter's end waits for nothing of this library. A thread that wants to attach later, after detached work or in
//! Python code that this library called, waits until the process has ended; see [`parking`]. It holds no lock then that
//! others wait for.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

use super::parking::{self, COMING};
use crate::fork;

/// Whether the interpreter in which this library was imported has ended.
static OVER: AtomicBool = AtomicBool::new(false);

/// How long the end of the interpreter waits for threads that are about to attach to it. They find within microseconds that
/// it has begun to end.
const PATIENCE: Duration = Duration::from_millis(100);

/// Whether the interpreter has begun to end: no other thread can attach to it any more.
pub fn is_ending() -> bool {
    // SAFETY: both may be called in any thread, attached or not, before and after the interpreter.
    unsafe {
        #[cfg(Py_3_13)]
        if ffi::Py_IsFinalizing() != 0 {
            return true;
        }
        ffi::Py_IsInitialized() == 0
    }
}

/// To be called before Python code is called, because that may let other threads run.
#[inline]
pub fn calls_python(_: Python<'_>) {
    parking::prepare();
}

/// Runs `work` without the interpreter's lock.
pub fn detached<R: Send>(py: Python<'_>, work: impl FnOnce() -> R + Send) -> R {
    if is_ending() {
        // This thread ends the interpreter, and `attach` would park it.
        return work();
    }
    parking::prepare();
    py.detach(|| fork::guard(work))
}

/// Lets other threads have the interpreter, in the midst of work that takes long. To be called about once in a millisecond.
///
/// Who gives the lock back for an instant has it again before the others have woken up. And each time they begin anew to wait
/// for the five milliseconds after which Python would take it away from this thread. So this one sleeps meanwhile.
pub fn give_way(py: Python<'_>) {
    if cfg!(not(Py_GIL_DISABLED)) {
        detached(py, || thread::sleep(Duration::from_micros(50)));
    }
}

/// Runs `work` attached to the interpreter, in a thread that may not be attached yet. Does not return once the interpreter has
/// begun to end.
pub fn attach<R>(work: impl FnOnce(Python<'_>) -> R) -> R {
    parking::prepare();
    // Either this thread sees that the interpreter ends, or `end` sees this thread.
    COMING.enter();
    let result = Python::try_attach(|py| {
        COMING.leave();
        work(py)
    });
    result.unwrap_or_else(|| parking::park())
}

/// Runs when a module of this library is freed. At the end of the interpreter, other threads cannot attach any more by then,
/// and nothing is freed yet that a thread needs to find that out.
fn end() {
    if !is_ending() {
        return;
    }
    OVER.store(true, Ordering::Relaxed);
    let deadline = Instant::now() + PATIENCE;
    while COMING.others() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Checks that this library may be used in this interpreter. It makes no object that would live on.
///
/// # Errors
///
/// ImportError in a sub-interpreter, and in an interpreter that follows another one in the process: the classes, and the
/// objects that this library looks up once, belong to one interpreter.
pub fn check_interpreter(_: Python<'_>) -> PyResult<()> {
    // SAFETY: this thread is attached, so that there is a current interpreter, and it stays alive.
    let interpreter = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
    if interpreter != 0 {
        return Err(PyImportError::new_err(
            "aioprometheus cannot be used in a sub-interpreter: its metrics are those of the process; import \
             it in the main interpreter",
        ));
    }
    if OVER.load(Ordering::Relaxed) {
        return Err(PyImportError::new_err(
            "aioprometheus cannot be used in a second interpreter: its metrics are those of the process, and of \
             the interpreter that was the first to import it",
        ));
    }
    Ok(())
}

/// Makes Python call this library at its end. Each module has this for itself, because the module may be imported again.
///
/// # Errors
///
/// What Python raises.
pub fn install(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // Not `add`, which would list it in `__all__`.
    module.setattr(
        "_end",
        PyCapsule::new_with_value_and_destructor(module.py(), (), c"aioprometheus", |(), _| end())?,
    )
}

/// The threads that were on their way in the parent do not exist in the child of a fork.
pub fn after_in_child() {
    COMING.forget_others();
}
