//! Functions of the user's that give the values of series at a scrape.

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::{PyTraverseError, PyVisit};

use super::collector::PyCollector;
use super::required;
use crate::python::argument::label_mapping::is_mapping;
use crate::python::argument::labels::{Labels, to_dict};
use crate::python::argument::refusal::shown;
use crate::python::argument::update::Argument;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::value::series::AnySeries;
use crate::python::value::store;

/// A function that gives the value of one series at a scrape, and where that value goes.
#[pyclass(name = "SeriesFunction", module = "aioprometheus._core", frozen)]
pub struct PySeriesFunction {
    metric: Py<PyCollector>,
    series: AnySeries,
    pub function: Py<PyAny>,
}

impl PySeriesFunction {
    /// Sets the value of the series, unless it was removed meanwhile.
    ///
    /// # Errors
    ///
    /// As for `set_value` of the metric.
    pub fn set(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        if self.series.is_removed() {
            return Ok(());
        }
        let labels = to_dict(py, self.series.labels().pairs())?;
        self.metric.bind(py).call_method1(intern!(py, "set_value"), (labels, value)).map(drop)
    }

    /// Shows what it holds to the garbage collector.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.metric)?;
        visit.call(&self.function)
    }
}

/// `set_function(labels, function)`, where the labels may be left out.
///
/// # Errors
///
/// TypeError when there is no function, and as at the birth of a series.
pub fn set<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: Argument<'_, 'py>,
    function: Argument<'_, 'py>,
) -> PyResult<()> {
    calls_python(metric.py());
    let name = metric.get().state()?.name();
    let is_alone = function.given().is_none();
    let Some((labels, function)) = required::labels_and_rest(labels, function) else {
        return Err(PyTypeError::new_err(format!("{name}: give the function: set_function(function)")));
    };
    if is_alone && is_mapping(&function)? {
        return Err(PyTypeError::new_err(format!(
            "{name}: give the function after the labels: set_function({{...}}, function)"
        )));
    }
    set_for(metric, &Labels::extract(name, labels.as_deref())?, &function)
}

/// Checks that an object is a function, or None.
///
/// # Errors
///
/// TypeError when it is not.
pub fn check(metric: &str, function: &Bound<'_, PyAny>) -> PyResult<()> {
    if function.is_none() || function.is_callable() {
        return Ok(());
    }
    Err(PyTypeError::new_err(format!(
        "{metric}: set_function takes a function that is called at each scrape, not {}; a value is set with the other \
         methods",
        shown(function)
    )))
}

/// As [`set`], for labels that are known.
///
/// # Errors
///
/// As for [`set`].
pub fn set_for<'py>(
    metric: &Bound<'py, PyCollector>,
    labels: &Labels<'_>,
    function: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = metric.py();
    let state = metric.get().state()?;
    if function.is_none() {
        let series = store::find_series(py, &state.family, &labels.pairs());
        series.inspect(|series| state.functions.forget(series));
        return Ok(());
    }
    check(state.name(), function)?;
    let series = store::bear(py, &state.family, &labels.pairs())?;
    let is_refused = series.is_overflow() && !series.labels().pairs().eq(labels.pairs().iter().copied());
    state.functions.set(series, function);
    if is_refused {
        store::count_refused(&state.family);
    }
    Ok(())
}

/// The functions of a metric.
pub fn all(metric: &Bound<'_, PyCollector>) -> Vec<PySeriesFunction> {
    let Some(state) = metric.get().initialised().filter(|state| state.functions.is_used()) else {
        return Vec::new();
    };
    let all = state.functions.all(metric.py()).into_iter().map(|(series, function)| PySeriesFunction {
        metric: metric.clone().unbind(),
        series,
        function: function.unbind(),
    });
    all.collect()
}
