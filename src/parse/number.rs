//! Numbers and times of the text formats.

use super::page::Time;
use crate::metric::Number;

/// The number of a text: an int if it is written as one and fits, else a float.
///
/// What Go and Python both take, in upper and lower case: decimals, infinities, NaN. No digits of another base, no
/// underscores.
#[inline]
pub(super) fn number(text: &str) -> Option<Number> {
    let bytes = text.as_bytes();
    if let [b'0'..=b'9', ..] = bytes {
        if bytes.len() <= 18 {
            let mut int = 0_i64;
            for &byte in bytes {
                let digit = byte.wrapping_sub(b'0');
                if digit > 9 {
                    return text.parse().ok().map(Number::Float);
                }
                int = int * 10 + i64::from(digit);
            }
            return Some(Number::Int(int));
        }
    }
    if let Ok(int) = text.parse() {
        return Some(Number::Int(int));
    }
    text.parse().ok().map(Number::Float)
}

/// The milliseconds of a timestamp of text 0.0.4.
pub(super) fn milliseconds(text: &str) -> Option<Time> {
    text.parse().ok().map(Time::Milliseconds)
}

/// The seconds of a timestamp of OpenMetrics, cut to nanoseconds.
pub(super) fn seconds(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_plain = !whole.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if let (true, Ok(seconds)) = (is_plain, whole.parse::<i64>()) {
        let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
        let nanoseconds = digits.fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
        let sign = if whole.starts_with('-') { -1 } else { 1 };
        return Some(Time::Nanoseconds(seconds, sign * nanoseconds));
    }
    text.parse().ok().filter(|seconds: &f64| seconds.is_finite()).map(Time::Seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, int) in [("0", 0), ("007", 7), ("+5", 5), ("-3", -3), ("9223372036854775807", i64::MAX)] {
            assert_eq!(number(text), Some(Number::Int(int)), "{text}");
        }
        for (text, float) in [("1.", 1.0), (".5", 0.5), ("1e3", 1e3), ("-Inf", f64::NEG_INFINITY)] {
            assert_eq!(number(text), Some(Number::Float(float)), "{text}");
        }
        assert_eq!(number("123456789012345678901"), Some(Number::Float(123_456_789_012_345_678_901.0)));
        assert!(matches!(number("nAn"), Some(Number::Float(nan)) if nan.is_nan()));
        for text in ["", "0x1p3", "1_000", "1 ", "a", "--1", "1e", "\u{661}", "."] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn times() {
        assert_eq!(milliseconds("-5"), Some(Time::Milliseconds(-5)));
        assert_eq!((milliseconds("1.5"), milliseconds("")), (None, None));
        assert_eq!(seconds("1.5"), Some(Time::Nanoseconds(1, 500_000_000)));
        assert_eq!(seconds("-1.5"), Some(Time::Nanoseconds(-1, -500_000_000)));
        assert_eq!(seconds("1.1234567899"), Some(Time::Nanoseconds(1, 123_456_789)));
        assert_eq!(seconds("1e3"), Some(Time::Seconds(1e3)));
        for text in ["", "NaN", "Inf", "1.5.5", "1_0", "x"] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }
}
