//! Any 64 bits, as a float and as an int, are laid out as Python and Go do it, and come back.
#![no_main]

use aioprometheus::metric::Number;
use aioprometheus::number::{bound_text, float_text, write_float_as_go, write_number, write_number_as_go};
use aioprometheus_fuzz::text;
use libfuzzer_sys::fuzz_target;

/// Room that the writers of lines have for a number.
const ROOM: usize = 24;

fuzz_target!(|data: &[u8]| {
    for bytes in data.chunks_exact(8) {
        let bits = u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        check_float(f64::from_bits(bits));
        check_int(bits.cast_signed());
        // Numbers of the usual sizes, which seldom come of their own.
        #[expect(clippy::cast_precision_loss, reason = "the nearest float is as good")]
        let float = (bits >> 11) as f64;
        check_float(float / 10_f64.powi((bits & 31) as i32 - 8));
        check_int(bits.cast_signed() >> (bits & 63));
    }
});

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut buffer = Vec::new();
    write(&mut buffer);
    let text = String::from_utf8(buffer).expect("it is ASCII");
    assert!(text.len() <= ROOM, "{text}");
    text
}

fn check_int(int: i64) {
    for write in [write_number, write_number_as_go] {
        assert_eq!(written(|buffer| write(buffer, Number::Int(int))), int.to_string());
    }
}

fn check_float(float: f64) {
    let python = written(|buffer| write_number(buffer, Number::Float(float)));
    let go = written(|buffer| write_number_as_go(buffer, Number::Float(float)));
    assert_eq!(float_text(float), python);
    assert_eq!(written(|buffer| write_float_as_go(buffer, float)), go);
    assert_eq!(text::read_number(&python, false), text::Number::float(float));
    assert_eq!(text::read_number(&go, true), text::Number::float(float));
    let bound = bound_text(float);
    if float.is_finite() {
        assert_eq!([&*python, &*go, &*bound], [layout(float, 16), layout(float, 6), layout(float, 16)]);
    } else {
        assert_eq!(bound, go.replace("NaN", "nan"));
    }
}

/// The shortest digits of a finite float, with an exponent where it is below -4 or at least `most`.
///
/// There are as many digits as Rust's own formatting needs. Of two texts that are as near, Rust may take the odd one, and
/// Python and Go the even one, as Rust does for a given number of digits.
fn layout(float: f64, most: i32) -> String {
    let size = float.abs();
    let shortest = format!("{size:e}");
    let digits = shortest.bytes().take_while(|&byte| byte != b'e').filter(u8::is_ascii_digit).count();
    let nearest = format!("{size:.places$e}", places = digits - 1);
    // Beside a power of two, the nearest of these may be another float.
    let is_same = nearest.parse() == Ok(size);
    let text = if is_same { nearest } else { shortest };
    let (mantissa, exponent) = text.split_once('e').expect("an exponent");
    let exponent: i32 = exponent.parse().expect("an exponent");
    let digits = mantissa.replace('.', "");
    let sign = if float.is_sign_negative() { "-" } else { "" };
    if !(-4..most).contains(&exponent) {
        let sign_of_exponent = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{mantissa}e{sign_of_exponent}{:02}", exponent.abs());
    }
    let (whole, fraction) = match usize::try_from(exponent) {
        Err(_) => {
            let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
            ("0".to_owned(), zeros + &digits)
        }
        Ok(exponent) => {
            let digits = format!("{digits:0<width$}", width = exponent + 2);
            let (whole, fraction) = digits.split_at(exponent + 1);
            (whole.to_owned(), fraction.to_owned())
        }
    };
    format!("{sign}{whole}.{fraction}")
}
