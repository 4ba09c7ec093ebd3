//! A writer and a reader in every order, as far as the model checker goes: `make test-rust`. A new table has two slots here.

use loom::sync::Arc;
use loom::thread;

use super::*;
use crate::sync::check;

/// What a reader counts in a table that changes is worth nothing without a look at the turns (see `Sequence`). But it
/// sees slots as they were made, and such as live.
#[test]
fn loom_a_reader_sees_slots_as_they_were_made() {
    check(2, || {
        let table = Arc::new(Table::new());
        let shared = Arc::clone(&table);
        let writer = thread::spawn(move || (0..2).for_each(|key| shared.add(Code::new(key, false), 1)));
        let mut buckets = 0;
        table.for_each(|_, _| buckets += 1);
        assert!(buckets <= 2);
        writer.join().unwrap();
        assert_eq!((table.slots().all.len(), table.len()), (4, 2));
    });
}
