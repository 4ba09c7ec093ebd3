//! Negotiation: which format and compression a request gets.

use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;

use crate::name::Escaping;
use crate::negotiation;

/// Choose a format by the Accept headers of a request.
///
/// :param accept: The values of the headers.
/// :param protobuf: Whether protocol buffers are offered.
/// :returns: The name of the format, the escaping if one was asked for, and the Content-Type,
///   which includes the version.
#[pyfunction]
#[pyo3(signature = (accept, *, protobuf=true))]
#[expect(clippy::needless_pass_by_value, reason = "arguments come by value")]
pub fn negotiate(accept: Vec<PyBackedStr>, protobuf: bool) -> (&'static str, Option<&'static str>, String) {
    use negotiation::Format::{OpenMetrics0_0_1, OpenMetrics1_0_0, Protobuf, Text0_0_4, Text1_0_0};
    let headers = accept.iter().map(|header| &**header);
    let choice = negotiation::negotiate_among(headers, |format| protobuf || format != Protobuf);
    let format = match choice.format {
        Text0_0_4 | Text1_0_0 => "text",
        OpenMetrics0_0_1 | OpenMetrics1_0_0 => "openmetrics",
        Protobuf => "protobuf",
    };
    (format, choice.escaping.map(Escaping::as_str), choice.content_type())
}

/// Choose a compression by the Accept-Encoding headers of a request.
///
/// :param headers: The values of the headers.
/// :returns: ``"identity"``, ``"gzip"`` or ``"zstd"``.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "arguments come by value")]
pub fn negotiate_encoding(headers: Vec<PyBackedStr>) -> &'static str {
    negotiation::negotiate_encoding(headers.iter().map(|header| &**header)).as_str()
}
