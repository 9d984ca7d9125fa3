//! The Python face: pure Rust classes that hold (batch, index) and decode only on access.
//!
//! One file for each class. This module does not know how a record is framed or parsed. A Rust user
//! can do everything with a stream that a Python user can do.

mod args;
mod batch;
mod batch_handle;
mod check;
mod columns;
mod command;
mod convert;
mod driver;
mod faults;
mod field;
mod filter;
mod gil;
mod index;
mod io;
mod leader;
mod objects;
mod pickle;
mod pymarc;
mod quarantine;
mod reader;
mod reading;
mod record;
mod report;
mod restore;
mod selector;
mod splits;
mod statistics;
mod stats;
mod text;
mod writer;

use pyo3::{exceptions::PyImportError, prelude::*, sync::PyOnceLock};

/// Refuses a second interpreter in this process. Classes, exceptions and cached modules belong to
/// the first interpreter, and would be used after its end.
///
/// An interpreter is identified by its `sys`, which is kept, so that no other interpreter ever has
/// its address.
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

/// Refuses a free-threaded interpreter that runs without its lock because the user turned it off
/// (`PYTHON_GIL=0`). By default such an interpreter takes the lock for this module, which declares
/// that it needs it. Much of this module is guarded by the lock alone.
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
        faults::{fault::Fault, note::Note},
        field::Field,
        filter::Filter,
        index::Index,
        leader::Leader,
        pymarc::{marc_reader::MarcReader, raw_field::RawField},
        reader::Reader,
        record::Record,
        selector::Selector,
        stats::Stats,
        writer::Writer,
    };

    #[pymodule_export]
    use super::{
        check::{Summary, check},
        convert::{Conversion, convert},
        report::report,
        splits::splits,
        statistics::{Statistics, statistics},
    };

    #[pymodule_export]
    use super::{command::_main, io::source::_files};

    #[pymodule_export]
    use super::columns::{Batch, Column, Output, Rows, Scan, Schema};

    #[pymodule_export]
    use super::{
        check::_restore_summary,
        columns::_restore_column,
        faults::fault::_restore_fault,
        index::_restore_index,
        restore::{_new_field, _new_leader, _new_record},
        stats::_restore_stats,
    };

    #[pymodule_export]
    use super::pymarc::marc8::{_marc8_codeset, _marc8_odd_map, _marc8_translate};

    #[pymodule_export]
    use super::pymarc::replaced::_names_are_replaced;

    // A fork holds the pool's lock while Python's other hooks run, and these may release the GIL.
    // So a thread that waits for this lock also releases the GIL; otherwise both would wait
    // forever.

    /// Sets the number of threads that parse, for every reader made after this call: 256 at most; 0
    /// restores the default.
    #[pyfunction]
    fn set_threads(py: Python<'_>, threads: isize) -> PyResult<()> {
        const MOST: isize = crate::pipeline::MOST_THREADS as isize;
        let threads = super::args::number::within("threads", threads, 0..=MOST)?;
        py.detach(|| crate::pipeline::set_threads(threads));
        Ok(())
    }

    /// Returns the number of threads that parse: from `set_threads`, `RAYON_NUM_THREADS`, or the
    /// number of cores.
    #[pyfunction]
    fn get_threads() -> usize {
        crate::pipeline::threads()
    }

    /// Prepares a fork. Python calls it before every fork.
    #[pyfunction]
    fn _before_fork(py: Python<'_>) {
        py.detach(crate::pipeline::fork::before);
    }

    /// Ends a fork. Python calls it after every fork. In the child the parent's readers have lost
    /// their threads.
    #[pyfunction]
    fn _after_fork(in_child: bool) {
        crate::pipeline::fork::after();
        if in_child {
            super::driver::after_fork();
        }
    }

    /// Marks the program as ended by an uncaught exception. Python calls it at the end.
    #[pyfunction]
    fn _end_by_exception() {
        super::writer::end_by_exception();
    }

    #[pymodule_init]
    fn init(m: &Bound<'_, PyModule>) -> PyResult<()> {
        super::has_lock(m.py())?;
        super::one_interpreter(m.py())?;
        super::pymarc::replaced::keep_methods(m)?;
        m.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
