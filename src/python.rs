//! The Python bindings: classes over the core's families, and nothing that decides anything.
//!
//! No lock is held while Python code runs: the label texts and the number of an update are taken from
//! their Python objects first, and the core is called with plain text and plain numbers.

mod argument;
mod attached;
mod attribute;
mod bind;
mod bound;
mod child;
mod collector;
mod constructor;
mod counter;
mod error;
mod exemplar;
mod exposition;
mod gauge;
mod histogram;
mod hooks;
mod identity;
mod import;
mod info;
mod labels;
mod lifecycle;
mod lookup;
mod naming;
mod number;
mod objects;
mod page;
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

/// The native half of the package `aioprometheus`; import its names from there.
#[pyo3::pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::bound::{
        PyBoundCounter, PyBoundEnum, PyBoundGauge, PyBoundHistogram, PyBoundInfo, PyBoundSummary,
    };
    #[pymodule_export]
    use super::collector::PyCollector;
    #[pymodule_export]
    use super::counter::PyCounter;
    #[pymodule_export]
    use super::exemplar::set_exemplar_hook;
    #[pymodule_export]
    use super::exposition::{
        encode, encode_async, format_bound, format_header, format_sample, is_native, label_text, negotiate,
        negotiate_encoding,
    };
    #[pymodule_export]
    use super::gauge::PyGauge;
    #[pymodule_export]
    use super::histogram::PyHistogram;
    #[pymodule_export]
    use super::info::PyInfo;
    #[pymodule_export]
    use super::naming::{allow_utf8, escape_name, takes_utf8, utf8_is_allowed};
    #[pymodule_export]
    use super::registry::PyRegistry;
    #[pymodule_export]
    use super::report::PyReport;
    #[pymodule_export]
    use super::series::{PyEstimator, PyHistogramSeries};
    #[pymodule_export]
    use super::state_set::PyEnum;
    #[pymodule_export]
    use super::store::PySeriesStore;
    #[pymodule_export]
    use super::summary::PySummary;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::shortcut::install(module.py())?;
        super::lifecycle::install(module)
    }
}
