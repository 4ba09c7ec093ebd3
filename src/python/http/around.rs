//! Around a request: the middlewares of this package that it has passed, which its scope has, the outermost first.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};

/// The key of the middlewares. It is in a copy of the dict "asgi" of the scope, because a scope with one key more grows for
/// many applications, which takes longer than all else that is done here.
fn key(py: Python<'_>) -> &Bound<'_, PyString> {
    intern!(py, "aioprometheus.middlewares")
}

fn asgi<'py>(scope: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyDict>>> {
    let found = scope.get_item(intern!(scope.py(), "asgi"))?;
    Ok(found.and_then(|found| found.cast_into_exact::<PyDict>().ok()))
}

/// The middlewares around a request.
pub fn middlewares<'py>(scope: &Bound<'py, PyDict>) -> PyResult<Option<Bound<'py, PyAny>>> {
    match asgi(scope)? {
        Some(asgi) => asgi.get_item(key(scope.py())),
        None => scope.get_item(key(scope.py())),
    }
}

/// What the scope of a request was before a middleware put itself into it.
pub struct Before(Where);

enum Where {
    /// The dict "asgi".
    Asgi(Py<PyDict>),
    /// The middlewares in a scope that has no such dict.
    Scope(Py<PyAny>),
}

impl Before {
    /// Puts a middleware into a scope, within those that are `around` it.
    pub fn enter<'py>(
        scope: &Bound<'py, PyDict>,
        around: Option<Bound<'py, PyAny>>,
        middleware: &Bound<'py, PyAny>,
    ) -> PyResult<Self> {
        let py = scope.py();
        let own = PyTuple::new(py, [middleware])?.into_any();
        let within = match &around {
            Some(around) => around.add(own)?,
            None => own,
        };
        let Some(asgi) = asgi(scope)? else {
            scope.set_item(key(py), within)?;
            let around = around.unwrap_or_else(|| PyTuple::empty(py).into_any());
            return Ok(Self(Where::Scope(around.unbind())));
        };
        let copy = asgi.copy()?;
        copy.set_item(key(py), within)?;
        scope.set_item(intern!(py, "asgi"), copy)?;
        Ok(Self(Where::Asgi(asgi.unbind())))
    }

    /// Restores a scope, which its server may use again.
    pub fn restore(&self, scope: &Bound<'_, PyDict>) -> PyResult<()> {
        let py = scope.py();
        match &self.0 {
            Where::Asgi(asgi) => scope.set_item(intern!(py, "asgi"), asgi),
            Where::Scope(around) => scope.set_item(key(py), around),
        }
    }

    /// The object that is to be visited.
    pub fn object(&self) -> &Py<PyAny> {
        match &self.0 {
            Where::Asgi(asgi) => asgi.as_any(),
            Where::Scope(around) => around,
        }
    }
}
