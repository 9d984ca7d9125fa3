//! From the bytes of a field to text.
//!
//! Text is never replaced silently: bytes that are no text in the record's encoding are an error
//! with their position. MARC-8 beyond ASCII is not decoded yet, and says so.

#![forbid(unsafe_code)]

use crate::record::Leader;
use core::{fmt, str};

/// How a record's text is encoded, as leader/09 says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Leader/09 is `a`: UTF-8.
    Utf8,
    /// Leader/09 is anything else: MARC-8, of which only the ASCII part is decoded so far.
    Marc8,
}

/// Bytes that are no text in the record's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    encoding: Encoding,
    offset: usize,
}

impl DecodeError {
    /// The first offending byte, counted from the start of the bytes that were to be decoded.
    #[must_use]
    pub const fn offset(&self) -> usize {
        self.offset
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.encoding {
            Encoding::Utf8 => write!(f, "byte {} is not UTF-8", self.offset),
            Encoding::Marc8 => write!(
                f,
                "byte {} is not ASCII, and leader/09 says MARC-8, which is not decoded yet",
                self.offset
            ),
        }
    }
}

impl core::error::Error for DecodeError {}

impl Encoding {
    /// What the leader says.
    #[must_use]
    #[inline]
    pub const fn of(leader: Leader<'_>) -> Self {
        if leader.is_utf8() { Self::Utf8 } else { Self::Marc8 }
    }

    /// The text that these bytes are.
    ///
    /// # Errors
    /// If they are none; the error says where.
    #[inline]
    pub fn decode(self, bytes: &[u8]) -> Result<&str, DecodeError> {
        match (self, str::from_utf8(bytes)) {
            (Self::Utf8, Ok(text)) => Ok(text),
            (Self::Utf8, Err(error)) => {
                Err(DecodeError { encoding: self, offset: error.valid_up_to() })
            }
            (Self::Marc8, text) => {
                match bytes.iter().position(|&byte| !byte.is_ascii() || byte == 0x1B) {
                    None => text.map_err(|_| DecodeError { encoding: self, offset: 0 }),
                    Some(offset) => Err(DecodeError { encoding: self, offset }),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_is_none_is_refused_at_its_first_bad_byte() {
        assert_eq!(Encoding::Utf8.decode(b"na\xC3\xAFve"), Ok("naïve"));
        assert_eq!(Encoding::Utf8.decode(b"na\xEFve").unwrap_err().offset(), 2);
        assert_eq!(Encoding::Marc8.decode(b"naive"), Ok("naive"));
        assert_eq!(Encoding::Marc8.decode(b"na\xE8ive").unwrap_err().offset(), 2);
        assert_eq!(Encoding::Marc8.decode(b"\x1B(Nabc").unwrap_err().offset(), 0);
    }
}
