//! Running without the interpreter's lock, and what that needs at a fork and at the interpreter's end.
//!
//! A thread that comes back to an interpreter which has begun to end is killed by it (CPython before
//! 3.14), through the frames of this library, which aborts the process. It comes back from detached work,
//! and from Python code that this library calls, which may let other threads run. So the end waits: an
//! `atexit` callback, which runs before that, lets the calls under way come to their end. Later on, detached
//! work stays attached, and a thread that would call Python code waits first: by then it is a daemon thread,
//! which the interpreter would kill (CPython 3.14 makes it wait too), and the process ends meanwhile.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyImportError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

use crate::fork;

/// How many threads run detached, or are inside a call of Python code.
static UNDER_WAY: AtomicUsize = AtomicUsize::new(0);

/// Whether the interpreter is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// Whether the interpreter has waited for what was under way.
static ENDED: AtomicBool = AtomicBool::new(false);

/// The end of the interpreter waits so long for calls under way, which take milliseconds, and a call that
/// comes after it waits so long for the end.
const PATIENCE: Duration = Duration::from_secs(5);

thread_local! {
    /// How many counted calls this thread is inside.
    static DEPTH: Cell<usize> = const { Cell::new(0) };

    /// Whether this is the thread that ends the interpreter.
    static ENDS: Cell<bool> = const { Cell::new(false) };
}

/// Counts a call of this thread as under way, until it is dropped.
#[must_use = "the call is counted until this is dropped"]
pub struct UnderWay(());

impl UnderWay {
    fn begin() -> Self {
        DEPTH.set(DEPTH.get() + 1);
        // SeqCst, here and in `end`: either this thread sees the end coming, or the end sees it.
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
        DEPTH.set(DEPTH.get() - 1);
    }
}

/// Counts work of another thread as under way, until it is dropped.
#[must_use = "the work is counted until this is dropped"]
pub struct Pending(());

impl Pending {
    /// Begins to count.
    pub fn new() -> Self {
        // SeqCst: as in `UnderWay::begin`.
        UNDER_WAY.fetch_add(1, Ordering::SeqCst);
        Self(())
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        UNDER_WAY.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Whether the interpreter has begun to end, and does not wait any more.
pub fn is_ending() -> bool {
    ENDED.load(Ordering::SeqCst)
}

/// Announces that this thread calls Python code from here on, until what this gives is dropped.
pub fn calls_python(py: Python<'_>) -> UnderWay {
    let counted = UnderWay::begin();
    if ENDING.load(Ordering::SeqCst) && DEPTH.get() == 1 && !ENDS.get() {
        drop(counted);
        // Not for ever: an `atexit` callback may wait for this thread.
        py.detach(|| std::thread::sleep(PATIENCE));
        return UnderWay::begin();
    }
    counted
}

/// Runs `work` without the interpreter's lock.
pub fn detached<R: Send>(py: Python<'_>, work: impl FnOnce() -> R + Send) -> R {
    let counted = UnderWay::begin();
    if ENDING.load(Ordering::SeqCst) {
        drop(counted);
        return work();
    }
    let result = py.detach(|| fork::guard(work));
    drop(counted);
    result
}

/// Waits until the calls under way have come to their end, but for those of this thread.
fn end(py: Python<'_>) {
    ENDS.set(true);
    ENDING.store(true, Ordering::SeqCst);
    let deadline = Instant::now() + PATIENCE;
    while UNDER_WAY.load(Ordering::SeqCst) > DEPTH.get() && Instant::now() < deadline {
        py.detach(|| std::thread::sleep(Duration::from_millis(1)));
    }
    ENDED.store(true, Ordering::SeqCst);
}

/// Checks that this library may be used in this interpreter. No object is made that would live on.
///
/// # Errors
///
/// ImportError in a sub-interpreter: the classes, and what this library looks up once, belong to one interpreter.
pub fn check_interpreter(_: Python<'_>) -> PyResult<()> {
    // SAFETY: this thread is attached, so that there is a current interpreter, and it stays alive.
    let interpreter = unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) };
    if interpreter != 0 {
        return Err(PyImportError::new_err(
            "aioprometheus cannot be used in a sub-interpreter: its metrics are those of the process; import \
             it in the main interpreter",
        ));
    }
    Ok(())
}

/// Has Python call this library before it ends and around every fork, once: the module may be imported again.
///
/// # Errors
///
/// What Python raises.
pub fn install(py: Python<'_>) -> PyResult<()> {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if INSTALLED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let function = |work: fn(Python<'_>)| {
        PyCFunction::new_closure(py, None, None, move |arguments, _| work(arguments.py()))
    };
    py.import("atexit")?.call_method1("register", (function(end)?,))?;

    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        let hooks = PyDict::new(py);
        // Detached: what the fork waits for may wait for the interpreter.
        hooks.set_item("before", function(|py| py.detach(fork::before))?)?;
        hooks.set_item("after_in_parent", function(|_| fork::after())?)?;
        hooks.set_item("after_in_child", function(|_| after_in_child())?)?;
        os.call_method("register_at_fork", (), Some(&hooks))?;
    }
    INSTALLED.store(true, Ordering::Relaxed);
    Ok(())
}

/// The threads that ran detached in the parent do not exist in the child.
fn after_in_child() {
    UNDER_WAY.store(DEPTH.get(), Ordering::SeqCst);
    fork::after_in_child();
}
