//! Runs: what a timer measures, and has measured.

use pyo3::prelude::*;

use super::block::{Blocks, Place};
use super::clock::Start;

/// What a timer measures, and has measured.
pub struct Run<T> {
    /// The blocks of `with` statements.
    pub blocks: Blocks<Block<T>>,
    /// When the timer itself began to measure.
    pub start: Option<Start>,
    /// The seconds until its last end or pause.
    pub seconds: f64,
    /// Whether it has ended; what begins then is another block.
    pub is_over: bool,
    /// What becomes of it when its block ends without an error.
    pub after: After,
    /// The labels that the block has set.
    pub labels: Option<Py<PyAny>>,
    /// The call that is measured, for a function that finds labels.
    pub call: Option<Py<PyAny>>,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self {
            blocks: Blocks::default(),
            start: None,
            seconds: 0.0,
            is_over: false,
            after: After::default(),
            labels: None,
            call: None,
        }
    }
}

/// A block of a `with` statement.
pub enum Block<T> {
    /// The timer itself measures it.
    Own,
    /// It began while the timer measured another one, and has this timer.
    Other(T),
    /// The timer itself measures it. It began while this timer measured another one, and has it as one of its blocks.
    Beside(T),
}

/// What becomes of a timer after its block.
#[derive(Clone, Copy, Default)]
pub enum After {
    /// It ends.
    #[default]
    Over,
    /// It pauses, and goes on with another block.
    Paused,
    /// It goes on, until `close` is called.
    Running,
}

/// The labels of a block before, which are dropped when the run can be used again.
type Before = Option<Py<PyAny>>;

impl<T> Run<T> {
    /// Begins a block; nothing if there is another one.
    #[inline]
    pub fn begin_alone(&mut self, start: Start) -> Option<Before> {
        if !self.blocks.is_empty() || self.start.is_some() {
            return None;
        }
        self.blocks.begin_alone(Block::Own);
        Some(self.begin(start))
    }

    /// Begins a block in a place; nothing if the timer measures another one, so that this is measured by the `other` timer.
    pub fn begin_in(&mut self, place: Place, start: Start, other: T) -> Option<Before> {
        if self.start.is_some() {
            self.blocks.begin_in(place, Block::Other(other));
            return None;
        }
        self.blocks.begin_in(place, Block::Own);
        Some(self.begin(start))
    }

    /// The run of a timer for a block that begins beside those of the timer `shared`.
    pub fn beside(start: Start, shared: T) -> Self {
        let mut run = Self { start: Some(start), ..Self::default() };
        run.blocks.begin_alone(Block::Beside(shared));
        run
    }

    #[inline]
    fn begin(&mut self, start: Start) -> Before {
        self.start = Some(start);
        if !self.is_over {
            return None;
        }
        self.is_over = false;
        self.seconds = 0.0;
        self.labels.take()
    }

    /// The block that ends in a place. On the timer itself rather than on what its `__enter__` returned, it is likely its own.
    pub fn end_in(&mut self, place: Place) -> Option<Block<T>> {
        self.blocks.end_in(place, |block| !matches!(block, Block::Other(_)))
    }

    /// Ends the only block, if that takes no more than a look at the clock; gives all seconds.
    #[inline]
    pub fn end_plain(&mut self) -> Option<f64> {
        let is_plain = matches!((self.blocks.only(), self.after), (Some(Block::Own), After::Over));
        let elapsed = self.start.filter(|_| is_plain && self.labels.is_none())?.elapsed_plain()?;
        let _ = self.blocks.end_only();
        self.start = None;
        self.seconds += elapsed;
        self.is_over = true;
        Some(self.seconds)
    }

    /// When began what ends now, and what becomes of the timer; nothing if it was closed already, or goes on.
    #[inline]
    pub fn ending(&mut self, has_failed: bool) -> Option<(Start, After)> {
        let start = self.start?;
        let after = std::mem::take(&mut self.after);
        (has_failed || !matches!(after, After::Running)).then_some((start, after))
    }

    /// Ends or pauses after more seconds; gives all of them, the labels and the call.
    #[inline]
    pub fn end(
        &mut self,
        py: Python<'_>,
        seconds: f64,
        is_over: bool,
    ) -> (f64, Option<Py<PyAny>>, Option<Py<PyAny>>) {
        self.start = None;
        self.seconds += seconds;
        self.is_over = is_over;
        (self.seconds, self.labels(py), self.call.as_ref().map(|call| call.clone_ref(py)))
    }

    /// The labels that the block has set.
    #[inline]
    pub fn labels(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.labels.as_ref().map(|labels| labels.clone_ref(py))
    }
}
