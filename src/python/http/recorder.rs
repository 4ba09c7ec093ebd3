//! Recorders: what the requests of one middleware are counted in.

use std::sync::Arc;

use pyo3::exceptions::PyException;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple};
use pyo3::{PyTraverseError, PyVisit};

use super::flight::Flight;
use super::method::{self, Method};
use super::place::{Key, Marks, Place, Places};
use super::row::{Labels, Observed, Row};
use super::status::Status;
use crate::metric::Number;
use crate::python::argument::exemplar::exemplar_of;
use crate::python::child::class::PyBoundGauge;
use crate::python::interpreter::attached::Attached;
use crate::python::interpreter::lifecycle::calls_python;

/// What the requests of one middleware are counted in.
///
/// It keeps the series of each route, and asks the owner, an object of Python, for those that it
/// does not know yet. What goes wrong with a metric is given to the owner to be logged, and does
/// not reach the request.
///
/// :param owner: The middleware. It has the methods of ``aioprometheus.http.owner.Owner`` that the
///   settings need: without more labels or exemplars, nobody asks it for these.
/// :param settings: What is recorded: an ``aioprometheus.http.owner.Settings``.
#[pyclass(name = "HttpRecorder", module = "aioprometheus._core", frozen)]
pub struct PyRecorder {
    owner: Py<PyAny>,
    /// The owner in a tuple, as the scope of a request has it that no other one is around.
    alone: Py<PyTuple>,
    pub settings: Settings,
    places: Attached<Places>,
    /// The gauges of requests in progress, by the numbers of the methods.
    in_progress: Attached<[Option<Py<PyBoundGauge>>; method::COUNT]>,
}

/// What is recorded.
#[expect(clippy::struct_excessive_bools)] // They do not depend on each other.
#[derive(FromPyObject)]
pub struct Settings {
    /// Whether the four counters count.
    pub counts: bool,
    /// Whether the standard metrics do.
    pub measures: bool,
    /// Whether requests in progress are counted.
    has_in_progress: bool,
    /// Whether the marks that a framework leaves in the scope of a request say which labels it has. Not if a subclass gives
    /// labels of its own.
    trusts_marks: bool,
    /// Whether there are labels whose values come from the request, the answer or the exception.
    has_more_labels: bool,
    /// Whether one of these comes from the exception, so that a request is recorded at the end of its call.
    pub waits_for_error: bool,
    /// Whether the owner knows the exemplars of requests.
    has_exemplars: bool,
    /// Where the duration of a stream ends.
    pub streams: Streams,
    /// A list or set of the paths that are not counted; nothing if only the owner can say whether a path is one of them.
    pub excluded_paths: Option<Py<PyAny>>,
    /// The methods that are not counted, as their labels have them.
    excluded_methods: Vec<String>,
}

/// Where the duration of a stream ends. A stream is an answer of server-sent events, even without any, or one in several pieces
/// whose length was not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// With its last byte.
    Whole,
    /// With its first byte.
    FirstByte,
    /// It has none.
    Skip,
}

impl<'py> FromPyObject<'_, 'py> for Streams {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        match object.extract::<&str>()? {
            "whole" => Ok(Self::Whole),
            "first_byte" => Ok(Self::FirstByte),
            _ => Ok(Self::Skip),
        }
    }
}

impl PyRecorder {
    /// A recorder for an owner.
    pub fn new(owner: Bound<'_, PyAny>, settings: Settings) -> PyResult<Self> {
        Ok(Self {
            alone: PyTuple::new(owner.py(), [&owner])?.unbind(),
            owner: owner.unbind(),
            settings,
            places: Attached::new(Places::default()),
            in_progress: Attached::new(std::array::from_fn(|_| None)),
        })
    }

    /// The owner.
    pub fn owner<'py>(&self, py: Python<'py>) -> &Bound<'py, PyAny> {
        self.owner.bind(py)
    }

    /// The owner in a tuple.
    pub fn alone<'py>(&self, py: Python<'py>) -> &Bound<'py, PyTuple> {
        self.alone.bind(py)
    }

    /// The labels of methods, all that there are.
    pub fn methods() -> [&'static str; method::COUNT] {
        Method::all().map(Method::text)
    }

    /// Whether requests of a method are not counted.
    pub fn excludes(&self, method: Method) -> bool {
        let excluded = &self.settings.excluded_methods;
        !excluded.is_empty() && excluded.iter().any(|text| text == method.text())
    }

    /// What became of recording something. An exception of a metric is logged; what is meant for the caller, such as Ctrl-C,
    /// is not caught.
    pub fn settle<T>(&self, py: Python<'_>, outcome: PyResult<T>) -> PyResult<Option<T>> {
        match outcome {
            Ok(outcome) => Ok(Some(outcome)),
            Err(error) => self.log(py, error).map(|()| None),
        }
    }

    #[cold]
    fn log(&self, py: Python<'_>, error: PyErr) -> PyResult<()> {
        if !error.is_instance_of::<PyException>(py) {
            return Err(error);
        }
        calls_python(py);
        let owner = self.owner.bind(py);
        owner.call_method1(intern!(py, "_log_failure"), (error.into_value(py),)).map(drop)
    }

    /// A request that begins now.
    pub fn flight(&self, py: Python<'_>, method: Method, is_in_progress: bool) -> PyResult<Flight> {
        if !(is_in_progress && self.settings.has_in_progress) {
            return Flight::new(py, method, None);
        }
        let known = self
            .in_progress
            .with(py, |gauges| gauges[method.index()].as_ref().map(|gauge| gauge.bind(py).clone()));
        let gauge = known.map_or_else(|| self.find_in_progress(py, method), Ok)?;
        Flight::new(py, method, Some(&gauge))
    }

    /// Asks the owner for the gauge of requests in progress of a method, and keeps it.
    #[cold]
    fn find_in_progress<'py>(&self, py: Python<'py>, method: Method) -> PyResult<Bound<'py, PyBoundGauge>> {
        calls_python(py);
        let owner = self.owner.bind(py);
        let gauge = owner.call_method1(intern!(py, "_in_progress"), (method.text(),))?;
        let gauge: Bound<'_, PyBoundGauge> = gauge.cast_into()?;
        let kept = gauge.clone().unbind();
        let before = self.in_progress.with(py, |gauges| gauges[method.index()].replace(kept));
        drop(before);
        Ok(gauge)
    }

    /// Where a request went, by the scope that its framework has had; or `find`, given the marks in there, if that is not known.
    pub fn place<'py>(
        &self,
        scope: &Bound<'py, PyDict>,
        find: impl FnOnce(Option<Marks<'py>>) -> PyResult<Arc<Place>>,
    ) -> PyResult<Arc<Place>> {
        let py = scope.py();
        let marks = if self.settings.trusts_marks { Marks::of_scope(scope)? } else { None };
        if let Some(found) = marks.as_ref().and_then(|marks| self.known(py, marks)) {
            return Ok(found);
        }
        find(marks)
    }

    /// Asks the owner where a request went, and keeps it.
    ///
    /// `requested` is its path as it was before the application got the scope, which it may have changed.
    pub fn find_place(
        &self,
        scope: &Bound<'_, PyDict>,
        requested: &Bound<'_, PyAny>,
        status: &Status,
        marks: Option<Marks<'_>>,
    ) -> PyResult<Arc<Place>> {
        let py = scope.py();
        calls_python(py);
        let owner = self.owner.bind(py);
        let found = owner.call_method1(intern!(py, "_place"), (scope, requested, status.text()))?;
        self.keep(&found, marks)
    }

    /// Where a request went whose route is an object, or None.
    pub fn place_of(&self, route: &Bound<'_, PyAny>) -> PyResult<Arc<Place>> {
        let py = route.py();
        let marks = Marks::of_object(route);
        if let Some(found) = self.known(py, &marks) {
            return Ok(found);
        }
        calls_python(py);
        let found = self.owner.bind(py).call_method1(intern!(py, "_place_of"), (route,))?;
        self.keep(&found, Some(marks))
    }

    fn known(&self, py: Python<'_>, marks: &Marks<'_>) -> Option<Arc<Place>> {
        self.places.with(py, |places| places.find(marks))
    }

    /// Keeps the place that the owner has found.
    fn keep(&self, found: &Bound<'_, PyAny>, marks: Option<Marks<'_>>) -> PyResult<Arc<Place>> {
        type Label<'py> = Option<Bound<'py, PyString>>;
        let py = found.py();
        let (of_counters, of_standard, is_marked): (Label<'_>, Label<'_>, bool) = found.extract()?;
        let text = |label: &Label<'_>| -> PyResult<Option<String>> {
            label.as_ref().map(|label| Ok(label.to_str()?.to_owned())).transpose()
        };
        let labels = (text(&of_counters)?, text(&of_standard)?);
        let known = self.places.with(py, |places| places.find_label(&labels));
        let place = known.unwrap_or_else(|| {
            let label = |label: Label<'_>| label.map(Bound::unbind);
            let place = Arc::new(Place::new(label(of_counters), label(of_standard)));
            let kept = Arc::clone(&place);
            let before = self.places.with(py, |places| places.keep(labels, kept));
            drop(before);
            place
        });
        if let Some(marks) = marks.filter(|_| is_marked) {
            let kept = Arc::clone(&place);
            let before = self.places.with(py, |places| places.mark(&marks, kept));
            drop(before);
        }
        Ok(place)
    }

    /// Forgets what is known of routes.
    pub fn forget(&self, py: Python<'_>) {
        let before = self.places.with(py, std::mem::take);
        drop(before);
    }

    /// The labels of the four counters for a request to a place; nothing if it is not counted.
    pub fn labels(
        &self,
        py: Python<'_>,
        place: &Place,
        method: Method,
        status: &Status,
    ) -> PyResult<Option<Arc<Labels>>> {
        let Some(path) = &place.of_counters else {
            return Ok(None);
        };
        let key = Key { method, status: status.clone(), more: Vec::new() };
        place.labels(py, key, |key| {
            calls_python(py);
            let arguments = (key.method.text(), path, key.status.text());
            self.owner.bind(py).call_method1(intern!(py, "_labels"), arguments)?.extract()
        })
    }

    /// Counts a request in the standard metrics. `request` is what labels and exemplars are found from.
    pub fn record<'py>(
        &self,
        py: Python<'py>,
        place: &Place,
        (method, status): (Method, Status),
        observed: &Observed,
        request: impl FnOnce() -> PyResult<Bound<'py, PyTuple>>,
    ) -> PyResult<()> {
        let Some(path) = &place.of_standard else {
            return Ok(());
        };
        let (has_more, has_exemplars) = (self.settings.has_more_labels, self.settings.has_exemplars);
        if !has_more && !has_exemplars {
            if let Some(row) = place.last(py, method, &status) {
                return row.record(py, observed, None);
            }
        }
        calls_python(py);
        let owner = self.owner.bind(py);
        let (mut more, mut exemplar) = (Vec::new(), None);
        if has_more || has_exemplars {
            let request = request()?;
            if has_more {
                more = owner.call_method1(intern!(py, "_more_labels"), &request)?.extract()?;
            }
            if has_exemplars {
                exemplar = self.exemplar(owner.call_method1(intern!(py, "_exemplar"), &request)?)?;
            }
        }
        let row = place.row(py, Key { method, status, more }, |key| {
            let arguments = (key.method.text(), path, key.status.text(), PyTuple::new(py, &key.more)?);
            owner.call_method1(intern!(py, "_row"), arguments)?.extract::<Option<Row>>()
        })?;
        row.map_or(Ok(()), |row| row.record(py, observed, exemplar.as_ref()))
    }

    /// The exemplar of a request, unless there is none, or metrics would refuse it.
    fn exemplar<'py>(&self, found: Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
        if found.is_none() {
            return Ok(None);
        }
        let (py, any) = (found.py(), Ok(Number::Int(0)));
        let checked = exemplar_of(py, "the exemplar of a request", Some(&found), &any);
        Ok(self.settle(py, checked)?.map(|_| found))
    }

    /// Visits what it refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        visit.call(&self.owner)?;
        visit.call(&self.alone)?;
        visit.call(&self.settings.excluded_paths)?;
        self.in_progress
            .during_collection(|gauges| gauges.iter().try_for_each(|gauge| visit.call(gauge)))
            .unwrap_or(Ok(()))?;
        self.places.during_collection(|places| places.visit(visit)).unwrap_or(Ok(()))
    }
}
