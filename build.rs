//! Tells the code what it is built for: an interpreter, such as one without a lock (`Py_GIL_DISABLED`), or the model checker
//! (`loom`).

fn main() {
    if cfg!(feature = "loom") {
        println!("cargo::rustc-cfg=loom");
    }
    #[cfg(feature = "python")]
    pyo3_build_config::use_pyo3_cfgs();
}
