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

/// The absent names of metrics and children, and the alternatives. No kind of metric has any of these names here: programs
/// find out by its methods what a metric can do.
const OF_METRICS: [(&str, &str); 5] = [
    ("time", "a Histogram, a Summary or a Gauge can time"),
    ("track_inprogress", "a Gauge can track what is in progress"),
    ("count_exceptions", "a Counter can count exceptions"),
    ("reset", "metric.clear() removes all series, which begin anew with the next update"),
    ("set_function", "counters, gauges, infos and enums have functions that give their values at a scrape"),
];

/// The absent names of registries, and the alternatives.
const OF_REGISTRIES: [(&str, &str); 1] =
    [("get_sample_value", "registry.get(name).get(labels) is the value of a series")];

/// A name that a class does not have.
///
/// It is an attribute of the class, because a ``__getattr__`` would make all methods slower. Objects of the class do not
/// have the name, unless another base class or a ``__getattr__`` of a subclass has it.
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
            Err(_) if instance.is_some() => Err(this.refusal(receiver)),
            Err(_) => Ok(slf.clone().into_any()),
            found => found,
        }
    }

    fn __repr__(&self) -> String {
        format!("<not in aioprometheus: {}>", self.advice)
    }
}

impl PyAbsent {
    /// The exception with Python's own message, and a note that names the alternative.
    fn refusal(&self, receiver: &Bound<'_, PyAny>) -> PyErr {
        let (py, name) = (receiver.py(), self.name);
        let words = format!("'{}' object has no attribute '{name}'", name_of(&receiver.get_type()));
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
    add(&py.get_type::<PyChild>(), &OF_METRICS)?;
    add(&py.get_type::<PyCollector>(), &OF_METRICS)?;
    add(&py.get_type::<PyRegistry>(), &OF_REGISTRIES)
}

fn add(class: &Bound<'_, PyType>, names: &[(&'static str, &'static str)]) -> PyResult<()> {
    for &(name, advice) in names {
        if class.getattr_opt(name)?.is_none() {
            let absent = PyAbsent { owner: class.clone().unbind(), name, advice };
            class.setattr(name, Bound::new(class.py(), absent)?)?;
        }
    }
    Ok(())
}

/// What `dir` returns for an object: its names without the absent ones.
pub fn dir<'py>(object: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyList>> {
    let py = object.py();
    calls_python(py);
    let listed = PyList::empty(py);
    for name in py.get_type::<PyAny>().call_method1("__dir__", (object,))?.try_iter()? {
        let name = name?;
        let text = name.extract::<&str>().unwrap_or_default();
        let mut all = OF_METRICS.iter().chain(&OF_REGISTRIES);
        let may_be_absent = all.any(|(absent, _)| *absent == text);
        if !may_be_absent || object.hasattr(text)? {
            listed.append(name)?;
        }
    }
    Ok(listed)
}
