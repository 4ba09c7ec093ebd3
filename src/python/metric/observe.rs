//! Observations: what metrics that observe values, summaries and histograms, have in common.

use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;

use super::call;
use super::collector::PyCollector;
use super::required;
use super::state::{AnyLookup, State};
use crate::family::Family;
use crate::metric::Exemplar;
use crate::python::argument::exemplar::{ExemplarArgument, exemplar_of};
use crate::python::argument::labels::Labels;
use crate::python::argument::number;
use crate::python::argument::observations::{self, Observations};
use crate::python::argument::update::{Argument, LabelsArgument};
use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::lookup::{Change, Lookup};
use crate::python::value::series::PyValue;
use crate::python::value::store;

/// A state that takes observations.
pub trait Observed: PyValue {
    /// What an error calls a metric of this kind.
    const NOUN: &'static str;

    /// The method that messages of 23.12.0 name.
    const METHOD: &'static str;

    /// The message of 23.12.0 for a value that is not a number.
    const REFUSAL: &'static str;

    /// Whether observations may have exemplars.
    const TAKES_EXEMPLARS: bool;

    /// The look-up of a metric of this kind.
    fn lookup(any: &AnyLookup) -> Option<&Lookup<Self>>;

    /// One observation.
    fn observation(family: &Family<Self>, value: f64, exemplar: Option<Exemplar>) -> impl Change<Self>;

    /// As many observations of one value.
    fn repeated(family: &Family<Self>, value: (f64, u64), exemplar: Option<Exemplar>) -> impl Change<Self>;

    /// Many observations.
    fn observations<'a>(family: &'a Family<Self>, values: &'a Observations) -> impl Change<Self>;

    /// A new live object, for a class that stores its values itself.
    fn new_live<'py>(
        metric: &Bound<'py, PyCollector>,
        family: &Arc<Family<Self>>,
    ) -> PyResult<Bound<'py, PyAny>>;

    /// What `get` returns for such an object: a function of the package.
    fn report_of_live() -> &'static OfPackage;
}

/// `observe(labels, value)`. A class that stores its values itself has no series here for the exemplar: it is checked, and
/// left out.
pub fn observe<'py, M: Observed>(
    metric: &Bound<'py, PyCollector>,
    (labels, value): (Argument<'_, 'py>, Argument<'_, 'py>),
    exemplar: ExemplarArgument<'_, 'py>,
) -> PyResult<()> {
    let (labels, value) = required::labels_and_amount((metric, M::METHOD), labels, value)?;
    let state = metric.get().state()?;
    let Some(lookup) = M::lookup(&state.lookup) else {
        return Err(not_of_kind::<M>(state));
    };
    let number = number::extract(state.name(), &value, number::refused_observation(M::REFUSAL));
    let py = metric.py();
    if state.overrides.value() && state.keeps_value_of(py, labels)? {
        if exemplar.is_some() {
            exemplar_of(py, state.name(), exemplar, &number)?;
        }
        return observe_through_overrides(metric, &lookup.family, labels, number?.as_f64());
    }
    let exemplar =
        if M::TAKES_EXEMPLARS { exemplar_of(py, state.name(), exemplar, &number) } else { Ok(None) };
    let change = number.and_then(|number| Ok(M::observation(&lookup.family, number.as_f64(), exemplar?)));
    lookup.update(py, labels, change)
}

/// `observe(labels, value, count=n)`: the same as `n` calls of `observe`, of which only the last has the exemplar.
pub fn observe_times<'py, M: Observed>(
    metric: &Bound<'py, PyCollector>,
    (labels, value): (Argument<'_, 'py>, Argument<'_, 'py>),
    exemplar: ExemplarArgument<'_, 'py>,
    count: &Bound<'py, PyAny>,
) -> PyResult<()> {
    let py = metric.py();
    let (labels, value) = required::labels_and_amount((metric, M::METHOD), labels, value)?;
    let state = metric.get().state()?;
    let Some(lookup) = M::lookup(&state.lookup) else {
        return Err(not_of_kind::<M>(state));
    };
    let count = observations::count(state.name(), count)?;
    let number = number::extract(state.name(), &value, number::refused_observation(M::REFUSAL));
    let exemplar =
        if M::TAKES_EXEMPLARS { exemplar_of(py, state.name(), exemplar, &number) } else { Ok(None) };
    if count == 0 {
        number?;
        exemplar?;
        let labels = Labels::extract(state.name(), labels.as_deref())?;
        return Ok(store::check(py, &state.family, &labels.pairs())?);
    }
    if state.overrides.value() && state.keeps_value_of(py, labels)? {
        let number = number?.as_f64();
        return (0..count)
            .try_for_each(|_| observe_through_overrides(metric, &lookup.family, labels, number));
    }
    let change =
        number.and_then(|number| Ok(M::repeated(&lookup.family, (number.as_f64(), count), exemplar?)));
    lookup.update(py, labels, change)
}

/// `observe_many(labels, values)`: the same as one `observe` after the other, or nothing at all. The labels may be left out.
pub fn observe_many<'py, M: Observed>(
    metric: &Bound<'py, PyCollector>,
    labels: Argument<'_, 'py>,
    values: Argument<'_, 'py>,
) -> PyResult<()> {
    let py = metric.py();
    calls_python(py);
    let state = metric.get().state()?;
    let Some(lookup) = M::lookup(&state.lookup) else {
        return Err(not_of_kind::<M>(state));
    };
    let Some((labels, values)) = required::labels_and_rest(labels, values) else {
        return Err(PyTypeError::new_err(format!(
            "{}: give the values: observe_many([0.1, 0.2]), or after the labels: observe_many({{...}}, [0.1, 0.2])",
            state.name()
        )));
    };
    let values = Observations::extract(state.name(), &values)?;
    if state.overrides.observe || state.overrides.value() {
        let one = |value| metric.call_method1(intern!(py, "observe"), (labels, value)).map(drop);
        return values.to_vec().into_iter().try_for_each(one);
    }
    lookup.update(py, labels, Ok(M::observations(&lookup.family, &values)))
}

fn observe_through_overrides<'py, M: Observed>(
    metric: &Bound<'py, PyCollector>,
    family: &Arc<Family<M>>,
    labels: LabelsArgument<'_, 'py>,
    value: f64,
) -> PyResult<()> {
    calls_python(metric.py());
    let live = match call::get_value(metric, labels)? {
        Some(live) => live,
        None => {
            let live = M::new_live(metric, family)?;
            call::set_value(metric, labels, &live)?;
            live
        }
    };
    live.call_method1(intern!(metric.py(), "observe"), (value,)).map(drop)
}

/// `get(labels)`: the counts and sums of a series.
pub fn report<'py, M: Observed>(
    metric: &Bound<'py, PyCollector>,
    labels: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = metric.py();
    calls_python(py);
    let state = metric.get().state()?;
    if state.overrides.value() {
        let live = metric.call_method1(intern!(py, "get_value"), (labels,))?;
        return M::report_of_live().get(py)?.call1((live,));
    }
    let series = store::find(py, &state.family, labels)?;
    if M::lookup(&state.lookup).is_none() {
        return Err(not_of_kind::<M>(state));
    }
    series.value(py)
}

#[cold]
fn not_of_kind<M: Observed>(state: &State) -> PyErr {
    PyTypeError::new_err(format!("{} is not a {}", state.name(), M::NOUN))
}
