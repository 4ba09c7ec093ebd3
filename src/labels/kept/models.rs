//! Threads that make the bytes in every order, as far as the model checker goes: `make test-rust`.

use loom::cell::UnsafeCell;
use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::sync::check;

/// The bytes are no atomics. So a number that is written before the first ones are kept stands for them: whoever sees
/// these bytes reads it.
struct Watched {
    kept: Kept,
    number: UnsafeCell<u32>,
}

// SAFETY: what this claims is what the models below check.
unsafe impl Sync for Watched {}

impl Watched {
    fn check(&self, bytes: &[u8]) {
        if bytes == b"first" {
            // SAFETY: the checker reports a write at the same time.
            assert_eq!(self.number.with(|number| unsafe { *number }), 5);
        }
    }
}

fn with_another_thread(work: fn(&Watched)) {
    check(3, move || {
        let watched = Arc::new(Watched { kept: Kept::new(), number: UnsafeCell::new(0) });
        let shared = Arc::clone(&watched);
        let other = thread::spawn(move || {
            // SAFETY: as above.
            shared.number.with_mut(|number| unsafe { *number = 5 });
            shared.kept.set(b"first").unwrap();
        });
        work(&watched);
        other.join().unwrap();
        assert!(watched.kept.get().is_some());
    });
}

#[test]
fn loom_a_reader_sees_the_bytes_with_their_pointer() {
    with_another_thread(|watched| watched.check(watched.kept.get().unwrap_or_default()));
}

#[test]
fn loom_threads_agree_on_the_bytes() {
    with_another_thread(|watched| watched.check(watched.kept.set(b"second").unwrap()));
}
