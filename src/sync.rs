//! The atomics and a lock, from the standard library or from the model checker (`--cfg loom`).

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};
#[cfg(loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use parking_lot::{Mutex, MutexGuard};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering, fence};

/// Takes the lock if nobody has it.
#[cfg(not(loom))]
pub(crate) fn try_lock<T>(lock: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    lock.try_lock()
}

#[cfg(loom)]
pub(crate) fn try_lock<T>(lock: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    lock.try_lock().ok()
}

/// Waits a little for another thread, longer with each `attempt`: first a pause of the processor, then
/// the rest of this thread's time slice, then 50 microseconds.
#[cfg(not(loom))]
pub(crate) fn back_off(attempt: u32) {
    match attempt {
        0..32 => std::hint::spin_loop(),
        32..256 => std::thread::yield_now(),
        _ => std::thread::sleep(std::time::Duration::from_micros(50)),
    }
}

/// Lets the model checker know that another thread must run before this one can go on.
#[cfg(loom)]
pub(crate) fn back_off(_attempt: u32) {
    loom::thread::yield_now();
}
