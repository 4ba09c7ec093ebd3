//! The beginning of an exchange: whether a call is counted, and by which labels that are known already.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::around::{Before, middlewares};
use super::exchange::{Beginning, PyExchange};
use super::method::Method;
use super::recorder::PyRecorder;
use crate::python::interpreter::lifecycle::calls_python;

/// The exchange of a call; nothing if it is not counted here.
///
/// # Errors
///
/// What is meant for the caller. All else is logged, and the call is not counted.
pub fn begin<'py>(
    recorder: &Bound<'py, PyRecorder>,
    scope: &Bound<'py, PyAny>,
    send: Bound<'py, PyAny>,
) -> PyResult<Option<PyExchange>> {
    let py = recorder.py();
    let Ok(scope) = scope.cast::<PyDict>() else {
        return Ok(None);
    };
    Ok(recorder.get().settle(py, try_begin(recorder, scope, send))?.flatten())
}

fn try_begin<'py>(
    recorder: &Bound<'py, PyRecorder>,
    scope: &Bound<'py, PyDict>,
    send: Bound<'py, PyAny>,
) -> PyResult<Option<PyExchange>> {
    let py = recorder.py();
    let (settings, owner) = (&recorder.get().settings, recorder.get().owner(py));
    let kind = scope.get_item(intern!(py, "type"))?;
    let is_websocket = match kind.as_ref().and_then(|kind| kind.extract::<&str>().ok()) {
        Some("http") => false,
        Some("websocket") => true,
        _ => return Ok(None),
    };
    let around = middlewares(scope)?.filter(|around| around.len().is_ok_and(|length| length > 0));
    let mut sets = (settings.counts, settings.measures);
    if let Some(around) = &around {
        calls_python(py);
        sets = owner.call_method1(intern!(py, "_sets_of"), (around,))?.extract()?;
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
    let before = Before::enter(scope, around, owner)?;
    let beginning = Beginning { scope: scope.clone(), requested, before, send, sets, is_websocket };
    let begun = PyExchange::new(recorder, beginning, method);
    begun.map(Some)
}

/// The path of a request as its client sent it, and whether it is excluded.
fn requested<'py>(
    recorder: &PyRecorder,
    owner: &Bound<'py, PyAny>,
    scope: &Bound<'py, PyDict>,
) -> PyResult<(Bound<'py, PyAny>, bool)> {
    let py = scope.py();
    let root = scope.get_item(intern!(py, "root_path"))?;
    let is_plain = root.is_none_or(|root| root.extract::<&str>().is_ok_and(str::is_empty));
    if is_plain && !scope.contains(intern!(py, "app_root_path"))? {
        if let Some(path) = scope.get_item(intern!(py, "path"))? {
            if path.extract::<&str>().is_ok_and(str::is_ascii) {
                let is_excluded = excludes(recorder, owner, &path)?;
                return Ok((path, is_excluded));
            }
        }
    }
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
