//! What the benchmarks of the core ask of a client, and the core itself as such a client.

#![deny(missing_docs)]

pub mod ours;

/// The upper bounds of every histogram, without +Inf: those of the package by default.
pub const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// A client with a counter of whole numbers, a gauge of floats and a histogram, each by the labels `method`
/// and `path`.
pub trait Client {
    /// The labels of one series, ready for a lookup.
    type Labels;
    /// One series of the counter, found once and kept.
    type Held;
    /// What a page is written to, kept from page to page.
    type Page: Default;

    /// A client without series.
    fn new() -> Self;

    /// Prepares the labels of one series.
    fn labels(method: &str, path: &str) -> Self::Labels;

    /// Finds the counter's series of these labels, which may be new.
    fn hold(&self, labels: &Self::Labels) -> Self::Held;

    /// Adds 1 to a series that was found.
    fn inc_held(&self, held: &Self::Held);

    /// Adds to the counter's series of these labels, which may be new.
    fn add(&self, labels: &Self::Labels, amount: u32);

    /// Sets the gauge's series of these labels, which may be new.
    fn set(&self, labels: &Self::Labels, value: f64);

    /// Observes a value in the histogram's series of these labels, which may be new.
    fn observe(&self, labels: &Self::Labels, value: f64);

    /// Writes the page of all series, and gives its length in bytes.
    fn encode(&self, page: &mut Self::Page) -> usize;
}

/// The values of the labels of so many series: a method and a path, all paths different.
pub fn label_values(count: u32) -> impl Iterator<Item = (&'static str, String)> {
    (0..count).map(|number| ("GET", format!("/api/users/{number}")))
}

/// A whole number of one to five digits that looks random.
#[must_use]
pub fn int_of(number: u32) -> u32 {
    number.wrapping_mul(7919) % 100_000
}

/// A float in [0, 1) that looks random and needs all its digits.
#[must_use]
pub fn float_of(number: u32) -> f64 {
    f64::from(number.wrapping_mul(2_654_435_761)) / f64::from(u32::MAX) * 0.999_999
}
