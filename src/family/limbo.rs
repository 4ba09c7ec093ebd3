//! The limbo: things that were removed while readers may still look at them.
//!
//! Readers follow pointers without a lock. A writer takes a thing out of their sight, and then hands it over
//! here. It is dropped when every reader that was there at that time has left. A reader that comes later cannot
//! find it.

use std::collections::VecDeque;

use crate::fork;
use crate::sync::Mutex;

/// Things on their way out.
#[derive(Debug)]
pub(super) struct Limbo<T> {
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    /// The number of the next reader.
    next: u64,
    /// The readers that have not left, ascending by number, each with the generation of its process.
    readers: Vec<(u64, u64)>,
    /// Retired things, each with a number: only readers with a lesser number can see it. Ascending.
    retired: VecDeque<(u64, T)>,
}

/// A reader: until it is dropped, nothing that was there when it came is dropped.
#[derive(Debug)]
pub(super) struct Reader<'a, T> {
    limbo: &'a Limbo<T>,
    number: u64,
}

impl<T> Limbo<T> {
    pub fn new() -> Self {
        let state = State { next: 0, readers: Vec::new(), retired: VecDeque::new() };
        Self { state: Mutex::new(state) }
    }

    /// Lets a reader in.
    pub fn enter(&self) -> Reader<'_, T> {
        fork::section(|| {
            let mut state = self.state.lock();
            let number = state.next;
            state.next += 1;
            state.readers.push((number, fork::generation()));
            Reader { limbo: self, number }
        })
    }

    /// Takes things that no later reader can find, and gives back those that no reader can see: to be dropped where that
    /// may run any code.
    ///
    /// They must have been taken out of the readers' sight before; the lock in here makes that visible to readers
    /// that come later.
    #[must_use]
    pub fn retire(&self, things: impl IntoIterator<Item = T>) -> Free<T> {
        let mut state = self.state.lock();
        // In a fork, the readers of the parent do not exist.
        state.readers.retain(|&(_, generation)| generation == fork::generation());
        let next = state.next;
        state.retired.extend(things.into_iter().map(|thing| (next, thing)));
        state.take_free()
    }
}

/// Things that no reader can see, each with its number.
pub(super) type Free<T> = VecDeque<(u64, T)>;

impl<T> State<T> {
    /// Takes out the things that no reader can see.
    fn take_free(&mut self) -> Free<T> {
        let oldest = self.readers.first().map_or(self.next, |&(number, _)| number);
        let free = self.retired.partition_point(|&(before, _)| before <= oldest);
        if free == self.retired.len() {
            return std::mem::take(&mut self.retired);
        }
        // From the front, which moves none of what stays: a reader may be there while a million series are removed.
        let taken = self.retired.drain(..free).collect();
        if self.retired.capacity() > 4 * self.retired.len() + 64 {
            self.retired.shrink_to(2 * self.retired.len());
        }
        taken
    }
}

impl<T> Drop for Reader<'_, T> {
    fn drop(&mut self) {
        let free = fork::section(|| {
            let mut state = self.limbo.state.lock();
            state.readers.retain(|&(number, _)| number != self.number);
            state.take_free()
        });
        drop(free);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use std::rc::Rc;

    use super::*;

    #[test]
    fn things_live_until_the_readers_of_their_time_have_left() {
        let limbo = Limbo::new();
        let thing = Rc::new(());
        let alive = || Rc::strong_count(&thing) - 1;
        drop(limbo.retire([Rc::clone(&thing)]));
        assert_eq!(alive(), 0);
        let first = limbo.enter();
        drop(limbo.retire([Rc::clone(&thing)]));
        let second = limbo.enter();
        drop(limbo.retire([Rc::clone(&thing), Rc::clone(&thing)]));
        assert_eq!(alive(), 3);
        let third = limbo.enter();
        drop(first);
        assert_eq!(alive(), 2);
        drop(second);
        assert_eq!(alive(), 0);
        drop(limbo.retire([Rc::clone(&thing)]));
        assert_eq!(alive(), 1);
        drop(third);
        assert_eq!(alive(), 0);
    }

    #[test]
    fn many_things_may_wait_for_one_reader() {
        let limbo = Limbo::new();
        let thing = Rc::new(());
        let reader = limbo.enter();
        for _ in 0..300_000 {
            drop(limbo.retire([Rc::clone(&thing)]));
        }
        assert_eq!(Rc::strong_count(&thing), 300_001);
        drop(reader);
        assert_eq!(Rc::strong_count(&thing), 1);
    }

    #[test]
    fn the_room_of_many_things_is_given_back() {
        let limbo = Limbo::new();
        let first = limbo.enter();
        drop(limbo.retire(0..300_000));
        let _second = limbo.enter();
        drop(limbo.retire(0..10));
        drop(first);
        assert_eq!(limbo.state.lock().retired.len(), 10);
        assert!(limbo.state.lock().retired.capacity() < 1_000);
    }

    #[test]
    fn readers_of_another_process_hold_nothing() {
        let limbo = Limbo::new();
        let thing = Rc::new(());
        std::mem::forget(limbo.enter());
        limbo.state.lock().readers[0].1 += 1;
        drop(limbo.retire([Rc::clone(&thing)]));
        assert_eq!(Rc::strong_count(&thing), 1);
    }
}

#[cfg(all(test, loom))]
mod models;
