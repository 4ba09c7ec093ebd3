//! The beginning of an exchange: whether a call is counted, and by which labels that are known already.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};

use super::around::{Around, Before};
use super::exchange::{Beginning, PyExchange};
use super::method::Method;
use super::recorder::PyRecorder;
use super::server::Server;
use crate::python::interpreter::lifecycle::calls_python;

/// The exchange of a call; nothing if it is not counted here.
///
/// # Errors
///
/// What is meant for the caller. All else is logged, and the call is not counted.
pub fn begin<'py>(
    recorder: &Bound<'py, PyRecorder>,
    scope: &Bound<'py, PyAny>,
    server: (&Bound<'py, PyAny>, &Bound<'py, PyAny>),
) -> PyResult<Option<Bound<'py, PyExchange>>> {
    let py = recorder.py();
    let Ok(scope) = scope.cast::<PyDict>() else {
        return Ok(None);
    };
    Ok(recorder.get().settle(py, try_begin(recorder, scope, server))?.flatten())
}

fn try_begin<'py>(
    recorder: &Bound<'py, PyRecorder>,
    scope: &Bound<'py, PyDict>,
    (receive, send): (&Bound<'py, PyAny>, &Bound<'py, PyAny>),
) -> PyResult<Option<Bound<'py, PyExchange>>> {
    let py = recorder.py();
    let (settings, owner) = (&recorder.get().settings, recorder.get().owner(py));
    let kind = scope.get_item(intern!(py, "type"))?;
    let is_websocket = match &kind {
        // A constant in the code of the server, as a rule.
        Some(kind) if kind.is(intern!(py, "http")) => false,
        _ => match kind.as_ref().and_then(|kind| kind.extract::<&str>().ok()) {
            Some("http") => false,
            Some("websocket") => true,
            _ => return Ok(None),
        },
    };
    let around = Around::of(scope)?;
    let mut sets = (settings.counts, settings.measures);
    if let Some(middlewares) = &around.middlewares {
        sets = sets_within(owner, middlewares)?;
        if sets == (false, false) {
            return Ok(None);
        }
    }
    let method = if is_websocket {
        Method::WEBSOCKET
    } else {
        Method::of(scope.get_item(intern!(py, "method"))?.as_ref())
    };
    let (requested, is_excluded) = requested(recorder.get(), owner, scope)?;
    if is_excluded || recorder.get().excludes(method) {
        sets = (false, false);
    }
    let flight = recorder.get().flight(py, method, sets.1 && !is_websocket)?;
    let before = Before::enter(scope, around, recorder.get().alone(py))?;
    let server = Server::new(receive, send);
    let beginning = Beginning { scope: scope.clone(), requested, before, server, sets, is_websocket, flight };
    Bound::new(py, PyExchange::new(recorder, beginning)).map(Some)
}

/// The sets of metrics that count a request within other middlewares: the four counters, and the standard metrics.
#[cold]
fn sets_within(owner: &Bound<'_, PyAny>, middlewares: &Bound<'_, PyTuple>) -> PyResult<(bool, bool)> {
    let py = owner.py();
    calls_python(py);
    owner.call_method1(intern!(py, "_sets_of"), (middlewares,))?.extract()
}

/// The path of a request as its client sent it, and whether it is excluded.
fn requested<'py>(
    recorder: &PyRecorder,
    owner: &Bound<'py, PyAny>,
    scope: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyAny>, bool)> {
    let py = scope.py();
    let root = scope.get_item(intern!(py, "root_path"))?;
    let is_empty =
        |root: Bound<'_, _>| root.is(intern!(py, "")) || root.extract::<&str>().is_ok_and(str::is_empty);
    if root.is_none_or(is_empty) {
        if let Some(path) = scope.get_item(intern!(py, "path"))? {
            if path.extract::<&str>().is_ok_and(str::is_ascii) {
                let is_excluded = excludes(recorder, owner, &path)?;
                return Ok((path, is_excluded));
            }
        }
    }
    requested_below_root(owner, scope)
}

#[cold]
fn requested_below_root<'py>(
    owner: &Bound<'py, PyAny>,
    scope: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyAny>, bool)> {
    let py = scope.py();
    calls_python(py);
    owner.call_method1(intern!(py, "_requested"), (scope,))?.extract()
}

/// Whether a path is excluded.
fn excludes(recorder: &PyRecorder, owner: &Bound<'_, PyAny>, path: &Bound<'_, PyAny>) -> PyResult<bool> {
    let py = path.py();
    if let Some(excluded) = &recorder.settings.excluded_paths {
        return excluded.bind(py).contains(path);
    }
    calls_python(py);
    owner.call_method1(intern!(py, "_excludes"), (path,))?.is_truthy()
}
