//! What an attached thread may take for granted.

use pyo3::prelude::*;

use crate::access::Access;

/// The access to metrics that a thread has while it is attached to the interpreter.
///
/// The interpreter's lock lets one thread at a time be attached, so that one has the metrics for itself: every
/// call of these bindings that takes an access gets it here. It holds while no Python code runs and
/// the thread does not detach, and the core does neither. Scrapes run detached, and take no access.
#[cfg(not(Py_GIL_DISABLED))]
#[inline]
pub fn access(_: Python<'_>) -> impl Access + use<'_> {
    // SAFETY: see above. Handing the lock on to another thread orders what they do.
    unsafe { crate::access::Exclusive::new() }
}

/// The access to metrics that a thread has while it is attached to the interpreter: without a lock, any number
/// of threads are attached at a time.
#[cfg(Py_GIL_DISABLED)]
#[inline]
pub fn access(_: Python<'_>) -> impl Access + use<'_> {
    crate::access::Shared
}

/// How many locks the lookups of a family are spread over.
pub const SHARDS: usize = if cfg!(Py_GIL_DISABLED) { 32 } else { 1 };
