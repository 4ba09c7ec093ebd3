//! Replacements, readers and the first birth in every order, as far as the model checker goes: `make test-rust`.

use loom::sync::Arc;
use loom::thread;

use super::super::order::models::{labels, push};
use super::super::order::{Order, Room};
use super::*;
use crate::access::Shared;
use crate::fork::models::check;
use crate::sync::Made;

/// A reader sees each value as it was made, and the last one once a series was born.
#[test]
fn loom_a_value_is_final_once_a_series_was_born() {
    check(2, || {
        let family = Arc::new((Replaceable::new(Made::new(1)), Order::<Made<u64>>::shared()));
        let shared = Arc::clone(&family);
        let writer = thread::spawn(move || {
            let (spec, order) = &*shared;
            assert!(order.before_births(Shared, || spec.replace(Made::new(2))).is_some());
            let series = push(order, 1);
            assert!(order.before_births(Shared, || ()).is_none());
            series
        });
        let (spec, order) = &*family;
        let begun = order.has_begun();
        let seen: u64 = **spec.get();
        assert!(seen == 2 || seen == 1 && !begun);
        drop(writer.join().unwrap());
        assert_eq!(**spec.get(), 2);
    });
}

/// A series is made of the value that it will share with all others.
#[test]
fn loom_a_series_is_made_of_the_final_value() {
    check(2, || {
        let family = Arc::new((Replaceable::new(Made::new(1)), Order::<Made<u64>>::shared()));
        let shared = Arc::clone(&family);
        let writer = thread::spawn(move || {
            let (spec, order) = &*shared;
            order.before_births(Shared, || spec.replace(Made::new(2)));
        });
        let (spec, order) = &*family;
        let series = order.push(Shared, Room::Overflow, labels(), || Made::new(**spec.get())).unwrap();
        writer.join().unwrap();
        assert_eq!(*series.metric, **spec.get());
    });
}
