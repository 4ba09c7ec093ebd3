//! What is called around the forks of this process.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict};

use super::{lifecycle, parking};
use crate::fork;

/// A fork by Python waits so long for scrapes, which attach to the interpreter meanwhile: on a busy machine that takes a while.
const PATIENCE: Duration = Duration::from_secs(5);

/// A fork in C may hold the interpreter's lock, so that a scrape which needs that cannot go on. It is in C code of
/// Python then, which holds nothing that the child needs.
#[cfg(unix)]
const PATIENCE_OF_C: Duration = Duration::from_secs(1);

/// Has Python and the C library call this library around every fork, once: the module may be imported again.
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
    py.detach(|| fork::before(PATIENCE));
}

fn after_in_child() {
    if fork::after_in_child() {
        lifecycle::after_in_child();
    }
}

/// The hooks of the C library. Servers such as uWSGI, and programs that call `fork` in C, run none of Python's; a process that
/// is made in other ways (`vfork`, `clone`) runs none of these.
#[cfg(unix)]
mod in_c {
    use super::{PATIENCE_OF_C, after_in_child, fork};

    pub fn install() {
        // It may fail for want of memory; Python's hooks are there all the same.
        //
        // SAFETY: the functions may be called in any thread at any time: they neither panic nor take a lock, and call
        // nothing of Python. They stay where they are: CPython never unloads an extension module, and a C library that
        // unloads one forgets its hooks.
        let _ = unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
    }

    unsafe extern "C" fn prepare() {
        fork::before(PATIENCE_OF_C);
    }

    unsafe extern "C" fn parent() {
        fork::after();
    }

    unsafe extern "C" fn child() {
        after_in_child();
    }
}
