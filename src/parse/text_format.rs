//! The parse of the text formats: the leader and the fields of each record are laid out in one
//! arena of the batch, as in ISO 2709.

use super::{
    batch::{Batch, BatchRecord},
    by_entry::ByEntry,
    entry::{Entry, What},
    index::Index,
    project::Parsed,
};
use crate::{
    error::Error,
    format::{Draft, Found, Note, ParseError, ReadOptions, Syntax},
    record::{Fault, LEADER_LENGTH},
    source::{RawBatch, Unit, long_capacity},
};
use std::{borrow::Cow, mem, ops::Range, string::String, sync::Arc};

/// The options of the parse that text formats have.
#[derive(Debug, Clone, Default)]
pub(crate) struct TextParse {
    pub(crate) options: ReadOptions,
    /// The format of each input, once a batch of it is there.
    pub(crate) found: Found,
}

impl TextParse {
    /// Returns the parser of the text format of an input; `None` for ISO 2709.
    pub(super) fn syntax(&self, input: u32) -> Option<Syntax> {
        self.found.of(input).and_then(Syntax::of)
    }

    /// Notes that the records of this input are delivered from now on.
    pub(crate) fn turn_to(&self, input: u32) {
        self.found.turn_to(input);
    }
}

/// The part of an index that only batches of text formats fill.
#[derive(Debug, Default)]
pub(super) struct TextRecords {
    /// The arena. Its spans are those of the index, and its notes those of the last record.
    draft: Draft,
    /// Changes that reading made to records.
    notes: ByEntry<Note>,
    reasons: ByEntry<Reason>,
}

/// The reason of a fault in a text format.
#[derive(Debug)]
struct Reason {
    error: ParseError,
    /// The control number, if the parser came to it.
    control_number: Option<String>,
}

impl TextRecords {
    pub(super) fn clear(&mut self) {
        self.draft.clear();
        self.notes.clear();
        self.reasons.clear();
    }

    /// Drops all entries except these.
    pub(super) fn keep(&mut self, entries: Range<usize>) {
        self.notes.keep(entries.clone());
        self.reasons.keep(entries);
    }

    #[inline]
    pub(super) fn arena(&self) -> &[u8] {
        &self.draft.arena
    }

    /// Notes the reason of a fault that framing found.
    pub(super) fn explain(&mut self, at: usize, fault: Fault, flaw: Option<&'static str>) {
        let message = flaw.map_or_else(|| fault.to_string().into(), Cow::Borrowed);
        let error = ParseError::of_parts(fault.kind(), message);
        self.reasons.add(at, [Reason { error, control_number: None }]);
    }
}

impl Index {
    /// Lays out a record in the arena.
    pub(super) fn parse_text(&mut self, bytes: &[u8], syntax: Syntax, parse: &TextParse) -> What {
        let Self { entries, fields, text: TextRecords { draft, notes, reasons }, .. } = self;
        // A record is hardly ever longer laid out than as text. The memory for a long one is
        // allocated at once, so that nothing is moved.
        let has_room = bytes.len() <= LONG
            || draft.arena.try_reserve_exact(long_capacity(bytes.len())).is_ok()
            || draft.arena.try_reserve_exact(LEADER_LENGTH + bytes.len()).is_ok();
        mem::swap(&mut draft.spans, fields);
        draft.begin();
        let parsed = match has_room {
            true => syntax.parse(bytes, &parse.options, draft),
            false => Err(ParseError::no_memory()),
        };
        let what = match parsed {
            Ok(()) => {
                let start = draft.finish();
                if bytes.len() > LONG {
                    draft.arena.shrink_to_fit();
                }
                notes.add(entries.len(), draft.notes.drain(..));
                What::Record {
                    place: start.arena as u32..draft.arena.len() as u32,
                    fields: start.spans as u32..draft.spans.len() as u32,
                }
            }
            Err(error) => {
                let fault = error.fault();
                let reason = Reason { error, control_number: draft.control_number() };
                reasons.add(entries.len(), [reason]);
                draft.abandon();
                What::Fault(fault)
            }
        };
        mem::swap(&mut draft.spans, fields);
        what
    }

    /// Measures the entries in bytes of the input, if those of the batch were made from other
    /// units.
    pub(super) fn measure(&mut self, raw: &RawBatch) {
        if raw.unit == Unit::Byte {
            return;
        }
        let mut distance = 0;
        for entry in &self.entries {
            self.distances.push((entry.start, distance));
            distance += raw.unit.measure(&raw.bytes()[entry.range()]);
        }
        self.distances.push((raw.bytes().len() as u32, distance));
        self.totals = self.count(self.entries.len());
    }
}

impl<'a> Parsed<'a> {
    /// Returns the notes of the parser on a record.
    pub(crate) fn notes_of(self, at: usize) -> &'a [Note] {
        self.index.text.notes.of(at)
    }
}

impl<'a> BatchRecord<'a> {
    /// See [`SharedRecord::notes`](crate::SharedRecord::notes).
    #[must_use]
    pub fn notes(&self) -> &'a [Note] {
        self.batch.parsed().notes_of(self.at)
    }
}

impl Batch {
    pub(crate) fn notes_of(&self, at: usize) -> &[Note] {
        self.parsed().notes_of(at)
    }

    /// Returns the bytes of the input that an entry is: those from which its UTF-8 was made.
    pub(crate) fn input_of(&self, entry: &Entry) -> Cow<'_, [u8]> {
        self.raw.unit.restore(self.bytes_of(entry))
    }

    /// Returns the error of a fault in a text format.
    pub(super) fn text_error(&self, at: usize) -> Option<Error> {
        let Reason { error, control_number } = self.index.text.reasons.of(at).first()?;
        let entry = &self.entries()[at];
        let control_number = control_number.as_deref().map(Arc::from);
        let position = self.position_around(entry, control_number, self.raw_of(entry));
        Some(error.clone().at(position))
    }
}

/// Length above which the memory for a record is allocated at once.
const LONG: usize = 1 << 20;
