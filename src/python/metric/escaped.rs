//! Escaped names: the names of a registry as scrapers see them that do not take UTF-8.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::registry::EscapedNames;

/// The escaped names of a registry, and the size of its dict when it had these names: anybody may change the dict.
#[derive(Default)]
pub struct Escaped {
    /// The names, perhaps some among them that are gone.
    pub names: EscapedNames,
    len: usize,
}

impl Escaped {
    /// Reads the names of the dict again if others put some there: it is larger, or its last name is not known. Names that
    /// others removed do no harm as long as they are few.
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

    /// Removes a name that was removed from the dict.
    pub fn remove(&mut self, name: &str) {
        self.names.remove(name);
        self.len = self.len.saturating_sub(1);
    }
}

/// The key that was put into a dict last, if there is one and it is text.
fn last_key(dict: &Bound<'_, PyDict>) -> PyResult<Option<String>> {
    // The method of dict itself: that of a subclass may do anything.
    let keys = dict.py().get_type::<PyDict>().call_method1(intern!(dict.py(), "__reversed__"), (dict,))?;
    Ok(keys.try_iter()?.next().transpose()?.and_then(|key| key.extract().ok()))
}
