//! Blocks: the `with` statements that have begun with one object and have not ended.
//!
//! One object may be used again before its block has ended: by recursion, by other threads, tasks and generators. Python calls
//! `__exit__` with nothing that says which block ends. But a block ends in the frame in which it began, and within one frame
//! the innermost ends first. A frame costs as much as a clock, so a block that begins alone does without: it is older than
//! those that began beside it, and is the one that ends in a frame that none of them has.

use pyo3::ffi;
use pyo3::prelude::*;
use smallvec::SmallVec;

use crate::python::interpreter::lifecycle::calls_python;

/// The frame of all blocks that begin and end in an `ExitStack`, whose own frames are not those of the blocks.
const OF_STACKS: usize = 1;

/// The address of the frame of the Python function that calls. Making the frame may collect garbage, and so run Python code: no
/// lock may be held.
pub fn frame(py: Python<'_>) -> usize {
    calls_python(py);
    // SAFETY: this thread is attached; the frame is borrowed or null.
    let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) };
    let Some(frame) = frame else {
        return OF_STACKS;
    };
    let file = frame.getattr("f_code").and_then(|code| code.getattr("co_filename"));
    let is_of_stack = file.is_ok_and(|file| file.to_string().ends_with("contextlib.py"));
    if is_of_stack { OF_STACKS } else { frame.as_ptr() as usize }
}

/// The blocks of one object, in the order in which they began, each with what it needs at its end.
pub struct Blocks<T> {
    /// The frame is 0 for one that began alone, which is the first.
    begun: SmallVec<[(usize, T); 1]>,
}

impl<T> Default for Blocks<T> {
    fn default() -> Self {
        Self { begun: SmallVec::new() }
    }
}

impl<T> Blocks<T> {
    /// Whether no block has begun.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.begun.is_empty()
    }

    /// Whether a frame is needed to find the block that ends.
    #[inline]
    pub fn are_many(&self) -> bool {
        self.begun.len() > 1
    }

    /// The only block.
    #[inline]
    pub fn only(&self) -> Option<&T> {
        match &*self.begun {
            [(_, block)] => Some(block),
            _ => None,
        }
    }

    /// Notes a block that begins in a frame; 0 if there is no other.
    #[inline]
    pub fn begin(&mut self, frame: usize, block: T) {
        self.begun.push((frame, block));
    }

    /// The only block, which ends.
    #[inline]
    pub fn end_only(&mut self) -> Option<T> {
        self.begun.pop().map(|(_, block)| block)
    }

    /// The block that ends in a frame: the one that began last in it, or that began alone. If there is none, because it ends
    /// elsewhere than it began, the one that began last anywhere.
    pub fn end_in(&mut self, frame: usize) -> Option<T> {
        let last = self.begun.len().checked_sub(1)?;
        let found = self.begun.iter().rposition(|(begun, _)| *begun == frame || *begun == 0);
        Some(self.begun.remove(found.unwrap_or(last)).1)
    }

    /// What the blocks need at their ends.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.begun.iter().map(|(_, block)| block)
    }
}
