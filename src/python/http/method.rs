//! The methods of requests, as labels.

use pyo3::prelude::*;
use pyo3::types::PyString;

/// The methods that become labels unchanged. Clients may send any other word (methods are case sensitive), and all of those
/// share one label, so that the number of series stays bounded.
const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"];

/// The number of labels.
pub const COUNT: usize = KNOWN.len() + 2;

/// The label of a method, by its number.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Method(usize);

impl Method {
    const OTHER: Self = Self(KNOWN.len());
    /// The scope of a websocket has no method: the handshake is a GET in HTTP/1.1, a CONNECT in HTTP/2.
    pub const WEBSOCKET: Self = Self(KNOWN.len() + 1);

    /// The label of what stands for the method in a request.
    #[inline]
    pub fn of(object: Option<&Bound<'_, PyAny>>) -> Self {
        let text = object.and_then(|object| object.cast::<PyString>().ok()?.to_str().ok());
        let known = text.and_then(|text| KNOWN.iter().position(|&known| known == text));
        known.map_or(Self::OTHER, Self)
    }

    /// All of them, by their numbers.
    pub fn all() -> [Self; COUNT] {
        std::array::from_fn(Self)
    }

    /// Its number, below [`COUNT`].
    pub fn index(self) -> usize {
        self.0
    }

    /// Its text.
    pub fn text(self) -> &'static str {
        match self {
            Self::OTHER => "<other>",
            Self::WEBSOCKET => "WEBSOCKET",
            Self(known) => KNOWN[known],
        }
    }

    /// Whether the answer has no body, whatever its headers say.
    pub fn is_head(self) -> bool {
        self == Self(1)
    }
}
