//! Descriptors: what is known of a family before it has a series, and which labels it may have.

use std::collections::HashSet;
use std::num::NonZero;

use smallvec::SmallVec;

use crate::error::{Error, Mistake};
use crate::kind::{Kind, Reserved};
use crate::labels::{Common, Pair};
use crate::name::{
    Escaping, LabelNameError, Naming, check_label_name, find_meeting, is_label_name, is_metric_name,
};

/// The names that a family takes: its own, and those of its samples.
pub fn names_taken(name: &str, kind: Kind, escaping: Escaping) -> impl Iterator<Item = String> {
    let base = escaping.metric_name(kind.base_of(name)).into_owned();
    let own = kind.added().is_empty().then_some("");
    own.into_iter().chain(kind.suffixes()).map(move |suffix| format!("{base}{suffix}"))
}

/// Whether a name ends with an underscore and a unit, and has more before that. An escaped name may not.
///
/// Source: OpenMetrics 1.0, "UNIT"; servers lose the whole scrape over a unit that is not the end of the name.
#[must_use]
pub fn ends_with_unit(stem: &str, unit: &str) -> bool {
    let rest = stem.strip_suffix(unit).and_then(|rest| rest.strip_suffix('_'));
    rest.is_some_and(|rest| !rest.is_empty())
}

/// What is known of a family before it has a series.
#[derive(Debug, Clone)]
pub struct Descriptor {
    name: Box<str>,
    help: Box<str>,
    kind: Kind,
    unit: Option<Box<str>>,
    naming: Naming,
    constant: Box<[(Box<str>, Box<str>)]>,
    /// Sorted; `None` where any label names are taken.
    declared: Option<Box<[Box<str>]>>,
    max_series: Option<u64>,
    /// The label of the states, if it has another name than the family.
    state_label: Option<Box<str>>,
}

impl Descriptor {
    /// Describes a family of legacy names, without constant labels, which takes any label names.
    ///
    /// # Errors
    ///
    /// [`Error::MetricName`] when the name is malformed.
    pub fn new(name: &str, help: &str, kind: Kind) -> Result<Self, Error> {
        Self::with_naming(name, help, kind, Naming::Legacy)
    }

    /// As [`Descriptor::new`], with names as `naming` takes them.
    ///
    /// # Errors
    ///
    /// [`Error::MetricName`] when `naming` does not take the name, [`Mistake::LabelName`] when a
    /// state set has the name of a reserved label.
    pub fn with_naming(name: &str, help: &str, kind: Kind, naming: Naming) -> Result<Self, Error> {
        let made = Self::with_any_name(name, help, kind, naming)?;
        if matches!(kind.traits().reserved, Reserved::OfFamily) {
            // The name of the family is that of a label too.
            check_label_name(name, None, Naming::Utf8).map_err(|error| Error::of(name, error))?;
        }
        Ok(made)
    }

    /// Describes a state set whose states stand in a label of this name, which need not be that of the family.
    ///
    /// # Errors
    ///
    /// [`Error::MetricName`] when `naming` does not take the name, [`Mistake::LabelName`] when the label cannot be called so.
    pub fn of_states(name: &str, help: &str, label: &str, naming: Naming) -> Result<Self, Error> {
        if label == name {
            return Self::with_naming(name, help, Kind::StateSet, naming);
        }
        let mut made = Self::with_any_name(name, help, Kind::StateSet, naming)?;
        check_label_name(label, None, naming).map_err(|error| made.refuse(error))?;
        made.state_label = Some(label.into());
        Ok(made)
    }

    fn with_any_name(name: &str, help: &str, kind: Kind, naming: Naming) -> Result<Self, Error> {
        if !naming.takes_metric_name(name) {
            return Err(Error::MetricName { name: name.to_owned() });
        }
        let (name, help) = (Box::from(name), Box::from(help));
        let constant = Box::default();
        Ok(Self {
            name,
            help,
            kind,
            unit: None,
            naming,
            constant,
            declared: None,
            max_series: None,
            state_label: None,
        })
    }

    /// Gives all series of the family these labels, unless they are given others of their names.
    ///
    /// # Errors
    ///
    /// [`Mistake::LabelName`] for the first bad name, [`Mistake::LabelTwice`] when one is there twice, [`Mistake::LabelsMeet`] when two become one.
    pub fn with_constant(mut self, pairs: &[Pair<'_>]) -> Result<Self, Error> {
        for &(name, _) in pairs {
            self.check_name(name)?;
        }
        self.check_distinct(pairs.iter().map(|&(name, _)| name))?;
        self.check_meetings(pairs.iter().map(|&(name, _)| name))?;
        self.constant = pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        Ok(self)
    }

    /// Names the unit of the values, which must be the end of the name, before a counter's `_total`.
    ///
    /// # Errors
    ///
    /// [`Mistake::Unit`] when the name has another end, [`Mistake::UnitOfKind`] for kinds that have no unit.
    ///
    /// Source: OpenMetrics 1.0, "UNIT"; a server loses the whole scrape over a unit that is not the end of the name.
    pub fn with_unit(mut self, unit: &str) -> Result<Self, Error> {
        if !self.kind.traits().has_unit {
            return Err(self.refuse(Mistake::UnitOfKind { kind: self.kind }));
        }
        let is_end = ends_with_unit(self.kind.stem_of(&self.name), unit);
        if unit.is_empty() || !is_end || !is_metric_name(&format!("_{unit}")) {
            return Err(Error::of_unit(&self.name, unit));
        }
        self.unit = Some(unit.into());
        Ok(self)
    }

    /// Takes these label names only; none at all when `names` is empty.
    ///
    /// # Errors
    ///
    /// As [`Descriptor::with_constant`], and [`Mistake::LabelIsConstant`] when a constant label has one of the names.
    pub fn with_declared(mut self, names: &[&str]) -> Result<Self, Error> {
        self.check_names(names.iter().copied())?;
        self.check_distinct(names.iter().copied())?;
        self.check_meetings(names.iter().copied())?;
        let mut declared: Box<[Box<str>]> = names.iter().map(|&name| name.into()).collect();
        declared.sort_unstable();
        self.declared = Some(declared);
        Ok(self)
    }

    /// Lets the family have this many series at most, and one more that takes the updates of all others.
    #[must_use]
    pub fn with_max_series(mut self, most: NonZero<u64>) -> Self {
        self.max_series = Some(most.get());
        self
    }

    /// The most series that the family may have, if that is limited.
    #[must_use]
    pub fn max_series(&self) -> Option<u64> {
        self.max_series
    }

    /// The declared label names, sorted, if there are any.
    #[must_use]
    pub fn declared(&self) -> Option<&[Box<str>]> {
        self.declared.as_deref()
    }

    /// The family's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of the HELP line, not escaped.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The kind of the family.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The unit of the values, if it was named.
    #[must_use]
    pub fn unit(&self) -> Option<&str> {
        self.unit.as_deref()
    }

    /// The label of the states of a state set, if it has another name than the family.
    #[must_use]
    pub fn state_label(&self) -> Option<&str> {
        self.state_label.as_deref()
    }

    /// The label that the samples of the family carry themselves, and that users must not give.
    #[must_use]
    pub fn reserved_label(&self) -> Option<&str> {
        self.kind.reserved_label(self.state_label.as_deref().unwrap_or(&self.name))
    }

    /// The name to which the kind appends its suffixes to make the names of the samples: that of the family. For an info
    /// it has no suffix, though the name of the family may be given with one.
    #[must_use]
    pub fn sample_base(&self) -> &str {
        self.kind.base_of(&self.name)
    }

    /// What the label sets of the series have in common; `constant` are the constant labels.
    #[must_use]
    pub fn common<'a>(&'a self, constant: &'a [Pair<'a>], escaping: Escaping) -> Common<'a> {
        Common {
            metric: &self.name,
            one_name: self.kind.has_one_name(),
            constant,
            reserved: self.reserved_label(),
            naming: self.naming,
            escaping,
        }
    }

    /// Which names the family and its labels may have.
    #[must_use]
    pub fn naming(&self) -> Naming {
        self.naming
    }

    /// The constant labels in the order in which they were given.
    pub fn constant(&self) -> impl Iterator<Item = Pair<'_>> {
        self.constant.iter().map(|(name, value)| (&**name, &**value))
    }

    fn refuse(&self, mistake: impl Into<Mistake>) -> Error {
        Error::of(&self.name, mistake)
    }

    fn check_name(&self, name: &str) -> Result<(), Error> {
        check_label_name(name, self.reserved_label(), self.naming).map_err(|error| self.refuse(error))
    }

    /// Checks names one by one, the constant labels among what they may not be.
    fn check_names<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let constant: HashSet<&str> = self.constant().map(|(name, _)| name).collect();
        for name in names {
            self.check_name(name)?;
            if constant.contains(name) {
                return Err(self.refuse(Mistake::LabelIsConstant { name: name.to_owned() }));
            }
        }
        Ok(())
    }

    fn check_distinct<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let mut sorted: SmallVec<[&str; 8]> = names.collect();
        // Most series have few labels. Their names are compared sooner than sorted.
        match &*sorted {
            [] | [_] => return Ok(()),
            [first, second] if first != second => return Ok(()),
            _ => sorted.sort_unstable(),
        }
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(()),
            Some(pair) => Err(self.refuse(Mistake::LabelTwice { name: pair[0].to_owned() })),
        }
    }

    /// Checks that labels of these names, and the constant ones, stay different however they are escaped.
    fn check_meetings<'a>(&'a self, names: impl Iterator<Item = &'a str> + Clone) -> Result<(), Error> {
        // The label of a state set may have a colon, and then is not legal as it is.
        if self.naming == Naming::Legacy && self.reserved_label().is_none_or(is_label_name) {
            return Ok(());
        }
        // The metric's own name is a label to Prometheus.
        let own = ["__name__"].into_iter().chain(self.reserved_label());
        // A label that is given in the place of a constant one is the same.
        let given: HashSet<&str> = names.clone().collect();
        let constant = self.constant().map(|(name, _)| name).filter(|name| !given.contains(name));
        let all: Vec<&str> = own.chain(constant).chain(names).collect();
        let Some((first, second, escaping)) = find_meeting(&all) else {
            return Ok(());
        };
        let (first, second) = (first.to_owned(), second.to_owned());
        Err(self.refuse(Mistake::LabelsMeet { first, second, escaping }))
    }

    /// Checks the labels of a series that is to be born. They may stand in the place of constant ones.
    pub(super) fn check_labels(&self, pairs: &[Pair<'_>]) -> Result<(), Error> {
        for &(name, _) in pairs {
            self.check_name(name)?;
        }
        self.check_distinct(pairs.iter().map(|&(name, _)| name))?;
        self.check_declared(pairs)?;
        self.check_meetings(pairs.iter().map(|&(name, _)| name))
    }

    /// Checks that labels can stand in one exposition, whatever their names mean.
    ///
    /// # Errors
    ///
    /// [`Mistake::LabelName`], [`Mistake::LabelTwice`] or [`Mistake::LabelsMeet`].
    pub fn check_syntax(&self, labels: &[Pair<'_>]) -> Result<(), Error> {
        let names = || labels.iter().map(|&(name, _)| name);
        if let Some(name) = names().find(|name| !self.naming.takes_label_name(name)) {
            return Err(self.refuse(LabelNameError::Syntax { name: name.to_owned() }));
        }
        self.check_distinct(names())?;
        self.check_meetings(names())
    }

    /// Checks the facts of an info: labels of a series beside its own.
    ///
    /// # Errors
    ///
    /// As for the labels of a series; [`Mistake::LabelTwice`] for a fact that has the name of one of these.
    pub fn check_facts(&self, labels: &[Pair<'_>], facts: &[Pair<'_>]) -> Result<(), Error> {
        self.check_names(facts.iter().map(|&(name, _)| name))?;
        let names = || labels.iter().chain(facts).map(|&(name, _)| name);
        self.check_distinct(names())?;
        self.check_meetings(names())
    }

    pub(super) fn check_declared(&self, pairs: &[Pair<'_>]) -> Result<(), Error> {
        let Some(declared) = &self.declared else {
            return Ok(());
        };
        let mut given: SmallVec<[&str; 8]> = pairs.iter().map(|&(name, _)| name).collect();
        given.sort_unstable();
        let given = |name: &str| given.binary_search(&name).is_ok();
        let known = |name: &str| declared.binary_search_by(|known| (**known).cmp(name)).is_ok();
        let owned = |name: &str| name.to_owned();
        let missing: Vec<_> = declared.iter().filter(|name| !given(name)).map(|n| owned(n)).collect();
        let unknown: Vec<_> = pairs.iter().filter(|(name, _)| !known(name)).map(|(n, _)| owned(n)).collect();
        if missing.is_empty() && unknown.is_empty() {
            return Ok(());
        }
        let declared = declared.iter().map(|name| owned(name)).collect();
        Err(self.refuse(Mistake::LabelNames { missing, unknown, declared }))
    }
}
