//! The beginning and the end of the command.

use super::{
    commands::{self, Command},
    console::Console,
    failure::{Failure, Status},
    interrupt,
    session::Session,
};
use clap::{Parser, error::ErrorKind};
use std::{ffi::OsString, io::Write};

/// Tools for MARC records: look, find, check, edit, convert, export, join and compare
#[derive(Debug, Parser)]
#[command(
    name = "tidemarc",
    version,
    max_term_width = 100,
    subcommand_value_name = "COMMAND",
    help_template = super::args::HELP,
    before_help = EXAMPLES,
    after_help = EXIT_STATUS
)]
pub(super) struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Write results and messages as JSON, one object a line
    #[arg(long, global = true, help_heading = GLOBAL)]
    json: bool,

    /// Write no messages, except the error that ends the command
    #[arg(long, short, global = true, help_heading = GLOBAL)]
    quiet: bool,

    /// Number of threads [default: the number of cores]
    #[arg(long, value_name = "N", global = true, help_heading = GLOBAL,
          value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

const GLOBAL: &str = "For every command";

/// The examples of the help without a command.
pub(super) const EXAMPLES: &str = "\
Examples:
  tidemarc view books.mrc | head -20              # look at the records
  tidemarc count books.mrc                        # how many are there?
  tidemarc check books.mrc                        # is anything damaged?
  tidemarc stats --html report.html books.mrc     # which fields are there? A page with charts
  tidemarc filter '245$a ~ /whale/i' books.mrc | tidemarc view    # find records, and look at them
  tidemarc edit --set '245^1=1' --where 100 books.mrc -o edited.mrc
  tidemarc convert books.mrc -o books.xml
  tidemarc select -c id=001 -c title='245$a' books.mrc -o books.csv
  tidemarc COMMAND --help                         # examples for each command
";

const EXIT_STATUS: &str = "\
Exit status:
  0  success
  1  damaged records were found, content was lost, a record was not found, or files differ
  2  wrong arguments
  3  a file could not be read or written";

/// Runs the command with these arguments, of which the first is the name of the program, and
/// returns its exit status. A signal such as Ctrl-C ends the process: temporary files are removed
/// before.
///
/// The status is 0 for success (also if the reader of a pipe has ended), 1 if faults were found,
/// something that was asked for is not there or files differ, 2 for wrong arguments, and 3 if a
/// file could not be read or written.
///
/// ```
/// assert_eq!(tidemarc::cli::main(["tidemarc", "check", "--quiet", "tests/fixtures/books.mrc"]), 0);
/// ```
pub fn main<A: Into<OsString> + Clone>(arguments: impl IntoIterator<Item = A>) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return refuse(&error) as u8,
    };
    let mut session = Session::new(Console::new(cli.quiet, cli.json), cli.threads);
    if let Err(error) = interrupt::watch() {
        session.console.error(&format!("signals cannot be watched: {error}"));
        return Status::Io as u8;
    }
    let ended = commands::run(cli.command, &mut session);
    let saved = session.end_quarantine(&ended);
    session.console.clear();
    session.end_outputs();
    session.console.release();
    let mut status = match &ended {
        Ok(()) => session.status(),
        Err(failure) => {
            report(failure, &session.console);
            failure.status().max(match failure {
                Failure::Closed => Status::Success,
                _ => session.status(),
            })
        }
    };
    if let Err(failure) = saved {
        report(&failure, &session.console);
        status = status.max(failure.status());
    }
    status as u8
}

/// Writes the reason why a command ended early.
fn report(failure: &Failure, console: &Console) {
    match failure {
        Failure::Closed => {}
        Failure::Usage(reason)
        | Failure::Io(reason)
        | Failure::Quarantine(reason)
        | Failure::Refused(reason) => console.error(reason),
        Failure::Fault(error) => console.fault_at_end(error),
    }
}

/// Writes help, the version, or what is wrong with the arguments.
fn refuse(error: &clap::Error) -> Status {
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    let written = error.print().and_then(|()| std::io::stdout().flush());
    match (is_help, written) {
        (true, Err(error)) if error.kind() != std::io::ErrorKind::BrokenPipe => Status::Io,
        (true, _) => Status::Success,
        (false, _) => Status::Usage,
    }
}
