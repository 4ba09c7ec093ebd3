//! Very many bodies for the parser: those of a folder of cases, which libFuzzer has found, changed at random. It does not look
//! at coverage, so that each takes a few microseconds: `parse_many FOLDER COUNT [SEED]`.

use std::panic::catch_unwind;
use std::{env, fs, process};

use aioprometheus_fuzz::parsed::{change, check, next, pick};

/// The most changes of a body, and one in how many bodies goes on as another one.
const CHANGES: usize = 4;
const JOINED: usize = 8;

/// The longest body: the ends of some are repeated.
const LONGEST: usize = 512;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |place: usize| arguments.get(place).and_then(|text| text.parse::<u64>().ok());
    let (Some(folder), Some(count)) = (arguments.first(), number(1)) else {
        eprintln!("parse_many FOLDER COUNT [SEED]");
        process::exit(2);
    };
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let cases = entries.map(|entry| fs::read(entry.expect("it is listed").path()).expect("a case is a file"));
    let mut cases: Vec<Vec<u8>> = cases.filter(|case| !case.is_empty()).collect();
    assert!(!cases.is_empty(), "{folder} has no cases");
    cases.sort();
    let mut seed = number(2).unwrap_or(1);
    let mut random = |below: usize| {
        seed = next(seed);
        pick(seed >> 8, below)
    };
    let (mut body, mut bytes) = (Vec::new(), 0);
    for done in 0..count {
        let case = &cases[random(cases.len())];
        body.clear();
        body.extend_from_slice(&case[1..]);
        if random(JOINED) == 0 {
            let other = &cases[random(cases.len())];
            body.truncate(random(body.len() + 1));
            body.extend_from_slice(&other[1 + random(other.len())..]);
        }
        for _ in 0..=random(CHANGES) {
            change(&mut body, random(usize::MAX) as u64);
        }
        body.truncate(LONGEST);
        // The rules that come first.
        let choice = case[0] % 128 + 128 * u8::from(random(4) == 0);
        if catch_unwind(|| check(choice, &body)).is_err() {
            println!("{choice} and {}", body.escape_ascii());
            process::exit(1);
        }
        bytes += body.len();
        if (done + 1) % 10_000_000 == 0 {
            println!("{} bodies", done + 1);
        }
    }
    println!(
        "{count} bodies of {} cases, {} bytes each on average",
        cases.len(),
        bytes as u64 / count.max(1)
    );
}
