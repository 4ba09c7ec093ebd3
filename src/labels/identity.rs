//! The identity of a label set: which label sets are one series.
//!
//! For a server, a label with an empty value does not exist, and a constant label is like any other. So a label of a call
//! changes nothing if its value is that of the constant label of its name, or if it is empty and there is no such
//! constant label. The identity leaves these out.
//!
//! Source: Prometheus, "Data model": a label with an empty value is considered equivalent to one that does not exist.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;

use hashbrown::{DefaultHashBuilder, HashTable};
use smallvec::SmallVec;

use super::{Pair, hash, push_label};
use crate::memory::OutOfMemory;
use crate::name::{Escaping, is_label_name};

/// The labels that distinguish a series from the others of its family, in no certain order.
pub type Identity<'a> = SmallVec<[Pair<'a>; 8]>;

/// Labels with text of their own.
pub type OwnedPairs = Box<[(Box<str>, Box<str>)]>;

/// The `pairs` without those that change nothing: a pair whose value is that of the constant label of its name, or is
/// empty where there is no such constant label.
///
/// Two label sets are one series if and only if their identities are the same.
#[must_use]
pub fn identity<'a>(constant: &[Pair<'_>], pairs: &[Pair<'a>]) -> Identity<'a> {
    if constant.is_empty() {
        return pairs.iter().copied().filter(|(_, value)| !value.is_empty()).collect();
    }
    let constant = Named::new(constant);
    pairs.iter().copied().filter(|&(name, value)| value != constant.get(name).unwrap_or_default()).collect()
}

/// Whether nothing is left out: [`identity`] gives the `pairs` as they are.
#[must_use]
#[inline]
pub fn is_identity(constant: &[Pair<'_>], pairs: &[Pair<'_>]) -> bool {
    if constant.is_empty() {
        return pairs.iter().all(|(_, value)| !value.is_empty());
    }
    let constant = Named::new(constant);
    pairs.iter().all(|&(name, value)| value != constant.get(name).unwrap_or_default())
}

/// The same pairs, sorted.
#[must_use]
pub fn sorted<'a>(pairs: &[Pair<'a>]) -> Identity<'a> {
    let mut sorted: Identity<'a> = pairs.into();
    sorted.sort_unstable();
    sorted
}

/// Pairs that are looked up by their names.
pub enum Named<'a> {
    /// So few that looking at each is the fastest.
    Few(&'a [Pair<'a>]),
    /// Many.
    Many(HashMap<&'a str, &'a str>),
}

impl<'a> Named<'a> {
    /// Looks up in `pairs`.
    #[must_use]
    pub fn new(pairs: &'a [Pair<'a>]) -> Self {
        if pairs.len() <= 16 { Self::Few(pairs) } else { Self::Many(pairs.iter().copied().collect()) }
    }

    /// The value of the name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a str> {
        match self {
            Self::Few(pairs) => pairs.iter().find(|(own, _)| *own == name).map(|&(_, value)| value),
            Self::Many(pairs) => pairs.get(name).copied(),
        }
    }
}

/// As [`identity`], with the `facts` of an info beside the labels.
#[must_use]
pub fn identity_with<'a>(constant: &[Pair<'_>], pairs: &[Pair<'a>], facts: &[Pair<'a>]) -> Identity<'a> {
    let mut all = identity(constant, pairs);
    all.extend(facts.iter().copied().filter(|(_, value)| !value.is_empty()));
    all
}

/// Labels as Prometheus writes them, sorted: `{a="x",b="y"}`.
#[must_use]
pub fn describe(pairs: &[Pair<'_>]) -> String {
    let mut text = "{".to_owned();
    for (index, (name, value)) in sorted(pairs).iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_label(&mut text, name, value, Escaping::AllowUtf8);
    }
    let _infallible = text.write_char('}');
    text
}

/// Whether labels are the same in every escaping.
#[must_use]
pub fn is_plain(identity: &[Pair<'_>]) -> bool {
    identity.iter().all(|(name, _)| is_label_name(name))
}

/// Labels as they are in an escaping, sorted.
type Escaped<'a> = SmallVec<[(Cow<'a, str>, &'a str); 8]>;

/// The labels of an [`Identity`] in an escaping.
#[must_use]
pub fn escape<'a>(identity: &[Pair<'a>], escaping: Escaping) -> Escaped<'a> {
    let mut all: Escaped<'a> =
        identity.iter().map(|&(name, value)| (escaping.label_name(name), value)).collect();
    all.sort_unstable();
    all
}

/// Escaped labels as pairs.
#[must_use]
pub fn borrow<'a>(escaped: &'a [(Cow<'_, str>, &'a str)]) -> Identity<'a> {
    escaped.iter().map(|(name, value)| (&**name, *value)).collect()
}

/// The owners of labels. No two owners have the same labels in any escaping.
///
/// It keeps no text: the caller gives the labels of an owner.
#[derive(Debug)]
pub struct Claims<T> {
    hasher: DefaultHashBuilder,
    table: HashTable<Claim<T>>,
}

#[derive(Debug)]
struct Claim<T> {
    hash: u64,
    /// The escaping in which the labels are these; `None` for all of them.
    view: View,
    owner: T,
}

/// An escaping in which labels are seen; `None` for labels that are the same in all of them.
type View = Option<Escaping>;

/// All ways in which a scraper may see the labels.
fn views<'a>(identity: &[Pair<'a>]) -> SmallVec<[(View, Escaped<'a>); 4]> {
    if is_plain(identity) {
        return [(None, escape(identity, Escaping::AllowUtf8))].into_iter().collect();
    }
    Escaping::ALL.into_iter().map(|escaping| (Some(escaping), escape(identity, escaping))).collect()
}

impl<T> Default for Claims<T> {
    fn default() -> Self {
        Self { hasher: DefaultHashBuilder::default(), table: HashTable::new() }
    }
}

impl<T> Claims<T> {
    /// Whether there are no owners.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Forgets all owners.
    pub fn clear(&mut self) {
        self.table = HashTable::new();
    }

    /// The first owner for which `counts` holds and whose labels are these in some escaping. `labels_of` gives the
    /// [`Identity`] of an owner.
    pub fn find(
        &self,
        identity: &[Pair<'_>],
        labels_of: impl Fn(&T) -> OwnedPairs,
        counts: impl Fn(&T) -> bool,
    ) -> Option<(&T, Escaping)> {
        views(identity).into_iter().find_map(|(view, escaped)| {
            let hash = hash(&self.hasher, &borrow(&escaped));
            let is_same = |claim: &Claim<T>| {
                let comparable = claim.view == view || claim.view.is_none() || view.is_none();
                claim.hash == hash && comparable && counts(&claim.owner) && {
                    let owned = labels_of(&claim.owner);
                    let owned: Identity<'_> = owned.iter().map(|(name, value)| (&**name, &**value)).collect();
                    escape(&owned, seen_in(claim.view, view)).iter().eq(escaped.iter())
                }
            };
            let claim = self.table.find(hash, is_same)?;
            Some((&claim.owner, seen_in(claim.view, view)))
        })
    }

    /// Makes room for the labels of one more owner, so that [`Claims::insert`] needs no memory.
    ///
    /// # Errors
    ///
    /// [`OutOfMemory`].
    pub fn reserve(&mut self) -> Result<(), OutOfMemory> {
        Ok(self.table.try_reserve(Escaping::ALL.len(), |claim| claim.hash)?)
    }

    /// Gives labels to an owner.
    pub fn insert(&mut self, identity: &[Pair<'_>], owner: &T)
    where
        T: Clone,
    {
        for (view, escaped) in views(identity) {
            let hash = hash(&self.hasher, &borrow(&escaped));
            let claim = Claim { hash, view, owner: owner.clone() };
            self.table.insert_unique(hash, claim, |claim| claim.hash);
        }
    }

    /// Takes labels from the owner for which `is_owner` holds.
    pub fn remove(&mut self, identity: &[Pair<'_>], is_owner: impl Fn(&T) -> bool) {
        for (view, escaped) in views(identity) {
            let hash = hash(&self.hasher, &borrow(&escaped));
            let found = |claim: &Claim<T>| claim.hash == hash && claim.view == view && is_owner(&claim.owner);
            if let Ok(entry) = self.table.find_entry(hash, found) {
                entry.remove();
            }
        }
    }
}

/// The escaping in which labels of two views are compared.
fn seen_in(first: View, second: View) -> Escaping {
    first.or(second).unwrap_or(Escaping::AllowUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_nothing_is_left_out() {
        let left = |constant: &[Pair<'static>], pairs: &[Pair<'static>]| identity(constant, pairs).to_vec();
        assert_eq!(left(&[], &[("b", "1"), ("a", ""), ("c", "2")]), [("b", "1"), ("c", "2")]);
        assert!(is_identity(&[], &[("b", "1")]) && !is_identity(&[], &[("b", "1"), ("a", "")]));
        assert!(is_identity(&[("a", "x")], &[("a", "")]) && !is_identity(&[("a", "x")], &[("a", "x")]));
        let constant = [("z", "9"), ("a", "x"), ("e", "")];
        assert_eq!(left(&constant, &[("a", "x")]), []);
        assert_eq!(left(&constant, &[("a", "")]), [("a", "")]);
        assert_eq!(left(&constant, &[("e", "")]), []);
        assert_eq!(left(&constant, &[("e", "y"), ("a", "y")]), [("e", "y"), ("a", "y")]);
        let many: Vec<String> = (0..50).map(|number| format!("n{number}")).collect();
        let many: Vec<Pair<'_>> = many.iter().map(|name| (&**name, "x")).collect();
        let pairs = [("n3", "x"), ("n49", "y"), ("n5", ""), ("o", "")];
        assert_eq!(identity(&many, &pairs).to_vec(), [("n49", "y"), ("n5", "")]);
        let facts = [("f", ""), ("b", "2")];
        assert_eq!(identity_with(&constant, &[("c", "3")], &facts).to_vec(), [("c", "3"), ("b", "2")]);
        assert_eq!(describe(&[("a", "x\"\n"), ("b.c", "")]), r#"{a="x\"\n","b.c"=""}"#);
    }

    #[test]
    fn labels_have_one_owner_in_every_escaping() {
        let sets: [&[Pair<'_>]; 4] =
            [&[("a.b", "1")], &[("c", "1"), ("d.e", "2")], &[("c", "1"), ("d", "2")], &[]];
        let mut claims = Claims::default();
        let labels_of = |owner: &usize| -> OwnedPairs {
            sets[*owner].iter().map(|&(name, value)| (name.into(), value.into())).collect()
        };
        for (owner, pairs) in sets.iter().enumerate() {
            claims.insert(pairs, &owner);
        }
        let find = |claims: &Claims<usize>, pairs: &[Pair<'_>]| {
            claims.find(pairs, labels_of, |_| true).map(|(owner, escaping)| (*owner, escaping))
        };
        for (pairs, expected) in [
            (&[("a_b", "1")][..], Some((0, Escaping::Underscores))),
            (&[("a/b", "1")], Some((0, Escaping::Underscores))),
            (&[("a_dot_b", "1")], Some((0, Escaping::Dots))),
            (&[("U__a_2e_b", "1")], Some((0, Escaping::Values))),
            (&[("a.b", "1")], Some((0, Escaping::AllowUtf8))),
            (&[("a.b", "2")], None),
            (&[("a_b", "2")], None),
            (&[("a__b", "1")], None),
            (&[("c", "1"), ("d_e", "2")], Some((1, Escaping::Underscores))),
            (&[("d_e", "2")], None),
            (&[("c", "1"), ("d", "2")], Some((2, Escaping::AllowUtf8))),
            (&[], Some((3, Escaping::AllowUtf8))),
        ] {
            assert_eq!(find(&claims, pairs), expected, "{pairs:?}");
        }
        assert_eq!(claims.find(&[("a_b", "1")], labels_of, |&owner| owner != 0), None);
        claims.remove(&[("a.b", "1")], |&owner| owner == 0);
        assert_eq!(find(&claims, &[("a_b", "1")]), None);
        claims.clear();
        assert!(claims.is_empty());
    }
}
