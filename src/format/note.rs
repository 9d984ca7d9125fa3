//! What a conversion changed, or could not hold.

use crate::record::Tag;
use std::fmt;

/// Something that a reader or writer of a format had to change about a record, or that the other
/// side may stumble over. Whether anything was lost is told by [`is_loss`](Self::is_loss).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Note {
    kind: NoteKind,
    tag: Option<Tag>,
    /// From 1; 0 where it is about no field.
    field: u32,
}

/// What a [`Note`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// Leader/09 was set to `a`: the text is Unicode and not all of it ASCII.
    CodingScheme,
    /// The record had no leader and was given one: `00000    a2200000   4500`.
    LeaderMissing,
    /// The leader did not have 24 characters: it was filled up with blanks, or cut.
    LeaderLength,
    /// A byte of the leader that is not printable ASCII was written as a blank.
    LeaderByte,
    /// An indicator was missing, or empty, and was taken for a blank.
    IndicatorMissing,
    /// An element, key or text that has no place in a record was passed over.
    ContentIgnored,
    /// A control character was dropped or replaced, as [`Controls`](super::Controls) asks.
    ControlCharacter,
    /// Bytes that do not decode in the record's encoding were dropped or replaced, as an
    /// [`ErrorPolicy`](crate::encoding::ErrorPolicy) says.
    Undecodable,
    /// A data field was not two indicators and subfields with a code each: what was beside them
    /// is not in the output.
    FieldShape,
    /// A field was left out: the format cannot hold one with this tag.
    FieldDropped,
    /// A line break in a value was written as a blank.
    LineBreak,
    /// A value looks like a subfield delimiter of the format and will be read as one.
    Ambiguous,
    /// The leader is not one of the MARCXML schema.
    SchemaLeader,
    /// The tag is not one of the MARCXML schema for this sort of field.
    SchemaTag,
    /// An indicator is not a digit, a small letter or a blank, as the MARCXML schema wants it.
    SchemaIndicator,
    /// The subfield code is none of the MARCXML schema, or a data field has no subfields.
    SchemaSubfield,
    /// A control field stands after a data field, where the MARCXML schema wants none.
    SchemaOrder,
    /// A field that was too long was written as several.
    FieldSplit,
    /// A record that was too long was written as several.
    RecordSplit,
    /// A record that was too long was written as MARCXML.
    RecordDiverted,
}

impl NoteKind {
    /// A short stable name, in snake case: `"coding_scheme"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CodingScheme => "coding_scheme",
            Self::LeaderMissing => "leader_missing",
            Self::LeaderLength => "leader_length",
            Self::LeaderByte => "leader_byte",
            Self::IndicatorMissing => "indicator_missing",
            Self::ContentIgnored => "content_ignored",
            Self::ControlCharacter => "control_character",
            Self::Undecodable => "undecodable",
            Self::FieldShape => "field_shape",
            Self::FieldDropped => "field_dropped",
            Self::LineBreak => "line_break",
            Self::Ambiguous => "ambiguous",
            Self::SchemaLeader => "schema_leader",
            Self::SchemaTag => "schema_tag",
            Self::SchemaIndicator => "schema_indicator",
            Self::SchemaSubfield => "schema_subfield",
            Self::SchemaOrder => "schema_order",
            Self::FieldSplit => "field_split",
            Self::RecordSplit => "record_split",
            Self::RecordDiverted => "record_diverted",
        }
    }
}

impl Note {
    pub(crate) const fn new(kind: NoteKind) -> Self {
        Self { kind, tag: None, field: 0 }
    }

    /// About the field with this place in the record, from 0.
    pub(crate) const fn on_field(kind: NoteKind, tag: Tag, at: usize) -> Self {
        Self { kind, tag: Some(tag), field: at as u32 + 1 }
    }

    /// What it says.
    #[must_use]
    pub const fn kind(self) -> NoteKind {
        self.kind
    }

    /// The tag of the field that it is about, if it is about one.
    #[must_use]
    pub const fn tag(self) -> Option<Tag> {
        self.tag
    }

    /// The ordinal of that field in the record, from 1.
    #[must_use]
    pub const fn field(self) -> Option<u32> {
        if self.field == 0 { None } else { Some(self.field) }
    }

    /// Whether something of the record is gone, or will not be read as it was. The others are
    /// for information: the record is whole.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        matches!(
            self.kind,
            NoteKind::LeaderLength
                | NoteKind::LeaderByte
                | NoteKind::ContentIgnored
                | NoteKind::ControlCharacter
                | NoteKind::Undecodable
                | NoteKind::FieldShape
                | NoteKind::FieldDropped
                | NoteKind::LineBreak
                | NoteKind::Ambiguous
                | NoteKind::FieldSplit
                | NoteKind::RecordSplit
        )
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(tag) = self.tag {
            write!(f, "field {tag}: ")?;
        }
        f.write_str(match self.kind {
            NoteKind::CodingScheme => "leader/09 was set to `a`, because the text is Unicode",
            NoteKind::LeaderMissing => "the record had no leader and was given one",
            NoteKind::LeaderLength => "the leader did not have 24 characters",
            NoteKind::LeaderByte => "a byte of the leader is not printable ASCII",
            NoteKind::IndicatorMissing => "a missing indicator was taken for a blank",
            NoteKind::ContentIgnored => "content that has no place in a record was passed over",
            NoteKind::ControlCharacter => "a control character was dropped or replaced",
            NoteKind::Undecodable => "bytes that are no text were dropped or replaced",
            NoteKind::FieldShape => "the field is not two indicators and subfields with codes",
            NoteKind::FieldDropped => "the format cannot hold a field with this tag",
            NoteKind::LineBreak => "a line break was written as a blank",
            NoteKind::Ambiguous => "a value looks like a subfield delimiter",
            NoteKind::SchemaLeader => "the leader is not valid in the MARCXML schema",
            NoteKind::SchemaTag => "the tag is not valid in the MARCXML schema",
            NoteKind::SchemaIndicator => "an indicator is not valid in the MARCXML schema",
            NoteKind::SchemaSubfield => "the subfields are not valid in the MARCXML schema",
            NoteKind::SchemaOrder => "the MARCXML schema wants control fields first",
            NoteKind::FieldSplit => "the field was too long and was split",
            NoteKind::RecordSplit => "the record was too long and was split",
            NoteKind::RecordDiverted => "the record was too long and was written as MARCXML",
        })
    }
}
