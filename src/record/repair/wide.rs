//! A directory whose entries have more than four digits for the length and more than five for the
//! start. Programs write these if they do not check that a number fits.

use super::{body::Body, places::repaired, repairer::Repairer};
use crate::record::{ErrorKind, FieldSpan, Tag};

/// Returns the number of digits of the number at the front, if it is this number, written with at
/// least this many digits.
fn states(bytes: &[u8], number: u32, least: usize) -> Option<usize> {
    let digits = number.checked_ilog10().map_or(1, |log| log as usize + 1).max(least);
    let stated = bytes.get(..digits)?.iter().try_fold(0, |sum: u64, byte| {
        byte.is_ascii_digit().then(|| 10 * sum + u64::from(byte - b'0'))
    })?;
    (stated == u64::from(number)).then_some(digits)
}

impl Repairer {
    /// Reads entries with as many digits as their numbers need, if they then state the place of
    /// every field, in order, and nothing is left over.
    pub(super) fn by_wide_entries(&mut self, body: Body<'_>, directory: &[u8]) -> bool {
        let mut rest = directory;
        for run in &self.runs {
            let Some((tag, numbers)) = rest.split_first_chunk::<3>() else { break };
            let Some(digits) = states(numbers, run.length, 4) else { break };
            let start = run.start - body.base as u32;
            let Some(more) = states(&numbers[digits..], start, 5) else { break };
            if run.end() > body.end || !tag.iter().all(u8::is_ascii_alphanumeric) {
                break;
            }
            self.fields.push(FieldSpan::new(Tag::new(*tag), run.start, run.length - 1));
            rest = &numbers[digits + more..];
        }
        let is_whole = rest.is_empty() && self.fields.len() == self.runs.len();
        match is_whole {
            true => self.faults.push(repaired(ErrorKind::DirectoryLength, 0)),
            false => self.fields.clear(),
        }
        is_whole
    }
}
