//! The Python bindings: classes over the core's families, and nothing that decides anything.
//!
//! No lock is held while Python code runs: the label texts and the number of an update are taken from
//! their Python objects first, and the core is called with plain text and plain numbers.

mod absent;
mod argument;
mod asking;
mod assignment;
mod at_fork;
mod attached;
mod attribute;
mod bind;
mod child;
mod collector;
mod constructor;
mod counter;
mod describe;
mod equality;
mod error;
mod escaped;
mod exemplar;
mod exposition;
mod gauge;
mod histogram;
mod identity;
mod import;
mod info;
mod kept;
mod label_mapping;
mod labels;
mod lifecycle;
mod lookup;
mod mapping;
mod memory;
mod mistake;
mod naming;
mod note;
mod number;
mod objects;
mod overrides;
mod page;
mod parking;
mod registrations;
mod registry;
mod report;
mod runtime;
mod samples;
mod series;
mod shortcut;
mod state;
mod state_set;
mod store;
mod summary;
mod update;

use pyo3::prelude::*;
use pyo3::types::PyType;

/// The native half of the package `aioprometheus`; import its names from there.
#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    // First of all: what is made below lives as long as the process, whichever interpreter it was made in.
    lifecycle::check_interpreter(module.py())?;

    module.add_class::<child::PyBoundCounter>()?;
    module.add_class::<child::PyBoundEnum>()?;
    module.add_class::<child::PyBoundGauge>()?;
    module.add_class::<child::PyBoundHistogram>()?;
    module.add_class::<child::PyBoundInfo>()?;
    module.add_class::<child::PyBoundSummary>()?;
    module.add_class::<collector::PyCollector>()?;
    module.add_class::<counter::PyCounter>()?;
    module.add_class::<gauge::PyGauge>()?;
    module.add_class::<histogram::PyHistogram>()?;
    module.add_class::<info::PyInfo>()?;
    module.add_class::<registry::PyRegistry>()?;
    module.add_class::<report::PyDistinctLabels>()?;
    module.add_class::<report::PyReport>()?;
    module.add_class::<series::PyEstimator>()?;
    module.add_class::<series::PyHistogramSeries>()?;
    module.add_class::<state_set::PyEnum>()?;
    module.add_class::<mapping::PySeriesStore>()?;
    module.add_class::<summary::PySummary>()?;

    module.add_function(wrap_pyfunction!(exemplar::set_exemplar_hook, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::encode, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::encode_async, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::find_clashes, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::format_bound, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::format_header, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::format_sample, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::has_native_buckets, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::is_native, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::label_text, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::negotiate, module)?)?;
    module.add_function(wrap_pyfunction!(exposition::negotiate_encoding, module)?)?;
    module.add_function(wrap_pyfunction!(naming::allow_utf8, module)?)?;
    module.add_function(wrap_pyfunction!(naming::escape_name, module)?)?;
    module.add_function(wrap_pyfunction!(naming::takes_utf8, module)?)?;
    module.add_function(wrap_pyfunction!(naming::utf8_is_allowed, module)?)?;
    module.add_function(wrap_pyfunction!(note::noted_exception, module)?)?;

    for class in module.dict().values().iter().filter_map(|object| object.cast_into::<PyType>().ok()) {
        // Without its module: as classes of Python code are called in Python's own messages.
        class.setattr("__name__", class.name()?)?;
    }
    absent::install(module.py())?;
    shortcut::install(module.py())?;
    at_fork::install(module.py())?;
    lifecycle::install(module)
}
