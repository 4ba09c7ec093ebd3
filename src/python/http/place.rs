//! Places: the routes that requests have taken, each with its labels and rows. A request is found here by the objects that
//! its framework has marked it with, so that no template is looked for and no label is read again.

use std::collections::HashMap;
use std::sync::Arc;

use hashbrown::HashMap as QuickMap;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::method::Method;
use super::row::{Labels, Row};
use super::status::Status;
use crate::python::interpreter::attached::Attached;

/// The largest number of places that are kept. An application may make routes without an end; then all are forgotten, and
/// found anew.
const MOST: usize = 1 << 14;

/// The largest number of rows that are kept of a place: more than there are methods and statuses in use. Strangers may send
/// labels without an end.
const ROWS: usize = 300;

/// What distinguishes the rows of a place.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Key {
    pub method: Method,
    pub status: Status,
    /// The values of more labels, in their order.
    pub more: Vec<String>,
}

/// The rows of one kind, by their keys; nothing for what is not counted.
type Rows<T> = HashMap<Key, Option<Arc<T>>>;

/// Where requests go: a route, or all of those that have none.
pub struct Place {
    /// The path label of the four counters; nothing if the path is not counted.
    pub of_counters: Option<Py<PyString>>,
    /// That of the standard metrics.
    pub of_standard: Option<Py<PyString>>,
    labels: Attached<Rows<Labels>>,
    rows: Attached<Rows<Row>>,
    /// The row that was used last, by what is compared quickly.
    last: Attached<Option<(Method, u16, Arc<Row>)>>,
}

impl Place {
    /// A place without rows.
    pub fn new(of_counters: Option<Py<PyString>>, of_standard: Option<Py<PyString>>) -> Self {
        Self {
            of_counters,
            of_standard,
            labels: Attached::new(HashMap::new()),
            rows: Attached::new(HashMap::new()),
            last: Attached::new(None),
        }
    }

    /// The row of a method and a status code, if it was the one before as well.
    #[inline]
    pub fn last(&self, py: Python<'_>, method: Method, status: &Status) -> Option<Arc<Row>> {
        let Status::Code(code) = *status else {
            return None;
        };
        self.last.with(py, |last| match last {
            Some((of, with, row)) if (*of, *with) == (method, code) => Some(Arc::clone(row)),
            _ => None,
        })
    }

    /// The labels for a key, or those that `make` makes.
    pub fn labels(
        &self,
        py: Python<'_>,
        key: Key,
        make: impl FnOnce(&Key) -> PyResult<Option<Labels>>,
    ) -> PyResult<Option<Arc<Labels>>> {
        find(py, &self.labels, key, make)
    }

    /// The row for a key, or the one that `make` makes.
    pub fn row(
        &self,
        py: Python<'_>,
        key: Key,
        make: impl FnOnce(&Key) -> PyResult<Option<Row>>,
    ) -> PyResult<Option<Arc<Row>>> {
        let quick = match key.status {
            Status::Code(code) if key.more.is_empty() => Some((key.method, code)),
            _ => None,
        };
        let row = find(py, &self.rows, key, make)?;
        if let (Some((method, code)), Some(row)) = (quick, &row) {
            let row = Arc::clone(row);
            let before = self.last.with(py, |last| last.replace((method, code, row)));
            drop(before);
        }
        Ok(row)
    }
}

fn find<T>(
    py: Python<'_>,
    rows: &Attached<Rows<T>>,
    key: Key,
    make: impl FnOnce(&Key) -> PyResult<Option<T>>,
) -> PyResult<Option<Arc<T>>> {
    if let Some(found) = rows.with(py, |rows| rows.get(&key).cloned()) {
        return Ok(found);
    }
    let row = make(&key)?.map(Arc::new);
    let kept = row.clone();
    // What is forgotten is dropped after the change, because that may run Python code.
    let before = rows.with(py, |rows| {
        let before = if rows.len() < ROWS { HashMap::new() } else { std::mem::take(rows) };
        rows.insert(key, kept);
        before
    });
    drop(before);
    Ok(row)
}

/// The objects with which a framework has marked the route of a request: the same ones mean the same route. They are kept
/// alive, so that no other object gets their address.
pub struct Marks<'py> {
    objects: [Option<Bound<'py, PyAny>>; 3],
    /// The path of the mounts around the route. Its parameters are in there as the client sent them.
    mount: Option<Bound<'py, PyString>>,
}

/// Addresses of the objects of marks; 0 for none. A tuple, which is hashed word by word: an array is hashed with its length, and
/// as one slice of bytes.
type Addresses = (usize, usize, usize);

impl<'py> Marks<'py> {
    /// The marks in the scope of a request.
    pub fn of_scope(scope: &Bound<'py, PyDict>) -> PyResult<Option<Self>> {
        let py = scope.py();
        let Some(endpoint) = scope.get_item(intern!(py, "endpoint"))? else {
            return Self::of_litestar(scope);
        };
        let route = scope.get_item(intern!(py, "route"))?;
        let fastapi = scope.get_item(intern!(py, "fastapi"))?;
        let fastapi = fastapi.and_then(|fastapi| fastapi.cast_into_exact::<PyDict>().ok());
        let context = match fastapi {
            Some(fastapi) => fastapi.get_item(intern!(py, "effective_route_context"))?,
            None => None,
        };
        if route.is_none() && context.is_none() {
            return Ok(None);
        }
        let mount = match scope.get_item(intern!(py, "app_root_path"))? {
            None => None,
            Some(_) => match scope.get_item(intern!(py, "root_path"))?.map(Bound::cast_into::<PyString>) {
                Some(Ok(path)) => Some(path),
                _ => return Ok(None),
            },
        };
        Ok(Some(Self { objects: [Some(endpoint), route, context], mount }))
    }

    fn of_litestar(scope: &Bound<'py, PyDict>) -> PyResult<Option<Self>> {
        let py = scope.py();
        let handler = scope.get_item(intern!(py, "route_handler"))?;
        let template = scope.get_item(intern!(py, "path_template"))?;
        let (Some(handler), Some(template)) = (handler, template) else {
            return Ok(None);
        };
        Ok(Some(Self { objects: [Some(handler), Some(template), None], mount: None }))
    }

    /// The marks of a request whose route is an object.
    pub fn of_object(route: &Bound<'py, PyAny>) -> Self {
        Self { objects: [Some(route.clone()), None, None], mount: None }
    }

    fn addresses(&self) -> Addresses {
        self.objects
            .each_ref()
            .map(|object| object.as_ref().map_or(0, |object| object.as_ptr() as usize))
            .into()
    }

    fn mount(&self) -> Option<&str> {
        self.mount.as_ref().map_or(Some(""), |path| path.to_str().ok())
    }
}

/// Places by the paths of the mounts around their route.
type Mounts = Vec<(Box<str>, Arc<Place>)>;

/// The places below one route: by the paths of the mounts around it.
struct Known {
    /// What keeps the addresses.
    objects: Vec<Py<PyAny>>,
    mounts: Mounts,
}

/// The most paths of mounts that are kept for one route.
const MOUNTS: usize = 64;

/// The places that are known.
#[derive(Default)]
pub struct Places {
    /// No client chooses an address, so that this map need not withstand chosen keys.
    by_marks: QuickMap<Addresses, Known>,
    by_label: HashMap<(Option<String>, Option<String>), Arc<Place>>,
}

impl Places {
    /// The place of a request with these marks.
    pub fn find(&self, marks: &Marks<'_>) -> Option<Arc<Place>> {
        let known = self.by_marks.get(&marks.addresses())?;
        let mount = marks.mount()?;
        known.mounts.iter().find(|(path, _)| **path == *mount).map(|(_, place)| Arc::clone(place))
    }

    /// The place that has these labels.
    pub fn find_label(&self, labels: &(Option<String>, Option<String>)) -> Option<Arc<Place>> {
        self.by_label.get(labels).cloned()
    }

    /// Keeps a place under its labels. Returns what is forgotten instead, to be dropped when no lock is held.
    pub fn keep(&mut self, labels: (Option<String>, Option<String>), place: Arc<Place>) -> Self {
        let before = if self.by_label.len() < MOST { Self::default() } else { std::mem::take(self) };
        self.by_label.insert(labels, place);
        before
    }

    /// Keeps a place under the marks of its route as well. Returns what is forgotten instead.
    pub fn mark(&mut self, marks: &Marks<'_>, place: Arc<Place>) -> (Self, Mounts) {
        let Some(mount) = marks.mount() else {
            return (Self::default(), Vec::new());
        };
        let before = if self.by_marks.len() < MOST { Self::default() } else { std::mem::take(self) };
        let known = self.by_marks.entry(marks.addresses()).or_insert_with(|| Known {
            objects: marks.objects.iter().flatten().map(|object| object.clone().unbind()).collect(),
            mounts: Vec::new(),
        });
        let forgotten =
            if known.mounts.len() < MOUNTS { Vec::new() } else { std::mem::take(&mut known.mounts) };
        known.mounts.push((mount.into(), place));
        (before, forgotten)
    }

    /// Visits what is kept alive.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.by_marks.values().flat_map(|known| &known.objects).try_for_each(|object| visit.call(object))
    }
}
