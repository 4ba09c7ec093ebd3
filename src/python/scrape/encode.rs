//! Expositions for Python: families encoded without the interpreter's lock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyCFunction, PyList};

use super::page::Page;
use super::report::{PyReport, kind_of};
use crate::compression::compress;
use crate::exposition::{Block, Format, Options, encode_into, text};
use crate::family::{AnyFamily, Descriptor};
use crate::fork::{self, Sectioned};
use crate::kind::Kind;
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::name::Escaping;
use crate::negotiation::{self, Encoding};
use crate::python::argument::labels::Labels;
use crate::python::argument::naming::{escaping_of, naming_of};
use crate::python::argument::number;
use crate::python::class::collector::PyCollector;
use crate::python::interpreter::lifecycle::{self, detached};
use crate::python::interpreter::worker;
use crate::python::metric::constructor::built_in_class;
use crate::registry;

/// The methods that report the series of a metric.
const READING_METHODS: [&str; 3] = ["get_all", "get", "get_value"];

/// The family of a metric, if the core renders the metric from it. A class that describes the metric itself is compared
/// with it.
///
/// # Errors
///
/// What the class raises while it describes the metric.
pub fn rendered_family<'a>(metric: &'a Bound<'_, PyCollector>) -> PyResult<Option<&'a AnyFamily>> {
    let Some(family) = metric.get().renders_family() else {
        return Ok(None);
    };
    if !metric.get().state()?.overrides.description && !metric.get().shows_labels.load(Ordering::Relaxed) {
        return Ok(Some(family));
    }
    let (py, descriptor) = (metric.py(), family.descriptor());
    let is_same = metric.getattr(intern!(py, "name"))?.eq(descriptor.name())?
        && metric.getattr(intern!(py, "doc"))?.str()?.eq(descriptor.help())
        && has_labels(descriptor, &metric.getattr(intern!(py, "const_labels"))?);
    Ok(is_same.then_some(family))
}

/// Whether the constant labels of a family are these.
fn has_labels(descriptor: &Descriptor, labels: &Bound<'_, PyAny>) -> bool {
    let constant: BTreeMap<&str, &str> = descriptor.constant().collect();
    let labels = Labels::extract(descriptor.name(), Some(labels));
    labels.is_ok_and(|labels| labels.pairs().into_iter().collect::<BTreeMap<_, _>>() == constant)
}

/// Return whether the core renders a metric from its own state.
///
/// It does unless the class of the metric, or the metric itself (a mock may stand in its
/// ``__dict__``), has a ``kind`` of its own or overrides a method that reports its series.
///
/// :param collector: The metric.
#[pyfunction]
pub fn is_native(collector: &Bound<'_, PyAny>) -> PyResult<bool> {
    let Ok(metric) = collector.cast::<PyCollector>() else {
        return Ok(false);
    };
    // Called for every metric of a scrape, so that removed series are given back within one scrape.
    if let Ok(state) = metric.get().state() {
        state.lookup.forget_removed(collector.py(), true);
    }
    if rendered_family(metric)?.is_none() {
        return Ok(false);
    }
    let kind = intern!(collector.py(), "kind");
    if !collector.getattr(kind)?.is(&built_in_class(collector).getattr(kind)?) {
        return Ok(false);
    }
    for method in READING_METHODS {
        if !collector.getattr(method)?.is_instance_of::<PyCFunction>() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Return whether a metric is rendered with native buckets, which only protocol buffers have.
///
/// :param collector: The metric.
#[pyfunction]
pub fn has_native_buckets(collector: &Bound<'_, PyAny>) -> PyResult<bool> {
    let native = collector.cast::<PyCollector>().is_ok_and(|metric| {
        matches!(metric.get().renders_family(), Some(AnyFamily::Histogram(family)) if family.spec().native().is_some())
    });
    Ok(native && is_native(collector)?)
}

/// A copy of a text, for which there may be no memory.
fn copied(text: &str) -> Result<String, OutOfMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy)
}

/// Return the families that write samples of a name that an earlier one writes already.
///
/// :param families: Metrics that the core renders, and pairs of a name and a kind, such as
///   ``"counter"``, in the order of their registration. An unknown kind is taken for
///   ``"untyped"``.
/// :returns: Pairs of positions: the later one, and the one that it clashes with.
#[pyfunction]
pub fn find_clashes(families: &Bound<'_, PyList>) -> PyResult<Vec<(usize, usize)>> {
    // The tables below grow with the registry; each family takes a few hundred bytes of them.
    memory::check(RESERVE.saturating_add(families.len().saturating_mul(1024)))?;
    let described: Vec<(String, Kind)> = families
        .iter()
        .map(|family| {
            if let Ok(metric) = family.cast::<PyCollector>() {
                let descriptor = metric.get().state()?.family.descriptor();
                return Ok((descriptor.name().to_owned(), descriptor.kind()));
            }
            let (name, kind): (String, PyBackedStr) = family.extract()?;
            Ok((name, kind_of(&kind).unwrap_or(Kind::Untyped)))
        })
        .collect::<PyResult<_>>()?;
    let borrowed: Vec<(&str, Kind)> = described.iter().map(|(name, kind)| (&**name, *kind)).collect();
    Ok(registry::find_clashes(&borrowed))
}

/// A rendering: what is rendered, and how.
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
        memory::check(RESERVE)?;
        let mut plain = Vec::new();
        plain.try_reserve(blocks.len()).map_err(OutOfMemory::from)?;
        for block in blocks {
            if let Ok(metric) = block.cast::<PyCollector>() {
                if let Some(family) = metric.get().renders_family() {
                    plain.push(Block::Family(family.clone()));
                }
            } else if let Ok(report) = block.cast::<PyReport>() {
                plain.push(Block::Report(Arc::clone(&report.get().report)));
            } else {
                let (name, text): (PyBackedStr, PyBackedStr) = block.extract()?;
                plain.push(Block::Text { name: copied(&name)?, text: copied(&text)? });
            }
        }
        let options = Options { escaping: escaping_of(escaping)?, timestamp, created };
        Ok(Self { format, blocks: plain, options, encoding })
    }

    /// Renders on this thread, which is detached from the interpreter meanwhile.
    fn render_here(self, py: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
        let mut page = Page::new(py)?;
        detached(py, || self.render(&mut page))?;
        Ok(page.into_bytes(py))
    }

    /// Renders into `page`, detached from the interpreter.
    fn render(self, page: &mut Page) -> Result<(), OutOfMemory> {
        let Self { format, blocks, options, encoding } = self;
        if encoding == Encoding::Identity {
            return encode_into(format, page, blocks, options);
        }
        compress(page, encoding, |sink| encode_into(format, sink, blocks, options))
    }
}

/// Encode metrics, sorted by name. The interpreter's lock is free meanwhile.
///
/// :param format: ``"text"``, ``"openmetrics"`` or ``"protobuf"``.
/// :param blocks: Metrics for which ``is_native`` is true, reports, and pairs of a name and
///   its lines of text.
/// :param escaping: What becomes of names that need quotes: ``"underscores"`` (the same as
///   None), ``"dots"``, ``"values"`` or ``"allow-utf-8"``.
/// :param timestamp: The time of every sample, in milliseconds since 1970.
/// :param created: Whether OpenMetrics says when series were born.
/// :param encoding: The compression: ``"identity"``, ``"gzip"`` or ``"zstd"``.
/// :raises ValueError: If there is no such format, escaping or compression.
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

/// Encode metrics on a worker thread.
///
/// :param results: An ``aioprometheus.loop.Results``, which gets the bytes.
/// :param format: As for ``encode``.
/// :param blocks: As for ``encode``.
/// :param escaping: As for ``encode``.
/// :param timestamp: As for ``encode``.
/// :param created: As for ``encode``.
/// :param encoding: As for ``encode``.
/// :raises ValueError: If there is no such format, escaping or compression.
#[pyfunction]
#[pyo3(signature = (results, format, blocks, *, escaping=None, timestamp=None, created=false, encoding="identity"))]
pub fn encode_async(
    results: Bound<'_, PyAny>,
    format: &str,
    blocks: &Bound<'_, PyList>,
    escaping: Option<&str>,
    timestamp: Option<i64>,
    created: bool,
    encoding: &str,
) -> PyResult<()> {
    let py = blocks.py();
    let request = Request::new(format, blocks, escaping, (timestamp, created), encoding)?;
    let Some(threads) = worker::threads(py).filter(|_| !lifecycle::is_ending() && !fork::is_under_way())
    else {
        // The interpreter is ending, or the system has no thread; or this thread is forking, and the others wait for it.
        let body = request.render_here(py)?;
        results.call_method1(intern!(py, "end"), (body, py.None()))?;
        return Ok(());
    };
    worker::start(results, async move {
        let render = move || {
            // Made here, so that renderings that wait for their turn hold no memory.
            let mut page = Sectioned::new(fork::section(|| lifecycle::attach(Page::new))?);
            request.render(&mut page)?;
            Ok::<_, PyErr>(page.into_inner())
        };
        let (page, turn) = worker::run(threads, render).await?;
        Ok((Rendered(page?), turn))
    })
}

/// A page that becomes bytes when a thread is attached.
struct Rendered(Page);

impl<'py> IntoPyObject<'py> for Rendered {
    type Target = PyBytes;
    type Output = Bound<'py, PyBytes>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        Ok(self.0.into_bytes(py))
    }
}

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

/// Return the HELP and TYPE lines of a metric.
///
/// :param name: The name of the metric.
/// :param help: Its description, not yet escaped.
/// :param kind: What it is, in the words of the text format.
/// :param escaping: What becomes of a name that needs quotes.
/// :param utf8: Whether the name may be any text; None asks ``utf8_is_allowed``.
/// :raises ValueError: If the name is malformed.
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

/// Return the line of one sample, with its labels sorted by name and their values escaped.
///
/// :param name: The name of the sample.
/// :param labels: Its labels.
/// :param value: Its value.
/// :param timestamp: Its time, in milliseconds since 1970.
/// :param escaping: What becomes of names that need quotes.
/// :param utf8: Whether names may be any text; None asks ``utf8_is_allowed``.
/// :raises ValueError: If a name is malformed, or if a label value has no UTF-8 form.
/// :raises TypeError: If the value is not a number.
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
    let number = number::extract_reported(value, || number::refusal(name, value))?;
    let labels = Labels::extract(name, labels)?;
    Ok(text::sample(name, &labels.pairs(), number, timestamp, (naming_of(utf8), escaping_of(escaping)?))?)
}

/// Return the text of the label ``le`` of a bucket.
///
/// :param bound: The upper bound.
#[pyfunction]
pub fn format_bound(bound: f64) -> String {
    crate::exposition::number::bound_text(bound)
}

/// Return the text that a label value becomes in an update, not escaped.
///
/// :param value: The label value.
/// :raises ValueError: If it has no UTF-8 form.
#[pyfunction]
pub fn label_text(value: Bound<'_, PyAny>) -> PyResult<String> {
    Labels::text_of_value("label", value)
}
