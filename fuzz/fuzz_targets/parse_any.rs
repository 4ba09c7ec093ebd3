//! Any short bytes are parsed or refused, and what a page shows holds together. Nothing is written, and each input is tried
//! with some that differ in a byte or an end, so that very many are: `parse` writes what it parsed, and parses that again.
#![no_main]

use aioprometheus_fuzz::parsed::{change, check, next};
use libfuzzer_sys::fuzz_target;

/// Bodies like that of an input that are tried beside it.
const LIKE_IT: u64 = 8;

fuzz_target!(|data: &[u8]| {
    let Some((&choice, body)) = data.split_first() else {
        return;
    };
    check(choice, body);
    let mut seed = body.iter().fold(u64::from(choice), |seed, &byte| next(seed ^ u64::from(byte)));
    let mut changed = Vec::new();
    for _ in 0..LIKE_IT {
        seed = next(seed);
        changed.clear();
        changed.extend_from_slice(body);
        change(&mut changed, seed);
        check(choice, &changed);
    }
});
