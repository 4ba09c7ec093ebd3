//! `metric.values`: the series of a metric as a mapping, whose Python half is `aioprometheus.values`.

use pyo3::prelude::*;
use pyo3::types::{PyList, PyWeakrefReference};
use pyo3::{PyTraverseError, PyVisit};

use crate::memory;
use crate::python::argument::labels::{Labels, series_key};
use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::memory::or_memory_error;
use crate::python::metric::assignment;
use crate::python::metric::attribute::Attribute;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::removal;
use crate::python::metric::state::State;
use crate::python::value::store;

/// A key and a value.
type Item<'py> = (Bound<'py, PyAny>, Bound<'py, PyAny>);

/// The mapping of a metric: the same object as long as somebody holds it.
pub fn values<'py>(metric: &Bound<'py, PyCollector>) -> PyResult<Bound<'py, PyAny>> {
    static VALUES: OfPackage = OfPackage::new("aioprometheus.values", "Values");
    let py = metric.py();
    let attributes = &metric.get().attributes;
    let known = attributes.get(py, Attribute::Values).ok().filter(|known| !known.is_none());
    if let Some(values) = known.map(|known| known.call0()).transpose()?.filter(|values| !values.is_none()) {
        return Ok(values);
    }
    metric.get().state()?;
    let values = VALUES.get(py)?.call1((PySeriesStore { metric: metric.clone().unbind() },))?;
    // A weak reference, as the mapping holds the metric: without a cycle, the metric is freed as soon as nobody holds it.
    attributes.set(Attribute::Values, PyWeakrefReference::new(&values)?.as_any());
    Ok(values)
}

/// Replaces all the series by those of a mapping. The mapping that was there keeps what it held.
pub fn replace<'py>(metric: &Bound<'py, PyCollector>, series: &Bound<'py, PyAny>) -> PyResult<()> {
    static REPLACE: OfPackage = OfPackage::new("aioprometheus.values", "replace");
    let py = metric.py();
    let values = values(metric)?;
    if values.is(series) {
        return Ok(());
    }
    REPLACE.get(py)?.call1((metric, &values, series))?;
    metric.get().attributes.set(Attribute::Values, py.None().bind(py));
    Ok(())
}

/// The series of one metric by their keys, behind ``aioprometheus.values.Values``.
///
/// A key is a dict of labels, JSON in bytes as ``keys`` returns it, or ``"__EMPTY__"``.
#[pyclass(name = "SeriesStore", module = "aioprometheus._core", frozen)]
pub struct PySeriesStore {
    metric: Py<PyCollector>,
}

impl PySeriesStore {
    fn state(&self) -> PyResult<&State> {
        self.metric.get().state()
    }
}

#[pymethods]
impl PySeriesStore {
    /// Return the number or the live object of one series.
    ///
    /// :param key: The key of the series.
    /// :raises KeyError: If there is no such series.
    fn get<'py>(&self, py: Python<'py>, key: Option<&Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(py);
        self.state()?.value_of(py, key)
    }

    /// Replace the value of one series. The series is born if there is none.
    ///
    /// :param key: The key of the series.
    /// :param value: The new value, of the kind that ``get`` returns.
    fn set(&self, key: Option<&Bound<'_, PyAny>>, value: &Bound<'_, PyAny>) -> PyResult<()> {
        calls_python(value.py());
        let state = self.state()?;
        assignment::set(state, &Labels::extract_key(state.name(), key)?, value)
    }

    /// Replace all series, or none if one of the new ones is refused.
    ///
    /// :param items: The new series, as pairs of a key and a value.
    /// :returns: The series that there were, as such pairs.
    fn replace<'py>(&self, py: Python<'py>, items: Vec<Item<'py>>) -> PyResult<Vec<Item<'py>>> {
        calls_python(py);
        let state = self.state()?;
        let trial = state.without_series(py, state.overrides.without_objects());
        for (done, (key, value)) in items.into_iter().enumerate() {
            removal::pause(py, done);
            assignment::set(&trial, &Labels::extract_key(state.name(), Some(&key))?, &value)?;
        }
        let before = removal::replace(py, state, &trial, true)?;
        // Read only now, after the last updates of the old series.
        let items = before.into_iter().enumerate().map(|(done, (series, object))| {
            removal::pause(py, done);
            let key = series_key(py, series.labels().pairs());
            Ok((key, object.map_or_else(|| series.live(py), |object| Ok(object.into_bound(py)))?))
        });
        items.collect()
    }

    /// Remove one series.
    ///
    /// :param key: The key of the series.
    /// :raises KeyError: If there is no such series.
    fn delete(&self, py: Python<'_>, key: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        calls_python(py);
        let state = self.state()?;
        let labels = Labels::extract_key(state.name(), key)?;
        if removal::remove(py, state, &labels)? {
            return Ok(());
        }
        Err(store::no_series(py, &state.family, &labels.pairs()))
    }

    /// Remove all series.
    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        calls_python(py);
        removal::clear(py, self.state()?)
    }

    /// Return the keys, in the order of the births: JSON in bytes, or ``"__EMPTY__"``.
    fn keys<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        or_memory_error(|| {
            let all = PyList::empty(py);
            for (step, series) in store::keys(&self.state()?.family)?.iter().enumerate() {
                memory::check_step(step)?;
                all.append(series_key(py, series.labels().pairs()))?;
            }
            Ok(all)
        })
    }

    /// Return the first of the keys, or None if there is no series.
    fn first_key<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        or_memory_error(|| {
            let first = store::first(&self.state()?.family, 1)?;
            Ok(first.first().map(|series| series_key(py, series.labels().pairs())))
        })
    }

    fn __len__(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(store::len(py, &self.state()?.family))
    }

    /// The name of the metric.
    #[getter]
    fn name(&self) -> PyResult<&str> {
        Ok(self.state()?.name())
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.metric)
    }
}
