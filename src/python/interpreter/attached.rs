//! The access to metrics that attached threads have, and families for it.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::access::Access;
use crate::family::{Descriptor, Family};
use crate::metric::Metric;

/// The access to metrics that a thread has while it is attached to the interpreter.
///
/// The interpreter's lock lets one thread at a time be attached, and that thread has the metrics for itself. Scrapes run
/// detached, and need no access.
#[cfg(not(Py_GIL_DISABLED))]
#[inline]
pub fn access(_: Python<'_>) -> impl Access + use<'_> {
    // SAFETY: this is the only place that makes one. It can be used as long as the thread is attached: detached code
    // (`Python::detach`) takes only what may be sent to another thread. There is one lock, for pyo3 lets one interpreter of
    // the process import this module; and handing it on to another thread orders what the two do.
    unsafe { crate::access::Exclusive::new() }
}

/// The access to metrics that a thread has while it is attached to the interpreter. Without a lock, any number of threads
/// are attached at a time.
#[cfg(Py_GIL_DISABLED)]
#[inline]
pub fn access(_: Python<'_>) -> impl Access + use<'_> {
    crate::access::Shared
}

/// A family for the access of attached threads.
#[cfg(not(Py_GIL_DISABLED))]
pub fn family<M: Metric>(descriptor: Descriptor, spec: M::Spec) -> Arc<Family<M>> {
    Arc::new(Family::exclusive(descriptor, spec))
}

/// A family for the access of attached threads, whose lookups are spread over some locks.
#[cfg(Py_GIL_DISABLED)]
pub fn family<M: Metric>(descriptor: Descriptor, spec: M::Spec) -> Arc<Family<M>> {
    Arc::new(Family::with_shards(descriptor, spec, 32))
}
