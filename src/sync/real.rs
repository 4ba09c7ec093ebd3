//! The atomics, cells, locks and statics that the library runs with.

use std::ops::Deref;

pub(crate) use crossbeam_queue::SegQueue as Queue;
pub(crate) use parking_lot::{Mutex, RwLock};
pub(crate) use std::sync::atomic::{
    AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
};
pub(crate) use std::thread::{LocalKey, yield_now};
pub(crate) use std::thread_local as thread_locals;

/// Declares statics. In a model they begin anew with each run.
macro_rules! statics {
    ($($item:item)*) => { $($item)* };
}
pub(crate) use statics;

/// Declares a function that is `const`, but for a model: no constant holds an atomic there.
macro_rules! const_fn {
    ($(#[$attribute:meta])* $visible:vis fn $($rest:tt)*) => {
        $(#[$attribute])*
        $visible const fn $($rest)*
    };
}
pub(crate) use const_fn;

/// Waits a little for another thread, longer with each `attempt`: first a pause of the processor, then
/// the rest of this thread's time slice, then 50 microseconds.
pub(crate) fn back_off(attempt: u32) {
    match attempt {
        0..32 => std::hint::spin_loop(),
        32..256 => std::thread::yield_now(),
        _ => std::thread::sleep(std::time::Duration::from_micros(50)),
    }
}

/// The cell of the standard library, with the methods that the model checker watches.
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(crate) fn with<R>(&self, work: impl FnOnce(*const T) -> R) -> R {
        work(self.0.get())
    }

    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, work: impl FnOnce(*mut T) -> R) -> R {
        work(self.0.get())
    }
}

/// A value that stays as it was made. The model checker watches that nobody reads it before that, or after its end.
#[derive(Debug)]
pub(crate) struct Made<T>(T);

impl<T> Made<T> {
    #[inline(always)]
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }
}

impl<T> Deref for Made<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}
