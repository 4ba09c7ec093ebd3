//! Prefetching: memory is asked for before it is needed.

/// Asks the processor to fetch what `pointer` points to, which may be anything.
///
/// Things that lie apart in memory are fetched side by side when all are asked for first; otherwise they are
/// fetched one after the other, and each is waited for.
#[inline]
pub fn prefetch<T>(pointer: *const T) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: a prefetch reads nothing that the program could notice, wherever it points.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(pointer.cast());
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = pointer;
}
