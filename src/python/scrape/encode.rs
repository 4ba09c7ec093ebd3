//! Expositions for Python: blocks encoded without the interpreter's lock.

use std::sync::Arc;

use pyo3::exceptions::PyValueError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedStr;
use pyo3::types::{PyBytes, PyList, PyTuple};

use super::family::reports_of;
use super::page::Page;
use super::report::PyReport;
use crate::exposition::{Block, Format, Options};
use crate::fork::{self, Sectioned};
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::python::argument::naming::escaping_of;
use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::{self, detached};
use crate::python::interpreter::worker;
use crate::python::metric::collector::PyCollector;
use crate::scrape::Scrape;

/// What is encoded, and how.
pub struct Rendering {
    pub scrape: Scrape,
    pub blocks: Vec<Block>,
    pub options: Options,
}

impl Rendering {
    /// Renders on this thread, which is detached from the interpreter meanwhile.
    pub fn render_here(self, py: Python<'_>) -> PyResult<Bound<'_, PyBytes>> {
        let mut page = Page::new(py)?;
        detached(py, || self.render(&mut page))?;
        Ok(page.into_bytes(py))
    }

    /// Renders into `page`, detached from the interpreter.
    fn render(self, page: &mut Page) -> Result<(), OutOfMemory> {
        self.scrape.write(page, self.blocks, self.options)
    }

    /// Renders on a worker thread, which gives the bytes to `results`.
    pub fn start(self, results: Bound<'_, PyAny>) -> PyResult<()> {
        let py = results.py();
        let Some(threads) = worker::threads(py).filter(|_| !lifecycle::is_ending() && !fork::is_under_way())
        else {
            // The interpreter is ending, or the system has no thread; or this thread is forking, and the others wait for it.
            let body = self.render_here(py)?;
            results.call_method1(intern!(py, "end"), (body, py.None()))?;
            return Ok(());
        };
        worker::start(results, async move {
            let render = move || {
                // Made here, so that renderings that wait for their turn hold no memory.
                let mut page = Sectioned::new(fork::section(|| lifecycle::attach(Page::new))?);
                self.render(&mut page)?;
                Ok::<_, PyErr>(page.into_inner())
            };
            let (page, turn) = worker::run(threads, render).await?;
            Ok((Rendered(page?), turn))
        })
    }
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

/// The block of a metric that the core renders, of a report, or of a name and its lines; none of a metric that is not
/// initialised.
pub fn block_of(object: &Bound<'_, PyAny>) -> PyResult<Option<Block>> {
    if let Ok(metric) = object.cast::<PyCollector>() {
        return Ok(metric.get().renders_family().cloned().map(Block::Family));
    }
    if let Ok(report) = object.cast::<PyReport>() {
        return Ok(Some(Block::Report(Arc::clone(&report.get().report))));
    }
    let (name, text): (PyBackedStr, PyBackedStr) = object.extract()?;
    Ok(Some(Block::Text { name: copied(&name)?, text: copied(&text)? }))
}

/// A copy of a text, for which there may be no memory.
fn copied(text: &str) -> Result<String, OutOfMemory> {
    let mut copy = String::new();
    copy.try_reserve_exact(text.len())?;
    copy.push_str(text);
    Ok(copy)
}

/// The scrape of a format by its name, and an escaping.
///
/// # Errors
///
/// ValueError when there is no such format or escaping.
pub fn scrape_of(format: &str, escaping: Option<&str>) -> PyResult<Scrape> {
    let format = Format::from_name(format)
        .ok_or_else(|| PyValueError::new_err(format!("there is no format '{format}'")))?;
    Ok(Scrape::of_format(format, escaping_of(escaping)?))
}

/// Encode metrics, sorted by name. The interpreter's lock is free meanwhile.
///
/// :param format: ``"text"``, ``"openmetrics"`` or ``"protobuf"``.
/// :param blocks: Metrics for which ``is_built_in`` is true, reports, families that a collector
///   yields, and pairs of a name and its lines of text.
/// :param escaping: What becomes of names that need quotes: ``"underscores"`` (the same as
///   None), ``"dots"``, ``"values"`` or ``"allow-utf-8"``.
/// :param timestamp: The time of every sample, in milliseconds since 1970.
/// :param created: Whether OpenMetrics says when series were born.
/// :raises ValueError: If there is no such format or escaping.
#[pyfunction]
#[pyo3(signature = (format, blocks, *, escaping=None, timestamp=None, created=false))]
pub fn encode<'py>(
    format: &str,
    blocks: &Bound<'py, PyList>,
    escaping: Option<&str>,
    timestamp: Option<i64>,
    created: bool,
) -> PyResult<Bound<'py, PyBytes>> {
    static LOG_REPEATED: OfPackage = OfPackage::new("aioprometheus.failure", "log_repeated");
    let scrape = scrape_of(format, escaping)?;
    memory::check(RESERVE)?;
    let mut all = Vec::new();
    all.try_reserve(blocks.len()).map_err(OutOfMemory::from)?;
    for block in blocks {
        if block.is_instance_of::<PyCollector>()
            || block.is_instance_of::<PyReport>()
            || block.is_instance_of::<PyTuple>()
        {
            all.extend(block_of(&block)?);
        } else {
            for reported in reports_of(&block, None)? {
                if !reported.left_out.is_empty() {
                    LOG_REPEATED.get(blocks.py())?.call1((reported.block.name(), reported.left_out))?;
                }
                all.push(reported.block);
            }
        }
    }
    let options = Options { timestamp, created, ..Options::default() };
    Rendering { scrape, blocks: all, options }.render_here(blocks.py())
}
