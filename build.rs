//! Tells the code what interpreter it is built for, such as one without a lock (`Py_GIL_DISABLED`).

fn main() {
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
}
