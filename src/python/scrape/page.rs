//! Pages: bytes objects into which an exposition is written, without the interpreter's lock and without a copy.

use std::mem::MaybeUninit;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::fork;
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::output::Sink;
use crate::python::interpreter::lifecycle;

/// The length of the last page: the next one begins with a little more room.
static LAST: AtomicUsize = AtomicUsize::new(0);

/// The least room with which a page begins.
const LEAST: usize = 16 << 10;

/// A bytes object that nobody else has yet.
pub struct Page {
    bytes: Py<PyBytes>,
    /// The address of its bytes. Nobody else reads or writes them.
    start: *mut MaybeUninit<u8>,
    /// The number of its bytes. Behind them is room for the null that ends every bytes object.
    capacity: usize,
    /// The number of bytes that are written.
    length: usize,
}

// SAFETY: the pointer is that of the object's own memory, which only the owner of the page uses.
unsafe impl Send for Page {}

impl Page {
    /// An empty page.
    ///
    /// # Errors
    ///
    /// MemoryError.
    pub fn new(py: Python<'_>) -> PyResult<Self> {
        let last = LAST.load(Ordering::Relaxed);
        // This page may need less than the last one, if there is no memory for as much.
        Self::with_capacity(py, (last + last / 16).max(LEAST)).or_else(|_| Self::with_capacity(py, LEAST))
    }

    fn with_capacity(py: Python<'_>, capacity: usize) -> PyResult<Self> {
        // SAFETY: this thread is attached. The new bytes are not initialised, which `MaybeUninit` allows.
        let (bytes, start) = unsafe {
            let bytes = ffi::PyBytes_FromStringAndSize(std::ptr::null(), capacity as isize);
            let bytes = Bound::from_owned_ptr_or_err(py, bytes)?;
            let start = ffi::PyBytes_AS_STRING(bytes.as_ptr()).cast_mut().cast();
            (bytes.cast_into_unchecked().unbind(), start)
        };
        use_huge_pages(start, capacity);
        Ok(Self { bytes, start, capacity, length: 0 })
    }

    /// Makes room for at least `size` bytes more: twice as much as there is, or a quarter more where there is no memory
    /// for that, or what is needed.
    #[cold]
    fn grow(&mut self, size: usize) -> Result<(), OutOfMemory> {
        let needed = self.length.checked_add(size).ok_or(OutOfMemory)?;
        let mut capacities = [self.capacity * 2, self.capacity / 4 * 5, needed].into_iter();
        let moved = fork::section(|| {
            lifecycle::attach(|py| {
                capacities.any(|capacity| capacity >= needed && self.moved(py, capacity).is_ok())
            })
        });
        if moved { memory::check(RESERVE) } else { Err(OutOfMemory) }
    }

    /// Copies what is written to a page of another capacity, which is enough for it.
    fn moved(&mut self, py: Python<'_>, capacity: usize) -> PyResult<()> {
        let mut page = Self::with_capacity(py, capacity)?;
        let old = &mut *self;
        let page = py.detach(move || {
            // SAFETY: `old.length` bytes are written, the new page has room for them, and only this thread has the two.
            unsafe {
                page.start.copy_from_nonoverlapping(old.start, old.length);
                page.advance(old.length);
            }
            page
        });
        *self = page;
        Ok(())
    }

    /// The object, cut to what is written.
    pub fn into_bytes(mut self, py: Python<'_>) -> Bound<'_, PyBytes> {
        LAST.store(self.length, Ordering::Relaxed);
        if self.capacity - self.length > self.length / 4 {
            // Few bytes would hold much memory. If there is none for a copy, the page stays as it is.
            drop(self.moved(py, self.length));
        }
        let bytes = self.bytes.into_bound(py);
        // SAFETY: this thread is attached, and nobody else has the object. It has room for `length` bytes and a null behind
        // them. Python frees it by its address, whatever its size says.
        unsafe {
            (*self.start.add(self.length)).write(0);
            (*bytes.as_ptr().cast::<ffi::PyVarObject>()).ob_size = self.length as isize;
        }
        bytes
    }
}

impl Sink for Page {
    fn room(&mut self, size: usize) -> Result<&mut [MaybeUninit<u8>], OutOfMemory> {
        if self.capacity - self.length < size {
            self.grow(size)?;
        }
        // SAFETY: the object has `capacity - length` bytes from there on, and nobody else has it.
        Ok(unsafe { slice::from_raw_parts_mut(self.start.add(self.length), self.capacity - self.length) })
    }

    unsafe fn advance(&mut self, size: usize) {
        self.length += size;
    }
}

/// Asks the system for huge pages below a large exposition. It hands out, clears and takes back fewer of these; it takes them
/// back while the interpreter's lock is held.
#[cfg(target_os = "linux")]
fn use_huge_pages(start: *mut MaybeUninit<u8>, length: usize) {
    const HUGE: usize = 2 << 20;
    let offset = start.align_offset(HUGE);
    if length >= 4 * HUGE {
        // SAFETY: the memory is that of the object. The advice does not change what it holds.
        unsafe {
            libc::madvise(start.add(offset).cast(), (length - offset) & !(HUGE - 1), libc::MADV_HUGEPAGE);
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn use_huge_pages(_: *mut MaybeUninit<u8>, _: usize) {}
