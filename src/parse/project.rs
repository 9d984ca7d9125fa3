//! Work on a batch while its bytes are in the cache: right after the parse, on the same thread.

use super::{
    entry::{Entry, What},
    index::Index,
};
use crate::{
    encoding::{RecordText, TextOptions},
    pipeline::Limits,
    record::{AsRecord, Field, FieldSpan, Leader, RecordRef, Sealed},
    source::RawBatch,
};
use std::{fmt, ops::Deref};

/// Work on each batch besides its index, on the thread that parses it.
///
/// [`Reader::project`](crate::Reader::project) delivers the output beside the batch, in the order
/// of the input. Work on bytes that are still in the cache costs less than the same work later, and
/// it is done by as many threads as the reader has. A projection must not wait for anything: its
/// thread serves every stream of the process.
///
/// ```
/// use std::collections::BTreeMap;
/// use tidemarc::{Parsed, Project, Reader, Tag};
///
/// /// Counts the languages of the records: 008/35-37.
/// #[derive(Clone)]
/// struct Languages;
///
/// impl Project for Languages {
///     type Output = BTreeMap<Vec<u8>, u64>;
///
///     fn run(&self, batch: &Parsed<'_>, languages: &mut Self::Output) {
///         languages.clear();
///         let tag = Tag::try_from("008").unwrap();
///         for record in batch.records() {
///             let field = record.fields_with(tag).find_map(|field| field.control());
///             if let Some(language) = field.and_then(|field| field.data.get(35..38)) {
///                 *languages.entry(language.to_vec()).or_default() += 1;
///             }
///         }
///     }
/// }
///
/// let mut reader = Reader::from_path("tests/fixtures/books.mrc")?.project(Languages);
/// let mut all = BTreeMap::new();
/// while let Some((_, languages)) = reader.next_batch()? {
///     for (language, count) in std::mem::take(languages) {
///         *all.entry(language).or_insert(0) += count;
///     }
/// }
/// assert_eq!(all.values().sum::<u64>(), 60);
/// # Ok::<(), tidemarc::Error>(())
/// ```
pub trait Project: Clone + Send + Sync + 'static {
    /// The result for one batch. An old output is handed back to be filled again.
    type Output: Default + Send + 'static;

    /// Fills `output`, which may hold the result of an earlier batch.
    ///
    /// If this panics, the record that caused it becomes a fault of kind
    /// [`Panic`](crate::ErrorKind::Panic), as if the parse had panicked; for that it is called with
    /// each record alone, and then again with the batch.
    fn run(&self, batch: &Parsed<'_>, output: &mut Self::Output);

    /// Returns the limits of a stream with this projection. Default: those of a projection that
    /// costs little beside the parse; for others there is [`Limits::expensive`].
    fn limits(&self) -> Limits {
        Limits::default()
    }

    /// Returns false if only the outputs, the counts and the faults are wanted. A reader with
    /// [`partitions`](crate::ReaderBuilder::partitions) then delivers an undamaged batch without its
    /// records, and the thread that read it uses its memory again at once: `items` and `as_bytes` of
    /// such a batch are empty, and [`stats`](crate::Projected::stats) counts it. Default: true.
    fn needs_records(&self) -> bool {
        true
    }

    /// Adds the output of a batch without records to that of those right before it, so that one
    /// batch stands for all of them. Returns false, and changes nothing, to have them delivered one
    /// after the other. If it panics, the stream ends with an error. Default: true for outputs
    /// without data.
    fn merge(&self, _before: &mut Self::Output, _next: &mut Self::Output) -> bool {
        size_of::<Self::Output>() == 0
    }
}

/// The projection of a stream of records: nothing.
impl Project for () {
    type Output = ();

    #[inline]
    fn run(&self, _: &Parsed<'_>, (): &mut ()) {}
}

/// A batch after the parse, as a [`Project`] sees it: its bytes and the places of its fields.
///
/// Record numbers and the name of the input are known later, when the batch is delivered.
#[derive(Clone, Copy)]
pub struct Parsed<'a> {
    pub(crate) raw: &'a RawBatch,
    pub(crate) index: &'a Index,
}

impl<'a> Parsed<'a> {
    /// Returns the records, in the order of the input. Damaged spans are among the
    /// [items](crate::Batch::items) of the batch when it is delivered.
    pub fn records(self) -> impl Iterator<Item = ParsedRecord<'a>> {
        (0..self.entries().len()).filter_map(move |at| self.record(at))
    }

    pub(crate) fn entries(self) -> &'a [Entry] {
        &self.index.entries
    }

    /// Returns the bytes of the batch that an entry is.
    #[inline]
    pub(crate) fn bytes_of(self, entry: &Entry) -> &'a [u8] {
        &self.raw.bytes()[entry.range()]
    }

    /// Returns the bytes that contain the fields of the records: those of the batch or, for a text
    /// format, the arena.
    #[inline]
    pub(crate) fn data(self) -> &'a [u8] {
        match self.index.text.arena() {
            [] => self.raw.bytes(),
            arena => arena,
        }
    }

    /// Returns true if there are faults of a record or of padding, which is not a fault itself.
    #[inline]
    pub(crate) fn is_noted(self, at: usize) -> bool {
        !self.index.faults_of(at).is_empty()
    }

    /// Returns the view of a record; `None` for any other entry.
    #[inline]
    pub(crate) fn view_of(self, entry: &Entry) -> Option<RecordRef<'a>> {
        let What::Record { place, .. } = &entry.what else { return None };
        let bytes = &self.data()[place.start as usize..place.end as usize];
        Some(RecordRef::indexed(bytes, self.spans_of(entry)))
    }

    /// Returns the spans of a record's fields, from the start of the record.
    #[inline]
    pub(crate) fn spans_of(self, entry: &Entry) -> &'a [FieldSpan] {
        let What::Record { fields, .. } = &entry.what else { return &[] };
        &self.index.fields[fields.start as usize..fields.end as usize]
    }

    /// Returns a record to be written; `None` for any other entry.
    pub(crate) fn record(self, at: usize) -> Option<ParsedRecord<'a>> {
        let view = self.view_of(&self.entries()[at])?;
        Some(ParsedRecord { view, is_text: self.index.is_text, is_repaired: self.is_noted(at) })
    }
}

/// A record of a [`Parsed`] batch. It reads as a [`RecordRef`], and can be written.
#[derive(Debug, Clone, Copy)]
pub struct ParsedRecord<'a> {
    pub(crate) view: RecordRef<'a>,
    /// True for a record of a text format: its fields are UTF-8.
    pub(crate) is_text: bool,
    pub(crate) is_repaired: bool,
}

impl fmt::Debug for Parsed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parsed")
            .field("offset", &self.raw.offset())
            .field("entries", &self.index.entries.len())
            .finish_non_exhaustive()
    }
}

impl<'a> ParsedRecord<'a> {
    /// Returns the record itself.
    #[must_use]
    pub const fn view(&self) -> RecordRef<'a> {
        self.view
    }

    /// Returns the rule by which the fields of the record become text. An encoding in the options
    /// has no effect on a record of a text format, whose fields are UTF-8.
    #[must_use]
    pub fn text(&self, options: TextOptions) -> RecordText {
        let encoding = options.named().filter(|_| !self.is_text);
        RecordText::of(self, options.encoding(encoding))
    }

    /// Returns true for a record that was damaged and is repaired.
    #[must_use]
    pub const fn is_repaired(&self) -> bool {
        self.is_repaired
    }
}

impl<'a> Deref for ParsedRecord<'a> {
    type Target = RecordRef<'a>;

    fn deref(&self) -> &RecordRef<'a> {
        &self.view
    }
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
