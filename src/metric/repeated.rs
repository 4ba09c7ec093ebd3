//! Repeated additions: the sum that as many additions of one number give, without making each of them.

/// Additions that are made one by one, as that is the fastest.
const FEW: u64 = 64;

/// The bit of the sign.
const SIGN: u64 = 1 << 63;
/// The bits of the fraction.
const FRACTION: u64 = (1 << 52) - 1;

/// The sum after `value` was added `times` times, one after the other: the same to the last bit.
///
/// Sums of one sign and exponent are a whole number of units apart. There, each addition but the first adds the same number
/// of units: what it rounds depends on the value alone, and where that is in the middle of two units, the sum is even from
/// the first addition on. So two additions that add the same stand for all that follow, as long as the exponent stays.
pub(super) fn add(sum: f64, value: f64, times: u64) -> f64 {
    let (mut sum, mut left) = (sum, times);
    while left > FEW {
        sum += value;
        let (second, third) = (sum + value, sum + value + value);
        left -= 1;
        let [bits, second, third] = [sum, second, third].map(f64::to_bits);
        if bits == second || sum.is_nan() {
            // Nothing that follows changes it.
            return sum;
        }
        let same = |other: u64| (bits ^ other) & !FRACTION == 0;
        let step = second.wrapping_sub(bits);
        if !same(second) || !same(third) || third.wrapping_sub(second) != step {
            continue;
        }
        // In units: the fraction grows or shrinks by `step`, and has room for so many steps.
        let fraction = bits & FRACTION;
        let (step, room) = if step & SIGN == 0 {
            (step, (FRACTION - fraction) / step)
        } else {
            // Not to the least fraction: what is below it is rounded to smaller units.
            (step, fraction.saturating_sub(1) / step.wrapping_neg())
        };
        let steps = room.min(left);
        sum = f64::from_bits(bits.wrapping_add(step.wrapping_mul(steps)));
        left -= steps;
    }
    (0..left).fold(sum, |sum, _| sum + value)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn one_by_one(sum: f64, value: f64, times: u64) -> f64 {
        (0..times).fold(sum, |sum, _| sum + value)
    }

    #[test]
    fn it_is_what_one_by_one_gives() {
        let values = [
            0.1,
            1.0,
            3.0,
            0.5,
            1e-3,
            1e300,
            5e-324,
            1e-310,
            -0.1,
            -1.0,
            0.0,
            -0.0,
            1.5,
            2.5,
            1e16,
            1e17,
            f64::MAX,
            f64::INFINITY,
            f64::NAN,
            -1e-3,
            123_456.789,
            0.3,
            2f64.powi(53),
            2f64.powi(-30),
        ];
        for sum in values {
            for value in values {
                for times in [0, 1, 2, 63, 64, 65, 66, 67, 100, 1_000, 10_001] {
                    let (fast, slow) = (add(sum, value, times), one_by_one(sum, value, times));
                    assert!(
                        fast.to_bits() == slow.to_bits() || fast.is_nan() && slow.is_nan(),
                        "{sum} + {times} * {value}: {fast} {slow}"
                    );
                }
            }
        }
    }

    #[test]
    fn random_sums_are_the_same() {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            seed
        };
        for _ in 0..2_000 {
            let float = |random: u64, spread: u64| {
                f64::from_bits(random & (SIGN | FRACTION) | (1023 - spread / 2 + random % 97 % spread) << 52)
            };
            let (sum, value, times) = (float(next(), 60), float(next(), 20), next() % 3_000);
            let (fast, slow) = (add(sum, value, times), one_by_one(sum, value, times));
            assert_eq!(fast.to_bits(), slow.to_bits(), "{sum} + {times} * {value}");
        }
    }

    #[test]
    fn very_many_take_no_time() {
        assert_eq!(add(0.0, 1.0, 1 << 52).to_bits(), (2f64.powi(52)).to_bits());
        assert_eq!(add(0.0, 1.0, u64::MAX).to_bits(), (2f64.powi(53)).to_bits());
        assert!(add(0.0, 1e300, u64::MAX) <= f64::INFINITY);
        assert!(add(1e16, -0.1, u64::MAX) <= 1e16);
    }
}
