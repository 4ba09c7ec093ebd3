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

/// The keys of buckets that are read from spans, on either side of 0: no float is so large or small.
const KEYS: std::ops::Range<i64> = -(1 << 24)..1 << 24;

/// The buckets that [`spans`] makes such spans and deltas of, without empty ones. None if they do not fit each other, or a count
/// is below 0.
#[must_use]
pub fn buckets(spans: &[(i64, i64)], deltas: &[i64]) -> Option<Vec<(i32, u64)>> {
    let (mut key, mut count, mut deltas) = (0_i64, 0_i64, deltas.iter());
    let mut buckets = Vec::new();
    for &(offset, length) in spans {
        key = key.checked_add(offset)?;
        for _ in 0..length {
            count = count.checked_add(*deltas.next()?)?;
            let (place, count) =
                (i32::try_from(key).ok().filter(|_| KEYS.contains(&key))?, u64::try_from(count).ok()?);
            buckets.extend((count > 0).then_some((place, count)));
            key += 1;
        }
    }
    // Those of a gap that goes back would not ascend.
    let ascends = buckets.is_sorted_by(|left: &(i32, u64), right| left.0 < right.0);
    (deltas.next().is_none() && ascends).then_some(buckets)
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
            let given: Vec<_> =
                pairs.iter().map(|&(offset, length)| (offset.into(), length.into())).collect();
            assert_eq!(super::buckets(&given, &deltas).as_deref(), Some(buckets));
        }
    }

    #[test]
    fn spans_that_cannot_be_are_no_buckets() {
        for (spans, deltas) in [
            (&[(0, 1)][..], &[][..]),
            (&[(0, 1)], &[1, 1]),
            (&[(0, 2)], &[1, -2]),
            (&[(5, 1), (-2, 1)], &[1, 1]),
            (&[(1 << 40, 1)], &[1]),
            (&[(i64::MAX, 1), (1, 1)], &[1, 1]),
            (&[(0, 2)], &[i64::MAX, 1]),
            (&[(0, i64::MAX)], &[1]),
        ] {
            assert_eq!(super::buckets(spans, deltas), None, "{spans:?} {deltas:?}");
        }
        assert_eq!(super::buckets(&[(0, 0), (3, 2)], &[0, 2]), Some(vec![(4, 2)]));
    }
}
