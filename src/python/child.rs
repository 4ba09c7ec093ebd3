//! Children: series of a metric, bound to their labels.

pub mod any;
pub mod bind;
pub mod class;
mod forward;
mod many;

use std::sync::Arc;

use arc_swap::ArcSwapOption;
use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyWeakrefMethods, PyWeakrefReference};
use smallvec::SmallVec;

use crate::error::Error;
use crate::family::{Family, Series};
use crate::kind::Kind;
use crate::labels::Pair;
use crate::metric::{Histogram, Metric, Number, Summary, Value};
use crate::python::argument::exemplar::{ExemplarArgument, exemplar_of};
use crate::python::argument::labels::{INLINE, Labels, series_key, to_dict};
use crate::python::argument::number;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::note::noted;
use crate::python::interpreter::notice::tell_overflow;
use crate::python::lookup::Lookup;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::function;
use crate::python::metric::removal;
use crate::python::value::handle::Handle;
use crate::python::value::number::set_counter;
use crate::python::value::series::PyValue;
use crate::python::value::{describe, reading};
use any::AnyChild;

/// One series of a family. If it was removed, the next update makes it again, as an update of the metric with these labels
/// does. If its value is an object of the user's, the methods of the metric are called.
pub struct Child<M: Metric> {
    /// A weak reference to the metric, which may go away before its children.
    metric: Py<PyWeakrefReference>,
    family: Arc<Family<M>>,
    /// The series that was bound. It is never replaced, so that threads need no lock to read it.
    series: Arc<Series<M>>,
    /// The series with the same labels that was born after the bound one was removed.
    successor: ArcSwapOption<Series<M>>,
}

impl<M: PyValue> AnyChild for Child<M> {
    fn name(&self) -> &str {
        self.family.descriptor().name()
    }

    fn remove(&self, py: Python<'_>) -> PyResult<bool> {
        calls_python(py);
        // It knows what else is kept of a series.
        match self.metric.bind(py).upgrade() {
            Some(metric) => {
                let labels = Labels::of_pairs(self.series.labels().pairs());
                removal::remove(py, metric.cast::<PyCollector>()?.get().state()?, &labels)
            }
            None => Ok(self.family.remove(access(py), &self.labels())),
        }
    }

    fn describe(&self, object: &Bound<'_, PyAny>) -> String {
        let found = self.find(object.py());
        let value = found.map_or_else(|| "removed".to_owned(), |handle| reading::describe(&handle));
        let labels = describe::labels(self.series.labels());
        format!("<{} {}{{{labels}}}: {value}>", class_name(object), describe::short(self.name()))
    }

    fn metric<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyAny>> {
        self.metric.bind(py).upgrade()
    }

    fn labels_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        to_dict(py, self.series.labels().pairs())
    }
}

impl<M: PyValue> Child<M> {
    /// Binds the series of `labels`, which is born when there is none.
    pub fn new(metric: &Bound<'_, PyCollector>, lookup: &Lookup<M>, labels: &Labels<'_>) -> PyResult<Self> {
        let series = lookup.family.bind(access(metric.py()), &labels.pairs())?;
        // Every child of a metric has the same one.
        let metric = PyWeakrefReference::new(metric.as_any())?.unbind();
        Ok(Self { metric, family: Arc::clone(&lookup.family), series, successor: ArcSwapOption::empty() })
    }

    /// The kind of the metric.
    pub fn kind(&self) -> Kind {
        self.family.descriptor().kind()
    }

    /// The number of an observation; `words` is the message of 23.12.0 for a value that is not a number.
    #[inline(always)]
    pub fn observed(&self, words: &'static str, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        number::extract(self.name(), value, number::refused_observation_of_child(words))
    }

    fn labels(&self) -> SmallVec<[Pair<'_>; INLINE]> {
        self.series.labels().pairs().collect()
    }

    /// Runs `update`, which must not run Python code, on the state of the series; or `forward` on a child that calls the
    /// methods of the metric.
    #[inline(always)]
    fn update<'py>(
        &self,
        py: Python<'py>,
        update: impl FnOnce(&M),
        forward: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        self.update_series(py, |series| update(series.metric()), forward)
    }

    /// As [`Child::update`], on the series.
    #[inline(always)]
    fn update_series<'py>(
        &self,
        py: Python<'py>,
        update: impl FnOnce(&Arc<Series<M>>),
        forward: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        if !self.series.is_there() {
            return self.update_elsewhere(py, update, forward);
        }
        update(&self.series);
        Ok(())
    }

    #[cold]
    fn update_elsewhere<'py>(
        &self,
        py: Python<'py>,
        update: impl FnOnce(&Arc<Series<M>>),
        forward: impl FnOnce(&Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<()> {
        if let Some(child) = self.forwarding(py)? {
            return forward(&child).map(drop);
        }
        if self.series.is_overflow() && !self.series.is_leaving() {
            self.family.count_refused();
            update(&self.series);
            tell_overflow(&self.family);
            return Ok(());
        }
        if let Some(series) = self.successor.load().as_ref().filter(|series| series.is_there()) {
            update(series);
            return Ok(());
        }
        let series = self.family.with(access(py), &self.labels(), |series| {
            update(series);
            Arc::clone(series)
        })?;
        self.successor.store(Some(series));
        tell_overflow(&self.family);
        Ok(())
    }

    /// A child that calls the methods of the metric, when the value of the series is an object of the user's.
    #[inline]
    fn forwarding<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if self.series.is_there() { Ok(None) } else { self.find_forwarding(py) }
    }

    #[cold]
    fn find_forwarding<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let metric = self.metric.bind(py).upgrade();
        // Nobody sees the values of a metric that went away.
        let Some(metric) = metric.filter(|_| self.find(py).is_some_and(|handle| handle.series.is_hidden()))
        else {
            return Ok(None);
        };
        calls_python(py);
        self.forward(metric.cast::<PyCollector>()?).map(Some)
    }

    /// A child that calls the methods of `metric`, which is that of this one.
    fn forward<'py>(&self, metric: &Bound<'py, PyCollector>) -> PyResult<Bound<'py, PyAny>> {
        forward::new(metric, &Labels::of_pairs(self.series.labels().pairs()))
    }

    /// What `read` makes of the series, or what `method` of a child returns that calls the methods of the metric.
    fn read<'py>(
        &self,
        py: Python<'py>,
        method: &Bound<'py, PyString>,
        read: impl FnOnce(Handle<M>) -> PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self.forwarding(py)? {
            Some(child) => child.call_method0(method),
            None => read(self.handle(py)?),
        }
    }

    /// What `get` returns.
    ///
    /// # Errors
    ///
    /// KeyError when the series was removed and was not born again, and what an override raises.
    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.read(py, intern!(py, "get"), |handle| reading::get(&handle, py))
    }

    /// What `get_value` returns.
    ///
    /// # Errors
    ///
    /// As for [`Child::get`].
    pub fn get_value<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.read(py, intern!(py, "get_value"), |handle| M::live(handle, py))
    }

    /// The series as it is now; a KeyError when it was removed and was not born again.
    fn handle(&self, py: Python<'_>) -> PyResult<Handle<M>> {
        self.find(py).ok_or_else(|| {
            let error = PyKeyError::new_err(series_key(py, self.labels().into_iter()).unbind());
            let note = format!("{}: this series was removed; the next update makes it again", self.name());
            noted(py, error, &note)
        })
    }

    fn find(&self, py: Python<'_>) -> Option<Handle<M>> {
        let series = if self.series.is_leaving() {
            self.family.find(access(py), &self.labels())
        } else {
            Some(Arc::clone(&self.series))
        };
        series.map(|series| Handle::new(&self.family, series))
    }

    /// Sets the value of the series, as `set_value` of the metric does.
    pub fn set_value(&self, value: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = value.py();
        calls_python(py);
        if let Some(child) = self.forwarding(py)? {
            return child.call_method1(intern!(py, "set_value"), (value,)).map(drop);
        }
        M::set(&self.family, &Labels::of_pairs(self.series.labels().pairs()), value)?;
        if self.series.is_overflow() {
            self.family.count_refused();
        }
        tell_overflow(&self.family);
        Ok(())
    }

    /// Has a function give the value of the series at each scrape. Nobody sees the values of a metric that went away.
    pub fn set_function(&self, function: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = function.py();
        calls_python(py);
        function::check(self.name(), function)?;
        match self.metric.bind(py).upgrade() {
            Some(metric) => {
                function::set_for(metric.cast()?, &Labels::of_pairs(self.series.labels().pairs()), function)?;
            }
            None => return Ok(()),
        }
        if self.series.is_overflow() && !function.is_none() {
            self.family.count_refused();
        }
        tell_overflow(&self.family);
        Ok(())
    }
}

/// Calls a method of a child that calls those of the metric.
#[cold]
fn call<'py>(child: &Bound<'py, PyAny>, method: &str, number: Number) -> PyResult<Bound<'py, PyAny>> {
    child.call_method1(method, (number::to_object(child.py(), number)?,))
}

impl Child<Value> {
    /// The number of an update.
    #[inline(always)]
    pub fn number(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        number::extract(self.name(), value, number::refusal_of_child)
    }

    /// The number of an update of a counter.
    #[inline(always)]
    pub fn amount(&self, value: &Bound<'_, PyAny>) -> PyResult<Number> {
        let number = self.number(value)?;
        number.check_counter().map_err(|error| Error::of(self.family.descriptor().name(), error))?;
        Ok(number)
    }

    /// Adds a number, which the kind of metric must take.
    #[inline(always)]
    pub fn add(&self, py: Python<'_>, amount: Number) -> PyResult<()> {
        self.update(py, |series| series.add(access(py), amount), |child| call(child, "add", amount))
    }

    /// Adds the number of an update of a counter, which may have an exemplar.
    pub fn add_with(
        &self,
        py: Python<'_>,
        amount: PyResult<Number>,
        exemplar: ExemplarArgument<'_, '_>,
    ) -> PyResult<()> {
        let exemplar = exemplar_of(py, self.family.descriptor().name(), exemplar, &amount);
        let (amount, exemplar) = (amount?, exemplar?);
        let update = |series: &Value| {
            series.add(access(py), amount);
            if let Some(exemplar) = exemplar {
                series.set_exemplar(exemplar);
            }
        };
        self.update(py, update, |child| call(child, "add", amount))
    }

    /// Subtracts a number.
    #[inline(always)]
    pub fn sub(&self, py: Python<'_>, amount: Number) -> PyResult<()> {
        self.update(py, |series| series.sub(access(py), amount), |child| call(child, "sub", amount))
    }

    /// Adds 1, and returns the series that went up; nothing if the value is an object of the user's, whose method was called.
    pub fn raise(&self, py: Python<'_>) -> PyResult<Option<Arc<Series<Value>>>> {
        let mut raised = None;
        let update = |series: &Arc<Series<Value>>| {
            series.metric().add(access(py), Number::Int(1));
            raised = Some(Arc::clone(series));
        };
        self.update_series(py, update, |child| call(child, "inc", Number::Int(1)))?;
        Ok(raised)
    }

    /// Sets the number, which the kind of metric must take.
    #[inline(always)]
    pub fn set(&self, py: Python<'_>, number: Number) -> PyResult<()> {
        self.update(py, |series| series.set(access(py), number), |child| call(child, "set", number))
    }

    /// Sets the number of a counter, which must not be negative or NaN.
    pub fn set_counter(&self, py: Python<'_>, number: Number) -> PyResult<()> {
        let update = |series: &Arc<Series<Value>>| set_counter(access(py), series, number);
        self.update_series(py, update, |child| call(child, "set", number))
    }
}

impl Child<Summary> {
    /// Takes one observation.
    #[inline(always)]
    pub fn observe<'py>(&self, py: Python<'py>, value: f64) -> PyResult<()> {
        let forward = |child: &Bound<'py, PyAny>| call(child, "observe", Number::Float(value));
        self.update(py, |series| series.observe(access(py), value), forward)
    }
}

impl Child<Histogram> {
    /// Takes one observation, which may have an exemplar.
    pub fn observe_with(
        &self,
        py: Python<'_>,
        value: PyResult<Number>,
        exemplar: ExemplarArgument<'_, '_>,
    ) -> PyResult<()> {
        let exemplar = exemplar_of(py, self.family.descriptor().name(), exemplar, &value);
        let (value, exemplar) = (value?.as_f64(), exemplar?);
        let update = |series: &Histogram| {
            series.observe(access(py), self.family.spec(), value);
            if let Some(exemplar) = exemplar {
                series.set_exemplar(self.family.spec(), exemplar);
            }
        };
        self.update(py, update, |child| call(child, "observe", Number::Float(value)))
    }

    /// Takes one observation.
    #[inline(always)]
    pub fn observe<'py>(&self, py: Python<'py>, value: f64) -> PyResult<()> {
        let forward = |child: &Bound<'py, PyAny>| call(child, "observe", Number::Float(value));
        self.update(py, |series| series.observe(access(py), self.family.spec(), value), forward)
    }
}

/// The exception for copying or pickling a child.
pub fn refuse_copy() -> PyErr {
    PyTypeError::new_err(
        "cannot copy or pickle a child of a metric: its series is shared with the metric; bind it anew with \
         labels(...), or pass what get() says",
    )
}
