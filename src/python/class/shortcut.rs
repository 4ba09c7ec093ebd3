//! Shortcuts: faster ways into the methods of updates, timers and requests.
//!
//! The wrapper that pyo3 makes for a method counts the attachment, sorts the arguments by their names and returns a result
//! of many words: together that takes as long as the update itself. So the methods that a service calls on every request get
//! another entry. It does the work at once if the call is as plain as nearly all are: arguments by position, and for updates a
//! dict of few plain str, an int or a float. Any other call goes on to pyo3's wrapper, which has the documentation, the
//! signature and all the rules.
//!
//! Without the interpreter's lock, every call goes on to the wrapper. If the wrapper refuses the arguments, an entry adds a
//! note on what is wrong with them. Update methods without a shortcut have an entry for that alone.

mod entry;

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::AtomicPtr;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt};

use crate::kind::Kind;
use crate::metric::{Metric, Number, Value};
use crate::python::argument::exemplar::is_hooked;
use crate::python::child::class::{
    PyBoundCounter, PyBoundEnum, PyBoundGauge, PyBoundHistogram, PyBoundInfo, PyBoundSummary,
};
use crate::python::http::beginning::begin;
use crate::python::http::exchange::PyExchange;
use crate::python::http::recorder::PyRecorder;
use crate::python::lookup::{Change, Lookup};
use crate::python::metric::change::{Add, Observe, ObserveIn, Set, Subtract};
use crate::python::metric::class::{PyCounter, PyEnum, PyGauge, PyHistogram, PyInfo, PySummary};
use crate::python::metric::collector::PyCollector;
use crate::python::metric::state::{AnyLookup, State};
use crate::python::timing::target::Target;
use crate::python::timing::timer::PyTimer;
use entry::{Outcome, call, replace};

/// The number of an object that is an exact int of 64 bits or an exact float.
#[inline(always)]
fn plain_number(object: Borrowed<'_, '_, PyAny>) -> Option<Number> {
    if let Ok(float) = object.cast_exact::<PyFloat>() {
        return Some(Number::Float(float.value()));
    }
    if !object.is_exact_instance_of::<PyInt>() {
        return None;
    }
    let mut overflow = 0;
    // SAFETY: the object is an int, and this thread is attached.
    let int = unsafe { ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &raw mut overflow) };
    (overflow == 0).then_some(Number::Int(int))
}

/// The same, if a counter takes the number.
#[inline(always)]
fn plain_amount(object: Borrowed<'_, '_, PyAny>) -> Option<Number> {
    plain_number(object).filter(|number| match number {
        Number::Int(int) => *int >= 0,
        Number::Float(float) => *float >= 0.0,
    })
}

/// The state of a metric, if its class overrides nothing that an update calls and there is no hook for exemplars.
#[inline(always)]
fn plain_state(metric: &PyCollector) -> Option<&State> {
    metric.state().ok().filter(|state| !state.overrides.add && !state.overrides.value() && !is_hooked())
}

/// Labels by position; nothing stands for the series without labels.
type Labels<'a, 'py> = Option<Borrowed<'a, 'py, PyAny>>;

/// Changes the series of the labels.
#[inline(always)]
fn change<M: Metric>(
    lookup: &Lookup<M>,
    py: Python<'_>,
    labels: Labels<'_, '_>,
    change: impl Change<M>,
) -> Outcome {
    match labels {
        None => lookup.change_bare(py, change).into(),
        Some(labels) => lookup.change_plain(labels, change).map_or(Outcome::Unusual, Outcome::from),
    }
}

/// Changes the number of a metric, if the metric is of that kind: a class of the user's may descend from two.
#[inline(always)]
fn count<C: Change<Value>>(
    (metric, kind): (&PyCollector, Kind),
    py: Python<'_>,
    labels: Labels<'_, '_>,
    number: Option<Number>,
    by: impl FnOnce(Number) -> C,
) -> Outcome {
    let state = plain_state(metric).filter(|state| state.kind == kind);
    match (state.map(|state| &state.lookup), number) {
        (Some(AnyLookup::Value(lookup)), Some(number)) => change(lookup, py, labels, by(number)),
        _ => Outcome::Unusual,
    }
}

/// Observes a value with a histogram or a summary.
#[inline(always)]
fn observe(
    metric: &PyCollector,
    py: Python<'_>,
    labels: Labels<'_, '_>,
    value: Borrowed<'_, '_, PyAny>,
) -> Outcome {
    match (plain_state(metric).map(|state| &state.lookup), plain_number(value).map(Number::as_f64)) {
        (Some(AnyLookup::Histogram(lookup)), Some(value)) => {
            change(lookup, py, labels, ObserveIn(&lookup.family, value, None))
        }
        (Some(AnyLookup::Summary(lookup)), Some(value)) => change(lookup, py, labels, Observe(value)),
        _ => Outcome::Unusual,
    }
}

/// Runs `update`, if there is a number and no hook for exemplars.
#[inline(always)]
fn with_number(number: Option<Number>, update: impl FnOnce(Number) -> PyResult<()>) -> Outcome {
    number.filter(|_| !is_hooked()).map_or(Outcome::Unusual, |number| update(number).into())
}

#[inline(always)]
fn counter<'a>(metric: &'a Bound<'_, PyCounter>) -> (&'a PyCollector, Kind) {
    (metric.as_super().get(), Kind::Counter)
}

#[inline(always)]
fn gauge<'a>(metric: &'a Bound<'_, PyGauge>) -> (&'a PyCollector, Kind) {
    (metric.as_super().get(), Kind::Gauge)
}

/// A timer with the usual settings.
#[inline(always)]
fn timer(py: Python<'_>, target: Target) -> Outcome {
    Bound::new(py, PyTimer::of(target)).into()
}

/// Ends a block or a call, if it raised nothing.
#[inline(always)]
fn end(error: Borrowed<'_, '_, PyAny>, end: impl FnOnce() -> Option<PyResult<()>>) -> Outcome {
    if error.is_none() { end().map_or(Outcome::Unusual, Outcome::from) } else { Outcome::Unusual }
}

const ONE: Option<Number> = Some(Number::Int(1));

/// Declares the entries: the class, its methods, and what they do with each number of plain arguments.
macro_rules! shortcuts {
    ($($class:ty { $($method:ident($self:ident, $py:ident) { $($arguments:pat => $update:expr,)* })* })*) => {
        /// Puts the entries in the place of the methods.
        ///
        /// # Errors
        ///
        /// When a class has no such method.
        pub fn install(py: Python<'_>) -> PyResult<()> {
            $($({
                static ORIGINAL: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

                unsafe extern "C" fn entry(
                    metric: *mut ffi::PyObject,
                    arguments: *const *mut ffi::PyObject,
                    count: ffi::Py_ssize_t,
                    names: *mut ffi::PyObject,
                ) -> *mut ffi::PyObject {
                    let run = |$py: Python<'_>, $self: &Bound<'_, $class>, arguments: &[Borrowed<'_, '_, PyAny>]| {
                        match *arguments {
                            $($arguments => $update,)*
                            _ => Outcome::Unusual,
                        }
                    };
                    // SAFETY: the interpreter calls this as a method of the class, attached, with so many arguments.
                    unsafe { call((&ORIGINAL, stringify!($method)), run, metric, arguments, count, names) }
                }

                replace::<$class>(py, stringify!($method), entry, &ORIGINAL)?;
            })*)*
            Ok(())
        }
    };
}

shortcuts! {
    PyCollector {
        set_value(_metric, _py) {}
        get_value(_metric, _py) {}
        get(_metric, _py) {}
    }
    PyCounter {
        set_function(_metric, _py) {}
        count_exceptions(_metric, _py) {}
        add(_metric, _py) {}
        set(_metric, _py) {}
        inc(metric, py) {
            [] => count(counter(metric), py, None, ONE, Add),
            [labels] => {
                count(counter(metric), py, Some(labels), ONE, Add)
            },
            [labels, value] => {
                let amount = plain_amount(value);
                count(counter(metric), py, Some(labels), amount, Add)
            },
        }
    }
    PyGauge {
        set_function(_metric, _py) {}
        time(_metric, _py) {}
        track_inprogress(_metric, _py) {}
        add(_metric, _py) {}
        sub(_metric, _py) {}
        set_to_current_time(_metric, _py) {}
        set(metric, py) {
            [value] => {
                let number = plain_number(value);
                count(gauge(metric), py, None, number, Set)
            },
            [labels, value] => {
                let number = plain_number(value);
                count(gauge(metric), py, Some(labels), number, Set)
            },
        }
        inc(metric, py) {
            [] => count(gauge(metric), py, None, ONE, Add),
            [labels] => {
                count(gauge(metric), py, Some(labels), ONE, Add)
            },
            [labels, value] => {
                let number = plain_number(value);
                count(gauge(metric), py, Some(labels), number, Add)
            },
        }
        dec(metric, py) {
            [] => count(gauge(metric), py, None, ONE, Subtract),
            [labels] => {
                count(gauge(metric), py, Some(labels), ONE, Subtract)
            },
            [labels, value] => {
                let number = plain_number(value);
                count(gauge(metric), py, Some(labels), number, Subtract)
            },
        }
    }
    PyHistogram {
        observe_many(_metric, _py) {}
        time(_metric, _py) {}
        add(_metric, _py) {}
        get(_metric, _py) {}
        observe(metric, py) {
            [value] => observe(metric.as_super().get(), py, None, value),
            [labels, value] => observe(metric.as_super().get(), py, Some(labels), value),
        }
    }
    PySummary {
        observe_many(_metric, _py) {}
        time(_metric, _py) {}
        add(_metric, _py) {}
        get(_metric, _py) {}
        observe(metric, py) {
            [value] => observe(metric.as_super().get(), py, None, value),
            [labels, value] => observe(metric.as_super().get(), py, Some(labels), value),
        }
    }
    PyInfo {
        set_function(_metric, _py) {}
        info(_metric, _py) {}
    }
    PyEnum {
        set_function(_metric, _py) {}
        state(_metric, _py) {}
    }
    PyBoundInfo {
        set_function(_metric, _py) {}
        info(_metric, _py) {}
    }
    PyBoundEnum {
        set_function(_metric, _py) {}
        state(_metric, _py) {}
    }
    PyBoundCounter {
        set_function(_metric, _py) {}
        count_exceptions(_metric, _py) {}
        add(_metric, _py) {}
        set(_metric, _py) {}
        inc(child, py) {
            [] => with_number(ONE, |one| child.get().0.add(py, one)),
            [value] => with_number(plain_amount(value), |amount| child.get().0.add(py, amount)),
        }
    }
    PyBoundGauge {
        set_function(_metric, _py) {}
        time(child, py) {
            [] => timer(py, Target::Gauge(child.clone().unbind())),
        }
        add(_metric, _py) {}
        sub(_metric, _py) {}
        set(child, py) {
            [value] => with_number(plain_number(value), |number| child.get().0.set(py, number)),
        }
        inc(child, py) {
            [] => with_number(ONE, |one| child.get().0.add(py, one)),
            [value] => with_number(plain_number(value), |number| child.get().0.add(py, number)),
        }
        dec(child, py) {
            [] => with_number(ONE, |one| child.get().0.sub(py, one)),
            [value] => with_number(plain_number(value), |number| child.get().0.sub(py, number)),
        }
    }
    PyBoundHistogram {
        observe_many(_metric, _py) {}
        time(child, py) {
            [] => timer(py, Target::Histogram(child.clone().unbind())),
        }
        add(_metric, _py) {}
        observe(child, py) {
            [value] => with_number(plain_number(value), |value| child.get().0.observe(py, value.as_f64())),
        }
    }
    PyBoundSummary {
        observe_many(_metric, _py) {}
        time(child, py) {
            [] => timer(py, Target::Summary(child.clone().unbind())),
        }
        add(_metric, _py) {}
        observe(child, py) {
            [value] => with_number(plain_number(value), |value| child.get().0.observe(py, value.as_f64())),
        }
    }
    PyRecorder {
        begin(recorder, _py) {
            [scope, receive, send] => {
                let begun = begin(recorder, &scope, (&receive, &send));
                begun.transpose().map_or(Outcome::Done, Outcome::from)
            },
        }
    }
    PyExchange {
        send(exchange, _py) {
            [message] => exchange.get().send(&message).into(),
        }
        received(exchange, _py) {
            [message] => exchange.get().note_received(&message).into(),
        }
    }
    PyTimer {
        __exit__(timer, py) {
            [_, error, _] => end(error, || timer.get().end_plain(py)),
        }
        _over(timer, py) {
            [start, error] => end(error, || timer.get().put_plain_since(py, start.extract().ok()?)),
        }
    }
}
