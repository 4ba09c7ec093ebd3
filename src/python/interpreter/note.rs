//! Notes of exceptions (PEP 678): they add to a message that programs compare, and that so cannot change.

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

/// Adds a note to an exception. Tracebacks show it from Python 3.11 on; on 3.10 `__notes__` is set all the same.
#[cold]
pub fn noted(py: Python<'_>, error: PyErr, note: &str) -> PyErr {
    // It fails for an exception class of the user's that refuses notes, and for want of memory.
    let _unsaid = add_note(error.value(py), note);
    error
}

/// Puts a note in the place of those that an exception has.
#[cold]
pub fn renoted(py: Python<'_>, error: PyErr, note: &str) -> PyErr {
    // As for `noted`.
    let _unsaid = error.value(py).setattr(intern!(py, "__notes__"), PyList::empty(py));
    noted(py, error, note)
}

/// Add a note to an exception, as ``add_note`` does from Python 3.11 on. Return the exception.
///
/// :param exception: The exception.
/// :param note: What its traceback says below its words.
#[pyfunction(name = "noted")]
pub fn noted_exception<'py>(exception: Bound<'py, PyAny>, note: &str) -> Bound<'py, PyAny> {
    let _unsaid = add_note(&exception, note);
    exception
}

fn add_note(exception: &Bound<'_, PyAny>, note: &str) -> PyResult<()> {
    let py = exception.py();
    if let Some(add) = exception.getattr_opt(intern!(py, "add_note"))? {
        return add.call1((note,)).map(drop);
    }
    match exception.getattr_opt(intern!(py, "__notes__"))? {
        Some(notes) => notes.call_method1(intern!(py, "append"), (note,)).map(drop),
        None => exception.setattr(intern!(py, "__notes__"), PyList::new(py, [note])?),
    }
}

/// Whether an exception has notes already.
pub fn has_notes(exception: &Bound<'_, PyAny>) -> bool {
    exception.getattr_opt(intern!(exception.py(), "__notes__")).is_ok_and(|notes| notes.is_some())
}
