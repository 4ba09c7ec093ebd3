use super::*;
use crate::access::Shared;
use crate::family::{AnyFamily, Family};
use crate::metric::histogram::{Bounds, Spec};
use crate::metric::quantile::Targets;
use crate::metric::{Histogram, Summary, info};
use crate::name::Naming;
use crate::report::{Reading, Report};

/// Label sets in whose place constant labels stand before, behind and in between.
const LABELS: [&[Pair<'_>]; 4] =
    [&[("z", "1"), ("a", "\"")], &[("c", "other")], &[], &[("é", "x"), ("b", "y")]];

fn descriptor(kind: Kind) -> Descriptor {
    let descriptor = Descriptor::with_naming("a_total", "doc", kind, Naming::Utf8).unwrap();
    descriptor.with_constant(&[("c", &*"constant ".repeat(20)), ("b.b", "")]).unwrap()
}

/// The bytes of a family as an encoder writes them that keeps nothing and knows no series beforehand.
fn as_messages(family: &AnyFamily, options: Options) -> Vec<u8> {
    let mut encoder = Encoder { options, ..Encoder::default() };
    encoder.begin(family.descriptor());
    crate::sample::walk_family(family, &mut Slow(&mut encoder)).unwrap();
    encoder.family.bytes().unwrap().to_vec()
}

/// An encoder that is given series one by one, each with its labels encoded anew, and never a usual one.
struct Slow<'a>(&'a mut Encoder);

impl Slow<'_> {
    fn metric(&mut self, series: &Visited<'_>, fill: impl FnOnce(&mut Message)) {
        let escaping = self.0.options.escaping;
        self.0.family.message(4, |metric| {
            write_labels(metric, series.scope, (series.labels, &[]), escaping);
            fill(metric);
        });
    }
}

impl Visitor for Slow<'_> {
    type Error = OutOfMemory;

    fn wants(&self) -> Wants {
        self.0.wants()
    }

    fn sample(&mut self, _: &Sample<'_>) -> Result<(), OutOfMemory> {
        unreachable!("series are taken whole")
    }

    fn value(
        &mut self,
        series: &Visited<'_>,
        number: Number,
        _: Option<&Exemplar>,
    ) -> Result<(), OutOfMemory> {
        let kind = series.scope.descriptor.kind();
        self.metric(series, |metric| write_value(metric, kind, number.as_f64(), None, series.born));
        Ok(())
    }

    fn summary(
        &mut self,
        series: &Visited<'_>,
        _: &Shape<'_>,
        reading: &SummaryReading<'_>,
    ) -> Result<(), OutOfMemory> {
        let of_all = (reading.count.map(Number::as_count), reading.sum);
        self.metric(series, |metric| write_summary(metric, of_all, reading.quantiles, series.born));
        Ok(())
    }

    fn histogram(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> Result<(), OutOfMemory> {
        let Shape::Buckets(bounds) = shape else { unreachable!("a histogram has buckets") };
        self.metric(series, |metric| {
            metric.message(7, |message| {
                message.uint(1, reading.count);
                message.double(2, reading.sum.unwrap());
                for (&bound, &count) in bounds.iter().zip(reading.counts) {
                    write_bucket(message, bound, count, None);
                }
                write_time(message, HISTOGRAM_START, series.born.unwrap());
            });
        });
        Ok(())
    }
}

fn families() -> Vec<AnyFamily> {
    let mut all: Vec<AnyFamily> = [Kind::Counter, Kind::Gauge, Kind::Untyped]
        .map(|kind| {
            let family = Family::<Value>::new(descriptor(kind), ());
            for labels in LABELS {
                family
                    .with(Shared, labels, |series| series.metric().set(Shared, Number::Float(1.5)))
                    .unwrap();
            }
            AnyFamily::Value(Arc::new(family))
        })
        .into();
    let summary =
        Family::<Summary>::new(descriptor(Kind::Summary), Arc::new(Targets::new([(0.5, 0.1)]).unwrap()));
    // The messages of so many buckets have lengths of more than one byte.
    let bounds: Vec<f64> = (0..40).map(f64::from).collect();
    let histogram =
        Family::<Histogram>::new(descriptor(Kind::Histogram), Spec::classic(Bounds::new(&bounds).unwrap()));
    for labels in LABELS {
        for value in 0..400 {
            let value = f64::from(value) / 2.0;
            summary.with(Shared, labels, |series| series.metric().observe(Shared, value)).unwrap();
            let spec = histogram.spec();
            histogram.with(Shared, labels, |series| series.metric().observe(Shared, spec, value)).unwrap();
        }
    }
    all.push(AnyFamily::Summary(Arc::new(summary)));
    all.push(AnyFamily::Histogram(Arc::new(histogram)));
    all
}

#[test]
fn what_is_written_at_once_or_kept_is_what_messages_say() {
    for escaping in [Escaping::Underscores, Escaping::Values, Escaping::AllowUtf8] {
        let options = Options { escaping, ..Options::default() };
        for family in families() {
            let expected = as_messages(&family, options);
            let mut encoder = Encoder { options, ..Encoder::default() };
            // The first time, labels are encoded and kept; then they are copied.
            for _ in 0..2 {
                encoder.begin(family.descriptor());
                crate::sample::walk_family(&family, &mut encoder).unwrap();
                assert!(encoder.family.bytes().unwrap() == expected, "{family:?}");
            }
        }
    }
}

#[test]
fn threads_that_encode_at_once_write_the_same() {
    let families = families();
    let encode = || {
        let blocks = families.iter().map(|family| Block::Family(family.clone()));
        crate::exposition::encode(crate::exposition::Format::Protobuf, blocks, Options::default()).unwrap()
    };
    let pages = std::thread::scope(|scope| {
        [(); 4].map(|()| scope.spawn(encode)).map(|thread| thread.join().unwrap())
    });
    assert!(pages.iter().all(|page| *page == encode()));
}

#[test]
fn a_fact_takes_the_place_of_a_constant_label() {
    let mut report = Report::new(descriptor(Kind::Info));
    let facts = info::from_pairs(&[("c", "fact")]);
    assert!(report.push(&[], Reading::Info(facts)).unwrap());
    let block = Block::Report(Arc::new(report));
    let mut bytes = Vec::new();
    encode(&mut bytes, &[&block], Options::default()).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("\u{1}c\u{12}\u{4}fact") && !text.contains("constant "), "{text:?}");
}
