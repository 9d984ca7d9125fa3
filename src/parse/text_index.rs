//! The parse stage of the text formats: each record is laid out in one arena of the batch, its
//! leader and its fields as in ISO 2709, with spans that say where they are.

use super::index::{Entry, Index, Parse, What};
#[cfg(feature = "python")]
use crate::record::Record;
use crate::{
    format::{Draft, Note, ParseError, ReadOptions, Syntax},
    framing::{Frame, FrameKind},
    source::{RawBatch, Unit, long_capacity},
};
use std::{mem, ops::Range, string::String, vec::Vec};

/// What the records of a batch say.
#[derive(Debug, Default)]
pub(crate) struct TextIndex {
    /// Whether the batch is of a text format at all.
    pub(crate) is_text: bool,
    /// The records and their notes; its spans are those of the index.
    draft: Draft,
    /// By the ordinal of records and faults.
    items: Vec<TextItem>,
    /// Of text in another encoding, where each entry begins in the batch, and the last ends, and how
    /// far that is in the input: measured once, as every entry asks.
    measured: Vec<(u32, u64)>,
}

/// What a record or a fault of a text format is, beside its entry.
#[derive(Debug)]
enum TextItem {
    Record { arena: Range<usize>, notes: Range<usize> },
    Fault { error: ParseError, control_number: Option<String> },
}

impl TextIndex {
    /// What the spans of all records point into.
    pub(crate) fn arena(&self) -> &[u8] {
        &self.draft.arena
    }

    /// Where a record is in the arena.
    #[inline]
    pub(crate) fn range(&self, entry: &Entry) -> Range<usize> {
        match self.items.get(entry.ordinal as usize) {
            Some(TextItem::Record { arena, .. }) => arena.clone(),
            _ => 0..0,
        }
    }

    /// How far from the start of the batch the entry is that begins at `start` of it, or the one that
    /// ends there, in bytes of the input.
    pub(crate) fn distance(&self, start: u32) -> u64 {
        match self.measured.binary_search_by_key(&start, |&(start, _)| start) {
            Ok(at) => self.measured[at].1,
            // The bytes of the batch are those of the input.
            Err(_) => u64::from(start),
        }
    }

    /// What had to be changed about a record.
    pub(crate) fn notes(&self, entry: &Entry) -> &[Note] {
        match self.items.get(entry.ordinal as usize) {
            Some(TextItem::Record { notes, .. }) => &self.draft.notes[notes.clone()],
            _ => &[],
        }
    }

    /// What is wrong with a fault, and the control number as far as it was read.
    pub(crate) fn fault(&self, entry: &Entry) -> Option<(ParseError, Option<String>)> {
        match self.items.get(entry.ordinal as usize) {
            Some(TextItem::Fault { error, control_number }) => {
                Some((error.clone(), control_number.clone()))
            }
            _ => None,
        }
    }
}

impl Index {
    /// Lays out the index of a batch of a text format.
    pub(crate) fn fill_text(&mut self, raw: &RawBatch, syntax: Syntax, options: &ReadOptions) {
        self.clear(Parse::default());
        self.entries.reserve(raw.frames().len());
        let TextIndex { mut draft, mut items, mut measured, .. } = mem::take(&mut self.text);
        draft.clear();
        items.clear();
        measured.clear();
        let mut distance = 0;
        mem::swap(&mut draft.spans, &mut self.fields);
        let mut start = 0;
        for (at, &Frame { kind, length }) in raw.frames().iter().enumerate() {
            let bytes = &raw.bytes()[start..start + length];
            let what = match kind {
                FrameKind::Record => {
                    let (what, item) = record(bytes, syntax, options, &mut draft);
                    items.push(item);
                    what
                }
                FrameKind::Fault(fault) => {
                    let message = raw.reason(at).map_or_else(|| fault.to_string(), Into::into);
                    let error = ParseError::of_parts(fault.kind(), message.into());
                    items.push(TextItem::Fault { error, control_number: None });
                    What::Fault(fault)
                }
                FrameKind::FaultContinued => What::FaultContinued,
                FrameKind::PaddingContinued => What::PaddingContinued,
                FrameKind::Padding | FrameKind::Descriptor => What::Padding,
            };
            let measure = match raw.unit {
                Unit::Byte => length as u64,
                unit => {
                    measured.push((start as u32, distance));
                    unit.measure(bytes)
                }
            };
            distance += measure;
            self.push_measured(start, length, measure, what);
            start += length;
        }
        if !measured.is_empty() {
            measured.push((start as u32, distance));
        }
        mem::swap(&mut draft.spans, &mut self.fields);
        self.text = TextIndex { is_text: true, draft, items, measured };
    }

    /// The index of one record, which is in no input.
    #[cfg(feature = "python")]
    pub(crate) fn of_record(record: &Record) -> Self {
        let mut index = Self::default();
        let mut draft = Draft::default();
        draft.begin();
        draft.copy(record);
        let marks = draft.marks();
        let fields = 0..draft.spans.len() as u32;
        mem::swap(&mut draft.spans, &mut index.fields);
        let item = TextItem::Record { arena: marks.arena..draft.arena.len(), notes: 0..0 };
        index.text = TextIndex { is_text: true, draft, items: vec![item], measured: Vec::new() };
        index.push_entry(0, 0, What::Record { fields });
        index
    }
}

/// Room for a record of more bytes than this is made at once.
const LONG: usize = 1 << 20;

fn record(
    bytes: &[u8],
    syntax: Syntax,
    options: &ReadOptions,
    draft: &mut Draft,
) -> (What, TextItem) {
    // What a record says is hardly ever longer than its text; of a long one nothing is moved about.
    if bytes.len() > LONG {
        let _ = draft.arena.try_reserve_exact(long_capacity(bytes.len()));
    }
    draft.begin();
    if let Err(error) = syntax.parse(bytes, options, draft) {
        let control_number = draft.control_number();
        draft.abandon();
        let fault = error.fault();
        return (What::Fault(fault), TextItem::Fault { error, control_number });
    }
    let marks = draft.finish();
    if bytes.len() > LONG {
        draft.arena.shrink_to_fit();
    }
    let fields = marks.spans as u32..draft.spans.len() as u32;
    let arena = marks.arena..draft.arena.len();
    let notes = marks.notes..draft.notes.len();
    (What::Record { fields }, TextItem::Record { arena, notes })
}
