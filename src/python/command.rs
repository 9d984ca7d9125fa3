//! The command `tidemarc`, for the console script of the package.

use pyo3::prelude::*;
use std::ffi::OsString;

/// Runs the command with these arguments, of which the first is the name of the program, and
/// returns its exit status. Ctrl-C ends the process.
#[pyfunction]
pub(crate) fn _main(py: Python<'_>, arguments: Vec<OsString>) -> u8 {
    py.detach(|| crate::cli::main(arguments))
}
