//! The way from the labels of a call to their series.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::argument::LabelsArgument;
use super::attached::access;
use super::identity::Identity;
use super::labels::{INLINE, Labels, Objects, are_constant, borrow_pairs, with_objects};
use super::lifecycle::calls_python;
use crate::family::{Family, Series};
use crate::labels::Pair;
use crate::metric::{Metric, Number};

/// A family, and the series of it that were found before.
pub struct Lookup<M: Metric> {
    pub family: Arc<Family<M>>,
    identity: Identity<M>,
}

impl<M: Metric> Lookup<M> {
    pub fn new(family: Arc<Family<M>>) -> Self {
        Self { family, identity: Identity::default() }
    }

    /// Runs `update` with `number` on the series of `labels`, which is born when there is none. A bad label is
    /// told before a bad number, and neither changes anything. `update` must not run Python code.
    #[inline]
    pub fn update<'py>(
        &self,
        py: Python<'py>,
        labels: LabelsArgument<'_, 'py>,
        number: PyResult<Number>,
        update: impl FnOnce(&M, Number),
    ) -> PyResult<()> {
        match number {
            Ok(number) => self.with(py, labels, |series| update(series.metric(), number)),
            Err(error) => {
                let _calls = calls_python(py);
                let labels = Labels::extract(self.family.descriptor().name(), labels.as_deref())?;
                self.family.check(access(py), &labels.pairs())?;
                Err(error)
            }
        }
    }

    /// Runs `work` on the series of `labels`, which is born when there is none. `work` must not run Python code.
    ///
    /// The way of nearly all calls, a dict of few plain str, takes no reference and no memory.
    #[inline]
    pub fn with<'py, R>(
        &self,
        py: Python<'py>,
        labels: LabelsArgument<'_, 'py>,
        work: impl FnOnce(&Arc<Series<M>>) -> R,
    ) -> PyResult<R> {
        let Some(labels) = labels else {
            return self.with_bare(py, work);
        };
        let Ok(dict) = labels.cast_exact::<PyDict>() else {
            return self.with_owned(labels, work);
        };
        let done = with_objects(&dict, |objects| match objects {
            Some([]) => Ok(self.with_bare(py, work)),
            Some(objects) => match self.identity.find(objects, work) {
                Ok(result) => Ok(Ok(result)),
                Err(work) => self.with_text(py, objects, work),
            },
            None => Err(work),
        });
        match done {
            Ok(result) => result,
            Err(work) => self.with_owned(labels, work),
        }
    }

    /// Takes the series without labels.
    #[inline]
    fn with_bare<R>(&self, py: Python<'_>, work: impl FnOnce(&Arc<Series<M>>) -> R) -> PyResult<R> {
        let work = match self.identity.find_bare(py, work) {
            Ok(result) => return Ok(result),
            Err(work) => work,
        };
        Ok(self.family.with(access(py), &[], |series| {
            self.identity.keep_bare(py, series);
            work(series)
        })?)
    }

    /// Looks up by the text of the labels; gives `work` back when making it may run Python code.
    #[inline(never)]
    fn with_text<'py, R, W: FnOnce(&Arc<Series<M>>) -> R>(
        &self,
        py: Python<'py>,
        objects: &Objects<'_, 'py>,
        work: W,
    ) -> Result<PyResult<R>, W> {
        let mut room = [("", ""); INLINE];
        if let Some(pairs) = borrow_pairs(objects, &mut room) {
            return Ok(self.with_pairs(py, objects, pairs, work));
        }
        if !are_constant(objects) {
            return Err(work);
        }
        let labels = Labels::of_constants(self.family.descriptor().name(), objects);
        Ok(labels.and_then(|labels| self.with_pairs(py, objects, &labels.pairs(), work)))
    }

    /// Looks up by the pairs of text that the objects stand for, and keeps what is found.
    #[inline]
    fn with_pairs<R>(
        &self,
        py: Python<'_>,
        objects: &Objects<'_, '_>,
        pairs: &[Pair<'_>],
        work: impl FnOnce(&Arc<Series<M>>) -> R,
    ) -> PyResult<R> {
        Ok(self.family.with(access(py), pairs, |series| {
            self.identity.keep(objects, series);
            work(series)
        })?)
    }

    /// Looks up by labels of any kind.
    #[cold]
    fn with_owned<R>(
        &self,
        labels: Borrowed<'_, '_, PyAny>,
        work: impl FnOnce(&Arc<Series<M>>) -> R,
    ) -> PyResult<R> {
        let _calls = calls_python(labels.py());
        let py = labels.py();
        let labels = Labels::extract(self.family.descriptor().name(), Some(&labels))?;
        Ok(self.family.with(access(py), &labels.pairs(), work)?)
    }
}
