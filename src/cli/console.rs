//! Messages on standard error.

use super::progress::Progress;
use crate::error::{Error, escaped, quoted};
use std::{
    cell::RefCell,
    env,
    io::{self, IsTerminal, Write},
};

/// The name of the program in messages.
const NAME: &str = "tidemarc";

/// Standard error: messages, one a line, and the progress bar.
#[derive(Debug)]
pub(super) struct Console {
    quiet: bool,
    json: bool,
    colour: bool,
    progress: Option<Progress>,
    /// The lines that wait for the end of the pager.
    held: RefCell<Option<Vec<String>>>,
}

impl Console {
    pub(super) fn new(quiet: bool, json: bool) -> Self {
        Self { quiet, json, colour: has_colour(&io::stderr()), progress: None, held: None.into() }
    }

    /// Returns true if results are JSON.
    pub(super) const fn is_json(&self) -> bool {
        self.json
    }

    /// Returns true if standard error is a terminal that shows progress.
    pub(super) fn shows_progress(&self) -> bool {
        !self.quiet && !self.json && io::stderr().is_terminal()
    }

    /// Shows the progress bar, until [`clear`](Self::clear).
    pub(super) fn show(&mut self, progress: Progress) {
        self.progress = Some(progress);
    }

    /// Removes the progress bar.
    pub(super) fn clear(&mut self) {
        self.progress = None;
    }

    /// Holds all lines back while a pager has the terminal, until [`release`](Self::release).
    pub(super) fn hold(&self) {
        self.held.borrow_mut().get_or_insert_default();
    }

    /// Writes the lines that were held back.
    pub(super) fn release(&self) {
        let held = self.held.take();
        held.into_iter().flatten().for_each(|line| self.line(&line));
    }

    /// Writes a message, unless messages are off.
    pub(super) fn say(&self, message: &str) {
        if !self.quiet {
            match self.json {
                true => self.line(&format!("{{\"message\":{}}}", quoted(message))),
                false => self.line(&format!("{}{}", self.name(), on_one_line(message))),
            }
        }
    }

    /// Writes a line that is JSON already, or only means something to a human.
    pub(super) fn json_or(&self, json: impl FnOnce() -> String, message: impl FnOnce() -> String) {
        match (self.quiet, self.json) {
            (true, _) => {}
            (false, true) => self.line(&json()),
            (false, false) => self.line(&format!("{}{}", self.name(), on_one_line(&message()))),
        }
    }

    /// Writes a fault.
    pub(super) fn fault(&self, error: &Error) {
        self.json_or(|| error.to_json(), || error.to_string());
    }

    /// Writes the fault that ends the command.
    pub(super) fn fault_at_end(&self, error: &Error) {
        match self.json {
            true => self.line(&error.to_json()),
            false => self.error(&error.to_string()),
        }
    }

    /// Writes the reason why the command ended early, which may have several lines.
    pub(super) fn error(&self, reason: &str) {
        if self.json {
            return self.line(&format!("{{\"error\":{}}}", quoted(reason)));
        }
        let (begin, end) = if self.colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
        self.line(&format!("{}{begin}error:{end} {}", self.name(), on_one_line(reason)));
    }

    fn name(&self) -> String {
        match self.colour {
            true => format!("\x1b[1m{NAME}:\x1b[0m "),
            false => format!("{NAME}: "),
        }
    }

    /// Writes a line. Nobody could learn of a failure.
    fn line(&self, line: &str) {
        if let Some(held) = &mut *self.held.borrow_mut() {
            return held.push(line.to_owned());
        }
        let write = || drop(writeln!(io::stderr(), "{line}"));
        match &self.progress {
            Some(progress) => progress.suspend(write),
            None => write(),
        }
    }
}

/// Returns a message whose control characters cannot reach a terminal. Line feeds stay: a selector
/// with a caret has three lines.
fn on_one_line(message: &str) -> String {
    message.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// Returns true if output to this stream has colours: it is a terminal, and `NO_COLOR` is not set
/// (see no-color.org).
pub(super) fn has_colour(stream: &impl IsTerminal) -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
    stream.is_terminal() && !is_set("NO_COLOR") && !is_dumb
}
