//! Native buckets as the fields of a histogram's message.

use super::message::Message;
use crate::metric::native;

/// The native buckets. Where all are empty, the zero threshold or an empty span distinguishes the histogram from a
/// classic one.
pub fn write_native(message: &mut Message, native: &native::Reading) {
    message.sint(5, native.schema.into());
    message.double(6, native.zero_threshold);
    message.uint(7, native.zero_count);
    write_buckets(message, 9, &native.negative);
    write_buckets(message, 12, &native.positive);
    let is_bare = native.zero_count == 0 && native.positive.is_empty() && native.negative.is_empty();
    if is_bare && (native.count == 0 || native.zero_threshold <= 0.0) {
        write_span(message, 12, native::Span { offset: 0, length: 0 });
    }
}

/// The spans of native buckets, and in the next field what each has more than the one before.
fn write_buckets(message: &mut Message, field: u32, buckets: &[(i32, u64)]) {
    let (mut spans, mut deltas) = (Vec::new(), Vec::with_capacity(buckets.len()));
    native::spans(buckets, &mut spans, &mut deltas);
    for span in spans {
        write_span(message, field, span);
    }
    message.sints(field + 1, &deltas);
}

fn write_span(message: &mut Message, field: u32, span: native::Span) {
    message.message(field, |message| {
        message.sint(1, span.offset.into());
        message.uint(2, span.length.into());
    });
}
