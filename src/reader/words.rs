//! The counts of a reader in words.

use crate::{error::escaped, parse::Stats, record::ErrorKind};
use std::{
    fmt,
    fmt::Write,
    format,
    string::{String, ToString},
    vec::Vec,
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
        let Stats { records, repaired, incomplete, unmatched, .. } = *self.stats;
        let Stats { fault_bytes, unfinished, .. } = *self.stats;
        let faults = self.stats.bad_spans();
        if let Some(input) = self.input {
            write!(f, "{}: ", escaped(input))?;
        }
        write!(f, "{} in {}", Counted(records, "record"), Counted(self.stats.bytes(), "byte"))?;
        if unmatched > 0 {
            write!(f, ", {unmatched} more that do not match")?;
        }
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
        if unfinished > 0 {
            write!(f, "; {} not read to the end", Counted(unfinished, "file"))?;
        } else if !self.stats.complete {
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
        let Self { fault_bytes, incomplete, unfinished, .. } = *self;
        let faults = self.bad_spans();
        let mut parts = Vec::new();
        if faults > 0 {
            let (spans, bytes) = (Counted(faults, "bad span"), Counted(fault_bytes, "byte"));
            parts.push(format!("{spans} ({bytes}) skipped"));
        }
        if incomplete > 0 {
            let records = Counted(incomplete, "record");
            parts.push(format!("{records} delivered that lost a field"));
        }
        if unfinished > 0 {
            parts.push(format!("{} not read to the end", Counted(unfinished, "file")));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }

    /// Returns the number of faults that are bytes of an input. The failure of an input among
    /// several is a fault without bytes.
    const fn bad_spans(&self) -> u64 {
        self.faults - self.kind(ErrorKind::Io)
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
