//! The statuses of answers, as labels.

use pyo3::prelude::*;
use pyo3::types::PyInt;

use crate::python::interpreter::lifecycle::calls_python;

/// The status of an answer.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Status {
    /// A number of at most three digits.
    Code(u16),
    /// Anything else that an application gave.
    Text(Box<str>),
}

impl Status {
    /// An answer that did not start, although nobody gave up.
    pub const ERROR: Self = Self::Code(500);
    /// A request that was given up. No standard defines a status for it; nginx logs this one.
    pub const GIVEN_UP: Self = Self::Code(499);
    /// A websocket that is accepted.
    pub const ACCEPTED: Self = Self::Code(101);
    /// A websocket that is closed instead of accepted: servers answer this.
    pub const REFUSED: Self = Self::Code(403);

    /// The status that an object says; members of `http.HTTPStatus` are numbers.
    ///
    /// # Errors
    ///
    /// What the `str` of a user's object raises.
    pub fn of(object: &Bound<'_, PyAny>) -> PyResult<Self> {
        if let Ok(number) = object.cast::<PyInt>() {
            if let Ok(code @ 0..1000) = number.extract() {
                return Ok(Self::Code(code));
            }
            let int = object.py().get_type::<PyInt>();
            return Ok(Self::Text(int.call1((number,))?.str()?.to_string_lossy().into()));
        }
        calls_python(object.py());
        Ok(Self::Text(object.str()?.to_string_lossy().into()))
    }

    /// Its text, as the label has it.
    pub fn text(&self) -> String {
        match self {
            Self::Code(code) => code.to_string(),
            Self::Text(text) => text.clone().into(),
        }
    }

    /// Whether it says that the client or the server made an error.
    pub fn is_error(&self) -> bool {
        matches!(self.text().as_bytes().first(), Some(b'4' | b'5'))
    }
}
