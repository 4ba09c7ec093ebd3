//! The value that all the series of a family share; it can be replaced until the first of them is born.

use std::ptr::NonNull;

use crate::sync::{AtomicPtr, Mutex, Ordering};

/// A value that is read without a lock, and seldom replaced.
#[derive(Debug)]
pub(super) struct Replaceable<T> {
    /// The pointer of a box, which lives as long as this does.
    current: AtomicPtr<T>,
    /// The boxes of earlier values, to which there may still be references.
    before: Mutex<Vec<NonNull<T>>>,
}

// SAFETY: it is a `T` and others of them, which are shared and dropped.
unsafe impl<T: Send + Sync> Send for Replaceable<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Replaceable<T> {}

impl<T> Replaceable<T> {
    pub fn new(value: T) -> Self {
        Self { current: AtomicPtr::new(Box::into_raw(Box::new(value))), before: Mutex::default() }
    }

    /// The value as it is now. A reference to a value that is replaced stays valid.
    #[inline]
    pub fn get(&self) -> &T {
        // Acquire: pairs with the swap in `replace`, so that the value is seen as it was made.
        // SAFETY: the box lives as long as this does.
        unsafe { &*self.current.load(Ordering::Acquire) }
    }

    pub fn replace(&self, value: T) {
        let new = Box::into_raw(Box::new(value));
        // Release: pairs with the load in `get`. Nobody looks at the old value here.
        let old = self.current.swap(new, Ordering::Release);
        self.before.lock().extend(NonNull::new(old));
    }
}

impl<T> Drop for Replaceable<T> {
    fn drop(&mut self) {
        let current = NonNull::new(self.current.load(Ordering::Relaxed));
        for value in self.before.get_mut().drain(..).chain(current) {
            // SAFETY: it was made as a box, and references to it no longer exist.
            drop(unsafe { Box::from_raw(value.as_ptr()) });
        }
    }
}

#[cfg(all(test, loom))]
mod models;
