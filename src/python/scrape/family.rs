//! Families that collectors yield: objects of this package or of prometheus_client, or metrics of this package.

use std::sync::Arc;

use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyString, PyTuple};

use super::built_in::{is_built_in, rendered_family};
use super::report::PyReport;
use crate::error::{Error, Mistake};
use crate::exposition::Block;
use crate::kind::{Kind, UNKNOWN};
use crate::memory;
use crate::name::{LabelNameError, Naming};
use crate::python::argument::naming::naming;
use crate::python::argument::refusal::shown;
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::interpreter::lifecycle::{calls_python, give_way};
use crate::python::interpreter::memory::or_memory_error;
use crate::python::interpreter::note::noted;
use crate::python::metric::collector::PyCollector;
use crate::report::{Grouping, full_name};

mod native;
pub mod sample;

use sample::ReadSample;

/// The samples between two moments at which other threads may run, and signals are handled.
pub const TURN: usize = 512;

/// How many samples a family may give that are no list, which might be without an end.
const MOST_SAMPLES: usize = 2_000_000;

/// What is exposed of an object that a collector yielded: one family, and its samples that were left out, as text.
#[derive(Debug)]
pub struct Reported {
    /// What is encoded.
    pub block: Block,
    /// Samples that were there twice.
    pub left_out: Vec<String>,
}

/// What is exposed of an object that a collector yielded: the family, and behind it one for each other name that its samples
/// have.
///
/// The object is a family of this package or of prometheus_client: it has a name, a documentation, a type and samples. Or it is
/// a metric of this package.
///
/// # Errors
///
/// TypeError for another object, and for values that are not numbers; ValueError for what cannot be exposed. Both name the
/// family. And what the object and `check` raise, which is called now and then.
pub fn reports_of(family: &Bound<'_, PyAny>, check: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<Reported>> {
    calls_python(family.py());
    if let Ok(metric) = family.cast::<PyCollector>() {
        return Ok(vec![of_metric(metric)?]);
    }
    let described = Described::read(family, check)?;
    // What prometheus_client takes for a name may be any text.
    let names = if described.is_as_given { naming() } else { Naming::Legacy };
    let grouped = match described.group(names, check) {
        Err(Failed::Mistake(error)) if is_of_name(&error) && !described.is_as_given => {
            described.group(Naming::Utf8, check)
        }
        result => result,
    };
    grouped.map_err(|failed| match failed {
        Failed::Raised(error) => error,
        Failed::Mistake(error) => {
            let is_of_sample = matches!(&error, Error::MetricName { name } if *name != described.name);
            let error = PyErr::from(error);
            if is_of_sample {
                noted(family.py(), error, &format!("{}: a sample of this family is named so", described.name))
            } else {
                error
            }
        }
    })
}

/// Return the reports of a family that a collector has yielded: that of the family, and one for
/// each other name that its samples have.
///
/// :param family: A family of this package or of prometheus_client.
/// :param check: A function that is called now and then, and raises when this is to end.
/// :raises TypeError: If it is something else, or if a value is not a number.
/// :raises ValueError: If it cannot be exposed.
#[pyfunction]
#[pyo3(name = "reports_of", signature = (family, check=None))]
pub fn py_reports_of(family: &Bound<'_, PyAny>, check: Option<&Bound<'_, PyAny>>) -> PyResult<Vec<PyReport>> {
    let reported = reports_of(family, check)?.into_iter();
    Ok(reported.filter_map(|Reported { block, left_out }| PyReport::of(block, left_out)).collect())
}

/// The family of a metric, or its report if the class of the metric overrides methods.
fn of_metric(metric: &Bound<'_, PyCollector>) -> PyResult<Reported> {
    static REPORT: OfPackage = OfPackage::new("aioprometheus.collect", "report");
    let block = if is_built_in(metric)? {
        rendered_family(metric)?.cloned().map(Block::Family)
    } else {
        let report = REPORT.get(metric.py())?.call1((metric,))?.cast_into::<PyReport>()?;
        Some(Block::Report(Arc::clone(&report.get().report)))
    };
    let block = block.ok_or_else(|| {
        let class = class_name(metric);
        PyTypeError::new_err(format!("the {class} that a collector yielded was not initialised"))
    })?;
    // What its class reports twice is noted there.
    Ok(Reported { block, left_out: Vec::new() })
}

/// Whether a name would not be a mistake if names could be any text.
fn is_of_name(error: &Error) -> bool {
    matches!(
        error,
        Error::MetricName { .. }
            | Error::Metric { mistake: Mistake::LabelName(LabelNameError::Syntax { .. }), .. }
    )
}

/// Why a family cannot be exposed.
enum Failed {
    Mistake(Error),
    Raised(PyErr),
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self::Mistake(error)
    }
}

impl From<PyErr> for Failed {
    fn from(error: PyErr) -> Self {
        Self::Raised(error)
    }
}

/// The attributes of a family object.
pub struct Described<'py> {
    /// Its name.
    pub name: String,
    /// Its description.
    pub help: String,
    /// Its kind.
    pub kind: Kind,
    unit: String,
    /// Whether the name is that of its samples, as in this package.
    pub is_as_given: bool,
    /// Whether it was parsed. Then its exemplars are those of another program, and it is exposed without those that cannot be.
    is_parsed: bool,
    /// Its samples, in a list that nobody else has.
    pub samples: Bound<'py, PyList>,
}

impl<'py> Described<'py> {
    /// Reads them.
    ///
    /// # Errors
    ///
    /// TypeError for another object, and ValueError for one that says what is not so.
    pub fn read(family: &Bound<'py, PyAny>, check: Option<&Bound<'py, PyAny>>) -> PyResult<Self> {
        let py = family.py();
        let attributes = (
            family.getattr_opt(intern!(py, "name"))?,
            family.getattr_opt(intern!(py, "type"))?,
            family.getattr_opt(intern!(py, "samples"))?,
        );
        let (Some(name), Some(kind), Some(samples)) = attributes else {
            return Err(not_a_family(family));
        };
        let name = text(&name).ok_or_else(|| {
            PyTypeError::new_err(format!("the name of a family must be a str, not {}", shown(&name)))
        })?;
        let kind = text(&kind).and_then(|word| kind_of(&word)).ok_or_else(|| {
            let kinds: Vec<&str> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            let (kinds, kind) = (kinds.join(", "), shown(&kind));
            PyValueError::new_err(format!("{name}: the type of a family is one of {kinds}, not {kind}"))
        })?;
        let other = |attribute: Option<Bound<'py, PyAny>>| match attribute {
            Some(object) if !object.is_none() => Ok(object.str()?.to_string_lossy().into_owned()),
            _ => Ok::<_, PyErr>(String::new()),
        };
        let help = other(family.getattr_opt(intern!(py, "documentation"))?)?;
        let unit = other(family.getattr_opt(intern!(py, "unit"))?)?;
        let class = family.get_type();
        let flag =
            |name: &Bound<'py, PyString>| class.getattr_opt(name)?.map_or(Ok(false), |flag| flag.is_truthy());
        let is_as_given = flag(intern!(py, "_is_named_as_given"))?;
        let is_parsed = flag(intern!(py, "_is_parsed"))?;
        Ok(Self { samples: list_of(&name, &samples, check)?, name, help, kind, unit, is_as_given, is_parsed })
    }

    fn group(&self, naming: Naming, check: Option<&Bound<'py, PyAny>>) -> Result<Vec<Reported>, Failed> {
        let py = self.samples.py();
        let first = self
            .samples
            .iter()
            .find(|sample| native_of(sample).is_none())
            .map(|sample| ReadSample::without_extras(&self.name, &sample))
            .transpose()?;
        let name = if self.is_as_given {
            self.name.clone()
        } else {
            full_name(&self.name, self.kind, first.as_ref().map(ReadSample::name))
        };
        let mut grouping = Grouping::new(&name, &self.help, self.kind, naming, &self.unit)?;
        let mut refused = None;
        let mut refuse = |error: PyErr| {
            if !self.is_parsed || !error.is_instance_of::<PyValueError>(py) {
                return Err(error);
            }
            refused.get_or_insert(error);
            Ok(())
        };
        for (step, sample) in self.samples.iter().enumerate() {
            if step % TURN == TURN - 1 {
                py.check_signals()?;
                give_way(py);
                check.map(PyAnyMethods::call0).transpose()?;
            }
            if let Some(buckets) = native_of(&sample) {
                let sample = ReadSample::without_extras(&name, &sample)?;
                if let Some(native) = native::read(&name, &buckets, &mut refuse)? {
                    grouping.add_native(&sample.labels(), native)?;
                }
                continue;
            }
            let sample = ReadSample::new(&name, &sample, &mut refuse)?;
            sample.with(|given| grouping.add(given))?;
        }
        let (reports, mut left_out) = grouping.finish()?;
        if let Some(error) = refused {
            static LOG: OfPackage = OfPackage::new("aioprometheus.failure", "log_exemplar");
            LOG.get(py)?.call1((&name, error.value(py)))?;
        }
        // There may be as many as there are names, and each becomes an object.
        memory::check_many(reports.len(), 1024).map_err(PyErr::from)?;
        let blocks = reports.into_iter().map(|report| Block::Report(Arc::new(report)));
        Ok(blocks.map(|block| Reported { block, left_out: std::mem::take(&mut left_out) }).collect())
    }
}

/// The native buckets of a sample. What was counted and the sum are other samples.
fn native_of<'py>(sample: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    sample.cast::<PyTuple>().ok()?.get_item(5).ok().filter(|native| !native.is_none())
}

/// The text of a str, if it has a UTF-8 form.
fn text(object: &Bound<'_, PyAny>) -> Option<String> {
    object.cast::<PyString>().ok()?.to_str().ok().map(str::to_owned)
}

/// The kind of a word in the attribute `type`.
fn kind_of(word: &str) -> Option<Kind> {
    if word == UNKNOWN { Some(Kind::Untyped) } else { Kind::from_word(word) }
}

/// The samples in a list that nobody else has: while they are read, Python code may run.
fn list_of<'py>(
    name: &str,
    samples: &Bound<'py, PyAny>,
    check: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyList>> {
    if let Ok(list) = samples.cast_exact::<PyList>() {
        return or_memory_error(|| Ok(list.get_slice(0, list.len())));
    }
    let given = samples.try_iter().map_err(|_| {
        PyTypeError::new_err(format!("{name}: the samples of a family are a list, not {}", shown(samples)))
    })?;
    let list = PyList::empty(samples.py());
    for sample in given {
        if list.len() == MOST_SAMPLES {
            return Err(PyValueError::new_err(format!(
                "{name}: it gives more than {MOST_SAMPLES} samples; give as many as a list, if they have an end"
            )));
        }
        memory::check_step(list.len())?;
        samples.py().check_signals()?;
        check.map(PyAnyMethods::call0).transpose()?;
        list.append(sample?)?;
    }
    Ok(list)
}

fn not_a_family(object: &Bound<'_, PyAny>) -> PyErr {
    let advice = if object.hasattr("collect").unwrap_or(false) {
        "; yield what its collect() gives: yield from it.collect()"
    } else if object.is_none() {
        "; leave the yield out when there is nothing to expose"
    } else if object.hasattr("__await__").unwrap_or(false) {
        "; await it first"
    } else if object.hasattr("__iter__").unwrap_or(false) {
        "; yield one family at a time, for example with yield from"
    } else {
        ""
    };
    let shown = shown(object);
    PyTypeError::new_err(format!(
        "a collector must yield families, such as aioprometheus.GaugeFamily, or metrics, not {shown}{advice}"
    ))
}
