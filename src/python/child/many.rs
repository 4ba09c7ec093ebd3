//! Many observations of a child at once.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::Child;
use crate::metric::{Histogram, Number, Summary};
use crate::python::argument::exemplar::{ExemplarArgument, exemplar_of};
use crate::python::argument::observations::{self, Observations};
use crate::python::interpreter::attached::access;
use crate::python::value::series::PyValue;

/// Calls `observe_many` of a child that calls the methods of the metric.
#[cold]
fn call_many<'py>(child: &Bound<'py, PyAny>, values: &Observations) -> PyResult<Bound<'py, PyAny>> {
    child.call_method1(intern!(child.py(), "observe_many"), (values.to_vec(),))
}

/// Calls `observe` of a child that calls the methods of the metric.
#[cold]
fn call_times<'py>(child: &Bound<'py, PyAny>, value: f64, times: u64) -> PyResult<Bound<'py, PyAny>> {
    let count = PyDict::new(child.py());
    count.set_item("count", times)?;
    child.call_method(intern!(child.py(), "observe"), (value,), Some(&count))
}

impl<M: PyValue> Child<M> {
    fn values(&self, values: &Bound<'_, PyAny>) -> PyResult<Observations> {
        Observations::extract(self.family.descriptor().name(), values)
    }

    fn count(&self, count: &Bound<'_, PyAny>) -> PyResult<u64> {
        observations::count(self.family.descriptor().name(), count)
    }
}

impl Child<Summary> {
    /// Takes many observations, or none when one is refused.
    pub fn observe_many(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, values) = (values.py(), self.values(values)?);
        let update = |series: &Summary| values.for_each(|some| series.observe_all(access(py), some));
        self.update(py, update, |child| call_many(child, &values))
    }

    /// Takes observations of one value.
    pub fn observe_times(&self, value: PyResult<Number>, count: &Bound<'_, PyAny>) -> PyResult<()> {
        match (self.count(count)?, value?.as_f64()) {
            (0, _) => Ok(()),
            (times, value) => self.update(
                count.py(),
                |series| series.observe_times(value, times),
                |child| call_times(child, value, times),
            ),
        }
    }
}

impl Child<Histogram> {
    /// Takes many observations, or none when one is refused.
    pub fn observe_many(&self, values: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, values) = (values.py(), self.values(values)?);
        let update = |series: &Histogram| {
            values.for_each(|some| series.observe_all(access(py), self.family.spec(), some));
        };
        self.update(py, update, |child| call_many(child, &values))
    }

    /// Takes observations of one value, of which the last may have an exemplar.
    pub fn observe_times(
        &self,
        value: PyResult<Number>,
        exemplar: ExemplarArgument<'_, '_>,
        count: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let py = count.py();
        let times = self.count(count)?;
        let exemplar = exemplar_of(py, self.family.descriptor().name(), exemplar, &value);
        let (value, exemplar) = (value?.as_f64(), exemplar?);
        if times == 0 {
            return Ok(());
        }
        let update = |series: &Histogram| {
            series.observe_times(access(py), self.family.spec(), value, times);
            if let Some(exemplar) = exemplar {
                series.set_exemplar(self.family.spec(), exemplar);
            }
        };
        self.update(py, update, |child| call_times(child, value, times))
    }
}
