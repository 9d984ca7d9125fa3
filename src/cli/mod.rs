//! The command `tidemarc`, for the shell.
//!
//! The binary and the Python package call [`main`]. Each command is a file in `commands`: its
//! arguments become a plan (which inputs, which outputs, and that no file is both), and then the
//! plan runs. `docs/command.md` describes the commands.

#![forbid(unsafe_code)]

mod args;
mod commands;
mod console;
mod diff;
mod display;
mod duplicates;
mod duplicates_report;
mod entry;
mod failure;
mod filing;
mod filter;
mod ids;
mod indexed;
mod inputs;
mod interrupt;
mod list_file;
mod output;
mod pager;
mod progress;
mod quarantine;
mod record_writer;
mod records;
mod refusal;
mod same_file;
mod sample;
mod session;
mod shown;
mod sort_key;
mod sorter;
mod spill;
mod table;
mod tally;
mod template;
mod temporary;

pub use entry::main;
