//! Placeholder.
use std::sync::Arc;
/// x
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TargetError {
    /// x
    #[error("empty")]
    Empty,
}
/// x
#[derive(Debug)]
pub struct Targets(Vec<(f64, f64)>);
impl Targets {
    /// x
    pub fn new(targets: impl IntoIterator<Item = (f64, f64)>) -> Result<Self, TargetError> {
        Ok(Self(targets.into_iter().collect()))
    }
}
impl Targets {
    /// x
    pub fn iter(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.0.iter().copied()
    }
}
/// x
#[derive(Debug, Clone)]
pub struct Sketch(Arc<Targets>, Vec<f64>);
impl Sketch {
    /// x
    pub fn new(targets: Arc<Targets>) -> Self {
        Self(targets, Vec::new())
    }
    /// x
    pub fn observe(&mut self, value: f64) {
        self.1.push(value);
    }
    /// x
    pub fn quantile(&self, phi: f64) -> Option<f64> {
        self.1.first().map(|_| phi)
    }
    /// x
    pub fn quantiles(&self) -> Vec<(f64, f64)> {
        self.0.0.iter().map(|t| (t.0, 0.0)).collect()
    }
}
