//! A record that owns its bytes and can be changed.

mod builder;
#[cfg(any(feature = "filter", feature = "formats"))]
mod copy;
mod error;
mod field;

pub use builder::{BuildError, RecordBuilder};
pub use error::{FieldError, FieldErrorKind};
pub use field::OwnedField;

use super::{
    AsRecord, ControlField, DataField, Field, LEADER_LENGTH, Leader, RecordRef, Sealed, Tag,
};
use std::fmt;

/// A new record's leader: new (05 `n`), language material (06 `a`), monograph (07 `m`), UTF-8
/// (09 `a`), and the counts and the entry map that MARC prescribes. The lengths are unknown.
const NEW_LEADER: [u8; LEADER_LENGTH] = *b"00000nam a2200000   4500";

/// A record that owns its bytes: for keeping, changing, or making a new record.
///
/// It has a leader and ordered fields, as [`RecordRef`] has, but no directory: record length, base
/// address of data and directory are computed when the record is
/// [written](crate::format::iso2709::write_record). Until then leader/00-04 and 12-16 keep the
/// values that they had in the source. They are ignored when two records are compared.
///
/// Values are bytes in the record's own encoding, as leader/09 states it; nothing is converted.
///
/// ```
/// use tidemarc::{OwnedField, Record, RecordRef};
///
/// let bytes = b"00063nam a2200049   4500001000600000245000700006\x1eocm01\x1e10\x1faHi\x1e\x1d";
/// let mut record = Record::from(RecordRef::parse(bytes)?);
/// assert_eq!(record.to_iso2709()?, bytes);
///
/// record.field_mut("245".try_into()?).unwrap().set_subfield(b'a', "Hello")?;
/// record.insert_field_ordered(OwnedField::control("005", "20260101000000.0")?);
/// assert_eq!(record.fields()[1].tag(), "005");
/// assert_eq!(record.to_iso2709()?.len(), 63 + 3 + 12 + 17);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Record {
    leader: [u8; LEADER_LENGTH],
    fields: Vec<OwnedField>,
}

impl Record {
    /// Creates a record without fields, with the leader `00000nam a2200000   4500`.
    #[must_use]
    pub const fn new() -> Self {
        Self { leader: NEW_LEADER, fields: Vec::new() }
    }

    /// Makes a record field by field.
    #[must_use = "a builder does nothing until it is built"]
    pub const fn builder() -> RecordBuilder {
        RecordBuilder::new()
    }

    /// Returns the leader. Its two lengths are those of the source, not those that will be written.
    #[must_use]
    pub const fn leader(&self) -> Leader<'_> {
        Leader::new(&self.leader)
    }

    /// Returns the 24 bytes of the leader, to be changed in place. You may ignore positions 00-04
    /// and 12-16: they are computed when the record is written. Writing refuses a leader that no
    /// reader would accept.
    ///
    /// ```
    /// let mut record = tidemarc::Record::new();
    /// record.leader_mut()[5] = b'd';
    /// assert_eq!(record.leader().record_status(), b'd');
    /// ```
    #[must_use]
    pub const fn leader_mut(&mut self) -> &mut [u8; LEADER_LENGTH] {
        &mut self.leader
    }

    /// Returns the leader with these digits as leader/00-04 and 12-16.
    fn leader_with(&self, record_length: [u8; 5], base_address: [u8; 5]) -> [u8; LEADER_LENGTH] {
        self.leader().with_lengths(record_length, base_address)
    }

    /// Returns the record with a leader that can be written, made from a damaged one.
    pub(crate) fn with_leader_mended(self) -> Self {
        Self { leader: self.leader().mended(), ..self }
    }

    /// Creates a record of fields whose bytes are not checked.
    pub(crate) fn of_parts(
        leader: [u8; LEADER_LENGTH],
        fields: impl IntoIterator<Item = (Tag, Vec<u8>)>,
    ) -> Self {
        let fields =
            fields.into_iter().map(|(tag, bytes)| OwnedField::unchecked(tag, bytes)).collect();
        Self { leader, fields }
    }

    /// Returns the fields, in their order.
    #[must_use]
    pub fn fields(&self) -> &[OwnedField] {
        &self.fields
    }

    /// Returns the fields, to be reordered, replaced or changed in place.
    #[must_use]
    pub const fn fields_mut(&mut self) -> &mut Vec<OwnedField> {
        &mut self.fields
    }

    /// Returns the first field of this tag, either a control field or a data field.
    #[must_use]
    pub fn field(&self, tag: Tag) -> Option<&OwnedField> {
        self.fields.iter().find(|field| field.tag() == tag)
    }

    /// Returns the first field of this tag, to be changed.
    #[must_use]
    pub fn field_mut(&mut self, tag: Tag) -> Option<&mut OwnedField> {
        self.fields.iter_mut().find(|field| field.tag() == tag)
    }

    /// Returns the fields of this tag, in their order.
    pub fn fields_with(&self, tag: Tag) -> impl Iterator<Item = &OwnedField> {
        self.fields.iter().filter(move |field| field.tag() == tag)
    }

    /// Returns a view of the first control field of this tag.
    #[must_use]
    pub fn control_field(&self, tag: Tag) -> Option<ControlField<'_>> {
        self.field(tag)?.as_field().control()
    }

    /// Returns a view of the first data field of this tag.
    #[must_use]
    pub fn data_field(&self, tag: Tag) -> Option<DataField<'_>> {
        self.field(tag)?.as_field().data()
    }

    /// Returns the control number: the data of field 001.
    #[must_use]
    pub fn control_number(&self) -> Option<&[u8]> {
        Some(self.control_field(Tag::new(*b"001"))?.data)
    }

    /// Appends a field.
    pub fn push_field(&mut self, field: OwnedField) {
        self.fields.push(field);
    }

    /// Inserts a field before the first field with a greater tag. In a sorted record this is after
    /// the other fields of its tag. The existing fields are not sorted.
    pub fn insert_field_ordered(&mut self, field: OwnedField) {
        let after = self.fields.iter().position(|other| other.tag() > field.tag());
        self.fields.insert(after.unwrap_or(self.fields.len()), field);
    }

    /// Removes all fields of this tag, and returns them in their order.
    pub fn remove_fields(&mut self, tag: Tag) -> Vec<OwnedField> {
        self.fields.extract_if(.., |field| field.tag() == tag).collect()
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::new()
    }
}

/// Copies the leader and the fields, with the bytes of each field unchanged. Bytes that belong to
/// no field are dropped, and so are the positions of fields that do not follow one another in the
/// order of the directory.
impl From<RecordRef<'_>> for Record {
    fn from(record: RecordRef<'_>) -> Self {
        Self {
            leader: *record.leader().as_bytes(),
            fields: record.fields().map(OwnedField::copied).collect(),
        }
    }
}

/// Two records are equal if their fields are equal and their leaders differ at most in the two
/// lengths.
impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        let unknown = [b'0'; 5];
        self.leader_with(unknown, unknown) == other.leader_with(unknown, unknown)
            && self.fields == other.fields
    }
}

impl Eq for Record {}

impl Sealed for Record {}

impl AsRecord for Record {
    fn leader(&self) -> Leader<'_> {
        Record::leader(self)
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        Record::fields(self).iter().map(|field| field.as_field())
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        None
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("leader", &format_args!("{}", self.leader.escape_ascii()))
            .field("fields", &self.fields)
            .finish()
    }
}

static_assertions::assert_impl_all!(Record: Send, Sync);

#[cfg(test)]
mod tests;
