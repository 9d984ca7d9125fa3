//! The reasons why a command ends early, and its exit status.

use super::inputs::is_of_quarantine;
use crate::{
    error::Error,
    format::{WriteError, WriteErrorKind},
    record::{ErrorKind, Severity},
};
use std::io;

/// The exit status of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Status {
    /// Everything was done, and nothing is damaged.
    Success = 0,
    /// The input has faults, or something that was asked for is not in it.
    Found = 1,
    /// The arguments are wrong, by themselves or for these files.
    Usage = 2,
    /// An input could not be read, or an output not written.
    Io = 3,
}

/// The reason why a command ends early.
#[derive(Debug)]
pub(super) enum Failure {
    /// The arguments contradict each other or the files.
    Usage(String),
    /// Reading or writing failed.
    Io(String),
    /// The quarantine could not be written.
    Quarantine(String),
    /// The program that reads the output has ended. This is not an error.
    Closed,
    /// A fault ended a command that is strict.
    Fault(Box<Error>),
    /// Something else ended a command that is strict: a record that the format cannot hold.
    Refused(String),
}

impl Failure {
    /// Returns the exit status.
    pub(super) const fn status(&self) -> Status {
        match self {
            Self::Closed => Status::Success,
            Self::Fault(_) | Self::Refused(_) => Status::Found,
            Self::Usage(_) => Status::Usage,
            Self::Io(_) | Self::Quarantine(_) => Status::Io,
        }
    }

    /// Creates the failure of an output with this name.
    pub(super) fn of_output(name: &str, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Closed,
            _ => Self::Io(format!("{name}: {}", described(error))),
        }
    }

    /// Creates the failure of writing a record: `None` if only this record cannot be written.
    pub(super) fn of_write(name: &str, error: &WriteError) -> Option<Self> {
        match error.kind() {
            WriteErrorKind::Io(error) => Some(Self::of_output(name, error)),
            _ => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match (is_unread(&error), is_of_quarantine(&error)) {
            (true, true) => Self::Quarantine(error.to_string()),
            (true, false) => Self::Io(error.to_string()),
            (false, _) => Self::Fault(Box::new(error)),
        }
    }
}

/// Returns true if an error says that an input could not be read, or a quarantine not written.
pub(super) fn is_unread(error: &Error) -> bool {
    error.kind() == ErrorKind::Io && error.severity() == Severity::Fatal
}

/// Returns an error of the operating system in words, without its number.
pub(super) fn described(error: &io::Error) -> String {
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => text.replace(&format!(" (os error {number})"), ""),
        None => text,
    }
}
