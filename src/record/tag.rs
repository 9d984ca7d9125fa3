//! The three characters that name a field.

use super::digits::is_printable;
use core::fmt;

/// A field's tag: three bytes, which are digits in MARC 21 and may be letters elsewhere. A record
/// that is read may have an [odd](Tag::is_odd) one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Tag([u8; 3]);

/// The error for a tag that is not three ASCII letters or digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidTag;

impl Tag {
    /// Creates a tag from its bytes, without a check.
    ///
    /// ```
    /// use tidemarc::Tag;
    /// assert!(Tag::new(*b"001").is_control());
    /// assert!(!Tag::new(*b"245").is_control());
    /// ```
    #[must_use]
    pub const fn new(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// Returns the three bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 3] {
        &self.0
    }

    /// Returns the tag as text, or `None` if it is not UTF-8. A tag from a checked directory is
    /// always UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(&self.0).ok()
    }

    /// Returns the tag that a record states by this text, which may be odd: three printable
    /// characters of ASCII.
    #[must_use]
    pub fn stated(text: &str) -> Option<Self> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|&byte| is_printable(byte)).then_some(Self(bytes))
    }

    /// Returns true if a character of the tag is neither a letter nor a digit of ASCII: `.33`,
    /// `24 `. A record that is otherwise sound keeps its field under such a tag; a new field cannot
    /// have one.
    ///
    /// ```
    /// use tidemarc::Tag;
    /// assert!(Tag::new(*b"24 ").is_odd());
    /// assert!(!Tag::new(*b"FMT").is_odd());
    /// ```
    #[must_use]
    pub fn is_odd(self) -> bool {
        !self.0.iter().all(u8::is_ascii_alphanumeric)
    }

    /// Returns true if fields of this tag are control fields: `000` to `009` (MARC 21 record
    /// structure, "variable control fields": tags `00X`).
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.0[0] == b'0' && self.0[1] == b'0' && self.0[2].is_ascii_digit()
    }
}

impl From<[u8; 3]> for Tag {
    fn from(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }
}

impl From<&[u8; 3]> for Tag {
    fn from(bytes: &[u8; 3]) -> Self {
        Self(*bytes)
    }
}

impl TryFrom<&str> for Tag {
    type Error = InvalidTag;

    fn try_from(text: &str) -> Result<Self, InvalidTag> {
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| InvalidTag)?;
        let tag = Self(bytes);
        if tag.is_odd() { Err(InvalidTag) } else { Ok(tag) }
    }
}

impl PartialEq<str> for Tag {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Tag {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tag({self})")
    }
}

impl fmt::Display for InvalidTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tag is three ASCII letters or digits")
    }
}

impl core::error::Error for InvalidTag {}

static_assertions::assert_eq_size!(Tag, [u8; 3]);
