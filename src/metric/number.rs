//! A number as Python has it: an int stays an int until a float meets it.

use std::ops::{Add, Sub};

/// An int of 64 bits or a float.
///
/// Arithmetic follows Python, but for ints beyond 64 bits, which become floats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    /// A whole number.
    Int(i64),
    /// A number of double precision.
    Float(f64),
}

/// Why a counter cannot take an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CounterError {
    /// It is negative.
    #[error("Counters can't decrease")]
    Decrease,
    /// It is not a number.
    #[error("a counter cannot take NaN; check the value before you add it")]
    Nan,
}

impl Number {
    /// The nearest double.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "rounding to the nearest double is what is asked for")]
    pub fn as_f64(self) -> f64 {
        match self {
            Self::Int(int) => int as f64,
            Self::Float(float) => float,
        }
    }

    /// The nearest count.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the nearest one is asked for"
    )]
    pub fn as_count(self) -> u64 {
        match self {
            Self::Int(int) => int.max(0) as u64,
            Self::Float(float) => float as u64,
        }
    }

    /// Whether a counter that went from `before` to this must have begun anew.
    #[must_use]
    pub fn is_reset_of(self, before: Self) -> bool {
        match (self, before) {
            (Self::Int(int), Self::Int(before)) => int < before,
            _ => self.as_f64() < before.as_f64(),
        }
    }

    /// Checks that a counter can take this amount.
    ///
    /// # Errors
    ///
    /// [`CounterError`] if it cannot.
    pub fn check_counter(self) -> Result<(), CounterError> {
        match self {
            Self::Int(..0) => Err(CounterError::Decrease),
            Self::Float(float) if float < 0.0 => Err(CounterError::Decrease),
            Self::Float(float) if float.is_nan() => Err(CounterError::Nan),
            _ => Ok(()),
        }
    }
}

impl Add for Number {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => match left.checked_add(right) {
                Some(sum) => Self::Int(sum),
                None => beyond_64_bits(i128::from(left) + i128::from(right)),
            },
            _ => Self::Float(self.as_f64() + other.as_f64()),
        }
    }
}

impl Sub for Number {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        match (self, other) {
            (Self::Int(left), Self::Int(right)) => match left.checked_sub(right) {
                Some(difference) => Self::Int(difference),
                None => beyond_64_bits(i128::from(left) - i128::from(right)),
            },
            _ => Self::Float(self.as_f64() - other.as_f64()),
        }
    }
}

/// The float that an int of more than 64 bits becomes.
#[expect(clippy::cast_precision_loss, reason = "rounding to the nearest double is what is asked for")]
fn beyond_64_bits(int: i128) -> Number {
    Number::Float(int as f64)
}

#[cfg(test)]
mod tests {
    use super::Number::{Float, Int};
    use super::*;

    #[test]
    fn ints_stay_ints_until_a_float_or_64_bits() {
        assert_eq!(Int(2) + Int(3), Int(5));
        assert_eq!(Int(5) + Float(0.0), Float(5.0));
        assert_eq!(Float(0.5) + Int(1), Float(1.5));
        assert_eq!(Int(i64::MAX) + Int(1), Float(9_223_372_036_854_775_808.0));
        assert_eq!(Int(i64::MIN) + Int(-1), Float(-9_223_372_036_854_775_808.0));
        assert_eq!(Int(-1) - Int(i64::MIN), Int(i64::MAX));
        assert_eq!(Int(0) - Int(i64::MIN), Float(9_223_372_036_854_775_808.0));
        assert_eq!(Float(0.5) - Int(1), Float(-0.5));
    }

    #[test]
    fn a_lesser_number_is_a_reset() {
        for (number, before) in [(Int(4), Int(5)), (Float(4.5), Int(5)), (Int(i64::MAX - 1), Int(i64::MAX))] {
            assert!(number.is_reset_of(before) && !before.is_reset_of(number) && !number.is_reset_of(number));
        }
        assert!(!Float(5.0).is_reset_of(Int(5)));
    }

    #[test]
    fn counters_take_no_negative_and_no_nan() {
        for number in [Int(0), Int(1), Float(0.0), Float(-0.0), Float(f64::INFINITY)] {
            assert_eq!(number.check_counter(), Ok(()));
        }
        for number in [Int(-1), Float(-1e-300), Float(f64::NEG_INFINITY)] {
            assert_eq!(number.check_counter(), Err(CounterError::Decrease));
        }
        assert_eq!(Float(f64::NAN).check_counter(), Err(CounterError::Nan));
    }
}
