//! Memory that may not be there, under a limit of the process or of the system.
//!
//! What grows with a registry or its exposition asks for memory in ways that can fail. The many small pieces beside that
//! cannot: Rust ends the process where there is none for one. So what grows leaves them a reserve.

use std::cell::Cell;
use std::collections::TryReserveError;
use std::hint::black_box;

/// There is no memory for what grows with the registry, or with its exposition; or for a new series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is not enough memory")]
pub struct OutOfMemory;

impl From<TryReserveError> for OutOfMemory {
    fn from(_: TryReserveError) -> Self {
        Self
    }
}

impl From<hashbrown::TryReserveError> for OutOfMemory {
    fn from(_: hashbrown::TryReserveError) -> Self {
        Self
    }
}

/// What stays free for small pieces.
pub const RESERVE: usize = 1 << 20;

/// Whether there is memory for `bytes` now. It is taken and given back, and never touched.
///
/// # Errors
///
/// [`OutOfMemory`] if there is not.
pub fn check(bytes: usize) -> Result<(), OutOfMemory> {
    let mut trial: Vec<u8> = Vec::new();
    trial.try_reserve_exact(bytes)?;
    // Nobody uses it, so that it could be left out.
    black_box(trial.as_mut_ptr());
    Ok(())
}

/// Checks the reserve now and then in a loop whose steps take small pieces: at every 256th, which `step` counts.
///
/// # Errors
///
/// [`OutOfMemory`] if there is no reserve.
#[inline]
pub fn check_step(step: usize) -> Result<(), OutOfMemory> {
    if step % 256 == 255 { check(RESERVE) } else { Ok(()) }
}

/// Checks that there is memory for work on `count` things that takes `each` bytes for one. A few need no check: the reserve
/// is for them.
///
/// # Errors
///
/// [`OutOfMemory`] if there is not.
pub fn check_many(count: usize, each: usize) -> Result<(), OutOfMemory> {
    if count < 256 { Ok(()) } else { check(count.saturating_mul(each).saturating_add(RESERVE)) }
}

/// Label sets that are freed until the allocator tidies up, which takes it about a millisecond then.
const TIDY: usize = 1024;

/// The size of a piece for whose sake glibc tidies up when it is asked for, and also when it is freed.
const LARGE: usize = 64 << 10;

thread_local! {
    static FREED: Cell<usize> = const { Cell::new(0) };
}

/// Frees one of the things of which there may be very many, in small pieces. It lets the allocator tidy up now and then
/// meanwhile, and not afterwards.
///
/// That of glibc puts small pieces aside when they are freed (its fast bins), and merges all of them the next time that
/// somebody asks for more than a kilobyte. After a million series this takes about a second; and it may be Python code that
/// asks, with the interpreter's lock. Who frees many series is detached. The memory that the bytes are in may be that of
/// another thread, which has fast bins of its own: so it is the bytes that are made large. Other allocators just do that.
pub fn free(bytes: Box<[u8]>) {
    FREED.with(|freed| {
        freed.set(freed.get() + 1);
        if freed.get() == TIDY {
            freed.set(0);
            let mut bytes = bytes.into_vec();
            // If there is no memory for that, the allocator has tidied up to look for it.
            let _ = bytes.try_reserve_exact(LARGE);
            // Nobody uses them, so that it could be left out.
            black_box(bytes.as_mut_ptr());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freed_bytes_may_be_many() {
        for length in [0, 1, 100, LARGE] {
            (0..3 * TIDY).for_each(|_| free(vec![1; length].into_boxed_slice()));
            assert!(FREED.with(Cell::get) < TIDY);
        }
    }

    #[test]
    fn there_is_memory_for_some_and_not_for_all() {
        assert_eq!(check(0), Ok(()));
        assert_eq!(check(RESERVE), Ok(()));
        assert_eq!(check(usize::MAX >> 2), Err(OutOfMemory));
        assert_eq!(check(usize::MAX), Err(OutOfMemory));
        assert_eq!((check_many(255, usize::MAX), check_many(256, 16)), (Ok(()), Ok(())));
        assert_eq!(check_many(256, usize::MAX), Err(OutOfMemory));
    }
}
