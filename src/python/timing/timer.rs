//! Timers.

use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use pyo3::{PyTraverseError, PyVisit};

use super::block::{OfMany, Place};
use super::clock::Start;
use super::log::{keep_error, without_clock};
use super::run::{After, Block, Run};
use super::target::Target;
use crate::python::interpreter::attached::Attached;
use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::calls_python;

/// Measures blocks and calls, and puts their seconds into a histogram, a summary or a gauge.
///
/// ``time()`` of a metric makes one. It is a context manager, for ``with`` and ``async with``,
/// and a decorator of callables of every kind. One timer may measure any number of blocks and
/// calls, one after the other, one within the other, and in other threads and tasks: each has a
/// beginning of its own.
#[pyclass(name = "Timer", module = "aioprometheus.timing", frozen)]
pub struct PyTimer {
    target: Target,
    /// The labels as they were given: a mapping, or the object of a function that finds them at the end.
    labels: Option<Py<PyAny>>,
    /// Whether `labels` is such an object.
    has_function: bool,
    skips_errors: bool,
    /// The label that has the name of the exception.
    error_label: Option<Py<PyString>>,
    run: Attached<Run<Py<Self>>>,
}

impl PyTimer {
    /// A timer with the usual settings.
    #[inline]
    pub fn of(target: Target) -> Self {
        Self {
            target,
            labels: None,
            has_function: false,
            skips_errors: false,
            error_label: None,
            run: Attached::new(Run::default()),
        }
    }

    /// A timer of a metric or child. Labels that are a function have been wrapped.
    pub fn new(
        object: &Bound<'_, PyAny>,
        labels: Option<&Bound<'_, PyAny>>,
        errors: Option<&Bound<'_, PyAny>>,
        error_label: Option<&Bound<'_, PyString>>,
    ) -> PyResult<Self> {
        static LABELS: OfPackage = OfPackage::new("aioprometheus.timing.labels", "checked");
        let py = object.py();
        let target = Target::of(object);
        let skips_errors = match errors {
            None => false,
            Some(errors) => skips_errors(&target, errors)?,
        };
        let (labels, has_function) = match labels {
            None => (None, false),
            Some(labels) if labels.is_exact_instance_of::<PyDict>() => (Some(labels.clone().unbind()), false),
            Some(labels) => {
                calls_python(py);
                let (labels, has_function): (Py<PyAny>, bool) =
                    LABELS.get(py)?.call1((object, labels))?.extract()?;
                (Some(labels), has_function)
            }
        };
        let error_label = error_label.map(|label| label.clone().unbind());
        Ok(Self { labels, has_function, skips_errors, error_label, ..Self::of(target) })
    }

    /// A timer for one call with the same settings, which may have begun.
    pub fn for_call(&self, py: Python<'_>, call: Option<Py<PyAny>>, start: Option<Start>) -> Self {
        self.anew(py, Run { start, call, ..Run::default() })
    }

    fn anew(&self, py: Python<'_>, run: Run<Py<Self>>) -> Self {
        Self {
            target: self.target.clone_ref(py),
            labels: self.labels.as_ref().map(|labels| labels.clone_ref(py)),
            has_function: self.has_function,
            skips_errors: self.skips_errors,
            error_label: self.error_label.as_ref().map(|label| label.clone_ref(py)),
            run: Attached::new(run),
        }
    }

    /// Begins a block, and returns the timer that measures it.
    ///
    /// # Errors
    ///
    /// What a clock raises that a program has put in the place of `time.monotonic`.
    #[inline]
    pub fn begin<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, Self>> {
        let (py, this) = (slf.py(), slf.get());
        let start = Start::now(py)?;
        let begun = this.run.with(py, |run| run.begin_alone(start));
        match begun {
            Some(before) => {
                drop(before);
                Ok(slf.clone())
            }
            None => Self::begin_beside(slf, start),
        }
    }

    /// Begins a block while others are there.
    #[cold]
    fn begin_beside<'py>(slf: &Bound<'py, Self>, start: Start) -> PyResult<Bound<'py, Self>> {
        let (py, this) = (slf.py(), slf.get());
        let place = Place::now(py);
        let other = Bound::new(py, this.anew(py, Run::beside(start, slf.clone().unbind())))?;
        let begun = this.run.with(py, |run| run.begin_in(place, start, other.clone().unbind()));
        match begun {
            Some(before) => {
                drop(before);
                Ok(slf.clone())
            }
            None => Ok(other),
        }
    }

    /// Ends a block, which may have raised an error.
    ///
    /// # Errors
    ///
    /// RuntimeError when none has begun. What the metric raises. Neither, if the block itself has raised an error.
    #[inline]
    pub fn end(&self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let block = match self.run.with(py, |run| run.blocks.end_only()) {
            Ok(block) => block,
            Err(OfMany) => {
                let place = Place::now(py);
                self.run.with(py, |run| run.end_in(place))
            }
        };
        match block {
            Some(Block::Own) => self.finish(py, error),
            Some(Block::Other(other)) => {
                other.get().forget(py, |block| matches!(block, Block::Beside(_)));
                other.get().finish(py, error)
            }
            Some(Block::Beside(shared)) => {
                let is_this = |block: &Block<Py<Self>>| matches!(block, Block::Other(other) if std::ptr::eq(other.get(), self));
                shared.get().forget(py, is_this);
                self.finish(py, error)
            }
            None => {
                let failure = format!("{}: no block of this timer has begun", self.target.name(py));
                keep_error(py, error, Err(PyRuntimeError::new_err(failure)))
            }
        }
    }

    /// Forgets a block that has ended elsewhere: the timer that is shared and the one of the block both have it.
    #[cold]
    fn forget(&self, py: Python<'_>, is_it: impl Fn(&Block<Py<Self>>) -> bool) {
        let forgotten = self.run.with(py, |run| run.blocks.forget(is_it));
        drop(forgotten);
    }

    /// Ends what the timer itself measures, unless it pauses or goes on.
    ///
    /// # Errors
    ///
    /// As [`PyTimer::end`].
    #[inline]
    pub fn finish(&self, py: Python<'_>, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let Some((start, after)) = self.run.with(py, |run| run.ending(error.is_some())) else {
            return Ok(());
        };
        // The timer measures on meanwhile, so that what begins now is another block.
        let elapsed = start.elapsed(py);
        let is_over = !matches!((after, error), (After::Paused, None));
        let seconds = *elapsed.as_ref().unwrap_or(&0.0);
        let (seconds, labels, call) = self.run.with(py, |run| run.end(py, seconds, is_over));
        match elapsed {
            Ok(_) if !is_over => Ok(()),
            Ok(_) => self.put(py, seconds, error, labels, call),
            Err(failure) => without_clock(py, failure),
        }
    }

    /// Puts the seconds of a call that began at `start` into the metric.
    ///
    /// # Errors
    ///
    /// As [`PyTimer::end`].
    #[inline]
    pub fn put_since(&self, py: Python<'_>, start: Start, error: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        match start.elapsed(py) {
            Ok(seconds) => self.put(py, seconds, error, None, None),
            Err(failure) => without_clock(py, failure),
        }
    }

    /// Whether the seconds of what raised nothing are put into the metric without Python code: a child has its labels already.
    #[inline]
    fn is_plain(&self) -> bool {
        !self.has_function && self.error_label.is_none() && self.target.is_plain()
    }

    /// As [`PyTimer::end`], of a block that raised nothing; nothing happens if that takes Python code.
    #[inline]
    pub fn end_plain(&self, py: Python<'_>) -> Option<PyResult<()>> {
        let seconds = self.run.with(py, |run| if self.is_plain() { run.end_plain() } else { None })?;
        Some(self.target.put(py, None, seconds))
    }

    /// As [`PyTimer::put_since`], of a call that raised nothing; nothing happens if that takes Python code.
    #[inline]
    pub fn put_plain_since(&self, py: Python<'_>, start: Start) -> Option<PyResult<()>> {
        let seconds = if self.is_plain() { start.elapsed_plain() } else { None }?;
        Some(self.target.put(py, None, seconds))
    }

    /// What its block does not end: unless it raises, the timer `pauses` then, or goes on.
    pub fn leave_open(&self, py: Python<'_>, pauses: bool) {
        self.run.with(py, |run| run.after = if pauses { After::Paused } else { After::Running });
    }

    /// Notes what the call returned, for a function that finds labels.
    pub fn note_result(&self, result: &Bound<'_, PyAny>) -> PyResult<()> {
        let py = result.py();
        let call = self.run.with(py, |run| run.call.as_ref().map(|call| call.clone_ref(py)));
        call.map_or(Ok(()), |call| call.bind(py).setattr("result", result))
    }

    /// The seconds so far, and whether the timer measures now.
    pub fn seconds(&self, py: Python<'_>) -> PyResult<(f64, bool)> {
        let (start, seconds) = self.run.with(py, |run| (run.start, run.seconds));
        match start {
            Some(start) => Ok((seconds + start.elapsed(py)?, true)),
            None => Ok((seconds, false)),
        }
    }

    /// The seconds of the block that has ended.
    pub fn duration(&self, py: Python<'_>) -> Option<f64> {
        self.run.with(py, |run| run.is_over.then_some(run.seconds))
    }

    /// The labels that the block may change.
    pub fn own_labels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        static OWN: OfPackage = OfPackage::new("aioprometheus.timing.labels", "TimerLabels");
        if let Some(own) = self.run.with(py, |run| run.labels(py)) {
            return Ok(own.into_bound(py));
        }
        calls_python(py);
        let given = self.labels.as_ref().filter(|_| !self.has_function);
        let own = OWN.get(py)?.call1((self.target.metric(py), self.target.labels(py)?, given))?.unbind();
        // Another thread may have been first.
        let kept = self.run.with(py, |run| run.labels.get_or_insert_with(|| own.clone_ref(py)).clone_ref(py));
        Ok(kept.into_bound(py))
    }

    /// A callable that is measured by `timer`, which is this one.
    pub fn decorate<'py>(
        &self,
        timer: &Bound<'py, Self>,
        func: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        static DECORATE: OfPackage = OfPackage::new("aioprometheus.timing.decorate", "time_calls");
        let py = timer.py();
        calls_python(py);
        let target = self.target.object(py);
        DECORATE.get(py)?.call1((timer, target, &self.labels, self.has_function, &self.error_label, func))
    }

    /// The name of the metric.
    pub fn name(&self, py: Python<'_>) -> String {
        self.target.name(py)
    }

    /// Visits what the timer refers to.
    pub fn visit(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        self.target.traverse(visit)?;
        visit.call(&self.labels)?;
        visit.call(&self.error_label)?;
        // What is not visited counts as alive.
        let visited = self.run.during_collection(|run| {
            visit.call(&run.labels)?;
            visit.call(&run.call)?;
            run.blocks.iter().try_for_each(|block| match block {
                Block::Own => Ok(()),
                Block::Other(timer) | Block::Beside(timer) => visit.call(timer),
            })
        });
        visited.unwrap_or(Ok(()))
    }

    /// Lets go of the blocks that are there, which nothing can end any more.
    pub fn clear(&self, py: Python<'_>) {
        let blocks = self.run.with(py, |run| std::mem::take(&mut run.blocks));
        drop(blocks);
    }

    #[inline]
    fn put(
        &self,
        py: Python<'_>,
        seconds: f64,
        error: Option<&Bound<'_, PyAny>>,
        labels: Option<Py<PyAny>>,
        call: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        if self.skips_errors && error.is_some() {
            return Ok(());
        }
        let outcome = if labels.is_none() && !self.has_function && self.error_label.is_none() {
            let labels = self.labels.as_ref().map(|labels| labels.bind(py));
            self.target.put(py, labels, seconds)
        } else {
            self.put_found(py, seconds, error, labels, call)
        };
        keep_error(py, error, outcome)
    }

    /// The same, with labels that were found during the call or at its end.
    fn put_found(
        &self,
        py: Python<'_>,
        seconds: f64,
        error: Option<&Bound<'_, PyAny>>,
        labels: Option<Py<PyAny>>,
        call: Option<Py<PyAny>>,
    ) -> PyResult<()> {
        static FIND: OfPackage = OfPackage::new("aioprometheus.timing.labels", "find");
        static FAILED: OfPackage = OfPackage::new("aioprometheus.timing.labels", "failed");
        calls_python(py);
        let put = || {
            let (of_child, given) = (self.target.labels(py)?, self.labels.as_ref());
            let found =
                FIND.get(py)?.call1((of_child, given, labels, &self.error_label, error, call, seconds))?;
            self.target.put_into(py, &found, seconds)
        };
        let outcome = put();
        match (outcome, &self.labels) {
            (Err(failure), Some(function)) if self.has_function => {
                FAILED.get(py)?.call1((function, self.target.name(py), failure.value(py))).map(drop)
            }
            (outcome, _) => outcome,
        }
    }
}

#[cold]
fn refused_errors(target: &Target, errors: &Bound<'_, PyAny>) -> PyErr {
    let (name, given) = (target.name(errors.py()), errors.repr().map(|given| given.to_string()));
    PyValueError::new_err(format!("{name}: errors is 'observe' or 'skip', not {}", given.unwrap_or_default()))
}

fn skips_errors(target: &Target, errors: &Bound<'_, PyAny>) -> PyResult<bool> {
    match errors.extract::<&str>() {
        Ok("observe") => Ok(false),
        Ok("skip") => Ok(true),
        _ => Err(refused_errors(target, errors)),
    }
}
