//! Around a request: the middlewares of this package that it has passed, which its scope has, the outermost first.

use pyo3::exceptions::PyKeyError;
use pyo3::ffi;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

/// The key of the middlewares. It is in the dict "asgi" of the scope, because one key more makes CPython enlarge the dict of many
/// scopes, which takes longer than all else that is done here.
fn key(py: Python<'_>) -> &Bound<'_, PyString> {
    intern!(py, "aioprometheus.middlewares")
}

/// What is around a request.
pub struct Around<'py> {
    /// The dict "asgi" of its scope.
    asgi: Option<Bound<'py, PyDict>>,
    /// The middlewares, in a tuple; nothing if there are none.
    pub middlewares: Option<Bound<'py, PyTuple>>,
}

impl<'py> Around<'py> {
    /// What the scope of a request says of it.
    pub fn of(scope: &Bound<'py, PyDict>) -> PyResult<Self> {
        let py = scope.py();
        let asgi = scope.get_item(intern!(py, "asgi"))?;
        let asgi = asgi.and_then(|asgi| asgi.cast_into_exact::<PyDict>().ok());
        let found = asgi.as_ref().unwrap_or(scope).get_item(key(py))?;
        let middlewares = found.and_then(|found| found.cast_into::<PyTuple>().ok());
        Ok(Self { asgi, middlewares: middlewares.filter(|middlewares| !middlewares.is_empty()) })
    }
}

/// What the scope of a request was before a middleware put itself into it.
pub struct Before(Where);

enum Where {
    /// The dict "asgi", which had no key, and has one until the end of the request.
    Own(Py<PyDict>),
    /// The dict "asgi", in whose place there is a copy with the key: a server may give one dict to all of its requests.
    Shared(Py<PyDict>),
    /// The middlewares in a scope that has no such dict; nothing if it had no key.
    Scope(Option<Py<PyTuple>>),
}

impl Before {
    /// Puts a middleware, in a tuple of its own, into a scope, within those that are `around` it.
    pub fn enter<'py>(
        scope: &Bound<'py, PyDict>,
        around: Around<'py>,
        middleware: &Bound<'py, PyTuple>,
    ) -> PyResult<Self> {
        let py = scope.py();
        let within = match &around.middlewares {
            Some(middlewares) => middlewares.add(middleware)?,
            None => middleware.clone().into_any(),
        };
        let Some(asgi) = around.asgi else {
            scope.set_item(key(py), within)?;
            return Ok(Self(Where::Scope(around.middlewares.map(Bound::unbind))));
        };
        if around.middlewares.is_none() && belongs_to_scope(&asgi) {
            asgi.set_item(key(py), within)?;
            return Ok(Self(Where::Own(asgi.unbind())));
        }
        let copy = asgi.copy()?;
        copy.set_item(key(py), within)?;
        scope.set_item(intern!(py, "asgi"), copy)?;
        Ok(Self(Where::Shared(asgi.unbind())))
    }

    /// Restores a scope, which its server may use again.
    pub fn restore(&self, scope: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = scope.py();
        match &self.0 {
            Where::Own(asgi) => remove_key(asgi.bind(py)),
            Where::Shared(asgi) => scope.set_item(intern!(py, "asgi"), asgi),
            Where::Scope(Some(around)) => scope.set_item(key(py), around),
            Where::Scope(None) => remove_key(scope),
        }
    }

    /// Visits what it refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        match &self.0 {
            Where::Own(asgi) | Where::Shared(asgi) => visit.call(asgi),
            Where::Scope(around) => visit.call(around),
        }
    }
}

/// Removes the key, which the application may have taken out.
fn remove_key(dict: &Bound<'_, PyDict>) -> PyResult<()> {
    let py = dict.py();
    match dict.del_item(key(py)) {
        Err(error) if !error.is_instance_of::<PyKeyError>(py) => Err(error),
        _ => Ok(()),
    }
}

/// Whether nothing but a scope refers to a dict in it, besides the caller, so that no other request sees what changes in it.
fn belongs_to_scope(dict: &Bound<'_, PyDict>) -> bool {
    // SAFETY: the object is alive, and this thread is attached.
    let references = unsafe { ffi::Py_REFCNT(dict.as_ptr()) };
    // Without the interpreter's lock, a count says little: other threads may be about to take a reference.
    cfg!(not(Py_GIL_DISABLED)) && references == 2
}
