//! Collection: what is exposed at a scrape, or the part of it that the scraper asked for.

mod overflow;

use std::collections::{BTreeMap, HashSet};

use crate::exposition::Block;
use crate::family::{AnyFamily, Descriptor, Refused};
use crate::kind::Kind;
use crate::memory::{self, OutOfMemory, RESERVE};
use crate::name::{Escaping, Naming};
use crate::registry::{Cause, Failures, find_clashes, names_to_ask_for};

/// What gives a family at a scrape: a family itself, or code that reports one.
pub trait Source {
    /// What goes wrong in that code.
    type Error: From<OutOfMemory>;

    /// What the names of its samples follow from, for a scrape of some names only.
    ///
    /// # Errors
    ///
    /// What its code raises.
    fn outline(&self) -> Result<Outline, Self::Error>;

    /// Its family at this moment.
    ///
    /// # Errors
    ///
    /// What its code raises. It is then left out, unless the error [ends the scrape](Source::ends_scrape).
    fn collect(&self) -> Result<Collected, Self::Error>;

    /// The name by which its failures are counted.
    fn name(&self) -> String;

    /// The updates for which it had no room, and which went to its overflow, if there were any.
    fn refused(&self) -> Option<Refused> {
        None
    }

    /// What distinguishes a failure from others of the same name and cause, each of which is logged.
    fn fingerprint(&self, _: &Failure<'_, Self::Error>) -> u64 {
        0
    }

    /// Logs a failure, which is the first of its cause and fingerprint.
    fn log(&self, name: &str, failure: &Failure<'_, Self::Error>);

    /// Whether an error is not a failure of the source, but of the whole scrape.
    fn ends_scrape(&self, error: &Self::Error) -> bool;
}

/// What the names of the samples of a family follow from.
#[derive(Debug, Clone)]
pub struct Outline {
    /// The family's name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Which names it may have.
    pub naming: Naming,
}

/// A family as it was collected.
#[derive(Debug)]
pub struct Collected {
    /// What is encoded.
    pub block: Block,
    /// Its kind, which says what names its samples have.
    pub kind: Kind,
    /// Samples that were there twice, as text. Only the first of each is in the block.
    pub left_out: Vec<String>,
}

/// Something that is left out of an exposition.
#[derive(Debug)]
pub enum Failure<'a, E> {
    /// The source failed.
    Error(&'a E),
    /// It gave samples twice, which are here as text.
    Repeated(&'a [String]),
    /// Another source, which is called so, stands before it and writes samples of a name that it would write too.
    Clash(&'a str),
}

/// The names that a scraper asks for: of families, or of their samples.
#[derive(Debug, Clone, Default)]
pub struct Names(HashSet<String>);

impl Names {
    /// These names; without any, everything is asked for.
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        Self(names.into_iter().map(str::to_owned).collect())
    }

    /// Whether everything is asked for.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a family is asked for: by its name, by one of its samples, or by an escaped form of these.
    #[must_use]
    pub fn select(&self, outline: &Outline) -> bool {
        if self.is_all() {
            return true;
        }
        let schemes =
            if outline.naming == Naming::Utf8 { &Escaping::ALL[..] } else { &[Escaping::AllowUtf8][..] };
        let mut names =
            schemes.iter().flat_map(|&scheme| names_to_ask_for(&outline.name, outline.kind, scheme));
        names.any(|name| self.0.contains(&name))
    }
}

/// Collects what is asked for from all sources, in their order. A source that fails is left out, as is one that would write
/// samples of a name that an earlier one writes; that is counted in `failures`, and shown by one of the last blocks. The other
/// shows which sources had no room for updates.
///
/// # Errors
///
/// What ends the scrape.
pub fn collect<S: Source>(sources: &[S], names: &Names, failures: &Failures) -> Result<Vec<Block>, S::Error> {
    let mut found: Vec<(&S, Collected)> = Vec::new();
    found.try_reserve_exact(sources.len()).map_err(OutOfMemory::from)?;
    for source in sources {
        match collect_one(source, names) {
            Ok(None) => (),
            Ok(Some(collected)) => found.push((source, collected)),
            Err(error) if source.ends_scrape(&error) => return Err(error),
            Err(error) => fail(source, failures, Cause::Failed, &Failure::Error(&error))?,
        }
    }
    for (source, collected) in &found {
        if !collected.left_out.is_empty() {
            fail(*source, failures, Cause::Repeated, &Failure::Repeated(&collected.left_out))?;
        }
    }
    // The tables of names grow with the registry; each family takes at most about a thousand bytes of them.
    memory::check(RESERVE.saturating_add(found.len().saturating_mul(2048)))?;
    let families: Vec<(&str, Kind)> =
        found.iter().map(|(_, collected)| (collected.block.name(), collected.kind)).collect();
    let has_own = |counter: &str| families.iter().any(|&(name, _)| name == counter);
    let (has_own_failures, has_own_overflows) = (has_own(Failures::COUNTER), has_own(overflow::COUNTER));
    let clashes: BTreeMap<usize, String> = find_clashes(&families)
        .into_iter()
        .map(|(place, other)| (place, families[other].0.to_owned()))
        .collect();
    drop(families);
    let mut blocks = Vec::new();
    blocks.try_reserve_exact(found.len() + 2).map_err(OutOfMemory::from)?;
    for (place, (source, collected)) in found.into_iter().enumerate() {
        match clashes.get(&place) {
            None => blocks.push(collected.block),
            Some(other) => fail(source, failures, Cause::Failed, &Failure::Clash(other))?,
        }
    }
    let failed = failures.family().filter(|_| !has_own_failures);
    let overflowed = if has_own_overflows { None } else { overflow::counter(sources)? };
    let counters = failed.into_iter().chain(overflowed).filter(|counter| names.select(&Outline::of(counter)));
    blocks.extend(counters.map(Block::Family));
    Ok(blocks)
}

fn collect_one<S: Source>(source: &S, names: &Names) -> Result<Option<Collected>, S::Error> {
    if !names.is_all() && !names.select(&source.outline()?) {
        return Ok(None);
    }
    source.collect().map(Some)
}

fn fail<S: Source>(
    source: &S,
    failures: &Failures,
    cause: Cause,
    failure: &Failure<'_, S::Error>,
) -> Result<(), OutOfMemory> {
    let name = source.name();
    if failures.add(&name, cause, source.fingerprint(failure))? {
        source.log(&name, failure);
    }
    Ok(())
}

impl Outline {
    /// That of a family.
    #[must_use]
    pub fn of(family: &AnyFamily) -> Self {
        Self::of_descriptor(family.descriptor())
    }

    /// That of a family with this descriptor.
    #[must_use]
    pub fn of_descriptor(descriptor: &Descriptor) -> Self {
        Self { name: descriptor.name().to_owned(), kind: descriptor.kind(), naming: descriptor.naming() }
    }
}

impl Source for AnyFamily {
    type Error = OutOfMemory;

    fn outline(&self) -> Result<Outline, OutOfMemory> {
        Ok(Outline::of(self))
    }

    fn collect(&self) -> Result<Collected, OutOfMemory> {
        let kind = self.descriptor().kind();
        Ok(Collected { block: Block::Family(self.clone()), kind, left_out: Vec::new() })
    }

    fn name(&self) -> String {
        self.descriptor().name().to_owned()
    }

    fn refused(&self) -> Option<Refused> {
        self.refused()
    }

    /// Nobody reads a log of the core; the counter shows it.
    fn log(&self, _: &str, _: &Failure<'_, OutOfMemory>) {}

    fn ends_scrape(&self, _: &OutOfMemory) -> bool {
        true
    }
}

#[cfg(all(test, not(loom)))]
mod tests;
