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
use crate::metric::Metric;
use crate::python::argument::labels::{INLINE, Labels};
use crate::python::argument::update::LabelsArgument;
use crate::python::interpreter::attached::access;
use crate::python::interpreter::lifecycle::calls_python;
use crate::python::interpreter::notice::tell_overflow;
use identity::Identity;
use objects::{Constants, Held, addresses, count};

/// A family, and the series of it that were found before.
pub struct Lookup<M: Metric> {
    pub family: Arc<Family<M>>,
    identity: Identity<M>,
}

/// A change of a series.
///
/// # Safety
///
/// An implementation runs no Python code: a look-up lends it the series without a reference of its own, which Python code
/// might remove.
pub unsafe trait Change<M: Metric> {
    /// Makes the change.
    fn make(self, py: Python<'_>, series: &Series<M>);
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

    /// Forgets all series that were found, and their labels.
    pub fn forget_all(&self, py: Python<'_>) {
        self.identity.forget_all(py);
    }

    /// Makes a change of the series of `labels`, which is born when there is none. An error in the labels is reported before
    /// one in what is to be changed, and neither changes anything.
    #[inline(always)]
    pub fn update<'py>(
        &self,
        py: Python<'py>,
        labels: LabelsArgument<'_, 'py>,
        change: PyResult<impl Change<M>>,
    ) -> PyResult<()> {
        match change {
            Ok(change) => self.change(py, labels, change),
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

    #[inline]
    fn change<'py>(
        &self,
        py: Python<'py>,
        labels: LabelsArgument<'_, 'py>,
        change: impl Change<M>,
    ) -> PyResult<()> {
        let done = match labels {
            None => Ok(self.change_bare(py, change)),
            Some(labels) => self.change_plain(labels, change),
        };
        match (done, labels) {
            (Ok(done), _) => done,
            (Err(change), labels) => self.change_any(py, labels, change),
        }
    }

    /// As [`Lookup::update`], for labels whose text is made without running Python code; returns the change for all others.
    ///
    /// Nearly all calls have a dict of few plain str: for these, no reference is taken and no memory allocated.
    #[inline(always)]
    pub fn change_plain<C: Change<M>>(
        &self,
        labels: Borrowed<'_, '_, PyAny>,
        change: C,
    ) -> Result<PyResult<()>, C> {
        let Ok(dict) = labels.cast_exact::<PyDict>() else {
            return Err(change);
        };
        match count(&dict) {
            0 => Ok(self.change_bare(labels.py(), change)),
            1 => self.change_dict::<2, C>(&dict, 1, change),
            2 => self.change_dict::<4, C>(&dict, 2, change),
            3 => self.change_dict::<6, C>(&dict, 3, change),
            4 => self.change_dict::<8, C>(&dict, 4, change),
            count @ ..=INLINE => self.change_dict::<{ 2 * INLINE }, C>(&dict, count, change),
            _ => Err(change),
        }
    }

    /// As [`Lookup::update`], for the series without labels.
    #[inline]
    pub fn change_bare(&self, py: Python<'_>, change: impl Change<M>) -> PyResult<()> {
        // SAFETY: a change runs no Python code, and so does not come back to this look-up.
        if let Some(series) = unsafe { self.identity.find_bare(py) } {
            change.make(py, series);
            return Ok(());
        }
        self.family.with(access(py), &[], |series| {
            if !series.is_overflow() {
                self.identity.keep_bare(py, series);
            }
            change.make(py, series);
        })?;
        tell_overflow(&self.family);
        Ok(())
    }

    #[inline(always)]
    fn change_dict<const WORDS: usize, C: Change<M>>(
        &self,
        dict: &Bound<'_, PyDict>,
        count: usize,
        change: C,
    ) -> Result<PyResult<()>, C> {
        let objects = addresses::<WORDS>(dict, count);
        // SAFETY: a change runs no Python code, and so does not come back to this look-up.
        if let Some(series) = unsafe { self.identity.find(&objects) } {
            change.make(dict.py(), series);
            return Ok(Ok(()));
        }
        let mut change = Some(change);
        let mut done = Ok(());
        let run = &mut |series: &Series<M>| {
            if let Some(change) = change.take() {
                change.make(dict.py(), series);
            }
        };
        self.with_text(dict, &objects[..2 * count], run, &mut done);
        tell_overflow(&self.family);
        match change {
            Some(change) if done.is_ok() => Err(change),
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
        // SAFETY: `change_dict` has just read the addresses, all of them. Text is made below without running Python code, or it
        // consumes the objects; `work` is a change, which runs none either.
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
            // The overflow stands for labels only as long as there is no room for a series of theirs.
            if !series.is_overflow() {
                self.identity.keep(constants, series);
            }
            work(series);
        });
        if let Err(error) = found {
            *done = Err(error.into());
        }
    }

    /// Looks up by labels of any kind.
    #[cold]
    fn change_any(
        &self,
        py: Python<'_>,
        labels: LabelsArgument<'_, '_>,
        change: impl Change<M>,
    ) -> PyResult<()> {
        calls_python(py);
        let labels = Labels::extract(self.family.descriptor().name(), labels.as_deref())?;
        self.family.with(access(py), &labels.pairs(), |series| change.make(py, series))?;
        tell_overflow(&self.family);
        Ok(())
    }
}
