//! Overrides: methods that a user's subclass defines, and that 23.12.0 called on `self`.
//!
//! There `inc` called `self.add`, and `add` called `self.get_value` and `self.set_value`, so that a subclass
//! could override each of them. Here, the methods call overrides where there are any, and go straight to the core
//! everywhere else.

use std::sync::atomic::{AtomicBool, Ordering};

use pyo3::prelude::*;
use pyo3::types::PyType;

/// Which methods the class of a metric overrides.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is an answer of its own about a class")]
pub struct Overrides {
    /// It overrides `add`: `inc`, `dec` and `sub` call that.
    pub add: bool,
    /// It overrides `observe`.
    pub observe: bool,
    /// It overrides `get_value` or `set_value`, and so may store the values of its series itself.
    pub stores_values: bool,
    /// It may keep objects of any class as the values of its series, because its methods know what these mean.
    pub keeps: bool,
    /// It overrides `name`, `doc` or `const_labels`, which may differ from what the constructor was given.
    pub description: bool,
    /// See [`Overrides::value`].
    value: AtomicBool,
    /// See [`Overrides::read`].
    read: AtomicBool,
}

impl Overrides {
    /// Compares `class` with `built_in`, the class of this library that it descends from.
    pub fn of(class: &Bound<'_, PyType>, built_in: &Bound<'_, PyType>) -> PyResult<Self> {
        if class.is(built_in) {
            return Ok(Self::default());
        }
        let overrides = |method: &str| -> PyResult<bool> {
            let (ours, theirs) = (built_in.getattr_opt(method)?, class.getattr_opt(method)?);
            Ok(match (ours, theirs) {
                (Some(ours), Some(theirs)) => !ours.is(&theirs),
                (ours, theirs) => ours.is_some() != theirs.is_some(),
            })
        };
        let get_value = overrides("get_value")?;
        let (add, value) = (overrides("add")?, get_value || overrides("set_value")?);
        let read = get_value || overrides("get")? || overrides("get_all")?;
        // A metric of observations calls the `observe` of its objects; one that counts adds numbers to them.
        let observe = built_in.hasattr("observe")? && overrides("observe")?;
        let observes = observe || built_in.hasattr("observe")? && (add || value);
        Ok(Self {
            add,
            observe,
            stores_values: value,
            keeps: read || observes,
            description: overrides("name")? || overrides("doc")? || overrides("const_labels")?,
            value: AtomicBool::new(value),
            read: AtomicBool::new(read),
        })
    }

    /// Whether `add`, `set` and `get` call `get_value` and `set_value`.
    #[inline(always)]
    pub fn value(&self) -> bool {
        self.value.load(Ordering::Relaxed)
    }

    /// Whether an exposition has what `get_all`, `get` and `get_value` return.
    pub fn read(&self) -> bool {
        self.read.load(Ordering::Relaxed)
    }

    /// The overrides of the class, as if no series had an object as its value.
    pub fn without_objects(&self) -> Self {
        let Self { add, observe, stores_values, keeps, description, .. } = *self;
        Self { add, observe, stores_values, keeps, description, ..Self::default() }
    }

    /// Makes updates and scrapes call the methods from now on, because only these know what the objects mean.
    pub fn call_all(&self) {
        self.value.store(true, Ordering::Relaxed);
        self.read.store(true, Ordering::Relaxed);
    }
}
