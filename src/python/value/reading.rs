//! Readings: what `get` and a repr say of a series. They are visitors of it, as the formats are of whole families.

use pyo3::prelude::*;
use pyo3::types::PyString;

use super::describe;
use super::handle::Handle;
use crate::kind::Part;
use crate::memory::OutOfMemory;
use crate::metric::{Exemplar, Number};
use crate::python::argument::labels::to_dict;
use crate::python::argument::number;
use crate::python::interpreter::import::ordered_dict;
use crate::sample::{
    HistogramReading, Sample, Shape, SummaryReading, Visited, Visitor, Walk, Wants, walk_series,
};

/// Only the numbers.
const NUMBERS: Wants = Wants { exemplars: false, births: false, native: false };

/// What `get` returns for a series: a number, a dict of counts and sums, the facts, or the state.
///
/// # Errors
///
/// MemoryError.
pub fn get<'py, M: Walk>(handle: &Handle<M>, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
    let mut object = Object { py, object: None };
    // Python code may run while objects are made: the handle holds the series.
    walk_series(&handle.family, &handle.series, &mut object)?;
    Ok(object.object.unwrap_or_else(|| py.None().into_bound(py)))
}

/// The value of a series as a description shows it.
pub fn describe<M: Walk>(handle: &Handle<M>) -> String {
    let mut text = Text::default();
    // Without memory, the text is what it has become until then.
    let _ = walk_series(&handle.family, &handle.series, &mut text);
    text.0
}

/// A series as an object.
struct Object<'py> {
    py: Python<'py>,
    object: Option<Bound<'py, PyAny>>,
}

impl<'py> Object<'py> {
    /// An ordered dict of what was counted or measured at some points, the count and the sum.
    fn of_observations<V: IntoPyObject<'py>>(
        &mut self,
        points: impl Iterator<Item = (f64, V)>,
        count: impl IntoPyObject<'py>,
        sum: Option<f64>,
    ) -> PyResult<()> {
        let report = ordered_dict(self.py)?.into_any();
        for (point, value) in points {
            report.set_item(point, value)?;
        }
        report.set_item("count", count)?;
        report.set_item("sum", sum)?;
        self.object = Some(report);
        Ok(())
    }
}

impl Visitor for Object<'_> {
    type Error = PyErr;

    fn wants(&self) -> Wants {
        NUMBERS
    }

    fn sample(&mut self, sample: &Sample<'_>) -> PyResult<()> {
        self.object = Some(match sample.part {
            Part::Facts => to_dict(self.py, sample.own.iter().copied())?.into_any(),
            _ => sample.value.as_f64().into_pyobject(self.py)?.into_any(),
        });
        Ok(())
    }

    fn value(&mut self, _: &Visited<'_>, number: Number, _: Option<&Exemplar>) -> PyResult<()> {
        self.object = Some(number::to_object(self.py, number)?);
        Ok(())
    }

    fn summary(&mut self, _: &Visited<'_>, _: &Shape<'_>, reading: &SummaryReading<'_>) -> PyResult<()> {
        let count = reading.count.map(|count| number::to_object(self.py, count)).transpose()?;
        self.of_observations(reading.quantiles.iter().copied(), count, reading.sum)
    }

    fn histogram(
        &mut self,
        _: &Visited<'_>,
        shape: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> PyResult<()> {
        let bounds = match shape {
            Shape::Buckets(bounds) => &**bounds,
            Shape::Quantiles(_) | Shape::States(_) => &[],
        };
        let buckets = bounds.iter().copied().zip(reading.counts.iter().copied());
        self.of_observations(buckets, reading.count, reading.sum)
    }

    fn states(&mut self, _: &Visited<'_>, shape: &Shape<'_>, current: usize) -> PyResult<()> {
        self.object = Some(PyString::new(self.py, &shape.text(current)).into_any());
        Ok(())
    }
}

/// A series as the short text of a description.
#[derive(Default)]
struct Text(String);

impl Visitor for Text {
    type Error = OutOfMemory;

    fn wants(&self) -> Wants {
        NUMBERS
    }

    fn sample(&mut self, sample: &Sample<'_>) -> Result<(), OutOfMemory> {
        self.0 = match sample.part {
            Part::Facts => format!("{{{}}}", describe::pairs(sample.own.iter().copied())),
            _ => describe::number(Number::Float(sample.value.as_f64())),
        };
        Ok(())
    }

    fn value(&mut self, _: &Visited<'_>, number: Number, _: Option<&Exemplar>) -> Result<(), OutOfMemory> {
        self.0 = describe::number(number);
        Ok(())
    }

    fn summary(
        &mut self,
        _: &Visited<'_>,
        _: &Shape<'_>,
        reading: &SummaryReading<'_>,
    ) -> Result<(), OutOfMemory> {
        self.0 = describe::observations(
            reading.count.map_or(0, Number::as_count),
            reading.sum.unwrap_or_default(),
        );
        Ok(())
    }

    fn histogram(
        &mut self,
        _: &Visited<'_>,
        _: &Shape<'_>,
        reading: &HistogramReading<'_>,
    ) -> Result<(), OutOfMemory> {
        self.0 = describe::observations(reading.count, reading.sum.unwrap_or_default());
        Ok(())
    }

    fn states(&mut self, _: &Visited<'_>, shape: &Shape<'_>, current: usize) -> Result<(), OutOfMemory> {
        self.0 = describe::short(&shape.text(current));
        Ok(())
    }
}
