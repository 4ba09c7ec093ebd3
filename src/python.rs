//! The Python bindings: classes over the core's families, and nothing that decides anything.
//!
//! No lock is held while Python code runs: the label texts and the number of an update are taken from
//! their Python objects first, and the core is called with plain text and plain numbers.

mod interpreter;

mod argument;

mod lookup;
mod value;

mod metric;

mod child;
mod scrape;

mod class;

use pyo3::prelude::*;
use pyo3::types::PyType;

/// The native half of the package `aioprometheus`; import its names from there.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // First of all: what is made below lives as long as the process, whichever interpreter it was made in.
    interpreter::lifecycle::check_interpreter(module.py())?;

    module.add_class::<class::bound::counter::PyBoundCounter>()?;
    module.add_class::<class::bound::state_set::PyBoundEnum>()?;
    module.add_class::<class::bound::gauge::PyBoundGauge>()?;
    module.add_class::<class::bound::histogram::PyBoundHistogram>()?;
    module.add_class::<class::bound::info::PyBoundInfo>()?;
    module.add_class::<class::bound::summary::PyBoundSummary>()?;
    module.add_class::<class::collector::PyCollector>()?;
    module.add_class::<class::counter::PyCounter>()?;
    module.add_class::<class::gauge::PyGauge>()?;
    module.add_class::<class::histogram::PyHistogram>()?;
    module.add_class::<class::info::PyInfo>()?;
    module.add_class::<class::registry::PyRegistry>()?;
    module.add_class::<scrape::report::PyDistinctLabels>()?;
    module.add_class::<scrape::report::PyReport>()?;
    module.add_class::<value::series::PyEstimator>()?;
    module.add_class::<value::series::PyHistogramSeries>()?;
    module.add_class::<class::state_set::PyEnum>()?;
    module.add_class::<class::series_store::PySeriesStore>()?;
    module.add_class::<class::summary::PySummary>()?;

    module.add_function(wrap_pyfunction!(argument::exemplar::set_exemplar_hook, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::encode, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::encode_async, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::find_clashes, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::format_bound, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::format_header, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::format_sample, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::has_native_buckets, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::is_native, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::label_text, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::negotiate, module)?)?;
    module.add_function(wrap_pyfunction!(scrape::encode::negotiate_encoding, module)?)?;
    module.add_function(wrap_pyfunction!(argument::naming::allow_utf8, module)?)?;
    module.add_function(wrap_pyfunction!(argument::naming::escape_name, module)?)?;
    module.add_function(wrap_pyfunction!(argument::naming::takes_utf8, module)?)?;
    module.add_function(wrap_pyfunction!(argument::naming::utf8_is_allowed, module)?)?;
    module.add_function(wrap_pyfunction!(interpreter::note::noted_exception, module)?)?;

    for class in module.dict().values().iter().filter_map(|object| object.cast_into::<PyType>().ok()) {
        // Without its module: as classes of Python code are called in Python's own messages.
        class.setattr("__name__", class.name()?)?;
    }
    class::absent::install(module.py())?;
    class::shortcut::install(module.py())?;
    interpreter::at_fork::install(module.py())?;
    interpreter::lifecycle::install(module)
}
