//! The access to metrics that attached threads have, and families for it.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::access::{Access, Lock};
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

/// A value that attached threads change, one at a time.
pub struct Attached<T>(Lock<T>);

impl<T> Attached<T> {
    /// A value that no thread uses yet.
    pub fn new(value: T) -> Self {
        Self(if cfg!(Py_GIL_DISABLED) { Lock::shared(value) } else { Lock::exclusive(value) })
    }

    /// Changes the value. No Python code may run meanwhile.
    #[inline(always)]
    pub fn with<R>(&self, py: Python<'_>, work: impl FnOnce(&mut T) -> R) -> R {
        self.0.write(access(py), work)
    }

    /// Reads the value while the interpreter collects garbage; nothing if a thread was stopped while it changed the value.
    pub fn during_collection<R>(&self, work: impl FnOnce(&T) -> R) -> Option<R> {
        // SAFETY: the interpreter collects garbage in attached threads. The token makes no reference and runs no code.
        let py = unsafe { Python::assume_attached() };
        self.0.try_read(access(py), work)
    }
}
