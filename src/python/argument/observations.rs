//! Observations that come together: a buffer of numbers, or what an iterable yields.

use pyo3::buffer::PyUntypedBuffer;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyFloat, PyInt, PyString};

use super::label_mapping::is_mapping;
use super::number::{self, has_index};
use super::refusal::shown;
use crate::python::interpreter::import::class_name;
use crate::python::interpreter::lifecycle::calls_python;

/// Numbers that are read at a time.
const PIECE: usize = 512;

/// Numbers in the order in which they are observed.
pub enum Observations {
    /// They are read where they are. As long as this lives, their owner cannot move or resize them.
    Buffer(PyUntypedBuffer, Layout),
    /// They were taken from objects.
    List(Vec<f64>),
}

/// How a number stands in a buffer.
#[derive(Clone, Copy)]
pub struct Layout {
    class: Class,
    size: usize,
    /// Whether its bytes have the other order than those of this machine.
    swapped: bool,
}

#[derive(Clone, Copy)]
enum Class {
    Signed,
    Unsigned,
    Float,
}

impl Layout {
    /// That of a format as `struct` has it, if it is one number of up to 8 bytes.
    fn of(format: &[u8], size: usize) -> Option<Self> {
        let (swapped, code) = match *format {
            [code] | [b'@' | b'=', code] => (false, code),
            [b'<', code] => (cfg!(target_endian = "big"), code),
            [b'>' | b'!', code] => (cfg!(target_endian = "little"), code),
            _ => return None,
        };
        let class = match code {
            b'b' | b'h' | b'i' | b'l' | b'q' | b'n' => Class::Signed,
            b'B' | b'H' | b'I' | b'L' | b'Q' | b'N' => Class::Unsigned,
            b'f' | b'd' => Class::Float,
            _ => return None,
        };
        matches!(size, 1 | 2 | 4 | 8).then_some(Self { class, size, swapped })
    }

    /// The number whose bytes these are.
    #[inline(always)]
    #[expect(clippy::cast_precision_loss, reason = "as float() rounds an int")]
    fn number(self, mut bytes: [u8; 8]) -> f64 {
        if self.swapped {
            bytes[..self.size].reverse();
        }
        let [a, b, c, d, ..] = bytes;
        match (self.class, self.size) {
            (Class::Float, 8) => f64::from_ne_bytes(bytes),
            (Class::Float, _) => f64::from(f32::from_ne_bytes([a, b, c, d])),
            (Class::Signed, 1) => f64::from(i8::from_ne_bytes([a])),
            (Class::Signed, 2) => f64::from(i16::from_ne_bytes([a, b])),
            (Class::Signed, 4) => f64::from(i32::from_ne_bytes([a, b, c, d])),
            (Class::Signed, _) => i64::from_ne_bytes(bytes) as f64,
            (Class::Unsigned, 1) => f64::from(a),
            (Class::Unsigned, 2) => f64::from(u16::from_ne_bytes([a, b])),
            (Class::Unsigned, 4) => f64::from(u32::from_ne_bytes([a, b, c, d])),
            (Class::Unsigned, _) => u64::from_ne_bytes(bytes) as f64,
        }
    }
}

impl Observations {
    /// Those of an argument: a buffer of numbers, of any shape, or an iterable of numbers.
    ///
    /// # Errors
    ///
    /// TypeError, which names the metric, for what is neither, and for a value that is not a number; what the iterable raises.
    pub fn extract(metric: &str, values: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = values.py();
        calls_python(py);
        if is_lone(values)? {
            return Err(refusal(metric, values));
        }
        // Its buffer has what the mask hides as well.
        if class_name(values) == "MaskedArray" {
            return Err(PyTypeError::new_err(format!(
                "{metric}: observe_many takes no masked array; give values.compressed(), which has those that are not masked"
            )));
        }
        if let Some(found) = Self::of_buffer(metric, values)? {
            return Ok(found);
        }
        // An array of NumPy, whose numbers are of another kind, yields its rows unless it is asked so.
        let flat =
            match values.getattr_opt(intern!(py, "ndim"))?.and_then(|ndim| ndim.extract::<usize>().ok()) {
                Some(0) => return Err(refusal(metric, values)),
                Some(2..) => values.getattr_opt(intern!(py, "flat"))?,
                _ => None,
            };
        let Ok(all) = flat.as_ref().unwrap_or(values).try_iter() else {
            return Err(refusal(metric, values));
        };
        let mut list = Vec::new();
        for value in all {
            let value = value?;
            let number = number::extract(metric, &value, |_, value| {
                PyTypeError::new_err(format!(
                    "{metric}: observe_many takes numbers, and value {} is {}; nothing was observed",
                    list.len(),
                    shown(value)
                ))
            })?;
            list.push(number.as_f64());
        }
        Ok(Self::List(list))
    }

    /// The numbers of a buffer, if it has any that are read here.
    fn of_buffer(metric: &str, values: &Bound<'_, PyAny>) -> PyResult<Option<Self>> {
        let Ok(buffer) = PyUntypedBuffer::get(values) else {
            return Ok(None);
        };
        let format = buffer.format().to_bytes();
        let layout = Layout::of(format, buffer.item_size());
        // Of complex numbers NumPy would give the real part; without a dimension it is a lone number.
        if format.contains(&b'Z') || layout.is_some() && buffer.dimensions() == 0 {
            return Err(refusal(metric, values));
        }
        Ok(layout.map(|layout| Self::Buffer(buffer, layout)))
    }

    /// Hands the numbers over, some at a time.
    pub fn for_each(&self, mut observe: impl FnMut(&[f64])) {
        match self {
            Self::List(list) => list.chunks(PIECE).for_each(observe),
            Self::Buffer(buffer, layout) => read(buffer, *layout, &mut observe),
        }
    }

    /// All the numbers.
    pub fn to_vec(&self) -> Vec<f64> {
        let mut all = Vec::new();
        self.for_each(|some| all.extend_from_slice(some));
        all
    }
}

/// Reads the numbers of a buffer in the order of C: the last index changes the fastest.
fn read(buffer: &PyUntypedBuffer, layout: Layout, observe: &mut dyn FnMut(&[f64])) {
    let (count, size) = (buffer.item_count(), layout.size);
    let mut numbers = [0.0; PIECE];
    let plain = buffer.is_c_contiguous();
    let floats = plain && size == 8 && matches!(layout.class, Class::Float) && !layout.swapped;
    let start = buffer.buf_ptr().cast::<u8>().cast_const();
    let mut index = vec![0; buffer.dimensions()];
    let mut done = 0;
    while done < count {
        let piece = &mut numbers[..PIECE.min(count - done)];
        if floats {
            // SAFETY: the buffer has `count` floats, one after the other, and its owner keeps them where they are. They are
            // copied as bytes, because others may write to them meanwhile.
            unsafe {
                let from = start.add(8 * done);
                std::ptr::copy_nonoverlapping(from, piece.as_mut_ptr().cast::<u8>(), 8 * piece.len());
            }
        } else {
            for (place, number) in piece.iter_mut().enumerate() {
                let from = if plain {
                    // SAFETY: the buffer has `count` items, one after the other.
                    unsafe { start.add(size * (done + place)) }
                } else {
                    let from = buffer.get_ptr(&index).cast::<u8>().cast_const();
                    advance(&mut index, buffer.shape());
                    from
                };
                let mut bytes = [0; 8];
                // SAFETY: an item of this size stands there.
                unsafe { std::ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), size) };
                *number = layout.number(bytes);
            }
        }
        done += piece.len();
        observe(piece);
    }
}

/// The next index of a shape, in the order of C.
fn advance(index: &mut [usize], shape: &[usize]) {
    for (place, length) in index.iter_mut().zip(shape).rev() {
        *place += 1;
        if *place < *length {
            return;
        }
        *place = 0;
    }
}

/// Whether an object cannot be meant as several numbers.
fn is_lone(values: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(values.is_instance_of::<PyInt>()
        || values.is_instance_of::<PyFloat>()
        || values.is_instance_of::<PyString>()
        || values.is_instance_of::<PyBytes>()
        || values.is_instance_of::<PyByteArray>()
        || values.is_none()
        || is_mapping(values)?)
}

#[cold]
fn refusal(metric: &str, values: &Bound<'_, PyAny>) -> PyErr {
    let is_dict = is_mapping(values).unwrap_or(false);
    let advice = if is_dict { "; labels come first, then the numbers" } else { "" };
    PyTypeError::new_err(format!(
        "{metric}: observe_many takes a buffer or an iterable of numbers, such as [0.1, 0.2], not {}{advice}",
        shown(values)
    ))
}

/// How often a value was observed.
///
/// # Errors
///
/// TypeError for what is not an int, ValueError for less than 0 and more than 2**53; both name the metric.
pub fn count(metric: &str, count: &Bound<'_, PyAny>) -> PyResult<u64> {
    const MOST: u64 = 1 << 53;
    let py = count.py();
    if count.is_instance_of::<PyBool>() || !has_index(count) {
        let class = class_name(count);
        return Err(PyTypeError::new_err(format!("{metric}: count must be an int, not {class}")));
    }
    calls_python(py);
    let count = py.import(intern!(py, "operator"))?.call_method1(intern!(py, "index"), (count,))?;
    count.extract::<u64>().ok().filter(|count| *count <= MOST).ok_or_else(|| {
        PyValueError::new_err(format!("{metric}: count must be from 0 to 2**53, not {}", shown(&count)))
    })
}
