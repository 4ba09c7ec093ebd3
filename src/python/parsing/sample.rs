//! The samples of a page as Python objects.

use std::collections::HashMap;

use pyo3::IntoPyObjectExt;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList, PyString, PyTuple};

use crate::memory;
use crate::metric::Number;
use crate::parse::{Example, NativeView, SampleView, Spans, Time};
use crate::python::interpreter::import::OfPackage;
use crate::python::interpreter::lifecycle::give_way;

/// The samples between two moments at which other threads may run, and signals are handled.
const TURN: usize = 2048;

/// The most texts of which the object is kept for the next sample.
const KEPT: usize = 256;

/// What makes samples. Names come again and again: their objects are kept.
pub struct Maker<'py> {
    py: Python<'py>,
    sample: Bound<'py, PyAny>,
    /// `tuple.__new__`, which makes a named tuple without Python code.
    new: Bound<'py, PyAny>,
    names: HashMap<Box<str>, Bound<'py, PyString>>,
    /// The label values of the sample before, with their addresses in the page: all buckets of a series share them.
    values: Vec<(*const str, Bound<'py, PyString>)>,
}

impl<'py> Maker<'py> {
    /// Without a sample yet.
    pub fn new(py: Python<'py>) -> PyResult<Self> {
        static SAMPLE: OfPackage = OfPackage::new("aioprometheus.families.sample", "Sample");
        let new = py.get_type::<PyTuple>().getattr(intern!(py, "__new__"))?;
        Ok(Self { py, sample: SAMPLE.get(py)?, new, names: HashMap::new(), values: Vec::new() })
    }

    /// A list of the samples.
    pub fn list<'a>(
        mut self,
        samples: impl ExactSizeIterator<Item = SampleView<'a>>,
    ) -> PyResult<Bound<'py, PyList>> {
        let list = PyList::empty(self.py);
        for (step, sample) in samples.enumerate() {
            memory::check_step(step)?;
            if step % TURN == TURN - 1 {
                self.py.check_signals()?;
                give_way(self.py);
            }
            list.append(self.make(&sample)?)?;
        }
        Ok(list)
    }

    fn make(&mut self, sample: &SampleView<'_>) -> PyResult<Bound<'py, PyAny>> {
        let py = self.py;
        let none = || py.None().into_bound(py);
        let fields = [
            self.name(sample.name()).into_any(),
            self.labels(sample.labels())?,
            self.number(sample.value())?,
            sample.time().map_or_else(|| Ok(none()), |time| self.time(time))?,
            sample.exemplar().map_or_else(|| Ok(none()), |exemplar| self.exemplar(&exemplar))?,
            sample.native().map_or_else(|| Ok(none()), |native| self.native(&native))?,
        ];
        self.new.call1((&self.sample, PyTuple::new(py, fields)?))
    }

    fn name(&mut self, name: &str) -> Bound<'py, PyString> {
        if let Some(object) = self.names.get(name) {
            return object.clone();
        }
        let object = PyString::new(self.py, name);
        if self.names.len() < KEPT {
            self.names.insert(name.into(), object.clone());
        }
        object
    }

    fn labels<'a>(
        &mut self,
        labels: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(self.py);
        for (place, (name, value)) in labels.enumerate() {
            let object = self.value(place, value);
            dict.set_item(self.name(name), object)?;
        }
        Ok(dict.into_any())
    }

    fn value(&mut self, place: usize, value: &str) -> Bound<'py, PyString> {
        let address: *const str = value;
        match self.values.get(place) {
            Some((known, object)) if std::ptr::eq(*known, address) => return object.clone(),
            _ => self.values.truncate(place),
        }
        let object = PyString::new(self.py, value);
        self.values.push((address, object.clone()));
        object
    }

    fn number(&self, number: Number) -> PyResult<Bound<'py, PyAny>> {
        match number {
            Number::Int(int) => int.into_bound_py_any(self.py),
            Number::Float(float) => Ok(PyFloat::new(self.py, float).into_any()),
        }
    }

    fn time(&self, time: Time) -> PyResult<Bound<'py, PyAny>> {
        static TIMESTAMP: OfPackage = OfPackage::new("aioprometheus.families.sample", "Timestamp");
        match time {
            #[expect(clippy::cast_precision_loss, reason = "the nearest float is what Python gives")]
            Time::Milliseconds(milliseconds) => {
                Ok(PyFloat::new(self.py, milliseconds as f64 / 1000.0).into_any())
            }
            Time::Seconds(seconds) => Ok(PyFloat::new(self.py, seconds).into_any()),
            Time::Nanoseconds(seconds, nanoseconds) => {
                let time = TIMESTAMP.get(self.py)?.call1((seconds, nanoseconds.abs()))?;
                if seconds == 0 && nanoseconds < 0 {
                    // The class takes the sign of the seconds, and these have none.
                    time.setattr(intern!(self.py, "nsec"), nanoseconds)?;
                }
                Ok(time)
            }
        }
    }

    fn exemplar(&mut self, exemplar: &Example<'_>) -> PyResult<Bound<'py, PyAny>> {
        static EXEMPLAR: OfPackage = OfPackage::new("aioprometheus.families.sample", "Exemplar");
        let labels = self.labels(exemplar.labels())?;
        let time = exemplar.time().map(|time| self.time(time)).transpose()?;
        EXEMPLAR.get(self.py)?.call1((labels, self.number(exemplar.value())?, time))
    }
    fn native(&mut self, native: &NativeView<'_>) -> PyResult<Bound<'py, PyAny>> {
        static NATIVE: OfPackage = OfPackage::new("aioprometheus.families.sample", "NativeHistogram");
        let (threshold, zeros) = native.zero();
        let (positive, negative) = (native.positive(), native.negative());
        let exemplars: Vec<_> = native.exemplars().collect();
        let exemplars =
            exemplars.iter().map(|exemplar| self.exemplar(exemplar)).collect::<PyResult<Vec<_>>>()?;
        let fields = (
            self.number(native.count())?,
            native.sum(),
            native.schema(),
            threshold,
            self.number(zeros)?,
            self.spans(positive)?,
            self.spans(negative)?,
            self.deltas(positive)?,
            self.deltas(negative)?,
            if exemplars.is_empty() { None } else { Some(PyTuple::new(self.py, exemplars)?) },
        );
        NATIVE.get(self.py)?.call1(fields)
    }

    fn spans(&self, buckets: Spans<'_>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        static SPAN: OfPackage = OfPackage::new("aioprometheus.families.sample", "BucketSpan");
        if buckets.spans.is_empty() {
            return Ok(None);
        }
        let class = SPAN.get(self.py)?;
        let spans = buckets.spans.iter().map(|&span| class.call1(span)).collect::<PyResult<Vec<_>>>()?;
        PyTuple::new(self.py, spans).map(Some)
    }

    fn deltas(&self, buckets: Spans<'_>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        if buckets.spans.is_empty() {
            return Ok(None);
        }
        let deltas = buckets.deltas.iter().map(|&delta| self.number(delta)).collect::<PyResult<Vec<_>>>()?;
        PyTuple::new(self.py, deltas).map(Some)
    }
}
