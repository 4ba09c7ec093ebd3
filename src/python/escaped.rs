//! The names of a registry as scrapers see them that have them escaped.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::registry::EscapedNames;

/// The escaped names of a registry, and how large its dict was when these were its names: anybody may change it.
#[derive(Default)]
pub struct Escaped {
    /// Perhaps some that are gone.
    pub names: EscapedNames,
    len: usize,
}

impl Escaped {
    /// Takes the names of the dict when some were put there by others: it is larger, or its last one is not known.
    /// Those that others took away do no harm, as long as they are few.
    pub fn follow(&mut self, dict: &Bound<'_, PyDict>) {
        let is_known = last_key(dict).is_ok_and(|last| last.is_none_or(|last| self.names.contains(&last)));
        if dict.len() > self.len || !is_known || self.names.len() > 2 * dict.len() + 64 {
            let names: Vec<String> = dict.keys().iter().filter_map(|key| key.extract().ok()).collect();
            self.names.replace(names.iter().map(String::as_str));
        }
        self.len = dict.len();
    }

    /// Adds a name that was put into the dict.
    pub fn insert(&mut self, name: &str) {
        self.names.insert(name);
        self.len += 1;
    }

    /// Takes out a name that was taken out of the dict.
    pub fn remove(&mut self, name: &str) {
        self.names.remove(name);
        self.len = self.len.saturating_sub(1);
    }
}

/// The key that was put into a dict last, if there is one and it is text.
fn last_key(dict: &Bound<'_, PyDict>) -> PyResult<Option<String>> {
    // Not the method of a subclass, which may be anything.
    let keys = dict.py().get_type::<PyDict>().call_method1(intern!(dict.py(), "__reversed__"), (dict,))?;
    Ok(keys.try_iter()?.next().transpose()?.and_then(|key| key.extract().ok()))
}
