//! Checks of expositions: whether they show families as they are.

use std::collections::{HashMap, HashSet};

use aioprometheus::exposition::Options;
use aioprometheus::kind::Kind;

use crate::families::{Family, Reading, names_taken};
use crate::names::{escape, is_legal};
use crate::shown::{self, Shown, ends_with_unit};
use crate::{protobuf, text};

/// Checks what was read of text 0.0.4 or 1.0.0, in the order of the names.
pub fn text(families: &[Family], found: &[text::Family], options: Options) {
    let mut shown_families = Vec::new();
    for family in families {
        let kind = match family.descriptor.kind() {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::Info | Kind::StateSet => "gauge",
            Kind::Summary => "summary",
            Kind::Histogram | Kind::GaugeHistogram => "histogram",
            Kind::Untyped => "untyped",
        };
        let shown = Shown { options, open: false, kind: Some(kind), created: None };
        let name = family.name(options.escaping);
        let named = |name: String, kind: &str, samples| {
            let help = family.descriptor.help().to_owned();
            text::Family { name, help, kind: Some(kind.to_owned()), unit: None, samples }
        };
        let samples = shown.samples(family);
        if family.descriptor.kind() == Kind::GaugeHistogram {
            // Its count and its sum are families of their own, which are gauges.
            for (suffix, kind) in [("_bucket", kind), ("_gcount", "gauge"), ("_gsum", "gauge")] {
                let sample_name = format!("{name}{suffix}");
                let of_part = samples.iter().filter(|sample| sample.name == sample_name).cloned().collect();
                let own = if suffix == "_bucket" { name.clone() } else { sample_name };
                shown_families.push(named(own, kind, of_part));
            }
        } else {
            shown_families.push(named(name, kind, samples));
        }
    }
    assert_eq!(*found, shown_families);
    check_unique(found);
}

/// Checks what was read of OpenMetrics.
pub fn openmetrics(families: &[Family], found: &[text::Family], options: Options) {
    let escaping = options.escaping;
    let taken: HashSet<String> = families
        .iter()
        .flat_map(|family| names_taken(family.descriptor.name(), family.descriptor.kind(), escaping))
        .collect();
    assert_eq!(found.len(), families.len());
    for (family, found) in families.iter().zip(found) {
        let descriptor = &family.descriptor;
        let (full, base) = (family.name(escaping), family.base(escaping));
        let stem = full.strip_suffix("_total").filter(|stem| !stem.is_empty());
        let has_label = is_legal(descriptor.name(), true)
            || escape(descriptor.name(), escaping, true) == escape(descriptor.name(), escaping, false);
        // How it may be shown; the first is how it is shown alone.
        let ways: &[(&str, Option<&str>)] = match (descriptor.kind(), stem) {
            (Kind::Counter, Some(stem)) => &[(stem, Some("counter")), (&full, None)],
            (Kind::Counter, None) | (Kind::Untyped, _) => &[(&full, None)],
            (Kind::Info, _) => &[(&base, Some("info")), (&full, None)],
            (Kind::StateSet, _) if !has_label => &[(&full, Some("gauge"))],
            (Kind::StateSet, _) => &[(&full, Some("stateset"))],
            (Kind::Gauge, _) => &[(&full, Some("gauge"))],
            (Kind::Summary, _) => &[(&full, Some("summary"))],
            (Kind::Histogram, _) => &[(&full, Some("histogram"))],
            (Kind::GaugeHistogram, _) => &[(&full, Some("gaugehistogram"))],
        };
        let way = (&*found.name, found.kind.as_deref());
        assert!(ways.contains(&way) && (families.len() > 1 || way == ways[0]), "{way:?} of {ways:?}");

        let created = format!("{}_created", found.name);
        let has_births = matches!(way.1, Some("counter" | "summary" | "histogram"));
        let created = (options.created && has_births && !taken.contains(&created)).then_some(&*created);
        let shown = Shown { options, open: true, kind: way.1, created };
        let unit = descriptor.unit().filter(|unit| ends_with_unit(&found.name, unit));
        let expected = text::Family {
            name: found.name.clone(),
            help: descriptor.help().to_owned(),
            kind: found.kind.clone(),
            unit: unit.map(str::to_owned),
            samples: shown.samples(family),
        };
        assert_eq!(*found, expected);
    }
    check_unique(found);

    // No family has a name of another one, or of its samples.
    let mut owners = HashMap::new();
    for (owner, family) in found.iter().enumerate() {
        for name in family.samples.iter().map(|sample| &sample.name).chain([&family.name]) {
            assert_eq!(*owners.entry(name).or_insert(owner), owner, "{name:?} is that of two families");
        }
    }
}

/// Checks that no sample is there twice, and none of its labels. For a server, an empty label does not exist.
fn check_unique(families: &[text::Family]) {
    let mut known = HashSet::new();
    for sample in families.iter().flat_map(|family| &family.samples) {
        let mut names = HashSet::new();
        assert!(sample.labels.iter().all(|(name, _)| names.insert(name)), "a label twice: {sample:?}");
        let mut labels: Vec<_> = sample.labels.iter().filter(|(_, value)| !value.is_empty()).collect();
        labels.sort();
        assert!(known.insert((&sample.name, labels)), "a sample twice: {sample:?}");
    }
}

/// Checks what was read of protocol buffers.
pub fn protobuf(families: &[Family], mut found: Vec<protobuf::MetricFamily>, options: Options) {
    for (family, found) in families.iter().zip(&mut found) {
        for (series, metric) in family.series.iter().zip(&mut found.metric) {
            let (Reading::Histogram(histogram), Some(message)) = (&series.reading, &mut metric.histogram)
            else {
                continue;
            };
            let Some(native) = &histogram.native else {
                continue;
            };
            assert_eq!(message.native_buckets(), [native.positive.clone(), native.negative.clone()]);
            // Something says that it is native.
            let threshold = message.zero_threshold.map(f64::from_bits);
            let spans = [&message.positive_span, &message.negative_span];
            let has_spans = spans.into_iter().any(|spans| !spans.is_empty());
            assert!(has_spans || message.zero_count > Some(0) || threshold > Some(0.0));
            message.positive_span.clear();
            message.negative_span.clear();
            message.positive_delta.clear();
            message.negative_delta.clear();
        }
    }
    let expected: Vec<_> = families.iter().map(|family| shown::message(family, options)).collect();
    assert_eq!(found, expected);
}
