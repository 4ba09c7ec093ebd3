//! Kept objects: objects of the user's that belong to single series of a metric, as long as these are not removed.
//!
//! As in 23.12.0, a class may keep an estimator of its own as the value of a series: `set_value(labels, own)`, and
//! `get_value` gives it back. Such a series is born in the family like any other, which gives it its labels and its place in
//! the order; its object is kept here. From then on, scrapes and updates of the metric go through its methods, which know
//! what the objects mean. The functions that give the values of series at a scrape are kept in the same way.

use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashMap;
use parking_lot::Mutex;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::series::AnySeries;

/// The objects of one metric, by the address of their series.
#[derive(Default)]
pub struct Kept {
    used: AtomicBool,
    /// Each series is held, so that no other one gets its address. No Python code runs while the lock is held.
    objects: Mutex<HashMap<usize, (AnySeries, Py<PyAny>)>>,
}

impl Kept {
    /// Whether there has been an object.
    #[inline]
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed)
    }

    /// The object of a series.
    pub fn get<'py>(&self, py: Python<'py>, series: &AnySeries) -> Option<Bound<'py, PyAny>> {
        if !self.is_used() {
            return None;
        }
        let objects = self.objects.lock();
        objects.get(&series.address()).map(|(_, object)| object.bind(py).clone())
    }

    /// Keeps an object for a series, in the place of the one before.
    pub fn set(&self, series: AnySeries, object: &Bound<'_, PyAny>) {
        let entry = (series, object.clone().unbind());
        let before = self.objects.lock().insert(entry.0.address(), entry);
        self.used.store(true, Ordering::Relaxed);
        drop(before);
    }

    /// Forgets the objects of the series that were removed.
    fn sweep(&self) {
        if !self.is_used() {
            return;
        }
        let removed: Vec<_> = self.objects.lock().extract_if(|_, (series, _)| series.is_removed()).collect();
        drop(removed);
    }

    /// The series that were not removed, with their objects. The others are forgotten.
    pub fn all<'py>(&self, py: Python<'py>) -> Vec<(AnySeries, Bound<'py, PyAny>)> {
        self.sweep();
        let objects = self.objects.lock();
        objects.values().map(|(series, object)| (series.clone(), object.bind(py).clone())).collect()
    }

    /// Takes the objects of another one; gives whether it had any.
    pub fn take_over(&self, other: &Self) -> bool {
        let taken = std::mem::take(&mut *other.objects.lock());
        let any = !taken.is_empty();
        if any {
            self.objects.lock().extend(taken);
            self.used.store(true, Ordering::Relaxed);
        }
        any
    }

    /// Forgets the object of a series.
    pub fn forget(&self, series: &AnySeries) {
        let removed = self.objects.lock().remove(&series.address());
        drop(removed);
    }

    /// Shows the objects to the garbage collector.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Only another thread of a free-threaded interpreter can hold the lock now; then nothing is collected this time.
        match self.objects.try_lock() {
            Some(objects) => objects.values().try_for_each(|(_, object)| visit.call(object)),
            None => Ok(()),
        }
    }

    /// Forgets the objects, for the garbage collector.
    pub fn clear(&self) {
        let objects = std::mem::take(&mut *self.objects.lock());
        drop(objects);
    }
}

/// Whether a value has all the attributes that the methods of a metric use on it.
pub fn has_all<const N: usize>(value: &Bound<'_, PyAny>, attributes: [&str; N]) -> PyResult<bool> {
    for attribute in attributes {
        if !value.hasattr(attribute)? {
            return Ok(false);
        }
    }
    Ok(true)
}
