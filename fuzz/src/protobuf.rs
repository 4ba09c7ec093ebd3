//! The messages of protocol buffers. Doubles are their bits, so that each NaN equals itself.
//!
//! Source: prometheus/client_model, `io/prometheus/client/metrics.proto`.
#![expect(missing_docs, reason = "as in the source")]

use prost::Message;

/// Reads the messages of an exposition.
///
/// # Panics
///
/// When one is malformed, or has a field that is not known.
#[must_use]
pub fn read(mut bytes: &[u8]) -> Vec<MetricFamily> {
    let mut families = Vec::new();
    while !bytes.is_empty() {
        let length = prost::decode_length_delimiter(&mut bytes).expect("a length");
        let (message, rest) = bytes.split_at(length);
        let family = MetricFamily::decode(message).expect("a message");
        assert_eq!(family.encoded_len(), length, "there are fields that are not known");
        families.push(family);
        bytes = rest;
    }
    families
}

#[derive(Clone, PartialEq, Message)]
pub struct MetricFamily {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub help: Option<String>,
    #[prost(int32, optional, tag = "3")]
    pub r#type: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    pub metric: Vec<Metric>,
    #[prost(string, optional, tag = "5")]
    pub unit: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Metric {
    #[prost(message, repeated, tag = "1")]
    pub label: Vec<LabelPair>,
    #[prost(message, optional, tag = "2")]
    pub gauge: Option<Value>,
    #[prost(message, optional, tag = "3")]
    pub counter: Option<Counter>,
    #[prost(message, optional, tag = "4")]
    pub summary: Option<Summary>,
    #[prost(message, optional, tag = "5")]
    pub untyped: Option<Value>,
    #[prost(int64, optional, tag = "6")]
    pub timestamp_ms: Option<i64>,
    #[prost(message, optional, tag = "7")]
    pub histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
pub struct LabelPair {
    #[prost(string, optional, tag = "1")]
    pub name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub value: Option<String>,
}

/// A gauge, or an untyped metric.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    #[prost(fixed64, optional, tag = "1")]
    pub value: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Counter {
    #[prost(fixed64, optional, tag = "1")]
    pub value: Option<u64>,
    #[prost(message, optional, tag = "2")]
    pub exemplar: Option<Exemplar>,
    #[prost(message, optional, tag = "3")]
    pub start_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    #[prost(uint64, optional, tag = "1")]
    pub sample_count: Option<u64>,
    #[prost(fixed64, optional, tag = "2")]
    pub sample_sum: Option<u64>,
    #[prost(message, repeated, tag = "3")]
    pub quantile: Vec<Quantile>,
    #[prost(message, optional, tag = "4")]
    pub start_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Quantile {
    #[prost(fixed64, optional, tag = "1")]
    pub quantile: Option<u64>,
    #[prost(fixed64, optional, tag = "2")]
    pub value: Option<u64>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    pub sample_count: Option<u64>,
    #[prost(fixed64, optional, tag = "2")]
    pub sample_sum: Option<u64>,
    #[prost(message, repeated, tag = "3")]
    pub bucket: Vec<Bucket>,
    #[prost(sint32, optional, tag = "5")]
    pub schema: Option<i32>,
    #[prost(fixed64, optional, tag = "6")]
    pub zero_threshold: Option<u64>,
    #[prost(uint64, optional, tag = "7")]
    pub zero_count: Option<u64>,
    #[prost(message, repeated, tag = "9")]
    pub negative_span: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "10")]
    pub negative_delta: Vec<i64>,
    #[prost(message, repeated, tag = "12")]
    pub positive_span: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "13")]
    pub positive_delta: Vec<i64>,
    #[prost(message, optional, tag = "15")]
    pub start_timestamp: Option<Timestamp>,
    #[prost(message, repeated, tag = "16")]
    pub exemplars: Vec<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Bucket {
    #[prost(uint64, optional, tag = "1")]
    pub cumulative_count: Option<u64>,
    #[prost(fixed64, optional, tag = "2")]
    pub upper_bound: Option<u64>,
    #[prost(message, optional, tag = "3")]
    pub exemplar: Option<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
pub struct BucketSpan {
    #[prost(sint32, optional, tag = "1")]
    pub offset: Option<i32>,
    #[prost(uint32, optional, tag = "2")]
    pub length: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    pub label: Vec<LabelPair>,
    #[prost(fixed64, optional, tag = "2")]
    pub value: Option<u64>,
    #[prost(message, optional, tag = "3")]
    pub timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Timestamp {
    #[prost(int64, optional, tag = "1")]
    pub seconds: Option<i64>,
    #[prost(int32, optional, tag = "2")]
    pub nanos: Option<i32>,
}

impl Histogram {
    /// The native buckets and their counts, empty ones left out: those above zero, and those below.
    ///
    /// # Panics
    ///
    /// When there are not as many deltas as the spans say.
    #[must_use]
    pub fn native_buckets(&self) -> [Vec<(i32, u64)>; 2] {
        [(&self.positive_span, &self.positive_delta), (&self.negative_span, &self.negative_delta)].map(
            |(spans, deltas)| {
                let (mut key, mut count, mut buckets) = (0, 0_u64, Vec::new());
                let mut deltas = deltas.iter();
                for span in spans {
                    key += span.offset.expect("an offset");
                    for _ in 0..span.length.expect("a length") {
                        count = count.wrapping_add_signed(*deltas.next().expect("a delta"));
                        if count > 0 {
                            buckets.push((key, count));
                        }
                        key += 1;
                    }
                }
                assert_eq!(deltas.next(), None, "there are more deltas than buckets");
                buckets
            },
        )
    }
}
