//! Views of one field.

use super::{SUBFIELD_DELIMITER, Subfield, Subfields, Tag};
use memchr::memchr;

/// The two characters that stand before the subfields of a data field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Indicators {
    /// The first indicator.
    pub first: u8,
    /// The second indicator.
    pub second: u8,
}

/// A field of tag `000` to `009`: data without indicators or subfields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ControlField<'a> {
    /// The tag.
    pub tag: Tag,
    /// The data, without the field terminator.
    pub data: &'a [u8],
}

/// A field of any other tag: two indicators, then subfields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataField<'a> {
    /// The tag.
    pub tag: Tag,
    bytes: &'a [u8],
}

/// Returns the ends of the two indicators in the bytes before the first subfield. An indicator is a
/// byte, but a character of several bytes if these bytes are UTF-8 and more than two.
pub(super) fn indicator_ends(head: &[u8]) -> [usize; 2] {
    if let [first, second, _, ..] = head
        && !(first.is_ascii() && second.is_ascii())
        && let Ok(text) = core::str::from_utf8(head)
    {
        let mut ends = text.char_indices().map(|(at, _)| at).skip(1).chain([head.len()]);
        let first = ends.next().unwrap_or(head.len());
        return [first, ends.next().unwrap_or(first)];
    }
    [head.len().min(1), head.len().min(2)]
}

impl<'a> DataField<'a> {
    /// Creates a view of a data field's bytes: indicators and subfields, without the field
    /// terminator.
    #[must_use]
    pub const fn new(tag: Tag, bytes: &'a [u8]) -> Self {
        Self { tag, bytes }
    }

    /// Returns the bytes of the field: indicators and subfields, without the field terminator.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns true if the field is data without indicators and subfields, like Aleph's `FMT` and
    /// other local fields: it has no delimiter, and it is more or less than two indicators, or two
    /// characters under a tag that begins with a letter. The text formats write it like a control
    /// field.
    ///
    /// ```
    /// use tidemarc::{DataField, Tag};
    /// assert!(DataField::new(Tag::new(*b"FMT"), b"BK").is_bare());
    /// assert!(!DataField::new(Tag::new(*b"245"), b"10").is_bare());
    /// ```
    #[must_use]
    #[inline]
    pub fn is_bare(&self) -> bool {
        match self.bytes {
            [_, _, SUBFIELD_DELIMITER, ..] => false,
            [_, _] => {
                self.tag.as_bytes()[0].is_ascii_alphabetic()
                    && !self.bytes.contains(&SUBFIELD_DELIMITER)
            }
            bytes => memchr(SUBFIELD_DELIMITER, bytes).is_none(),
        }
    }

    /// Returns the offset at which the subfields begin: that of the first delimiter, or 2 if there
    /// is no delimiter. In a well-formed field both are the same.
    #[inline]
    fn indicators_end(&self) -> usize {
        match self.bytes {
            [first, second, SUBFIELD_DELIMITER, ..]
                if *first != SUBFIELD_DELIMITER && *second != SUBFIELD_DELIMITER =>
            {
                2
            }
            bytes => memchr(SUBFIELD_DELIMITER, bytes).unwrap_or(bytes.len()).min(2),
        }
    }

    /// Returns the indicators. An indicator that is missing, because the field has fewer than two
    /// bytes before its first subfield, is returned as a blank. Of an indicator that is a character
    /// of several bytes of UTF-8, the first byte is returned; the other indicator is then sound.
    ///
    /// ```
    /// use tidemarc::{DataField, Tag};
    /// let field = DataField::new(Tag::new(*b"245"), "é0\x1faTitle".as_bytes());
    /// assert_eq!(field.indicators().second, b'0');
    /// ```
    #[must_use]
    #[inline]
    pub fn indicators(&self) -> Indicators {
        match self.bytes[..self.indicators_end()] {
            [first, second] if first.is_ascii() && second.is_ascii() => {
                Indicators { first, second }
            }
            _ => self.odd_indicators(),
        }
    }

    #[cold]
    fn odd_indicators(&self) -> Indicators {
        let head =
            &self.bytes[..memchr(SUBFIELD_DELIMITER, self.bytes).unwrap_or(self.bytes.len())];
        let [end, _] = indicator_ends(head);
        let byte = |at: usize| head.get(at).copied().unwrap_or(b' ');
        Indicators { first: byte(0), second: byte(end.max(1)) }
    }

    /// Returns an iterator over the subfields, in order. Bytes between the indicators and the first
    /// delimiter belong to no subfield; [`as_bytes`](Self::as_bytes) includes them.
    #[must_use]
    #[inline]
    pub fn subfields(&self) -> Subfields<'a> {
        Subfields::new(&self.bytes[self.indicators_end()..])
    }

    /// Returns the value of the first subfield with this code.
    #[must_use]
    pub fn subfield(&self, code: u8) -> Option<&'a [u8]> {
        self.subfields().find(|subfield| subfield.code == code).map(|Subfield { value, .. }| value)
    }
}

/// A control field or a data field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field<'a> {
    /// A control field, `000` to `009`.
    Control(ControlField<'a>),
    /// A data field.
    Data(DataField<'a>),
}

impl<'a> Field<'a> {
    /// Creates a view of a field's bytes, without the field terminator. The tag decides which kind
    /// of field it is.
    #[must_use]
    #[inline]
    pub const fn new(tag: Tag, bytes: &'a [u8]) -> Self {
        if tag.is_control() {
            Self::Control(ControlField { tag, data: bytes })
        } else {
            Self::Data(DataField::new(tag, bytes))
        }
    }

    /// Returns the tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        match self {
            Self::Control(field) => field.tag,
            Self::Data(field) => field.tag,
        }
    }

    /// Returns all bytes of the field, without the field terminator.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        match self {
            Self::Control(field) => field.data,
            Self::Data(field) => field.bytes,
        }
    }

    /// Returns the control field, or `None` if this is a data field.
    #[must_use]
    pub const fn control(self) -> Option<ControlField<'a>> {
        match self {
            Self::Control(field) => Some(field),
            Self::Data(_) => None,
        }
    }

    /// Returns the data field, or `None` if this is a control field.
    #[must_use]
    pub const fn data(self) -> Option<DataField<'a>> {
        match self {
            Self::Control(_) => None,
            Self::Data(field) => Some(field),
        }
    }
}
