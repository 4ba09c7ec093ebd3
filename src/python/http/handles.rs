//! Handles: the functions that an application gets in the place of those of its server.

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

/// The functions that become those of an application when they are bound to its exchange.
pub struct Handles {
    receive: Py<PyAny>,
    send: Py<PyAny>,
}

impl Handles {
    /// The function that receives, and the one that sends.
    ///
    /// # Errors
    ///
    /// TypeError if one cannot be bound.
    pub fn new(receive: Bound<'_, PyAny>, send: Bound<'_, PyAny>) -> PyResult<Self> {
        getter(&receive)?;
        getter(&send)?;
        Ok(Self { receive: receive.unbind(), send: send.unbind() })
    }

    /// The functions for the application of an exchange: one receives, and one sends.
    pub fn bind<'py>(
        &self,
        exchange: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let py = exchange.py();
        Ok((bound(self.receive.bind(py), exchange)?, bound(self.send.bind(py), exchange)?))
    }

    /// Visits what it refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.receive)?;
        visit.call(&self.send)
    }
}

/// What the interpreter calls to find an attribute of an object whose class has this function.
fn getter(function: &Bound<'_, PyAny>) -> PyResult<ffi::descrgetfunc> {
    // SAFETY: the object is alive, and so is its class.
    let getter = unsafe { (*ffi::Py_TYPE(function.as_ptr())).tp_descr_get };
    getter.ok_or_else(|| PyTypeError::new_err("expected a function that can be bound to an object"))
}

/// A function bound to an exchange, as the attribute of an object is bound to it. A call of `types.MethodType` takes three
/// times as long.
fn bound<'py>(function: &Bound<'py, PyAny>, exchange: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let (py, getter) = (function.py(), getter(function)?);
    // SAFETY: called as the interpreter does, in an attached thread: with the function, an object and its class. It returns
    // a new reference, or nothing and raises.
    unsafe {
        let class = ffi::Py_TYPE(exchange.as_ptr()).cast();
        Bound::from_owned_ptr_or_err(py, getter(function.as_ptr(), exchange.as_ptr(), class))
    }
}
