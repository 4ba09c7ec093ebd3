//! The buckets of a series, their order, and what must be there beside them.

use crate::kind::{Kind, Part};
use crate::parse::page::SampleView;
use crate::parse::problem::Problem;

/// What was seen of the buckets of a series.
#[derive(Debug, Default)]
pub(super) struct Buckets {
    /// The bound and the count of the last one.
    last: Option<(f64, f64)>,
    has_negative: bool,
    count: Option<f64>,
    /// The sum, if it is one of a histogram.
    sum: Option<f64>,
    gauge_sum: Option<f64>,
    place: usize,
}

impl Buckets {
    /// Takes a sample of a kind of histogram, with its part; `bound` is that of a bucket.
    pub fn add(
        &mut self,
        sample: &SampleView<'_>,
        (kind, part): (Kind, Option<Part>),
        bound: Option<&str>,
        is_openmetrics: bool,
    ) -> Result<(), Problem> {
        let value = sample.value().as_f64();
        self.place = sample.place();
        let is_count = matches!(part, Some(Part::Bucket | Part::Count));
        if is_openmetrics && is_count && value.fract() != 0.0 {
            return Err("a count is a whole number".into());
        }
        match part {
            Some(Part::Bucket) => self.bucket(bound.unwrap_or_default(), value, is_openmetrics)?,
            Some(Part::Count) => self.count = Some(value),
            Some(Part::Sum) if kind == Kind::Histogram => self.sum = Some(value),
            Some(Part::Sum) => self.gauge_sum = Some(value),
            _ => (),
        }
        Ok(())
    }

    fn bucket(&mut self, text: &str, value: f64, is_openmetrics: bool) -> Result<(), Problem> {
        let bound: f64 = text.parse().unwrap_or(f64::NAN);
        if bound.is_nan() || (is_openmetrics && bound == f64::INFINITY && text != "+Inf") {
            return Err("the label le is a number, or +Inf".into());
        }
        if let Some((before, count)) = self.last {
            if before > bound {
                return Err("the bounds of the buckets of a series ascend".into());
            }
            if before >= bound {
                return Err("this sample is there already".into());
            }
            if value < count {
                return Err("a bucket counts all that the one before it does".into());
            }
        }
        self.has_negative |= bound < 0.0;
        self.last = Some((bound, value));
        Ok(())
    }

    /// Checks what is complete; gives also where the last sample was.
    #[expect(clippy::float_cmp, reason = "both count the same observations")]
    pub fn end(&self, is_openmetrics: bool) -> Result<(), (Problem, usize)> {
        let wrong = |words: &'static str| Err((words.into(), self.place));
        let Some((_, value)) = self.last.filter(|&(bound, _)| bound == f64::INFINITY) else {
            return wrong("the series has no bucket +Inf");
        };
        if self.count.is_some_and(|count| count != value) {
            return wrong("the count is not that of the bucket +Inf");
        }
        if !is_openmetrics {
            return Ok(());
        }
        if self.count.is_some() != (self.sum.is_some() || self.gauge_sum.is_some()) {
            return wrong("of the sum and the count, one is missing");
        }
        if self.has_negative && self.sum.is_some() {
            return wrong("with buckets of negative values, there is no sum");
        }
        if !self.has_negative && self.gauge_sum.is_some_and(|sum| sum < 0.0) {
            return wrong("without buckets of negative values, the sum is not negative");
        }
        Ok(())
    }
}
