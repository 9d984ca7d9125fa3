//! The state of one run of the command: its messages, and what its exit status will be.

use super::{
    console::Console,
    failure::{Failure, Status, is_unread},
    quarantine::QuarantineFiles,
    refusal::Refusal,
    same_file::{Reading, SetAside},
    shown::{self, counted},
};
use crate::{
    error::Error,
    parse::{BatchRecord, Stats},
    record::Severity,
};
use std::{mem, rc::Rc};

/// Largest number of faults, and of refused records, of one input that are reported line by line.
const MOST_LISTED: u64 = 20;

/// The messages of a run, and everything that its exit status depends on.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) console: Console,
    pub(super) threads: Option<u16>,
    /// The quarantine of all inputs. It outlives a command that ends early.
    pub(super) quarantine: Option<QuarantineFiles>,
    has_found: bool,
    reading: Rc<Reading>,
    /// Number of faults of the current input.
    faults: u64,
    /// Number of its records that cannot be edited or written.
    refusals: u64,
}

impl Session {
    pub(super) fn new(console: Console, threads: Option<u16>) -> Self {
        Self {
            console,
            threads,
            quarantine: None,
            has_found: false,
            reading: Rc::default(),
            faults: 0,
            refusals: 0,
        }
    }

    /// Returns the exit status of a run that came to its end.
    pub(super) fn status(&self) -> Status {
        match (self.reading.has_failed(), self.has_found) {
            (true, _) => Status::Io,
            (false, true) => Status::Found,
            (false, false) => Status::Success,
        }
    }

    /// Returns the state of the reading, for the outputs.
    pub(super) fn reading(&self) -> Rc<Reading> {
        Rc::clone(&self.reading)
    }

    /// Reports the outputs that do not replace their old files.
    pub(super) fn end_outputs(&self) {
        for SetAside { name, path } in self.reading.take_set_aside() {
            self.console.error(&format!(
                "{name} is unchanged, because not everything could be read: {} has what was read",
                shown::path(&path)
            ));
        }
    }

    /// Puts the quarantine in its place. Its records are in no other output, so a fault that ends
    /// the command does not matter. The old files stay if no input was opened, as with wrong
    /// arguments, or if the quarantine itself failed.
    ///
    /// # Errors
    /// Returns errors of the operating system.
    pub(super) fn end_quarantine(&mut self, ended: &Result<(), Failure>) -> Result<(), Failure> {
        let files = self.quarantine.take();
        let Some(files) = files else { return Ok(()) };
        match ended {
            Err(Failure::Quarantine(_)) => Ok(()),
            _ if files.would_empty() => {
                self.console.say(&format!(
                    "{}: nothing is new in the quarantine; that of an earlier run is kept",
                    files.name()
                ));
                Ok(())
            }
            _ => files.commit(),
        }
    }

    /// Marks the run: something is damaged, lost or missing.
    pub(super) const fn find(&mut self) {
        self.has_found = true;
    }

    /// Reports a fault: the first of an input each on a line. A file of an archive that cannot be
    /// read to its end is a fault too, and the files after it follow.
    pub(super) fn fault(&mut self, error: &Error) {
        if is_unread(error) {
            return self.unreadable(&error.to_string());
        }
        self.find();
        self.faults += 1;
        if self.faults <= MOST_LISTED {
            self.console.fault(error);
        }
    }

    /// Reports a record that cannot be edited or written. As JSON, all of them are reported.
    pub(super) fn refused(&mut self, refusal: &Refusal) {
        self.find();
        self.refusals += 1;
        if self.refusals <= MOST_LISTED || self.console.is_json() {
            self.console.json_or(|| refusal.to_json(), || refusal.to_string());
        }
    }

    /// Reports the repairs of a record that is delivered.
    pub(super) fn repairs(&mut self, record: &BatchRecord<'_>) {
        if record.is_repaired() {
            let faults = record.faults();
            let repairs = faults.iter().filter(|fault| fault.severity() >= Severity::Repaired);
            repairs.for_each(|fault| self.fault(fault));
        }
    }

    /// Reports an input whose rest could not be read. The command goes on with the next one.
    ///
    /// # Errors
    /// The failure, if the command is strict.
    pub(super) fn unread(&mut self, error: Error, is_strict: bool) -> Result<(), Failure> {
        self.reading.fail();
        if is_strict {
            return Err(error.into());
        }
        self.unreadable(&error.to_string());
        Ok(())
    }

    /// Does the same for a command that is not strict.
    pub(super) fn unreadable(&mut self, reason: &str) {
        self.reading.fail();
        self.console.error(reason);
    }

    /// Reports the records of an input that the filter could not decide.
    pub(super) fn undecided(&mut self, name: &str, stats: &Stats) {
        if stats.undecided > 0 {
            self.find();
            let records = counted(stats.undecided, "record");
            self.console.say(&format!(
                "{name}: {records} left out, since undecodable text decides about a match: \
                 `tidemarc check --list-undecodable` lists the text"
            ));
        }
    }

    /// Ends an input: reports the numbers of faults and refused records without a line, and what was
    /// lost.
    pub(super) fn end_input(&mut self, name: &str, stats: &Stats) {
        let unlisted = mem::take(&mut self.faults).saturating_sub(MOST_LISTED);
        let refused = mem::take(&mut self.refusals).saturating_sub(MOST_LISTED);
        if unlisted > 0 {
            self.console.say(&format!(
                "{name}: {unlisted} more faults: `tidemarc check --json` lists all of them"
            ));
        }
        if refused > 0 && !self.console.is_json() {
            let records = counted(refused, "more record");
            self.console
                .say(&format!("{name}: the same is true for {records}: --json lists all of them"));
        }
        if stats.repaired + stats.incomplete > 0 {
            self.find();
        }
        self.undecided(name, stats);
        if let Some(losses) = stats.losses() {
            self.console.say(&format!("{name}: {losses}"));
        }
    }
}
