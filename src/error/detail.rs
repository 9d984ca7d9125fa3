//! An error with a dump of its bytes.

use super::Error;
use std::{fmt::Write, string::String};

/// Number of bytes in a line of the dump.
const LINE: usize = 16;
/// Largest number of lines in the dump.
const MOST_LINES: usize = 6;

impl Error {
    /// Returns the message, the code, and a dump of the bytes at fault with a mark under them, in
    /// several lines. The numbers at the left are offsets in bytes from the start of the input, in
    /// hexadecimal.
    ///
    /// ```text
    /// books.mrc: record 8, byte 6,291 (001 ocm00000008): the record length (leader/00-04) is not the record's length: says 819, has 812
    ///   TM101 record_length, record lost; 812 bytes
    ///   00001893  30 30 38 31 39 6e 61 6d  20 61 32 32 30 30 32 37  |00819nam a220027|
    ///             ^^ ^^ ^^ ^^ ^^
    ///   000018a3  37 20 20 20 34 35 30 30  30 30 31 30 30 31 32 30  |7   450000100120|
    /// ```
    #[must_use]
    pub fn detail(&self) -> String {
        let mut text =
            format!("{self}\n  {} {}, {}", self.code(), self.kind().name(), self.severity());
        let raw = self.raw();
        if raw.is_empty() {
            return text;
        }
        let _ = write!(text, "; {} bytes", raw.len());
        let location = self.location_in_raw();
        let first = (location.start / LINE).saturating_sub(1);
        let start = self.offset().unwrap_or(0);
        for (line, bytes) in raw.chunks(LINE).enumerate().skip(first).take(MOST_LINES) {
            let at = line * LINE;
            let _ = write!(text, "\n  {:08x}  ", start + at as u64);
            let mut marks = String::new();
            for column in 0..LINE {
                let gap = if column == LINE / 2 { " " } else { "" };
                let is_marked = location.contains(&(at + column));
                match bytes.get(column) {
                    Some(byte) => {
                        let _ = write!(text, "{gap}{byte:02x} ");
                    }
                    None => {
                        let _ = write!(text, "{gap}   ");
                    }
                }
                let _ = write!(marks, "{gap}{} ", if is_marked { "^^" } else { "  " });
            }
            let shown =
                |byte: &u8| if matches!(byte, 0x20..=0x7E) { char::from(*byte) } else { '.' };
            let _ = write!(text, " |{}|", bytes.iter().map(shown).collect::<String>());
            if !marks.trim_end().is_empty() {
                let _ = write!(text, "\n            {}", marks.trim_end());
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::Position;
    use crate::record::{ErrorKind, Fault};
    use std::string::ToString;

    #[test]
    fn the_bytes_at_fault_are_marked() {
        let position = Position {
            record: Some(3),
            offset: Some(0x100),
            raw: b"00063nam a22xx049   45000010".as_slice().into(),
            ..Position::default()
        };
        let error = super::Error::new(Fault::new(ErrorKind::BaseAddress), position);
        let expected = "\
record 3, byte 256: no directory ends before the base address of data (leader/12-16): \
says \"xx049\", and no 0x1E follows the leader
  TM103 base_address, record lost; 28 bytes
  00000100  30 30 30 36 33 6e 61 6d  20 61 32 32 78 78 30 34  |00063nam a22xx04|
                                                 ^^ ^^ ^^ ^^
  00000110  39 20 20 20 34 35 30 30  30 30 31 30              |9   45000010|
            ^^";
        assert_eq!(error.detail(), expected.to_string());
    }
}
