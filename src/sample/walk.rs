//! The walks: what each kind of families, and each kind of readings of a report, gives to a visitor.

use super::{Amount, HistogramReading, Sample, Scope, Shape, SummaryReading, Visited, Visitor};
use crate::family::{AnyFamily, Descriptor, Family, Series};
use crate::fork;
use crate::kind::Part;
use crate::memory;
use crate::metric::{Histogram, Info, Metric, Number, StateSet, Summary, Value, histogram, info, with_any};
use crate::report::{self, Reading, Report};

/// The sample of an info.
fn facts<V: Visitor>(visitor: &mut V, series: &Visited<'_>, facts: &info::Facts) -> Result<(), V::Error> {
    let (own, value) = (info::pairs(facts), Amount::Float(1.0));
    visitor.sample(&Sample { series, part: Part::Facts, own: &own, value, exemplar: None })
}

impl<'a> Scope<'a> {
    fn new(descriptor: &'a Descriptor) -> Self {
        Self { descriptor, constant: descriptor.constant().collect() }
    }
}

/// Walks along the series of a family, in the order of their births. The state of each is read once.
///
/// # Errors
///
/// Those of the visitor, and [`OutOfMemory`](crate::memory::OutOfMemory).
#[inline]
pub fn walk_family<V: Visitor>(family: &AnyFamily, visitor: &mut V) -> Result<(), V::Error> {
    let scope = Scope::new(family.descriptor());
    with_any!(AnyFamily, family, family => Walk::walk(&scope, &**family, visitor))
}

/// As [`walk_family`], along one series of it.
///
/// # Errors
///
/// As for [`walk_family`].
pub fn walk_series<M: Walk, V: Visitor>(
    family: &Family<M>,
    series: &Series<M>,
    visitor: &mut V,
) -> Result<(), V::Error> {
    M::walk_along(&Scope::new(family.descriptor()), family, One(series), visitor)
}

/// Which series are walked along.
pub trait Along<M: Metric> {
    /// Runs `visit` on them, several at a time.
    fn for_each_chunk(self, family: &Family<M>, visit: impl FnMut(&[&Series<M>]));

    /// As [`Along::for_each_chunk`], one at a time, as long as there is no error.
    ///
    /// # Errors
    ///
    /// The first of `visit`.
    #[inline]
    fn for_each<E>(
        self,
        family: &Family<M>,
        mut visit: impl FnMut(&Series<M>) -> Result<(), E>,
    ) -> Result<(), E>
    where
        Self: Sized,
    {
        let mut ended = Ok(());
        self.for_each_chunk(family, |chunk| {
            for series in chunk {
                if ended.is_ok() {
                    ended = visit(series);
                }
            }
        });
        ended
    }
}

/// All series of a family.
struct All;

impl<M: Metric> Along<M> for All {
    #[inline]
    fn for_each_chunk(self, family: &Family<M>, visit: impl FnMut(&[&Series<M>])) {
        family.for_each_chunk(visit);
    }
}

/// One series.
struct One<'a, M>(&'a Series<M>);

impl<M: Metric> Along<M> for One<'_, M> {
    #[inline]
    fn for_each_chunk(self, _: &Family<M>, mut visit: impl FnMut(&[&Series<M>])) {
        visit(&[self.0]);
    }
}

/// A state whose series give samples.
pub trait Walk: Metric {
    /// Gives a visitor what the series say.
    ///
    /// # Errors
    ///
    /// As for [`walk_family`].
    fn walk_along<V: Visitor>(
        scope: &Scope<'_>,
        family: &Family<Self>,
        along: impl Along<Self>,
        visitor: &mut V,
    ) -> Result<(), V::Error>;

    /// As [`Walk::walk_along`], along all series of the family.
    ///
    /// # Errors
    ///
    /// As for [`walk_family`].
    #[inline]
    fn walk<V: Visitor>(scope: &Scope<'_>, family: &Family<Self>, visitor: &mut V) -> Result<(), V::Error> {
        Self::walk_along(scope, family, All, visitor)
    }
}

impl Walk for Value {
    #[inline]
    fn walk_along<V: Visitor>(
        scope: &Scope<'_>,
        family: &Family<Self>,
        along: impl Along<Self>,
        visitor: &mut V,
    ) -> Result<(), V::Error> {
        let mut ended = Ok(());
        along.for_each_chunk(family, |chunk| {
            if ended.is_ok() {
                ended = visitor.values(scope, chunk);
            }
        });
        ended
    }
}

impl Walk for Summary {
    fn walk_along<V: Visitor>(
        scope: &Scope<'_>,
        family: &Family<Self>,
        along: impl Along<Self>,
        visitor: &mut V,
    ) -> Result<(), V::Error> {
        if !family.has_begun() {
            return Ok(()); // The targets may still change.
        }
        let wants = visitor.wants();
        let shape = Shape::Quantiles(family.spec().pairs().map(|(rank, _)| rank).collect());
        visitor.shape(scope, &shape);
        along.for_each(family, |series| {
            let born = wants.births.then(|| series.born());
            let snapshot = fork::section(|| series.metric().read());
            let quantiles = snapshot.quantiles(family.spec());
            let count = Some(Number::Int(snapshot.count as i64));
            let visited = Visited { scope, labels: series.labels(), born };
            let reading = SummaryReading { count, sum: Some(snapshot.sum), quantiles: &quantiles };
            visitor.summary(&visited, &shape, &reading)
        })
    }
}

impl Walk for Histogram {
    fn walk_along<V: Visitor>(
        scope: &Scope<'_>,
        family: &Family<Self>,
        along: impl Along<Self>,
        visitor: &mut V,
    ) -> Result<(), V::Error> {
        if !family.has_begun() {
            return Ok(()); // The bounds may still change.
        }
        let (spec, wants) = (family.spec(), visitor.wants());
        let bounds = spec.bounds().upper();
        let shape = Shape::Buckets(bounds.into());
        visitor.shape(scope, &shape);
        // A reset is a birth, and only native buckets are reset.
        let reads_all = spec.native().is_some() && (wants.native || wants.births);
        let counts = Vec::with_capacity(bounds.len());
        let mut reading = histogram::Reading { counts, ..histogram::Reading::default() };
        let mut ended = Ok(());
        along.for_each_chunk(family, |chunk| {
            for series in chunk {
                visitor.prefetch(series.labels());
                series.metric().prefetch();
            }
            for series in chunk {
                if ended.is_err() {
                    return;
                }
                let metric = series.metric();
                let mut born = wants.births.then(|| series.born());
                if reads_all {
                    metric.read(spec, &mut reading);
                    born = born.map(|born| reading.reset_at.map_or(born, |reset_at| reset_at.max(born)));
                } else {
                    reading.sum = metric.read_classic(spec, &mut reading.counts);
                }
                let (mut exemplars, mut all) = (Vec::new(), Vec::new());
                if wants.exemplars && !metric.exemplars().is_empty() {
                    exemplars = (0..bounds.len()).map(|bucket| metric.exemplar(bucket)).collect();
                    if reads_all {
                        all = metric.exemplars().iter().collect();
                    }
                }
                let visited = Visited { scope, labels: series.labels(), born };
                let reading = HistogramReading {
                    counts: &reading.counts,
                    count: reading.counts.last().copied().unwrap_or_default(),
                    sum: Some(reading.sum),
                    exemplars: &exemplars,
                    native: reading.native.as_ref().map(|native| (native, &*all)),
                };
                ended = visitor.histogram(&visited, &shape, &reading);
            }
        });
        ended
    }
}

impl Walk for Info {
    fn walk_along<V: Visitor>(
        scope: &Scope<'_>,
        family: &Family<Self>,
        along: impl Along<Self>,
        visitor: &mut V,
    ) -> Result<(), V::Error> {
        along.for_each(family, |series| {
            let visited = Visited { scope, labels: series.labels(), born: None };
            facts(visitor, &visited, &series.metric().get())
        })
    }

    /// Facts that go from one series to another meanwhile are not seen twice: all are read at one moment.
    fn walk<V: Visitor>(scope: &Scope<'_>, family: &Family<Self>, visitor: &mut V) -> Result<(), V::Error> {
        for (series, known) in family.readings()? {
            facts(visitor, &Visited { scope, labels: series.labels(), born: None }, &known)?;
        }
        Ok(())
    }
}

impl Walk for StateSet {
    fn walk_along<V: Visitor>(
        scope: &Scope<'_>,
        family: &Family<Self>,
        along: impl Along<Self>,
        visitor: &mut V,
    ) -> Result<(), V::Error> {
        let shape = Shape::States(family.spec().names().collect());
        visitor.shape(scope, &shape);
        along.for_each(family, |series| {
            let current = series.metric().get();
            visitor.states(&Visited { scope, labels: series.labels(), born: None }, &shape, current)
        })
    }
}

/// Walks along the series of a report, in the order in which they were reported.
///
/// # Errors
///
/// Those of the visitor.
pub fn walk_report<V: Visitor>(report: &Report, visitor: &mut V) -> Result<(), V::Error> {
    let scope = Scope::new(report.descriptor());
    let mut timestamp = None;
    for series in report.series() {
        let own = series.about().and_then(|about| about.timestamp);
        if own != timestamp {
            visitor.time(own);
            timestamp = own;
        }
        walk_reported(&scope, series, visitor)?;
    }
    if timestamp.is_some() {
        visitor.time(None);
    }
    Ok(())
}

fn walk_reported<V: Visitor>(
    scope: &Scope<'_>,
    series: &report::Series,
    visitor: &mut V,
) -> Result<(), V::Error> {
    let about = series.about();
    // The shape of a reading, and what a visitor makes of it, grow with its points.
    memory::check_many(series.reading().points(), 192)?;
    let exemplars = about.map_or(&[][..], |about| &*about.exemplars);
    let visited = Visited { scope, labels: series.labels(), born: about.and_then(|about| about.born) };
    match series.reading() {
        Reading::Value(number) => {
            visitor.value(&visited, *number, exemplars.first().and_then(Option::as_deref))
        }
        Reading::Summary { quantiles, count, sum } => {
            let shape = Shape::Quantiles(quantiles.iter().map(|&(rank, _)| rank).collect());
            visitor.shape(scope, &shape);
            visitor.summary(&visited, &shape, &SummaryReading { count: *count, sum: *sum, quantiles })
        }
        Reading::Histogram { buckets, count, sum } => {
            let (bounds, counts): (Vec<f64>, Vec<u64>) = buckets.iter().copied().unzip();
            let shape = Shape::Buckets(bounds.into());
            visitor.shape(scope, &shape);
            let (count, sum) = (*count, *sum);
            let native = about.and_then(|about| about.native.as_ref()).filter(|_| visitor.wants().native);
            let native = native.map(|native| (&native.reading, &*native.exemplars));
            let reading = HistogramReading { counts: &counts, count, sum, exemplars, native };
            visitor.histogram(&visited, &shape, &reading)
        }
        Reading::Info(known) => facts(visitor, &visited, known),
        Reading::States(states) => {
            let mut current = states.iter().enumerate().filter(|(_, (_, is_in))| *is_in);
            let first = current.next().map_or(states.len(), |(state, _)| state);
            if current.next().is_none() {
                let shape = Shape::States(states.iter().map(|(state, _)| &**state).collect());
                visitor.shape(scope, &shape);
                return visitor.states(&visited, &shape, first);
            }
            // A state set of this library is in one state; one of others may be in several.
            let name = scope.descriptor.reserved_label().unwrap_or_default();
            for (state, is_in) in states {
                let value = Amount::Float(if *is_in { 1.0 } else { 0.0 });
                let own = [(name, &**state)];
                let series = &visited;
                visitor.sample(&Sample { series, part: Part::State, own: &own, value, exemplar: None })?;
            }
            Ok(())
        }
    }
}
