//! Messages of ASGI, as far as they are read.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList, PyString, PyTuple};

use super::status::Status;

/// A message as a dict, which nearly all are; nothing if it is not a mapping. Then it is no message, which the server or the
/// application reports.
#[inline]
pub fn as_dict<'py>(message: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    if let Ok(message) = message.cast::<PyDict>() {
        return Some(message.clone());
    }
    let py = message.py();
    message.hasattr(intern!(py, "keys")).ok().filter(|&is_mapping| is_mapping)?;
    py.get_type::<PyDict>().call1((message,)).ok()?.cast_into().ok()
}

/// What a message from an application means.
pub enum Sent {
    /// The answer starts.
    Start(Status),
    /// A piece of the body, with its length, and whether it is the last one.
    Body { bytes: u64, is_last: bool },
    /// The server sends a file as the body.
    File { is_last: bool },
    /// A websocket is accepted.
    Accept,
    /// A message to the client of a websocket.
    Websocket,
    /// A websocket is closed.
    Close,
    /// Nothing that is counted. Whether it is a message at all, the server finds out.
    Other,
}

impl Sent {
    /// Reads a message.
    #[inline]
    pub fn of(message: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = message.py();
        let Some(kind) = text(message, intern!(py, "type"))? else {
            return Ok(Self::Other);
        };
        Ok(match kind.to_str()? {
            "http.response.body" => {
                let (bytes, is_last) = piece(message)?;
                Self::Body { bytes, is_last }
            }
            "http.response.start" | "websocket.http.response.start" => {
                match message.get_item(intern!(py, "status"))? {
                    Some(status) => Self::Start(Status::of(&status)?),
                    None => Self::Start(Status::ERROR),
                }
            }
            "http.response.pathsend" => Self::File { is_last: true },
            "http.response.zerocopysend" => Self::File { is_last: !has_more(message)? },
            "websocket.accept" => Self::Accept,
            "websocket.send" => Self::Websocket,
            "websocket.close" => Self::Close,
            _ => Self::Other,
        })
    }
}

/// What a message from the server means.
pub enum Received {
    /// A piece of the body of the request, with its length, and whether it is the last one.
    Body { bytes: u64, is_last: bool },
    /// A message from the client of a websocket.
    Websocket,
    /// The client has gone.
    Gone,
    /// Nothing that is counted.
    Other,
}

impl Received {
    /// Reads a message.
    pub fn of(message: &Bound<'_, PyDict>) -> PyResult<Self> {
        let py = message.py();
        let Some(kind) = text(message, intern!(py, "type"))? else {
            return Ok(Self::Other);
        };
        Ok(match kind.to_str()? {
            "http.request" => {
                let (bytes, is_last) = piece(message)?;
                Self::Body { bytes, is_last }
            }
            "http.disconnect" | "websocket.disconnect" => Self::Gone,
            "websocket.receive" => Self::Websocket,
            _ => Self::Other,
        })
    }
}

fn text<'py>(
    message: &Bound<'py, PyDict>,
    key: &Bound<'py, PyString>,
) -> PyResult<Option<Bound<'py, PyString>>> {
    Ok(message.get_item(key)?.and_then(|text| text.cast_into().ok()))
}

/// The length of the piece of a body in a message, and whether it is the last one.
#[inline]
fn piece(message: &Bound<'_, PyDict>) -> PyResult<(u64, bool)> {
    let body = message.get_item(intern!(message.py(), "body"))?;
    Ok((length(body.as_ref()), !has_more(message)?))
}

fn has_more(message: &Bound<'_, PyDict>) -> PyResult<bool> {
    match message.get_item(intern!(message.py(), "more_body"))? {
        Some(more) => more.is_truthy(),
        None => Ok(false),
    }
}

/// The number of bytes in a body. What is no body, the server finds out.
fn length(body: Option<&Bound<'_, PyAny>>) -> u64 {
    let Some(body) = body else {
        return 0;
    };
    if let Ok(bytes) = body.cast_exact::<PyBytes>() {
        return bytes.as_bytes().len() as u64;
    }
    // The elements of a memoryview may have several bytes.
    let bytes = body.getattr_opt(intern!(body.py(), "nbytes")).ok().flatten();
    let bytes = bytes.and_then(|bytes| bytes.extract().ok());
    bytes.or_else(|| body.len().ok()).unwrap_or(0) as u64
}

/// The value of a header of a request or an answer. Names of headers are in lower case in ASGI; applications may write them
/// otherwise. Headers that can be read only once are left to the server.
pub fn header<'py>(headers: Option<&Bound<'py, PyAny>>, name: &[u8]) -> Option<Bound<'py, PyBytes>> {
    let headers = headers?;
    if let Ok(list) = headers.cast::<PyList>() {
        return list.iter().find_map(|pair| value_of(&pair, name));
    }
    headers.cast::<PyTuple>().ok()?.iter().find_map(|pair| value_of(&pair, name))
}

/// The value in a pair of a name and a value, if the name is this one.
#[inline]
fn value_of<'py>(pair: &Bound<'py, PyAny>, name: &[u8]) -> Option<Bound<'py, PyBytes>> {
    match pair.cast::<PyTuple>() {
        Ok(pair) => value_in(pair.iter(), name),
        Err(_) => value_in(pair.cast::<PyList>().ok()?.iter(), name),
    }
}

#[inline]
fn value_in<'py>(
    mut items: impl Iterator<Item = Bound<'py, PyAny>>,
    name: &[u8],
) -> Option<Bound<'py, PyBytes>> {
    let key = items.next()?.cast_into::<PyBytes>().ok()?;
    if key.as_bytes().eq_ignore_ascii_case(name) { items.next()?.cast_into().ok() } else { None }
}

/// The number of bytes that the headers of a request or an answer say.
pub fn content_length(headers: Option<&Bound<'_, PyAny>>) -> Option<u64> {
    let value = header(headers, b"content-length")?;
    let digits = value.as_bytes();
    let is_number = !digits.is_empty() && digits.len() < 20 && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

/// Whether an answer with these headers is a stream: server-sent events, whatever was sent of them, or several pieces of a body
/// whose length was not known.
pub fn is_stream(headers: Option<&Bound<'_, PyAny>>, is_in_pieces: bool) -> bool {
    let kind = header(headers, b"content-type");
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
        || (is_in_pieces && header(headers, b"content-length").is_none())
}

/// A number of bytes as an observation.
#[expect(clippy::cast_precision_loss)]
pub fn as_number(bytes: u64) -> f64 {
    bytes as f64
}

/// The code with which a websocket is closed, as the message says.
pub fn close_code(message: &Bound<'_, PyDict>, default: u16) -> PyResult<String> {
    let code = message.get_item(intern!(message.py(), "code"))?.filter(|code| !code.is_none());
    Ok(code.map_or(Ok(Status::Code(default)), |code| Status::of(&code))?.text())
}
