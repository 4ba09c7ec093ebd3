//! Readers and a writer in every order, as far as the model checker goes: `make test-rust`.

use std::ptr::NonNull;
use std::sync::{Arc, Weak};

use loom::sync::Arc as Watcher;
use loom::thread;

use super::*;
use crate::fork::models::check;
use crate::sync::{AtomicPtr, Made, Ordering};

/// What readers look at, and its place: a null pointer once it was taken out.
struct Shown {
    place: AtomicPtr<Made<u32>>,
    limbo: Limbo<Arc<Made<u32>>>,
}

impl Shown {
    fn new(thing: &Arc<Made<u32>>) -> Watcher<Self> {
        let place = AtomicPtr::new(Arc::as_ptr(thing).cast_mut());
        Watcher::new(Self { place, limbo: Limbo::new() })
    }

    fn look(&self) {
        let reader = self.limbo.enter();
        if let Some(thing) = NonNull::new(self.place.load(Ordering::Acquire)) {
            // SAFETY: the limbo keeps it, which is what the models check.
            assert_eq!(**unsafe { thing.as_ref() }, 5);
        }
        drop(reader);
    }

    /// As the list of places does, Relaxed: the lock of the limbo makes it seen.
    fn remove(&self, thing: Arc<Made<u32>>) {
        self.place.store(std::ptr::null_mut(), Ordering::Relaxed);
        drop(self.limbo.retire([thing]));
    }
}

fn check_removal(preemptions: usize, readers: usize) {
    check(preemptions, move || {
        let thing = Arc::new(Made::new(5));
        let (gone, shown): (Weak<_>, _) = (Arc::downgrade(&thing), Shown::new(&thing));
        let readers: Vec<_> = (0..readers)
            .map(|_| {
                let shown = Watcher::clone(&shown);
                thread::spawn(move || shown.look())
            })
            .collect();
        shown.remove(thing);
        for reader in readers {
            reader.join().unwrap();
        }
        assert!(gone.upgrade().is_none());
    });
}

#[test]
fn loom_a_thing_lives_until_its_reader_has_left() {
    check_removal(3, 1);
}

#[test]
fn loom_a_thing_lives_until_both_readers_have_left() {
    check_removal(2, 2);
}
