//! The objects of a label dict, and their text if it can be made without running Python code.

use std::borrow::Cow;
use std::mem::MaybeUninit;
use std::{ptr, slice};

use pyo3::ffi;
use pyo3::prelude::*;
#[cfg(Py_GIL_DISABLED)]
use pyo3::sync::critical_section::with_critical_section;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyString};
use smallvec::SmallVec;

use crate::labels::Pair;
use crate::metric::Number;
use crate::number::write_number;
use crate::python::argument::labels::INLINE;

/// Pairs of text, some of which is made from objects.
type Texts<'a> = SmallVec<[(Cow<'a, str>, Cow<'a, str>); INLINE]>;

/// The objects of a dict in its order: name, value, name, value, ... They are alive for `'a`, as [`Held`] has it.
///
/// What makes text of them consumes them: where that fails, Python code may have run (an exception may set off a garbage
/// collection), so that they must not be used any more.
pub struct Objects<'a, 'py> {
    py: Python<'py>,
    addresses: &'a [*mut ffi::PyObject],
}

impl<'a, 'py> Objects<'a, 'py> {
    #[inline]
    fn iter(&self) -> impl Iterator<Item = Borrowed<'a, 'py, PyAny>> + use<'a, 'py> {
        let py = self.py;
        // SAFETY: they are alive for `'a`; see `Held`.
        self.addresses.iter().map(move |&address| unsafe { Borrowed::from_ptr(py, address) })
    }

    /// The objects as plain str, if all are; otherwise as they are.
    #[inline(always)]
    pub fn plain(self) -> Result<Plain<'a, 'py>, Self> {
        // SAFETY: they are alive for `'a`; see `Held`.
        let is_plain = |&address: &*mut ffi::PyObject| unsafe { ffi::PyUnicode_CheckExact(address) } != 0;
        if self.addresses.iter().all(is_plain) { Ok(Plain(self)) } else { Err(self) }
    }

    /// The texts as pairs, if the names are plain str and the values are exact str, int of 64 bits, float, bool or None: their
    /// text is made without running Python code.
    pub fn constants(self) -> Option<(Texts<'a>, Constants<'a, 'py>)> {
        let mut pairs = SmallVec::new();
        let mut objects = self.iter();
        while let (Some(name), Some(value)) = (objects.next(), objects.next()) {
            pairs.push((plain_text(name)?, constant_text(value)?));
        }
        Some((pairs, Constants(self)))
    }
}

/// Objects that are all exact str.
pub struct Plain<'a, 'py>(Objects<'a, 'py>);

impl<'a, 'py> Plain<'a, 'py> {
    /// The texts, borrowed as pairs. Nothing for more than [`INLINE`] labels, and if one of them has no UTF-8.
    #[inline(always)]
    pub fn pairs<'r>(
        self,
        room: &'r mut [MaybeUninit<Pair<'a>>; INLINE],
    ) -> Option<(&'r [Pair<'a>], Constants<'a, 'py>)> {
        let labels = self.0.addresses.chunks_exact(2);
        let count = labels.len();
        for (pair, label) in room.get_mut(..count)?.iter_mut().zip(labels) {
            // SAFETY: they are alive for `'a`, see `Held`, and all are str.
            pair.write(unsafe { (borrow_text(label[0])?, borrow_text(label[1])?) });
        }
        // SAFETY: the loop has written `count` pairs.
        let pairs = unsafe { slice::from_raw_parts(room.as_ptr().cast(), count) };
        Some((pairs, Constants(self.0)))
    }
}

/// Objects that are all exact str, int, float, bool or None: their text never changes, and no Python code runs when they are
/// freed.
pub struct Constants<'a, 'py>(Objects<'a, 'py>);

impl<'a, 'py> Constants<'a, 'py> {
    /// The number of objects, twice that of labels.
    #[inline]
    pub fn len(&self) -> usize {
        self.0.addresses.len()
    }

    /// The objects.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = Borrowed<'a, 'py, PyAny>> + use<'a, 'py> {
        self.0.iter()
    }
}

/// The text of a plain str that has UTF-8.
fn plain_text<'a>(object: Borrowed<'a, '_, PyAny>) -> Option<Cow<'a, str>> {
    if !object.is_exact_instance_of::<PyString>() {
        return None;
    }
    // SAFETY: the object is a str, and alive for `'a`.
    unsafe { borrow_text(object.as_ptr()) }.map(Cow::Borrowed)
}

/// The text of a constant value, as `str()` makes it.
fn constant_text<'a>(object: Borrowed<'a, '_, PyAny>) -> Option<Cow<'a, str>> {
    let number = if object.is_none() {
        return Some(Cow::Borrowed("None"));
    } else if let Ok(boolean) = object.cast_exact::<PyBool>() {
        return Some(Cow::Borrowed(if boolean.is_true() { "True" } else { "False" }));
    } else if let Ok(float) = object.cast_exact::<PyFloat>() {
        Number::Float(float.value())
    } else if object.is_exact_instance_of::<PyInt>() {
        let mut overflow = 0;
        // SAFETY: the object is an int, and this thread is attached.
        let int = unsafe { ffi::PyLong_AsLongLongAndOverflow(object.as_ptr(), &raw mut overflow) };
        if overflow != 0 {
            return None;
        }
        Number::Int(int)
    } else {
        return plain_text(object);
    };
    let mut text = Vec::new();
    write_number(&mut text, number);
    String::from_utf8(text).ok().map(Cow::Owned)
}

/// The number of labels in a dict.
#[inline]
pub fn count(dict: &Bound<'_, PyDict>) -> usize {
    // SAFETY: the object is a dict, and alive. A single word is read, so that another thread which changes the dict, as on a
    // free-threaded interpreter, leaves an earlier or a later number.
    unsafe { (*dict.as_ptr().cast::<ffi::PyDictObject>()).ma_used as usize }
}

/// The addresses of the objects of a dict, and null behind the last one. There must be room for all labels.
///
/// Without the interpreter's lock, where they are not used, they are all null.
#[inline(always)]
pub fn addresses<const WORDS: usize>(dict: &Bound<'_, PyDict>, count: usize) -> [*mut ffi::PyObject; WORDS] {
    let mut objects = [ptr::null_mut(); WORDS];
    let count = if cfg!(Py_GIL_DISABLED) { 0 } else { count };
    let mut position = 0;
    // The call does not write to the array: the processor would wait for these writes before it reads two words at a time.
    let (mut name, mut value) = (ptr::null_mut(), ptr::null_mut());
    for pair in objects.chunks_exact_mut(2).take(count) {
        // SAFETY: the object is a dict, and nothing changes it between these calls: no Python code runs, and this thread has
        // the interpreter's lock.
        unsafe { ffi::PyDict_Next(dict.as_ptr(), &raw mut position, &raw mut name, &raw mut value) };
        pair[0] = name;
        pair[1] = value;
    }
    objects
}

/// The objects of a dict. The dict keeps them alive, because no Python code runs meanwhile.
#[cfg(not(Py_GIL_DISABLED))]
pub struct Held<'a, 'py>(Objects<'a, 'py>);

#[cfg(not(Py_GIL_DISABLED))]
impl<'a, 'py> Held<'a, 'py> {
    /// Holds the objects at the `addresses`.
    ///
    /// # Safety
    ///
    /// The addresses were just read from the dict, by [`addresses`]: two for each of its labels, none of them null. As long as
    /// objects of this are used, no Python code runs and this thread does not detach.
    #[inline]
    pub unsafe fn new(dict: &'a Bound<'py, PyDict>, addresses: &'a [*mut ffi::PyObject]) -> Self {
        Self(Objects { py: dict.py(), addresses })
    }

    #[inline]
    pub fn objects(self) -> Objects<'a, 'py> {
        self.0
    }
}

/// The objects of a dict, with references that keep them alive: other threads may change the dict meanwhile.
#[cfg(Py_GIL_DISABLED)]
pub struct Held<'py> {
    py: Python<'py>,
    addresses: SmallVec<[*mut ffi::PyObject; 2 * INLINE]>,
    #[expect(dead_code, reason = "held until it is dropped")]
    objects: SmallVec<[Bound<'py, PyAny>; 2 * INLINE]>,
}

#[cfg(Py_GIL_DISABLED)]
impl<'py> Held<'py> {
    /// Holds the objects of the dict.
    ///
    /// # Safety
    ///
    /// None is needed without the interpreter's lock; see the other one.
    pub unsafe fn new(dict: &Bound<'py, PyDict>, _: &[*mut ffi::PyObject]) -> Self {
        let objects = || dict.iter().flat_map(|(name, value)| [name, value]).collect();
        let objects: SmallVec<[Bound<'py, PyAny>; 2 * INLINE]> = with_critical_section(dict, objects);
        Self { py: dict.py(), addresses: objects.iter().map(Bound::as_ptr).collect(), objects }
    }

    pub fn objects(&self) -> Objects<'_, 'py> {
        Objects { py: self.py, addresses: &self.addresses }
    }
}

/// Borrows the UTF-8 of a str; nothing if it has none, see [`Objects`].
///
/// # Safety
///
/// The object must be a str and stay alive for `'a`, and the thread must be attached.
#[inline(always)]
unsafe fn borrow_text<'a>(object: *mut ffi::PyObject) -> Option<&'a str> {
    // SAFETY: the object is alive, as the caller promises. The text of a str never changes, and lives as long
    // as the str does. That of a compact ASCII str is its UTF-8 too, and stands right behind its head.
    unsafe {
        #[cfg(not(Py_3_14))]
        if ffi::PyUnicode_IS_COMPACT_ASCII(object) != 0 {
            let text = object.cast::<ffi::PyASCIIObject>().add(1).cast::<u8>();
            let length = ffi::PyUnicode_GET_LENGTH(object) as usize;
            return Some(std::str::from_utf8_unchecked(slice::from_raw_parts(text, length)));
        }
        let mut length = 0;
        let text = ffi::PyUnicode_AsUTF8AndSize(object, &raw mut length);
        if text.is_null() {
            ffi::PyErr_Clear();
            return None;
        }
        let bytes = slice::from_raw_parts(text.cast::<u8>(), length as usize);
        Some(std::str::from_utf8_unchecked(bytes))
    }
}
