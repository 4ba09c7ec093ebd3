//! Absent names: methods that the metrics of other clients have. Whoever reads one gets an error that names the alternative.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyType};

use crate::python::child::class::{PyChild, metric_of};
use crate::python::interpreter::import::name_of;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::note::noted;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::registry::PyRegistry;

/// A name, and what to do instead.
type Advice = (&'static str, &'static str);

const TIME: Advice = ("time", "a Histogram, a Summary or a Gauge can time");
const TRACK_INPROGRESS: Advice = ("track_inprogress", "a Gauge can track what is in progress");
const COUNT_EXCEPTIONS: Advice = ("count_exceptions", "a Counter can count exceptions");
const SET_FUNCTION: Advice =
    ("set_function", "counters, gauges, infos and enums have functions that give their values at a scrape");

/// The absent names of metrics, and the alternatives. No kind of metric has any of these names here: programs find out by its
/// methods what a metric can do.
const OF_METRICS: [Advice; 19] = [
    TIME,
    TRACK_INPROGRESS,
    COUNT_EXCEPTIONS,
    SET_FUNCTION,
    (
        "reset",
        "metric.clear() removes all series, which begin anew with the next update; to begin one anew: \
         metric.remove('GET'), then metric.labels('GET')",
    ),
    (
        "collect",
        "metric.samples is the list of its samples; registry.collect() iterates the metrics of a registry",
    ),
    ("_value", "metric.get(labels) is the value of a series"),
    ("_sum", "metric.get(labels) is a dict, with the sum as its item 'sum'"),
    ("_count", "metric.get(labels) is a dict, with the count as its item 'count'"),
    ("_buckets", "metric.get(labels) is a dict, with the counts of the buckets by their bounds"),
    ("_upper_bounds", "metric.upper_bounds are the bounds of the buckets of a Histogram"),
    ("_states", "metric.states are the states of an Enum"),
    ("_metrics", "metric.get_all() lists labels and value of each series; metric.clear() removes them"),
    ("_samples", "metric.samples is the list of its samples"),
    ("_name", "use metric.name"),
    ("_documentation", "use metric.doc"),
    ("_labelnames", "use metric.labelnames"),
    ("_type", "use metric.kind"),
    ("_unit", "use metric.unit"),
];

/// The same of children.
const OF_CHILDREN: [Advice; 10] = [
    TIME,
    TRACK_INPROGRESS,
    COUNT_EXCEPTIONS,
    SET_FUNCTION,
    (
        "reset",
        "to begin the series anew, remove it and bind it again: metric.remove('GET'), then metric.labels('GET')",
    ),
    ("collect", "child.get() is its value; metric.samples has the samples of all series"),
    ("_value", "child.get() is its value"),
    ("_sum", "child.get() is a dict, with the sum as its item 'sum'"),
    ("_count", "child.get() is a dict, with the count as its item 'count'"),
    ("_buckets", "child.get() is a dict, with the counts of the buckets by their bounds"),
];

/// The same of registries.
const OF_REGISTRIES: [Advice; 3] = [
    ("restricted_registry", "registry.restricted(names) is a view of some of its metrics"),
    (
        "_names_to_collectors",
        "registry.collectors is the mapping of names to metrics; registry.get(name) is one of them",
    ),
    (
        "_collector_to_names",
        "registry.collect() iterates the metrics, and registry.collectors has them by their names",
    ),
];

// A name that a class does not have.
//
// It stands in the class, because a ``__getattr__`` would make all methods slower. Neither the class nor its objects have
// the name, unless another base class or a ``__getattr__`` of a subclass has it. But what looks into the class without
// asking it finds the name: ``dir`` of the class, and protocols that are checked at run time. So only names that programs ask
// for are here. No doc comment: it would hide the documentation of the name.
#[pyclass(name = "Absent", module = "aioprometheus._core", frozen)]
pub struct PyAbsent {
    /// The class in which it stands.
    owner: Py<PyType>,
    name: &'static str,
    advice: &'static str,
}

#[pymethods]
impl PyAbsent {
    fn __get__<'py>(
        slf: &Bound<'py, Self>,
        instance: Option<&Bound<'py, PyAny>>,
        class: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = slf.py();
        calls_python(py);
        let this = slf.get();
        let Some(receiver) = instance.or(class) else {
            return Ok(slf.clone().into_any());
        };
        let superclass = py.import("builtins")?.getattr("super")?.call1((&this.owner, receiver))?;
        match superclass.getattr(this.name) {
            Err(error) if !error.is_instance_of::<PyAttributeError>(py) => Err(error),
            Err(_) => Err(this.refusal(receiver, instance.is_none())),
            found => found,
        }
    }

    /// What `help` says of the name.
    #[getter]
    fn __doc__(&self) -> String {
        format!("Not in aioprometheus: {}.", self.advice)
    }

    fn __repr__(&self) -> String {
        format!("<not in aioprometheus: {}>", self.advice)
    }
}

impl PyAbsent {
    /// The exception with Python's own message, and a note that names the alternative.
    fn refusal(&self, receiver: &Bound<'_, PyAny>, is_class: bool) -> PyErr {
        let (py, name) = (receiver.py(), self.name);
        let words = match receiver.cast::<PyType>() {
            Ok(class) if is_class => format!("type object '{}' has no attribute '{name}'", name_of(class)),
            _ => format!("'{}' object has no attribute '{name}'", name_of(&receiver.get_type())),
        };
        let details = PyDict::new(py);
        let made = details
            .set_item("name", name)
            .and_then(|()| details.set_item("obj", receiver))
            .and_then(|()| py.get_type::<PyAttributeError>().call((&words,), Some(&details)));
        let error = made.map_or_else(|_| PyAttributeError::new_err(words), PyErr::from_value);
        match metric_of(receiver) {
            Some((metric, _)) => noted(py, error, &format!("{metric}: {}", self.advice)),
            None => noted(py, error, self.advice),
        }
    }
}

/// Puts the absent names into the classes that do not have them.
pub fn install(py: Python<'_>) -> PyResult<()> {
    add(&py.get_type::<PyChild>(), &OF_CHILDREN)?;
    add(&py.get_type::<PyCollector>(), &OF_METRICS)?;
    add(&py.get_type::<PyRegistry>(), &OF_REGISTRIES)
}

/// Done once: if the module is imported again, the classes are the same.
fn add(class: &Bound<'_, PyType>, names: &[Advice]) -> PyResult<()> {
    let own = class.getattr("__dict__")?;
    for &(name, advice) in names {
        if !own.contains(name)? {
            let absent = PyAbsent { owner: class.clone().unbind(), name, advice };
            class.setattr(name, Bound::new(class.py(), absent)?)?;
        }
    }
    Ok(())
}

/// What `dir` returns for an object: its names without the absent ones. No attribute is asked for: a property of the user's may
/// have one of these names.
pub fn dir<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let py = object.py();
    calls_python(py);
    let listed = PyList::empty(py);
    for name in py.get_type::<PyAny>().call_method1("__dir__", (object,))?.try_iter()? {
        let name = name?;
        if !is_absent(object, &name)? {
            listed.append(name)?;
        }
    }
    Ok(listed)
}

/// Whether an object has a name from nowhere but a class that does not have it.
fn is_absent(object: &Bound<'_, PyAny>, name: &Bound<'_, PyAny>) -> PyResult<bool> {
    let text = name.extract::<&str>().unwrap_or_default();
    let mut all = OF_METRICS.iter().chain(&OF_CHILDREN).chain(&OF_REGISTRIES);
    if !all.any(|(absent, _)| *absent == text) {
        return Ok(false);
    }
    if object.getattr_opt("__dict__")?.is_some_and(|own| own.contains(name).unwrap_or(false)) {
        return Ok(false);
    }
    for class in object.get_type().mro() {
        let names = class.getattr("__dict__")?;
        if names.contains(name)? && !names.get_item(name)?.is_instance_of::<PyAbsent>() {
            return Ok(false);
        }
    }
    Ok(true)
}
