//! How formats are read and written.

use crate::{
    encoding::{Encoding, ErrorPolicy, RecordText, TextOptions},
    record::AsRecord,
};

/// What becomes of control characters that a format cannot hold: in MARCXML those that XML 1.0
/// forbids (section 2.2), in every text format the separators 0x1D, 0x1E and 0x1F.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Controls {
    /// The record is refused.
    #[default]
    Error,
    /// They are left out, and a note says so.
    Skip,
    /// U+FFFD stands in their place, and a note says so.
    Replace,
}

/// What becomes of records that ISO 2709 cannot hold: fields over 9,999 bytes, records over 99,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overlong {
    /// The record is refused.
    #[default]
    Error,
    /// Fields and records are split, and notes say so: see
    /// [`split`](super::iso2709_split::split).
    Split,
    /// The record goes as MARCXML to the [second output](super::Writer::divert_to), and a
    /// note says so. Without one it is refused.
    Xml,
}

/// The options of the parsers of text formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReadOptions {
    pub(super) controls: Controls,
    pub(super) max_record_length: usize,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            controls: Controls::Error,
            max_record_length: crate::framing::DEFAULT_MAX_RECORD_LENGTH,
        }
    }
}

impl ReadOptions {
    /// Everything at its default.
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Sets the treatment of control characters that have no place in a record.
    pub(crate) const fn controls(mut self, controls: Controls) -> Self {
        self.controls = controls;
        self
    }

    /// Sets the longest record accepted, in bytes of the input. No text format has a record of
    /// fewer than 64.
    pub(crate) fn max_record_length(mut self, bytes: usize) -> Self {
        self.max_record_length = bytes.max(64);
        self
    }
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteOptions {
    pub(super) controls: Controls,
    pub(crate) encoding_errors: ErrorPolicy,
    pub(crate) overlong: Overlong,
    pub(super) encoding: Option<Encoding>,
    pub(super) namespace: bool,
    pub(super) collection: bool,
}

impl Default for WriteOptions {
    fn default() -> Self {
        Self {
            controls: Controls::Error,
            encoding_errors: ErrorPolicy::Strict,
            overlong: Overlong::Error,
            encoding: None,
            namespace: true,
            collection: true,
        }
    }
}

impl WriteOptions {
    /// Everything at its default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What becomes of control characters that the format cannot hold. Default: the record is
    /// refused.
    #[must_use]
    pub const fn controls(mut self, controls: Controls) -> Self {
        self.controls = controls;
        self
    }

    /// The treatment of bytes that do not decode, where a text format is written. Default: the
    /// record is refused. With any other policy a note on the field says that text was replaced.
    #[must_use]
    pub const fn encoding_errors(mut self, policy: ErrorPolicy) -> Self {
        self.encoding_errors = policy;
        self
    }

    /// What becomes of records that ISO 2709 cannot hold. Default: they are refused.
    #[must_use]
    pub const fn overlong(mut self, overlong: Overlong) -> Self {
        self.overlong = overlong;
        self
    }

    /// The rule by which the text of this record is read.
    pub(super) fn text_of(&self, record: &impl AsRecord) -> RecordText {
        RecordText::of(record, TextOptions::new().encoding(self.encoding))
    }

    /// The encoding that the records' text is in. Default: it is found out for each, as
    /// [`detect`](crate::encoding::detect) does.
    #[must_use]
    pub const fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = Some(encoding);
        self
    }

    /// Whether MARCXML names its namespace, `http://www.loc.gov/MARC21/slim`. Default: yes.
    #[must_use]
    pub const fn namespace(mut self, namespace: bool) -> Self {
        self.namespace = namespace;
        self
    }

    /// Whether MARCXML is wrapped in an XML declaration and a `collection`. Without it each record
    /// is an element of its own, which is one document only if it is the only one. Default: yes.
    #[must_use]
    pub const fn collection(mut self, collection: bool) -> Self {
        self.collection = collection;
        self
    }
}
