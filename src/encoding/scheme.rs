//! The encodings of records.

use super::{DecodeError, DecodeErrorKind, error::EncodeError, from_utf8};
use crate::record::Leader;
use core::{fmt, str};
use memchr::memchr;

/// The encoding of a record's text: its character coding scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// UTF-8; leader/09 `a` in MARC 21, code 50 in UNIMARC 100 $a/26-29.
    Utf8,
    /// [MARC-8](https://www.loc.gov/marc/specifications/speccharmarc8.html); leader/09 blank.
    Marc8,
    /// ISO 5426, UNIMARC's extended Latin, with ASCII
    /// (ISO 646) as its left half; code 03 in UNIMARC 100 $a/26-29.
    Iso5426,
    /// ISO 8859-1 with its C0 and C1 controls: each byte is the code point of the same number.
    Latin1,
    /// ASCII and nothing else.
    Ascii,
}

impl Encoding {
    /// Returns the encoding that the leader states: UTF-8 if leader/09 is `a`, otherwise MARC-8.
    ///
    /// This is the rule of MARC 21; [`detect`](super::detect) applies all rules.
    #[must_use]
    #[inline]
    pub const fn of(leader: Leader<'_>) -> Self {
        if leader.is_utf8() { Self::Utf8 } else { Self::Marc8 }
    }

    /// Returns the name of the encoding, as in Python's codecs and in the standards: `utf-8`,
    /// `marc-8`, `iso-5426`, `iso-8859-1`, `ascii`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Marc8 => "marc-8",
            Self::Iso5426 => "iso-5426",
            Self::Latin1 => "iso-8859-1",
            Self::Ascii => "ascii",
        }
    }

    /// Returns the encoding with this name. Upper and lower case are equal; `-`, `_` or nothing may
    /// stand between its parts; and its common aliases are known (`utf8`, `latin-1`, `us-ascii`,
    /// `ansel` …).
    ///
    /// ```
    /// use tidemarc::encoding::Encoding;
    ///
    /// assert_eq!(Encoding::from_name("MARC8"), Some(Encoding::Marc8));
    /// assert_eq!(Encoding::from_name("latin_1"), Some(Encoding::Latin1));
    /// assert_eq!(Encoding::from_name("koi8-r"), None);
    /// ```
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        const NAMES: &[(&str, Encoding)] = &[
            ("utf8", Encoding::Utf8),
            ("marc8", Encoding::Marc8),
            ("ansel", Encoding::Marc8),
            ("iso5426", Encoding::Iso5426),
            ("iso88591", Encoding::Latin1),
            ("latin1", Encoding::Latin1),
            ("l1", Encoding::Latin1),
            ("ascii", Encoding::Ascii),
            ("usascii", Encoding::Ascii),
        ];
        let is_same = |known: &str| {
            let letters = name.bytes().filter(|byte| !matches!(byte, b'-' | b'_' | b' '));
            letters.map(|byte| byte.to_ascii_lowercase()).eq(known.bytes())
        };
        NAMES.iter().find(|(known, _)| is_same(known)).map(|(_, encoding)| *encoding)
    }

    /// Returns true if these unconverted bytes are the same text in this encoding as in UTF-8.
    #[inline]
    fn is_plain(self, bytes: &[u8]) -> bool {
        bytes.is_ascii()
            && match self {
                Self::Utf8 | Self::Latin1 | Self::Ascii => true,
                Self::Marc8 | Self::Iso5426 => memchr(0x1B, bytes).is_none(),
            }
    }

    /// Returns the text of these bytes without conversion. It copies nothing and needs no
    /// allocator: it can decode all UTF-8 and ASCII, and in the other encodings only bytes that are
    /// ASCII.
    ///
    /// ```
    /// use tidemarc::encoding::{DecodeErrorKind, Encoding};
    ///
    /// assert_eq!(Encoding::Utf8.decode_borrowed("naïve".as_bytes()), Ok("naïve"));
    /// assert_eq!(Encoding::Marc8.decode_borrowed(b"naive"), Ok("naive"));
    /// let error = Encoding::Marc8.decode_borrowed(b"na\xE8ive").unwrap_err();
    /// assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::NeedsConversion, 2));
    /// ```
    ///
    /// # Errors
    /// Returns the first bytes that do not decode, or that decode only by conversion
    /// ([`NeedsConversion`](DecodeErrorKind::NeedsConversion)).
    #[inline]
    pub fn decode_borrowed(self, bytes: &[u8]) -> Result<&str, DecodeError> {
        match self.as_it_stands(bytes) {
            Some(text) => Ok(text),
            None => Err(self.why_not_borrowed(bytes)),
        }
    }

    #[inline]
    pub(super) fn as_it_stands(self, bytes: &[u8]) -> Option<&str> {
        if self == Self::Utf8 || self.is_plain(bytes) { from_utf8(bytes).ok() } else { None }
    }

    #[cold]
    fn why_not_borrowed(self, bytes: &[u8]) -> DecodeError {
        if let (Self::Utf8, Err(error)) = (self, utf8(bytes, 0)) {
            return error;
        }
        let is_escape = |byte: u8| byte == 0x1B && matches!(self, Self::Marc8 | Self::Iso5426);
        let at = bytes.iter().position(|&byte| !byte.is_ascii() || is_escape(byte)).unwrap_or(0);
        let kind = match self {
            Self::Utf8 | Self::Ascii => DecodeErrorKind::Undefined,
            Self::Marc8 | Self::Iso5426 | Self::Latin1 => DecodeErrorKind::NeedsConversion,
        };
        DecodeError::new(self, kind, bytes, at..bytes.len().min(at + 1))
    }

    pub(super) const fn cannot_encode(self, offset: usize, char: char) -> EncodeError {
        EncodeError { encoding: self, offset, char }
    }
}

/// Returns the UTF-8 from this offset on, or the first bytes that are invalid.
pub(super) fn utf8(bytes: &[u8], from: usize) -> Result<&str, DecodeError> {
    str::from_utf8(&bytes[from..]).map_err(|error| {
        let start = from + error.valid_up_to();
        let (kind, length) = match error.error_len() {
            Some(length) => (DecodeErrorKind::Undefined, length),
            None => (DecodeErrorKind::Incomplete, bytes.len() - start),
        };
        DecodeError::new(Encoding::Utf8, kind, bytes, start..start + length)
    })
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Utf8 => "UTF-8",
            Self::Marc8 => "MARC-8",
            Self::Iso5426 => "ISO 5426",
            Self::Latin1 => "ISO 8859-1",
            Self::Ascii => "ASCII",
        })
    }
}
