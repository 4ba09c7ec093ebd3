//! Expositions for Python: families encoded without the interpreter's lock.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyList};

use super::page::Page;
use super::report::PyReport;
use crate::compression::compress;
use crate::exposition::{Block, Format, Options, encode_into};
use crate::fork::{self, Sectioned};
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::negotiation::Encoding;
use crate::python::argument::naming::escaping_of;
use crate::python::interpreter::lifecycle::{self, detached};
use crate::python::interpreter::worker;
use crate::python::metric::collector::PyCollector;

/// A copy of a text, for which there may be no memory.
fn copied(text: &str) -> Result<String, OutOfMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy)
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
        let format = Format::from_name(format)
            .ok_or_else(|| PyValueError::new_err(format!("there is no format '{format}'")))?;
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
