//! Bytes that are made once, when they are first asked for.

use std::ptr::{self, NonNull};
use std::slice;

use crate::memory::OutOfMemory;
use crate::sync::{AtomicPtr, Ordering};

/// The size of the length in front of the bytes.
const LENGTH: usize = size_of::<u32>();

/// Bytes that are made once, and then live as long as this does. It is one pointer, as there is one of them in each series.
#[derive(Debug)]
pub(super) struct Kept(
    /// Null, or made of a `Box<[u8]>`: the length of the bytes as `u32`, and the bytes. It changes once.
    AtomicPtr<u8>,
);

/// The box that a pointer was made of.
///
/// # Safety
///
/// It was made of a box as those of [`Kept`], which is borrowed meanwhile.
#[inline(always)]
unsafe fn of_pointer(pointer: NonNull<u8>) -> NonNull<[u8]> {
    // SAFETY: the length stands first, at no certain alignment.
    let length = unsafe { pointer.as_ptr().cast::<u32>().read_unaligned() };
    NonNull::slice_from_raw_parts(pointer, LENGTH + length as usize)
}

impl Kept {
    pub fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The bytes, if they were made.
    #[inline(always)]
    pub fn get(&self) -> Option<&[u8]> {
        // Acquire: pairs with the exchange in `set`; the bytes are there with their pointer.
        let pointer = NonNull::new(self.0.load(Ordering::Acquire))?;
        // SAFETY: it is the pointer of a box, which lives as long as this does.
        let all = unsafe { of_pointer(pointer).as_ref() };
        // SAFETY: the length stands in front of so many bytes.
        Some(unsafe { slice::from_raw_parts(all.as_ptr().add(LENGTH), all.len() - LENGTH) })
    }

    /// Where they are, if they were made.
    #[inline(always)]
    pub fn at(&self) -> Option<*const u8> {
        NonNull::new(self.0.load(Ordering::Relaxed)).map(|pointer| pointer.as_ptr().cast_const())
    }

    /// Keeps a copy of the bytes, unless another thread was faster; gives those that are kept.
    #[cold]
    pub fn set(&self, bytes: &[u8]) -> Result<&[u8], OutOfMemory> {
        let length = u32::try_from(bytes.len()).map_err(|_| OutOfMemory)?;
        let mut all = Vec::new();
        all.try_reserve_exact(LENGTH + bytes.len())?;
        all.extend_from_slice(&length.to_ne_bytes());
        all.extend_from_slice(bytes);
        let new = Box::into_raw(all.into_boxed_slice());
        // Release: pairs with the Acquire of `get`, here too where another thread was faster.
        let kept = self.0.compare_exchange(ptr::null_mut(), new.cast(), Ordering::Release, Ordering::Relaxed);
        if kept.is_err() {
            // SAFETY: it was made as a box above, and nobody else has it.
            drop(unsafe { Box::from_raw(new) });
        }
        Ok(self.get().unwrap_or_default())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        if let Some(pointer) = NonNull::new(self.0.load(Ordering::Relaxed)) {
            // SAFETY: it is the pointer of a box that was made in `set`, and nobody else has it.
            drop(unsafe { Box::from_raw(of_pointer(pointer).as_ptr()) });
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_are_kept() {
        let kept = Kept::new();
        assert_eq!(kept.get(), None);
        assert_eq!(kept.set(b"abc"), Ok(&b"abc"[..]));
        assert_eq!(kept.set(b"de"), Ok(&b"abc"[..]));
        assert_eq!(kept.get(), Some(&b"abc"[..]));
        let empty = Kept::new();
        assert_eq!((empty.set(b""), empty.get()), (Ok(&b""[..]), Some(&b""[..])));
    }

    #[test]
    fn threads_agree_on_the_bytes() {
        for _ in 0..50 {
            let kept = Kept::new();
            std::thread::scope(|scope| {
                let threads =
                    [b"a", b"b", b"c"].map(|bytes| scope.spawn(|| kept.set(bytes).unwrap().to_vec()));
                let all = threads.map(|thread| thread.join().unwrap());
                assert!(all.iter().all(|bytes| Some(&**bytes) == kept.get()), "{all:?}");
            });
        }
    }
}

#[cfg(all(test, loom))]
mod models;
