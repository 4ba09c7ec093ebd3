//! Look-ups: the way from the labels of a call to their series.

mod identity;
mod objects;

use std::mem::MaybeUninit;
use std::sync::Arc;

use pyo3::exceptions::PyTypeError;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use smallvec::SmallVec;

use crate::family::{Family, Series};
use crate::kind::Kind;
use crate::labels::Pair;
use crate::metric::{Metric, Number};
use crate::python::argument::labels::{INLINE, Labels};
use crate::python::argument::update::LabelsArgument;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::lifecycle::calls_python;
use identity::Identity;
use objects::{Constants, Held, addresses, count};

/// A family, and the series of it that were found before.
pub struct Lookup<M: Metric> {
    pub family: Arc<Family<M>>,
    identity: Identity<M>,
}

impl<M: Metric> Lookup<M> {
    pub fn new(family: Arc<Family<M>>) -> Self {
        Self { family, identity: Identity::default() }
    }

    /// Gives back what is kept of series that were removed. Unless `all` is true, that of the latest ones may stay for a
    /// while.
    pub fn forget_removed(&self, py: Python<'_>, all: bool) {
        self.identity.forget_removed(py, self.family.removals(), all);
    }

    /// Runs `update` with `number` on the series of `labels`, which is born when there is none. An error in the labels is
    /// reported before one in the number, and neither changes anything. `update` must not run Python code.
    #[inline(always)]
    pub fn update<'py>(
        &self,
        py: Python<'py>,
        labels: LabelsArgument<'_, 'py>,
        number: PyResult<Number>,
        update: impl FnOnce(&M, Number),
    ) -> PyResult<()> {
        self.update_series(py, labels, number, |series, number| update(series.metric(), number))
    }

    /// As [`Lookup::update`], for updates that change more than the state.
    #[inline(always)]
    pub fn update_series<'py>(
        &self,
        py: Python<'py>,
        labels: LabelsArgument<'_, 'py>,
        number: PyResult<Number>,
        update: impl FnOnce(&Series<M>, Number),
    ) -> PyResult<()> {
        match number {
            Ok(number) => self.with(py, labels, |series| update(series, number)),
            Err(error) => Err(self.refuse(py, labels, error)),
        }
    }

    /// Whether this is a metric of observations.
    fn observes(&self) -> bool {
        matches!(self.family.descriptor().kind(), Kind::Summary | Kind::Histogram)
    }

    /// The error in the labels, if there is one, and else `error`.
    #[cold]
    fn refuse<'py>(&self, py: Python<'py>, labels: LabelsArgument<'_, 'py>, error: PyErr) -> PyErr {
        calls_python(py);
        let checked = Labels::extract(self.family.descriptor().name(), labels.as_deref())
            .and_then(|labels| Ok(self.family.check(access(py), &labels.pairs())?));
        match checked {
            // 23.12.0 checked an observation first, and only the names of labels before it.
            Err(other) if self.observes() && other.is_instance_of::<PyTypeError>(py) => error,
            Err(other) => other,
            Ok(()) => error,
        }
    }

    /// Runs `work` on the series of `labels`, which is born when there is none. `work` must not run Python code.
    #[inline]
    pub fn with<'py>(
        &self,
        py: Python<'py>,
        labels: LabelsArgument<'_, 'py>,
        work: impl FnOnce(&Series<M>),
    ) -> PyResult<()> {
        let done = match labels {
            None => Ok(self.with_bare(py, work)),
            Some(labels) => self.with_plain(labels, work),
        };
        match (done, labels) {
            (Ok(done), _) => done,
            (Err(work), labels) => self.with_any(py, labels, work),
        }
    }

    /// As [`Lookup::with`], for labels whose text is made without running Python code; returns `work` for all others.
    ///
    /// Nearly all calls have a dict of few plain str: for these, no reference is taken and no memory allocated.
    #[inline(always)]
    pub fn with_plain<W: FnOnce(&Series<M>)>(
        &self,
        labels: Borrowed<'_, '_, PyAny>,
        work: W,
    ) -> Result<PyResult<()>, W> {
        let Ok(dict) = labels.cast_exact::<PyDict>() else {
            return Err(work);
        };
        match count(&dict) {
            0 => Ok(self.with_bare(labels.py(), work)),
            1 => self.with_dict::<2, W>(&dict, 1, work),
            2 => self.with_dict::<4, W>(&dict, 2, work),
            3 => self.with_dict::<6, W>(&dict, 3, work),
            4 => self.with_dict::<8, W>(&dict, 4, work),
            count @ ..=INLINE => self.with_dict::<{ 2 * INLINE }, W>(&dict, count, work),
            _ => Err(work),
        }
    }

    /// Runs `work`, which must not run Python code, on the series without labels.
    #[inline]
    pub fn with_bare(&self, py: Python<'_>, work: impl FnOnce(&Series<M>)) -> PyResult<()> {
        // SAFETY: `work` runs no Python code, and does not come back to this look-up.
        if let Some(series) = unsafe { self.identity.find_bare(py) } {
            work(series);
            return Ok(());
        }
        Ok(self.family.with(access(py), &[], |series| {
            self.identity.keep_bare(py, series);
            work(series);
        })?)
    }

    #[inline(always)]
    fn with_dict<const WORDS: usize, W: FnOnce(&Series<M>)>(
        &self,
        dict: &Bound<'_, PyDict>,
        count: usize,
        work: W,
    ) -> Result<PyResult<()>, W> {
        let objects = addresses::<WORDS>(dict, count);
        // SAFETY: `work` runs no Python code, and does not come back to this look-up.
        if let Some(series) = unsafe { self.identity.find(&objects) } {
            work(series);
            return Ok(Ok(()));
        }
        let mut work = Some(work);
        let mut done = Ok(());
        let run = &mut |series: &Series<M>| {
            if let Some(work) = work.take() {
                work(series);
            }
        };
        self.with_text(dict, &objects[..2 * count], run, &mut done);
        match work {
            Some(work) if done.is_ok() => Err(work),
            _ => Ok(done),
        }
    }

    /// Looks up by the text of the labels of a dict. Either `work` is run, or `done` is an error, or the text cannot be made
    /// without running Python code.
    #[inline(never)]
    fn with_text(
        &self,
        dict: &Bound<'_, PyDict>,
        addresses: &[*mut ffi::PyObject],
        work: &mut dyn FnMut(&Series<M>),
        done: &mut PyResult<()>,
    ) {
        // SAFETY: `with_dict` has just read the addresses, all of them. Text is made below without running Python code, or it
        // consumes the objects; `work` runs none either.
        let held = unsafe { Held::new(dict, addresses) };
        match held.objects().plain() {
            Ok(plain) => {
                let mut room = [const { MaybeUninit::uninit() }; INLINE];
                if let Some((pairs, constants)) = plain.pairs(&mut room) {
                    self.with_pairs(dict.py(), &constants, pairs, work, done);
                }
            }
            Err(others) => {
                if let Some((texts, constants)) = others.constants() {
                    let pairs: SmallVec<[Pair<'_>; INLINE]> =
                        texts.iter().map(|(name, value)| (&**name, &**value)).collect();
                    self.with_pairs(dict.py(), &constants, &pairs, work, done);
                }
            }
        }
    }

    /// Looks up by the pairs of text that the objects stand for, and keeps what is found.
    #[inline(always)]
    fn with_pairs(
        &self,
        py: Python<'_>,
        constants: &Constants<'_, '_>,
        pairs: &[Pair<'_>],
        work: &mut dyn FnMut(&Series<M>),
        done: &mut PyResult<()>,
    ) {
        let found = self.family.with(access(py), pairs, |series| {
            self.identity.keep(constants, series);
            work(series);
        });
        if let Err(error) = found {
            *done = Err(error.into());
        }
    }

    /// Looks up by labels of any kind.
    #[cold]
    fn with_any(
        &self,
        py: Python<'_>,
        labels: LabelsArgument<'_, '_>,
        work: impl FnOnce(&Series<M>),
    ) -> PyResult<()> {
        calls_python(py);
        let labels = Labels::extract(self.family.descriptor().name(), labels.as_deref())?;
        Ok(self.family.with(access(py), &labels.pairs(), |series| work(series))?)
    }
}
