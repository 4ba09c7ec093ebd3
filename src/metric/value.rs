//! The number of a counter, a gauge or an untyped series.

use super::exemplar::{Exemplar, Exemplars};
use super::sequence::Sequence;
use super::{Metric, Number};
use crate::access::Access;
use crate::sync::{AtomicU32, AtomicU64, Ordering};

/// A number that many threads update, exactly and in the order of their calls.
#[derive(Debug)]
pub struct Value {
    sequence: Sequence,
    /// Whether `bits` are those of a float (1) or of an int (0). Changes with `bits`, under `sequence`.
    float: AtomicU32,
    bits: AtomicU64,
    /// The exemplar of a counter, if it ever had one.
    exemplars: Exemplars,
}

impl Metric for Value {
    type Spec = ();

    fn new((): &()) -> Self {
        Self {
            sequence: Sequence::new(),
            float: AtomicU32::new(0),
            bits: AtomicU64::new(0),
            exemplars: Exemplars::new(),
        }
    }

    fn total(&self) -> Option<Number> {
        Some(self.get())
    }
}

impl Value {
    /// Adds `amount`; the sum of two ints is an int while it fits 64 bits.
    #[inline]
    pub fn add(&self, access: impl Access, amount: Number) {
        self.sequence.write(access, || self.store(self.load() + amount));
    }

    /// Subtracts `amount`; the difference of two ints is an int while it fits 64 bits.
    #[inline]
    pub fn sub(&self, access: impl Access, amount: Number) {
        self.sequence.write(access, || self.store(self.load() - amount));
    }

    /// Replaces the number; gives the one before.
    pub fn replace(&self, access: impl Access, number: Number) -> Number {
        self.sequence.write(access, || {
            let before = self.load();
            self.store(number);
            before
        })
    }

    /// Replaces the number.
    #[inline]
    pub fn set(&self, access: impl Access, number: Number) {
        self.sequence.write(access, || self.store(number));
    }

    /// Replaces the exemplar.
    pub fn set_exemplar(&self, exemplar: Exemplar) {
        self.exemplars.set(1, 0, exemplar);
    }

    /// The exemplar.
    #[inline]
    pub fn exemplars(&self) -> &Exemplars {
        &self.exemplars
    }

    /// The number as it is now.
    #[inline]
    pub fn get(&self) -> Number {
        self.sequence.read(|| self.load())
    }

    #[inline]
    #[expect(clippy::cast_possible_wrap, reason = "the bits of an i64, kept in a u64")]
    fn load(&self) -> Number {
        let bits = self.bits.load(Ordering::Relaxed);
        if self.float.load(Ordering::Relaxed) == 0 {
            Number::Int(bits as i64)
        } else {
            Number::Float(f64::from_bits(bits))
        }
    }

    #[inline]
    #[expect(clippy::cast_sign_loss, reason = "the bits of an i64, kept in a u64")]
    fn store(&self, number: Number) {
        let (float, bits) = match number {
            Number::Int(int) => (0, int as u64),
            Number::Float(float) => (1, float.to_bits()),
        };
        self.float.store(float, Ordering::Relaxed);
        self.bits.store(bits, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::access::Shared;

    #[test]
    fn a_series_is_born_as_the_int_zero() {
        assert_eq!(Value::new(&()).get(), Number::Int(0));
    }

    #[test]
    fn sums_are_added_in_the_order_of_the_calls() {
        let value = Value::new(&());
        let mut expected = 0.0;
        for amount in [0.1, 0.2, 0.3, 1e16, 1.0, -1e16] {
            value.add(Shared, Number::Float(amount));
            expected += amount;
        }
        assert_eq!(value.get(), Number::Float(expected));
        value.set(Shared, Number::Int(5));
        assert_eq!(value.get(), Number::Int(5));
        value.add(Shared, Number::Float(0.0));
        assert_eq!(value.get(), Number::Float(5.0));
    }

    #[test]
    fn threads_lose_nothing_while_the_type_changes() {
        let value = Value::new(&());
        std::thread::scope(|scope| {
            let threads = [0, 1, 2, 3].map(|thread| {
                let value = &value;
                scope.spawn(move || {
                    for _ in 0..10_000 {
                        let one = if thread == 0 { Number::Float(1.0) } else { Number::Int(1) };
                        value.add(Shared, one);
                    }
                })
            });
            for thread in threads {
                thread.join().unwrap();
            }
        });
        assert_eq!(value.get(), Number::Float(40_000.0));
    }
}
