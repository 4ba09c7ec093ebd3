//! Targets: the quantiles that a sketch must answer, and the errors that it may make.

use std::fmt;

/// Why a list of targets was refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TargetError {
    /// There was no target at all.
    Empty,
    /// This quantile is not in `[0, 1]`.
    Phi(f64),
    /// The error allowed for quantile `phi` is not in `[0, 1)`.
    Epsilon {
        /// The quantile.
        phi: f64,
        /// The error which was refused.
        epsilon: f64,
    },
}

impl fmt::Display for TargetError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => out.write_str("at least one quantile is needed"),
            Self::Phi(phi) => write!(out, "quantile {phi} is not in [0, 1]"),
            Self::Epsilon { phi, epsilon } => {
                write!(out, "error {epsilon} of quantile {phi} is not in [0, 1)")
            }
        }
    }
}

impl std::error::Error for TargetError {}

/// The quantiles which a sketch must answer, each with the error it may make; shared by many sketches.
#[derive(Clone, Debug, PartialEq)]
pub struct Targets {
    /// Pairs `(phi, epsilon)`: never empty; ascending by `phi`, each `phi` once.
    pub(super) pairs: Vec<(f64, f64)>,
    /// How many entries a summary may have before its gaps must take all of their limits.
    pub(super) room: f64,
}

impl Targets {
    /// Targets from pairs `(phi, epsilon)`, in any order: quantile `phi`, in `[0, 1]`, is to be answered
    /// within `epsilon * n` ranks of the right one among `n` values, `epsilon` in `[0, 1)`. Of a `phi` given
    /// twice the smaller `epsilon` counts.
    ///
    /// # Errors
    ///
    /// [`TargetError`] names the first pair out of range (NaN is), or says that there was none.
    pub fn new(pairs: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, TargetError> {
        let mut checked = Vec::new();
        for (phi, epsilon) in pairs {
            if !(0.0..=1.0).contains(&phi) {
                return Err(TargetError::Phi(phi));
            }
            if !(0.0..1.0).contains(&epsilon) {
                return Err(TargetError::Epsilon { phi, epsilon });
            }
            // Adding zero turns -0.0 into 0.0.
            checked.push((phi + 0.0, epsilon + 0.0));
        }
        if checked.is_empty() {
            return Err(TargetError::Empty);
        }
        checked.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        checked.dedup_by_key(|(phi, _)| phi.to_bits());
        // Found by trial: more room makes usual summaries longer, but those of the worst streams shorter.
        let room = 1000.0 + 6.0 * inner(&checked).map(gaps).sum::<f64>();
        Ok(Self { pairs: checked, room })
    }

    /// The pairs `(phi, epsilon)`, ascending by `phi`, each `phi` once.
    pub fn pairs(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.pairs.iter().copied()
    }

    /// The quantiles, ascending, each once.
    pub fn phis(&self) -> impl Iterator<Item = f64> + '_ {
        self.pairs.iter().map(|&(phi, _)| phi)
    }
}

/// The targets that ask something of the gaps. The least and the greatest value are always kept, and answer
/// for the first and the last rank exactly.
pub(super) fn inner(pairs: &[(f64, f64)]) -> impl Iterator<Item = &(f64, f64)> {
    pairs.iter().filter(|(phi, _)| *phi > 0.0 && *phi < 1.0)
}

/// How many gaps as wide as the `Limit` of a target fill all ranks: the integral of one over that width.
fn gaps(&(phi, epsilon): &(f64, f64)) -> f64 {
    let side = |part: f64| if part > 0.0 { -part * part.ln() } else { 0.0 };
    (side(1.0 - phi - epsilon) + side(phi - epsilon)) / (2.0 * epsilon)
}
