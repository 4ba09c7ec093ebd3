//! A process as the operating system shows it, read without the interpreter's lock.

use std::path::PathBuf;

use pyo3::prelude::*;

use crate::process::{boot_time, read};
use crate::python::interpreter::lifecycle::detached;

/// What a collector of Python makes families of.
type Reading = (Option<f64>, Option<u64>, Option<u64>, Option<f64>, Option<u64>, Option<f64>);

/// Return what is known of a process, read without the interpreter's lock. What cannot be read
/// is None.
///
/// :param proc: Where the file system of that name is mounted.
/// :param process: The number of the process, or ``"self"``.
/// :param boot_time: What ``boot_time`` returns.
/// :returns: The seconds on processors, the bytes of its address space, the bytes of that in
///   memory, the time of its start in seconds since 1970, the number of its open files, and the
///   most that it may have.
#[pyfunction]
#[pyo3(name = "process_reading")]
pub fn py_process_reading(py: Python<'_>, proc: PathBuf, process: &str, boot_time: Option<f64>) -> Reading {
    let reading = detached(py, move || read(&proc, process, boot_time));
    (
        reading.cpu_seconds,
        reading.virtual_bytes,
        reading.resident_bytes,
        reading.start_time_seconds,
        reading.open_fds,
        reading.max_fds,
    )
}

/// Return when the kernel started, in seconds since 1970, or None.
///
/// :param proc: Where the file system of that name is mounted.
#[pyfunction]
#[pyo3(name = "boot_time")]
pub fn py_boot_time(py: Python<'_>, proc: PathBuf) -> Option<f64> {
    detached(py, move || boot_time(&proc))
}
