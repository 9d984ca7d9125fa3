//! A field that owns its bytes.

use super::{FieldError, FieldErrorKind};
use crate::record::{FIELD_TERMINATOR, Field, RECORD_TERMINATOR, SUBFIELD_DELIMITER, Tag};
use memchr::{memchr, memchr_iter, memchr2, memchr3};
use std::{fmt, ops::Range};

/// A field that owns its bytes, as they stand in a record: data, or indicators and subfields,
/// without the field terminator.
///
/// It is read through [`as_field`](Self::as_field). A change affects only the bytes that it
/// concerns, so that the unusual parts of a field from a file stay unchanged.
///
/// ```
/// use tidemarc::OwnedField;
///
/// let mut title = OwnedField::data("245", *b"10", [(b'a', "Emma /"), (b'c', "Jane Austen.")])?;
/// title.set_subfield(b'a', "Persuasion /")?;
/// assert_eq!(title.as_bytes(), b"10\x1faPersuasion /\x1fcJane Austen.");
/// # Ok::<(), tidemarc::FieldError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct OwnedField {
    /// The tag, always three ASCII letters or digits: the directory can hold no other.
    pub(super) tag: Tag,
    pub(super) bytes: Vec<u8>,
}

impl OwnedField {
    /// Creates a control field.
    ///
    /// # Errors
    /// Fails if the tag is not one of `000` to `009`, or the data contains 0x1D, 0x1E or 0x1F.
    pub fn control(tag: impl TryInto<Tag>, data: impl AsRef<[u8]>) -> Result<Self, FieldError> {
        let mut field = Self::empty(tag)?;
        field.set_data(data)?;
        Ok(field)
    }

    /// Creates a data field with these two indicators, and subfields given by code and value.
    ///
    /// # Errors
    /// Fails if the tag is invalid or that of a control field, or if an indicator, a code or a
    /// value contains 0x1D, 0x1E or 0x1F.
    pub fn data<V: AsRef<[u8]>>(
        tag: impl TryInto<Tag>,
        indicators: [u8; 2],
        subfields: impl IntoIterator<Item = (u8, V)>,
    ) -> Result<Self, FieldError> {
        let mut field = Self::empty(tag)?;
        field.set_indicators(indicators)?;
        for (code, value) in subfields {
            field.push_subfield(code, value)?;
        }
        Ok(field)
    }

    fn empty(tag: impl TryInto<Tag>) -> Result<Self, FieldError> {
        let tag = tag.try_into().map_err(|_| FieldError::invalid_tag())?;
        if !tag.as_bytes().iter().all(u8::is_ascii_alphanumeric) {
            return Err(FieldError::invalid_tag());
        }
        Ok(Self { tag, bytes: Vec::new() })
    }

    /// Copies a field of a record whose structure was checked, without checking its bytes: even a
    /// terminator in the middle of a field is kept in its place.
    pub(super) fn copied(field: Field<'_>) -> Self {
        Self { tag: field.tag(), bytes: field.as_bytes().to_vec() }
    }

    /// Creates a field from bytes that the caller has checked.
    pub(crate) const fn unchecked(tag: Tag, bytes: Vec<u8>) -> Self {
        Self { tag, bytes }
    }

    /// Returns the tag.
    #[must_use]
    pub const fn tag(&self) -> Tag {
        self.tag
    }

    /// Returns the bytes, without the field terminator.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns a view of the field: its data, or its indicators and subfields.
    #[must_use]
    pub fn as_field(&self) -> Field<'_> {
        Field::new(self.tag, &self.bytes)
    }

    /// Replaces the data of a control field.
    ///
    /// # Errors
    /// Fails if this is a data field, or the data contains 0x1D, 0x1E or 0x1F.
    pub fn set_data(&mut self, data: impl AsRef<[u8]>) -> Result<(), FieldError> {
        if !self.tag.is_control() {
            return Err(self.error(FieldErrorKind::NotControl));
        }
        let data = self.checked(data.as_ref())?;
        self.bytes.clear();
        self.bytes.extend_from_slice(data);
        Ok(())
    }

    /// Replaces both indicators of a data field, and inserts those that are missing.
    ///
    /// # Errors
    /// Fails if this is a control field, or an indicator is 0x1D, 0x1E or 0x1F.
    pub fn set_indicators(&mut self, indicators: [u8; 2]) -> Result<(), FieldError> {
        self.check_is_data()?;
        self.checked(&indicators)?;
        self.put_indicators(indicators);
        Ok(())
    }

    /// Does the same for a data field and indicators that the caller has checked.
    pub(crate) fn put_indicators(&mut self, indicators: [u8; 2]) {
        // These are the same two bytes, or fewer, that `DataField::indicators` reads.
        let present = memchr(SUBFIELD_DELIMITER, &self.bytes).unwrap_or(self.bytes.len()).min(2);
        self.bytes.splice(..present, indicators);
    }

    /// Appends a subfield to a data field.
    ///
    /// # Errors
    /// Fails if this is a control field, or the code or the value contains 0x1D, 0x1E or 0x1F.
    pub fn push_subfield(&mut self, code: u8, value: impl AsRef<[u8]>) -> Result<(), FieldError> {
        let value = self.check_subfield(code, value.as_ref())?;
        self.bytes.reserve(2 + value.len());
        self.bytes.extend_from_slice(&[SUBFIELD_DELIMITER, code]);
        self.bytes.extend_from_slice(value);
        Ok(())
    }

    /// Replaces the value of the first subfield with this code, or appends a subfield if there is
    /// none with it.
    ///
    /// # Errors
    /// Fails if this is a control field, or the code or the value contains 0x1D, 0x1E or 0x1F.
    pub fn set_subfield(&mut self, code: u8, value: impl AsRef<[u8]>) -> Result<(), FieldError> {
        let Some(Range { start, end }) = self.find_subfield(code) else {
            return self.push_subfield(code, value);
        };
        let value = self.check_subfield(code, value.as_ref())?;
        self.bytes.splice(start + 2..end, value.iter().copied());
        Ok(())
    }

    /// Removes the first subfield with this code, and returns its value. Returns `None`, and
    /// changes nothing, if there is no such subfield or this is a control field.
    pub fn remove_subfield(&mut self, code: u8) -> Option<Vec<u8>> {
        let subfield = self.find_subfield(code)?;
        Some(self.bytes.drain(subfield).skip(2).collect())
    }

    /// Returns the range of the first subfield with this code, from its delimiter to its end.
    fn find_subfield(&self, code: u8) -> Option<Range<usize>> {
        // A delimiter is not a code: a delimiter before it has nothing after it.
        if self.tag.is_control() || code == SUBFIELD_DELIMITER {
            return None;
        }
        let start = memchr_iter(SUBFIELD_DELIMITER, &self.bytes)
            .find(|&delimiter| self.bytes.get(delimiter + 1) == Some(&code))?;
        let length = memchr(SUBFIELD_DELIMITER, &self.bytes[start + 1..]);
        Some(start..length.map_or(self.bytes.len(), |length| start + 1 + length))
    }

    fn check_subfield<'v>(&self, code: u8, value: &'v [u8]) -> Result<&'v [u8], FieldError> {
        self.check_is_data()?;
        self.checked(&[code])?;
        self.checked(value)
    }

    fn check_is_data(&self) -> Result<(), FieldError> {
        if self.tag.is_control() { Err(self.error(FieldErrorKind::NotData)) } else { Ok(()) }
    }

    fn checked<'v>(&self, value: &'v [u8]) -> Result<&'v [u8], FieldError> {
        match memchr3(RECORD_TERMINATOR, FIELD_TERMINATOR, SUBFIELD_DELIMITER, value) {
            Some(at) => Err(self.error(FieldErrorKind::Separator(value[at]))),
            None => Ok(value),
        }
    }

    const fn error(&self, kind: FieldErrorKind) -> FieldError {
        FieldError::new(kind, self.tag)
    }
}

/// Copies a field's bytes as they are, to carry it from one record into another.
///
/// Fails if the tag is not three ASCII letters or digits, or the bytes contain 0x1D or 0x1E.
impl TryFrom<Field<'_>> for OwnedField {
    type Error = FieldError;

    fn try_from(field: Field<'_>) -> Result<Self, FieldError> {
        let mut owned = Self::empty(field.tag())?;
        let bytes = field.as_bytes();
        if let Some(at) = memchr2(RECORD_TERMINATOR, FIELD_TERMINATOR, bytes) {
            return Err(owned.error(FieldErrorKind::Separator(bytes[at])));
        }
        owned.bytes = bytes.to_vec();
        Ok(owned)
    }
}

impl fmt::Debug for OwnedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnedField({} {})", self.tag, self.bytes.escape_ascii())
    }
}
