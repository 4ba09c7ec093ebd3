//! Which format a body has: by its media type, or by its bytes.

use super::{Format, protobuf};
use crate::negotiation::header::Clause;

/// The media type of OpenMetrics.
const OPENMETRICS: &str = "application/openmetrics-text";

/// The media type of protocol buffers, and the name of the message of a family.
const PROTOBUF: &str = "application/vnd.google.protobuf";
const MESSAGE: &str = "io.prometheus.client.MetricFamily";

/// The format of a `Content-Type`, if it can be read.
#[must_use]
pub fn format_of(content_type: &str) -> Option<Format> {
    let given = Clause::of(content_type);
    match given.subject().to_ascii_lowercase().as_str() {
        "text/plain" => match given.parameter("version").as_deref() {
            Some("0.0.4") => Some(Format::Text),
            _ => Some(Format::Utf8Text),
        },
        OPENMETRICS => Some(Format::OpenMetrics),
        PROTOBUF if given.parameter("proto").is_none_or(|proto| proto == MESSAGE) => {
            let is_delimited = given.parameter("encoding").is_none_or(|encoding| encoding == "delimited");
            is_delimited.then_some(Format::Protobuf)
        }
        _ => None,
    }
}

/// The format that the bytes of a body look like. OpenMetrics ends with `# EOF`; messages fill the body exactly. What was text
/// already is not read as messages.
#[must_use]
pub fn recognised(body: &[u8], is_text: bool) -> Format {
    let end = body.strip_suffix(b"\n").unwrap_or(body);
    let has_end = end.strip_suffix(b"# EOF").is_some_and(|before| matches!(before, [] | [.., b'\n']));
    if !is_text && protobuf::looks_like_it(body) {
        Format::Protobuf
    } else if has_end {
        Format::OpenMetrics
    } else {
        Format::Utf8Text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_media_type() {
        for (text, format) in [
            ("text/plain", Some(Format::Utf8Text)),
            ("Text/Plain; version=0.0.4; charset=utf-8", Some(Format::Text)),
            ("text/plain; VERSION=\"1.0.0\"; escaping=allow-utf-8", Some(Format::Utf8Text)),
            ("application/openmetrics-text; version=1.0.0", Some(Format::OpenMetrics)),
            (
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
                Some(Format::Protobuf),
            ),
            ("application/vnd.google.protobuf; encoding=text", None),
            ("application/vnd.google.protobuf; proto=other", None),
            ("text/html", None),
            ("", None),
        ] {
            assert_eq!(format_of(text), format, "{text}");
        }
    }

    #[test]
    fn by_bytes() {
        for (bytes, format) in [
            (&b""[..], Format::Utf8Text),
            (b"a 1\n", Format::Utf8Text),
            (b"# EOF", Format::OpenMetrics),
            (b"a 1\n# EOF\n", Format::OpenMetrics),
            (b"a 1 # EOF\n", Format::Utf8Text),
            (b"\x03\x0a\x01a", Format::Protobuf),
            (b"\x03\x0a\x01a\x01", Format::Utf8Text),
            (b"#\nab 1\n", Format::Utf8Text),
        ] {
            assert_eq!(recognised(bytes, false), format, "{bytes:?}");
        }
        assert_eq!(recognised(b"\x03\x0a\x01a", true), Format::Utf8Text);
    }
}
