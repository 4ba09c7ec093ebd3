//! `ParsedPage`: the families of a body, whose samples become Python objects when they are asked for.

use pyo3::exceptions::{PyIndexError, PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyList, PyString};

use super::sample::Maker;
use crate::kind::{Kind, UNKNOWN};
use crate::parse::{FamilyView, Page, ParseError, Rules, parse_as};
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::interpreter::lifecycle::{calls_python, detached};

/// Bodies from this length on are parsed without the interpreter's lock. For shorter ones it costs more than it gives.
const LARGE: usize = 16 << 10;

/// The families of an exposition.
#[pyclass(name = "ParsedPage", module = "aioprometheus._core", frozen)]
pub struct PyParsedPage(Page);

#[pymethods]
impl PyParsedPage {
    fn __len__(&self) -> usize {
        self.0.families().len()
    }

    /// Return the name of a family, its description, its type and its unit.
    ///
    /// :param place: Its place, from 0 on.
    /// :raises IndexError: If there is none at this place.
    fn family(&self, place: usize) -> PyResult<(&str, &str, &'static str, &str)> {
        let family = self.at(place)?;
        let kind = family.kind().map_or(UNKNOWN, |kind| kind.traits().openmetrics);
        Ok((stem_of(&family), family.help(), kind, family.unit()))
    }

    /// Return the samples of a family.
    ///
    /// :param place: Its place, from 0 on.
    /// :raises IndexError: If there is none at this place.
    fn samples<'py>(&self, py: Python<'py>, place: usize) -> PyResult<Bound<'py, PyList>> {
        calls_python(py);
        Maker::new(py)?.list(self.at(place)?.samples())
    }
}

impl PyParsedPage {
    /// What was parsed.
    pub fn page(&self) -> &Page {
        &self.0
    }

    fn at(&self, place: usize) -> PyResult<FamilyView<'_>> {
        self.0.family(place).ok_or_else(|| PyIndexError::new_err("the page has no family there"))
    }
}

/// The name of a family in prometheus_client's way: a counter without its ending.
fn stem_of<'a>(family: &FamilyView<'a>) -> &'a str {
    let name = family.name();
    let stem = family.kind().filter(|&kind| kind == Kind::Counter).and_then(|kind| kind.without_given(name));
    let Some(stem) = stem else {
        return name;
    };
    // In OpenMetrics, a name that ends so has samples that end so twice.
    let first = family.samples().next();
    let is_longer = first.is_some_and(|sample| sample.name().len() > name.len());
    if is_longer { name } else { stem }
}

/// Parse an exposition. The interpreter's lock is free meanwhile, if it is a long one.
///
/// :param body: The exposition: a str or bytes.
/// :param content_type: Its media type; None recognises the format.
/// :param strict: Whether the letter of the format counts.
/// :raises ParseError: If it is refused.
/// :raises TypeError: If the body is something else.
#[pyfunction]
#[pyo3(signature = (body, content_type=None, strict=false))]
pub fn parse(body: &Bound<'_, PyAny>, content_type: Option<&str>, strict: bool) -> PyResult<PyParsedPage> {
    let py = body.py();
    let (bytes, is_text) = if let Ok(bytes) = body.cast::<PyBytes>() {
        (bytes.as_bytes(), false)
    } else if let Ok(text) = body.cast::<PyString>() {
        (text.to_str()?.as_bytes(), true)
    } else {
        let class = class_name(body);
        return Err(PyTypeError::new_err(format!(
            "the body of an exposition is bytes or a str, not {class}"
        )));
    };
    let rules = if strict { Rules::Strict } else { Rules::Lenient };
    let work = || parse_as(bytes, content_type, is_text, rules);
    let page = if bytes.len() < LARGE { work() } else { detached(py, work) };
    page.map(PyParsedPage).map_err(|error| exception(py, &error))
}

fn exception(py: Python<'_>, error: &ParseError) -> PyErr {
    static PARSE_ERROR: OfPackage = OfPackage::new("aioprometheus.parsing", "ParseError");
    if error.is_memory {
        return PyMemoryError::new_err(error.to_string());
    }
    let made = PARSE_ERROR
        .get(py)
        .and_then(|class| class.call1((error.to_string(), error.line, error.shown.as_str())));
    made.map_or_else(|error| error, PyErr::from_value)
}
