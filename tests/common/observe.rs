//! Results of the framer and the readers, in the oracle's terms.

use super::oracle::{self, Frame, Kind, Repaired, Rules};
use tidemarc::{
    Error, Item, Reader, ReaderBuilder, RecordRef, Severity,
    framing::{FrameKind, Framer, Step},
};

/// A builder of readers of ISO 2709, in whatever format the input seems to be.
pub fn iso2709() -> ReaderBuilder {
    let builder = Reader::builder();
    #[cfg(feature = "formats")]
    let builder = builder.format(tidemarc::format::Format::Iso2709);
    builder
}

/// A record or a fault that a reader delivered.
#[derive(Clone, PartialEq, Eq)]
pub struct Seen {
    pub kind: Kind,
    pub number: u64,
    pub offset: u64,
    pub raw: Vec<u8>,
    /// Result of repairing a damaged record.
    pub repaired: Option<Repaired>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { kind, number, offset, raw, repaired } = self;
        write!(f, "{number}. {kind:?} at {offset}: {} bytes {}", raw.len(), raw.escape_ascii())?;
        repaired.as_ref().map_or(Ok(()), |repaired| write!(f, " {repaired:?}"))
    }
}

/// The counts in `Stats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub records: u64,
    pub record_bytes: u64,
    pub repaired: u64,
    pub incomplete: u64,
    pub faults: u64,
    pub fault_bytes: u64,
    pub paddings: u64,
    pub padding_bytes: u64,
    pub complete: bool,
    pub failed: bool,
}

/// The complete output of a reader.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outcome {
    pub seen: Vec<Seen>,
    pub counts: Counts,
}

/// Returns the output that a reader of this input should have.
///
/// A fault that ends the stream is the last item.
pub fn expected(input: &[u8], rules: impl Into<Rules>) -> Outcome {
    let rules = rules.into();
    let mut outcome = Outcome::default();
    let counts = &mut outcome.counts;
    counts.complete = true;
    for item in oracle::items(input, rules) {
        let repaired = (item.kind == Kind::Repaired)
            .then(|| oracle::repair(&input[item.offset..][..item.length]).unwrap());
        match &repaired {
            Some(repaired) if repaired.lacks => counts.incomplete += 1,
            Some(_) => counts.repaired += 1,
            None => {}
        }
        let length = item.length as u64;
        let (count, bytes) = match item.kind {
            Kind::Record | Kind::Repaired => (&mut counts.records, &mut counts.record_bytes),
            Kind::Fault { .. } => (&mut counts.faults, &mut counts.fault_bytes),
            Kind::Continued => (&mut 0, &mut counts.fault_bytes),
            Kind::Padding | Kind::Descriptor => (&mut counts.paddings, &mut counts.padding_bytes),
        };
        *count += 1;
        *bytes += length;
        if let Some(number) = item.number {
            let raw = input[item.offset..][..item.length].to_vec();
            let offset = item.offset as u64;
            outcome.seen.push(Seen { kind: item.kind, number, offset, raw, repaired });
        }
        if item.kind == (Kind::Fault { name: "foreign", entry: None }) {
            counts.complete = false;
            break;
        }
    }
    outcome
}

fn fault_seen(error: &Error) -> Seen {
    Seen {
        kind: fault_kind(error.fault()),
        number: error.record_number().expect("a fault has a number"),
        offset: error.offset().expect("a fault has an offset"),
        raw: error.raw().to_vec(),
        repaired: None,
    }
}

/// Describes a record that was delivered, with its repairs.
fn record_seen(record: RecordRef<'_>, number: u64, offset: u64, faults: Vec<Error>) -> Seen {
    let raw = record.as_bytes().to_vec();
    let is_repair = |error: &&Error| error.severity() > Severity::Information;
    let damage: Vec<_> = faults.iter().filter(is_repair).collect();
    for error in &faults {
        assert_eq!((error.record_number(), error.offset()), (Some(number), Some(offset)));
        assert_eq!(error.raw(), raw);
        assert!(error.location().end <= offset + raw.len() as u64);
        assert!(!error.detail().is_empty());
    }
    let repaired = (!damage.is_empty()).then(|| Repaired {
        fields: record
            .fields()
            .map(|field| oracle::Field {
                tag: *field.tag().as_bytes(),
                data: field.as_bytes().to_vec(),
            })
            .collect(),
        faults: {
            let found = |error: &&Error| (error.kind().name(), error.entry());
            let mut faults: Vec<_> = damage.iter().map(found).collect();
            faults.sort_unstable();
            faults
        },
        lacks: damage.iter().any(|error| error.severity() == Severity::LostField),
    });
    let kind = if repaired.is_some() { Kind::Repaired } else { Kind::Record };
    // These calls must not panic for any bytes.
    let _ = (record.directory().count(), record.field_count(), record.leader());
    Seen { kind, number, offset, raw, repaired }
}

fn fault_kind(fault: tidemarc::Fault) -> Kind {
    Kind::Fault { name: fault.kind().name(), entry: fault.entry() }
}

/// Returns the repairs. Faults of sound records are not requested, since the search for unusual
/// data is slow.
fn repairs_of(is_repaired: bool, faults: impl FnOnce() -> Vec<Error>) -> Vec<Error> {
    if is_repaired { faults() } else { Vec::new() }
}

/// Returns the output of a reader, record by record.
pub fn read(mut reader: impl std::borrow::BorrowMut<Reader>) -> Outcome {
    let reader = reader.borrow_mut();
    let mut seen = Vec::new();
    for result in reader.by_ref() {
        seen.push(match result {
            Ok(record) => {
                let faults = repairs_of(record.is_repaired(), || record.faults());
                record_seen(record.view(), record.number(), record.offset(), faults)
            }
            Err(error) => fault_seen(&error),
        });
    }
    assert!(reader.next().is_none(), "the end is the end");
    Outcome { seen, counts: counts(reader) }
}

/// Returns the output of a reader, batch by batch.
pub fn read_batches(mut reader: Reader) -> Outcome {
    let mut seen = Vec::new();
    while let Some(batch) = reader.next_batch().expect("the source does not fail") {
        let base = batch.offset();
        for item in batch.items() {
            seen.push(match item {
                Item::Record(record) => {
                    let faults = repairs_of(record.is_repaired(), || record.faults());
                    record_seen(record.view(), record.number(), record.offset(), faults)
                }
                Item::Fault(error) => fault_seen(&error),
            });
            let Seen { offset, raw, .. } = seen.last().unwrap();
            let at = (offset - base) as usize;
            assert_eq!(&batch.as_bytes()[at..at + raw.len()], raw);
        }
    }
    Outcome { seen, counts: counts(&reader) }
}

pub fn counts(reader: &Reader) -> Counts {
    let stats = reader.stats();
    assert_eq!(stats.start + stats.bytes(), reader.position());
    Counts {
        records: stats.records,
        record_bytes: stats.record_bytes,
        repaired: stats.repaired,
        incomplete: stats.incomplete,
        faults: stats.faults,
        fault_bytes: stats.fault_bytes,
        paddings: stats.paddings,
        padding_bytes: stats.padding_bytes,
        complete: stats.complete,
        failed: stats.failed,
    }
}

/// Returns the output of the readers of all ranges of an input between these cuts, which may be
/// unsorted. `open` opens each of them.
pub fn read_ranges(cuts: &[u64], mut open: impl FnMut(tidemarc::ByteRange) -> Reader) -> Outcome {
    let mut starts = vec![0];
    starts.extend_from_slice(cuts);
    starts.sort_unstable();
    let ends = starts[1..].iter().copied().map(Some).chain([None]);
    let mut whole = Outcome::default();
    whole.counts.complete = true;
    for (&start, end) in starts.iter().zip(ends) {
        let range = tidemarc::ByteRange { start, end };
        let mut reader = open(range);
        let part = read(&mut reader);
        if let Some(first) = part.seen.first() {
            // The padding before it has no offset here.
            assert!(reader.stats().start >= start && reader.stats().start <= first.offset);
        }
        let before = whole.seen.len() as u64;
        for (at, seen) in part.seen.into_iter().enumerate() {
            assert_eq!(seen.number, at as u64 + 1);
            assert!(seen.offset >= start && end.is_none_or(|end| seen.offset < end), "{seen:?}");
            whole.seen.push(Seen { number: before + seen.number, ..seen });
        }
        whole.counts.add(&part.counts);
    }
    whole
}

impl Counts {
    fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.record_bytes += other.record_bytes;
        self.repaired += other.repaired;
        self.incomplete += other.incomplete;
        self.faults += other.faults;
        self.fault_bytes += other.fault_bytes;
        self.paddings += other.paddings;
        self.padding_bytes += other.padding_bytes;
        self.complete &= other.complete;
        self.failed |= other.failed;
    }
}

/// Returns the output of the framer for the whole input at once.
pub fn frame_whole(input: &[u8], rules: impl Into<Rules>) -> Vec<Frame> {
    let Rules { limit, repairs } = rules.into();
    let mut framer = Framer::with_max_record_length(limit).repairs(repairs);
    let mut frames = Vec::new();
    let mut offset = 0;
    loop {
        match framer.next(&input[offset..], true) {
            Step::Frame(frame) => {
                push(&mut frames, frame, &mut offset, limit);
                assert_eq!(framer.offset(), offset as u64);
            }
            Step::NeedMore(_) => panic!("there is no more, and the framer knows"),
            Step::End => {
                assert_eq!(offset, input.len(), "the end came before the end");
                return frames;
            }
        }
    }
}

/// Returns the output of the framer if the input arrives in pieces of these lengths, at least one
/// byte each.
pub fn frame_pieces(
    input: &[u8],
    rules: impl Into<Rules>,
    mut piece: impl FnMut() -> usize,
) -> Vec<Frame> {
    let Rules { limit, repairs } = rules.into();
    let mut framer = Framer::with_max_record_length(limit).repairs(repairs);
    let mut frames = Vec::new();
    let (mut offset, mut arrived, mut at_end) = (0, 0, false);
    loop {
        match framer.next(&input[offset..arrived], at_end) {
            Step::Frame(frame) => {
                push(&mut frames, frame, &mut offset, limit);
                assert!(offset <= arrived, "a frame is no longer than what has arrived");
            }
            Step::NeedMore(wanted) => {
                assert!(!at_end, "there is no more, and the framer knows");
                assert!(arrived - offset < wanted, "{wanted} bytes are there already");
                assert!(wanted <= limit, "more wanted ({wanted}) than the limit ({limit})");
                // The end is reported only after all bytes, as by a file.
                at_end = arrived == input.len();
                arrived = input.len().min(arrived + piece().max(1));
            }
            Step::End => {
                assert!(at_end && offset == input.len(), "the end came before the end");
                return frames;
            }
        }
    }
}

fn push(frames: &mut Vec<Frame>, frame: tidemarc::framing::Frame, at: &mut usize, limit: usize) {
    let length = frame.length;
    assert!(length > 0, "a frame of no byte at {at}");
    assert!(length <= limit, "a frame of {length} bytes over the limit of {limit}");
    let kind = match frame.kind {
        FrameKind::Record => Kind::Record,
        FrameKind::Fault(fault) => fault_kind(fault),
        FrameKind::FaultContinued => Kind::Continued,
        FrameKind::Padding | FrameKind::PaddingContinued => Kind::Padding,
        FrameKind::Descriptor => Kind::Descriptor,
    };
    frames.push(Frame { kind, offset: *at, length });
    *at += length;
}

/// The same bytes again and again in pieces, one for each `read`.
pub struct Pieces<F> {
    input: std::sync::Arc<[u8]>,
    at: usize,
    piece: F,
}

impl<F: FnMut() -> usize> Pieces<F> {
    pub fn new(input: impl Into<std::sync::Arc<[u8]>>, piece: F) -> Self {
        Self { input: input.into(), at: 0, piece }
    }
}

impl<F: FnMut() -> usize> std::io::Read for Pieces<F> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let rest = &self.input[self.at..];
        let count = (self.piece)().max(1).min(rest.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        Ok(count)
    }
}
