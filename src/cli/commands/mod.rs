//! The commands, one file each.

mod cat;
mod check;
mod convert;
mod count;
mod dedupe;
mod diff;
mod edit;
mod filter;
mod get;
mod index;
mod repair;
mod select;
mod shell;
mod sort;
mod split;
mod stats;
mod view;

use super::{failure::Failure, session::Session};
use clap::Subcommand;

/// A command and its arguments.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    // First commands that look, then those that find, change, export and join.
    View(view::Args),
    Count(count::Args),
    Stats(stats::Args),
    Check(check::Args),
    Diff(diff::Args),
    // The words that people try first.
    #[command(aliases = ["find", "search"])]
    Filter(filter::Args),
    Get(get::Args),
    Index(index::Args),
    Edit(Box<edit::Args>),
    Convert(convert::Args),
    Repair(repair::Args),
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
        Command::Stats(args) => stats::run(args, session),
        Command::Check(args) => check::run(args, session),
        Command::Repair(args) => repair::run(args, session),
        Command::Convert(args) => convert::run(args, session),
        Command::Edit(args) => edit::run(*args, session),
        Command::Select(args) => select::run(args, session),
        Command::Cat(args) => cat::run(args, session),
        Command::Sort(args) => sort::run(args, session),
        Command::Filter(args) => filter::run(args, session),
        Command::Dedupe(args) => dedupe::run(args, session),
        Command::Split(args) => split::run(args, session),
        Command::Index(args) => index::run(args, session),
        Command::Get(args) => get::run(args, session),
        Command::Diff(args) => diff::run(args, session),
        Command::Completions(args) => shell::completions(&args, session),
        Command::Man(args) => shell::man(&args, session),
    }
}
