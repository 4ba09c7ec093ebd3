//! A registry: what is exposed together, by name, in the order of registration.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::RwLock;

use crate::error::Error;
use crate::kind::Kind;
use crate::memory::OutOfMemory;
use crate::name::is_metric_name;

mod clash;
mod failure;

use clash::{EscapedNames, check_samples};
pub use clash::{find_clashes, names_to_ask_for};
pub(crate) use failure::own_counter;
pub use failure::{Cause, Failures};

/// What is exposed together: sources by name, and what failed while they were collected.
///
/// Many threads can use it at a time, if they can use its sources. No source is dropped, and none of its code runs, while a
/// lock is held. A source that is removed lives on for those that hold it, such as a scrape.
///
/// ```compile_fail,E0277
/// # use aioprometheus::registry::Registry;
/// fn share(registry: &Registry<std::cell::Cell<u64>>) {
///     std::thread::scope(|scope| {
///         scope.spawn(|| registry.get("a"));
///     });
/// }
/// ```
///
/// ```
/// # use aioprometheus::registry::Registry;
/// fn share(registry: &Registry<std::sync::atomic::AtomicU64>) {
///     std::thread::scope(|scope| {
///         scope.spawn(|| registry.get("a"));
///     });
/// }
/// ```
///
/// ```compile_fail,E0277
/// # use aioprometheus::registry::Registry;
/// fn send(registry: Registry<std::rc::Rc<u64>>) {
///     std::thread::spawn(move || registry.clear());
/// }
/// ```
///
/// ```
/// # use aioprometheus::registry::Registry;
/// fn send(registry: Registry<std::sync::Arc<u64>>) {
///     std::thread::spawn(move || registry.clear());
/// }
/// ```
#[derive(Debug)]
pub struct Registry<S> {
    entries: RwLock<Entries<S>>,
    failures: Arc<Failures>,
}

/// A name, and what is exposed under it.
#[derive(Debug)]
struct Entry<S> {
    name: Arc<str>,
    kind: Option<Kind>,
    source: Arc<S>,
}

#[derive(Debug)]
struct Entries<S> {
    /// By a number that grows with each registration.
    in_order: BTreeMap<u64, Entry<S>>,
    /// The number of each name.
    by_name: HashMap<Arc<str>, u64>,
    next: u64,
    /// All names as some scrapers see them, once one was here that they do not take as it is. Only then can they meet.
    escaped: Option<EscapedNames>,
}

/// A source and its name.
pub type Named<S> = (Arc<str>, Arc<S>);

/// Why a source was not registered.
#[derive(Debug)]
pub enum Refused<S> {
    /// Another one has the name.
    NameTaken(Arc<S>),
    /// Another one has samples of the same name, in one escaping at least.
    Clash(Error),
}

impl<S> Default for Registry<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Registry<S> {
    /// A registry without sources.
    #[must_use]
    pub fn new() -> Self {
        Self::with_failures(Arc::default())
    }

    /// A registry without sources, in the place of one that had these failures.
    #[must_use]
    pub fn with_failures(failures: Arc<Failures>) -> Self {
        Self { entries: RwLock::new(Entries::new()), failures }
    }

    /// Adds a source that exposes a family of this name and kind. If the kind is not known before a scrape, clashes of its
    /// samples are found there.
    ///
    /// # Errors
    ///
    /// [`Refused`] if the name is taken, or if samples of another source would have the same name. Nothing has changed then.
    pub fn register(&self, name: &str, kind: Option<Kind>, source: Arc<S>) -> Result<(), Refused<S>> {
        let mut entries = self.entries.write();
        let result = entries.check(name, kind);
        match result {
            Ok(()) => {
                let before = entries.set(name, kind, source);
                debug_assert!(before.is_none(), "the name is free");
                Ok(())
            }
            Err(refused) => {
                drop(entries);
                drop(source);
                Err(refused)
            }
        }
    }

    /// Puts a source under a name, without checks; gives the one that was there before, whose place it takes.
    pub fn set(&self, name: &str, kind: Option<Kind>, source: Arc<S>) -> Option<Arc<S>> {
        self.entries.write().set(name, kind, source)
    }

    /// Puts a source under a name if there is none, without checks; gives the one that is there now.
    pub fn set_default(&self, name: &str, kind: Option<Kind>, source: Arc<S>) -> Arc<S> {
        let mut entries = self.entries.write();
        if let Some(there) = entries.get(name).cloned() {
            drop(entries);
            return there;
        }
        let _free = entries.set(name, kind, Arc::clone(&source));
        source
    }

    /// The source of a name.
    pub fn get(&self, name: &str) -> Option<Arc<S>> {
        self.entries.read().get(name).cloned()
    }

    /// Removes the source of a name, and gives it.
    pub fn remove(&self, name: &str) -> Option<Arc<S>> {
        self.entries.write().remove(name).map(|entry| entry.source)
    }

    /// Removes the source of a name if it is the one that is meant, and gives it. `is_meant` must not use the registry.
    pub fn remove_if(&self, name: &str, is_meant: impl FnOnce(&S) -> bool) -> Option<Arc<S>> {
        let mut entries = self.entries.write();
        let is_meant = entries.get(name).is_some_and(|source| is_meant(source));
        if is_meant { entries.remove(name).map(|entry| entry.source) } else { None }
    }

    /// Removes the source that was registered last, and gives it with its name.
    pub fn remove_last(&self) -> Option<Named<S>> {
        let mut entries = self.entries.write();
        let last = entries.in_order.last_key_value().map(|(_, entry)| Arc::clone(&entry.name))?;
        entries.remove(&last).map(|entry| (entry.name, entry.source))
    }

    /// Removes all sources.
    pub fn clear(&self) {
        let all = std::mem::replace(&mut *self.entries.write(), Entries::new());
        drop(all);
    }

    /// How many sources there are.
    pub fn len(&self) -> usize {
        self.entries.read().in_order.len()
    }

    /// Whether there is no source.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names and the sources at this moment, in the order of registration.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn snapshot(&self) -> Result<Vec<Named<S>>, OutOfMemory> {
        let mut all = Vec::new();
        // Room is taken without the lock; more may be registered meanwhile.
        loop {
            all.try_reserve_exact(self.len())?;
            let entries = self.entries.read();
            if entries.in_order.len() <= all.capacity() {
                let pair = |entry: &Entry<S>| (Arc::clone(&entry.name), Arc::clone(&entry.source));
                all.extend(entries.in_order.values().map(pair));
                return Ok(all);
            }
        }
    }

    /// Runs `visit` on each source while nothing can be registered or removed, unless that is being done at this moment: for
    /// a collector of garbage, which has stopped the threads that use the sources. Gives whether it did. `visit` must not use
    /// the registry, and cannot keep a source:
    ///
    /// ```compile_fail,E0521
    /// # use aioprometheus::registry::Registry;
    /// fn keep(registry: &Registry<u64>) {
    ///     let mut kept = Vec::new();
    ///     registry.try_for_each(|source| kept.push(source));
    /// }
    /// ```
    ///
    /// ```
    /// # use aioprometheus::registry::Registry;
    /// fn keep(registry: &Registry<u64>) {
    ///     let mut kept = Vec::new();
    ///     registry.try_for_each(|source| kept.push(*source));
    /// }
    /// ```
    pub fn try_for_each(&self, mut visit: impl FnMut(&S)) -> bool {
        let Some(entries) = self.entries.try_read() else {
            return false;
        };
        entries.in_order.values().for_each(|entry| visit(&entry.source));
        true
    }

    /// The first names, at most so many, in the order of registration.
    pub fn names(&self, most: usize) -> Vec<Arc<str>> {
        let entries = self.entries.read();
        entries.in_order.values().take(most).map(|entry| Arc::clone(&entry.name)).collect()
    }

    /// What failed while sources of this registry were collected. It is lent, as an `Arc` that another registry may hold:
    ///
    /// ```compile_fail,E0505
    /// # use {aioprometheus::registry::{Failures, Registry}, std::sync::Arc};
    /// fn keep(registry: Registry<u64>) {
    ///     let failures = registry.failures();
    ///     drop(registry);
    ///     Registry::<u64>::with_failures(Arc::clone(&failures));
    /// }
    /// ```
    ///
    /// ```
    /// # use {aioprometheus::registry::{Failures, Registry}, std::sync::Arc};
    /// fn keep(registry: Registry<u64>) {
    ///     let failures = registry.failures().clone();
    ///     drop(registry);
    ///     Registry::<u64>::with_failures(Arc::clone(&failures));
    /// }
    /// ```
    pub fn failures(&self) -> &Arc<Failures> {
        &self.failures
    }
}

impl<S> Entries<S> {
    fn new() -> Self {
        Self { in_order: BTreeMap::new(), by_name: HashMap::new(), next: 0, escaped: None }
    }

    fn entry(&self, name: &str) -> Option<&Entry<S>> {
        self.in_order.get(self.by_name.get(name)?)
    }

    fn get(&self, name: &str) -> Option<&Arc<S>> {
        self.entry(name).map(|entry| &entry.source)
    }

    fn check(&mut self, name: &str, kind: Option<Kind>) -> Result<(), Refused<S>> {
        if let Some(there) = self.get(name) {
            return Err(Refused::NameTaken(Arc::clone(there)));
        }
        let Some(kind) = kind else {
            return Ok(());
        };
        if !is_metric_name(name) {
            self.escape();
        }
        let kind_of = |other: &str| self.entry(other)?.kind;
        check_samples(name, kind, kind_of).map_err(Refused::Clash)?;
        let escaped = self.escaped.as_ref().map(|escaped| escaped.check(name, kind, kind_of));
        escaped.unwrap_or(Ok(())).map_err(Refused::Clash)
    }

    /// Begins to know the names as some scrapers see them.
    fn escape(&mut self) {
        let in_order = &self.in_order;
        self.escaped.get_or_insert_with(|| {
            let mut escaped = EscapedNames::default();
            for entry in in_order.values() {
                escaped.insert(&entry.name);
            }
            escaped
        });
    }

    fn set(&mut self, name: &str, kind: Option<Kind>, source: Arc<S>) -> Option<Arc<S>> {
        if let Some(entry) = self.by_name.get(name).and_then(|number| self.in_order.get_mut(number)) {
            entry.kind = kind;
            return Some(std::mem::replace(&mut entry.source, source));
        }
        if !is_metric_name(name) {
            self.escape();
        }
        if let Some(escaped) = &mut self.escaped {
            escaped.insert(name);
        }
        let name: Arc<str> = name.into();
        self.by_name.insert(Arc::clone(&name), self.next);
        self.in_order.insert(self.next, Entry { name, kind, source });
        self.next += 1;
        None
    }

    fn remove(&mut self, name: &str) -> Option<Entry<S>> {
        let number = self.by_name.remove(name)?;
        if let Some(escaped) = &mut self.escaped {
            escaped.remove(name);
        }
        self.in_order.remove(&number)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn names(registry: &Registry<u32>) -> Vec<String> {
        registry.snapshot().unwrap().iter().map(|(name, _)| name.to_string()).collect()
    }

    fn register(registry: &Registry<u32>, name: &str, kind: Kind, source: u32) -> Result<(), Refused<u32>> {
        registry.register(name, Some(kind), Arc::new(source))
    }

    #[test]
    fn sources_stand_in_the_order_of_their_registration() {
        let registry = Registry::new();
        for (name, number) in [("c", 0), ("a", 1), ("b", 2)] {
            register(&registry, name, Kind::Gauge, number).unwrap();
        }
        assert_eq!(registry.set("a", None, Arc::new(7)), Some(Arc::new(1)));
        assert_eq!(names(&registry), ["c", "a", "b"]);
        assert_eq!(registry.remove("c").as_deref(), Some(&0));
        assert_eq!(registry.remove("c"), None);
        assert_eq!(*registry.set_default("c", None, Arc::new(3)), 3);
        assert_eq!(*registry.set_default("c", None, Arc::new(4)), 3);
        assert_eq!(names(&registry), ["a", "b", "c"]);
        let (name, source) = registry.remove_last().unwrap();
        assert_eq!((&*name, *source), ("c", 3));
        assert_eq!((registry.get("a").as_deref(), registry.get("c")), (Some(&7), None));
        registry.clear();
        assert!(registry.is_empty() && registry.remove_last().is_none());
    }

    #[test]
    fn a_name_is_registered_once() {
        let registry = Registry::new();
        register(&registry, "a", Kind::Gauge, 1).unwrap();
        let refused = register(&registry, "a", Kind::Gauge, 2);
        assert!(matches!(refused, Err(Refused::NameTaken(there)) if *there == 1));
        assert_eq!(registry.get("a").as_deref(), Some(&1));
    }

    #[test]
    fn samples_of_one_name_are_refused() {
        let registry = Registry::new();
        register(&registry, "a", Kind::Summary, 1).unwrap();
        assert!(matches!(register(&registry, "a_sum", Kind::Gauge, 2), Err(Refused::Clash(_))));
        // Of what has no kind yet, a scrape finds them.
        registry.register("a_count", None, Arc::new(3)).unwrap();
        assert_eq!(names(&registry), ["a", "a_count"]);
    }

    #[test]
    fn names_that_meet_when_they_are_escaped_are_refused() {
        let registry = Registry::new();
        register(&registry, "a_b", Kind::Gauge, 1).unwrap();
        assert!(matches!(register(&registry, "a.b", Kind::Gauge, 2), Err(Refused::Clash(_))));
        registry.remove("a_b");
        register(&registry, "a.b", Kind::Gauge, 2).unwrap();
        assert!(matches!(register(&registry, "a_b", Kind::Gauge, 3), Err(Refused::Clash(_))));
        // Also names that were put there without checks, and no longer those that were removed.
        registry.set("c.d", Some(Kind::Gauge), Arc::new(4));
        assert!(matches!(register(&registry, "c_d", Kind::Gauge, 5), Err(Refused::Clash(_))));
        registry.remove("c.d");
        register(&registry, "c_d", Kind::Gauge, 5).unwrap();
    }

    #[test]
    fn a_source_that_is_removed_lives_as_long_as_a_snapshot_has_it() {
        let registry = Registry::new();
        register(&registry, "a", Kind::Gauge, 7).unwrap();
        let snapshot = registry.snapshot().unwrap();
        let weak = Arc::downgrade(&snapshot[0].1);
        registry.clear();
        assert_eq!(weak.upgrade().as_deref(), Some(&7));
        drop(snapshot);
        assert!(weak.upgrade().is_none());
    }

    #[test]
    fn a_source_that_uses_the_registry_when_it_is_dropped_finds_no_lock() {
        struct Late(std::sync::Weak<Registry<Late>>);
        impl Drop for Late {
            fn drop(&mut self) {
                if let Some(registry) = self.0.upgrade() {
                    registry.set("late", None, Arc::new(Late(std::sync::Weak::new())));
                }
            }
        }
        let registry = Arc::new(Registry::new());
        let late = || Arc::new(Late(Arc::downgrade(&registry)));
        registry.set("a", Some(Kind::Gauge), late());
        assert!(registry.register("a", Some(Kind::Gauge), late()).is_err());
        registry.set("a", None, late());
        drop(registry.set_default("a", None, late()));
        drop(registry.remove("a"));
        registry.set("b", None, late());
        registry.clear();
        assert_eq!(registry.len(), 1);
    }
}
