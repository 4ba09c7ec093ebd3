//! Scrapes: the headers of a request and a registry become a response, without HTTP.

use std::borrow::Cow;

use crate::collect::{Names, Source, collect};
use crate::compression::compress;
use crate::exposition::{self, Block, Options, encode_into};
use crate::memory::OutOfMemory;
use crate::name::Escaping;
use crate::negotiation::{Choice, Encoding, Format, negotiate, negotiate_among, negotiate_encoding};
use crate::output::Sink;
use crate::registry::Failures;

/// What a request gets, by its headers and its query.
#[derive(Debug, Clone, Default)]
pub struct Scrape {
    choice: Choice,
    format: exposition::Format,
    encoding: Encoding,
    names: Names,
    /// Whether the response depends on Accept-Encoding as well as on Accept, so that both are named in Vary.
    varies: bool,
}

/// An answer to a scrape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<Header>,
    /// The exposition, or words that say why there is none.
    pub body: Vec<u8>,
}

/// The name and the value of a header.
pub type Header = (&'static str, Cow<'static, str>);

/// What the format of a body without its headers depends on. Each question is asked only when its answer counts.
pub trait BareBody {
    /// Whether one of the families has native buckets.
    fn have_native_buckets(&self) -> bool;
    /// Whether the HELP of one of the families has a double quote, which OpenMetrics escapes and text does not.
    fn have_quotes(&self) -> bool;
    /// Whether the names of one of the families may be any text.
    fn take_utf8(&self) -> bool;
}

impl Scrape {
    /// What a request with these values of its Accept headers gets, uncompressed.
    pub fn new<'a>(accept: impl IntoIterator<Item = &'a str>) -> Self {
        Self::of_choice(negotiate(accept))
    }

    /// What a request gets whose Accept headers choose this, uncompressed.
    #[must_use]
    pub fn of_choice(choice: Choice) -> Self {
        Self::default().with_choice(choice)
    }

    /// What is encoded in a format, uncompressed, without any request.
    #[must_use]
    pub fn of_format(format: exposition::Format, escaping: Escaping) -> Self {
        Self { choice: Choice { escaping: Some(escaping), ..Choice::default() }, format, ..Self::default() }
    }

    fn with_choice(self, choice: Choice) -> Self {
        Self { choice, format: choice.format.dialect(), ..self }
    }

    /// Compresses the body as these values of the Accept-Encoding headers ask.
    #[must_use]
    pub fn with_encoding<'a>(mut self, accept_encoding: impl IntoIterator<Item = &'a str>) -> Self {
        self.encoding = negotiate_encoding(accept_encoding);
        self.varies = true;
        self
    }

    /// Exposes these names only, as the `name[]` parameters of the query say.
    #[must_use]
    pub fn with_names(mut self, names: Names) -> Self {
        self.names = names;
        self
    }

    /// Chooses anew, by the same headers, for a body that may be sent as `text/plain` or decoded as text. `families` answers
    /// for the families that are asked for.
    ///
    /// Protocol buffers are chosen only where there are native buckets, which no other format can expose. OpenMetrics is
    /// valid as text 0.0.4 too, unless the HELP of a family has a double quote; then it is text, with the same names.
    #[must_use]
    pub fn for_bare_body<'a>(
        self,
        accept: impl IntoIterator<Item = &'a str>,
        families: &impl BareBody,
    ) -> Self {
        let mut choice = self.choice;
        if choice.format == Format::Protobuf && !families.have_native_buckets() {
            choice = negotiate_among(accept, |format| format != Format::Protobuf);
        }
        if choice.format.dialect() == exposition::Format::OpenMetrics && families.have_quotes() {
            let escaping = choice.escaping.filter(|_| families.take_utf8());
            choice = Choice { format: Format::Text0_0_4, escaping };
        }
        self.with_choice(choice)
    }

    /// The names that are asked for.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What the Accept headers chose.
    #[must_use]
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// The headers of the response: Content-Type, and what a cache has to know.
    #[must_use]
    pub fn headers(&self) -> Vec<Header> {
        let mut headers = vec![("Content-Type", Cow::Owned(self.choice.content_type()))];
        if self.varies {
            headers.push(("Vary", Cow::Borrowed("Accept, Accept-Encoding")));
        }
        if self.encoding != Encoding::Identity {
            headers.push(("Content-Encoding", Cow::Borrowed(self.encoding.as_str())));
        }
        headers
    }

    /// Appends the body to `sink`. It takes no lock that an update, a birth or a removal waits for.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`]; then a part of it may be written.
    pub fn write(
        &self,
        sink: &mut impl Sink,
        blocks: Vec<Block>,
        options: Options,
    ) -> Result<(), OutOfMemory> {
        let escaping = self.choice.escaping.unwrap_or_default();
        let options = Options { escaping, ..options };
        let format = self.format;
        if self.encoding == Encoding::Identity {
            return encode_into(format, sink, blocks, options);
        }
        compress(sink, self.encoding, |sink| encode_into(format, sink, blocks, options))
    }

    /// Collects from the sources, and gives the response.
    ///
    /// # Errors
    ///
    /// What ends the scrape; the status for that is 500.
    pub fn respond<S: Source>(
        &self,
        sources: &[S],
        failures: &Failures,
        options: Options,
    ) -> Result<Response, S::Error> {
        let blocks = collect(sources, &self.names, failures)?;
        let mut body = Vec::new();
        self.write(&mut body, blocks, options)?;
        Ok(Response { status: 200, headers: self.headers(), body })
    }
}

impl Format {
    /// The lines or messages that it consists of; versions of a format differ in their Content-Type alone.
    #[must_use]
    pub fn dialect(self) -> exposition::Format {
        match self {
            Self::Text0_0_4 | Self::Text1_0_0 => exposition::Format::Text,
            Self::OpenMetrics0_0_1 | Self::OpenMetrics1_0_0 => exposition::Format::OpenMetrics,
            Self::Protobuf => exposition::Format::Protobuf,
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::io::Read;
    use std::sync::Arc;

    use super::*;
    use crate::access::Shared;
    use crate::family::{AnyFamily, Descriptor, Family};
    use crate::kind::Kind;
    use crate::metric::{Number, Value};
    use crate::registry::Registry;

    fn registry() -> Registry<AnyFamily> {
        let registry = Registry::new();
        for name in ["b", "a"] {
            let family = Family::<Value>::new(Descriptor::new(name, "h", Kind::Gauge).unwrap(), ());
            family.with(Shared, &[("x", "1")], |series| series.metric().set(Shared, Number::Int(2))).unwrap();
            let source = Arc::new(AnyFamily::Value(Arc::new(family)));
            registry.register(name, Some(Kind::Gauge), source).unwrap();
        }
        registry
    }

    fn respond(scrape: &Scrape) -> Response {
        let registry = registry();
        let sources: Vec<AnyFamily> =
            registry.snapshot().unwrap().iter().map(|(_, source)| (**source).clone()).collect();
        scrape.respond(&sources, registry.failures(), Options::default()).unwrap()
    }

    const A: &str = "# HELP a h\n# TYPE a gauge\na{x=\"1\"} 2\n";
    const B: &str = "# HELP b h\n# TYPE b gauge\nb{x=\"1\"} 2\n";

    #[test]
    fn a_request_and_a_registry_become_a_response() {
        let response = respond(&Scrape::new([]));
        assert_eq!(response.status, 200);
        assert_eq!(response.headers, [("Content-Type", "text/plain; version=0.0.4; charset=utf-8".into())]);
        assert_eq!(String::from_utf8(response.body).unwrap(), format!("{A}{B}"));
    }

    #[test]
    fn the_headers_and_the_query_are_followed() {
        let scrape = Scrape::new(["application/openmetrics-text;version=1.0.0"]);
        let scrape = scrape.with_encoding(["gzip"]).with_names(Names::new(["b"]));
        let response = respond(&scrape);
        let expected = [
            ("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8".into()),
            ("Vary", "Accept, Accept-Encoding".into()),
            ("Content-Encoding", "gzip".into()),
        ];
        assert_eq!(response.headers, expected);
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*response.body).read_to_string(&mut text).unwrap();
        assert_eq!(text, "# HELP b h\n# TYPE b gauge\nb{x=\"1\"} 2\n# EOF\n");
    }

    struct Families {
        native: bool,
        quotes: bool,
        utf8: bool,
    }

    impl BareBody for Families {
        fn have_native_buckets(&self) -> bool {
            self.native
        }
        fn have_quotes(&self) -> bool {
            self.quotes
        }
        fn take_utf8(&self) -> bool {
            self.utf8
        }
    }

    #[test]
    fn a_body_without_its_headers_is_text_where_it_can_be() {
        let protobuf =
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
        let open = "application/openmetrics-text; version=1.0.0; escaping=dots";
        let accept = [protobuf, open];
        for ((native, quotes, utf8), format, escaping) in [
            ((true, true, true), Format::Protobuf, None),
            ((false, false, true), Format::OpenMetrics1_0_0, Some(Escaping::Dots)),
            ((false, true, false), Format::Text0_0_4, None),
            ((false, true, true), Format::Text0_0_4, Some(Escaping::Dots)),
        ] {
            let scrape = Scrape::new(accept).for_bare_body(accept, &Families { native, quotes, utf8 });
            assert_eq!(scrape.choice(), Choice { format, escaping });
            assert_eq!(scrape.format, format.dialect());
        }
    }
}
