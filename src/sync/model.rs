//! The atomics, cells, locks and statics of the model checker, made such that it misses less.
//!
//! *Orders of operations.* The checker tries another order only where an operation meets the last one on the same atomic. A
//! writer that loads an atomic before it stores to it so hides the load of a reader that came before both. So every
//! operation here is preceded by a store to one atomic that nobody reads ([`turn`]): each meets the one before it, and no
//! thread learns anything of another by that.
//!
//! *`SeqCst`.* The checker takes an access with that ordering for one with `AcqRel`, so that correct programs fail. Here
//! a thread that loads so knows of all that other threads did before they stored so, wherever that was. That is more than
//! the language says of accesses to other atomics. But each of them still fails when it is weakened alone.
//!
//! *Ends.* An atomic that is dropped while the checker does not know that all other threads are done with it fails.

use std::cell::Cell;
use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};

pub(crate) use loom::cell::UnsafeCell;
use loom::sync::atomic;
pub(crate) use loom::sync::atomic::Ordering;
use loom::sync::{RwLockReadGuard, RwLockWriteGuard};
pub(crate) use loom::thread::yield_now;

/// Runs a model in every order of its threads' operations in which at most `preemptions` times a thread is interrupted
/// that could go on.
#[cfg(test)]
pub(crate) fn check(preemptions: usize, model: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(preemptions);
    builder.max_branches = 10_000;
    builder.check(move || {
        // Made by a thread that waits for no other, so that none learns anything of its making.
        turn();
        ORDER.fetch_add(0, Ordering::Relaxed);
        model();
    });
}

loom::lazy_static! {
    static ref TURN: atomic::AtomicUsize = atomic::AtomicUsize::new(0);
    static ref ORDER: atomic::AtomicUsize = atomic::AtomicUsize::new(0);
}

/// Comes before each operation: see above.
fn turn() {
    TURN.store(0, Ordering::Relaxed);
}

/// Comes before a load.
fn before_load(ordering: Ordering) {
    turn();
    if ordering == Ordering::SeqCst {
        ORDER.fetch_add(0, Ordering::Acquire);
    }
}

/// Comes after a store.
fn after_store(ordering: Ordering) {
    if ordering == Ordering::SeqCst {
        ORDER.fetch_add(0, Ordering::Release);
    }
}

pub(crate) fn fence(ordering: Ordering) {
    turn();
    atomic::fence(ordering);
}

macro_rules! atomics {
    ($($name:ident $(<$kind:ident>)?: $value:ty;)*) => { $(
        #[derive(Debug)]
        pub(crate) struct $name $(<$kind>)? (atomic::$name $(<$kind>)?);

        #[allow(dead_code, reason = "not every type needs every method")]
        impl $(<$kind>)? $name $(<$kind>)? {
            pub(crate) fn new(value: $value) -> Self {
                Self(atomic::$name::new(value))
            }

            pub(crate) fn load(&self, ordering: Ordering) -> $value {
                before_load(ordering);
                self.0.load(ordering)
            }

            pub(crate) fn store(&self, value: $value, ordering: Ordering) {
                turn();
                self.0.store(value, ordering);
                after_store(ordering);
            }

            pub(crate) fn swap(&self, value: $value, ordering: Ordering) -> $value {
                before_load(ordering);
                let old = self.0.swap(value, ordering);
                after_store(ordering);
                old
            }

            pub(crate) fn compare_exchange(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                before_load(success);
                let result = self.0.compare_exchange(old, new, success, failure);
                after_store(success);
                result
            }

            pub(crate) fn compare_exchange_weak(
                &self,
                old: $value,
                new: $value,
                success: Ordering,
                failure: Ordering,
            ) -> Result<$value, $value> {
                self.compare_exchange(old, new, success, failure)
            }
        }

        impl $(<$kind>)? Drop for $name $(<$kind>)? {
            fn drop(&mut self) {
                if !std::thread::panicking() {
                    self.0.with_mut(|_| ());
                }
            }
        }
    )* };
}

macro_rules! numbers {
    ($($name:ident: $value:ty;)*) => {
        atomics! { $($name: $value;)* }

        $(
            #[allow(dead_code, reason = "not every type needs every method")]
            impl $name {
                pub(crate) fn fetch_add(&self, value: $value, ordering: Ordering) -> $value {
                    before_load(ordering);
                    let old = self.0.fetch_add(value, ordering);
                    after_store(ordering);
                    old
                }

                pub(crate) fn fetch_or(&self, value: $value, ordering: Ordering) -> $value {
                    before_load(ordering);
                    let old = self.0.fetch_or(value, ordering);
                    after_store(ordering);
                    old
                }

                pub(crate) fn fetch_sub(&self, value: $value, ordering: Ordering) -> $value {
                    before_load(ordering);
                    let old = self.0.fetch_sub(value, ordering);
                    after_store(ordering);
                    old
                }
            }
        )*
    };
}

atomics! {
    AtomicPtr<T>: *mut T;
}

numbers! {
    AtomicU8: u8;
    AtomicU16: u16;
    AtomicU32: u32;
    AtomicU64: u64;
    AtomicUsize: usize;
}

impl<T> Default for AtomicPtr<T> {
    fn default() -> Self {
        Self::new(std::ptr::null_mut())
    }
}

/// A lock as parking_lot has it.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        turn();
        MutexGuard(self.0.lock().unwrap())
    }

    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        turn();
        self.0.try_lock().ok().map(MutexGuard)
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap()
    }
}

/// Holds a lock until a turn that is its own.
pub(crate) struct MutexGuard<'a, T>(loom::sync::MutexGuard<'a, T>);

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> Drop for MutexGuard<'_, T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            turn();
        }
    }
}

/// A lock as parking_lot has it.
#[derive(Debug)]
pub(crate) struct RwLock<T>(loom::sync::RwLock<T>);

impl<T> RwLock<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(loom::sync::RwLock::new(value))
    }

    pub(crate) fn read(&self) -> RwLockReadGuard<'_, T> {
        turn();
        self.0.read().unwrap()
    }

    #[cfg(feature = "python")]
    pub(crate) fn try_read(&self) -> Option<RwLockReadGuard<'_, T>> {
        turn();
        self.0.try_read().ok()
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, T> {
        turn();
        self.0.write().unwrap()
    }
}

/// Lets the model checker know that another thread must run before this one can go on.
pub(crate) fn back_off(_attempt: u32) {
    yield_now();
}

/// Stands for the queue of crossbeam, which the checker does not watch. Whoever asks whether it is empty may be answered
/// late, and learns nothing else.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    length: AtomicUsize,
    all: Mutex<VecDeque<T>>,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Self { length: AtomicUsize::new(0), all: Mutex::new(VecDeque::new()) }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn push(&self, value: T) {
        let mut all = self.all.lock();
        all.push_back(value);
        self.length.store(all.len(), Ordering::Relaxed);
    }

    pub(crate) fn pop(&self) -> Option<T> {
        let mut all = self.all.lock();
        let value = all.pop_front();
        self.length.store(all.len(), Ordering::Relaxed);
        value
    }
}

/// See the real one. A model fails when a thread reads the value that does not know of its making, or that its end does not
/// know of.
#[derive(Debug)]
pub(crate) struct Made<T> {
    value: T,
    watched: UnsafeCell<()>,
}

// SAFETY: nothing is in the cell.
unsafe impl<T: Sync> Sync for Made<T> {}

impl<T> Made<T> {
    pub(crate) fn new(value: T) -> Self {
        let watched = UnsafeCell::new(());
        watched.with_mut(|_| ());
        Self { value, watched }
    }
}

impl<T> Deref for Made<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.watched.with(|_| ());
        &self.value
    }
}

impl<T> Drop for Made<T> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.watched.with_mut(|_| ());
        }
    }
}

/// A value of each thread, as the standard library has it.
pub struct LocalKey<T: 'static>(pub(crate) &'static loom::thread::LocalKey<T>);

impl<T: Copy> LocalKey<Cell<T>> {
    pub(crate) fn get(&self) -> T {
        self.0.with(Cell::get)
    }

    pub(crate) fn set(&self, value: T) {
        self.0.with(|cell| cell.set(value));
    }

    pub(crate) fn replace(&self, value: T) -> T {
        self.0.with(|cell| cell.replace(value))
    }
}

macro_rules! thread_locals {
    ($($(#[$attribute:meta])* static $name:ident: $type:ty = const { $value:expr };)*) => { $(
        $(#[$attribute])*
        static $name: $crate::sync::LocalKey<$type> = {
            ::loom::thread_local! {
                static KEY: $type = $value;
            }
            $crate::sync::LocalKey(&KEY)
        };
    )* };
}
pub(crate) use thread_locals;

macro_rules! statics {
    ($($(#[$attribute:meta])* static $name:ident: $type:ty = $value:expr;)*) => {
        ::loom::lazy_static! { $(
            $(#[$attribute])*
            static ref $name: $type = $value;
        )* }
    };
}
pub(crate) use statics;

macro_rules! const_fn {
    ($(#[$attribute:meta])* $visible:vis fn $($rest:tt)*) => {
        $(#[$attribute])*
        $visible fn $($rest)*
    };
}
pub(crate) use const_fn;
