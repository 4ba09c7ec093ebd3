//! The exemplars of updates: those given by the caller, and those of a hook that knows the current trace.

mod asking;

use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::label_mapping::is_mapping;
use super::labels::Labels;
use crate::clock;
use crate::error::Error;
use crate::metric::{Exemplar, Number};
use crate::python::interpreter::caller::is_for_caller;
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;
use asking::{Asking, is_asking};

/// Whether there is a hook. An update without an exemplar of its own reads no more than this.
static HOOKED: AtomicBool = AtomicBool::new(false);

/// The hook. No Python code runs while the lock is held.
static HOOK: Mutex<Option<Py<PyAny>>> = Mutex::new(None);

/// Whether updates must ask a hook for their exemplar.
#[inline]
pub fn is_hooked() -> bool {
    HOOKED.load(Ordering::Relaxed)
}

/// Set the hook that gives an exemplar to every update that is given none.
///
/// :param hook: A function without parameters that returns the labels of an exemplar, or
///   None. None removes the hook. See ``aioprometheus.exemplars.set_hook``.
/// :raises TypeError: If the hook cannot be called.
#[pyfunction]
pub fn set_exemplar_hook(hook: Option<Bound<'_, PyAny>>) -> PyResult<()> {
    if let Some(hook) = hook.as_ref().filter(|hook| !hook.is_callable()) {
        let class = class_name(hook);
        return Err(PyTypeError::new_err(format!("an exemplar hook must be callable, not {class}")));
    }
    let is_there = hook.is_some();
    let before = std::mem::replace(&mut *HOOK.lock(), hook.map(Bound::unbind));
    HOOKED.store(is_there, Ordering::Relaxed);
    drop(before);
    Ok(())
}

/// The labels that an update was given as its exemplar.
pub type ExemplarArgument<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// The exemplar of an update: the one that was given, or the one of the hook. If the hook fails, the update goes on without.
///
/// # Errors
///
/// TypeError when the given exemplar is not a dict, ValueError for labels that an exemplar cannot have. Of what a hook
/// raises, only what is meant for the caller, such as Ctrl-C.
pub fn exemplar_of(
    py: Python<'_>,
    metric: &str,
    given: ExemplarArgument<'_, '_>,
    value: &PyResult<Number>,
) -> PyResult<Option<Exemplar>> {
    if given.is_none() && (!is_hooked() || is_asking(py)?) {
        return Ok(None);
    }
    calls_python(py);
    // An error in the value is reported later on, after those in the labels of the series.
    let number = value.as_ref().map_or(0.0, |number| number.as_f64());
    if let Some(given) = given {
        return from_labels(metric, given, number).map(Some);
    }
    match from_hook(py, metric, number) {
        Err(error) if !is_for_caller(error.value(py))? => {
            complain(py, &error)?;
            Ok(None)
        }
        result => result,
    }
}

fn from_labels(metric: &str, labels: &Bound<'_, PyAny>, value: f64) -> PyResult<Exemplar> {
    if !is_mapping(labels)? {
        let class = class_name(labels);
        return Err(PyTypeError::new_err(format!(
            "{metric}: an exemplar must be a dict of labels, such as {{'trace_id': '...'}}, not {class}"
        )));
    }
    let labels = Labels::extract(metric, Some(labels))?;
    Ok(Exemplar::new(&labels.pairs(), value, clock::now()).map_err(|error| Error::of(metric, error))?)
}

fn from_hook(py: Python<'_>, metric: &str, value: f64) -> PyResult<Option<Exemplar>> {
    let hook = HOOK.lock().as_ref().map(|hook| hook.clone_ref(py));
    let Some(hook) = hook else {
        return Ok(None);
    };
    let _asking = Asking::begin(py)?;
    let labels = hook.bind(py).call0()?;
    if labels.is_none() { Ok(None) } else { from_labels(metric, &labels, value).map(Some) }
}

/// Logs the first failure of a hook.
///
/// # Errors
///
/// What logging raises that is not an `Exception`.
fn complain(py: Python<'_>, error: &PyErr) -> PyResult<()> {
    static COMPLAINED: AtomicBool = AtomicBool::new(false);
    if COMPLAINED.swap(true, Ordering::Relaxed) {
        return Ok(());
    }
    let log = || {
        let logger =
            py.import(intern!(py, "logging"))?.call_method1("getLogger", ("aioprometheus.exemplars",))?;
        let words = "the exemplar hook raised %r: updates for which it raises have no exemplar; mend the function that was \
                     given to aioprometheus.exemplars.set_hook (this is logged once)";
        let details = PyDict::new(py);
        details.set_item("exc_info", error.value(py))?;
        logger.call_method("error", (words, error.value(py)), Some(&details)).map(drop)
    };
    match log() {
        // If even logging fails, nothing is left to do: a metric never raises into a request.
        Err(error) if error.is_instance_of::<PyException>(py) => Ok(()),
        result => result,
    }
}
