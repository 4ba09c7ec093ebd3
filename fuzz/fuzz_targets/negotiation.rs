//! Any values of Accept and Accept-Encoding, a line each, get what the model says.
#![no_main]

use aioprometheus::negotiation::{Format, negotiate, negotiate_among, negotiate_encoding};
use aioprometheus_fuzz::input::lines;
use libfuzzer_sys::fuzz_target;

/// Bytes of a header of which a quadratic reader would not see the end.
const LONG: usize = 256 << 10;

fuzz_target!(|data: &[u8]| {
    let lines = lines(data);
    let headers: Vec<&str> = lines.iter().map(String::as_str).collect();
    let accept = || headers.iter().copied();
    let choice = negotiate(accept());
    let encoding = negotiate_encoding(accept());
    assert_eq!((choice, encoding), aioprometheus_fuzz::negotiate(&headers));

    // What was chosen, sent as a header, is chosen again.
    assert_eq!(negotiate([&*choice.content_type()]), choice);
    assert_eq!(negotiate_encoding([encoding.as_str()]), encoding);

    // What is not offered is not chosen; text 0.0.4 always is.
    let other = negotiate_among(accept(), |format| format != choice.format).format;
    assert!(other != choice.format || other == Format::default());

    // A list may be spread over headers, and repeated. Quotes may hold all the rest.
    if !data.contains(&b'"') {
        let whole = headers.join(",");
        assert_eq!((negotiate([&*whole]), negotiate_encoding([&*whole])), (choice, encoding));
        // Seldom, because it takes long: a quadratic reader runs into the time limit of the fuzzer.
        if !whole.is_empty() && data.len() % 64 == 63 {
            let long = (whole + ",").repeat(LONG / data.len());
            assert_eq!((negotiate([&*long]), negotiate_encoding([&*long])), (choice, encoding));
        }
    }
});
