//! The kinds of fault, the severity of each, and the code that names it in the documentation.

use core::fmt;

/// The cost of a fault. The variants are in the order of the cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Nothing is lost and nothing was changed, but something is unusual.
    Information,
    /// The record was delivered whole, though it contradicts itself somewhere.
    Repaired,
    /// The record was delivered, but not all of its fields.
    LostField,
    /// No record was delivered for these bytes.
    LostRecord,
    /// The stream ends here.
    Fatal,
}

impl Severity {
    /// Returns the severity with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all =
            [Self::Information, Self::Repaired, Self::LostField, Self::LostRecord, Self::Fatal];
        all.into_iter().find(|severity| severity.name() == name)
    }

    /// Returns a short stable name, in snake case: `"lost_field"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Information => "information",
            Self::Repaired => "repaired",
            Self::LostField => "lost_field",
            Self::LostRecord => "lost_record",
            Self::Fatal => "fatal",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Information => "information",
            Self::Repaired => "repaired",
            Self::LostField => "field lost",
            Self::LostRecord => "record lost",
            Self::Fatal => "fatal",
        })
    }
}

/// One table of the kinds, so that none can lack its name, its code or its usual severity.
macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident = $name:literal, $code:literal, $severity:ident;)*) => {
        /// The broken part of a record, or of the input around it.
        ///
        /// There is one kind for each part. The position is kept by the type that holds the kind:
        /// `Error` in the `std` build, the framer's offset without it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)*
        }

        impl ErrorKind {
            /// All kinds, in the order of their declaration.
            pub const ALL: &'static [Self] = &[$(Self::$kind),*];

            /// Returns a short stable name, in snake case: `"record_length"`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$kind => $name,)* }
            }

            /// Returns a stable code, under which `docs/faults.md` explains the kind: `"TM101"`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$kind => $code,)* }
            }

            /// Returns the highest severity of a fault of this kind.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $(Self::$kind => Severity::$severity,)* }
            }
        }
    };
}

kinds! {
    /// Leader/00-04 is not a number, or disagrees with the directory.
    RecordLength = "record_length", "TM101", LostRecord;
    /// A byte of the leader, outside the two lengths, is invalid at its position.
    Leader = "leader", "TM102", LostRecord;
    /// Leader/12-16 is not a number, or no directory ends there.
    BaseAddress = "base_address", "TM103", LostRecord;
    /// Leader/10-11 is not `22`, which was assumed.
    LeaderCounts = "leader_counts", "TM104", Information;
    /// Leader/20-23 is not `4500`, which was assumed.
    EntryMap = "entry_map", "TM105", Information;
    /// A directory entry is malformed, points outside the record or leads to no field that is
    /// certainly its own; or the directory as a whole does not reach the end of the record.
    Directory = "directory", "TM201", LostRecord;
    /// The length of the directory is not a multiple of 12.
    DirectoryLength = "directory_length", "TM202", LostField;
    /// The lengths and starting positions in the directory do not lead to the fields: they are
    /// counted in characters, or bytes were added or removed after they were counted.
    FieldPositions = "field_positions", "TM203", Repaired;
    /// Bytes of the record that no directory entry points to.
    UnlistedData = "unlisted_data", "TM204", LostField;
    /// A field of the record was lost, and there is no control number (001) among the others.
    ControlNumber = "control_number", "TM205", LostField;
    /// A tag that is not three letters or digits.
    Tag = "tag", "TM206", Information;
    /// A field does not end in 0x1E.
    FieldTerminator = "field_terminator", "TM301", LostRecord;
    /// No 0x1D stands where the record should end.
    RecordTerminator = "record_terminator", "TM302", LostRecord;
    /// A field terminator or record terminator inside a field.
    StrayTerminator = "stray_terminator", "TM303", Information;
    /// The input ended inside the record.
    Truncation = "truncation", "TM401", LostRecord;
    /// The record is longer than the reader's limit.
    OverLong = "over_long", "TM402", LostRecord;
    /// A mainframe's record descriptor word stands before a record, and was skipped.
    Descriptor = "descriptor", "TM403", Information;
    /// The input is in another format than ISO 2709.
    Foreign = "foreign", "TM404", Fatal;
    /// There are more faults than the reader's limit.
    TooManyFaults = "too_many_faults", "TM405", Fatal;
    /// The text of a format other than ISO 2709 is malformed, or contains something that a record
    /// cannot hold.
    Syntax = "syntax", "TM406", LostRecord;
    /// Bytes of a field are not text in the record's encoding.
    Encoding = "encoding", "TM501", LostRecord;
    /// Bytes between the indicators and the first subfield.
    StrayText = "stray_text", "TM502", Information;
    /// A subfield delimiter without a code after it.
    SubfieldCode = "subfield_code", "TM503", Information;
    /// A data field without any subfield.
    NoSubfields = "no_subfields", "TM504", Information;
    /// An indicator that is not one ASCII character.
    Indicator = "indicator", "TM505", Information;
    /// A control character that some formats cannot hold, so that their writers refuse the record.
    ControlCharacter = "control_character", "TM506", Information;
    /// A subfield code that the schema of MARCXML does not have.
    OddCode = "odd_code", "TM507", Information;
    /// Reading or writing failed.
    Io = "io", "TM901", Fatal;
    /// The parse of this record panicked: a defect of tidemarc, or of a stage built on it.
    Panic = "panic", "TM902", LostRecord;
}

impl ErrorKind {
    /// Returns the kind with this [`name`](Self::name).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Returns the index of the kind in [`ALL`](Self::ALL).
    pub(crate) const fn ordinal(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_a_name_and_a_code_of_its_own() {
        let names: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.name()).collect();
        let codes: HashSet<_> = ErrorKind::ALL.iter().map(|kind| kind.code()).collect();
        assert_eq!((names.len(), codes.len()), (ErrorKind::ALL.len(), ErrorKind::ALL.len()));
        for (at, kind) in ErrorKind::ALL.iter().enumerate() {
            assert_eq!(kind.ordinal(), at);
        }
    }
}
