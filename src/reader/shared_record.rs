//! A record that can be kept.

use crate::{
    encoding::RecordText,
    error::Error,
    parse::Batch,
    record::{AsRecord, Field, Leader, Record, RecordRef, Sealed},
};
use std::{any::Any, borrow::Cow, fmt, string::ToString, sync::Arc, vec::Vec};

/// A record that shares the bytes of its batch: cheap to make, to clone and to send elsewhere.
///
/// As long as one record of a batch is kept, the whole batch (a chunk, by default 64 KiB) stays in
/// memory. [`to_owned`](Self::to_owned) makes a copy that holds on to nothing.
#[derive(Clone)]
pub struct SharedRecord {
    pub(super) batch: Arc<Batch>,
    /// Index of the record among the entries of the batch.
    pub(super) at: u32,
}

impl SharedRecord {
    #[inline]
    pub(crate) fn new(batch: Arc<Batch>, at: usize) -> Self {
        Self { batch, at: at as u32 }
    }

    /// Returns the record, as a view over its bytes. A record of a text format was laid out for it:
    /// its values are UTF-8, and leader/09 is `a` if they are not all ASCII. Such a view has the
    /// leader and the fields, and no directory.
    #[must_use]
    #[inline]
    pub fn view(&self) -> RecordRef<'_> {
        self.batch.record_at(self.at as usize)
    }

    /// The bytes of the record in its format, as in the input. If the input is MARCXML in another
    /// encoding, they are UTF-8; [`raw`](Self::raw) has those of the input.
    ///
    #[cfg_attr(feature = "formats", doc = "```")]
    #[cfg_attr(not(feature = "formats"), doc = "```ignore")]
    /// use tidemarc::Reader;
    ///
    /// let xml = "<record><controlfield tag='001'>a1</controlfield></record>";
    /// let record = Reader::from_bytes(xml).next().unwrap()?;
    /// assert_eq!(record.as_bytes(), xml.as_bytes());
    /// assert_eq!(record.view().control_number(), Some(&b"a1"[..]));
    ///
    /// let utf16: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    /// let record = Reader::from_bytes([b"\xFF\xFE", &utf16[..]].concat()).next().unwrap()?;
    /// assert_eq!(record.as_bytes(), xml.as_bytes());
    /// assert_eq!(record.raw(), utf16);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.batch.bytes_of(&self.batch.entries()[self.at as usize])
    }

    /// Returns the bytes of the input that are the record. They are borrowed unless the input is
    /// MARCXML in an encoding other than UTF-8.
    #[must_use]
    pub fn raw(&self) -> Cow<'_, [u8]> {
        self.batch.input_of(&self.batch.entries()[self.at as usize])
    }

    /// Returns the rule by which the fields of the record become text, with the reader's options
    /// ([`encoding`](crate::ReaderBuilder::encoding) and others). Nothing is decoded here.
    ///
    /// ```
    /// use tidemarc::encoding::subfields;
    ///
    /// let mut titles = Vec::new();
    /// for record in tidemarc::Reader::from_path("tests/fixtures/books.mrc")? {
    ///     let record = record?;
    ///     let text = record.text();
    ///     for field in record.view().fields_with("245".try_into().unwrap()) {
    ///         let title = text.field(&record, field).expect("text that decodes");
    ///         titles.extend(subfields(&title).find(|&(code, _)| code == "a").map(|(_, a)| a.to_owned()));
    ///     }
    /// }
    /// assert_eq!(titles.len(), 60);
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn text(&self) -> RecordText {
        self.batch.text_of(&self.view())
    }

    /// Returns the record's number in its input, from 1. Faults have a number of their own.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.batch.number_of(&self.batch.entries()[self.at as usize])
    }

    /// Returns the record's number among the records and faults of all inputs, from 1. It differs
    /// from [`number`](Self::number) if the reader [has several](crate::Reader::from_paths).
    #[must_use]
    pub fn overall_number(&self) -> u64 {
        self.batch.overall_number_of(&self.batch.entries()[self.at as usize])
    }

    /// Returns the name of the record's input, if it has one: for a file its path.
    #[must_use]
    pub fn input_name(&self) -> Option<&str> {
        self.batch.name.as_deref()
    }

    /// Offset of the record, in bytes from the start of the input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.batch.offset_of(&self.batch.entries()[self.at as usize])
    }

    /// Returns the repairs to the record, in the order of its parts, and then the unusual things in
    /// it: a leader of another dialect, subfields without a code and the like (severity
    /// [`Information`](crate::Severity::Information)). Empty for nearly every record; it is found
    /// out anew at each call, from the record's bytes.
    #[must_use]
    pub fn faults(&self) -> Vec<Error> {
        self.batch.faults_of(self.at as usize)
    }

    /// Returns the undecodable text of the record: the first fault of each field that has any. With
    /// a policy for undecodable bytes too, these are the fields in which text is replaced.
    #[must_use]
    pub fn undecodable(&self) -> Vec<Error> {
        self.batch.undecodable(self.at as usize)
    }

    /// Returns true if the record was damaged. Then its [bytes](Self::as_bytes) are those of the
    /// input, and no sound record; [`to_owned`](Self::to_owned) gives one.
    #[must_use]
    pub fn is_repaired(&self) -> bool {
        self.batch.is_noted(self.at as usize)
    }

    /// Returns a copy that can be changed, and that does not keep the batch in memory. The leader
    /// of a repaired record may hold bytes that no leader can; the copy has blanks there. The copy
    /// does not know the reader's options for [`text`](Self::text): if one was an encoding, name it
    /// to the writer ([`source_encoding`](crate::format::WriteOptions::source_encoding)).
    #[must_use]
    pub fn to_owned(&self) -> Record {
        let record = Record::from(self.view());
        if self.is_repaired() { record.with_leader_mended() } else { record }
    }
}

impl Sealed for SharedRecord {}

impl AsRecord for SharedRecord {
    fn leader(&self) -> Leader<'_> {
        self.view().leader()
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        self.view().fields()
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        self.batch.is_iso2709(self.at as usize).then(|| self.view().as_bytes())
    }

    fn is_damaged(&self) -> bool {
        self.is_repaired()
    }

    fn text_options(&self) -> Option<&dyn Any> {
        Some(&self.batch.text)
    }
}

impl fmt::Debug for SharedRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedRecord")
            .field("number", &self.number())
            .field("offset", &self.offset())
            .field("bytes", &self.as_bytes().escape_ascii().to_string())
            .finish()
    }
}

static_assertions::assert_impl_all!(SharedRecord: Send, Sync);
