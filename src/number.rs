//! Numbers as Python prints them, and as Go does.

use crate::metric::Number;
use crate::output::Output;

/// Appends what Python's `str()` gives: `5`, `5.0`, `1e-05`, `inf`, `nan`.
pub fn write_number(output: &mut impl Output, number: Number) {
    match number {
        Number::Int(int) => write_int(output, int),
        Number::Float(float) => apart(|| write_float(output, float)),
    }
}

/// Runs `write` as a call of its own: inlined, it would take registers from the ints beside it.
#[inline(never)]
fn apart(write: impl FnOnce()) {
    write();
}

/// Appends an int in decimal.
pub fn write_int(output: &mut impl Output, int: impl itoa::Integer) {
    output.push(itoa::Buffer::new().format(int).as_bytes());
}

/// The value of the label of a bucket: the bound as Python prints it, `0.5` or `+Inf`.
#[must_use]
pub fn bound_text(bound: f64) -> String {
    match bound {
        f64::INFINITY => "+Inf".to_owned(),
        f64::NEG_INFINITY => "-Inf".to_owned(),
        _ => float_text(bound),
    }
}

/// A float as Python prints it.
#[must_use]
pub fn float_text(float: f64) -> String {
    let mut buffer = Vec::new();
    write_float(&mut buffer, float);
    String::from_utf8_lossy(&buffer).into_owned()
}

/// Appends a number as OpenMetrics has it: an int in decimal, a float as Go prints it.
pub fn write_number_as_go(output: &mut impl Output, number: Number) {
    match number {
        Number::Int(int) => write_int(output, int),
        Number::Float(float) => apart(|| write_float_as_go(output, float)),
    }
}

/// Beyond this, not every whole number is a double of its own, and the shortest digits are needed.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// The least place of the point in a number without an exponent: in front of three zeros.
const LEAST_POINT: i32 = -3;

/// The most digits before the point in a number without an exponent, in Python and in Go.
const PYTHON: i32 = 16;
const GO: i32 = 6;

/// From this on, numbers are laid out without an exponent, by zmij too.
const PLAIN: f64 = 1e-4;

/// Appends a float as Python's `repr()` does: the shortest digits that give the same double back, with an
/// exponent where it is below -4 or at least 16.
///
/// Source: CPython, `Python/pystrtod.c`, `format_float_short` for the code `r`.
#[inline(always)]
pub fn write_float(output: &mut impl Output, float: f64) {
    if is_whole(float, WHOLE) {
        write_whole(output, float);
    } else if float.is_finite() {
        write_finite::<PYTHON>(output, float, 1e15);
    } else if float.is_nan() {
        output.push(b"nan");
    } else {
        output.push(if float > 0.0 { b"inf" } else { b"-inf" });
    }
}

/// Appends a float as Go does, with `.0` where it would look like an int: as [`write_float`], with an exponent where it is
/// below -4 or at least 6.
///
/// Source: Go, `strconv.FormatFloat(float, 'g', -1, 64)`; prometheus/common, `expfmt/openmetrics_create.go`,
/// `writeOpenMetricsFloat`.
#[inline(always)]
pub fn write_float_as_go(output: &mut impl Output, float: f64) {
    if is_whole(float, 1e6) {
        write_whole(output, float);
    } else if float.is_finite() {
        write_finite::<GO>(output, float, 1e6);
    } else if float.is_nan() {
        output.push(b"NaN");
    } else {
        output.push(if float > 0.0 { b"+Inf" } else { b"-Inf" });
    }
}

/// Whether a float is a whole number below `limit`, and not -0.0.
#[inline]
#[expect(clippy::float_cmp, reason = "whether a float is whole is not a question of precision")]
fn is_whole(float: f64, limit: f64) -> bool {
    float.abs() < limit && float.trunc() == float && (float != 0.0 || float.is_sign_positive())
}

#[inline(always)]
fn write_whole(output: &mut impl Output, float: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
    let int = float as i64;
    output.push(itoa::Buffer::new().format(int).as_bytes());
    output.push(b".0");
}

/// Appends a finite float that is not whole, or large. Without an exponent, at most `POINT` digits stand before the point.
/// Below `largest` there is no exponent, and zmij writes none either.
#[inline(never)]
fn write_finite<const POINT: i32>(output: &mut impl Output, float: f64, largest: f64) {
    if float.is_sign_negative() {
        output.push(b"-");
    }
    let size = float.abs();
    let mut buffer = zmij::Buffer::new();
    let shortest = buffer.format_finite(size);
    if (PLAIN..largest).contains(&size) {
        output.push(shortest.as_bytes());
    } else {
        write_digits::<POINT>(output, shortest);
    }
}

/// Lays the digits of a positive `shortest` (`12.5`, `1e300`, `1.5e-7`) out anew.
fn write_digits<const POINT: i32>(output: &mut impl Output, shortest: &str) {
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i32 = exponent.parse().unwrap_or_default();

    let mut digits = [0; 40];
    let length = whole.len() + fraction.len();
    digits[..whole.len()].copy_from_slice(whole.as_bytes());
    digits[whole.len()..length].copy_from_slice(fraction.as_bytes());
    let all = &digits[..length];
    let zeros = all.iter().take_while(|&&digit| digit == b'0').count();
    let trailing = all.iter().rev().take_while(|&&digit| digit == b'0').count();
    if zeros == length {
        output.push(b"0.0");
        return;
    }
    let significant = &all[zeros..length - trailing];
    // Where the point stands, counted from the first significant digit.
    let point = i32::try_from(whole.len()).unwrap_or(0) - i32::try_from(zeros).unwrap_or(0) + exponent;
    write_layout::<POINT>(output, significant, point);
}

/// As many zeros as stand between the digits and the point without an exponent: 16 at most.
const ZEROS: &[u8] = b"0000000000000000";

fn write_layout<const POINT: i32>(output: &mut impl Output, digits: &[u8], point: i32) {
    if !(LEAST_POINT..=POINT).contains(&point) {
        output.push(&digits[..1]);
        if digits.len() > 1 {
            output.push(b".");
            output.push(&digits[1..]);
        }
        let exponent = point - 1;
        output.push(if exponent < 0 { b"e-" } else { b"e+" });
        if exponent.abs() < 10 {
            output.push(b"0");
        }
        write_int(output, exponent.abs());
    } else if let Ok(point @ 1..) = usize::try_from(point) {
        let whole = point.min(digits.len());
        output.push(&digits[..whole]);
        output.push(&ZEROS[..point - whole]);
        output.push(b".");
        output.push(if whole == digits.len() { b"0" } else { &digits[whole..] });
    } else {
        output.push(b"0.");
        output.push(&ZEROS[..point.unsigned_abs() as usize]);
        output.push(digits);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(float: f64) -> String {
        let mut buffer = Vec::new();
        write_float(&mut buffer, float);
        String::from_utf8(buffer).unwrap()
    }

    #[test]
    fn floats_are_laid_out_as_python_does() {
        for (float, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-5.0, "-5.0"),
            (0.1, "0.1"),
            (1.5, "1.5"),
            (-1234.5678, "-1234.5678"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-5, "1.5e-05"),
            (1e15, "1000000000000000.0"),
            (9_007_199_254_740_993.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (1.234e16, "1.234e+16"),
            (1e22, "1e+22"),
            (1e100, "1e+100"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (2.5e-308, "2.5e-308"),
            (0.3 + 0.6, "0.8999999999999999"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            assert_eq!(text(float), expected);
        }
    }

    #[test]
    fn floats_are_laid_out_as_go_does() {
        for (float, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-5.0, "-5.0"),
            (0.1, "0.1"),
            (1e-4, "0.0001"),
            (1e-5, "1e-05"),
            (1.5e-5, "1.5e-05"),
            (123_456.0, "123456.0"),
            (123_456.75, "123456.75"),
            (999_999.0, "999999.0"),
            (1e6, "1e+06"),
            (1_234_567.0, "1.234567e+06"),
            (-1_234_567.5, "-1.2345675e+06"),
            (1e15, "1e+15"),
            (1e21, "1e+21"),
            (1e100, "1e+100"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "+Inf"),
            (f64::NEG_INFINITY, "-Inf"),
            (f64::NAN, "NaN"),
        ] {
            let mut buffer = Vec::new();
            write_float_as_go(&mut buffer, float);
            assert_eq!(String::from_utf8(buffer).unwrap(), expected);
        }
    }

    proptest! {
        #[test]
        fn floats_of_go_come_back(bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            let mut buffer = Vec::new();
            write_float_as_go(&mut buffer, float);
            let back: f64 = String::from_utf8(buffer).unwrap().parse().unwrap();
            prop_assert!(back.to_bits() == bits || float.is_nan());
        }

        #[test]
        fn floats_come_back(bits in any::<u64>()) {
            let float = f64::from_bits(bits);
            let back: f64 = text(float).parse().unwrap();
            prop_assert!(back.to_bits() == bits || float.is_nan());
        }
    }
}
