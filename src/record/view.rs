//! A whole record as a view over its bytes.

use super::{
    ControlField, DIRECTORY_ENTRY_LENGTH, DataField, Directory, DirectoryEntry, FIELD_TERMINATOR,
    Fault, Field, FieldSpan, LEADER_LENGTH, Leader, Tag, leader_start, structure,
};
use memchr::memchr;

/// A record whose structure was checked: the leader, the directory, and the bounds of every field.
///
/// It borrows the bytes and allocates nothing.
///
/// ```
/// use tidemarc::RecordRef;
///
/// let bytes = b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d";
/// let record = RecordRef::parse(bytes)?;
/// assert_eq!(record.control_number(), Some(&b"ocm01"[..]));
/// let title = record.data_field("245".try_into()?).unwrap();
/// assert_eq!(title.subfield(b'a'), Some(&b"Hi"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct RecordRef<'a> {
    bytes: &'a [u8],
    fields: FieldTable<'a>,
}

/// The source of the fields' spans: the directory itself, decoded during the iteration, or the
/// index that a parse stage made.
#[derive(Debug, Clone, Copy)]
enum FieldTable<'a> {
    Directory { base: usize },
    Index(&'a [FieldSpan]),
}

impl<'a> RecordRef<'a> {
    /// Checks the structure of one record, which must fill `bytes` from its first byte to its last.
    ///
    /// It checks the leader, every entry of the directory, the terminator of every field and that
    /// of the record (MARC 21 record structure). It does not check text.
    ///
    /// # Errors
    /// Returns the first fault.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Fault> {
        let base = structure::check_fields(bytes)?;
        Ok(Self { bytes, fields: FieldTable::Directory { base } })
    }

    /// Creates a view of a record that was checked when its index was made.
    #[inline]
    pub(crate) const fn indexed(bytes: &'a [u8], index: &'a [FieldSpan]) -> Self {
        Self { bytes, fields: FieldTable::Index(index) }
    }

    /// Returns the bytes of the record, from leader to record terminator. For a record that a
    /// reader laid out from a text format: its leader, and its fields with their terminators.
    #[must_use]
    pub const fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Returns the offset of these bytes in the record. They must be a part of it, like all bytes
    /// that its fields return.
    pub(crate) fn offset_of(&self, part: &[u8]) -> usize {
        part.as_ptr().addr() - self.bytes.as_ptr().addr()
    }

    /// Returns the leader.
    #[must_use]
    pub fn leader(&self) -> Leader<'a> {
        let leader = self.bytes[leader_start(self.bytes)..].first_chunk::<LEADER_LENGTH>();
        Leader::new(leader.expect("a checked record has one"))
    }

    /// Returns the directory as it stands in the bytes. In a repaired record it may differ from the
    /// [fields](Self::fields), or end at a malformed entry. A record from a text format has none.
    #[must_use]
    pub fn directory(&self) -> Directory<'a> {
        let base = match self.fields {
            FieldTable::Directory { base } => base,
            FieldTable::Index(_) => self.stated_base(),
        };
        Directory::new(&self.bytes[self.leader_end()..base - 1])
    }

    pub(super) fn leader_end(&self) -> usize {
        leader_start(self.bytes) + LEADER_LENGTH
    }

    /// Returns the base address that the leader states, or for a repaired record the end of the
    /// directory.
    fn stated_base(&self) -> usize {
        let leader_end = self.leader_end();
        let ends_there = |base: &usize| {
            *base > leader_end && self.bytes.get(base - 1) == Some(&FIELD_TERMINATOR)
        };
        self.leader().base_address().filter(ends_there).unwrap_or_else(|| {
            let directory = &self.bytes[leader_end..];
            leader_end + memchr(FIELD_TERMINATOR, directory).unwrap_or(directory.len()) + 1
        })
    }

    /// Returns the number of fields.
    #[must_use]
    pub fn field_count(&self) -> usize {
        match self.fields {
            FieldTable::Directory { base } => (base - LEADER_LENGTH) / DIRECTORY_ENTRY_LENGTH,
            FieldTable::Index(index) => index.len(),
        }
    }

    /// Returns the fields, in the order of the directory.
    #[must_use]
    #[inline]
    pub fn fields(&self) -> Fields<'a> {
        let spans = match self.fields {
            FieldTable::Directory { base } => Spans::Directory { entries: self.directory(), base },
            FieldTable::Index(index) => Spans::Index(index.iter()),
        };
        Fields { bytes: self.bytes, spans }
    }

    /// Returns the fields of this tag, in the order of the directory.
    pub fn fields_with(&self, tag: Tag) -> impl Iterator<Item = Field<'a>> + use<'a> {
        self.fields().filter(move |field| field.tag() == tag)
    }

    /// Returns the first field of this tag, either a control field or a data field.
    #[must_use]
    pub fn field(&self, tag: Tag) -> Option<Field<'a>> {
        self.fields().find(|field| field.tag() == tag)
    }

    /// Returns the first control field of this tag.
    #[must_use]
    pub fn control_field(&self, tag: Tag) -> Option<ControlField<'a>> {
        self.field(tag)?.control()
    }

    /// Returns the first data field of this tag.
    #[must_use]
    pub fn data_field(&self, tag: Tag) -> Option<DataField<'a>> {
        self.field(tag)?.data()
    }

    /// Returns the control number: the data of field 001.
    #[must_use]
    pub fn control_number(&self) -> Option<&'a [u8]> {
        Some(self.control_field(Tag::new(*b"001"))?.data)
    }
}

/// Two views are equal if their bytes are.
impl PartialEq for RecordRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for RecordRef<'_> {}

/// An iterator over the fields of a record, in the order of its directory.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    bytes: &'a [u8],
    spans: Spans<'a>,
}

#[derive(Debug, Clone)]
enum Spans<'a> {
    Directory { entries: Directory<'a>, base: usize },
    Index(core::slice::Iter<'a, FieldSpan>),
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    // Every walk over a record comes here for each field, and a call costs as much as the work.
    #[inline(always)]
    fn next(&mut self) -> Option<Field<'a>> {
        let (tag, start, length) = match &mut self.spans {
            Spans::Index(spans) => {
                let span = spans.next()?;
                (span.tag(), span.start as usize, span.length as usize)
            }
            Spans::Directory { entries, base } => {
                let DirectoryEntry { tag, field_length, starting_position } = entries.next()?;
                (tag, *base + starting_position as usize, field_length as usize - 1)
            }
        };
        Some(Field::new(tag, &self.bytes[start..start + length]))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.spans {
            Spans::Directory { entries, .. } => entries.size_hint(),
            Spans::Index(spans) => spans.size_hint(),
        }
    }
}
