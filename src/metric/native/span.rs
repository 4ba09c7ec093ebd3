//! Buckets as they are sent: runs of neighbours, and the difference of each count from the one before.

/// The most empty buckets that are sent between others; for more of them, a new span costs less. Source:
/// client_golang, `makeBuckets`.
const FILLED: i32 = 2;

/// A run of neighbouring buckets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Of the first span: the key of its first bucket. Of the others: how many buckets are left out before
    /// it.
    pub offset: i32,
    /// How many buckets it has.
    pub length: u32,
}

/// Replaces `spans` and `deltas` by those of `buckets`, which are ascending by key.
///
/// A delta goes from the count of the bucket before, the first one from 0; there are as many as the lengths
/// add up to. Gaps of at most two empty buckets are filled with zeros. Without buckets there are no spans: the
/// encoder must mark a native histogram without any buckets by a positive span of offset 0 and length 0, which
/// distinguishes it from a classic one.
pub fn spans(buckets: &[(i32, u64)], spans: &mut Vec<Span>, deltas: &mut Vec<i64>) {
    spans.clear();
    deltas.clear();
    let (mut next, mut before) = (0, 0_u64);
    for &(key, count) in buckets {
        let mut delta = |count: u64| {
            // A difference beyond 64 bits wraps, and so does the sum that a reader of it makes.
            deltas.push(count.wrapping_sub(before) as i64);
            before = count;
        };
        let gap = key - next;
        match spans.last_mut() {
            Some(span) if gap <= FILLED => {
                (0..gap).for_each(|_| delta(0));
                span.length += gap.unsigned_abs() + 1;
            }
            _ => spans.push(Span { offset: gap, length: 1 }),
        }
        delta(count);
        next = key + 1;
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Keys and counts, offsets and lengths, deltas.
    type Case<'a> = (&'a [(i32, u64)], &'a [(i32, u32)], &'a [i64]);

    #[test]
    fn short_gaps_are_filled_and_long_ones_start_a_span() {
        let cases: [Case<'_>; 5] = [
            (&[], &[], &[]),
            (&[(0, 3)], &[(0, 1)], &[3]),
            (&[(-4, 3), (-3, 1)], &[(-4, 2)], &[3, -2]),
            (&[(5, 1), (7, 4), (10, 4)], &[(5, 6)], &[1, -1, 4, -4, 0, 4]),
            (&[(5, 1), (9, 4), (20, 5)], &[(5, 1), (3, 1), (10, 1)], &[1, 3, 1]),
        ];
        let (mut found, mut deltas) = (Vec::new(), Vec::new());
        for (buckets, expected, expected_deltas) in cases {
            spans(buckets, &mut found, &mut deltas);
            let pairs: Vec<_> = found.iter().map(|span| (span.offset, span.length)).collect();
            assert_eq!((&pairs[..], &deltas[..]), (expected, expected_deltas), "{buckets:?}");
        }
    }
}
