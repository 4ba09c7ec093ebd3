//! Random families and reports have the same samples in every format, as far as it can show them.
#![no_main]

use std::sync::Arc;

use aioprometheus::exposition::{Block, Format, Options, encode};
use aioprometheus_fuzz::families::Family;
use aioprometheus_fuzz::plan::Plan;
use aioprometheus_fuzz::{check, protobuf, text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|plan: Plan| {
    let options = plan.options();
    let (blocks, families): (Vec<Block>, Vec<Family>) = plan.blocks().into_iter().unzip();
    let encode_in = |format, options| {
        // In another order: they are sorted.
        let blocks = blocks.iter().rev().map(|block| match block {
            Block::Family(family) => Block::Family(family.clone()),
            Block::Report(report) => Block::Report(Arc::clone(report)),
            Block::Text { name, text } => Block::Text { name: name.clone(), text: text.clone() },
        });
        encode(format, blocks, options).expect("there is memory")
    };
    // What is kept of one exposition must not show in the next one.
    let encode = |format| {
        let others = [Options::default(), options, options].map(|options| encode_in(format, options));
        assert_eq!(others[1], others[2]);
        others.into_iter().next_back().unwrap_or_default()
    };
    check::text(&families, &text::read(&encode(Format::Text), false), options);
    check::openmetrics(&families, &text::read(&encode(Format::OpenMetrics), true), options);
    check::protobuf(&families, protobuf::read(&encode(Format::Protobuf)), options);
});
