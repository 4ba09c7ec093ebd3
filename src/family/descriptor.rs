//! What is known of a family before it has a series, and what its labels may be.

use crate::error::Error;
use crate::labels::Pair;
use crate::metric::Kind;
use crate::name::{check_label_name, is_metric_name};

/// What is known of a family before it has a series.
#[derive(Debug, Clone)]
pub struct Descriptor {
    name: Box<str>,
    help: Box<str>,
    kind: Kind,
    constant: Box<[(Box<str>, Box<str>)]>,
    /// Sorted; `None`: any label names are taken.
    declared: Option<Box<[Box<str>]>>,
}

impl Descriptor {
    /// Describes a family without constant labels, which takes any label names.
    ///
    /// # Errors
    ///
    /// [`Error::MetricName`] when the name is malformed.
    pub fn new(name: &str, help: &str, kind: Kind) -> Result<Self, Error> {
        if !is_metric_name(name) {
            return Err(Error::MetricName { name: name.to_owned() });
        }
        let (name, help) = (Box::from(name), Box::from(help));
        Ok(Self { name, help, kind, constant: Box::default(), declared: None })
    }

    /// Gives all series of the family these labels.
    ///
    /// # Errors
    ///
    /// [`Error::LabelName`], [`Error::LabelPrefix`] or [`Error::LabelSyntax`] for the first bad name,
    /// [`Error::LabelTwice`] when one is there twice.
    pub fn with_constant(mut self, pairs: &[Pair<'_>]) -> Result<Self, Error> {
        for &(name, _) in pairs {
            check_label_name(&self.name, name, self.kind.reserved_label())?;
        }
        self.check_distinct(pairs.iter().map(|&(name, _)| name))?;
        self.constant = pairs.iter().map(|&(name, value)| (name.into(), value.into())).collect();
        Ok(self)
    }

    /// Takes these label names only; none at all when `names` is empty.
    ///
    /// # Errors
    ///
    /// As [`Descriptor::with_constant`], and [`Error::LabelIsConstant`] when a constant label has a name.
    pub fn with_declared(mut self, names: &[&str]) -> Result<Self, Error> {
        for &name in names {
            self.check_name(name)?;
        }
        self.check_distinct(names.iter().copied())?;
        let mut declared: Box<[Box<str>]> = names.iter().map(|&name| name.into()).collect();
        declared.sort_unstable();
        self.declared = Some(declared);
        Ok(self)
    }

    /// The family's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the HELP line says, not escaped.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// What the family counts.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The constant labels in the order in which they were given.
    pub fn constant(&self) -> impl Iterator<Item = Pair<'_>> {
        self.constant.iter().map(|(name, value)| (&**name, &**value))
    }

    fn check_name(&self, name: &str) -> Result<(), Error> {
        check_label_name(&self.name, name, self.kind.reserved_label())?;
        if self.constant().any(|(constant, _)| constant == name) {
            let (metric, name) = (self.name.to_string(), name.to_owned());
            return Err(Error::LabelIsConstant { metric, name });
        }
        Ok(())
    }

    fn check_distinct<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<(), Error> {
        let mut sorted: Vec<&str> = names.collect();
        sorted.sort_unstable();
        match sorted.windows(2).find(|pair| pair[0] == pair[1]) {
            None => Ok(()),
            Some(pair) => {
                let (metric, name) = (self.name.to_string(), pair[0].to_owned());
                Err(Error::LabelTwice { metric, name })
            }
        }
    }

    /// Checks the labels of a series that is to be born.
    pub(super) fn check_labels(&self, pairs: &[Pair<'_>]) -> Result<(), Error> {
        for &(name, _) in pairs {
            self.check_name(name)?;
        }
        self.check_distinct(pairs.iter().map(|&(name, _)| name))?;
        self.check_declared(pairs)
    }

    pub(super) fn check_declared(&self, pairs: &[Pair<'_>]) -> Result<(), Error> {
        let Some(declared) = &self.declared else {
            return Ok(());
        };
        let given = |name: &str| pairs.iter().any(|&(given, _)| given == name);
        let known = |name: &str| declared.binary_search_by(|known| (**known).cmp(name)).is_ok();
        let owned = |name: &str| name.to_owned();
        let missing: Vec<_> = declared.iter().filter(|name| !given(name)).map(|n| owned(n)).collect();
        let unknown: Vec<_> = pairs.iter().filter(|(name, _)| !known(name)).map(|(n, _)| owned(n)).collect();
        if missing.is_empty() && unknown.is_empty() {
            return Ok(());
        }
        let declared = declared.iter().map(|name| owned(name)).collect();
        Err(Error::LabelNames { metric: self.name.to_string(), missing, unknown, declared })
    }
}
