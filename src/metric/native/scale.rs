//! The exponential scale of native histograms: the bucket of a value, and the bound of a bucket.
//!
//! At schema n the upper bound of bucket i is `(2**2**-n)**i`, inclusive. Everything here begins with the
//! bucket of the finest schema, its *position*: 256 of them divide each power of two. The bounds of a coarser
//! schema are every second, fourth, ... of those, also where a bucket holds several powers of two, so that
//! one shift makes the key of a coarser schema out of a position.
//!
//! Source: client_golang 1.23.2, `prometheus/histogram.go`. Until 1.16 it divided, where it should shift,
//! below schema 0, and put what is below 1 into other buckets there than the servers expect.

use std::f64::consts::LOG2_E;

/// The finest schema.
pub(super) const FINEST: i8 = 8;
/// The coarsest schema.
pub(super) const COARSEST: i8 = -4;

/// How many positions divide a power of two: 2 to the [`FINEST`].
const DIVISIONS: i32 = 1 << FINEST;
/// The same, as a length.
const LEN: usize = 1 << FINEST;
/// The position whose bound would be 2^1024. It holds the largest floats.
const LAST: i32 = 1024 * DIVISIONS;
/// The position of both infinities: one past the last, and so at every schema.
const INFINITE: i32 = LAST + 1;

/// The bits of a float that are its fraction.
const FRACTION: u64 = (1 << 52) - 1;
/// The exponent of floats in [0.5, 1), biased.
const HALF: i32 = 1022;

/// The schema whose buckets grow by the largest factor that is not above `factor`, which is above 1; or else
/// the finest schema.
pub(super) fn schema_of(factor: f64) -> i8 {
    let power = log2(log2(factor)).floor();
    #[expect(clippy::cast_possible_truncation, reason = "clamped")]
    let schema = (-power).clamp(COARSEST.into(), FINEST.into()) as i8;
    schema
}

/// The logarithm as Go computes it, less exactly than the standard library: a factor of `2**(1/32)`, which as a
/// float is a little too small for schema 5, must come to the same schema.
fn log2(value: f64) -> f64 {
    if !value.is_normal() || value < 0.0 {
        return value.log2();
    }
    let bits = value.to_bits();
    let exponent = (bits >> 52) as i32 - HALF;
    if bits & FRACTION == 0 {
        return f64::from(exponent - 1);
    }
    let fraction = f64::from_bits(bits & FRACTION | (HALF as u64) << 52);
    fraction.ln() * LOG2_E + f64::from(exponent)
}

/// A power of two that is a normal float.
const fn power_of_two(exponent: i32) -> f64 {
    #[expect(clippy::cast_sign_loss, reason = "the biased exponent of a normal float")]
    f64::from_bits(((HALF + 1 + exponent) as u64) << 52)
}

/// The position of the magnitude of a value. That of NaN and of 0 means nothing.
#[inline]
pub(super) fn position(value: f64) -> i32 {
    let bits = value.to_bits() & (u64::MAX >> 1);
    let exponent = bits >> 52;
    if exponent.wrapping_sub(1) >= 2046 {
        return position_of_unusual(f64::from_bits(bits));
    }
    let fraction = f64::from_bits(bits & FRACTION | (HALF as u64) << 52);
    #[expect(clippy::cast_possible_truncation, reason = "the 8 bits that choose")]
    let guess = usize::from(GUESSES[(bits >> 44) as u8 as usize]);
    // Without branches, there are none that the processor can mispredict.
    let below = guess + usize::from(BOUNDS[guess] < fraction) + usize::from(BOUNDS[guess + 1] < fraction);
    #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "both are small")]
    let position = (exponent as i32 - HALF - 1) * DIVISIONS + below as i32;
    position
}

/// The position of a subnormal or an infinity.
#[cold]
fn position_of_unusual(magnitude: f64) -> i32 {
    if magnitude == 0.0 || magnitude.is_nan() {
        0
    } else if magnitude.is_infinite() {
        INFINITE
    } else {
        // Exact, and normal.
        position(magnitude * power_of_two(54)) - 54 * DIVISIONS
    }
}

/// How far positions are shifted to make keys of this schema.
pub(super) fn shift_of(schema: i8) -> u32 {
    FINEST.abs_diff(schema).into()
}

/// The schema of this shift.
pub(super) fn schema_at(shift: u32) -> i8 {
    #[expect(clippy::cast_possible_truncation, reason = "at most 12")]
    let steps = shift as i8;
    FINEST - steps
}

/// The key of the bucket that holds `steps` of `1 << shift` finer ones: their number, rounded up.
#[inline]
pub(super) fn coarser(key: i32, shift: u32) -> i32 {
    (key + (1 << shift) - 1) >> shift
}

/// The upper bound of the bucket `key`, as client_golang's `getLe` gives it: that of the last one is the
/// largest float, that of the infinities' bucket is infinite.
pub(super) fn bound(key: i32, shift: u32) -> f64 {
    let position = key << shift;
    if position == LAST {
        return f64::MAX;
    }
    let fraction = BOUNDS[position.rem_euclid(DIVISIONS) as usize].to_bits() & FRACTION;
    let exponent = position.div_euclid(DIVISIONS) + 1 + HALF;
    let with_exponent = |exponent: i32| {
        #[expect(clippy::cast_sign_loss, reason = "positive, as its callers see to")]
        f64::from_bits(fraction | (exponent as u64) << 52)
    };
    match exponent {
        2047.. => f64::INFINITY,
        1.. => with_exponent(exponent),
        // Rounded once, to a subnormal.
        -52.. => with_exponent(exponent + 53) * power_of_two(-53),
        _ => 0.0,
    }
}

/// How many bounds are below the floats of [0.5, 1) that begin with these 8 bits of a fraction, all of them.
/// At most two bounds are among those floats.
static GUESSES: [u16; LEN] = guesses();

const fn guesses() -> [u16; LEN] {
    let mut guesses = [0; LEN];
    let (mut slot, mut below) = (0, 0);
    while slot < LEN {
        let start = f64::from_bits((slot as u64) << 44 | (HALF as u64) << 52);
        while BOUNDS[below as usize] < start {
            below += 1;
        }
        guesses[slot] = below;
        slot += 1;
    }
    guesses
}

/// `0.5 * 2**(i/256)`, to the bit as client_golang and Prometheus have it. Two thirds of them are not the
/// nearest floats: they are up to 4 units in the last place off. The last two stand where no bound is left.
#[rustfmt::skip]
#[expect(clippy::unreadable_literal, reason = "they are looked at by nobody")]
static BOUNDS: [f64; LEN + 2] = [
    0.5, 0.5013556375251013, 0.5027149505564014, 0.5040779490592088,
    0.5054446430258502, 0.5068150424757447, 0.5081891574554764, 0.509566998038869,
    0.5109485743270583, 0.5123338964485679, 0.5137229745593818, 0.5151158188430205,
    0.5165124395106142, 0.5179128468009786, 0.5193170509806894, 0.520725062344158,
    0.5221368912137069, 0.5235525479396449, 0.5249720429003435, 0.526395386502313,
    0.5278225891802786, 0.5292536613972564, 0.5306886136446309, 0.5321274564422321,
    0.5335702003384117, 0.5350168559101208, 0.5364674337629877, 0.5379219445313954,
    0.5393803988785598, 0.5408428074966075, 0.5423091811066545, 0.5437795304588847,
    0.5452538663326288, 0.5467321995364429, 0.5482145409081883, 0.549700901315111,
    0.5511912916539204, 0.5526857228508706, 0.5541842058618393, 0.5556867516724088,
    0.5571933712979462, 0.5587040757836845, 0.5602188762048033, 0.5617377836665098,
    0.5632608093041209, 0.564787964283144, 0.5663192597993595, 0.5678547070789026,
    0.5693943173783458, 0.5709381019847808, 0.572486072215902, 0.5740382394200894,
    0.5755946149764913, 0.5771552102951081, 0.5787200368168754, 0.5802891060137493,
    0.5818624293887887, 0.5834400184762408, 0.585021884841625, 0.5866080400818185,
    0.5881984958251406, 0.5897932637314379, 0.5913923554921704, 0.5929957828304968,
    0.5946035575013605, 0.5962156912915756, 0.5978321960199137, 0.5994530835371903,
    0.6010783657263515, 0.6027080545025619, 0.6043421618132907, 0.6059806996384005,
    0.6076236799902344, 0.6092711149137041, 0.6109230164863786, 0.6125793968185725,
    0.6142402680534349, 0.6159056423670379, 0.6175755319684665, 0.6192499490999082,
    0.620928906036742, 0.622612415087629, 0.6243004885946023, 0.6259931389331581,
    0.6276903785123455, 0.6293922197748583, 0.6310986751971253, 0.6328097572894031,
    0.6345254785958666, 0.6362458516947014, 0.637970889198196, 0.6397006037528346,
    0.6414350080393891, 0.6431741147730128, 0.6449179367033329, 0.6466664866145447,
    0.6484197773255048, 0.6501778216898253, 0.6519406325959679, 0.6537082229673385,
    0.6554806057623822, 0.6572577939746774, 0.659039800633032, 0.6608266388015788,
    0.6626183215798706, 0.6644148621029772, 0.6662162735415805, 0.6680225691020727,
    0.6698337620266515, 0.6716498655934177, 0.6734708931164728, 0.6752968579460171,
    0.6771277734684463, 0.6789636531064505, 0.6808045103191123, 0.6826503586020058,
    0.6845012114872953, 0.6863570825438342, 0.688217985377265, 0.690083933630119,
    0.6919549409819159, 0.6938310211492645, 0.6957121878859629, 0.6975984549830999,
    0.6994898362691555, 0.7013863456101023, 0.7032879969095076, 0.7051948041086352,
    0.7071067811865475, 0.7090239421602076, 0.7109463010845827, 0.7128738720527471,
    0.7148066691959849, 0.7167447066838943, 0.718687998724491, 0.7206365595643126,
    0.7225904034885232, 0.7245495448210174, 0.7265139979245261, 0.7284837772007218,
    0.7304588970903234, 0.7324393720732029, 0.7344252166684908, 0.7364164454346837,
    0.7384130729697496, 0.7404151139112358, 0.7424225829363761, 0.7444354947621984,
    0.7464538641456323, 0.7484777058836176, 0.7505070348132126, 0.7525418658117031,
    0.7545822137967112, 0.7566280937263048, 0.7586795205991071, 0.7607365094544071,
    0.762799075372269, 0.7648672334736434, 0.7669409989204777, 0.7690203869158282,
    0.7711054127039704, 0.7731960915705107, 0.7752924388424999, 0.7773944698885442,
    0.7795022001189185, 0.7816156449856788, 0.7837348199827764, 0.7858597406461707,
    0.7879904225539431, 0.7901268813264122, 0.7922691326262467, 0.7944171921585818,
    0.7965710756711334, 0.7987307989543135, 0.8008963778413465, 0.8030678282083853,
    0.805245165974627, 0.8074284071024302, 0.8096175675974316, 0.8118126635086642,
    0.8140137109286738, 0.8162207259936375, 0.8184337248834821, 0.820652723822003,
    0.8228777390769823, 0.8251087869603088, 0.8273458838280969, 0.8295890460808079,
    0.8318382901633681, 0.8340936325652911, 0.8363550898207981, 0.8386226785089391,
    0.8408964152537144, 0.8431763167241966, 0.8454623996346523, 0.8477546807446661,
    0.8500531768592616, 0.8523579048290255, 0.8546688815502312, 0.8569861239649629,
    0.8593096490612387, 0.8616394738731368, 0.8639756154809185, 0.8663180910111553,
    0.8686669176368529, 0.871022112577578, 0.8733836930995842, 0.8757516765159389,
    0.8781260801866495, 0.8805069215187917, 0.8828942179666361, 0.8852879870317771,
    0.8876882462632604, 0.890095013257712, 0.8925083056594671, 0.8949281411607002,
    0.8973545375015533, 0.8997875124702672, 0.9022270839033115, 0.9046732696855155,
    0.9071260877501991, 0.909585556079304, 0.9120516927035263, 0.9145245157024483,
    0.9170040432046711, 0.9194902933879467, 0.9219832844793128, 0.9244830347552253,
    0.9269895625416926, 0.92950288621441, 0.9320230241988943, 0.9345499949706191,
    0.9370838170551498, 0.93962450902828, 0.9421720895161669, 0.9447265771954693,
    0.9472879907934827, 0.9498563490882775, 0.9524316709088368, 0.9550139751351947,
    0.9576032806985735, 0.9601996065815236, 0.9628029718180622, 0.9654133954938133,
    0.9680308967461471, 0.9706554947643201, 0.9732872087896164, 0.9759260581154889,
    0.9785720620876999, 0.9812252401044634, 0.9838856116165875, 0.9865531961276168,
    0.9892280131939752, 0.9919100824251095, 0.9945994234836328, 0.9972960560854698,
    1.0, 1.0,
];

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// The position of a positive normal float by a search, as client_golang does it.
    fn position_by_search(value: f64) -> i32 {
        let exponent = i32::try_from(value.to_bits() >> 52).unwrap() - HALF;
        let fraction = value * power_of_two(-(exponent / 2)) * power_of_two(exponent / 2 - exponent);
        let below = BOUNDS[..LEN].partition_point(|&bound| bound < fraction);
        i32::try_from(below).unwrap() + (exponent - 1) * DIVISIONS
    }

    #[test]
    fn a_guess_and_two_bounds_find_what_a_search_finds() {
        assert!(BOUNDS.is_sorted());
        let guesses = GUESSES.iter().map(|&guess| usize::from(guess)).chain([LEN]);
        for (guess, next) in guesses.clone().zip(guesses.skip(1)) {
            assert!(guess <= next && next <= guess + 2, "{guess} {next}");
        }
        let slots = (0..256_u64).map(|slot| f64::from_bits((slot << 44) + 0.5_f64.to_bits()));
        for fraction in BOUNDS[..LEN].iter().copied().chain(slots) {
            let near = [-1, 0, 1].map(|steps| f64::from_bits(fraction.to_bits().wrapping_add_signed(steps)));
            for value in near {
                for exponent in [-1021, -64, -1, 0, 1, 63, 1023] {
                    // Below 0.5 the least exponent makes a subnormal.
                    let value = value * power_of_two(exponent);
                    if value.is_normal() {
                        assert_eq!(position(value), position_by_search(value), "{value:e}");
                        assert_eq!(position(-value), position(value), "{value:e}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_bucket_ends_at_its_bound_and_begins_after_the_one_before() {
        for schema in COARSEST..=FINEST {
            let shift = shift_of(schema);
            assert_eq!(schema_at(shift), schema);
            let key = |value: f64| coarser(position(value), shift);
            let smallest = f64::from_bits(1);
            let (first, last) = (key(smallest), key(f64::MAX));
            assert_eq!(last, if schema < 0 { 1024 >> -schema } else { 1024 << schema });
            assert_eq!((key(f64::INFINITY), key(f64::NEG_INFINITY)), (last + 1, last + 1));
            assert_eq!((bound(last, shift), bound(last + 1, shift)), (f64::MAX, f64::INFINITY));
            assert_eq!((key(1.0), bound(0, shift)), (0, 1.0));
            for key_of_bound in (first..last).filter(|key| bound(*key, shift).is_normal()) {
                let bound = bound(key_of_bound, shift);
                let above = f64::from_bits(bound.to_bits() + 1);
                assert_eq!((key(bound), key(above)), (key_of_bound, key_of_bound + 1), "{bound:e}");
            }
        }
    }

    #[test]
    fn subnormals_have_buckets_and_bounds() {
        let smallest = f64::from_bits(1);
        assert_eq!(position(smallest), -1074 * DIVISIONS);
        assert_eq!(position(smallest * 2.0), -1073 * DIVISIONS);
        assert_eq!(position(smallest * 3.0), position(3.0) - 1074 * DIVISIONS);
        assert_eq!(bound(-1074, shift_of(0)).to_bits(), 1);
        assert_eq!(bound(-1073, shift_of(0)).to_bits(), 2);
        assert_eq!(bound(-1075, shift_of(0)).to_bits(), 0);
        assert_eq!(bound(-2000, shift_of(0)).to_bits(), 0);
        // 1.41 of the smallest.
        assert_eq!(bound(-2147, shift_of(1)).to_bits(), 1);
    }
}
