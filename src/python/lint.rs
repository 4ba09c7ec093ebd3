//! `lint` for Python: a registry or families are read, and looked at without the interpreter's lock.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::collect::{Collected, Source};
use crate::exposition::Block;
use crate::lint::{About, Findings, Limits, Linter, Problem, Rule, Written};
use crate::memory::OutOfMemory;
use crate::python::interpreter::lifecycle::{calls_python, detached};
use crate::python::parsing::page::PyParsedPage;
use crate::python::scrape::family::sample::ReadSample;
use crate::python::scrape::family::{Described, TURN};
use crate::python::scrape::source::{Formatting, Scraped};
use crate::report::full_name;

/// How much is too much, from Python.
type Given = (usize, usize, usize, usize);

fn limits((values_per_label, series, buckets, value_length): Given) -> Limits {
    Limits { values_per_label, series, buckets, value_length }
}

/// A problem: the family, the rule, its severity, the text, and the labels.
type Shown<'py> = (String, &'static str, &'static str, String, Bound<'py, PyDict>);

/// The problems, and the numbers of families and series that were looked at.
type Found<'py> = (Vec<Shown<'py>>, usize, usize);

fn found(py: Python<'_>, findings: Findings) -> PyResult<Found<'_>> {
    let made = findings.problems.into_iter().map(|problem| {
        let labels = PyDict::new(py);
        for (name, value) in problem.labels {
            labels.set_item(name, value)?;
        }
        let Problem { family, rule, text, .. } = problem;
        Ok((family, rule.id(), rule.severity().as_str(), text, labels))
    });
    Ok((made.collect::<PyResult<_>>()?, findings.families, findings.series))
}

/// Return what is wrong with the metrics of a registry.
///
/// :param metrics: What a scrape exposes: metrics, reports and failures.
/// :param block: As for ``Scrape.render``.
/// :param limits: The most values of a label, series, buckets, and bytes of a label value.
/// :returns: The problems, each as a tuple of the family, the rule, its severity, the text, and
///     the labels; how many families there were, and how many series.
#[pyfunction]
pub fn lint_metrics<'py>(
    metrics: &Bound<'py, PyList>,
    block: Bound<'py, PyAny>,
    limits: Given,
) -> PyResult<Found<'py>> {
    let py = metrics.py();
    calls_python(py);
    let formatting = Formatting { block, of_all: false };
    let mut linter = Linter::new(self::limits(limits));
    let mut blocks: Vec<Block> = Vec::new();
    for object in metrics {
        let source = Scraped { object, formatting: &formatting };
        match source.collect() {
            Ok(Collected { block, left_out, .. }) => {
                if let Some(first) = left_out.first() {
                    linter.note(repeated(block.name(), left_out.len(), first));
                }
                blocks.push(block);
            }
            Err(error) if source.ends_scrape(&error) => return Err(error),
            Err(error) => linter.note(Problem {
                family: source.name(),
                rule: Rule::CollectorFails,
                text: format!("it fails at a scrape, which leaves it out: {error}"),
                labels: Vec::new(),
            }),
        }
    }
    let problems = detached(py, move || {
        for block in &blocks {
            linter.block(block)?;
        }
        Ok::<_, OutOfMemory>(linter.finish())
    });
    found(py, problems?)
}

/// A report that gave samples twice, of which it has the first only.
fn repeated(family: &str, count: usize, first: &str) -> Problem {
    let text = format!(
        "{count} {} there before, such as {first}: a server keeps one of them; give each series labels of its own",
        if count == 1 { "sample was" } else { "samples were" }
    );
    Problem { family: family.to_owned(), rule: Rule::DuplicateSeries, text, labels: Vec::new() }
}

/// Return what is wrong with families.
///
/// :param families: Families; or for one that was parsed, its page and its place there.
/// :param limits: As for ``lint_metrics``.
/// :returns: As for ``lint_metrics``.
/// :raises TypeError: If something else is among them.
/// :raises ValueError: If there is no such type of families.
#[pyfunction]
pub fn lint_families<'py>(families: &Bound<'py, PyList>, limits: Given) -> PyResult<Found<'py>> {
    let py = families.py();
    calls_python(py);
    let mut linter = Linter::new(self::limits(limits));
    let mut written = Written::new(&mut linter);
    for family in families {
        if let Ok((page, place)) = family.extract::<(Bound<'_, PyParsedPage>, usize)>() {
            let page = page.get().page();
            if let Some(family) = page.family(place) {
                detached(py, || written.parsed(family))?;
            }
            continue;
        }
        let described = Described::read(&family, None)?;
        let first = described.samples.iter().next();
        let first = first.map(|sample| ReadSample::without_extras(&described.name, &sample)).transpose()?;
        let name = if described.is_as_given {
            described.name.clone()
        } else {
            full_name(&described.name, described.kind, first.as_ref().map(ReadSample::name))
        };
        written.begin(About::new(&name, &described.help, described.kind))?;
        for (step, sample) in described.samples.iter().enumerate() {
            if step % TURN == TURN - 1 {
                py.check_signals()?;
            }
            ReadSample::without_extras(&name, &sample)?
                .with(|given| written.sample(given.name, given.labels, given.value.as_f64()))?;
        }
    }
    written.end()?;
    found(py, detached(py, move || linter.finish()))
}

/// Return all rules of ``lint``: the name of each, its severity, and what it asks for.
#[pyfunction]
pub fn lint_rules() -> Vec<(&'static str, &'static str, &'static str)> {
    Rule::ALL.iter().map(|rule| (rule.id(), rule.severity().as_str(), rule.summary())).collect()
}
