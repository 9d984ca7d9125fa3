//! The index of a batch: the class of each frame of a batch, and the places of the fields of
//! each record, in any format. One flat index a batch, no allocation a field, no text decoded.

use super::{
    by_entry::ByEntry,
    entry::{Entry, What},
    formats::{TextParse, TextRecords},
    sieve::Sieve,
    stats::Stats,
};
use crate::{
    framing::{Frame, FrameKind, Framer, Step},
    record::{ErrorKind, Fault, FieldSpan, RecordRef, Repairer, index_fields},
    source::{RawBatch, range::ByteRange},
};
use std::{boxed::Box, mem, vec::Vec};

/// The index of a batch of any format. Offsets in it are 32 bits wide: the builder keeps chunks and
/// records, and so batches, below a gigabyte each.
///
/// The fields of ISO 2709 lie in the bytes of the batch, and those of a text format in an arena.
/// These are the *data* of the batch.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    pub(crate) fields: Vec<FieldSpan>,
    /// Number of records and faults.
    pub(crate) numbered: u32,
    /// The sum over all entries.
    pub(crate) totals: Stats,
    /// True if the fields are those of a text format: UTF-8, without a place in the input.
    pub(crate) is_text: bool,
    /// Repairs of records, and reasons of padding.
    faults: ByEntry<Fault>,
    /// Offsets of the entries in the batch, and in the input from there; of their end too. Empty if
    /// the bytes of the batch are those of the input.
    pub(super) distances: Vec<(u32, u64)>,
    pub(super) text: TextRecords,
    repairs: bool,
    /// Made when it is needed, which is hardly ever.
    repairer: Option<Box<Repairer>>,
}

impl Index {
    /// Replaces the index by that of `raw`.
    pub(crate) fn fill(&mut self, raw: &RawBatch, parse: &Parse) {
        let syntax = parse.text.syntax(raw.input);
        self.clear();
        self.is_text = syntax.is_some();
        self.repairs = parse.repairs && !self.is_text;
        self.entries.reserve(raw.frames().len());
        let bytes = raw.bytes();
        let mut start = 0;
        for (at, &Frame { kind, length }) in raw.frames().iter().enumerate() {
            let frame = &bytes[start..start + length];
            match (kind, syntax) {
                (FrameKind::Record, None) => {
                    if self.push_record(start, frame).is_err() {
                        self.push_refused(start, frame, raw.max_record_length);
                    }
                }
                (FrameKind::Record, Some(syntax)) => {
                    let what = self.parse_text(frame, syntax, &parse.text);
                    self.push_entry(start, length, what);
                }
                _ => {
                    if let (FrameKind::Fault(fault), Some(_)) = (kind, syntax) {
                        self.text.explain(self.entries.len(), fault, raw.reason(at));
                    }
                    self.push(start, frame, kind, raw.max_record_length);
                }
            }
            start += length;
        }
        if raw.failure.is_some() {
            self.push_entry(start, 0, What::Fault(Fault::new(ErrorKind::Io)));
        }
        self.measure(raw);
        if let Some(range) = &parse.range {
            self.keep(range, raw.offset());
        }
    }

    /// Drops the entries that begin outside of a range. `offset` is that of the batch. Only the
    /// first and the last frame of a range can contain such entries.
    fn keep(&mut self, range: &ByteRange, offset: u64) {
        let starts = |entry: &Entry| offset + u64::from(entry.start);
        let is_before = |entry: &Entry| starts(entry) < range.start;
        let is_after = |entry: &Entry| {
            let is_more = matches!(entry.what, What::FaultContinued | What::PaddingContinued);
            !is_more && range.ends_by(starts(entry))
        };
        let (Some(first), Some(last)) = (self.entries.first(), self.entries.last()) else { return };
        if !is_before(first) && !is_after(last) {
            return;
        }
        let first = self.entries.iter().take_while(|entry| is_before(entry)).count();
        let kept = self.entries[first..].iter().take_while(|entry| !is_after(entry)).count();
        let kept = first..first + kept;
        self.entries.truncate(kept.end);
        self.entries.drain(..first);
        self.faults.keep(kept.clone());
        self.text.keep(kept);
        self.numbered = 0;
        for entry in &mut self.entries {
            entry.ordinal = self.numbered;
            self.numbered += u32::from(entry.what.is_numbered());
        }
        self.totals = self.count(self.entries.len());
    }

    fn clear(&mut self) {
        self.entries.clear();
        self.fields.clear();
        self.faults.clear();
        self.distances.clear();
        self.text.clear();
        self.numbered = 0;
        self.totals = Stats::default();
    }

    #[inline]
    pub(crate) fn push_entry(&mut self, start: usize, length: usize, what: What) {
        self.totals.count(&what, length as u64);
        let (start, length) = (start as u32, length as u32);
        let entry = Entry { start, length, ordinal: self.numbered, what };
        self.numbered += u32::from(entry.what.is_numbered());
        self.entries.push(entry);
    }

    /// Adds a record of ISO 2709, whose fields are those from `first` on.
    #[inline]
    fn push_indexed(&mut self, start: usize, length: usize, first: u32) {
        let place = start as u32..(start + length) as u32;
        let fields = first..self.fields.len() as u32;
        self.push_entry(start, length, What::Record { place, fields });
    }

    #[inline]
    fn push_record(&mut self, start: usize, record: &[u8]) -> Result<(), Fault> {
        let first = self.fields.len() as u32;
        index_fields(record, &mut self.fields)?;
        self.push_indexed(start, record.len(), first);
        Ok(())
    }

    #[cold]
    fn push(&mut self, start: usize, span: &[u8], kind: FrameKind, limit: usize) {
        let what = match kind {
            FrameKind::Fault(fault) if self.repairs => {
                if !self.push_repaired(start, span, fault) {
                    self.push_unrepaired(start, span, fault, limit);
                }
                return;
            }
            FrameKind::Fault(fault) => What::Fault(fault),
            FrameKind::FaultContinued => What::FaultContinued,
            FrameKind::Padding => What::Padding,
            FrameKind::PaddingContinued => What::PaddingContinued,
            FrameKind::Descriptor => {
                self.note(&[Fault::new(ErrorKind::Descriptor)]);
                What::Padding
            }
            FrameKind::Record => unreachable!("records go through `push_record`"),
        };
        self.push_entry(start, span.len(), what);
    }

    /// Adds a damaged span as a record, if it agrees with itself. Returns false if it does not.
    fn push_repaired(&mut self, start: usize, span: &[u8], fault: Fault) -> bool {
        // These faults are not in the fields.
        if matches!(fault.kind(), ErrorKind::Foreign | ErrorKind::OverLong | ErrorKind::Panic) {
            return false;
        }
        let mut repairer = self.repairer.take().unwrap_or_default();
        let repaired = repairer.repair(span);
        if let Some((fields, faults)) = repaired {
            self.note(faults);
            let first = self.fields.len() as u32;
            self.fields.extend_from_slice(fields);
            self.push_indexed(start, span.len(), first);
        }
        let is_repaired = repaired.is_some();
        self.repairer = Some(repairer);
        is_repaired
    }

    /// Notes the faults of the next entry.
    fn note(&mut self, faults: &[Fault]) {
        self.totals.note(faults);
        self.faults.add(self.entries.len(), faults.iter().copied());
    }

    /// Returns the faults of a record or of padding.
    pub(crate) fn faults_of(&self, at: usize) -> &[Fault] {
        self.faults.of(at)
    }

    /// Returns true if there is neither a fault, nor more of one, nor a repair, nor a reason of padding;
    /// and no padding at all, if that is kept.
    pub(crate) fn is_faultless(&self, keeps_padding: bool) -> bool {
        let Stats { faults, fault_bytes, padding_bytes, .. } = self.totals;
        let has_padding = keeps_padding && padding_bytes > 0;
        faults == 0 && fault_bytes == 0 && !has_padding && self.faults.is_empty()
    }

    /// Returns an index of the same format with the counts alone, and no entries.
    pub(crate) fn counts(&self) -> Self {
        let Self { is_text, numbered, totals, .. } = *self;
        Self { is_text, numbered, totals, ..Self::default() }
    }

    /// Returns true if the number of records and faults of both fits.
    pub(crate) fn may_add(&self, more: &Self) -> bool {
        self.numbered.checked_add(more.numbered).is_some()
    }

    /// Adds the counts of a batch to these, and not its entries.
    pub(crate) fn add_counts(&mut self, more: &Self) {
        self.totals.add(&more.totals);
        self.numbered += more.numbered;
    }

    /// Returns the sum over the entries before `end`.
    pub(crate) fn stats_before(&self, end: usize) -> Stats {
        if end == self.entries.len() { self.totals } else { self.count(end) }
    }

    pub(super) fn count(&self, end: usize) -> Stats {
        let mut stats = Stats::default();
        for entry in &self.entries[..end] {
            let length = self.distance(entry.start + entry.length) - self.distance(entry.start);
            stats.count(&entry.what, length);
        }
        for (at, faults) in self.faults.before(end) {
            if !matches!(self.entries[at].what, What::Unmatched { .. }) {
                stats.note(faults);
            }
        }
        stats
    }

    /// Returns the distance in the input from the start of the batch to `start`, which is the
    /// offset of an entry in the batch, or the end of one.
    #[inline]
    pub(crate) fn distance(&self, start: u32) -> u64 {
        match self.distances.binary_search_by_key(&start, |&(start, _)| start) {
            Ok(at) => self.distances[at].1,
            Err(_) => u64::from(start),
        }
    }

    /// Adds a span whose two ends are those of a record, but not its inside. It may contain another
    /// record, glued on where this one was cut.
    #[cold]
    fn push_refused(&mut self, start: usize, span: &[u8], limit: usize) {
        let framer = Framer::with_max_record_length(limit).repairs(self.repairs);
        frame_inside(framer, span, |at, frame, kind| {
            if kind == FrameKind::Record {
                return self.push_record(start + at, frame).is_ok();
            }
            self.push(start + at, frame, kind, limit);
            true
        });
    }

    /// Adds a damaged span that does not agree with itself. Framing for repair may have made it
    /// longer than framing without; if it contains a sound record, it is framed without.
    #[cold]
    fn push_unrepaired(&mut self, start: usize, span: &[u8], fault: Fault, limit: usize) {
        let framer = Framer::with_max_record_length(limit);
        let mut holds_record = false;
        frame_in_parts(framer.clone(), span, |_, frame, kind| {
            let is_record = kind == FrameKind::Record && RecordRef::parse(frame).is_ok();
            holds_record |= is_record;
            is_record || kind != FrameKind::Record
        });
        if !holds_record {
            return self.push_entry(start, span.len(), What::Fault(fault));
        }
        frame_in_parts(framer, span, |at, frame, kind| {
            match kind {
                FrameKind::Record => return self.push_record(start + at, frame).is_ok(),
                FrameKind::Fault(fault) => {
                    if !self.push_repaired(start + at, frame, fault) {
                        self.push_entry(start + at, frame.len(), What::Fault(fault));
                    }
                }
                _ => self.push(start + at, frame, kind, limit),
            }
            true
        });
    }
}

/// Frames a span by itself. `take` gets each frame with its offset in the span, and returns false
/// if the inside of a record is not that of a record.
fn frame_inside(
    framer: Framer,
    span: &[u8],
    mut take: impl FnMut(usize, &[u8], FrameKind) -> bool,
) {
    let mut framer = framer.inside();
    let mut at = 0;
    let mut step = framer.next(span, true);
    while let Step::Frame(Frame { kind, length }) = step {
        if take(at, &span[at..at + length], kind) {
            at += length;
            step = framer.next(&span[at..], true);
        } else {
            // The framer gives another frame for the same bytes, and never a record again.
            step = framer.refuse(&span[at..], length);
        }
    }
    debug_assert_eq!(at, span.len());
}

/// Does the same, and avoids one fault that is the whole span: a directory that ends with the span
/// makes such a fault, and is then not trusted.
fn frame_in_parts(
    framer: Framer,
    span: &[u8],
    mut take: impl FnMut(usize, &[u8], FrameKind) -> bool,
) {
    let mut was_asked = false;
    frame_inside(framer, span, |at, frame, kind| {
        let takes_all = frame.len() == span.len() && matches!(kind, FrameKind::Fault(_));
        let is_asked_again = takes_all && !mem::replace(&mut was_asked, true);
        !is_asked_again && take(at, frame, kind)
    });
}

/// The options of the parse.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parse {
    /// True if damaged records of ISO 2709 are repaired.
    pub(crate) repairs: bool,
    pub(crate) text: TextParse,
    /// The range of the input that is read; `None` for all of it.
    pub(crate) range: Option<ByteRange>,
    /// The filter of the reader, if it has one.
    pub(crate) sieve: Option<Sieve>,
}
