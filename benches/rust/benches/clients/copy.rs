//! The lower bound of a page: ready starts of lines that are copied, numbers that are printed.

use bench_core::label_values;

/// What a page takes at least.
pub trait Starts {
    /// The starts of the lines of so many series.
    fn new(series: u32) -> Self;

    /// Each start in the order of the series.
    fn each(&self, visit: impl FnMut(&[u8]));
}

/// Each start in an allocation of its own, as where series come one by one.
pub struct Scattered(Vec<Box<str>>);

/// All starts in one text.
pub struct Contiguous {
    text: String,
    /// Where each start ends in the text.
    ends: Vec<usize>,
}

fn starts(series: u32) -> impl Iterator<Item = String> {
    label_values(series).map(|(method, path)| format!("a_counter{{method=\"{method}\",path=\"{path}\"}} "))
}

impl Starts for Scattered {
    fn new(series: u32) -> Self {
        Self(starts(series).map(String::into_boxed_str).collect())
    }

    fn each(&self, mut visit: impl FnMut(&[u8])) {
        self.0.iter().for_each(|start| visit(start.as_bytes()));
    }
}

impl Starts for Contiguous {
    fn new(series: u32) -> Self {
        let mut text = String::new();
        let ends = starts(series)
            .map(|start| {
                text.push_str(&start);
                text.len()
            })
            .collect();
        Self { text, ends }
    }

    fn each(&self, mut visit: impl FnMut(&[u8])) {
        let text = self.text.as_bytes();
        let mut first = 0;
        for &end in &self.ends {
            visit(&text[first..end]);
            first = end;
        }
    }
}

/// Writes a page of whole numbers.
pub fn write_ints(starts: &impl Starts, values: &[u32], page: &mut Vec<u8>) -> usize {
    let mut values = values.iter();
    let mut number = itoa::Buffer::new();
    page.clear();
    starts.each(|start| {
        page.extend_from_slice(start);
        page.extend_from_slice(number.format(*values.next().unwrap_or(&0)).as_bytes());
        page.push(b'\n');
    });
    page.len()
}

/// Writes a page of floats.
pub fn write_floats(starts: &impl Starts, values: &[f64], page: &mut Vec<u8>) -> usize {
    let mut values = values.iter();
    let mut number = zmij::Buffer::new();
    page.clear();
    starts.each(|start| {
        page.extend_from_slice(start);
        page.extend_from_slice(number.format(*values.next().unwrap_or(&0.0)).as_bytes());
        page.push(b'\n');
    });
    page.len()
}
