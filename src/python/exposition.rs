//! Expositions for Python: families encoded without the interpreter's lock.

use std::io;
use std::sync::Arc;

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyCFunction, PyList};
use pyo3_async_runtimes::{TaskLocals, generic};

use super::collector::PyCollector;
use super::constructor::native_class;
use super::labels::Labels;
use super::lifecycle::{self, detached};
use super::naming::{escaping_of, naming_of};
use super::number;
use super::page::Page;
use super::report::PyReport;
use super::runtime::{self, Workers};
use crate::compression::compress;
use crate::exposition::{Block, Format, Options, encode_into, text};
use crate::fork::{self, Sectioned};
use crate::name::Escaping;
use crate::negotiation::{self, Encoding};

/// What a metric is asked for when it says itself what its series are.
const READING_METHODS: [&str; 3] = ["get_all", "get", "get_value"];

/// Whether a metric is rendered by the core: neither its class nor the object itself (a mock may stand in
/// its ``__dict__``) has a kind, or methods that say what its series are, of its own.
#[pyfunction]
pub fn is_native(collector: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(metric) = collector.cast::<PyCollector>() else {
        return Ok(false);
    };
    // A scrape asks this of every metric.
    metric.get().forget_removed(collector.py(), true);
    if metric.get().renders_family().is_none() {
        return Ok(false);
    }
    let kind = intern!(collector.py(), "kind");
    if !collector.getattr(kind)?.is(&native_class(collector).getattr(kind)?) {
        return Ok(false);
    }
    for method in READING_METHODS {
        if !collector.getattr(method)?.is_instance_of::<PyCFunction>() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What is rendered, and how.
struct Request {
    format: Format,
    blocks: Vec<Block>,
    options: Options,
    encoding: Encoding,
}

impl Request {
    fn new(
        format: &str,
        blocks: &Bound<'_, PyList>,
        escaping: Option<&str>,
        (timestamp, created): (Option<i64>, bool),
        encoding: &str,
    ) -> PyResult<Self> {
        let format = match format {
            "text" => Format::Text,
            "openmetrics" => Format::OpenMetrics,
            "protobuf" => Format::Protobuf,
            _ => return Err(PyValueError::new_err(format!("there is no format '{format}'"))),
        };
        let encodings = [Encoding::Identity, Encoding::Gzip, Encoding::Zstd];
        let encoding = encodings
            .into_iter()
            .find(|known| known.as_str() == encoding)
            .ok_or_else(|| PyValueError::new_err(format!("there is no encoding '{encoding}'")))?;
        let mut plain = Vec::with_capacity(blocks.len());
        for block in blocks {
            if let Ok(metric) = block.cast::<PyCollector>() {
                if let Some(family) = metric.get().renders_family() {
                    plain.push(Block::Family(family.clone()));
                }
            } else if let Ok(report) = block.cast::<PyReport>() {
                plain.push(Block::Report(Arc::clone(&report.get().0)));
            } else {
                let (name, text) = block.extract()?;
                plain.push(Block::Text { name, text });
            }
        }
        let options = Options { escaping: escaping_of(escaping)?, timestamp, created };
        Ok(Self { format, blocks: plain, options, encoding })
    }

    /// Renders on this thread, which lets the interpreter go meanwhile.
    fn render_here(self, py: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
        let mut page = Page::new(py)?;
        detached(py, || self.render(&mut page))?;
        page.into_bytes(py)
    }

    /// Renders into `page`, without the interpreter.
    fn render(self, page: &mut Page) -> io::Result<()> {
        let Self { format, blocks, options, encoding } = self;
        if encoding == Encoding::Identity {
            encode_into(format, page, blocks, options);
            return Ok(());
        }
        compress(page, encoding, |sink| encode_into(format, sink, blocks, options))
    }
}

/// The exposition of metrics, sorted by name, in the format ``"text"``, ``"openmetrics"`` or ``"protobuf"``.
///
/// ``blocks`` holds metrics for which ``is_native`` holds, reports, and pairs of a name and its ready lines of text.
/// ``escaping`` is what becomes of names that need quotes; ``timestamp``, in milliseconds since 1970, is that of
/// every sample; ``created`` has OpenMetrics tell when series were born; ``encoding`` is ``"identity"``, ``"gzip"`` or
/// ``"zstd"``. The interpreter runs on meanwhile.
///
/// :raises ValueError: another word for any of these.
#[pyfunction]
#[pyo3(signature = (format, blocks, *, escaping=None, timestamp=None, created=false, encoding="identity"))]
pub fn encode<'py>(
    format: &str,
    blocks: &Bound<'py, PyList>,
    escaping: Option<&str>,
    timestamp: Option<i64>,
    created: bool,
    encoding: &str,
) -> PyResult<Bound<'py, PyBytes>> {
    Request::new(format, blocks, escaping, (timestamp, created), encoding)?.render_here(blocks.py())
}

/// As ``encode``, on a worker thread: an awaitable of the bytes, for the event loop ``loop``, of which ``create_future``
/// and ``call_soon_threadsafe`` are called.
#[pyfunction]
#[pyo3(signature = (r#loop, format, blocks, *, escaping=None, timestamp=None, created=false, encoding="identity"))]
pub fn encode_async<'py>(
    r#loop: Bound<'py, PyAny>,
    format: &str,
    blocks: &Bound<'py, PyList>,
    escaping: Option<&str>,
    timestamp: Option<i64>,
    created: bool,
    encoding: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let py = blocks.py();
    let request = Request::new(format, blocks, escaping, (timestamp, created), encoding)?;
    let Some(threads) = runtime::threads(py).filter(|_| !lifecycle::is_ending()) else {
        // There are no other threads any more, or none to be had.
        let body = request.render_here(py)?;
        let future = r#loop.call_method0(intern!(py, "create_future"))?;
        future.call_method1(intern!(py, "set_result"), (body,))?;
        return Ok(future);
    };
    let locals = TaskLocals::new(r#loop);
    generic::future_into_py_with_locals::<Workers, _, Rendered>(py, locals, async move {
        let render = move || {
            // Here, so that those that wait for their turn hold no memory.
            let mut page = Sectioned::new(fork::section(|| Python::attach(Page::new))?);
            request.render(&mut page)?;
            Ok(Rendered(page.into_inner()))
        };
        let done = runtime::run(threads, render).await;
        done.map_err(|_| PyRuntimeError::new_err("aioprometheus panicked; please report this"))?
    })
}

/// A page that becomes bytes when a thread is attached.
struct Rendered(Page);

impl<'py> IntoPyObject<'py> for Rendered {
    type Target = PyBytes;
    type Output = Bound<'py, PyBytes>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.0.into_bytes(py)
    }
}

/// What the values of the Accept headers of a request choose: the word of the format, the escaping if one was asked for,
/// and the Content-Type, which tells the version.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "arguments come by value")]
pub fn negotiate(accept: Vec<PyBackedStr>) -> (&'static str, Option<&'static str>, String) {
    use negotiation::Format::{OpenMetrics0_0_1, OpenMetrics1_0_0, Protobuf, Text0_0_4, Text1_0_0};
    let choice = negotiation::negotiate(accept.iter().map(|header| &**header));
    let format = match choice.format {
        Text0_0_4 | Text1_0_0 => "text",
        OpenMetrics0_0_1 | OpenMetrics1_0_0 => "openmetrics",
        Protobuf => "protobuf",
    };
    (format, choice.escaping.map(Escaping::as_str), choice.content_type())
}

/// What the values of the Accept-Encoding headers of a request choose: ``"identity"``, ``"gzip"`` or ``"zstd"``.
#[pyfunction]
#[expect(clippy::needless_pass_by_value, reason = "arguments come by value")]
pub fn negotiate_encoding(headers: Vec<PyBackedStr>) -> &'static str {
    negotiation::negotiate_encoding(headers.iter().map(|header| &**header)).as_str()
}

/// The HELP and TYPE lines of a metric.
///
/// :raises ValueError: a name that is malformed.
#[pyfunction]
#[pyo3(signature = (name, help, kind, escaping=None, utf8=None))]
pub fn format_header(
    name: &str,
    help: &str,
    kind: &str,
    escaping: Option<&str>,
    utf8: Option<bool>,
) -> PyResult<String> {
    Ok(text::header(name, help, kind, naming_of(utf8), escaping_of(escaping)?)?)
}

/// The line of one sample: labels sorted by name, their values as text, escaped.
///
/// :raises ValueError: a name that is malformed, or a label value that has no UTF-8 form.
/// :raises TypeError: a value that is no number.
#[pyfunction]
#[pyo3(signature = (name, labels, value, timestamp=None, escaping=None, utf8=None))]
pub fn format_sample(
    name: &str,
    labels: Option<&Bound<'_, PyAny>>,
    value: &Bound<'_, PyAny>,
    timestamp: Option<i64>,
    escaping: Option<&str>,
    utf8: Option<bool>,
) -> PyResult<String> {
    let number = number::extract(value, || number::refusal(name, value))?;
    let labels = Labels::extract(name, labels)?;
    Ok(text::sample(name, &labels.pairs(), number, timestamp, (naming_of(utf8), escaping_of(escaping)?))?)
}

/// The ``le`` of a bucket.
#[pyfunction]
pub fn format_bound(bound: f64) -> String {
    crate::exposition::number::bound_text(bound)
}

/// The text of a label value as an update makes it, not escaped.
///
/// :raises ValueError: when it has no UTF-8 form.
#[pyfunction]
pub fn label_text(value: Bound<'_, PyAny>) -> PyResult<String> {
    Labels::text_of_value("label", value)
}
