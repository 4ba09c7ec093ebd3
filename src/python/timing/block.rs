//! Blocks: the `with` statements that have begun with one object and have not ended.
//!
//! One object may be used again before its block has ended: by recursion, by other threads, tasks and generators. Python calls
//! `__exit__` with nothing that says which block ends. But a block ends in the frame in which it began, or in a method of the
//! same context manager, such as an `ExitStack`; and there the innermost ends first. A frame costs as much as a clock, so a
//! block that begins alone does without: it is older than those that began beside it, and is the one that ends in a place that
//! none of them has.

use pyo3::ffi;
use pyo3::prelude::*;

use crate::python::interpreter::lifecycle::calls_python;

/// The methods of context managers in which the blocks of others begin and end.
const METHODS: [&str; 6] =
    ["__enter__", "__exit__", "__aenter__", "__aexit__", "enter_context", "enter_async_context"];

/// Where a block begins or ends: addresses, which are compared only.
#[derive(Clone, Copy)]
pub struct Place {
    /// The frame of the Python function that calls; 0 if there is none.
    frame: usize,
    /// Its code: a frame that is over may have given its address to that of another function.
    code: usize,
    /// The context manager whose method the function is; 0 if it is none.
    manager: usize,
}

impl Place {
    const NONE: Self = Self { frame: 0, code: 0, manager: 0 };

    /// The place of the Python function that calls. Making its frame may collect garbage, and so run Python code: no lock may
    /// be held.
    pub fn now(py: Python<'_>) -> Self {
        calls_python(py);
        // SAFETY: this thread is attached; the frame is borrowed or null.
        let frame = unsafe { Bound::from_borrowed_ptr_or_opt(py, ffi::PyEval_GetFrame().cast()) };
        let Some(frame) = frame else {
            return Self::NONE;
        };
        let Ok(code) = frame.getattr("f_code") else {
            return Self::NONE;
        };
        let manager = manager(&frame, &code).unwrap_or(None);
        let address = |object: &Bound<'_, PyAny>| object.as_ptr() as usize;
        Self { frame: address(&frame), code: address(&code), manager: manager.as_ref().map_or(0, address) }
    }

    fn is_same_frame(&self, other: &Self) -> bool {
        self.frame != 0 && (self.frame, self.code) == (other.frame, other.code)
    }

    /// A function in which a block begins and ends has it in one frame: another frame of it has another block.
    fn is_same_manager(&self, other: &Self) -> bool {
        self.manager != 0 && self.manager == other.manager && self.code != other.code
    }
}

/// The object whose method a frame runs, if the method is one of [`METHODS`].
fn manager<'py>(frame: &Bound<'py, PyAny>, code: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, PyAny>>> {
    let name = code.getattr("co_name")?;
    if !METHODS.contains(&name.extract::<&str>()?) || code.getattr("co_argcount")?.extract::<usize>()? == 0 {
        return Ok(None);
    }
    let parameter = code.getattr("co_varnames")?.get_item(0)?;
    frame.getattr("f_locals")?.get_item(parameter).map(Some)
}

/// Which block ends takes its place to find out.
pub struct OfMany;

/// The blocks of one object, each with what it needs at its end.
pub struct Blocks<T> {
    /// The one that began while there was no other.
    alone: Option<T>,
    /// Those that began beside others, if there are some.
    beside: Option<Box<Beside<T>>>,
}

/// Blocks in the order in which they began.
struct Beside<T>(Vec<(Place, T)>);

impl<T> Default for Blocks<T> {
    #[inline]
    fn default() -> Self {
        Self { alone: None, beside: None }
    }
}

impl<T> Blocks<T> {
    /// Whether no block has begun.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.alone.is_none() && self.beside.is_none()
    }

    /// The only block, if it began alone.
    #[inline]
    pub fn only(&self) -> Option<&T> {
        if self.beside.is_none() { self.alone.as_ref() } else { None }
    }

    /// Notes a block that begins alone.
    #[inline]
    pub fn begin_alone(&mut self, block: T) {
        self.alone = Some(block);
    }

    /// Notes a block that begins beside others.
    pub fn begin_in(&mut self, place: Place, block: T) {
        self.beside.get_or_insert_with(|| Box::new(Beside(Vec::new()))).0.push((place, block));
    }

    /// The only block, which ends, if it began alone or there is none.
    #[inline]
    pub fn end_only(&mut self) -> Result<Option<T>, OfMany> {
        if self.beside.is_none() { Ok(self.alone.take()) } else { Err(OfMany) }
    }

    /// The block that ends in a place: the one that began last in that frame, or else with that context manager, or else the
    /// one that began alone. If there is none, because it ends elsewhere than it began, the last of those that are `likely`,
    /// or else of all.
    pub fn end_in(&mut self, place: Place, likely: impl Fn(&T) -> bool) -> Option<T> {
        let here = self
            .end_last(|begun, _| begun.is_same_frame(&place))
            .or_else(|| self.end_last(|begun, _| begun.is_same_manager(&place)));
        here.or_else(|| self.alone.take())
            .or_else(|| self.end_last(|_, block| likely(block)))
            .or_else(|| self.end_last(|_, _| true))
    }

    /// Takes out a block that has ended by itself.
    pub fn forget(&mut self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        if self.alone.as_ref().is_some_and(&is_it) {
            return self.alone.take();
        }
        self.end_last(|_, block| is_it(block))
    }

    /// The last block of some of those that began beside others.
    fn end_last(&mut self, is_one: impl Fn(&Place, &T) -> bool) -> Option<T> {
        let blocks = &mut self.beside.as_mut()?.0;
        let found = blocks.iter().rposition(|(begun, block)| is_one(begun, block))?;
        let (_, block) = blocks.remove(found);
        if blocks.is_empty() {
            self.beside = None;
        }
        Some(block)
    }

    /// What the blocks need at their ends.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        let beside = self.beside.iter().flat_map(|beside| &beside.0);
        self.alone.iter().chain(beside.map(|(_, block)| block))
    }
}
