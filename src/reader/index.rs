//! The parse stage of readers: what each frame of a batch is, and where the fields of each record
//! stand. One flat index a batch, no allocation a field, no text decoded.

use super::{proof::Proof, stats::Stats};
use crate::{
    framing::{Frame, FrameKind, Framer, Step},
    record::{Fault, FieldSpan, index_fields},
    source::RawBatch,
};
use std::{ops::Range, vec::Vec};

/// What one run of bytes of a batch turned out to be.
#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A record, and its fields in the index.
    Record { fields: Range<u32> },
    /// No record.
    Fault(Fault),
    /// More of the fault before.
    FaultContinued,
    /// Blank space.
    Padding,
}

/// A run of bytes of a batch.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// Where it begins in the batch.
    pub(crate) start: u32,
    pub(crate) length: u32,
    /// How many records and faults of the batch come before it.
    pub(crate) ordinal: u32,
    /// What is known of a record's text; nothing, unless the stage was asked for it.
    #[cfg_attr(not(feature = "python"), allow(dead_code, reason = "only Python's pymarc asks"))]
    pub(crate) proof: Proof,
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
    /// Whether to find out what can be proved of each record's text.
    proves: bool,
}

impl Index {
    /// Lays out the index of `raw` anew. `proves` asks for proofs too.
    pub(crate) fn fill(&mut self, raw: &RawBatch, proves: bool) {
        self.proves = proves;
        self.entries.clear();
        self.fields.clear();
        self.numbered = 0;
        self.totals = Stats::default();
        self.entries.reserve(raw.frames().len());
        let bytes = raw.bytes();
        let mut start = 0;
        for &Frame { kind, length } in raw.frames() {
            let frame = &bytes[start..start + length];
            if kind != FrameKind::Record {
                self.push(start, length, kind);
            } else if self.push_record(start, frame).is_err() {
                self.push_refused(start, frame, raw.max_record_length);
            }
            start += length;
        }
    }

    #[inline]
    fn push_entry(&mut self, start: usize, length: usize, proof: Proof, what: What) {
        let (start, length) = (start as u32, length as u32);
        let entry = Entry { start, length, ordinal: self.numbered, proof, what };
        self.numbered += u32::from(matches!(entry.what, What::Record { .. } | What::Fault(_)));
        self.totals.count(&entry.what, u64::from(length));
        self.entries.push(entry);
    }

    #[inline]
    fn push_record(&mut self, start: usize, record: &[u8]) -> Result<(), Fault> {
        let first = self.fields.len() as u32;
        index_fields(record, &mut self.fields)?;
        let fields = first..self.fields.len() as u32;
        let proof = match self.proves {
            true => Proof::of(record, &self.fields[first as usize..]),
            false => Proof::default(),
        };
        self.push_entry(start, record.len(), proof, What::Record { fields });
        Ok(())
    }

    fn push(&mut self, start: usize, length: usize, kind: FrameKind) {
        let what = match kind {
            FrameKind::Fault(fault) => What::Fault(fault),
            FrameKind::FaultContinued => What::FaultContinued,
            FrameKind::Padding => What::Padding,
            FrameKind::Record => unreachable!("records go through `push_record`"),
        };
        self.push_entry(start, length, Proof::default(), what);
    }

    /// A span that framing took for a record by its two ends, and that is none inside. Another
    /// record may stand in it, glued on where this one was cut.
    #[cold]
    fn push_refused(&mut self, start: usize, span: &[u8], max_record_length: usize) {
        let mut framer = Framer::with_max_record_length(max_record_length);
        let mut at = 0;
        let mut step = framer.next(span, true);
        while let Step::Frame(Frame { kind, length }) = step {
            let frame = &span[at..at + length];
            if kind == FrameKind::Record {
                if self.push_record(start + at, frame).is_err() {
                    // Not a record, so the framer gives another frame for the same bytes, and
                    // never a record again.
                    step = framer.refuse(&span[at..], length);
                    continue;
                }
            } else {
                self.push(start + at, length, kind);
            }
            at += length;
            step = framer.next(&span[at..], true);
        }
        debug_assert_eq!(at, span.len());
    }
}

/// The stage that fills indexes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Parse {
    /// Whether to find out what can be proved of each record's text.
    pub(crate) proves: bool,
}

impl crate::pipeline::Stage for Parse {
    type Output = Index;

    fn run(&self, batch: &RawBatch, output: &mut Index) {
        output.fill(batch, self.proves);
    }
}
