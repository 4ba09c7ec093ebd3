//! The access to metrics that attached threads have.

use pyo3::prelude::*;

use crate::access::Access;

/// The access to metrics that a thread has while it is attached to the interpreter.
///
/// The interpreter's lock lets one thread at a time be attached, and that thread has the metrics for itself: all calls of
/// these bindings that need an access get it here. The access is exclusive as long as no Python code runs and the thread
/// does not detach; the core does neither. Scrapes run detached, and need no access.
#[cfg(not(Py_GIL_DISABLED))]
#[inline]
pub fn access(_: Python<'_>) -> impl Access + use<'_> {
    // SAFETY: see above; all updates are made through such an access. Handing the lock on to another thread orders what
    // the two do.
    unsafe { crate::access::Exclusive::new() }
}

/// The access to metrics that a thread has while it is attached to the interpreter. Without a lock, any number of threads
/// are attached at a time.
#[cfg(Py_GIL_DISABLED)]
#[inline]
pub fn access(_: Python<'_>) -> impl Access + use<'_> {
    crate::access::Shared
}

/// Locks over which the lookups of a family are spread.
pub const SHARDS: usize = if cfg!(Py_GIL_DISABLED) { 32 } else { 1 };
