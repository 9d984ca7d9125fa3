//! Output for a human: through a pager, if standard output is a terminal.

use super::{console::Console, failure::Failure, interrupt, output::Output};
use std::{
    env,
    io::{self, Write},
    process::{Child, ChildStdin, Command, Stdio},
};

/// Output that is shown page by page on a terminal, and written as it is elsewhere.
pub(super) enum Paged {
    /// Nothing was written yet, and a pager is to show it. Without results there is none, and
    /// messages are seen at once.
    Waiting(Option<Output>),
    Pager(Pager),
    Output(Output),
}

/// A running pager.
pub(super) struct Pager {
    child: Child,
    input: Option<ChildStdin>,
}

impl Paged {
    /// Creates an output for the pager that `PAGER` names, or `less`, if the output is a terminal
    /// and a pager is wanted. If it cannot be started, the output is written without it.
    pub(super) fn new(output: Output, is_wanted: bool) -> Self {
        match is_wanted && output.is_terminal() {
            true => Self::Waiting(Some(output)),
            false => Self::Output(output),
        }
    }

    /// Writes text. From its first text on, the pager has the terminal, and messages wait.
    ///
    /// # Errors
    /// Returns errors of the output. The end of the pager is no error, but the end of the command.
    pub(super) fn put(&mut self, text: &[u8], console: &Console) -> Result<(), Failure> {
        if let Self::Waiting(output) = self
            && let Some(output) = output.take()
        {
            *self = Pager::start().map_or(Self::Output(output), |pager| {
                console.hold();
                Self::Pager(pager)
            });
        }
        match self {
            Self::Waiting(_) => Ok(()),
            Self::Output(output) => output.put(text),
            Self::Pager(pager) => {
                let Some(input) = &mut pager.input else { return Err(Failure::Closed) };
                input.write_all(text).map_err(|error| Failure::of_output("the pager", &error))
            }
        }
    }

    /// Writes everything to the system.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn push(&mut self) -> Result<(), Failure> {
        match self {
            Self::Output(output) => output.push(),
            Self::Pager(_) | Self::Waiting(_) => Ok(()),
        }
    }

    /// Ends the output, and waits for the pager to be closed.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(super) fn commit(self) -> Result<(), Failure> {
        match self {
            Self::Output(output) => output.commit(),
            Self::Waiting(output) => output.map_or(Ok(()), Output::commit),
            Self::Pager(pager) => {
                drop(pager);
                Ok(())
            }
        }
    }
}

impl Pager {
    fn start() -> Option<Self> {
        let named = env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
        let line = named.unwrap_or_else(|| "less".into());
        let mut words = line.split_whitespace();
        let mut command = Command::new(words.next()?);
        command.args(words).stdin(Stdio::piped());
        if env::var_os("LESS").is_none() {
            // Colours are shown, and less than a page needs no key.
            command.env("LESS", "-RFX");
        }
        let mut child = command.spawn().ok()?;
        let input = child.stdin.take();
        interrupt::set_pager_is_open(true);
        Some(Self { child, input })
    }
}

impl Drop for Pager {
    fn drop(&mut self) {
        self.input = None;
        let _: io::Result<_> = self.child.wait();
        interrupt::set_pager_is_open(false);
    }
}
