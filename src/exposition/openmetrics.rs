//! The OpenMetrics text format, 0.0.1 and 1.0.0.
//!
//! Source: OpenMetrics 1.0, and the behaviour of the deployed parsers. Every series has the same name as in the text
//! format. A family that OpenMetrics would name differently goes out as `unknown`, without a TYPE line:
//!
//! - a counter whose name lacks `_total`;
//! - a counter `a_total` where another family takes `a` or `a_created`;
//! - an info `a_info` where another family takes `a`.
//!
//! What OpenMetrics forbids is left out:
//!
//! - the sum of a summary that is NaN or negative, and its negative quantiles;
//! - the sum and the count of a histogram whose sum is NaN or negative, or that has negative bounds;
//! - of a report, a counter that is NaN or negative, quantiles of ranks that are not in [0, 1], and the sum and the count
//!   of a histogram whose count is not that of its last bucket;
//! - an exemplar with a NUL character in a label value;
//! - the unit of a family whose name, as it is shown, does not end with it: one that is `unknown`, or escaped;
//! - the births of a histogram or summary `a` beside a family `a_created`. Both families are otherwise exposed as usual;
//!   the strictest parser refuses that.

use std::collections::HashSet;

use super::lines::{Dialect, header_name, line_name, write_seconds};
use super::writer::{Title, Writer};
use super::{Block, Options, shown_name};
use crate::family::{Descriptor, ends_with_unit, names_taken};
use crate::kind::{CREATED, Ending, Kind, Reserved, UNKNOWN};
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::metric::Number;
use crate::number::{write_float_as_go, write_int, write_number_as_go};
use crate::output::{Cursor, Sink};

/// The name of the info that has the labels of the target itself.
pub const TARGET: &str = "target";

/// The blocks in their order, and the end.
pub(super) fn encode(sink: &mut impl Sink, blocks: &[&Block], options: Options) -> Result<(), OutOfMemory> {
    let names = Names::new(blocks, options)?;
    let mut writer = Writer::<_, OpenMetrics>::new(sink, options);
    // OpenMetrics 1.0, "MetricSet": an info called `target` should be first.
    let (first, others): (Vec<&Block>, Vec<&Block>) = blocks.iter().partition(|block| is_target(block));
    for block in first.into_iter().chain(others) {
        if let Some(descriptor) = block.descriptor() {
            writer.begin(title(descriptor, &names, options))?;
            block.walk(&mut writer)?;
        }
    }
    writer.push("# EOF\n")
}

/// Whether a block has the labels of the target itself.
fn is_target(block: &Block) -> bool {
    let is = |descriptor: &Descriptor| descriptor.kind() == Kind::Info && descriptor.sample_base() == TARGET;
    block.descriptor().is_some_and(is)
}

/// What ends every line.
fn tail(timestamp: Option<i64>) -> String {
    let Some(timestamp) = timestamp else {
        return "\n".to_owned();
    };
    let mut text = b" ".to_vec();
    if timestamp < 0 {
        text.push(b'-');
    }
    write_seconds(&mut text, timestamp.unsigned_abs());
    text.push(b'\n');
    String::from_utf8_lossy(&text).into_owned()
}

/// The names that families take, as they are shown: those of their samples, and their own.
#[derive(Default)]
struct Names {
    /// Of families that are called by their whole name.
    fixed: HashSet<String>,
    /// Of the samples that report births, which may be there.
    created: HashSet<String>,
    /// Of the infos that are shown as such, without their suffix.
    infos: HashSet<String>,
    /// Of the counters that are shown as such, without their suffix.
    counters: HashSet<String>,
}

impl Names {
    /// Infos yield to all whole names, and counters to those and to infos, and to counters before them. `blocks` are sorted
    /// by name.
    fn new(blocks: &[&Block], options: Options) -> Result<Self, OutOfMemory> {
        let mut names = Self::default();
        let (mut infos, mut counters) = (Vec::new(), Vec::new());
        for descriptor in blocks.iter().filter_map(|block| block.descriptor()) {
            let (kind, base) = (descriptor.kind(), options.escaping.metric_name(descriptor.sample_base()));
            for name in names_taken(descriptor.name(), kind, options.escaping) {
                insert(&mut names.fixed, name)?;
            }
            match kind.traits().ending {
                Ending::Added(_) => {
                    infos.try_reserve(1)?;
                    infos.push(base);
                }
                Ending::Given(_) => {
                    counters.try_reserve(1)?;
                    counters.extend(kind.without_given(&base).map(str::to_owned));
                }
                Ending::None if kind.traits().counts => {
                    insert(&mut names.created, format!("{base}{CREATED}"))?;
                }
                Ending::None => (),
            }
        }
        for base in infos {
            if !names.fixed.contains(&*base) && !names.created.contains(&*base) {
                insert(&mut names.infos, base.into_owned())?;
            }
        }
        for base in counters {
            let created = format!("{base}{CREATED}");
            if [&base, &created].into_iter().all(|name| names.is_free(name)) {
                insert(&mut names.created, created)?;
                insert(&mut names.counters, base)?;
            }
        }
        Ok(names)
    }

    fn is_free(&self, name: &str) -> bool {
        [&self.fixed, &self.created, &self.infos, &self.counters].iter().all(|names| !names.contains(name))
    }
}

fn insert(names: &mut HashSet<String>, name: String) -> Result<(), OutOfMemory> {
    if names.len() == names.capacity() {
        names.try_reserve(1)?;
        memory::check(RESERVE)?;
    }
    names.insert(name);
    Ok(())
}

fn title(descriptor: &Descriptor, names: &Names, options: Options) -> Title {
    let escaping = options.escaping;
    let full = shown_name(descriptor, escaping);
    let base = escaping.metric_name(descriptor.sample_base());
    let (kind, traits, own) = (descriptor.kind(), descriptor.kind().traits(), descriptor.reserved_label());
    let counter = kind.without_given(&full).filter(|base| names.counters.contains(*base));
    let (name, word) = match (traits.ending, traits.reserved) {
        (Ending::Given(_), _) => counter.map_or((&*full, UNKNOWN), |base| (base, traits.openmetrics)),
        (Ending::Added(_), _) if !names.infos.contains(&*base) => (&*full, UNKNOWN),
        (Ending::Added(_), _) => (&*base, traits.openmetrics),
        // The label of a state set must have the name of the family: OpenMetrics 1.0, "StateSet" of the text format. The
        // name of a label cannot have a colon.
        (_, Reserved::OfFamily) if own.map(|label| escaping.label_name(label)).as_deref() != Some(&*full) => {
            (&*full, traits.text)
        }
        _ => (&*full, traits.openmetrics),
    };
    let shown = header_name(name, escaping);
    let help = descriptor.help().replace('\\', "\\\\").replace('\n', "\\n").replace('"', "\\\"");
    let mut header = format!("# HELP {shown} {help}\n");
    // An absent TYPE means `unknown`; that word itself loses the scrape where the text is served as 0.0.4.
    if word != UNKNOWN {
        header.extend(["# TYPE ", &shown, " ", word, "\n"]);
    }
    if let Some(unit) = descriptor.unit().filter(|unit| ends_with_unit(name, unit)) {
        header.extend(["# UNIT ", &shown, " ", unit, "\n"]);
    }
    let has_births = traits.counts && word != UNKNOWN;
    // A metric of the user's may have that name.
    let is_taken = names.fixed.contains(&format!("{name}{CREATED}"));
    let created = (options.created && has_births && !is_taken).then(|| line_name(name, CREATED, escaping));
    Title { header, is_counter: counter.is_some(), created }
}

/// Numbers as Go prints them.
pub(super) struct OpenMetrics;

impl Dialect for OpenMetrics {
    const OPEN: bool = true;

    fn tail(timestamp: Option<i64>) -> String {
        tail(timestamp)
    }

    #[inline]
    fn write_number(cursor: &mut Cursor<'_>, number: Number) {
        write_number_as_go(cursor, number);
    }

    #[inline]
    fn write_float(cursor: &mut Cursor<'_>, float: f64) {
        write_float_as_go(cursor, float);
    }

    #[inline]
    fn write_count(cursor: &mut Cursor<'_>, count: u64) {
        write_int(cursor, count);
    }
}
