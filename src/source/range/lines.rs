//! The search for a place in lines of text at which a record may begin.

use super::ReadAt;
use memchr::memrchr_iter;
use std::{io, vec};

/// Number of bytes that are searched at once.
const STEP: u64 = 64 << 10;

/// Greatest length of what is searched for.
const BLANK: usize = 3;

/// Returns the offset of a blank line before `cut`, or 0 if there is none; `None` if it is more than
/// `most` bytes away.
///
/// A blank line ends any record in a format of lines, and also the rest of one that is too long
/// (`format/lines.rs`). So the framer of the whole input has no record open there: it begins a new
/// one after the line, or the line is in padding that began earlier. The line ends before the cut,
/// so that padding that begins after the line is not before the cut by mistake.
pub(crate) fn line_before(input: &mut dyn ReadAt, cut: u64, most: u64) -> io::Result<Option<u64>> {
    let mut buffer = vec![0; STEP as usize + BLANK];
    let mut to = cut.min(input.length());
    while to > 0 {
        if cut - to > most {
            return Ok(None);
        }
        let from = to.saturating_sub(STEP);
        // A line that begins in this part may end in the one after it.
        let most = ((cut - from) as usize).min((to - from) as usize + BLANK);
        let count = input.read_at(from, &mut buffer[..most])?;
        let bytes = &buffer[..count];
        for at in memrchr_iter(b'\n', bytes) {
            let after = &bytes[at + 1..];
            let blank = match after {
                [b'\n', ..] => 1,
                [b'\r', b'\n', ..] => 2,
                _ => continue,
            };
            if after.len() > blank {
                return Ok(Some(from + at as u64 + 1));
            }
        }
        to = from;
    }
    Ok(Some(0))
}
