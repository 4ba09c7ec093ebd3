//! Sources of a registry that are not metrics: collectors, and functions to be called before a scrape.

use std::collections::HashMap;

use parking_lot::Mutex;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyType};
use pyo3::{PyTraverseError, PyVisit};

use crate::python::argument::refusal::shown;

/// An object of the user's, and the seconds that a scrape waits for it, if they are not the usual ones.
#[derive(Debug)]
pub struct Source {
    object: Py<PyAny>,
    timeout: Option<f64>,
}

/// A source for a scrape: the object, and its time limit in seconds.
pub type Called<'py> = (Bound<'py, PyAny>, Option<f64>);

/// Which of the sources of a registry.
#[derive(Debug, Clone, Copy)]
pub enum Role {
    /// A collector, whose `collect()` yields families.
    Collector,
    /// A function that refreshes metrics before each scrape.
    BeforeScrape,
}

/// The sources of a registry beside its metrics, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Sources {
    /// No Python code runs while the lock is held.
    all: Mutex<All>,
}

#[derive(Debug, Default)]
struct All {
    collectors: Vec<Source>,
    before_scrape: Vec<Source>,
    /// The time limits of metrics, in seconds, by their names.
    limits: HashMap<String, f64>,
}

impl All {
    fn of(&mut self, role: Role) -> &mut Vec<Source> {
        match role {
            Role::Collector => &mut self.collectors,
            Role::BeforeScrape => &mut self.before_scrape,
        }
    }
}

impl Sources {
    /// Adds an object; gives whether it was not there before.
    pub fn add(&self, role: Role, object: &Bound<'_, PyAny>, timeout: Option<f64>) -> bool {
        let mut all = self.all.lock();
        let there = all.of(role);
        if there.iter().any(|source| source.object.is(object)) {
            return false;
        }
        there.push(Source { object: object.clone().unbind(), timeout });
        true
    }

    /// Removes an object from all that it is here; gives whether it was here.
    pub fn remove(&self, object: &Bound<'_, PyAny>) -> bool {
        let mut removed = Vec::new();
        for role in [Role::Collector, Role::BeforeScrape] {
            let mut all = self.all.lock();
            let there = all.of(role);
            if let Some(place) = there.iter().position(|source| source.object.is(object)) {
                removed.push(there.remove(place));
            }
        }
        // Without the lock: the last reference may run Python code.
        !removed.is_empty()
    }

    /// Removes all.
    pub fn clear(&self) {
        let all = std::mem::take(&mut *self.all.lock());
        drop(all);
    }

    /// Exchanges all with other sources, which are those of another registry at a higher address.
    pub fn exchange(&self, higher: &Self) {
        std::mem::swap(&mut *self.all.lock(), &mut *higher.all.lock());
    }

    /// Whether a collector is here.
    pub fn has_collector(&self, object: &Bound<'_, PyAny>) -> bool {
        self.all.lock().collectors.iter().any(|source| source.object.is(object))
    }

    /// Those of a role.
    pub fn all<'py>(&self, py: Python<'py>, role: Role) -> Vec<Called<'py>> {
        let mut all = self.all.lock();
        all.of(role).iter().map(|source| (source.object.bind(py).clone(), source.timeout)).collect()
    }

    /// Sets the time limit of a metric, or forgets it.
    pub fn limit(&self, name: &str, timeout: Option<f64>) {
        let mut all = self.all.lock();
        match timeout {
            Some(timeout) => {
                all.limits.insert(name.to_owned(), timeout);
            }
            None => {
                all.limits.remove(name);
            }
        }
    }

    /// The time limits of metrics, in seconds, by their names.
    pub fn limits(&self) -> HashMap<String, f64> {
        self.all.lock().limits.clone()
    }

    /// Shows the objects to the garbage collector.
    pub fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        // Only another thread of a free-threaded interpreter can hold the lock now; then nothing is collected this time.
        match self.all.try_lock() {
            Some(all) => {
                let mut sources = all.collectors.iter().chain(&all.before_scrape);
                sources.try_for_each(|source| visit.call(&source.object))
            }
            None => Ok(()),
        }
    }
}

/// Whether an object is a collector: it has a method `collect`.
///
/// # Errors
///
/// What the object raises.
pub fn is_collector(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    if object.is_instance_of::<PyType>() {
        return Ok(false);
    }
    let collect = object.getattr_opt(intern!(object.py(), "collect"))?;
    Ok(collect.is_some_and(|collect| collect.is_callable()))
}

/// A time limit in seconds.
///
/// # Errors
///
/// TypeError when it is not a number, ValueError when it is not positive.
pub fn timeout_of(timeout: Option<&Bound<'_, PyAny>>) -> PyResult<Option<f64>> {
    let Some(timeout) = timeout.filter(|timeout| !timeout.is_none()) else {
        return Ok(None);
    };
    let seconds = if timeout.is_instance_of::<PyBool>() { None } else { timeout.extract::<f64>().ok() };
    match seconds {
        Some(seconds) if seconds > 0.0 => Ok(Some(seconds)),
        Some(_) => Err(PyValueError::new_err(format!(
            "timeout must be more than 0 seconds, not {}; leave it out for the usual 5 seconds",
            shown(timeout)
        ))),
        None => {
            Err(PyTypeError::new_err(format!("timeout must be a number of seconds, not {}", shown(timeout))))
        }
    }
}
