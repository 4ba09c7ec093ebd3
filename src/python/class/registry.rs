//! `Registry`.

use std::sync::Arc;

use pyo3::exceptions::{PyAttributeError, PyKeyError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use pyo3::{PyTraverseError, PyVisit, intern};

use super::absent;
use super::contents::metrics_of_class;
use crate::python::argument::refusal::shown;
use crate::python::interpreter::import::{OfPackage, class_name, name_of};
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::metric::collector::PyCollector;
use crate::python::metric::collectors::{PyCollectors, key};
use crate::python::metric::constructor::bind_arguments;
use crate::python::metric::definition_mistake;
use crate::python::metric::register::{of_dict, register};
use crate::python::metric::registry::PyRegistry;
use crate::python::metric::registry_argument::RegistryArguments;
use crate::python::metric::repr;
use crate::python::metric::sources::{Role, is_collector, timeout_of};
use crate::python::metric::target_info;

#[pymethods]
impl PyRegistry {
    #[new]
    #[pyo3(signature = (*_args, **_kwargs), text_signature = "(*, prefix=None, const_labels=None, max_series=None, on_duplicate='error', target_info=None)")]
    fn new(
        py: Python<'_>,
        _args: &Bound<'_, PyTuple>,
        _kwargs: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
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
        let arguments: RegistryArguments<'py> = bind_arguments(slf.as_any(), &PARAMETERS, args, kwargs)?;
        arguments.init(slf)
    }

    /// The metrics by name: a live mapping, which can be written to.
    ///
    /// A dict that is assigned is copied.
    #[getter]
    fn collectors(slf: &Bound<'_, Self>) -> PyResult<Py<PyCollectors>> {
        let py = slf.py();
        let metrics = slf.get().collectors.lock().as_ref().map(|metrics| metrics.clone_ref(py));
        metrics.ok_or_else(|| PyAttributeError::new_err("collectors"))
    }

    #[setter]
    fn set_collectors(&self, collectors: &Bound<'_, PyAny>) -> PyResult<()> {
        let new = match collectors.cast::<PyCollectors>() {
            Ok(metrics) => metrics.clone().unbind(),
            Err(_) => {
                let py = collectors.py();
                let failures = Arc::clone(self.metrics(py)?.get().registry.failures());
                Py::new(py, of_dict(collectors.cast()?, failures)?)?
            }
        };
        let before = self.collectors.lock().replace(new);
        drop(before);
        Ok(())
    }

    /// `unittest.mock` deletes what it has put here before it puts back what was there.
    #[deleter]
    fn delete_collectors(&self) {
        let before = self.collectors.lock().take();
        drop(before);
    }

    /// Add a metric, or a collector.
    ///
    /// A metric may be in several registries, which then share its series. A collector is an
    /// object whose method ``collect()`` returns or yields families at each scrape: those of this
    /// package, such as ``GaugeFamily``, those of ``prometheus_client``, or metrics. The method
    /// may be an ``async def``, or an async generator. It is not called before the first scrape.
    ///
    /// :param collector: The metric or collector.
    /// :param timeout: How long a scrape by ``render_async`` waits for a collector, for the
    ///   functions of a metric or for its ``async def get_all``, in seconds. None is 5 seconds,
    ///   or less if the scraper gives up sooner. Then it is left out of the exposition.
    /// :raises TypeError: If it is neither a :class:`Collector` nor has a method ``collect``, or
    ///   if the timeout is not a number.
    /// :raises ValueError: If the name is registered already, or if a metric that is there
    ///   exposes samples of the same name; if this collector is registered already; or if the
    ///   timeout is not positive.
    #[pyo3(signature = (collector, *, timeout=None))]
    fn register(
        slf: &Bound<'_, Self>,
        collector: &Bound<'_, PyAny>,
        timeout: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<()> {
        calls_python(collector.py());
        let Ok(metric) = collector.cast::<PyCollector>() else {
            if collector.is_instance_of::<Self>() || !is_collector(collector)? {
                return Err(definition_mistake::no_metric(collector));
            }
            let timeout = timeout_of(timeout)?;
            if slf.get().sources.add(Role::Collector, collector, timeout) {
                return Ok(());
            }
            return Err(PyValueError::new_err(format!(
                "this {} is registered already; its families would be exposed twice",
                class_name(collector)
            )));
        };
        let timeout = timeout_of(timeout)?;
        let name = key(&metric.getattr(intern!(metric.py(), "name"))?)?;
        register(slf, metric, timeout.is_some())?;
        slf.get().sources.limit(&name, timeout);
        Ok(())
    }

    /// Have a function called before each scrape, for many metrics that are refreshed at once.
    ///
    /// ``render_async``, and with it every handler, calls a plain function on a thread of its own
    /// and awaits an ``async def``. If it raises or takes longer than its time limit, the metrics
    /// are exposed as they are, and the failure is counted.
    ///
    /// :param function: A function without arguments. Without it, a decorator is returned:
    ///   ``@registry.before_scrape(timeout=1)``.
    /// :param timeout: How long a scrape by ``render_async`` waits, in seconds: 5 for None, and at
    ///   most half of the time that the scraper waits.
    /// :returns: The function, so that this is a decorator too.
    /// :raises TypeError: If it is not a function, or if the timeout is not a number.
    /// :raises ValueError: If this function is called before each scrape already, or if the
    ///   timeout is not positive.
    #[pyo3(signature = (function=None, *, timeout=None))]
    fn before_scrape<'py>(
        slf: &Bound<'py, Self>,
        function: Option<&Bound<'py, PyAny>>,
        timeout: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static PARTIAL: OfPackage = OfPackage::new("functools", "partial");
        let py = slf.py();
        calls_python(py);
        let seconds = timeout_of(timeout)?;
        let Some(function) = function else {
            let options = PyDict::new(py);
            options.set_item("timeout", timeout)?;
            return PARTIAL.get(py)?.call((slf.getattr(intern!(py, "before_scrape"))?,), Some(&options));
        };
        if !function.is_callable() {
            return Err(PyTypeError::new_err(format!(
                "before_scrape takes a function without arguments, not {}",
                shown(function)
            )));
        }
        if slf.get().sources.add(Role::BeforeScrape, function, seconds) {
            return Ok(function.clone());
        }
        let name = function.str().map_or_else(|_| "this function".to_owned(), |text| text.to_string());
        Err(PyValueError::new_err(format!("{name} is called before each scrape already")))
    }

    /// Return the part of this registry that has certain names, also what comes later.
    ///
    /// It can be rendered and served like a registry.
    ///
    /// :param names: The names of metrics and of families of collectors, or of their samples.
    /// :raises TypeError: If the names are not a collection of str.
    fn restricted<'py>(slf: &Bound<'py, Self>, names: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        static RESTRICTED: OfPackage = OfPackage::new("aioprometheus.views", "Restricted");
        let py = slf.py();
        calls_python(py);
        RESTRICTED.get(py)?.call1((slf, names))
    }

    /// Remove a metric: it is not exposed any more.
    ///
    /// :param name: The name of the metric.
    /// :raises KeyError: If there is none of that name.
    fn deregister(&self, name: &Bound<'_, PyAny>) -> PyResult<()> {
        let metrics = self.metrics(name.py())?;
        match metrics.get().remove(name) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(not_registered(metrics.get(), name)),
            Err(error) => Err(error),
        }
    }

    /// Remove a metric, a collector, or a function that is called before each scrape.
    ///
    /// :param collector: The object itself, as it was registered.
    /// :raises KeyError: If it is not registered here.
    fn unregister<'py>(slf: &Bound<'py, Self>, collector: &Bound<'py, PyAny>) -> PyResult<()> {
        let py = slf.py();
        calls_python(py);
        if slf.get().sources.remove(collector) {
            return Ok(());
        }
        let metrics = slf.get().metrics(py)?;
        let all = metrics.get().registry.snapshot()?;
        let mut names =
            all.iter().filter(|(_, there)| there.0.is(collector)).map(|(name, _)| name).peekable();
        if names.peek().is_none() {
            return Err(definition_mistake::not_there(metrics.get(), collector));
        }
        let deregister = intern!(py, "deregister");
        let is_overridden =
            !slf.get_type().getattr(deregister)?.is(&py.get_type::<Self>().getattr(deregister)?);
        for name in names {
            if is_overridden {
                slf.call_method1(deregister, (&**name,))?;
            } else {
                drop(metrics.get().registry.remove_if(name, |there| there.0.is(collector)));
            }
        }
        Ok(())
    }

    /// Set what the registry says of the process itself: labels of the sample
    /// ``target_info``.
    ///
    /// :param labels: The labels, as a dict. None or ``{}``: there is no ``target_info``.
    /// :raises ValueError: If a label is refused, or if another metric is called so.
    /// :raises TypeError: If the labels are not a dict.
    fn set_target_info<'py>(slf: &Bound<'py, Self>, labels: Option<&Bound<'py, PyAny>>) -> PyResult<()> {
        calls_python(slf.py());
        target_info::set(slf, labels)
    }

    /// Return the labels of the sample ``target_info``.
    ///
    /// :returns: A dict, or None if there is no such sample.
    fn get_target_info<'py>(slf: &Bound<'py, Self>) -> PyResult<Option<Bound<'py, PyAny>>> {
        calls_python(slf.py());
        target_info::get(slf)
    }

    /// Return one metric.
    ///
    /// :param name: The name of the metric.
    /// :raises KeyError: If there is none of that name.
    fn get<'py>(&self, name: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let metrics = self.metrics(name.py())?;
        metrics.get().find(name)?.ok_or_else(|| not_registered(metrics.get(), name))
    }

    /// Return a list of all metrics, in the order of their registration.
    fn get_all<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyList>> {
        PyList::new(py, self.metrics(py)?.get().values(py)?)
    }

    /// Return an iterator over all metrics, in the order of their registration.
    fn collect<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        calls_python(slf.py());
        let all = slf.call_method0(intern!(slf.py(), "get_all"))?;
        Ok(all.try_iter()?.into_any())
    }

    /// Return a copy of all samples at this moment.
    ///
    /// What a scrape asks users' code for is asked on the calling thread, as ``render`` does.
    ///
    /// :returns: An ``aioprometheus.Snapshot``; its ``diff(later)`` is what has changed until a
    ///   later one.
    fn snapshot<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static TAKE: OfPackage = OfPackage::new("aioprometheus.snapshots", "take");
        calls_python(slf.py());
        TAKE.get(slf.py())?.call1((slf,))
    }

    /// Return a copy of all samples, where collectors or functions are ``async def``.
    ///
    /// They are asked as ``render_async`` does: all at a time, with time limits.
    ///
    /// :returns: A coroutine, which returns an ``aioprometheus.Snapshot``.
    fn snapshot_async<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        static TAKE: OfPackage = OfPackage::new("aioprometheus.snapshots", "take_async");
        calls_python(slf.py());
        TAKE.get(slf.py())?.call1((slf,))
    }

    /// Return the value of one sample, as a scrape in the text format would show it.
    ///
    /// :param name: The name of the sample, such as ``latency_seconds_count``.
    /// :param labels: All its labels, the constant ones too. Their values are compared as text.
    /// :returns: The value; None if there is no such sample.
    /// :raises TypeError: If the labels are not a dict.
    #[pyo3(signature = (name, labels=None))]
    fn get_sample_value<'py>(
        slf: &Bound<'py, Self>,
        name: &Bound<'py, PyAny>,
        labels: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static VALUE: OfPackage = OfPackage::new("aioprometheus.snapshots", "sample_value");
        calls_python(slf.py());
        VALUE.get(slf.py())?.call1((slf, name, labels))
    }

    /// Remove all metrics, all collectors, and what is called before each scrape.
    fn clear(slf: &Bound<'_, Self>) -> PyResult<()> {
        calls_python(slf.py());
        slf.get().sources.clear();
        for (name, _) in slf.get().metrics(slf.py())?.get().registry.snapshot()? {
            slf.call_method1(intern!(slf.py(), "deregister"), (&*name,))?;
        }
        Ok(())
    }

    /// How many metrics there are.
    fn __len__(slf: &Bound<'_, Self>) -> PyResult<usize> {
        calls_python(slf.py());
        match metrics_of_class(slf)? {
            None => Ok(slf.get().metrics(slf.py())?.get().registry.len()),
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
        if slf.get().sources.has_collector(item) {
            return Ok(true);
        }
        let is_metric = item.is_instance_of::<PyCollector>();
        let name = if is_metric { item.getattr(intern!(py, "name"))? } else { item.clone() };
        let Some(metrics) = metrics_of_class(slf)? else {
            let found = slf.get().metrics(py)?.get().find(&name)?;
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

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        Ok(repr::registry(slf, slf.get().metrics(slf.py())?.get()))
    }

    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        // The collector runs attached, and whoever holds this lock runs no Python code. So only another thread of a
        // free-threaded interpreter can hold it now; then nothing is collected this time.
        if let Some(target) = self.target.try_lock() {
            target.as_ref().map_or(Ok(()), |target| visit.call(target))?;
        }
        if let Some(collectors) = self.collectors.try_lock() {
            collectors.as_ref().map_or(Ok(()), |metrics| visit.call(metrics))?;
        }
        self.sources.traverse(&visit)
    }

    fn __clear__(&self) {
        let target = self.target.lock().take();
        let metrics = self.collectors.lock().take();
        drop((target, metrics));
        self.sources.clear();
    }
}

fn not_registered(metrics: &PyCollectors, name: &Bound<'_, PyAny>) -> PyErr {
    definition_mistake::not_registered(metrics, name, PyKeyError::new_err((name.clone().unbind(),)))
}
