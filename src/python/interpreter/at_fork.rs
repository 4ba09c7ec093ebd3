//! Functions that Python and the C library call around every fork of this process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

use super::lifecycle;
use super::parking;
use crate::fork::{self, Awaited};

/// How long a fork by Python waits for scrapes. They attach to the interpreter meanwhile, which takes a while on a busy machine.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a fork in C waits for scrapes. Its thread may hold the interpreter's lock, so that a scrape which waits for that
/// lock cannot go on. Such a scrape is in C code of Python, which holds nothing that the child needs.
#[cfg(unix)]
const PATIENCE_OF_C: Duration = Duration::from_secs(1);

/// Makes Python and the C library call this library around every fork. Done once, because the module may be imported again.
///
/// # Errors
///
/// What Python raises.
pub fn install(py: Python<'_>) -> PyResult<()> {
    static INSTALLED: AtomicBool = AtomicBool::new(false);
    if INSTALLED.load(Ordering::Relaxed) {
        return Ok(());
    }
    let os = py.import("os")?;
    if os.hasattr("register_at_fork")? {
        let function = |work: fn(Python<'_>)| {
            PyCFunction::new_closure(py, None, None, move |arguments, _| work(arguments.py()))
        };
        let hooks = PyDict::new(py);
        hooks.set_item("before", function(before)?)?;
        hooks.set_item("after_in_parent", function(|_| fork::after())?)?;
        hooks.set_item("after_in_child", function(|_| after_in_child())?)?;
        os.call_method("register_at_fork", (), Some(&hooks))?;
    }
    #[cfg(unix)]
    in_c::install();
    INSTALLED.store(true, Ordering::Relaxed);
    Ok(())
}

/// Waits detached: what the fork waits for may wait for the interpreter.
fn before(py: Python<'_>) {
    parking::prepare();
    py.detach(|| fork::before(Awaited::Sections, PATIENCE));
}

fn after_in_child() {
    // SAFETY: it is called right after a fork, by the thread that forked; a walk along a family runs no Python code, and does
    // not fork.
    if unsafe { fork::after_in_child() } {
        lifecycle::after_in_child();
    }
}

/// The hooks of the C library. Servers such as uWSGI, and programs that call `fork` in C, run none of Python's; a process that
/// is made in other ways (`vfork`, `clone`) runs none of these.
#[cfg(unix)]
mod in_c {
    use pyo3::ffi;

    use super::{Awaited, PATIENCE_OF_C, after_in_child, fork};

    pub fn install() {
        // It may fail for want of memory; Python's hooks are there all the same.
        //
        // SAFETY: the functions may be called in any thread at any time, attached or not, also after the interpreter has
        // ended: they neither panic nor take a lock, and ask Python only what it answers at any time. They stay where they
        // are: CPython never unloads an extension module, and a C library that unloads one forgets its hooks.
        let _ = unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
    }

    unsafe extern "C" fn prepare() {
        // An attached thread would wait in vain for those that visit the interpreter, because they wait for its lock.
        //
        // SAFETY: may be called at any time.
        let attached = unsafe { ffi::PyGILState_Check() } != 0;
        fork::before(if attached { Awaited::Sections } else { Awaited::Visits }, PATIENCE_OF_C);
    }

    unsafe extern "C" fn parent() {
        fork::after();
    }

    unsafe extern "C" fn child() {
        after_in_child();
    }
}
