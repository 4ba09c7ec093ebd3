//! The atomics, from the standard library or from the model checker (`--cfg loom`).

#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};
#[cfg(not(loom))]
pub(crate) use std::sync::atomic::{AtomicU32, AtomicU64, Ordering, fence};

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

/// Tells the model checker that another thread must run before this one can go on.
#[cfg(loom)]
pub(crate) fn back_off(_attempt: u32) {
    loom::thread::yield_now();
}
