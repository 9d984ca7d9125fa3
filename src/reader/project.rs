//! Work on a batch while its bytes are in the cache: right after the parse, on the same thread.

use super::index::{Entry, Index, What};
#[cfg(feature = "formats")]
use crate::format::Note;
use crate::{
    pipeline::Limits,
    record::{AsRecord, Field, FieldSpan, Leader, RecordRef, Sealed},
    source::RawBatch,
};
use std::ops::Range;

/// Work on each batch besides its index, on the thread that parses it.
///
/// The stream delivers the output beside the batch, in the order of the input. A projection must
/// not wait for anything: its thread serves every stream of the process.
pub(crate) trait Project: Clone + Send + Sync + 'static {
    /// The result for one batch. An old output is handed back to be filled again.
    type Output: Default + Send + 'static;

    /// Fills `output`, which may hold the result of an earlier batch.
    ///
    /// If this panics, the record that caused it becomes a fault of kind
    /// [`Panic`](crate::ErrorKind::Panic), as if the parse had panicked; for that it is called with
    /// each record alone, and then again with the batch.
    fn run(&self, batch: &Parsed<'_>, output: &mut Self::Output);

    /// The limits of a pipeline with this projection.
    fn limits(&self) -> Limits {
        Limits::default()
    }
}

/// The projection of a stream of records: nothing.
impl Project for () {
    type Output = ();

    #[inline]
    fn run(&self, _: &Parsed<'_>, (): &mut ()) {}
}

/// A batch after the parse: its bytes and its index.
#[derive(Clone, Copy)]
pub(crate) struct Parsed<'a> {
    pub(super) raw: &'a RawBatch,
    pub(super) index: &'a Index,
}

impl<'a> Parsed<'a> {
    pub(crate) fn entries(self) -> &'a [Entry] {
        &self.index.entries
    }

    /// The bytes of the batch that an entry is.
    #[inline]
    pub(crate) fn bytes_of(self, entry: &Entry) -> &'a [u8] {
        &self.raw.bytes()[entry.range()]
    }

    /// True for a batch of a text format.
    #[inline]
    pub(crate) fn is_text(self) -> bool {
        #[cfg(feature = "formats")]
        return self.index.text.is_text;
        #[cfg(not(feature = "formats"))]
        false
    }

    /// The bytes that the fields of the records lie in: those of the input, or of a text format the
    /// arena.
    #[inline]
    pub(crate) fn data(self) -> &'a [u8] {
        #[cfg(feature = "formats")]
        if self.is_text() {
            return self.index.text.arena();
        }
        self.raw.bytes()
    }

    /// The place of a record in [`data`](Self::data).
    #[inline]
    pub(crate) fn range_of(self, entry: &Entry) -> Range<usize> {
        #[cfg(feature = "formats")]
        if self.is_text() {
            return self.index.text.range(entry);
        }
        entry.range()
    }

    /// The notes of the parser of a text format on a record.
    #[cfg(feature = "formats")]
    pub(crate) fn notes_of(self, entry: &Entry) -> &'a [Note] {
        if self.is_text() { self.index.text.notes(entry) } else { &[] }
    }

    /// True if something was noted of the entry with this index: a repair, or padding passed over.
    #[inline]
    pub(crate) fn is_noted(self, at: usize) -> bool {
        !self.index.faults_of(at).is_empty()
    }

    /// The view of a record; `None` for any other entry.
    #[inline]
    pub(crate) fn view_of(self, entry: &Entry) -> Option<RecordRef<'a>> {
        let What::Record { .. } = &entry.what else { return None };
        Some(RecordRef::indexed(&self.data()[self.range_of(entry)], self.spans_of(entry)))
    }

    /// The spans of a record's fields, from the start of the record.
    #[inline]
    pub(crate) fn spans_of(self, entry: &Entry) -> &'a [FieldSpan] {
        let What::Record { fields } = &entry.what else { return &[] };
        &self.index.fields[fields.start as usize..fields.end as usize]
    }

    /// The record with this index among the entries, to be written; `None` for any other entry.
    pub(crate) fn record(self, at: usize) -> Option<ParsedRecord<'a>> {
        let view = self.view_of(&self.index.entries[at])?;
        Some(ParsedRecord { view, is_text: self.is_text(), is_repaired: self.is_noted(at) })
    }
}

/// A record of a batch as its format and its damage let it be written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ParsedRecord<'a> {
    pub(crate) view: RecordRef<'a>,
    /// True for a record of a text format: its fields are UTF-8.
    pub(crate) is_text: bool,
    pub(crate) is_repaired: bool,
}

impl Sealed for ParsedRecord<'_> {}

impl AsRecord for ParsedRecord<'_> {
    #[inline]
    fn leader(&self) -> Leader<'_> {
        self.view.leader()
    }

    #[inline]
    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        self.view.fields()
    }

    #[inline]
    fn as_iso2709(&self) -> Option<&[u8]> {
        (!self.is_text && !self.is_repaired).then(|| self.view.as_bytes())
    }

    fn is_damaged(&self) -> bool {
        self.is_repaired
    }
}
