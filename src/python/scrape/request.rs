//! `Scrape`: the headers of a request and a registry become the bytes of an exposition.

use std::sync::LazyLock;

use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};

use super::asked::{Asked, asked};
use super::choice::{PyChoice, texts};
use super::encode::{Rendering, scrape_of};
use super::source::{Bare, Formatting, Scraped, outline};
use crate::collect::{Names, collect};
use crate::exposition::{Options, in_order};
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::registry::PyRegistry;
use crate::python::value::sample::list_of_block;
use crate::registry::Failures;
use crate::scrape::Scrape;

/// The failures of all objects that programs give in the place of a registry.
static ELSEWHERE: LazyLock<Failures> = LazyLock::new(Failures::default);

/// What a request gets, by its headers and its query.
///
/// :param choice: What its Accept headers choose.
/// :param accept_encoding: The values of the Accept-Encoding headers; None for a body that is not
///   compressed, and may be passed on without its headers.
/// :param names: The names of the metrics to expose, or of their samples; without any, all.
/// :raises TypeError: If a value is not a str.
#[pyclass(name = "Scrape", module = "aioprometheus._core", frozen)]
pub struct PyScrape(Scrape);

#[pymethods]
impl PyScrape {
    #[new]
    #[pyo3(signature = (choice, accept_encoding=None, names=None))]
    fn new(
        choice: &PyChoice,
        accept_encoding: Option<&Bound<'_, PyAny>>,
        names: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        let mut scrape = Scrape::of_choice(choice.0);
        if let Some(headers) = accept_encoding {
            calls_python(headers.py());
            scrape = scrape.with_encoding(texts(headers)?.iter().map(String::as_str));
        }
        if let Some(names) = names {
            calls_python(names.py());
            scrape = scrape.with_names(Names::new(texts(names)?.iter().map(String::as_str)));
        }
        Ok(Self(scrape))
    }

    /// Return the scrape of everything in a format, uncompressed.
    ///
    /// :param format: ``"text"``, ``"openmetrics"`` or ``"protobuf"``.
    /// :param escaping: What becomes of names that need quotes: ``"underscores"`` (the same as
    ///   None), ``"dots"``, ``"values"`` or ``"allow-utf-8"``.
    /// :raises ValueError: If there is no such format or escaping.
    #[staticmethod]
    #[pyo3(signature = (format, escaping=None))]
    fn of_format(format: &str, escaping: Option<&str>) -> PyResult<Self> {
        scrape_of(format, escaping).map(Self)
    }

    /// What the Accept headers chose.
    #[getter]
    fn choice(&self) -> PyChoice {
        PyChoice(self.0.choice())
    }

    /// The headers of the response.
    #[getter]
    fn headers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let headers = PyDict::new(py);
        for (name, value) in self.0.headers() {
            headers.set_item(name, value)?;
        }
        Ok(headers)
    }

    /// Return what the same request gets if its body may be sent as ``text/plain`` or decoded.
    ///
    /// Protocol buffers are chosen only if a histogram has native buckets, which no other format
    /// can expose. For metrics of the types that 23.12.0 had, OpenMetrics is valid as text 0.0.4
    /// too, unless the HELP of a metric has a double quote. Text 0.0.4 is chosen then.
    ///
    /// :param accept: The values of the Accept headers.
    /// :param collectors: The metrics of the registry.
    fn for_bare_body(&self, accept: &Bound<'_, PyAny>, collectors: &Bound<'_, PyAny>) -> PyResult<Self> {
        calls_python(collectors.py());
        let accept = texts(accept)?;
        let metrics = collectors.try_iter()?.collect::<PyResult<Vec<_>>>()?;
        let families = Bare { metrics: &metrics, names: self.0.names() };
        Ok(Self(self.0.clone().for_bare_body(accept.iter().map(String::as_str), &families)))
    }

    /// Whether everything is asked for, and not certain names only.
    #[getter]
    fn selects_all(&self) -> bool {
        self.0.names().is_all()
    }

    /// Return whether a metric or a report is asked for, by its name or by one of its samples.
    ///
    /// :param family: The metric or report.
    fn selects(&self, family: &Bound<'_, PyAny>) -> PyResult<bool> {
        calls_python(family.py());
        Ok(self.0.names().is_all() || self.0.names().select(&outline(family)?))
    }

    /// Return the metrics that are asked for and that only Python code can report: triples of
    /// the place of a metric among all, the metric, and its functions.
    ///
    /// :param collectors: All metrics.
    fn asked<'py>(&self, collectors: &Bound<'py, PyAny>) -> PyResult<Vec<Asked<'py>>> {
        calls_python(collectors.py());
        asked(collectors, self.0.names())
    }

    /// Return the exposition of a registry. The interpreter's lock is free while it is encoded.
    ///
    /// :param registry: The registry, whose failures are counted.
    /// :param collectors: Its metrics.
    /// :param block: A function that gives, for a metric that the core does not render by itself,
    ///   a pair: what is encoded, which is the metric, its report, or its name and its lines; and
    ///   the samples that it reports twice, as text.
    /// :param of_all: Whether the function is called for all metrics.
    /// :param timestamp: The time of every sample, in milliseconds since 1970.
    /// :param created: Whether OpenMetrics says when series were born.
    #[pyo3(signature = (registry, collectors, block, *, of_all=false, timestamp=None, created=false))]
    fn render<'py>(
        &self,
        registry: &Bound<'py, PyAny>,
        collectors: &Bound<'py, PyAny>,
        block: Bound<'py, PyAny>,
        of_all: bool,
        timestamp: Option<i64>,
        created: bool,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let formatting = Formatting { block, of_all };
        self.rendering(registry, collectors, &formatting, (timestamp, created))?.render_here(registry.py())
    }

    /// Return the families of a registry with their samples, in the order of the text format:
    /// triples of the name, the word for the kind, and the samples.
    ///
    /// :param registry: As for ``render``.
    /// :param collectors: As for ``render``.
    /// :param block: As for ``render``.
    fn families<'py>(
        &self,
        registry: &Bound<'py, PyAny>,
        collectors: &Bound<'py, PyAny>,
        block: Bound<'py, PyAny>,
    ) -> PyResult<Vec<(String, &'static str, Bound<'py, PyList>)>> {
        let py = registry.py();
        let formatting = Formatting { block, of_all: false };
        let blocks = self.rendering(registry, collectors, &formatting, (None, false))?.blocks;
        let mut families = Vec::new();
        for block in in_order(&blocks)? {
            let Some(descriptor) = block.descriptor() else {
                continue;
            };
            families.push((
                descriptor.name().to_owned(),
                descriptor.kind().as_str(),
                list_of_block(py, block)?,
            ));
        }
        Ok(families)
    }

    /// Render a registry on a worker thread.
    ///
    /// :param results: An ``aioprometheus.loop.Results``, which gets the bytes.
    /// :param registry: As for ``render``.
    /// :param collectors: As for ``render``.
    /// :param block: As for ``render``.
    /// :param of_all: As for ``render``.
    /// :param timestamp: As for ``render``.
    /// :param created: As for ``render``.
    #[pyo3(signature = (results, registry, collectors, block, *, of_all=false, timestamp=None, created=false))]
    #[expect(clippy::too_many_arguments, reason = "they are keywords in Python")]
    fn render_async<'py>(
        &self,
        results: Bound<'py, PyAny>,
        registry: &Bound<'py, PyAny>,
        collectors: &Bound<'py, PyAny>,
        block: Bound<'py, PyAny>,
        of_all: bool,
        timestamp: Option<i64>,
        created: bool,
    ) -> PyResult<()> {
        let formatting = Formatting { block, of_all };
        self.rendering(registry, collectors, &formatting, (timestamp, created))?.start(results)
    }
}

impl PyScrape {
    fn rendering<'py>(
        &self,
        registry: &Bound<'py, PyAny>,
        collectors: &Bound<'py, PyAny>,
        formatting: &Formatting<'py>,
        (timestamp, created): (Option<i64>, bool),
    ) -> PyResult<Rendering> {
        calls_python(registry.py());
        memory::check(RESERVE)?;
        let mut scraped = Vec::new();
        for metric in collectors.try_iter()? {
            scraped.try_reserve(1).map_err(OutOfMemory::from)?;
            scraped.push(Scraped { object: metric?, formatting });
        }
        let metrics =
            registry.cast::<PyRegistry>().ok().map(|registry| registry.get().metrics(registry.py()));
        let blocks = match metrics.transpose()? {
            Some(metrics) => collect(&scraped, self.0.names(), metrics.get().registry.failures())?,
            None => collect(&scraped, self.0.names(), &ELSEWHERE)?,
        };
        let options = Options { timestamp, created, ..Options::default() };
        Ok(Rendering { scrape: self.0.clone(), blocks, options })
    }
}
