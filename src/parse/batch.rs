//! A batch of records that lie side by side in one buffer.

use super::{
    entry::{Entry, What},
    index::Index,
    project::Parsed,
};
use crate::{
    encoding::{RecordText, TextOptions},
    error::{Error, InputName, Position, Raw, copy_of, lost_entries, shown},
    record::{
        AsRecord, Directory, ErrorKind, FIELD_TERMINATOR, Fault, Field, LEADER_LENGTH, Leader,
        RecordRef, Sealed, Severity, UnusualFault, directory_end, unusual_faults,
    },
    source::{Converted, RawBatch, Unit},
};
use std::{any::Any, borrow::Cow, cell::LazyCell, fmt, string::String, sync::Arc, vec::Vec};

/// Records and faults that were read together, in the order of the input.
///
/// A batch borrows nothing: its records live in it, and [`items`](Self::items) borrows them from
/// it.
pub struct Batch {
    pub(crate) raw: RawBatch,
    pub(crate) index: Index,
    /// Number of the first record or fault in its input.
    pub(crate) first_number: u64,
    /// Number of records and faults in the inputs before, if there are several inputs.
    pub(crate) earlier: Option<u64>,
    pub(crate) name: Option<InputName>,
    /// The reader's options for text. Without an encoding in a text format, where it is UTF-8.
    pub(crate) text: TextOptions,
}

/// One of the things that a batch holds.
#[derive(Debug)]
pub enum Item<'a> {
    /// A record.
    Record(BatchRecord<'a>),
    /// A bad span in the place of a record.
    Fault(Error),
}

/// A record borrowed from a [`Batch`]: a [`RecordRef`] and its place in the input.
#[derive(Debug, Clone, Copy)]
pub struct BatchRecord<'a> {
    view: RecordRef<'a>,
    pub(super) batch: &'a Batch,
    /// Index of the record among the entries of the batch.
    pub(super) at: usize,
}

impl<'a> BatchRecord<'a> {
    /// Returns the record's number in its input, from 1. Faults have a number of their own.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.batch.number_of(self.entry())
    }

    /// See [`SharedRecord::overall_number`](crate::SharedRecord::overall_number).
    #[must_use]
    pub fn overall_number(&self) -> u64 {
        self.batch.overall_number_of(self.entry())
    }

    /// See [`SharedRecord::input_name`](crate::SharedRecord::input_name).
    #[must_use]
    pub fn input_name(&self) -> Option<&'a str> {
        self.batch.name.as_deref()
    }

    /// Offset of the record, in bytes from the start of the input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.batch.offset_of(self.entry())
    }

    /// Returns the place of the record in words, for messages: input, number, offset and control
    /// number.
    ///
    /// ```
    /// let mut reader = tidemarc::Reader::from_path("tests/fixtures/books.mrc")?;
    /// let batch = reader.next_batch()?.unwrap();
    /// let place = batch.records().next().unwrap().place();
    /// assert_eq!(place, "tests/fixtures/books.mrc: record 1, byte 0 (001 tm000001)");
    /// # Ok::<(), tidemarc::Error>(())
    /// ```
    #[must_use]
    pub fn place(&self) -> String {
        self.batch.position_of(self.entry()).to_string()
    }

    /// See [`SharedRecord::faults`](crate::SharedRecord::faults).
    #[must_use]
    pub fn faults(&self) -> Vec<Error> {
        self.batch.faults_of(self.at)
    }

    /// See [`SharedRecord::undecodable`](crate::SharedRecord::undecodable).
    #[must_use]
    pub fn undecodable(&self) -> Vec<Error> {
        self.batch.undecodable(self.at)
    }

    /// See [`SharedRecord::as_bytes`](crate::SharedRecord::as_bytes).
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.batch.bytes_of(self.entry())
    }

    /// See [`SharedRecord::raw`](crate::SharedRecord::raw).
    #[must_use]
    pub fn raw(&self) -> Cow<'a, [u8]> {
        self.batch.input_of(self.entry())
    }

    /// See [`SharedRecord::text`](crate::SharedRecord::text).
    #[must_use]
    pub fn text(&self) -> RecordText {
        self.batch.text_of(&self.view)
    }

    /// See [`SharedRecord::is_repaired`](crate::SharedRecord::is_repaired).
    #[must_use]
    pub fn is_repaired(&self) -> bool {
        self.batch.is_noted(self.at)
    }

    /// Returns the record itself, for as long as the batch is there.
    #[must_use]
    pub const fn view(&self) -> RecordRef<'a> {
        self.view
    }

    fn entry(&self) -> &'a Entry {
        &self.batch.entries()[self.at]
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
        self.batch.is_iso2709(self.at).then(|| self.view.as_bytes())
    }

    fn is_damaged(&self) -> bool {
        self.is_repaired()
    }

    fn text_options(&self) -> Option<&dyn Any> {
        Some(&self.batch.text)
    }
}

impl<'a> std::ops::Deref for BatchRecord<'a> {
    type Target = RecordRef<'a>;

    fn deref(&self) -> &RecordRef<'a> {
        &self.view
    }
}

impl Batch {
    /// Returns the records and faults, in the order of the input. A fault that ends the stream is
    /// the last.
    pub fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let is_fatal = |entry: &Entry| match entry.what {
            What::Fault(fault) => fault.severity() == Severity::Fatal,
            _ => false,
        };
        let end =
            self.entries().iter().position(is_fatal).map_or(self.entries().len(), |at| at + 1);
        (0..end).filter_map(|at| match self.entries()[at].what {
            What::Fault(_) => self.error(at).map(Item::Fault),
            _ => self.record(at).map(Item::Record),
        })
    }

    /// Returns the records alone. Faults are skipped: look at [`items`](Self::items) to see them.
    pub fn records(&self) -> impl Iterator<Item = BatchRecord<'_>> {
        (0..self.entries().len()).filter_map(|at| self.record(at))
    }

    /// Offset of the batch, in bytes from the start of the input.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.raw.offset()
    }

    /// Returns the bytes of the batch, record by record as in the input.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.raw.bytes()
    }

    /// Returns the bytes and the index alone, as a projection sees them.
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

    /// Returns the same for an error, which may live longer than the batch.
    pub(super) fn raw_of(&self, entry: &Entry) -> Raw {
        let (unit, bytes, range) = (self.raw.unit, self.bytes_of(entry), entry.range());
        let Some((owner, start)) = self.raw.bytes.shared().filter(|_| bytes.len() > FEW) else {
            return copied(unit, bytes);
        };
        let range = start + range.start..start + range.end;
        match unit {
            Unit::Byte => Raw::Shared(owner, range),
            _ => Raw::Deferred(Arc::new(Converted::new(owner, range, unit))),
        }
    }

    /// Returns true for a batch of a text format: the text of its records is UTF-8, and their
    /// fields have no place in the input.
    #[inline]
    pub(crate) fn is_text(&self) -> bool {
        self.index.is_text
    }

    /// Returns true for a record of ISO 2709 that was not damaged: its bytes can be written as they
    /// are.
    #[inline]
    pub(crate) fn is_iso2709(&self, at: usize) -> bool {
        !self.is_text() && !self.is_noted(at)
    }

    #[inline]
    pub(crate) fn number_of(&self, entry: &Entry) -> u64 {
        self.first_number + u64::from(entry.ordinal)
    }

    /// Returns the number among the records and faults of all inputs.
    pub(crate) fn overall_number_of(&self, entry: &Entry) -> u64 {
        self.earlier.unwrap_or_default() + self.number_of(entry)
    }

    #[inline]
    pub(crate) fn offset_of(&self, entry: &Entry) -> u64 {
        self.raw.offset() + self.index.distance(entry.start)
    }

    /// Returns the sum over the entries before `end`.
    pub(crate) fn stats_before(&self, end: usize) -> super::stats::Stats {
        self.index.stats_before(end)
    }

    #[inline]
    pub(crate) fn view_of(&self, entry: &Entry) -> Option<RecordRef<'_>> {
        self.parsed().view_of(entry)
    }

    /// Returns the record at this index, which the caller knows to be one. Any other entry reads as
    /// a record without fields.
    #[inline]
    pub(crate) fn record_at(&self, at: usize) -> RecordRef<'_> {
        const NO_RECORD: &[u8] = b"00026     2200025   4500\x1E\x1D";
        let record = self.view_of(&self.index.entries[at]);
        debug_assert!(record.is_some(), "entry {at} is no record");
        record.unwrap_or(RecordRef::indexed(NO_RECORD, &[]))
    }

    #[inline]
    fn record(&self, at: usize) -> Option<BatchRecord<'_>> {
        Some(BatchRecord { view: self.view_of(&self.entries()[at])?, batch: self, at })
    }

    pub(crate) fn position_of(&self, entry: &Entry) -> Position {
        let raw = self.raw_of(entry);
        let control_number = match self.view_of(entry) {
            Some(record) => record.control_number().map(shown),
            None => control_number(raw.head()),
        };
        self.position_around(entry, control_number.map(Arc::from), raw)
    }

    /// Returns the position of an entry whose control number and bytes are known.
    pub(super) fn position_around(
        &self,
        entry: &Entry,
        control_number: Option<Arc<str>>,
        raw: Raw,
    ) -> Position {
        // A failed input has a number in the count, but no record of that number.
        let is_numbered = match entry.what {
            What::Record { .. } | What::Unmatched { .. } => true,
            What::Fault(fault) => fault.kind() != ErrorKind::Io,
            _ => false,
        };
        let record = is_numbered.then(|| self.number_of(entry));
        Position {
            name: self.name.clone(),
            record,
            overall: record.and_then(|number| Some(self.earlier? + number)),
            offset: Some(self.offset_of(entry)),
            control_number,
            tag: None,
            raw,
            location: None,
        }
    }

    /// Returns the error of a fault; `None` for any other entry.
    pub(crate) fn error(&self, at: usize) -> Option<Error> {
        let entry = &self.index.entries[at];
        let What::Fault(fault) = entry.what else { return None };
        if let Some(error) = self.text_error(at) {
            return Some(error);
        }
        let mut position = self.position_of(entry);
        if let (ErrorKind::Io, Some(failure)) = (fault.kind(), &self.raw.failure) {
            return Some(Error::io(copy_of(failure), position));
        }
        position.tag = fault.tag(position.raw.head());
        Some(Error::new(fault, position))
    }

    /// Returns the repairs of a record, and the unusual things in it; for padding, the faults that
    /// it stands for.
    pub(crate) fn faults_of(&self, at: usize) -> Vec<Error> {
        let entry = &self.index.entries[at];
        let noted = self.index.faults_of(at);
        // Most records have no faults.
        let position = LazyCell::new(|| self.position_of(entry));
        let record = self.view_of(entry);
        let error = |fault: &Fault| {
            let tag = fault.tag(position.raw.head());
            let position = Position { tag, ..Position::clone(&position) };
            let costs_fields = fault.kind() == ErrorKind::DirectoryLength
                && fault.severity() == Severity::LostField;
            match record.filter(|_| costs_fields).and_then(lost_entries) {
                Some(message) => Error::with_cause(*fault, position, message),
                None => Error::new(*fault, position),
            }
        };
        let mut errors: Vec<_> = noted.iter().map(error).collect();
        if let Some(record) = record {
            // A repaired record may have more or fewer fields than entries.
            let ordinals_hold = noted.is_empty();
            unusual_faults(record, |UnusualFault { fault, field, location, times }| {
                let fault = if ordinals_hold { fault } else { fault.in_no_entry() };
                // The fields of a text format have no place in the input.
                let location = if self.is_text() { 0..0 } else { location };
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

    /// Returns true if every entry is a record.
    pub(crate) fn is_all_records(&self) -> bool {
        self.index.totals.records == self.index.entries.len() as u64
    }

    /// Returns true if the batch has neither a bad span nor a repaired record.
    #[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "only the command skips so"))]
    pub(crate) fn is_undamaged(&self) -> bool {
        let totals = &self.index.totals;
        totals.faults + totals.repaired + totals.incomplete == 0
    }

    /// Returns true if the batch stands for something.
    pub(crate) const fn has_counts(&self) -> bool {
        self.index.totals.bytes() > 0
    }

    /// Returns the faults of the padding of this batch.
    pub(crate) fn passed_over(&self) -> Vec<Error> {
        let entries = self.index.entries.iter().enumerate();
        let noted =
            entries.filter(|(at, entry)| matches!(entry.what, What::Padding) && self.is_noted(*at));
        noted.flat_map(|(at, _)| self.faults_of(at)).collect()
    }

    /// See [`Parsed::is_noted`].
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

/// Largest number of bytes that an error copies if they can be shared.
const FEW: usize = 64 << 10;

/// Copies the bytes of a fault, which may be as long as the longest record. If there is no memory
/// for that, it copies the first of them: a shorter report is better than an abort.
fn copied(unit: Unit, bytes: &[u8]) -> Raw {
    if unit == Unit::Byte && bytes.len() <= FEW {
        return bytes.into();
    }
    match unit.try_restore(bytes) {
        Some(bytes) => bytes.into(),
        None => {
            let first = unit.pieces(&bytes[..bytes.len().min(FEW)]).next();
            first.unwrap_or_default().into_owned().into()
        }
    }
}

/// Returns the control number of a record that may be damaged: the data of its first entry with tag
/// 001, if a terminator stands before and after it. The base address is the one that the leader
/// states, or the end of the directory. No control number is better than a wrong one.
fn control_number(raw: &[u8]) -> Option<String> {
    let leader = Leader::new(raw.first_chunk()?);
    let stated =
        leader.base_address().filter(|base| (LEADER_LENGTH + 1..=raw.len()).contains(base));
    let ended = directory_end(raw);
    [stated, ended].into_iter().flatten().find_map(|base| {
        let mut directory = Directory::new(&raw[LEADER_LENGTH..base - 1]);
        let entry = directory.find(|entry| entry.tag == "001")?;
        let start = base + entry.starting_position as usize;
        let end = (start + entry.field_length as usize).checked_sub(1)?;
        let is_field = raw.get(start - 1) == Some(&FIELD_TERMINATOR)
            && raw.get(end) == Some(&FIELD_TERMINATOR);
        let data = raw.get(start..end).filter(|_| is_field)?;
        // A directory that is off by a few bytes points into the middle of other data.
        let is_sound = !data.is_empty() && data.iter().all(|byte| !byte.is_ascii_control());
        is_sound.then(|| shown(data))
    })
}
