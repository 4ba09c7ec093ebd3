//! `Registry`.

use std::mem;
use std::sync::atomic::Ordering;

use pyo3::exceptions::{PyKeyError, PyTypeError};
use pyo3::prelude::*;
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3::{PyTraverseError, PyVisit, intern};

use super::absent;
use crate::name::is_metric_name;
use crate::python::interpreter::import::{OfPackage, name_of};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::constructor::bind_arguments;
use crate::python::metric::registry::PyRegistry;
use crate::python::metric::{describe, mistake};
use crate::registry::check_samples;

#[pymethods]
impl PyRegistry {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "()")]
    fn new(py: Python<'_>, _args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Self::empty(py)
    }

    /// Defined because a subclass may call it.
    #[pyo3(signature = (*args, **kwargs))]
    fn __init__<'py>(
        slf: &Bound<'py, Self>,
        args: &Bound<'py, PyTuple>,
        kwargs: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<()> {
        static PARAMETERS: OfPackage = OfPackage::new("aioprometheus.constructors", "registry");
        // The default registry is made while the package is imported.
        if args.is_empty() && kwargs.is_none() {
            return Ok(());
        }
        bind_arguments::<Bound<'py, PyAny>>(slf.as_any(), &PARAMETERS, args, kwargs).map(drop)
    }

    /// The metrics by name: a live dict, which can be written to.
    #[getter]
    pub fn collectors<'py>(&self, py: Python<'py>) -> Bound<'py, PyDict> {
        self.dict(py)
    }

    #[setter]
    fn set_collectors(&self, collectors: &Bound<'_, PyDict>) {
        let before = self.collectors.lock().replace(collectors.clone().unbind());
        drop(before);
    }

    /// Add a metric. A metric may be in several registries, which then share its series.
    ///
    /// :param collector: The metric.
    /// :raises TypeError: If it is not a :class:`Collector`.
    /// :raises ValueError: If the name is registered already, or if a metric that is there
    ///   exposes samples of the same name.
    fn register(slf: &Bound<'_, Self>, collector: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = collector.py();
        let Ok(metric) = collector.cast::<PyCollector>() else {
            return Err(mistake::no_metric(collector));
        };
        let name = metric.getattr(intern!(py, "name"))?;
        let kind = metric.get().state().ok().map(|state| state.family.descriptor().kind());
        let collectors = slf.get().dict(py);
        // On a free-threaded interpreter two threads may register at once; the names are plain str.
        let there = with_critical_section(&collectors, || {
            if let Some(there) = collectors.get_item(&name)? {
                return Ok(Some(there));
            }
            if let (Some(kind), Ok(name)) = (kind, name.extract::<&str>()) {
                let kind_of = |name: &str| {
                    let other = collectors.get_item(name).ok()??;
                    let other = other.cast::<PyCollector>().ok()?.get().state().ok()?;
                    Some(other.family.descriptor().kind())
                };
                check_samples(name, kind, kind_of)?;
                // Only then can escaped names meet.
                let needs_escaping = slf.get().utf8.fetch_or(!is_metric_name(name), Ordering::Relaxed);
                if needs_escaping || !is_metric_name(name) {
                    // Taken out of the lock, because to look up in a dict may run Python code. Another thread finds no names
                    // meanwhile, and reads them anew.
                    let mut escaped = mem::take(&mut *slf.get().escaped.lock());
                    escaped.follow(&collectors);
                    let checked = escaped.names.check(name, kind, kind_of);
                    if checked.is_ok() {
                        collectors.set_item(name, metric)?;
                        escaped.insert(name);
                    }
                    *slf.get().escaped.lock() = escaped;
                    return checked.map(|()| None).map_err(PyErr::from);
                }
            }
            collectors.set_item(&name, metric)?;
            Ok::<_, PyErr>(None)
        })?;
        match there {
            None => metric.get().registrations.remember(slf),
            Some(there) => Err(mistake::name_taken(&name, &there, metric)),
        }
    }

    /// Remove a metric: it is not exposed any more.
    ///
    /// :param name: The name of the metric.
    /// :raises KeyError: If there is none of that name.
    fn deregister(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let dict = self.dict(name.py());
        dict.del_item(name).map_err(|error| mistake::not_registered(&dict, name, error))?;
        if let Ok(name) = name.extract::<&str>() {
            self.escaped.lock().remove(name);
        }
        Ok(())
    }

    /// Return one metric.
    ///
    /// :param name: The name of the metric.
    /// :raises KeyError: If there is none of that name.
    fn get<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let dict = self.dict(name.py());
        dict.get_item(name)?.ok_or_else(|| {
            mistake::not_registered(&dict, name, PyKeyError::new_err((name.clone().unbind(),)))
        })
    }

    /// Return a list of all metrics, in the order of their registration.
    fn get_all<'py>(&self, py: Python<'py>) -> Bound<'py, PyList> {
        self.dict(py).values()
    }

    /// Return an iterator over all metrics, in the order of their registration.
    fn collect<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(slf.py());
        let all = slf.call_method0(intern!(slf.py(), "get_all"))?;
        Ok(all.try_iter()?.into_any())
    }

    /// Remove all metrics.
    fn clear(slf: &Bound<'_, Self>) -> PyResult<()> {
        calls_python(slf.py());
        for name in slf.get().dict(slf.py()).keys() {
            slf.call_method1(intern!(slf.py(), "deregister"), (name,))?;
        }
        Ok(())
    }

    /// How many metrics there are.
    fn __len__(slf: &Bound<'_, Self>) -> PyResult<usize> {
        calls_python(slf.py());
        match metrics_of_class(slf)? {
            None => Ok(slf.get().dict(slf.py()).len()),
            Some(metrics) => metrics.try_iter()?.try_fold(0, |count, metric| metric.map(|_| count + 1)),
        }
    }

    /// A registry is true without any metric too.
    fn __bool__(&self) -> bool {
        let _ = self;
        true
    }

    /// Whether a metric is registered: asked by its name, or with the metric itself.
    fn __contains__<'py>(slf: &Bound<'py, Self>, item: &Bound<'py, PyAny>) -> PyResult<bool> {
        let py = slf.py();
        calls_python(py);
        let is_metric = item.is_instance_of::<PyCollector>();
        let name = if is_metric { item.getattr(intern!(py, "name"))? } else { item.clone() };
        let Some(metrics) = metrics_of_class(slf)? else {
            let found = slf.get().dict(py).get_item(name)?;
            return Ok(found.is_some_and(|found| !is_metric || found.is(item)));
        };
        for metric in metrics.try_iter()? {
            let metric = metric?;
            if is_metric && metric.is(item) || !is_metric && metric.getattr(intern!(py, "name"))?.eq(&name)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The same as ``collect``.
    fn __iter__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(slf.py());
        slf.call_method0(intern!(slf.py(), "collect"))
    }

    fn __dir__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyList>> {
        absent::dir(slf)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<()> {
        let class = name_of(&slf.get_type());
        Err(PyTypeError::new_err(format!(
            "cannot copy or pickle a {class}: its metrics belong to their process; register them in another one, or pass \
             what render(registry) returns"
        )))
    }

    fn __repr__(slf: &Bound<'_, Self>) -> String {
        describe::registry(slf, &slf.get().dict(slf.py()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The collector runs attached, and whoever holds this lock runs no Python code. So only another thread of a
        // free-threaded interpreter can hold it now; then nothing is collected this time.
        match self.collectors.try_lock() {
            Some(collectors) => collectors.as_ref().map_or(Ok(()), |dict| visit.call(dict)),
            None => Ok(()),
        }
    }

    fn __clear__(&self) {
        let dict = self.collectors.lock().take();
        drop(dict);
    }
}

/// The metrics that a class of the user's reports, if it overrides `get_all`.
fn metrics_of_class<'py>(registry: &Bound<'py, PyRegistry>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = intern!(registry.py(), "get_all");
    let own = registry.py().get_type::<PyRegistry>().getattr(name)?;
    if registry.get_type().getattr(name)?.is(&own) {
        return Ok(None);
    }
    registry.call_method0(name).map(Some)
}
