//! Running without the interpreter's lock, and what that needs at a fork and at the interpreter's end.
//!
//! A thread that comes back to an interpreter which has begun to end is killed by it (CPython before
//! 3.14), through the frames of this library, which aborts the process. So the end waits: an `atexit`
//! callback, which runs before that, lets the scrapes under way come back, and later ones stay attached.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

use crate::fork;

/// How many threads run detached.
static DETACHED: AtomicUsize = AtomicUsize::new(0);

/// Whether the interpreter is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);

/// The end of the interpreter waits so long for scrapes under way, which take milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Counts a thread as detached, also when it panics.
struct Detached;

impl Detached {
    fn begin() -> Self {
        // SeqCst, here and in `end`: either this thread sees the end coming, or the end sees it.
        DETACHED.fetch_add(1, Ordering::SeqCst);
        Self
    }
}

impl Drop for Detached {
    fn drop(&mut self) {
        DETACHED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Runs `work` without the interpreter's lock.
pub fn detached<R: Send>(py: Python<'_>, work: impl FnOnce() -> R + Send) -> R {
    let counted = Detached::begin();
    if ENDING.load(Ordering::SeqCst) {
        drop(counted);
        return work();
    }
    let result = py.detach(|| fork::guard(work));
    drop(counted);
    result
}

/// Waits until the threads that run detached have come back.
fn end(py: Python<'_>) {
    ENDING.store(true, Ordering::SeqCst);
    let deadline = Instant::now() + PATIENCE;
    while DETACHED.load(Ordering::SeqCst) != 0 && Instant::now() < deadline {
        py.detach(|| std::thread::sleep(Duration::from_millis(1)));
    }
}

/// Has Python call this library before it ends and around every fork.
pub fn install(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let function = |work: fn(Python<'_>)| {
        PyCFunction::new_closure(py, None, None, move |arguments, _| work(arguments.py()))
    };
    py.import("atexit")?.call_method1("register", (function(end)?,))?;

    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        let hooks = PyDict::new(py);
        hooks.set_item("before", function(|_| fork::before())?)?;
        hooks.set_item("after_in_parent", function(|_| fork::after())?)?;
        hooks.set_item("after_in_child", function(|_| after_in_child())?)?;
        os.call_method("register_at_fork", (), Some(&hooks))?;
    }
    Ok(())
}

/// The threads that ran detached in the parent do not exist in the child.
fn after_in_child() {
    DETACHED.store(0, Ordering::SeqCst);
    fork::after_in_child();
}
