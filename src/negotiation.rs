//! Negotiation: which format and which compression a scraper gets, by the headers of its request.
//!
//! A request is never refused: a scraper that asks only for what does not exist gets text 0.0.4, uncompressed.
//! Reading a header takes time that is linear in its length, and no memory for what is not understood.

use std::cmp::Reverse;

use smallvec::SmallVec;

use crate::name::Escaping;
use header::{Clause, clauses};

pub(crate) mod header;

/// A format of an exposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Prometheus text 0.0.4, which everybody reads.
    #[default]
    Text0_0_4,
    /// Prometheus text 1.0.0: the same lines, and names may stand in quotes.
    Text1_0_0,
    /// OpenMetrics 0.0.1: the same lines as 1.0.0.
    OpenMetrics0_0_1,
    /// OpenMetrics 1.0.0.
    OpenMetrics1_0_0,
    /// Messages `io.prometheus.client.MetricFamily`, each after its length.
    Protobuf,
}

impl Format {
    /// The format that a clause of an Accept header asks for, if there is one. Wildcards ask for nothing: every
    /// type that is named goes before them.
    fn asked_for(clause: Clause<'_>) -> Option<Self> {
        let (main, sub) = clause.subject().split_once('/')?;
        let is = |expected: [&str; 2]| {
            [main, sub].iter().zip(expected).all(|(part, own)| part.trim_ascii().eq_ignore_ascii_case(own))
        };
        // An empty version counts as absent, as in prometheus/common.
        let version = || clause.parameter("version").unwrap_or_default();
        if is(["text", "plain"]) {
            return match &*version() {
                "" | "0.0.4" => Some(Self::Text0_0_4),
                "1.0.0" => Some(Self::Text1_0_0),
                _ => None,
            };
        }
        if is(["application", "openmetrics-text"]) {
            return match &*version() {
                "" | "0.0.1" => Some(Self::OpenMetrics0_0_1),
                "1.0.0" => Some(Self::OpenMetrics1_0_0),
                _ => None,
            };
        }
        let is_protobuf = is(["application", "vnd.google.protobuf"])
            && clause.parameter("proto").as_deref() == Some("io.prometheus.client.MetricFamily")
            && clause.parameter("encoding").as_deref() == Some("delimited");
        is_protobuf.then_some(Self::Protobuf)
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Text0_0_4 => "text/plain; version=0.0.4; charset=utf-8",
            Self::Text1_0_0 => "text/plain; version=1.0.0; charset=utf-8",
            Self::OpenMetrics0_0_1 => "application/openmetrics-text; version=0.0.1; charset=utf-8",
            Self::OpenMetrics1_0_0 => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

/// What a scraper gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Choice {
    /// The format.
    pub format: Format,
    /// How names are escaped, if it asks for that; otherwise it is done by the default scheme.
    pub escaping: Option<Escaping>,
}

impl Choice {
    /// The value of the header Content-Type. It names the escaping only if the scraper asked for one, so that old
    /// scrapers see what they always saw.
    #[must_use]
    pub fn content_type(self) -> String {
        let format = self.format.content_type();
        match self.escaping {
            None => format.to_owned(),
            Some(escaping) => format!("{format}; escaping={}", escaping.as_str()),
        }
    }
}

/// The place of a clause when those that are wanted most come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// The bits of a positive quality, which are in the order of the numbers; 0 for an invalid one.
    rank: Reverse<u64>,
    index: usize,
}

impl Place {
    /// The place of the clause that was sent as number `index`; none when it says what must not be sent.
    fn of(clause: Clause<'_>, index: usize) -> Option<Self> {
        let quality = clause.quality();
        let rank = Reverse(quality.map_or(0, f64::to_bits));
        (quality != Some(0.0)).then_some(Self { rank, index })
    }
}

/// Chooses the format for a request with these values of its Accept headers.
///
/// The clauses are sorted by quality, those without a valid one last. The first one whose format is available is
/// taken; the escaping is the last one that was named up to there. Wildcards never beat a type that is named,
/// because Prometheus 2.49.0 sends them first. A clause of quality 0 counts for nothing.
///
/// Source: `Negotiate` in prometheus/common `expfmt/encode.go`, v0.70; but that quality 0 refuses is
/// RFC 9110's, section 12.4.2.
#[must_use]
pub fn negotiate<'a>(accept: impl IntoIterator<Item = &'a str>) -> Choice {
    negotiate_among(accept, |_| true)
}

/// As [`negotiate`], where only the formats are available for which `is_offered` holds.
#[must_use]
pub fn negotiate_among<'a>(
    accept: impl IntoIterator<Item = &'a str>,
    is_offered: impl Fn(Format) -> bool,
) -> Choice {
    let headers: SmallVec<[&str; 4]> = accept.into_iter().collect();
    // The clauses are read twice, so that none of them needs to be kept.
    let places = || {
        let clauses = headers.iter().flat_map(|header| clauses(header)).enumerate();
        clauses.filter_map(|(index, clause)| Some((Place::of(clause, index)?, clause)))
    };
    let offered = |clause| Format::asked_for(clause).filter(|&format| is_offered(format));
    let formats = places().filter_map(|(place, clause)| Some((place, offered(clause)?)));
    let taken = formats.min_by_key(|&(place, _)| place);
    let escaping = places()
        .filter(|&(place, _)| taken.is_none_or(|(last, _)| place <= last))
        .filter_map(|(place, clause)| Some((place, escaping_asked_for(clause)?)))
        .max_by_key(|&(place, _)| place);
    Choice {
        format: taken.map(|(_, format)| format).unwrap_or_default(),
        escaping: escaping.map(|(_, escaping)| escaping),
    }
}

fn escaping_asked_for(clause: Clause<'_>) -> Option<Escaping> {
    clause.parameters("escaping").filter_map(|value| Escaping::parse(&value)).last()
}

/// A compression of an exposition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Encoding {
    /// None.
    #[default]
    Identity,
    /// gzip, RFC 1952.
    Gzip,
    /// Zstandard, RFC 8878.
    Zstd,
}

impl Encoding {
    /// What it is called in HTTP headers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let is = |name: &str| text.eq_ignore_ascii_case(name);
        // RFC 9110, section 8.4.1.3, has the second name for old senders.
        if is("x-gzip") {
            return Some(Self::Gzip);
        }
        [Self::Identity, Self::Gzip, Self::Zstd].into_iter().find(|encoding| is(encoding.as_str()))
    }
}

/// Chooses the compression for a request with these values of its Accept-Encoding headers.
///
/// The one with the highest quality is taken; of equal ones, gzip goes before zstd, and zstd before no compression.
/// `*` stands for all that are not named. At the same quality as a named one it comes after that, and means no
/// compression, as in client_golang. A clause without a valid quality counts for nothing. What is named only with
/// quality 0 is not sent, unless there is nothing else.
#[must_use]
pub fn negotiate_encoding<'a>(headers: impl IntoIterator<Item = &'a str>) -> Encoding {
    use Encoding::{Gzip, Identity, Zstd};

    let [mut gzip, mut zstd, mut identity, mut any] = [None; 4];
    for clause in headers.into_iter().flat_map(clauses) {
        let highest = match Encoding::parse(clause.subject()) {
            Some(Gzip) => &mut gzip,
            Some(Zstd) => &mut zstd,
            Some(Identity) => &mut identity,
            None if clause.subject() == "*" => &mut any,
            None => continue,
        };
        let quality = clause.quality();
        if quality > *highest {
            *highest = quality;
        }
    }
    let unless_named = |named: Option<f64>| if named.is_none() { any } else { None };
    let mut best = (Identity, Some(0.0));
    for offer in [
        (Gzip, gzip),
        (Zstd, zstd),
        (Identity, identity),
        (Identity, unless_named(identity)),
        (Gzip, unless_named(gzip)),
        (Zstd, unless_named(zstd)),
    ] {
        if offer.1 > best.1 {
            best = offer;
        }
    }
    best.0
}

#[cfg(test)]
mod tests;
