//! A slice as arrays of one size: `as_chunks` of the standard library, which came with Rust 1.88.
//!
//! The arrays of `chunks_exact` are slices. Copies of them, and numbers made of them, take more instructions.

use std::slice;

/// The arrays that a slice begins with; what is left over is shorter than one.
#[must_use]
#[inline(always)]
pub fn chunks<T, const N: usize>(slice: &[T]) -> &[[T; N]] {
    // SAFETY: so many arrays are in the slice, and an array is laid out and aligned as its elements in a row.
    unsafe { slice::from_raw_parts(slice.as_ptr().cast(), slice.len() / N) }
}

/// The arrays that a slice begins with, to be changed.
#[must_use]
#[inline(always)]
pub fn chunks_mut<T, const N: usize>(slice: &mut [T]) -> &mut [[T; N]] {
    // SAFETY: as for `chunks`; and the slice is borrowed for as long as the arrays are.
    unsafe { slice::from_raw_parts_mut(slice.as_mut_ptr().cast(), slice.len() / N) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_arrays_are_seen_and_changed_and_the_rest_is_left_out() {
        for (length, whole) in [(0, 0), (2, 0), (3, 1), (8, 2), (9, 3)] {
            let mut numbers: Vec<usize> = (0..length).collect();
            let expected: Vec<[usize; 3]> = (0..whole).map(|at| [3 * at, 3 * at + 1, 3 * at + 2]).collect();
            assert_eq!(chunks::<_, 3>(&numbers), expected);
            chunks_mut::<_, 3>(&mut numbers).fill([7; 3]);
            assert!(numbers[..3 * whole].iter().all(|&number| number == 7));
            assert!(numbers[3 * whole..].iter().copied().eq(3 * whole..length));
        }
    }
}
