//! Notes: the changes that reading or writing a format made to a record.

use crate::record::Tag;
use std::fmt;

/// A change that a reader or writer of a format had to make to a record, or something in it that
/// other software may not accept. [`is_loss`](Self::is_loss) says if content was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Note {
    kind: NoteKind,
    tag: Option<Tag>,
    /// The ordinal of the field, from 1; 0 if the note concerns the whole record.
    field: u32,
}

/// The subject of a [`Note`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NoteKind {
    /// Leader/09 was set to the encoding that was written: `a` for Unicode in a text format, if not
    /// all of it is ASCII; the one of [`WriteOptions::encoding`](super::WriteOptions::encoding).
    /// UNIMARC has [`CharacterSets`](Self::CharacterSets) instead.
    CodingScheme,
    /// The record is UNIMARC, its text is Unicode and not all of it ASCII, and 100 $a stated other
    /// character sets: they were set to `50`, which is Unicode. Leader/09 is unchanged, because it
    /// has another meaning there.
    CharacterSets,
    /// The record had no leader and was given one: `00000    a2200000   4500`.
    LeaderMissing,
    /// The leader did not have 24 characters: it was padded with blanks, or cut.
    LeaderLength,
    /// A byte of the leader that is not printable ASCII was written as a blank.
    LeaderByte,
    /// Leader/10-11 and 20-23 were set to `22` and `4500`, which describe the record that was
    /// written. They stated something else, or nothing.
    LeaderLayout,
    /// An indicator was missing or empty, and a blank was assumed.
    IndicatorMissing,
    /// An indicator that is not an ASCII character was replaced by a blank.
    IndicatorReplaced,
    /// Marks of the direction of text (U+200E, U+200F) beside indicators, which MarcEdit displays,
    /// were left out.
    DirectionMark,
    /// A number or `null` in place of text in JSON was read as its digits, or as nothing.
    ValueConverted,
    /// A name in braces in MARCMaker text was taken for a mnemonic, though MarcEdit would not write
    /// it in this record: other programs leave braces as they are. See
    /// [`Mnemonics`](super::Mnemonics).
    Mnemonic,
    /// An element, key or text that does not belong to a record was skipped.
    ContentIgnored,
    /// Elements in the text of MARCXML, such as `<i>`, or around its fields were left out. Their
    /// text and fields are in the record.
    MarkupDropped,
    /// A control character was dropped or replaced, as [`Controls`](super::Controls) says.
    ControlCharacter,
    /// Bytes that do not decode in the record's encoding were dropped or replaced, as an
    /// [`ErrorPolicy`](crate::encoding::ErrorPolicy) says.
    Undecodable,
    /// Characters that the encoding of the output does not have were dropped or replaced, as an
    /// [`ErrorPolicy`](crate::encoding::ErrorPolicy) says.
    Unencodable,
    /// A data field did not consist of two indicators and subfields with a code each: its other
    /// bytes are not in the output.
    FieldShape,
    /// A field was left out, because the format cannot hold one with this tag.
    FieldDropped,
    /// A line break in a value was written as a blank.
    LineBreak,
    /// A value looks like a subfield delimiter of the format and will be read as one.
    Ambiguous,
    /// The leader is invalid by the MARCXML schema.
    SchemaLeader,
    /// The tag is invalid by the MARCXML schema for this sort of field.
    SchemaTag,
    /// An indicator is not a digit, a small letter or a blank, as the MARCXML schema requires.
    SchemaIndicator,
    /// The subfield code is invalid by the MARCXML schema, or a data field has no subfields.
    SchemaSubfield,
    /// A control field stands after a data field, which the MARCXML schema does not permit.
    SchemaOrder,
    /// A field that was too long was written as several.
    FieldSplit,
    /// A record that was too long was written as several.
    RecordSplit,
    /// A record that was too long was written as MARCXML.
    RecordDiverted,
}

impl NoteKind {
    /// Returns a short stable name, in snake case: `"coding_scheme"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CodingScheme => "coding_scheme",
            Self::CharacterSets => "character_sets",
            Self::LeaderMissing => "leader_missing",
            Self::LeaderLength => "leader_length",
            Self::LeaderByte => "leader_byte",
            Self::LeaderLayout => "leader_layout",
            Self::IndicatorMissing => "indicator_missing",
            Self::IndicatorReplaced => "indicator_replaced",
            Self::DirectionMark => "direction_mark",
            Self::ValueConverted => "value_converted",
            Self::Mnemonic => "mnemonic",
            Self::ContentIgnored => "content_ignored",
            Self::MarkupDropped => "markup_dropped",
            Self::ControlCharacter => "control_character",
            Self::Undecodable => "undecodable",
            Self::Unencodable => "unencodable",
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

    /// Creates a note on the field with this index in the record, from 0.
    pub(crate) const fn on_field(kind: NoteKind, tag: Tag, at: usize) -> Self {
        Self { kind, tag: Some(tag), field: at as u32 + 1 }
    }

    /// Returns the subject.
    #[must_use]
    pub const fn kind(self) -> NoteKind {
        self.kind
    }

    /// Returns the tag of the field, if the note concerns a field.
    #[must_use]
    pub const fn tag(self) -> Option<Tag> {
        self.tag
    }

    /// Returns the ordinal of that field in the record, from 1.
    #[must_use]
    pub const fn field(self) -> Option<u32> {
        if self.field == 0 { None } else { Some(self.field) }
    }

    /// Returns true if content of the record was lost, or will not be read as it was. All other
    /// notes are for information: the record is complete.
    #[must_use]
    pub const fn is_loss(self) -> bool {
        matches!(
            self.kind,
            NoteKind::LeaderLength
                | NoteKind::LeaderByte
                | NoteKind::IndicatorReplaced
                | NoteKind::ContentIgnored
                | NoteKind::ControlCharacter
                | NoteKind::Undecodable
                | NoteKind::Unencodable
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
            NoteKind::CharacterSets => "the character sets were set to `50`, which is Unicode",
            NoteKind::CodingScheme => "leader/09 was set to the encoding that was written",
            NoteKind::LeaderMissing => "the record had no leader and was given one",
            NoteKind::LeaderLength => "the leader did not have 24 characters",
            NoteKind::LeaderByte => "a byte of the leader is not printable ASCII",
            NoteKind::LeaderLayout => "leader/10-11 and 20-23 did not describe the record",
            NoteKind::IndicatorMissing => "a missing indicator was taken for a blank",
            NoteKind::IndicatorReplaced => "an indicator that is not ASCII became a blank",
            NoteKind::DirectionMark => "marks of the direction of text were left out",
            NoteKind::ValueConverted => "a number or null was read as text",
            NoteKind::Mnemonic => "a name in braces was taken for a mnemonic",
            NoteKind::ContentIgnored => "content that has no place in a record was passed over",
            NoteKind::MarkupDropped => "tags that MARCXML does not have were left out",
            NoteKind::ControlCharacter => "a control character was dropped or replaced",
            NoteKind::Undecodable => "undecodable bytes were dropped or replaced",
            NoteKind::Unencodable => "characters that the encoding lacks were dropped or replaced",
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
