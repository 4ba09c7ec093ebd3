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

/// The fields of a message that most messages have.
#[derive(Default)]
struct Fields<'py> {
    kind: Option<Bound<'py, PyAny>>,
    status: Option<Bound<'py, PyAny>>,
    body: Option<Bound<'py, PyAny>>,
    more_body: Option<Bound<'py, PyAny>>,
}

impl<'py> Fields<'py> {
    /// Reads the fields.
    #[inline]
    fn of(message: &Bound<'py, PyDict>) -> PyResult<Self> {
        let py = message.py();
        // The keys are constants in the code of a framework as a rule, which the interpreter has once. To walk over so few
        // takes a third of the time that looking them up takes. Without its lock, the dict may change meanwhile.
        if cfg!(Py_GIL_DISABLED) {
            return Self::look_up(message);
        }
        let mut fields = Self::default();
        for (key, value) in message {
            if key.is(intern!(py, "type")) {
                fields.kind = Some(value);
            } else if key.is(intern!(py, "body")) {
                fields.body = Some(value);
            } else if key.is(intern!(py, "more_body")) {
                fields.more_body = Some(value);
            } else if key.is(intern!(py, "status")) {
                fields.status = Some(value);
            } else if !key.is(intern!(py, "headers")) {
                return Self::look_up(message);
            }
        }
        Ok(fields)
    }

    #[cold]
    fn look_up(message: &Bound<'py, PyDict>) -> PyResult<Self> {
        let py = message.py();
        Ok(Self {
            kind: message.get_item(intern!(py, "type"))?,
            status: message.get_item(intern!(py, "status"))?,
            body: message.get_item(intern!(py, "body"))?,
            more_body: message.get_item(intern!(py, "more_body"))?,
        })
    }

    /// The type of the message, in an object that keeps the text.
    fn kind(&self) -> Option<&Bound<'py, PyString>> {
        self.kind.as_ref().and_then(|kind| kind.cast().ok())
    }

    /// The length of the piece of a body, and whether it is the last one.
    #[inline]
    fn piece(&self) -> PyResult<(u64, bool)> {
        Ok((length(self.body.as_ref()), !self.has_more()?))
    }

    fn has_more(&self) -> PyResult<bool> {
        self.more_body.as_ref().map_or(Ok(false), Bound::is_truthy)
    }
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
        let fields = Fields::of(message)?;
        let Some(kind) = fields.kind() else {
            return Ok(Self::Other);
        };
        Ok(match kind.to_str()? {
            "http.response.body" => {
                let (bytes, is_last) = fields.piece()?;
                Self::Body { bytes, is_last }
            }
            "http.response.start" | "websocket.http.response.start" => match &fields.status {
                Some(status) => Self::Start(Status::of(status)?),
                None => Self::Start(Status::ERROR),
            },
            "http.response.pathsend" => Self::File { is_last: true },
            "http.response.zerocopysend" => Self::File { is_last: !fields.has_more()? },
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
        let fields = Fields::of(message)?;
        let Some(kind) = fields.kind() else {
            return Ok(Self::Other);
        };
        Ok(match kind.to_str()? {
            "http.request" => {
                let (bytes, is_last) = fields.piece()?;
                Self::Body { bytes, is_last }
            }
            "http.disconnect" | "websocket.disconnect" => Self::Gone,
            "websocket.receive" => Self::Websocket,
            _ => Self::Other,
        })
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

/// Whether a key is the name of a header, in upper or lower case.
fn is(key: &Bound<'_, PyBytes>, name: &[u8]) -> bool {
    key.as_bytes().eq_ignore_ascii_case(name)
}

#[inline]
fn value_of<'py>(pair: &Bound<'py, PyAny>, name: &[u8]) -> Option<Bound<'py, PyBytes>> {
    if let Ok(pair) = pair.cast::<PyTuple>() {
        let mut items = pair.iter_borrowed();
        let key = items.next()?.cast::<PyBytes>().ok()?;
        return if is(&key, name) { items.next()?.to_owned().cast_into().ok() } else { None };
    }
    let mut items = pair.cast::<PyList>().ok()?.iter();
    let key = items.next()?.cast_into::<PyBytes>().ok()?;
    if is(&key, name) { items.next()?.cast_into().ok() } else { None }
}

/// The number of bytes that the headers of a request or an answer say.
pub fn content_length(headers: Option<&Bound<'_, PyAny>>) -> Option<u64> {
    let value = header(headers, b"content-length")?;
    let digits = value.as_bytes();
    let is_number = !digits.is_empty() && digits.len() < 20 && digits.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

/// Whether the headers of an answer announce a stream: server-sent events, or a body of a length that is not known.
pub fn announce_stream(headers: Option<&Bound<'_, PyAny>>) -> bool {
    let kind = header(headers, b"content-type");
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
        || header(headers, b"content-length").is_none()
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
