//! Handles: series that know their family.

use std::sync::Arc;

use pyo3::prelude::*;

use crate::family::{Descriptor, Family, Series};
use crate::kind::Kind;
use crate::metric::Metric;
use crate::python::interpreter::attached::{access, family};

/// A series and its family, which knows the bounds or targets.
pub struct Handle<M: Metric> {
    pub family: Arc<Family<M>>,
    pub series: Arc<Series<M>>,
}

impl<M: Metric> Clone for Handle<M> {
    fn clone(&self) -> Self {
        Self { family: Arc::clone(&self.family), series: Arc::clone(&self.series) }
    }
}

impl<M: Metric> Handle<M> {
    pub fn new(family: &Arc<Family<M>>, series: Arc<Series<M>>) -> Self {
        Self { family: Arc::clone(family), series }
    }

    /// A series without a metric: a user makes it, and may assign it to one.
    pub fn detached(py: Python<'_>, kind: Kind, spec: M::Spec) -> PyResult<Self> {
        let family = family(Descriptor::new("detached", "", kind)?, spec);
        let series = family.with(access(py), &[], Arc::clone)?;
        Ok(Self { family, series })
    }
}
