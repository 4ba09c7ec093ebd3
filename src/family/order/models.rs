//! Births, removals and walks in every order, as far as the model checker goes: `make test-rust`.
//!
//! A chunk has two places here, and the state of a series is a number: the checker reports its use before it was made, and
//! after its end.

use loom::sync::Arc as Watcher;
use loom::thread;

use super::*;
use crate::access::{Exclusive, Shared};
use crate::family::Descriptor;
use crate::fork::models::check;
use crate::kind::Kind;
use crate::name::Escaping;
use crate::sync::{AtomicU32, Made};

type Numbers = Order<Made<u64>>;

pub(crate) fn labels() -> LabelSet {
    let descriptor = Descriptor::new("c", "", Kind::Counter).unwrap();
    LabelSet::new(descriptor.common(&[], Escaping::Underscores), &[]).unwrap()
}

pub(crate) fn push(order: &Numbers, number: u64) -> Arc<Series<Made<u64>>> {
    order.push(Shared, Room::Below(u64::MAX), labels(), || Made::new(number)).unwrap()
}

fn remove(order: &Numbers, series: Arc<Series<Made<u64>>>) {
    // SAFETY: the models push each series to the one order that they have, and remove it once.
    drop(unsafe { order.remove(Shared, series) });
}

fn seen(order: &Numbers) -> Vec<u64> {
    let mut seen = Vec::new();
    order.for_each_chunk(|chunk| seen.extend(chunk.iter().map(|series| *series.metric)));
    seen
}

/// Births in the first chunk and the next.
#[test]
fn loom_a_reader_sees_series_as_they_were_born() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || [1, 2, 3].map(|number| push(&shared, number)));
        let seen = seen(&order);
        assert_eq!(seen, (1..=seen.len() as u64).collect::<Vec<_>>());
        drop(writer.join().unwrap());
    });
}

/// A series and its chunk end, while a reader may be there; the first chunk is then one that it does not know of.
#[test]
fn loom_a_reader_sees_series_and_chunks_that_live() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        remove(&order, push(&order, 1));
        let second = push(&order, 2);
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || {
            let third = push(&shared, 3);
            remove(&shared, second);
            third
        });
        let seen = seen(&order);
        assert!([&[2][..], &[], &[2, 3], &[3]].contains(&&*seen), "{seen:?}");
        drop(writer.join().unwrap());
    });
}

/// The last chunk is empty, and leaves the list when the next one comes.
#[test]
fn loom_a_birth_takes_an_empty_chunk_out() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        let both = [1, 2].map(|number| push(&order, number));
        both.into_iter().for_each(|series| remove(&order, series));
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || push(&shared, 3));
        let seen = seen(&order);
        assert!(seen.is_empty() || seen == [3], "{seen:?}");
        drop(writer.join().unwrap());
    });
}

/// A chunk between two others leaves the list.
#[test]
fn loom_a_reader_passes_over_a_chunk_that_is_taken_out() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        let first = push(&order, 1);
        let [second, third, fourth] = [2, 3, 4].map(|number| push(&order, number));
        remove(&order, second);
        remove(&order, third);
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || {
            let fifth = push(&shared, 5);
            remove(&shared, fourth);
            fifth
        });
        let seen = seen(&order);
        assert!([&[1, 4][..], &[1], &[1, 4, 5], &[1, 5]].contains(&&*seen), "{seen:?}");
        drop((first, writer.join().unwrap()));
    });
}

/// A reader holds what it saw as long as it wants.
#[test]
fn loom_what_a_reader_holds_lives_on() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        let series = push(&order, 1);
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || remove(&shared, series));
        let held = order.to_vec().unwrap();
        writer.join().unwrap();
        assert!(held.iter().all(|series| *series.metric == 1));
    });
}

/// A series that is removed and born again is not seen twice.
#[test]
fn loom_a_reader_sees_what_was_removed_before_a_birth() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        let series = push(&order, 1);
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || {
            remove(&shared, series);
            push(&shared, 1)
        });
        assert!(seen(&order).len() <= 1);
        drop(writer.join().unwrap());
    });
}

/// Writers take turns, and none of their births is lost.
#[test]
fn loom_writers_take_turns() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || push(&shared, 1));
        let both = (push(&order, 2), writer.join().unwrap());
        let mut seen = seen(&order);
        seen.sort_unstable();
        assert_eq!(seen, [1, 2]);
        drop(both);
    });
}

/// A family for exclusive access has no lock that writers take; its readers are excluded by nothing all the same.
#[test]
fn loom_a_reader_sees_the_births_of_an_exclusive_writer() {
    check(2, || {
        let order = Watcher::new(Order::exclusive());
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || {
            // SAFETY: there is one writer.
            let access = unsafe { Exclusive::new() };
            [1, 2].map(|number| shared.push(access, Room::Overflow, labels(), || Made::new(number)).unwrap())
        });
        let seen = seen(&order);
        assert!([&[1, 2][..], &[1], &[]].contains(&&*seen), "{seen:?}");
        drop(writer.join().unwrap());
    });
}

/// Who sees the time of a new beginning sees what was done before it.
#[test]
fn loom_a_new_beginning_comes_after_what_was_done_before() {
    check(2, || {
        let order = Order::shared();
        let series = push(&order, 1);
        series.place.seconds.store(0, Ordering::Relaxed);
        let done = Watcher::new(AtomicU32::new(0));
        let (shared, other) = (Watcher::clone(&done), Arc::clone(&series));
        let writer = thread::spawn(move || {
            shared.store(1, Ordering::Relaxed);
            other.begin_anew();
        });
        if series.born() >= 1_000 {
            assert_eq!(done.load(Ordering::Relaxed), 1);
        }
        writer.join().unwrap();
    });
}

/// All series are exchanged for others, while a reader may be there, and another that comes to those.
#[test]
fn loom_a_reader_sees_all_of_the_series_or_all_of_the_others() {
    check(2, || {
        let order = Watcher::new(Order::shared());
        let before = [1, 2, 3].map(|number| push(&order, number));
        let shared = Watcher::clone(&order);
        let writer = thread::spawn(move || {
            let other = shared.empty_like(Shared);
            let after = [4, 5].map(|number| push(&other, number));
            let mut run = OwnRun::empty();
            assert!(other.exchange(Shared, None, || true, &mut run));
            let turn = shared.leave(Shared);
            shared.mark_leaving();
            assert!(before.iter().all(|series| series.is_leaving() && !series.is_removed()));
            assert!(shared.exchange(Shared, Some(turn), || true, &mut run));
            let stock = Stock::of(run, before.into());
            stock.end();
            drop(shared.retire(Box::new(stock)));
            after
        });
        let seen = seen(&order);
        assert!([&[1, 2, 3][..], &[4, 5]].contains(&&*seen), "{seen:?}");
        assert!(order.has_begun());
        drop(writer.join().unwrap());
    });
}

/// Of two threads that exchange, one is the first; the other may find that it was late.
#[test]
fn loom_one_exchange_of_two_comes_first() {
    check(2, || {
        let order = Watcher::new(Order::<Made<u64>>::shared());
        let shared = Watcher::clone(&order);
        let exchange = |order: &Numbers| {
            let turn = order.leave(Shared);
            order.mark_leaving();
            let mut run = OwnRun::empty();
            let done = order.exchange(Shared, Some(turn), || true, &mut run);
            drop(order.retire(Box::new(Stock::of(run, Vec::new()))));
            done
        };
        let writer = thread::spawn(move || exchange(&shared));
        let born = push(&order, 1);
        let done = [exchange(&order), writer.join().unwrap()];
        assert!(done.contains(&true));
        // The other one may have been late. What was born is gone, or marked, or was never to leave.
        assert!(born.is_leaving());
        drop(born);
    });
}
