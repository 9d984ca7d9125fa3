//! The tag of a selector, which may have wildcards.

use super::{SelectorError, parse};
use crate::record::Tag;
use std::{
    fmt,
    str::{self, FromStr},
};

/// The tag of a selector: three characters, of which `.` matches any. `LDR` is the leader.
///
/// A record has one leader beside its fields, so no wildcard matches it. In text `X` stands for `.`,
/// except beside uppercase letters.
///
/// ```
/// use tidemarc::{RecordRef, select::TagPattern};
///
/// let bytes = std::fs::read("tests/fixtures/books.mrc")?;
/// let (subjects, length) = ("6XX".parse::<TagPattern>()?, str::from_utf8(&bytes[..5])?.parse()?);
/// let record = RecordRef::parse(&bytes[..length])?;
/// assert_eq!(record.fields().filter(|field| subjects.matches(field.tag())).count(), 4);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TagPattern([u8; 3]);

impl TagPattern {
    pub(super) const WILDCARD: u8 = b'.';
    const LEADER: [u8; 3] = *b"LDR";

    /// Creates a pattern of three ASCII characters.
    pub(super) const fn new(bytes: [u8; 3]) -> Self {
        Self(bytes)
    }

    /// Returns the three characters, such as `245`, `6..` or `LDR`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns true if this is the leader.
    #[must_use]
    pub const fn is_leader(self) -> bool {
        let Self([first, second, third]) = self;
        let [l, d, r] = Self::LEADER;
        first == l && second == d && third == r
    }

    /// Returns true if several tags match.
    #[must_use]
    pub fn has_wildcard(self) -> bool {
        self.0.contains(&Self::WILDCARD)
    }

    /// Returns true if fields with this tag are selected.
    #[must_use]
    #[inline]
    pub fn matches(self, tag: Tag) -> bool {
        let is_same = |(own, other): (&u8, &u8)| own == other || *own == Self::WILDCARD;
        self.0.iter().zip(tag.as_bytes()).all(is_same) && !self.is_leader()
    }
}

impl FromStr for TagPattern {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        parse::tag(text)
    }
}

impl fmt::Display for TagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TagPattern({self})")
    }
}
