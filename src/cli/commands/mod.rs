//! The commands, one file each.

mod cat;
mod check;
mod convert;
mod count;
mod dedupe;
mod repair;
mod select;
mod shell;
mod sort;
mod split;
mod view;

use super::{failure::Failure, session::Session};
use clap::Subcommand;

/// A command and its arguments.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    View(view::Args),
    Count(count::Args),
    Check(check::Args),
    Repair(repair::Args),
    Convert(convert::Args),
    Select(select::Args),
    Cat(cat::Args),
    Sort(sort::Args),
    Dedupe(dedupe::Args),
    Split(split::Args),
    Completions(shell::CompletionsArgs),
    Man(shell::ManArgs),
}

/// Runs a command.
///
/// # Errors
/// Returns the reason why it ended early.
pub(super) fn run(command: Command, session: &mut Session) -> Result<(), Failure> {
    match command {
        Command::View(args) => view::run(args, session),
        Command::Count(args) => count::run(args, session),
        Command::Check(args) => check::run(args, session),
        Command::Repair(args) => repair::run(args, session),
        Command::Convert(args) => convert::run(args, session),
        Command::Select(args) => select::run(args, session),
        Command::Cat(args) => cat::run(args, session),
        Command::Sort(args) => sort::run(args, session),
        Command::Dedupe(args) => dedupe::run(args, session),
        Command::Split(args) => split::run(args, session),
        Command::Completions(args) => shell::completions(&args, session),
        Command::Man(args) => shell::man(&args, session),
    }
}
