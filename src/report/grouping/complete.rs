//! What is made of the samples of a series once all are there.

use std::sync::Arc;

use super::super::{Reading, Series};
use super::{bound_text, describe};
use crate::error::SampleError;
use crate::labels::Pair;
use crate::metric::Exemplar;

/// Sorts the points of a series, leaves out those that are there twice, and finds the count of a histogram, unless it was
/// given.
///
/// # Errors
///
/// [`SampleError`] for buckets that cannot be.
pub fn complete(series: &mut Series, has_count: bool, left_out: &mut Vec<String>) -> Result<(), SampleError> {
    let has_count = has_count || count_native(series);
    if let Reading::Histogram { buckets, .. } = series.reading() {
        if !buckets.is_sorted_by(|left, right| left.0 < right.0) {
            sort_buckets(series, left_out);
        }
        return check_buckets(series, has_count);
    }
    if let Reading::Summary { quantiles, .. } = series.reading_mut() {
        // The first of several at one rank stays the first.
        quantiles.sort_by(|left, right| left.0.total_cmp(&right.0));
    }
    left_out.extend(series.reading_mut().leave_out_repeated());
    Ok(())
}

/// Takes the count of a histogram from its native buckets, if it has any.
fn count_native(series: &mut Series) -> bool {
    let (reading, about) = series.parts_mut();
    let native = about.and_then(|about| about.native.as_ref());
    if let (Reading::Histogram { count, .. }, Some(native)) = (reading, native) {
        *count = native.reading.count;
        return true;
    }
    false
}

/// An upper bound and a cumulative count.
type Bucket = (f64, u64);

/// Sorts the buckets and their exemplars.
fn sort_buckets(series: &mut Series, left_out: &mut Vec<String>) {
    let (reading, about) = series.parts_mut();
    let Reading::Histogram { buckets, .. } = reading else {
        return;
    };
    let mut no_exemplars = Vec::new();
    let exemplars = about.map_or(&mut no_exemplars, |about| &mut about.exemplars);
    let has_exemplars = !exemplars.is_empty();
    exemplars.resize(buckets.len(), None);
    let mut all: Vec<(Bucket, Option<Arc<Exemplar>>)> = buckets.drain(..).zip(exemplars.drain(..)).collect();
    all.sort_by(|(left, _), (right, _)| left.0.total_cmp(&right.0));
    all.dedup_by(|(later, _), (first, _)| {
        let is_there = later.0.total_cmp(&first.0).is_eq();
        if is_there {
            left_out.push(describe(&[("le", &bound_text(later.0))]));
        }
        is_there
    });
    (*buckets, *exemplars) = all.into_iter().unzip();
    if !has_exemplars {
        exemplars.clear();
    }
}

/// Checks that the buckets, which are sorted, count up to the last, which has no bound.
fn check_buckets(series: &mut Series, has_count: bool) -> Result<(), SampleError> {
    let labels = |series: &Series| describe(&series.labels().pairs().collect::<Vec<Pair<'_>>>());
    let Reading::Histogram { buckets, count, .. } = series.reading() else {
        return Ok(());
    };
    if let Some(pair) = buckets.windows(2).find(|pair| pair[1].1 < pair[0].1) {
        let (bound, count, before) = (bound_text(pair[1].0), pair[1].1, pair[0].1);
        return Err(SampleError::Falling { labels: labels(series), bound, count, before });
    }
    let (last, count) = (buckets.last().copied(), *count);
    let is_bounded = last.is_none_or(|(bound, _)| bound < f64::INFINITY);
    if is_bounded && !(has_count && last.is_none_or(|(_, below)| below <= count)) {
        return Err(SampleError::Unbounded { labels: labels(series) });
    }
    if let Reading::Histogram { buckets, count, .. } = series.reading_mut() {
        if is_bounded {
            buckets.push((f64::INFINITY, *count));
        } else if let Some((_, all)) = last.filter(|_| !has_count) {
            *count = all;
        }
    }
    Ok(())
}
