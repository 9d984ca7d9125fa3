//! Views over the bytes of one record: no I/O, no thread, no allocation.
//!
//! The terms are those of ISO 2709 and of the
//! [MARC 21 record structure](https://www.loc.gov/marc/specifications/specrecstruc.html):
//!
//! ```text
//! leader (24 bytes) | directory (12 bytes a field) | 0x1E | fields, each ended by 0x1E | 0x1D
//! ```
//!
//! [`RecordRef`] is the entry point: it checks the structure once, and everything that it returns
//! afterwards is a slice of the bytes it was given.

#![forbid(unsafe_code)]

mod as_record;
#[cfg_attr(
    not(feature = "formats"),
    expect(dead_code, reason = "only text formats look for separators in text")
)]
mod digits;
mod directory;
mod fault;
mod field;
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "only a reader counts faults"))]
mod kind;
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "only a writer changes lengths"))]
mod leader;
#[cfg(feature = "std")]
#[cfg_attr(
    not(any(feature = "formats", test)),
    expect(dead_code, reason = "a converter makes records of parts")
)]
mod owned;
#[cfg(feature = "std")]
mod repair;
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "only a reader makes an index"))]
mod structure;
mod subfield;
mod tag;
#[cfg(feature = "std")]
mod unusual;
#[cfg_attr(not(feature = "std"), expect(dead_code, reason = "only a reader has an index"))]
mod view;

pub use as_record::AsRecord;
#[cfg(feature = "std")]
pub(crate) use as_record::sealed::Sealed;
#[cfg(feature = "formats")]
pub(crate) use digits::is_separator;
pub(crate) use digits::number;
pub use directory::{Directory, DirectoryEntry};
pub use fault::Fault;
pub use field::{ControlField, DataField, Field, Indicators};
pub use kind::{ErrorKind, Severity};
pub use leader::Leader;
pub(crate) use leader::{
    LongLength, WideLeader, leader_is_plausible, leader_is_printable, leader_start, long_length,
    wide_leader,
};
#[cfg(feature = "std")]
pub use owned::{BuildError, FieldError, FieldErrorKind, OwnedField, Record, RecordBuilder};
#[cfg(feature = "std")]
pub(crate) use repair::Repairer;
pub use structure::FieldSpan;
pub(crate) use structure::{DirectoryReach, directory_reach, is_entry};
#[cfg(feature = "std")]
pub(crate) use structure::{decode_entry, directory_end, index_fields};
#[cfg(feature = "std")]
pub(crate) use subfield::find_delimiter;
pub use subfield::{Subfield, Subfields};
pub use tag::{InvalidTag, Tag};
#[cfg(feature = "std")]
pub(crate) use unusual::{UnusualFault, unusual_faults};
pub use view::{Fields, RecordRef};

/// The byte that ends a record (ISO 2709 section 4.3: record separator, IS3).
pub const RECORD_TERMINATOR: u8 = 0x1D;
/// The byte that ends a field and the directory (ISO 2709: field separator, IS2).
pub const FIELD_TERMINATOR: u8 = 0x1E;
/// The byte that stands before each subfield code (ISO 2709: identifier, IS1).
pub const SUBFIELD_DELIMITER: u8 = 0x1F;

/// Length of the leader in bytes.
pub const LEADER_LENGTH: usize = 24;
/// Length of a directory entry in bytes, for the entry map `4500` that MARC prescribes.
pub const DIRECTORY_ENTRY_LENGTH: usize = 12;
/// The smallest base address: a leader, no entry, and the field terminator that ends the directory.
pub const MIN_BASE_ADDRESS: usize = LEADER_LENGTH + 1;
/// Length of the shortest record, which has no fields.
pub const MIN_RECORD_LENGTH: usize = MIN_BASE_ADDRESS + 1;
/// Length of the longest record that the five digits of leader/00-04 can state.
pub const MAX_RECORD_LENGTH: usize = 99_999;
/// Length of the longest field, including its terminator, that the four digits of a directory entry
/// can state.
pub const MAX_FIELD_LENGTH: usize = 9_999;
