//! The Python bindings: classes over the core's families, and nothing that decides anything.
//!
//! No lock is held while Python code runs: the label texts and the number of an update are taken from
//! their Python objects first, and the core is called with plain text and plain numbers.

// The rooms, from the bottom up: each imports only those that stand above it here. `tests/package/test_structure.py` has the order
// as well, and checks it.
mod interpreter;

mod argument;

mod lookup;
mod parsing;
mod value;

mod metric;

mod child;
mod scrape;

mod lint;

mod timing;

mod http;
mod process;

mod class;

use pyo3::prelude::*;
use pyo3::types::PyType;

/// Metrics, formats and scrapes, written in Rust. Import public names from ``aioprometheus``.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // First of all: what is made below lives as long as the process, whichever interpreter it was made in.
    interpreter::lifecycle::check_interpreter(module.py())?;

    child::class::add_to(module)?;
    metric::class::add_to(module)?;
    module.add_class::<metric::collectors::PyCollectors>()?;
    module.add_class::<metric::function::PySeriesFunction>()?;
    module.add_class::<metric::registry::PyRegistry>()?;
    module.add_class::<scrape::choice::PyChoice>()?;
    module.add_class::<scrape::report::PyDistinctLabels>()?;
    module.add_class::<scrape::failed::PyFailed>()?;
    module.add_class::<scrape::report::PyReport>()?;
    module.add_class::<scrape::request::PyScrape>()?;
    module.add_class::<parsing::page::PyParsedPage>()?;
    module.add_class::<value::summary::PyEstimator>()?;
    module.add_class::<value::histogram::PyHistogramSeries>()?;
    module.add_class::<class::series_store::PySeriesStore>()?;
    module.add_class::<timing::in_progress::PyInProgress>()?;
    module.add_class::<timing::ready::PyReady>()?;
    module.add_class::<timing::timer::PyTimer>()?;
    module.add_class::<http::recorder::PyRecorder>()?;
    module.add_class::<http::exchange::PyExchange>()?;
    module.add_class::<http::call::PyCall>()?;

    module.add_function(wrap_pyfunction!(argument::exemplar::set_exemplar_hook, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::choice::negotiate, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::encode, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::line::format_bound, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::line::format_header, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::line::format_sample, module)?)?;
    module.add_function(wrap_pyfunction!(lint::lint_families, module)?)?;
    module.add_function(wrap_pyfunction!(lint::lint_metrics, module)?)?;
    module.add_function(wrap_pyfunction!(lint::lint_rules, module)?)?;
    module.add_function(wrap_pyfunction!(metric::sibling::adopt, module)?)?;
    module.add_function(wrap_pyfunction!(metric::sibling::sibling, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::built_in::is_built_in, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::line::label_text, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::names::own_label, module)?)?;
    module.add_function(wrap_pyfunction!(parsing::page::parse, module)?)?;
    module.add_function(wrap_pyfunction!(argument::naming::allow_utf8, module)?)?;
    module.add_function(wrap_pyfunction!(argument::naming::escape_name, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::built_in::takes_utf8, module)?)?;
    module.add_function(wrap_pyfunction!(argument::naming::utf8_is_allowed, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::family::py_reports_of, module)?)?;
    module.add_function(wrap_pyfunction!(process::py_boot_time, module)?)?;
    module.add_function(wrap_pyfunction!(process::py_process_reading, module)?)?;
    module.add_function(wrap_pyfunction!(class::contents::exchange, module)?)?;
    module.add_function(wrap_pyfunction!(class::contents::sources_of, module)?)?;
    module.add_function(wrap_pyfunction!(interpreter::note::noted_exception, module)?)?;
    module.add_function(wrap_pyfunction!(class::setting::settings_of, module)?)?;
    module.add_function(wrap_pyfunction!(timing::clock::started, module)?)?;
    module.add_function(wrap_pyfunction!(timing::unfinished::is_unfinished, module)?)?;
    module.add_function(wrap_pyfunction!(interpreter::caller::is_for_caller, module)?)?;

    for class in module.dict().values().iter().filter_map(|object| object.cast_into::<PyType>().ok()) {
        // Without its module: as classes of Python code are called in Python's own messages.
        class.setattr("__name__", class.name()?)?;
    }
    class::construct::install(module.py());
    class::setting::install(module.py())?;
    timing::clock::install(module.py())?;
    class::absent::install(module.py())?;
    class::shortcut::install(module.py())?;
    class::younger::install(module.py())?;
    interpreter::at_fork::install(module.py())?;
    interpreter::lifecycle::install(module)
}
