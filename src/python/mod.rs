//! The Python face: pure Rust classes that hold (batch, index) and decode only what is asked for.
//!
//! One file a class. Nothing here knows how a record is framed or parsed; everything a Python user
//! can do with a stream, a Rust user can do too.

mod aside;
mod batch_handle;
mod buffer_input;
mod check;
mod convert;
mod driver;
mod errors;
mod exclusive;
mod fault;
mod field;
mod file_input;
mod file_output;
mod format_options;
mod gil_cell;
mod leader;
mod losses;
mod marc8;
mod marc_reader;
mod nesting;
mod note;
mod objects;
mod on_fault;
mod path_output;
mod pymarc_errors;
mod quarantine;
mod raw_field;
mod reachable;
mod read_method;
mod reader;
mod reading;
mod record;
mod refused;
mod release;
mod restore;
mod same_file;
mod source;
mod stats;
mod text;
mod word;
mod writer;

use pyo3::{exceptions::PyImportError, prelude::*, sync::PyOnceLock};

/// Refuses a second interpreter in this process: classes, exceptions and what is kept of modules are
/// those of the first, and would be used after its end.
///
/// An interpreter is known by its `sys`, which is kept, so that no other ever has its address.
fn one_interpreter(py: Python<'_>) -> PyResult<()> {
    static FIRST: PyOnceLock<Py<PyModule>> = PyOnceLock::new();
    let sys = py.import("sys")?;
    if FIRST.get_or_init(py, || sys.clone().unbind()).is(&sys) {
        return Ok(());
    }
    Err(PyImportError::new_err(
        "tidemarc is in use by another interpreter of this process, and cannot serve two: \
         import it in one of them only, or start a process for each",
    ))
}

/// Refuses an interpreter that could do without a lock and runs without it, because it was told to
/// (`PYTHON_GIL=0`): it would otherwise have taken the lock for the sake of this module, which says that
/// it needs it. Much here is guarded by the lock alone.
fn has_lock(py: Python<'_>) -> PyResult<()> {
    let is_enabled = py.import("sys")?.getattr_opt("_is_gil_enabled")?;
    match is_enabled.map(|is_enabled| is_enabled.call0()?.is_truthy()).transpose()? {
        None | Some(true) => Ok(()),
        Some(false) => Err(PyImportError::new_err(
            "tidemarc needs the global interpreter lock (GIL), and this interpreter was told to run \
             without: leave out PYTHON_GIL=0 and -X gil=0",
        )),
    }
}

/// The compiled half of the package `tidemarc`.
#[pyo3::pymodule(gil_used = true)]
mod _tidemarc {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::{
        fault::Fault, field::Field, leader::Leader, marc_reader::MarcReader, note::Note,
        raw_field::RawField, reader::Reader, record::Record, stats::Stats, writer::Writer,
    };

    #[pymodule_export]
    use super::{
        check::{Summary, check},
        convert::{Conversion, convert},
    };

    #[pymodule_export]
    use super::{
        check::_restore_summary,
        fault::_restore_fault,
        restore::{_new_field, _new_leader, _new_record},
        stats::_restore_stats,
    };

    #[pymodule_export]
    use super::marc8::{_marc8_codeset, _marc8_odd_map, _marc8_translate};

    // A fork holds the pool's lock while Python's other hooks run, and they may let go of the GIL. So
    // whoever waits for that lock lets go of the GIL too, or neither would ever come back.

    /// Sets how many threads parse, for every reader made from now on: 256 at most; 0 goes back to the
    /// default.
    #[pyfunction]
    fn set_threads(py: Python<'_>, threads: isize) -> PyResult<()> {
        const MOST: isize = crate::pipeline::MOST_THREADS as isize;
        let threads = super::reader::within("threads", threads, 0..=MOST)?;
        py.detach(|| crate::pipeline::set_threads(threads));
        Ok(())
    }

    /// How many threads parse: `set_threads`, `RAYON_NUM_THREADS`, or the number of cores.
    #[pyfunction]
    fn get_threads() -> usize {
        crate::pipeline::threads()
    }

    /// Called before a fork.
    #[pyfunction]
    fn _before_fork(py: Python<'_>) {
        py.detach(crate::pipeline::fork::before);
    }

    /// Called after a fork. In the child the readers of the parent have lost their threads.
    #[pyfunction]
    fn _after_fork(in_child: bool) {
        crate::pipeline::fork::after();
        if in_child {
            super::driver::after_fork();
        }
    }

    /// Called at the end of a program that an uncaught exception ends.
    #[pyfunction]
    fn _end_by_exception() {
        super::writer::end_by_exception();
    }

    #[pymodule_init]
    fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
        super::has_lock(m.py())?;
        super::one_interpreter(m.py())?;
        m.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
