//! Rules on labels: their names, how many values they have, and what these look like.

use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashMap, HashSet};

use super::about::About;
use super::identifier::Looks;
use super::name::{is_camel_case, snake_case};
use super::series::Series;
use super::{Limits, Problem, Rule};
use crate::kind::Kind;
use crate::memory::OutOfMemory;
use crate::quote::quoted;

/// The bytes of a value that a problem shows.
const SHOWN: usize = 80;

/// Values that look alike: how many, and the first.
#[derive(Debug, Default)]
struct Alike {
    count: usize,
    first: String,
}

/// What was seen of one label.
#[derive(Debug)]
struct Label {
    name: String,
    /// The hashes of its values.
    values: HashSet<u64, DefaultHashBuilder>,
    /// By [`Looks::ALL`]. Most labels have none.
    alike: [Option<Box<Alike>>; Looks::ALL.len()],
    /// The length of the longest value that is too long, and its beginning.
    long: Option<(usize, String)>,
}

impl Label {
    fn new(name: &str, hasher: &DefaultHashBuilder) -> Self {
        let values = HashSet::with_hasher(hasher.clone());
        Self { name: name.to_owned(), values, alike: Default::default(), long: None }
    }

    /// Takes a value that is there for the first time.
    #[cold]
    fn take_new(&mut self, value: &str, longest: usize, may_be_id: bool) {
        if value.len() > longest && self.long.as_ref().is_none_or(|(length, _)| *length < value.len()) {
            self.long = Some((value.len(), beginning(value)));
        }
        if let Some(looks) = Looks::of(value).filter(|_| may_be_id) {
            let alike = self.alike[looks as usize].get_or_insert_default();
            alike.count += 1;
            if alike.count == 1 {
                alike.first = beginning(value);
            }
        }
    }

    fn problem(&self, about: &About, rule: Rule, value: &str, text: String) -> Problem {
        Problem { labels: vec![(self.name.clone(), value.to_owned())], ..about.problem(rule, text) }
    }
}

/// A value, cut where it is long.
fn beginning(value: &str) -> String {
    if value.len() <= SHOWN {
        return value.to_owned();
    }
    let end = (0..=SHOWN).rev().find(|&end| value.is_char_boundary(end)).unwrap_or(0);
    format!("{}...", &value[..end])
}

/// What was seen of the labels of a family.
#[derive(Debug)]
pub(super) struct Labels {
    longest: usize,
    /// Whether values that look like ids are a problem.
    may_be_id: bool,
    all: Vec<Label>,
    places: HashMap<String, usize>,
}

impl Labels {
    pub fn new(longest: usize, may_be_id: bool) -> Self {
        Self { longest, may_be_id, all: Vec::new(), places: HashMap::new() }
    }

    pub fn take(&mut self, series: &Series<'_>, hasher: &DefaultHashBuilder) -> Result<(), OutOfMemory> {
        for (place, &(name, value)) in series.labels.iter().enumerate() {
            // Most series of a family have the same names, in the same order.
            let place = match self.all.get(place) {
                Some(label) if label.name == name => place,
                _ => self.place_of(name, hasher)?,
            };
            let label = &mut self.all[place];
            let mut state = hasher.build_hasher();
            state.write(value.as_bytes());
            label.values.try_reserve(1)?;
            if label.values.insert(state.finish()) {
                label.take_new(value, self.longest, self.may_be_id);
            }
        }
        Ok(())
    }

    fn place_of(&mut self, name: &str, hasher: &DefaultHashBuilder) -> Result<usize, OutOfMemory> {
        if let Some(&place) = self.places.get(name) {
            return Ok(place);
        }
        self.all.try_reserve(1)?;
        self.places.try_reserve(1)?;
        self.places.insert(name.to_owned(), self.all.len());
        self.all.push(Label::new(name, hasher));
        Ok(self.all.len() - 1)
    }

    pub fn check(&self, about: &About, limits: &Limits, problems: &mut Vec<Problem>) {
        for label in &self.all {
            check_name(about, label, problems);
            check_count(about, label, limits, problems);
            check_ids(about, label, problems);
            if let Some((length, value)) = &label.long {
                let text = format!(
                    "a value of the label {} has {length} bytes, and {} is the limit: servers keep every value in memory; \
                     give a short word instead",
                    label.name, limits.value_length
                );
                problems.push(label.problem(about, Rule::LongLabelValue, value, text));
            }
        }
    }
}

fn check_name(about: &About, label: &Label, problems: &mut Vec<Problem>) {
    let name = &*label.name;
    for owner in [Kind::Histogram, Kind::Summary] {
        let owns = about.kind == owner || about.kind == Kind::GaugeHistogram && owner == Kind::Histogram;
        if owner.own_label() == Some(name) && !owns && about.kind != Kind::Untyped {
            let text = format!(
                "it is a {}, and only a {owner} has the label {name}: call the label something else",
                about.kind
            );
            problems.push(label.problem(about, Rule::ReservedLabel, "", text));
        }
    }
    if name.starts_with("__") {
        let text =
            format!("the label {name} begins with two underscores: servers drop it; call it something else");
        problems.push(label.problem(about, Rule::ReservedLabelName, "", text));
    }
    if is_camel_case(name) {
        let text = format!("the label {name} is written in camelCase: call it {}", snake_case(name));
        problems.push(label.problem(about, Rule::CamelCase, "", text));
    }
    if matches!(name, "job" | "instance") {
        let text = format!(
            "a server gives the label {name} to each target, and calls this one exported_{name}: call it something else"
        );
        problems.push(label.problem(about, Rule::TargetLabel, "", text));
    }
}

fn check_count(about: &About, label: &Label, limits: &Limits, problems: &mut Vec<Problem>) {
    if label.values.len() > limits.values_per_label {
        let text = format!(
            "the label {} has {} values, and {} is the limit: each is at least one series in every server; leave it out, or \
             give groups instead",
            label.name,
            label.values.len(),
            limits.values_per_label
        );
        problems.push(label.problem(about, Rule::TooManyValues, "", text));
    }
}

fn check_ids(about: &About, label: &Label, problems: &mut Vec<Problem>) {
    for (looks, alike) in Looks::ALL.iter().zip(&label.alike) {
        if let Some(alike) = alike.as_ref().filter(|alike| alike.count >= looks.least()) {
            let text = format!(
                "{} {} of the label {} look like {}, such as {}, of which there is no end: {}",
                alike.count,
                if alike.count == 1 { "value" } else { "values" },
                label.name,
                looks.words(),
                quoted(&alike.first),
                looks.advice()
            );
            problems.push(label.problem(about, Rule::IdInLabel, &alike.first, text));
        }
    }
}
