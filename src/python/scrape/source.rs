//! Sources: what the metrics of a registry expose at a scrape.

use std::hash::{DefaultHasher, Hash, Hasher};

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;

use super::built_in::{has_native_buckets, is_built_in, rendered_family, takes_utf8};
use super::encode::block_of;
use super::failed::PyFailed;
use super::report::{PyReport, kind_of};
use crate::collect::{Collected, Failure, Names, Outline, Source};
use crate::exposition::Block;
use crate::family::Refused;
use crate::kind::Kind;
use crate::name::Naming;
use crate::python::interpreter::caller::is_for_caller;
use crate::python::interpreter::import::{OfPackage, class_name};
use crate::python::metric::class;
use crate::python::metric::collector::PyCollector;
use crate::scrape::BareBody;

/// What 23.12.0 says of an object that is not a metric.
const NO_METRIC: &str = "Not a valid object format";

/// What Python code contributes to a scrape.
pub struct Formatting<'py> {
    /// Gives, for a metric that the core does not render by itself, a pair: its block, which is the metric, a report, or a name
    /// and its lines; and the samples that it gave twice, as text.
    pub block: Bound<'py, PyAny>,
    /// Whether it gives those of all metrics.
    pub of_all: bool,
}

/// An object of a registry while it is scraped; anybody may have put anything there.
pub struct Scraped<'a, 'py> {
    pub object: Bound<'py, PyAny>,
    pub formatting: &'a Formatting<'py>,
}

impl<'py> Scraped<'_, 'py> {
    /// What the formatter makes of the metric.
    fn formatted(&self, metric: &Bound<'py, PyCollector>) -> PyResult<Collected> {
        let py = metric.py();
        let (block, left_out): (Bound<'_, PyAny>, _) = self.formatting.block.call1((metric,))?.extract()?;
        let block = block_of(&block)?;
        let block = block.ok_or_else(|| PyTypeError::new_err(NO_METRIC))?;
        let kind = match (block.descriptor(), class::kind_of(metric)) {
            (Some(descriptor), _) => descriptor.kind(),
            // One for which 23.12.0, whose kinds are those of the text format, has no name.
            (None, kind) if kind.traits().text != kind.as_str() => kind,
            (None, _) => {
                let kind = metric.getattr(intern!(py, "kind"))?.getattr(intern!(py, "name"))?;
                kind_of(&kind.str()?.to_string_lossy()).unwrap_or(Kind::Untyped)
            }
        };
        Ok(Collected { block, kind, left_out })
    }
}

/// The name of a metric, which must have a UTF-8 form.
fn name(metric: &Bound<'_, PyAny>) -> PyResult<String> {
    Ok(metric.getattr(intern!(metric.py(), "name"))?.str()?.to_str()?.to_owned())
}

/// The outline of a metric or a report.
///
/// # Errors
///
/// What the class of the metric raises, TypeError for any other object, and the error of what failed.
pub fn outline(metric: &Bound<'_, PyAny>) -> PyResult<Outline> {
    if let Ok(report) = metric.cast::<PyReport>() {
        return Ok(Outline::of_descriptor(report.get().report.descriptor()));
    }
    if let Ok(failed) = metric.cast::<PyFailed>() {
        return Err(failed.get().error(metric.py()));
    }
    let naming = if takes_utf8(metric.cast()?) { Naming::Utf8 } else { Naming::Legacy };
    Ok(Outline { name: name(metric)?, kind: class::kind_of(metric), naming })
}

/// The block of a metric that the core renders, and its kind.
fn family(metric: &Bound<'_, PyCollector>) -> PyResult<(Block, Kind)> {
    match rendered_family(metric)? {
        Some(family) => Ok((Block::Family(family.clone()), family.descriptor().kind())),
        None => Err(PyTypeError::new_err(NO_METRIC)),
    }
}

impl Source for Scraped<'_, '_> {
    type Error = PyErr;

    fn outline(&self) -> PyResult<Outline> {
        outline(&self.object)
    }

    fn collect(&self) -> PyResult<Collected> {
        if let Ok(report) = self.object.cast::<PyReport>() {
            return Ok(report.get().collected());
        }
        if let Ok(failed) = self.object.cast::<PyFailed>() {
            return Err(failed.get().error(self.object.py()));
        }
        let Ok(metric) = self.object.cast::<PyCollector>() else {
            return Err(PyTypeError::new_err(NO_METRIC));
        };
        if !self.formatting.of_all && is_built_in(&self.object)? {
            let (block, kind) = family(metric)?;
            return Ok(Collected { block, kind, left_out: Vec::new() });
        }
        self.formatted(metric)
    }

    /// The name of the metric, or that of its class if the metric has no name that is text.
    fn name(&self) -> String {
        if let Ok(failed) = self.object.cast::<PyFailed>() {
            return failed.get().name.clone();
        }
        if let Ok(report) = self.object.cast::<PyReport>() {
            return report.get().report.descriptor().name().to_owned();
        }
        name(&self.object).unwrap_or_else(|_| class_name(&self.object))
    }

    fn refused(&self) -> Option<Refused> {
        let metric = self.object.cast::<PyCollector>().ok()?;
        metric.get().initialised()?.family.refused()
    }

    fn fingerprint(&self, failure: &Failure<'_, PyErr>) -> u64 {
        let mut hasher = DefaultHasher::new();
        match failure {
            Failure::Error(error) => {
                let failed = self.object.cast::<PyFailed>().ok().map(Bound::get);
                failed.map(|failed| (&failed.words, &failed.effect)).hash(&mut hasher);
                class_name(error.value(self.object.py())).hash(&mut hasher);
            }
            Failure::Clash(other) => other.hash(&mut hasher),
            Failure::Repeated(_) => (),
        }
        hasher.finish()
    }

    fn log(&self, name: &str, failure: &Failure<'_, PyErr>) {
        static LOG: OfPackage = OfPackage::new("aioprometheus.failure", "log");
        static LOG_CLASH: OfPackage = OfPackage::new("aioprometheus.failure", "log_clash");
        static LOG_REPEATED: OfPackage = OfPackage::new("aioprometheus.failure", "log_repeated");
        let py = self.object.py();
        let failed = self.object.cast::<PyFailed>().ok().map(Bound::get);
        let words = failed.map(|failed| (&*failed.words, &*failed.effect));
        let logged = match failure {
            Failure::Error(error) => LOG.get(py).and_then(|log| log.call1((name, error.value(py), words))),
            Failure::Clash(other) => LOG_CLASH.get(py).and_then(|log| log.call1((name, *other))),
            Failure::Repeated(samples) => LOG_REPEATED.get(py).and_then(|log| log.call1((name, *samples))),
        };
        if let Err(error) = logged {
            error.write_unraisable(py, Some(&self.object));
        }
    }

    /// What may come from outside ends the scrape, such as the SystemExit of a signal handler.
    fn ends_scrape(&self, error: &PyErr) -> bool {
        is_for_caller(error.value(self.object.py())).unwrap_or(true)
    }
}

/// The metrics of a registry that are asked for, for a body without its headers.
pub struct Bare<'a, 'py> {
    pub metrics: &'a [Bound<'py, PyAny>],
    pub names: &'a Names,
}

impl<'py> Bare<'_, 'py> {
    /// Whether something holds for a metric that is asked for. A metric that fails here fails again in the rendering, and is
    /// left out there.
    fn any(&self, holds: impl Fn(&Bound<'py, PyAny>) -> PyResult<bool>) -> bool {
        let is_asked_for =
            |metric| self.names.is_all() || outline(metric).is_ok_and(|outline| self.names.select(&outline));
        self.metrics.iter().any(|metric| holds(metric).unwrap_or(false) && is_asked_for(metric))
    }
}

impl BareBody for Bare<'_, '_> {
    fn have_native_buckets(&self) -> bool {
        self.any(has_native_buckets)
    }

    fn have_quotes(&self) -> bool {
        self.any(|metric| {
            Ok(metric.getattr(intern!(metric.py(), "doc"))?.str()?.to_string_lossy().contains('"'))
        })
    }

    fn take_utf8(&self) -> bool {
        self.any(|metric| Ok(takes_utf8(metric.cast()?)))
    }
}
