//! Reports: the series of a metric as its class, which overrides methods, gives them at a scrape.

use std::sync::Arc;

use parking_lot::Mutex;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyInt, PyList};

use crate::collect::Collected;
use crate::error::Error;
use crate::exposition::Block;
use crate::family::Descriptor;
use crate::kind::Kind;
use crate::labels::identity::describe;
use crate::metric::{Number, info};
use crate::python::argument::labels::Labels;
use crate::python::argument::naming::naming;
use crate::python::argument::number;
use crate::python::metric::collector::PyCollector;
use crate::python::value::state_set::no_state;
use crate::report::Reading;
use crate::report::Report;

/// The series of one metric as its class reports them, for one exposition.
///
/// :param collector: The metric, if there is one. It says whether names may be any text, and
///   its unit.
/// :param name: The name of the metric.
/// :param doc: Its description.
/// :param kind: What it is: ``"counter"``, ``"gauge"``, ``"summary"``, ``"histogram"``,
///   ``"untyped"``, ``"info"`` or ``"stateset"``.
/// :param const_labels: Labels of every series.
/// :param series: Pairs of labels and a value, as ``get_all`` returns them. The value is a
///   number; for a summary or histogram a dict of the quantiles or cumulative counts,
///   ``"count"`` and ``"sum"``; for an info its facts; for an enum its states and the current
///   one.
/// :raises ValueError: If a name is malformed, or if a metric of the kind cannot have a
///   value.
/// :raises TypeError: If a value is not a number.
#[pyclass(name = "Report", module = "aioprometheus._core", frozen)]
pub struct PyReport {
    pub report: Arc<Report>,
    left_out: Vec<String>,
}

impl PyReport {
    /// The report that is to be encoded, with the samples that were left out of it; none for anything else.
    pub fn of(block: Block, left_out: Vec<String>) -> Option<Self> {
        match block {
            Block::Report(report) => Some(Self { report, left_out }),
            Block::Family(_) | Block::Text { .. } => None,
        }
    }

    /// It as a family of a scrape.
    pub fn collected(&self) -> Collected {
        let kind = self.report.descriptor().kind();
        Collected { block: Block::Report(Arc::clone(&self.report)), kind, left_out: self.left_out.clone() }
    }
}

#[pymethods]
impl PyReport {
    #[new]
    #[pyo3(signature = (collector, name, doc, kind, const_labels, series))]
    fn new(
        collector: Option<&Bound<'_, PyCollector>>,
        name: &str,
        doc: &str,
        kind: &str,
        const_labels: Option<&Bound<'_, PyAny>>,
        series: &Bound<'_, PyList>,
    ) -> PyResult<Self> {
        let kind = kind_of(kind)?;
        let constant = Labels::extract(name, const_labels)?;
        let made = collector.and_then(|collector| collector.get().state().ok());
        let made = made.map(|state| state.family.descriptor());
        let mut descriptor = described(made, (name, doc), kind)?.with_constant(&constant.pairs())?;
        // A metric that reports another name has no unit, unless that name ends in it.
        let unit = made.and_then(Descriptor::unit);
        if let Some(described) = unit.and_then(|unit| descriptor.clone().with_unit(unit).ok()) {
            descriptor = described;
        }
        let (mut report, mut left_out) = (Report::new(descriptor), Vec::new());
        for item in series {
            let (labels, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
            let labels = Labels::extract(name, Some(&labels))?;
            let mut reading = reading(name, kind, &value)?;
            left_out.extend(reading.leave_out_repeated());
            if !report.push(&labels.pairs(), reading)? {
                left_out.push(describe(&labels.pairs()));
            }
        }
        Ok(Self { report: Arc::new(report), left_out })
    }

    /// The name of the family.
    #[getter]
    fn name(&self) -> String {
        self.report.descriptor().name().to_owned()
    }

    /// What was reported twice, as text: the labels of series that a server would take for
    /// an earlier one, and bounds, quantiles and states that are there already.
    #[getter]
    fn left_out(&self) -> Vec<String> {
        self.left_out.clone()
    }
}

/// Label sets, of which no two are one series for a server.
///
/// :param collector: The metric that they belong to. It says whether names may be any text.
#[pyclass(name = "DistinctLabels", module = "aioprometheus._core", frozen)]
pub struct PyDistinctLabels {
    /// The label sets so far, as a report of series without values.
    report: Mutex<Report>,
}

#[pymethods]
impl PyDistinctLabels {
    #[new]
    fn new(collector: &Bound<'_, PyCollector>) -> PyResult<Self> {
        let descriptor = collector.get().state()?.family.descriptor();
        let descriptor = described(Some(descriptor), (descriptor.name(), ""), descriptor.kind())?;
        Ok(Self { report: Mutex::new(Report::new(descriptor)) })
    }

    /// Add a label set, the constant labels among them.
    ///
    /// :param labels: The labels.
    /// :returns: None, or the labels as text if they are there already.
    /// :raises ValueError: If a label is refused.
    fn add(&self, labels: &Bound<'_, PyAny>) -> PyResult<Option<String>> {
        let mut report = self.report.lock();
        let name = report.descriptor().name().to_owned();
        drop(report);
        let labels = Labels::extract(&name, Some(labels))?;
        report = self.report.lock();
        let is_new = report.push(&labels.pairs(), Reading::Value(Number::Int(0)))?;
        Ok((!is_new).then(|| describe(&labels.pairs())))
    }
}

/// A descriptor with the rules for names and the label of the states that a metric was `made` with.
fn described(made: Option<&Descriptor>, (name, doc): (&str, &str), kind: Kind) -> Result<Descriptor, Error> {
    let naming = made.map_or_else(naming, Descriptor::naming);
    match made.and_then(Descriptor::state_label) {
        Some(label) if kind == Kind::StateSet => Descriptor::of_states(name, doc, label, naming),
        _ => Descriptor::with_naming(name, doc, kind, naming),
    }
}

/// The kind of this name.
pub fn kind_of(text: &str) -> PyResult<Kind> {
    Kind::from_word(text).ok_or_else(|| PyValueError::new_err(format!("no metric is of the kind '{text}'")))
}

fn reading(metric: &str, kind: Kind, value: &Bound<'_, PyAny>) -> PyResult<Reading> {
    let number = |value: &Bound<'_, PyAny>| number::extract_reported(metric, value, number::refusal);
    match kind {
        Kind::Summary | Kind::Histogram => (),
        Kind::Info => {
            let facts = Labels::extract(metric, Some(value))?;
            return Ok(Reading::Info(info::from_pairs(&facts.pairs())));
        }
        Kind::StateSet => {
            let (states, current): (Vec<String>, Bound<'_, PyAny>) = value.extract()?;
            let current = Labels::text_of_value(metric, current)?;
            if !states.contains(&current) {
                return Err(no_state(metric, &current, states.iter().map(String::as_str)));
            }
            let states = states.into_iter().map(|state| {
                let is_in = state == current;
                (state, is_in)
            });
            return Ok(Reading::States(states.collect()));
        }
        _ => return Ok(Reading::Value(number(value)?)),
    }
    let (mut bounded, mut count, mut sum) = (Vec::new(), Number::Int(0), 0.0);
    // A copy of the items, because the numbers may run Python code, which may change the dict.
    for item in value.cast::<PyDict>()?.items() {
        let (key, value): (Bound<'_, PyAny>, Bound<'_, PyAny>) = item.extract()?;
        let value = number(&value)?;
        if key.is_instance_of::<PyFloat>() || key.is_instance_of::<PyInt>() {
            bounded.push((key.extract::<f64>()?, value));
        } else if key.eq("count")? {
            count = value;
        } else if key.eq("sum")? {
            sum = value.as_f64();
        }
    }
    if kind == Kind::Summary {
        let quantiles = bounded.into_iter().map(|(phi, value)| (phi, value.as_f64())).collect();
        return Ok(Reading::Summary { quantiles, count: Some(count), sum: Some(sum) });
    }
    let buckets = bounded.into_iter().map(|(bound, count)| (bound, count.as_count())).collect();
    Ok(Reading::Histogram { buckets, count: count.as_count(), sum: Some(sum) })
}
