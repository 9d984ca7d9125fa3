//! The counts of a reader in words.

use crate::{error::escaped, parse::Stats};
use std::{
    fmt,
    fmt::Write,
    string::{String, ToString},
};

/// A number of things: `1 record`, `2 records`.
struct Counted(u64, &'static str);

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.0 == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.0, self.1)
    }
}

/// The counts of an input in one line.
pub(super) struct Headline<'a> {
    pub(super) input: Option<&'a str>,
    pub(super) stats: &'a Stats,
}

impl fmt::Display for Headline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Stats { records, repaired, incomplete, faults, fault_bytes, .. } = *self.stats;
        if let Some(input) = self.input {
            write!(f, "{}: ", escaped(input))?;
        }
        write!(f, "{} in {}", Counted(records, "record"), Counted(self.stats.bytes(), "byte"))?;
        if repaired > 0 {
            write!(f, ", {repaired} repaired whole")?;
        }
        if incomplete > 0 {
            write!(f, ", {incomplete} that lost a field")?;
        }
        if faults > 0 {
            let (spans, bytes) = (Counted(faults, "bad span"), Counted(fault_bytes, "byte"));
            write!(f, "; {spans} ({bytes})")?;
        }
        if self.stats.padding_bytes > 0 {
            write!(f, "; {} of padding", Counted(self.stats.padding_bytes, "byte"))?;
        }
        if !self.stats.complete {
            f.write_str("; not read to the end")?;
        }
        Ok(())
    }
}

impl Stats {
    /// Describes what was not delivered, or not whole, in a few words: `2 bad spans (90 bytes)
    /// skipped, 1 record delivered that lost a field`. `None` if all was delivered whole.
    #[must_use]
    pub fn losses(&self) -> Option<String> {
        let Self { faults, fault_bytes, incomplete, .. } = *self;
        let mut words = String::new();
        // Writing to a string does not fail.
        if faults > 0 {
            let (spans, bytes) = (Counted(faults, "bad span"), Counted(fault_bytes, "byte"));
            let _ = write!(words, "{spans} ({bytes}) skipped");
        }
        if incomplete > 0 {
            let separator = if faults > 0 { ", " } else { "" };
            let records = Counted(incomplete, "record");
            let _ = write!(words, "{separator}{records} delivered that lost a field");
        }
        (!words.is_empty()).then_some(words)
    }

    /// Returns the counts of an input with this name in one line.
    pub(crate) fn headline(&self, input: Option<&str>) -> String {
        Headline { input, stats: self }.to_string()
    }

    /// Returns the counts of an input with this name: a line, and one for each kind of fault.
    pub(crate) fn summary(&self, input: Option<&str>) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = write!(text, "{}", Headline { input, stats: self });
        if self.faults > 0 && self.repaired + self.incomplete > 0 {
            text.push_str("\n  by kind, in records and in bad spans together:");
        }
        for (kind, count) in self.kinds() {
            let _ = write!(text, "\n  {} {count:>7} × {}", kind.code(), kind.name());
        }
        text
    }
}
