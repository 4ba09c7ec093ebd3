//! The memory that an exposition is written to.

use std::mem::MaybeUninit;
use std::ptr;

use crate::chunks::{chunks, chunks_mut};
use crate::memory::OutOfMemory;

/// Takes bytes, one piece after the other.
pub trait Output {
    /// Appends `bytes`.
    fn push(&mut self, bytes: &[u8]);
}

impl Output for Vec<u8> {
    #[inline]
    fn push(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Memory that grows at its end.
pub trait Sink {
    /// Makes room for at least `size` bytes more, and gives all the room that there is.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`]; what was written before stays.
    fn room(&mut self, size: usize) -> Result<&mut [MaybeUninit<u8>], OutOfMemory>;

    /// Takes the first `size` bytes of the room as written.
    ///
    /// # Safety
    ///
    /// They must have been written since the room was given.
    unsafe fn advance(&mut self, size: usize);
}

impl Sink for Vec<u8> {
    #[inline]
    fn room(&mut self, size: usize) -> Result<&mut [MaybeUninit<u8>], OutOfMemory> {
        self.try_reserve(size)?;
        Ok(self.spare_capacity_mut())
    }

    unsafe fn advance(&mut self, size: usize) {
        // SAFETY: the caller has written them.
        unsafe { self.set_len(self.len() + size) };
    }
}

/// Writes into the room of a sink.
pub struct Cursor<'a> {
    /// What is not written yet.
    room: &'a mut [MaybeUninit<u8>],
}

impl Output for Cursor<'_> {
    #[inline(always)]
    fn push(&mut self, bytes: &[u8]) {
        let (target, rest) = std::mem::take(&mut self.room).split_at_mut(bytes.len());
        copy(bytes, target);
        self.room = rest;
    }
}

/// Longer texts are copied by the library's function. For the shorter ones, its call takes longer than the copy.
const SHORT: usize = 128;

/// Copies `source` to `target`, which is as long: in blocks, of which the last may overlap the one before.
#[inline(always)]
fn copy(source: &[u8], target: &mut [MaybeUninit<u8>]) {
    #[inline(always)]
    fn ends<const N: usize>(source: &[u8], target: &mut [MaybeUninit<u8>]) {
        if let (Some(first), Some(last)) = (source.first_chunk::<N>(), source.last_chunk::<N>()) {
            let at = target.len() - N;
            copy_all(first, &mut target[..N]);
            copy_all(last, &mut target[at..]);
        }
    }
    match source.len() {
        0 => (),
        1 => {
            target[0].write(source[0]);
        }
        2..4 => ends::<2>(source, target),
        4..8 => ends::<4>(source, target),
        8..16 => ends::<8>(source, target),
        16..=32 => ends::<16>(source, target),
        33..SHORT => {
            let blocks = chunks::<_, 32>(source).iter().zip(chunks_mut::<_, 32>(target));
            blocks.for_each(|(source, target)| copy_all(source, target));
            ends::<32>(source, target);
        }
        _ => copy_all(source, target),
    }
}

/// Copies `source` to `target`, which is as long.
#[inline(always)]
fn copy_all(source: &[u8], target: &mut [MaybeUninit<u8>]) {
    assert!(source.len() == target.len());
    // SAFETY: both have this length, and the target is borrowed alone, so that they do not overlap.
    unsafe { ptr::copy_nonoverlapping(source.as_ptr(), target.as_mut_ptr().cast(), source.len()) };
}

/// Runs `write` on a cursor with room for at least `size` bytes.
///
/// # Errors
///
/// [`OutOfMemory`]; then nothing was written.
///
/// # Panics
///
/// When more is written than there is room for.
///
/// What was written is counted by the room that is left of the cursor, so that no cursor takes the place of another one. A
/// lifetime that does not fit has no code:
///
/// ```compile_fail
/// # use aioprometheus::output::{Output, write};
/// fn swap(one: &mut Vec<u8>, other: &mut Vec<u8>) {
///     let _ = write(one, 9, |first| {
///         let _ = write(other, 1, |second| std::mem::swap(first, second));
///     });
/// }
/// ```
///
/// ```
/// # use aioprometheus::output::{Output, write};
/// fn swap(one: &mut Vec<u8>, other: &mut Vec<u8>) {
///     let _ = write(one, 9, |first| {
///         let _ = write(other, 1, |second| (first.push(b"a"), second.push(b"b"), ()).2);
///     });
/// }
/// ```
#[inline(always)]
pub fn write(
    sink: &mut impl Sink,
    size: usize,
    write: impl FnOnce(&mut Cursor<'_>),
) -> Result<(), OutOfMemory> {
    let room = sink.room(size)?;
    let before = room.len();
    let mut cursor = Cursor { room };
    write(&mut cursor);
    let written = before - cursor.room.len();
    // SAFETY: the cursor has written the first `written` bytes of the room.
    unsafe { sink.advance(written) };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_all_lengths_are_copied() {
        let text: Vec<u8> = (0..=255).cycle().take(600).collect();
        for length in 0..text.len() {
            let mut buffer = b"before".to_vec();
            write(&mut buffer, length + 5, |cursor| {
                cursor.push(&text[..length]);
                cursor.push(b"after");
            })
            .unwrap();
            assert_eq!(buffer, [b"before", &text[..length], b"after"].concat());
        }
    }

    #[test]
    #[should_panic(expected = "mid > len")]
    fn no_more_is_written_than_there_is_room_for() {
        Cursor { room: &mut [MaybeUninit::uninit(); 2] }.push(b"abc");
    }
}
