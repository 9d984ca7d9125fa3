//! A batch of records that lie side by side in one buffer.

use super::{
    index::{Entry, Index, What},
    project::Parsed,
};
#[cfg(feature = "formats")]
use crate::format::Note;
use crate::{
    encoding::{RecordText, TextOptions},
    error::{Error, InputName, Position, Raw, shown},
    record::{
        AsRecord, Directory, FIELD_TERMINATOR, Fault, Field, LEADER_LENGTH, Leader, RecordRef,
        Sealed, Severity, UnusualFault, unusual_faults,
    },
    source::RawBatch,
};
#[cfg(feature = "python")]
use crate::{
    framing::{DEFAULT_MAX_RECORD_LENGTH, Frame, FrameKind},
    record::FieldSpan,
    source::Bytes,
};
use memchr::memchr;
use std::{borrow::Cow, cell::LazyCell, fmt, string::String, sync::Arc, vec::Vec};

/// Records and faults that were read together, in the order of the input.
///
/// A batch borrows nothing: its records live in it, and are lent by [`items`](Self::items).
pub struct Batch {
    pub(crate) raw: RawBatch,
    pub(crate) index: Index,
    pub(crate) first_number: u64,
    pub(crate) name: Option<InputName>,
    /// The reader's options for text.
    pub(crate) text: TextOptions,
}

/// One of the things that a batch holds.
#[derive(Debug)]
pub enum Item<'a> {
    /// A record.
    Record(BatchRecord<'a>),
    /// What stands in the place of a record, and why it is none.
    Fault(Error),
}

/// A record lent by a [`Batch`]: a [`RecordRef`] and its place in the input.
#[derive(Debug, Clone, Copy)]
pub struct BatchRecord<'a> {
    view: RecordRef<'a>,
    number: u64,
    offset: u64,
    batch: &'a Batch,
    /// Which entry of the batch.
    at: usize,
}

impl<'a> BatchRecord<'a> {
    /// The record's number in the input, from 1. Faults have a number of their own.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Where the record begins, in bytes from the start of the input.
    #[must_use]
    pub const fn offset(&self) -> u64 {
        self.offset
    }

    /// See [`SharedRecord::faults`](crate::SharedRecord::faults).
    #[must_use]
    pub fn faults(&self) -> Vec<Error> {
        self.batch.faults_of(self.at)
    }

    /// See [`SharedRecord::as_bytes`](crate::SharedRecord::as_bytes).
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.batch.bytes_of(&self.batch.entries()[self.at])
    }

    /// See [`SharedRecord::raw`](crate::SharedRecord::raw).
    #[must_use]
    pub fn raw(&self) -> Cow<'a, [u8]> {
        self.batch.input_of(&self.batch.entries()[self.at])
    }

    /// See [`SharedRecord::text`](crate::SharedRecord::text).
    #[must_use]
    pub fn text(&self) -> RecordText {
        self.batch.text_of(&self.view)
    }

    /// See [`SharedRecord::notes`](crate::SharedRecord::notes).
    #[cfg(feature = "formats")]
    #[must_use]
    pub fn notes(&self) -> &'a [Note] {
        self.batch.notes_of(&self.batch.entries()[self.at])
    }

    /// See [`SharedRecord::is_repaired`](crate::SharedRecord::is_repaired).
    #[must_use]
    pub fn is_repaired(&self) -> bool {
        self.batch.is_noted(self.at)
    }

    /// The record itself, for as long as the batch is there.
    #[must_use]
    pub const fn view(&self) -> RecordRef<'a> {
        self.view
    }
}

impl Sealed for BatchRecord<'_> {}

impl AsRecord for BatchRecord<'_> {
    fn leader(&self) -> Leader<'_> {
        self.view.leader()
    }

    fn fields(&self) -> impl Iterator<Item = Field<'_>> + Clone {
        self.view.fields()
    }

    fn as_iso2709(&self) -> Option<&[u8]> {
        let is_sound = !self.batch.is_text() && !self.is_repaired();
        is_sound.then(|| self.view.as_bytes())
    }

    fn is_damaged(&self) -> bool {
        self.is_repaired()
    }
}

impl<'a> std::ops::Deref for BatchRecord<'a> {
    type Target = RecordRef<'a>;

    fn deref(&self) -> &RecordRef<'a> {
        &self.view
    }
}

impl Batch {
    /// The records and faults, in the order of the input. A fault that ends the stream is the last.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let is_fatal = |entry: &Entry| matches!(entry.what, What::Fault(fault) if fault.severity() == Severity::Fatal);
        let end = self.index.entries.iter().position(is_fatal).map_or(usize::MAX, |at| at + 1);
        self.index.entries.iter().take(end).enumerate().filter_map(|(at, entry)| {
            match &entry.what {
                What::Record { .. } => Some(Item::Record(self.record(at, entry)?)),
                What::Fault(_) => Some(Item::Fault(self.error(entry)?)),
                What::FaultContinued | What::Padding | What::PaddingContinued => None,
            }
        })
    }

    /// The records alone. Faults are passed over: look at [`items`](Self::items) to see them.
    pub fn records(&self) -> impl Iterator<Item = BatchRecord<'_>> {
        self.index.entries.iter().enumerate().filter_map(|(at, entry)| self.record(at, entry))
    }

    /// Where the batch begins, in bytes from the start of the input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.raw.offset()
    }

    /// The bytes of the batch, record by record as in the input.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// The bytes and the index alone, as a projection sees them.
    #[inline]
    pub(crate) const fn parsed(&self) -> Parsed<'_> {
        Parsed { raw: &self.raw, index: &self.index }
    }

    #[inline]
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.index.entries
    }

    #[inline]
    pub(crate) fn bytes_of(&self, entry: &Entry) -> &[u8] {
        self.parsed().bytes_of(entry)
    }

    /// The bytes of the input that an entry is: where they were made UTF-8 for it, those that they
    /// were.
    pub(crate) fn input_of(&self, entry: &Entry) -> Cow<'_, [u8]> {
        #[cfg(feature = "formats")]
        return self.raw.unit.restore(self.bytes_of(entry));
        #[cfg(not(feature = "formats"))]
        Cow::Borrowed(self.bytes_of(entry))
    }

    /// The same, for an error, which may live longer than the batch.
    fn raw_of(&self, entry: &Entry) -> Raw {
        let input = self.input_of(entry);
        let is_shared = input.len() > FEW && matches!(input, Cow::Borrowed(_));
        match self.raw.bytes.shared().filter(|_| is_shared) {
            Some((owner, start)) => {
                let range = entry.range();
                Raw::Shared(owner, start + range.start..start + range.end)
            }
            None => copied(&input),
        }
    }

    /// Whether the batch is of a text format.
    #[inline]
    pub(crate) fn is_text(&self) -> bool {
        self.parsed().is_text()
    }

    /// See [`Parsed::data`].
    #[cfg(feature = "python")]
    #[inline]
    pub(crate) fn data(&self) -> &[u8] {
        self.parsed().data()
    }

    /// See [`Parsed::range_of`].
    #[cfg(feature = "python")]
    #[inline]
    pub(crate) fn range_of(&self, entry: &Entry) -> std::ops::Range<usize> {
        self.parsed().range_of(entry)
    }

    /// See [`Parsed::notes_of`].
    #[cfg(feature = "formats")]
    pub(crate) fn notes_of(&self, entry: &Entry) -> &[Note] {
        self.parsed().notes_of(entry)
    }

    #[inline]
    pub(crate) fn number_of(&self, entry: &Entry) -> u64 {
        self.first_number + u64::from(entry.ordinal)
    }

    #[inline]
    pub(crate) fn offset_of(&self, entry: &Entry) -> u64 {
        #[cfg(feature = "formats")]
        if self.is_text() {
            return self.raw.offset() + self.index.text.distance(entry.start);
        }
        self.raw.offset() + u64::from(entry.start)
    }

    /// What the entries before `end` add up to.
    pub(crate) fn stats_before(&self, end: usize) -> super::stats::Stats {
        self.index.stats_before(end, |entry| self.length_of(entry))
    }

    /// Where the bytes at `start` of [`data`](Self::data) are in the input; of a text format, where
    /// their record is.
    #[cfg(feature = "python")]
    pub(crate) fn offset_of_data(&self, entry: &Entry, start: u32) -> u64 {
        if self.is_text() { self.offset_of(entry) } else { self.raw.offset() + u64::from(start) }
    }

    /// How many bytes of the input an entry is.
    fn length_of(&self, entry: &Entry) -> u64 {
        #[cfg(feature = "formats")]
        if self.is_text() {
            let text = &self.index.text;
            return text.distance(entry.start + entry.length) - text.distance(entry.start);
        }
        u64::from(entry.length)
    }

    #[inline]
    pub(crate) fn view_of(&self, entry: &Entry) -> Option<RecordRef<'_>> {
        self.parsed().view_of(entry)
    }

    /// The record that the entry with this index is. Who holds such an index has seen that it is one;
    /// anything else reads as a record without fields.
    #[inline]
    pub(crate) fn record_at(&self, at: usize) -> RecordRef<'_> {
        const NO_RECORD: &[u8] = b"00026     2200025   4500\x1E\x1D";
        let record = self.view_of(&self.index.entries[at]);
        debug_assert!(record.is_some(), "entry {at} is no record");
        record.unwrap_or(RecordRef::indexed(NO_RECORD, &[]))
    }

    /// The spans of a record's fields, from the start of the record.
    #[cfg(feature = "python")]
    #[inline]
    pub(crate) fn spans_of(&self, entry: &Entry) -> &[FieldSpan] {
        self.parsed().spans_of(entry)
    }

    /// A batch of one record, which stands alone: its place in the input is kept.
    ///
    /// # Errors
    /// If the bytes are no record, and none can be made of them by repair.
    #[cfg(feature = "python")]
    pub(crate) fn of_one(
        record: Vec<u8>,
        number: u64,
        offset: u64,
        name: Option<InputName>,
    ) -> Result<Self, Fault> {
        let parsed = RecordRef::parse(&record).map(drop);
        let (kind, length) = match parsed {
            Ok(()) => (FrameKind::Record, record.len()),
            Err(fault) => (FrameKind::Fault(fault), record.len()),
        };
        let frames = vec![Frame { kind, length }];
        let bytes = Bytes::Owned { used: length, buffer: record };
        let raw = RawBatch::new(bytes, frames, offset, DEFAULT_MAX_RECORD_LENGTH);
        let mut index = Index::default();
        index.fill(&raw, super::index::Parse { repairs: true });
        // What is damaged may have been taken apart: a record may stand in it, among other things.
        let is_one = matches!(
            &index.entries[..],
            [entry @ Entry { what: What::Record { .. }, .. }] if entry.range() == (0..length)
        );
        match parsed {
            Err(fault) if !is_one => Err(fault),
            _ => Ok(Self { raw, index, first_number: number, name, text: TextOptions::new() }),
        }
    }

    /// A batch of one record that stands alone, as if it came from a text format: nothing is too
    /// long for it.
    #[cfg(feature = "python")]
    pub(crate) fn of_text(record: &crate::record::Record, number: u64, offset: u64) -> Self {
        let bytes = Bytes::Owned { buffer: Vec::new(), used: 0 };
        let raw = RawBatch::new(bytes, Vec::new(), offset, DEFAULT_MAX_RECORD_LENGTH);
        let (index, text) = (Index::of_record(record), TextOptions::new());
        Self { raw, index, first_number: number, name: None, text }
    }

    /// The name of the input.
    #[cfg(feature = "python")]
    pub(crate) const fn name(&self) -> Option<&InputName> {
        self.name.as_ref()
    }

    #[inline]
    fn record(&self, at: usize, entry: &Entry) -> Option<BatchRecord<'_>> {
        Some(BatchRecord {
            view: self.view_of(entry)?,
            number: self.number_of(entry),
            offset: self.offset_of(entry),
            batch: self,
            at,
        })
    }

    pub(crate) fn position_of(&self, entry: &Entry) -> Position {
        let raw = self.raw_of(entry);
        let control_number = match self.view_of(entry) {
            Some(record) => record.control_number().map(shown),
            None => control_number(&raw),
        };
        Position {
            name: self.name.clone(),
            record: matches!(entry.what, What::Record { .. } | What::Fault(_))
                .then(|| self.number_of(entry)),
            offset: Some(self.offset_of(entry)),
            control_number: control_number.map(Arc::from),
            tag: None,
            raw,
            location: None,
        }
    }

    /// The error of a fault.
    pub(crate) fn error(&self, entry: &Entry) -> Option<Error> {
        let What::Fault(fault) = entry.what else { return None };
        #[cfg(feature = "formats")]
        if let Some((error, control_number)) =
            self.index.text.fault(entry).filter(|_| self.is_text())
        {
            let (number, offset) = (self.number_of(entry), self.offset_of(entry));
            let raw = self.raw_of(entry);
            return Some(error.at(self.name.clone(), number, offset, control_number, raw));
        }
        let mut position = self.position_of(entry);
        position.tag = fault.tag(&position.raw);
        Some(Error::new(fault, position))
    }

    /// What was repaired in the record with this index among the entries, and what is unusual in
    /// it; of padding, what was passed over.
    pub(crate) fn faults_of(&self, at: usize) -> Vec<Error> {
        let entry = &self.index.entries[at];
        let noted = self.index.faults_of(at);
        // Most records have no faults.
        let position = LazyCell::new(|| self.position_of(entry));
        let error = |fault: &Fault| {
            let tag = fault.tag(&position.raw);
            Error::new(*fault, Position { tag, ..Position::clone(&position) })
        };
        let mut errors: Vec<_> = noted.iter().map(error).collect();
        if let Some(record) = self.view_of(entry) {
            // Fields and entries of a repaired record need not be as many.
            let ordinals_hold = noted.is_empty();
            unusual_faults(record, |UnusualFault { fault, field, location, times }| {
                let fault = if ordinals_hold { fault } else { fault.in_no_entry() };
                let position =
                    Position { tag: field, location: Some(location), ..Position::clone(&position) };
                errors.push(match times {
                    1 => Error::new(fault, position),
                    _ => Error::with_cause(fault, position, format!("{fault}, {times} times")),
                });
            });
        }
        errors
    }

    /// Whether every entry is a record.
    pub(crate) fn is_all_records(&self) -> bool {
        self.index.totals.records == self.index.entries.len() as u64
    }

    /// What is to be said of the padding of this batch.
    pub(crate) fn passed_over(&self) -> Vec<Error> {
        let entries = self.index.entries.iter().enumerate();
        let noted =
            entries.filter(|(at, entry)| matches!(entry.what, What::Padding) && self.is_noted(*at));
        noted.flat_map(|(at, _)| self.faults_of(at)).collect()
    }

    /// Whether something was noted of the entry with this index, which is no fault itself.
    pub(crate) fn is_noted(&self, at: usize) -> bool {
        self.parsed().is_noted(at)
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("offset", &self.offset())
            .field("first_number", &self.first_number)
            .field("entries", &self.index.entries.len())
            .finish_non_exhaustive()
    }
}

/// Bytes of an error that are more than this are not copied, where they can be shared.
const FEW: usize = 64 << 10;

/// A copy of the bytes of a fault. They may be as many as a record may have: if there is no memory for
/// so many, of the first of them, since a fault that is told briefly is better than an abort.
fn copied(raw: &[u8]) -> Raw {
    // An `Arc` has no way to fail, so memory is asked for beforehand.
    let is_there = raw.len() <= FEW || Vec::<u8>::new().try_reserve_exact(raw.len() + 64).is_ok();
    if is_there { raw.into() } else { raw[..FEW].into() }
}

/// The control number of a record that may be damaged: what stands between two terminators where its
/// first entry of that tag leads, from the base address that the leader states or from where the
/// directory ends. Anything else is told by nobody rather than wrongly.
fn control_number(raw: &[u8]) -> Option<String> {
    let leader = Leader::new(raw.first_chunk()?);
    let stated =
        leader.base_address().filter(|base| (LEADER_LENGTH + 1..=raw.len()).contains(base));
    let ended = memchr(FIELD_TERMINATOR, &raw[LEADER_LENGTH..]).map(|at| LEADER_LENGTH + at + 1);
    [stated, ended].into_iter().flatten().find_map(|base| {
        let mut directory = Directory::new(&raw[LEADER_LENGTH..base - 1]);
        let entry = directory.find(|entry| entry.tag == "001")?;
        let start = base + entry.starting_position as usize;
        let end = (start + entry.field_length as usize).checked_sub(1)?;
        let is_field = raw.get(start - 1) == Some(&FIELD_TERMINATOR)
            && raw.get(end) == Some(&FIELD_TERMINATOR);
        let data = raw.get(start..end).filter(|_| is_field)?;
        // A directory that is off by a few bytes leads into the middle of something else.
        let is_sound = !data.is_empty() && data.iter().all(|byte| !byte.is_ascii_control());
        is_sound.then(|| shown(data))
    })
}
