use std::collections::BTreeMap;

use super::*;
use crate::access::Shared;
use crate::exposition::{Block, Format, Options, encode};
use crate::family::{AnyFamily, Family};
use crate::kind::Kind;
use crate::metric::histogram::{Bounds, Spec};
use crate::metric::native::DEFAULT_ZERO_THRESHOLD;
use crate::metric::quantile::Targets;
use crate::metric::state_set::States;
use crate::metric::{Histogram, Info, StateSet, Summary, info};
use crate::report::{self, Report};

/// A visitor that is as simple as can be: it takes samples one by one.
#[derive(Default)]
struct Collected {
    samples: Vec<(String, BTreeMap<String, String>, f64)>,
    /// The exemplars and the births, as text.
    more: Vec<String>,
    most: usize,
}

impl Visitor for Collected {
    type Error = OutOfMemory;

    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), OutOfMemory> {
        if self.most > 0 && self.samples.len() == self.most {
            return Err(OutOfMemory);
        }
        let labels = sample.labels();
        let distinct: BTreeMap<String, String> =
            labels.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        assert_eq!(distinct.len(), labels.len(), "{labels:?}");
        self.samples.push((sample.name(), distinct, sample.value.as_f64()));
        if let Some(exemplar) = sample.exemplar {
            self.more.push(format!("{} {:?}", sample.name(), exemplar.labels().collect::<Vec<_>>()));
        }
        Ok(())
    }
}

fn collect(block: &Block) -> Collected {
    let mut collected = Collected::default();
    block.walk(&mut collected).unwrap();
    collected
}

/// The samples that a reader finds in the text format.
fn parse(text: &str) -> Vec<(String, BTreeMap<String, String>, f64)> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let (series, value) = line.rsplit_once(' ').unwrap();
            let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
            let mut rest = labels;
            let mut found = BTreeMap::new();
            while let Some((label, after)) = rest.split_once("=\"") {
                let mut text = String::new();
                let mut letters = after.char_indices();
                let end = loop {
                    match letters.next().unwrap() {
                        (at, '"') => break at,
                        (_, '\\') => text.push(match letters.next().unwrap().1 {
                            'n' => '\n',
                            other => other,
                        }),
                        (_, other) => text.push(other),
                    }
                };
                found.insert(label.to_owned(), text);
                rest = after[end + 1..].trim_start_matches(',');
            }
            assert_eq!(rest, "}");
            let value = value.replace("inf", "infinity").parse().unwrap();
            (name.to_owned(), found, value)
        })
        .collect()
}

fn descriptor(name: &str, kind: Kind) -> Descriptor {
    Descriptor::new(name, "doc", kind)
        .unwrap()
        .with_constant(&[("zone", "a\"b\\c\nd"), ("app", "x")])
        .unwrap()
}

/// The label sets of the families below: with a label that sorts before and behind those of the samples, with one that
/// replaces a constant one, and without.
const LABELS: [&[Pair<'_>]; 3] = [&[("z", "1"), ("a", "\\\"\n")], &[("app", "y"), ("m", "")], &[]];

fn number(name: &str, kind: Kind) -> AnyFamily {
    let family = Family::<Value>::new(descriptor(name, kind), ());
    for (labels, number) in LABELS.into_iter().zip([Number::Int(3), Number::Float(0.5), Number::Int(-1)]) {
        family.with(Shared, labels, |series| series.metric().set(Shared, number)).unwrap();
    }
    AnyFamily::Value(Arc::new(family))
}

fn histogram(spec: Spec) -> AnyFamily {
    let family = Family::<Histogram>::new(descriptor("h", Kind::Histogram), spec);
    for labels in LABELS {
        for value in [0.5, 1.0, 7.0] {
            family
                .with(Shared, labels, |series| series.metric().observe(Shared, family.spec(), value))
                .unwrap();
        }
    }
    let exemplar = |value| Exemplar::new(&[("t", "x")], value, 1).unwrap();
    family
        .with(Shared, &[], |series| {
            series.metric().set_exemplar(family.spec(), exemplar(0.5));
            series.metric().set_exemplar(family.spec(), exemplar(7.0));
        })
        .unwrap();
    AnyFamily::Histogram(Arc::new(family))
}

fn classic() -> Spec {
    Spec::classic(Bounds::new(&[1.0, 5.0]).unwrap())
}

/// A family of each kind, with series.
fn families() -> Vec<AnyFamily> {
    let targets = Arc::new(Targets::new([(0.5, 0.01), (0.99, 0.001)]).unwrap());
    let summary = Family::<Summary>::new(descriptor("s", Kind::Summary), targets);
    let info = Family::<Info>::new(descriptor("i", Kind::Info), ());
    let states = States::new(["on", "off", "\"?\""]).unwrap();
    let set = Family::<StateSet>::new(descriptor("e", Kind::StateSet), states);
    for (labels, value) in LABELS.into_iter().zip([1.0, f64::NEG_INFINITY, 2.5]) {
        summary.with(Shared, labels, |series| series.metric().observe(Shared, value)).unwrap();
        info.set_facts(Shared, labels, &[("version", "1\n")]).unwrap();
        set.with(Shared, labels, |series| series.metric().set(usize::from(value > 2.0))).unwrap();
    }
    vec![
        number("c_total", Kind::Counter),
        number("g", Kind::Gauge),
        number("u", Kind::Untyped),
        AnyFamily::Summary(Arc::new(summary)),
        histogram(classic()),
        AnyFamily::Info(Arc::new(info)),
        AnyFamily::StateSet(Arc::new(set)),
    ]
}

/// A report of each kind.
fn reports() -> Vec<Report> {
    use report::Reading::{Histogram, Info, States, Summary, Value};
    let quantiles = || vec![(0.25, 4.0), (0.75, 5.5)];
    let all: [(&str, Kind, &dyn Fn() -> report::Reading); 8] = [
        ("c_total", Kind::Counter, &|| Value(Number::Int(2))),
        ("g", Kind::Gauge, &|| Value(Number::Float(-0.25))),
        ("u", Kind::Untyped, &|| Value(Number::Int(7))),
        ("s", Kind::Summary, &|| Summary {
            quantiles: quantiles(),
            count: Some(Number::Int(3)),
            sum: Some(9.5),
        }),
        ("h", Kind::Histogram, &|| Histogram {
            buckets: vec![(1.0, 1), (f64::INFINITY, 4)],
            count: 4,
            sum: Some(8.0),
        }),
        ("d", Kind::GaugeHistogram, &|| Histogram {
            buckets: vec![(-1.0, 1), (f64::INFINITY, 4)],
            count: 4,
            sum: Some(-8.0),
        }),
        // With a fact that is called as a constant label.
        ("i", Kind::Info, &|| Info(info::from_pairs(&[("version", "2"), ("zone", "fact")]))),
        ("e", Kind::StateSet, &|| States(vec![("up".to_owned(), false), ("down".to_owned(), true)])),
    ];
    all.into_iter()
        .map(|(name, kind, reading)| {
            let mut report = Report::new(descriptor(name, kind));
            for labels in LABELS {
                assert!(report.push(labels, reading()).unwrap());
            }
            report
        })
        .collect()
}

#[test]
fn the_walk_gives_the_samples_of_the_text_format() {
    use Kind::{Counter, Gauge, GaugeHistogram, Histogram, Info, StateSet, Summary, Untyped};
    let families = families().into_iter().map(Block::Family);
    let reports = reports().into_iter().map(|report| Block::Report(Arc::new(report)));
    let mut kinds = Vec::new();
    for block in families.chain(reports) {
        let descriptor = block.descriptor().unwrap();
        kinds.push(descriptor.kind());
        let name = descriptor.name().to_owned();
        let one_more = usize::from(matches!(block, Block::Family(_)));
        let per_series = match descriptor.kind() {
            Kind::Summary => 4,
            Kind::Histogram | Kind::GaugeHistogram => 4 + one_more,
            Kind::StateSet => 2 + one_more,
            _ => 1,
        };
        let is_gauge = descriptor.kind() == GaugeHistogram;
        let mut found = collect(&block).samples;
        assert_eq!(found.len(), LABELS.len() * per_series, "{name}");
        let text = String::from_utf8(encode(Format::Text, [block], Options::default()).unwrap()).unwrap();
        let mut expected = parse(&text);
        if is_gauge {
            // There each part is a family of its own.
            found.sort_by_key(|sample| format!("{sample:?}"));
            expected.sort_by_key(|sample| format!("{sample:?}"));
        }
        assert_eq!(found, expected, "{text}");
    }
    let families = [Counter, Gauge, Untyped, Summary, Histogram, Info, StateSet];
    let reports = [Counter, Gauge, Untyped, Summary, Histogram, GaugeHistogram, Info, StateSet];
    assert_eq!(kinds, [&families[..], &reports].concat());
}

#[test]
fn samples_have_their_exemplars() {
    let more = collect(&Block::Family(histogram(classic()))).more;
    assert_eq!(more, [r#"h_bucket [("t", "x")]"#; 2]);
    let family = number("c_total", Kind::Counter);
    if let AnyFamily::Value(family) = &family {
        let exemplar = Exemplar::new(&[("t", "y")], 1.0, 1).unwrap();
        family.with(Shared, &[], |series| series.metric().set_exemplar(exemplar)).unwrap();
    }
    assert_eq!(collect(&Block::Family(family)).more, [r#"c_total [("t", "y")]"#]);
}

#[test]
fn an_error_of_the_visitor_ends_the_walk() {
    let reports = reports().into_iter().map(|report| Block::Report(Arc::new(report)));
    for block in families().into_iter().map(Block::Family).chain(reports) {
        let mut collected = Collected { most: 2, ..Collected::default() };
        assert_eq!(block.walk(&mut collected), Err(OutOfMemory));
        assert_eq!(collected.samples.len(), 2);
    }
}

/// Looks at whole histograms.
struct Whole(Wants, Vec<(u64, Option<u64>, usize, bool)>);

impl Visitor for Whole {
    type Error = OutOfMemory;

    fn wants(&self) -> Wants {
        self.0
    }

    fn sample(&mut self, _: &Sample<'_>) -> Result<(), OutOfMemory> {
        unreachable!("a histogram is taken whole")
    }

    fn histogram(
        &mut self,
        series: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> Result<(), OutOfMemory> {
        assert_eq!(reading.counts.len(), shape.len());
        let exemplars = reading.native.map_or(0, |(_, exemplars)| exemplars.len());
        self.1.push((reading.count, series.born, exemplars, reading.native.is_some()));
        Ok(())
    }
}

#[test]
fn what_is_not_wanted_is_not_read() {
    let native = native::Spec::new(1.1, DEFAULT_ZERO_THRESHOLD, 0.0, 160, std::time::Duration::ZERO).unwrap();
    let family = histogram(Spec::native_beside(Bounds::infinite(), native));
    let walked = |exemplars, births, native| {
        let mut whole = Whole(Wants { exemplars, births, native }, Vec::new());
        walk_family(&family, &mut whole).unwrap();
        assert_eq!(whole.1.len(), LABELS.len());
        whole.1.pop().unwrap()
    };
    let AnyFamily::Histogram(own) = &family else { unreachable!("it is one") };
    let born = own.find(Shared, &[]).unwrap().born();
    assert_eq!(walked(true, true, true), (3, Some(born), 2, true));
    assert_eq!(walked(false, false, true), (3, None, 0, true));
    assert_eq!(walked(true, false, false), (3, None, 0, false));
}
