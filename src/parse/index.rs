//! The parse stage of readers: what each frame of a batch is, and where the fields of each record
//! stand. One flat index a batch, no allocation a field, no text decoded.

#[cfg(feature = "formats")]
use super::text_index::TextIndex;
use super::{
    project::{Parsed, Project},
    stats::Stats,
};
#[cfg(feature = "formats")]
use crate::format::{Format, ReadOptions, Syntax};
use crate::{
    framing::{Frame, FrameKind, Framer, Step},
    pipeline::{Limits, Stage},
    record::{ErrorKind, Fault, FieldSpan, RecordRef, Repairer, index_fields},
    source::RawBatch,
};
#[cfg(feature = "formats")]
use std::sync::{Arc, OnceLock};
use std::{boxed::Box, mem, ops::Range, vec::Vec};

/// What one run of bytes of a batch turned out to be.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A record, and its fields in the index.
    Record { fields: Range<u32> },
    /// No record.
    Fault(Fault),
    /// More of the fault before.
    FaultContinued,
    /// Blank space, or what a text format has between records.
    Padding,
    /// More of the padding at the end of the batch before.
    PaddingContinued,
}

/// A run of bytes of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Where it begins in the batch.
    pub(crate) start: u32,
    pub(crate) length: u32,
    /// How many records and faults of the batch come before it.
    pub(crate) ordinal: u32,
    pub(crate) what: What,
}

impl Entry {
    pub(crate) const fn range(&self) -> Range<usize> {
        self.start as usize..self.start as usize + self.length as usize
    }
}

/// The index of a batch. Offsets in it are 32 bits wide: the builder keeps chunks and records, and
/// so batches, below a gigabyte each.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) entries: Vec<Entry>,
    pub(crate) fields: Vec<FieldSpan>,
    /// How many records and faults there are.
    pub(crate) numbered: u32,
    /// What all entries add up to.
    pub(crate) totals: Stats,
    /// What is to be said of entries that were delivered or passed over all the same, in the order
    /// of the entries.
    notes: Vec<Note>,
    faults: Vec<Fault>,
    parse: Parse,
    /// Made when it is needed, which is hardly ever.
    repairer: Option<Box<Repairer>>,
    /// What the records of a text format say.
    #[cfg(feature = "formats")]
    pub(crate) text: TextIndex,
}

/// The faults of an entry that is none.
#[derive(Debug, Clone)]
struct Note {
    /// Which entry.
    at: u32,
    faults: Range<u32>,
}

impl Index {
    /// Lays out the index of `raw` anew.
    pub(crate) fn fill(&mut self, raw: &RawBatch, parse: Parse) {
        self.clear(parse);
        self.entries.reserve(raw.frames().len());
        let bytes = raw.bytes();
        let mut start = 0;
        for &Frame { kind, length } in raw.frames() {
            let frame = &bytes[start..start + length];
            if kind != FrameKind::Record {
                self.push(start, frame, kind, raw.max_record_length);
            } else if self.push_record(start, frame).is_err() {
                self.push_refused(start, frame, raw.max_record_length);
            }
            start += length;
        }
    }

    /// Forgets the batch before.
    pub(crate) fn clear(&mut self, parse: Parse) {
        self.parse = parse;
        self.notes.clear();
        self.faults.clear();
        self.entries.clear();
        self.fields.clear();
        self.numbered = 0;
        self.totals = Stats::default();
    }

    #[inline]
    pub(crate) fn push_entry(&mut self, start: usize, length: usize, what: What) {
        self.push_measured(start, length, length as u64, what);
    }

    /// Does the same for an entry that is this many bytes of the input.
    #[inline]
    pub(crate) fn push_measured(&mut self, start: usize, length: usize, measure: u64, what: What) {
        let (start, length) = (start as u32, length as u32);
        let entry = Entry { start, length, ordinal: self.numbered, what };
        self.numbered += u32::from(matches!(entry.what, What::Record { .. } | What::Fault(_)));
        self.totals.count(&entry.what, measure);
        self.entries.push(entry);
    }

    #[inline]
    fn push_record(&mut self, start: usize, record: &[u8]) -> Result<(), Fault> {
        let first = self.fields.len() as u32;
        index_fields(record, &mut self.fields)?;
        let fields = first..self.fields.len() as u32;
        self.push_entry(start, record.len(), What::Record { fields });
        Ok(())
    }

    #[cold]
    fn push(&mut self, start: usize, span: &[u8], kind: FrameKind, limit: usize) {
        let what = match kind {
            FrameKind::Fault(fault) if self.parse.repairs => {
                if !(may_be_repaired(fault) && self.push_repaired(start, span)) {
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

    /// A damaged span as a record, if it agrees with itself.
    fn push_repaired(&mut self, start: usize, span: &[u8]) -> bool {
        let mut repairer = self.repairer.take().unwrap_or_default();
        let repaired = repairer.repair(span);
        if let Some((fields, faults)) = repaired {
            self.note(faults);
            let first = self.fields.len() as u32;
            self.fields.extend_from_slice(fields);
            let fields = first..self.fields.len() as u32;
            self.push_entry(start, span.len(), What::Record { fields });
        }
        let is_repaired = repaired.is_some();
        self.repairer = Some(repairer);
        is_repaired
    }

    /// Notes the faults of the entry that comes next.
    fn note(&mut self, faults: &[Fault]) {
        self.totals.note(faults);
        let first = self.faults.len() as u32;
        self.faults.extend_from_slice(faults);
        let faults = first..self.faults.len() as u32;
        self.notes.push(Note { at: self.entries.len() as u32, faults });
    }

    /// What was noted of the entry with this index, which is no fault itself.
    pub(crate) fn faults_of(&self, at: usize) -> &[Fault] {
        match self.notes.binary_search_by_key(&(at as u32), |note| note.at) {
            Ok(found) => self.faults_in(&self.notes[found]),
            Err(_) => &[],
        }
    }

    fn faults_in(&self, note: &Note) -> &[Fault] {
        &self.faults[note.faults.start as usize..note.faults.end as usize]
    }

    /// What the entries before `end` add up to, each of so many bytes of the input.
    pub(crate) fn stats_before(&self, end: usize, length_of: impl Fn(&Entry) -> u64) -> Stats {
        if end == self.entries.len() {
            return self.totals;
        }
        let mut stats = Stats::default();
        for entry in &self.entries[..end] {
            stats.count(&entry.what, length_of(entry));
        }
        for note in self.notes.iter().take_while(|note| (note.at as usize) < end) {
            stats.note(self.faults_in(note));
        }
        stats
    }

    /// A span that framing took for a record by its two ends, and that is none inside. Another
    /// record may stand in it, glued on where this one was cut.
    #[cold]
    fn push_refused(&mut self, start: usize, span: &[u8], limit: usize) {
        let framer = Framer::with_max_record_length(limit).repairs(self.parse.repairs);
        frame_inside(framer, span, |at, frame, kind| {
            if kind == FrameKind::Record {
                return self.push_record(start + at, frame).is_ok();
            }
            self.push(start + at, frame, kind, limit);
            true
        });
    }

    /// A damaged span that does not agree with itself. Framing for repair may have made it longer
    /// than it is without; if a sound record stands in it, it is told as without.
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
                    if !(may_be_repaired(fault) && self.push_repaired(start + at, frame)) {
                        let what = What::Fault(fault);
                        self.push_entry(start + at, frame.len(), what);
                    }
                }
                _ => self.push(start + at, frame, kind, limit),
            }
            true
        });
    }
}

/// The frames of a span, taken by itself. `take` gets each with its place in the span, and says of
/// a record whether it is one inside too.
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
            // Not a record, so the framer gives another frame for the same bytes, and never a
            // record again.
            step = framer.refuse(&span[at..], length);
        }
    }
    debug_assert_eq!(at, span.len());
}

/// The same where the span is not to be one fault again if it can be helped: a directory that ends
/// where the span does takes all of it, and is not believed any more.
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

/// Whether a fault is one of a record's structure, and not of its size or of who read it.
const fn may_be_repaired(fault: Fault) -> bool {
    !matches!(fault.kind(), ErrorKind::Foreign | ErrorKind::OverLong | ErrorKind::Panic)
}

/// What the parse of ISO 2709 looks for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parse {
    /// Whether damaged records that agree with themselves are records.
    pub(crate) repairs: bool,
}

/// The stage that fills indexes, and projects what it has indexed: [`Parse`], the format, which the
/// first bytes may have to show, and the projection.
#[derive(Debug, Clone, Default)]
pub(crate) struct ParseStage<P = ()> {
    pub(crate) parse: Parse,
    /// How text formats are read.
    #[cfg(feature = "formats")]
    pub(crate) options: ReadOptions,
    /// What the input is in, once a batch of it is there; ISO 2709 where nothing else is said.
    #[cfg(feature = "formats")]
    pub(crate) format: Arc<OnceLock<Format>>,
    pub(crate) project: P,
}

impl<P> ParseStage<P> {
    /// The same stage with another projection.
    pub(crate) fn with<Q>(self, project: Q) -> ParseStage<Q> {
        ParseStage {
            parse: self.parse,
            #[cfg(feature = "formats")]
            options: self.options,
            #[cfg(feature = "formats")]
            format: self.format,
            project,
        }
    }

    fn index(&self, batch: &RawBatch, index: &mut Index) {
        #[cfg(feature = "formats")]
        if let Some(syntax) = self.format.get().copied().and_then(Syntax::of) {
            return index.fill_text(batch, syntax, &self.options);
        }
        index.fill(batch, self.parse);
    }
}

impl<P: Project> Stage for ParseStage<P> {
    type Output = (Index, P::Output);

    fn run(&self, raw: &RawBatch, (index, output): &mut Self::Output) {
        self.index(raw, index);
        self.project.run(&Parsed { raw, index }, output);
    }

    fn limits(&self) -> Limits {
        self.project.limits()
    }
}
