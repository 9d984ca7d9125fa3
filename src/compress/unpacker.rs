//! The parts of a compressed input, one after the other.

mod blocks;
mod stated;

use super::{
    Progress,
    ahead::Ahead,
    bgzf,
    codec::{Codec, Step},
    compressed::Compressed,
    held::Held,
    ratio::Ratio,
    unit::Unit,
    zip::Member,
};
use crate::{
    error::{Grouped, escaped},
    framing::signatures::packed::Compression,
    source::{DEFAULT_CHUNK_SIZE, Helpers, Input, ReadOutcome},
};
use flate2::Crc;
use stated::Stated;
use std::{fmt, format, io, string::String, sync::Arc};

/// Number of steps without a result before the caller gets control: empty parts and padding may be
/// endless, and signals and the stopper are waiting.
const STEPS: usize = 64;

/// The decompression of one input.
pub(super) struct Unpacker {
    kind: Compression,
    /// The only part, of a zip archive, and the checksum of its data so far.
    member: Option<(Member, Crc)>,
    /// The decompressor, inside a part.
    codec: Option<Codec>,
    packed: Compressed,
    /// The data of a decompressor that makes it in steps of its own.
    held: Held,
    ratio: Ratio,
    /// Number of bytes that were made.
    made: u64,
    /// Number of parts that were begun.
    parts: u64,
    /// Value of `made` at the start of the part.
    part_start: u64,
    is_bgzf: bool,
    /// The lengths of the block, if blocks must have those that they state.
    stated: Option<Stated>,
    /// True if the decompressor may have more output without more input.
    has_more: bool,
    /// The error to return before the end.
    owed: Option<io::Error>,
    is_over: bool,
    /// The threads that may decompress blocks of BGZF.
    helpers: Option<Helpers>,
    /// The blocks that are ahead of the reader, while helpers decompress them.
    ahead: Option<Ahead>,
    /// The unit that is being delivered, and the number of bytes that were.
    front: Option<(Unit, usize)>,
    /// The error of a read to return once all blocks before it are delivered.
    failed: Option<io::Error>,
    waits: bool,
}

impl Unpacker {
    pub(super) fn new(
        kind: Compression,
        ratio: Ratio,
        progress: Arc<Progress>,
        helpers: Option<Helpers>,
    ) -> Self {
        Self {
            kind,
            member: None,
            codec: None,
            packed: Compressed::new(progress),
            held: Held::default(),
            ratio,
            made: 0,
            parts: 0,
            part_start: 0,
            is_bgzf: false,
            stated: None,
            has_more: false,
            owed: None,
            is_over: false,
            helpers,
            ahead: None,
            front: None,
            failed: None,
            waits: true,
        }
    }

    /// Creates a decompressor for the member of a zip archive, whose compressed bytes are the whole
    /// input.
    pub(super) fn of_member(member: Member, ratio: Ratio, progress: Arc<Progress>) -> Self {
        let member = Some((member, Crc::new()));
        Self { member, ..Self::new(Compression::Zip, ratio, progress, None) }
    }

    /// Sets the threads that may decompress blocks of BGZF. Without them, blocks that are ahead are
    /// decompressed by the reader.
    pub(super) fn set_helpers(&mut self, helpers: Option<Helpers>) {
        self.helpers = helpers;
    }

    /// Sets whether a read may wait for a helper.
    pub(super) const fn set_waits(&mut self, waits: bool) {
        self.waits = waits;
    }

    /// Reads decompressed bytes. After an error the input is over.
    pub(super) fn read(
        &mut self,
        input: &mut impl Input,
        output: &mut [u8],
    ) -> io::Result<ReadOutcome> {
        for _ in 0..STEPS {
            if let count @ 1.. = self.held.take(output) {
                return Ok(ReadOutcome::Bytes(count));
            }
            if let Some(error) = self.owed.take() {
                self.is_over = true;
                return Err(error);
            }
            if self.is_over || output.is_empty() {
                return Ok(ReadOutcome::Bytes(0));
            }
            if self.is_bgzf
                && self.codec.is_none()
                && (self.ahead.is_some() || self.helpers.is_some())
            {
                match self.read_ahead(input, output)? {
                    Some(outcome) => return Ok(outcome),
                    None => continue,
                }
            }
            let needed = match &self.codec {
                Some(codec) => codec.needed(self.has_more),
                None if self.member.is_some() => 0,
                None => self.stated.map_or(bgzf::HEADER_LENGTH, |stated| stated.header_length),
            };
            if self.packed.rest().len() < needed && !self.packed.is_end() {
                match self.packed.fill(input, needed.max(DEFAULT_CHUNK_SIZE))? {
                    ReadOutcome::Pending => return Ok(ReadOutcome::Pending),
                    ReadOutcome::Bytes(_) => continue,
                }
            }
            if self.codec.is_none() {
                self.begin_part();
            } else if let written @ 1.. = self.step(output) {
                return Ok(ReadOutcome::Bytes(written));
            }
        }
        Ok(ReadOutcome::Pending)
    }

    /// Begins the next part after the padding, or ends the input.
    fn begin_part(&mut self) {
        if let Some((member, _)) = &self.member {
            self.is_over = self.parts > 0;
            self.codec = Some(Codec::of_member(member.method, member.packed_length));
            self.parts += 1;
            return;
        }
        if self.parts > 0 {
            let zeros = self.packed.rest().iter().take_while(|byte| **byte == 0).count();
            self.packed.use_up(zeros);
            if zeros > 0 && !self.packed.is_end() {
                return;
            }
        }
        let rest = self.packed.rest();
        if rest.is_empty() {
            let is_cut = self.is_bgzf && self.made > self.part_start;
            self.owed =
                is_cut.then(|| self.error(io::ErrorKind::UnexpectedEof, Reason::NoEndBlock));
            self.is_over = self.owed.is_none();
            return;
        }
        if Compression::of(rest) != Some(self.kind) {
            self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::Trailing));
            return;
        }
        if self.parts == 0 {
            self.is_bgzf = self.kind == Compression::Gzip && bgzf::Header::parse(rest).is_ok();
        }
        if !self.begin_block() {
            return;
        }
        match Codec::new(self.kind) {
            Ok(codec) => self.codec = Some(codec),
            Err(error) => self.owed = Some(error),
        }
        self.parts += 1;
        self.part_start = self.made;
    }

    /// Decompresses once, and returns the number of bytes that were written to the output.
    fn step(&mut self, output: &mut [u8]) -> usize {
        let most = self.room_in_block();
        let Some(codec) = &mut self.codec else { return 0 };
        if codec.needs_equal_steps() {
            self.step_into_held();
            return 0;
        }
        let rest = self.packed.rest();
        let (most_read, room) = self.ratio.limits(self.made, self.packed.used());
        let rest = &rest[..rest.len().min(most_read)];
        let room = room.min(most);
        let step = match room {
            // The data may end exactly at the limit.
            0 => {
                let step = codec.step(rest, &mut [0; 1]);
                if step.written > 0 {
                    let reason = if most == 0 { Reason::BlockLength } else { Reason::Ratio };
                    self.owed = Some(self.error(io::ErrorKind::InvalidData, reason));
                    return 0;
                }
                step
            }
            room => {
                let room = room.min(output.len());
                codec.step(rest, &mut output[..room])
            }
        };
        let written = step.written;
        if let Some((_, checksum)) = &mut self.member {
            checksum.update(&output[..written]);
        }
        self.settle(step, output.len().min(room));
        written
    }

    /// Decompresses once into a buffer of its own.
    fn step_into_held(&mut self) {
        let Some(codec) = &mut self.codec else { return };
        let room = self.held.room();
        // A block of zstd always fits.
        let most_room = if self.kind == Compression::Zstd { usize::MAX } else { room.len() };
        let mut step = codec.step(self.packed.rest(), room);
        let most = self.ratio.most(self.packed.used() + step.read as u64);
        let left = usize::try_from(most.saturating_sub(self.made)).unwrap_or(usize::MAX);
        let is_beyond = step.written > left;
        step.written = step.written.min(left);
        self.held.hold(step.written);
        self.settle(step, most_room);
        if is_beyond {
            self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::Ratio));
        }
    }

    /// Counts the bytes of a step that had this much room, and settles how the input continues.
    fn settle(&mut self, Step { read, written, outcome }: Step, room: usize) {
        self.packed.use_up(read);
        self.made += written as u64;
        self.has_more = written > 0 && written == room;
        let is_used_up = self.packed.rest().is_empty();
        match outcome {
            Ok(true) => {
                self.codec = None;
                self.check_member();
                self.check_block();
            }
            Ok(false) if read + written > 0 => {}
            Ok(false) if is_used_up && !self.packed.is_end() => {}
            Ok(false) if is_used_up => {
                self.owed = Some(self.error(io::ErrorKind::UnexpectedEof, Reason::Cut));
            }
            Ok(false) => {
                self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::Stuck));
            }
            Err(error) => {
                self.owed = Some(self.error(error.kind(), Reason::Damaged(&error)));
            }
        }
    }

    /// Compares the whole data of a zip member with the directory.
    fn check_member(&mut self) {
        let Some((member, checksum)) = &self.member else { return };
        let difference = if self.packed.used() != member.packed_length {
            format!("its data ends before its {} compressed bytes", Grouped(member.packed_length))
        } else if self.made != member.length {
            format!("the directory says {} bytes", Grouped(member.length))
        } else if checksum.sum() != member.checksum {
            String::from("its checksum is wrong")
        } else {
            return;
        };
        let error = io::Error::new(io::ErrorKind::InvalidData, difference);
        self.owed = Some(self.error(error.kind(), Reason::Damaged(&error)));
    }

    fn error(&self, kind: io::ErrorKind, reason: Reason<'_>) -> io::Error {
        let name = self.kind.format().name();
        let part = match &self.member {
            Some((member, _)) => format!("{name} member {}", escaped(&member.name)),
            None => format!("{name} {} {}", self.kind.part(), Grouped(self.parts)),
        };
        let what = match reason {
            Reason::Cut => format!("the input ends inside {part}"),
            Reason::Trailing => format!("the bytes after {part} are no {name}"),
            Reason::NoEndBlock => String::from("the BGZF input has no end block, so it may be cut"),
            Reason::Stuck => format!("{part} is damaged"),
            Reason::NotBlock => format!("the bytes after {part} are no block of BGZF"),
            Reason::BlockLength => {
                format!("{part} is damaged (it has another length than it states)")
            }
            Reason::Damaged(error) => format!("{part} is damaged ({error})"),
            Reason::Ratio => format!("{part} goes beyond {}", self.ratio),
        };
        let (used, made) = (Grouped(self.packed.used()), Grouped(self.made));
        io::Error::new(kind, format!("{what}: compressed byte {used}, after {made} bytes of data"))
    }
}

/// The reason why an input cannot be decompressed further.
enum Reason<'e> {
    Cut,
    Trailing,
    NoEndBlock,
    /// The decompressor makes no progress.
    Stuck,
    /// Another part follows a block of BGZF.
    NotBlock,
    /// A block of BGZF states another length than it has.
    BlockLength,
    Damaged(&'e io::Error),
    /// The data is longer than the limit allows.
    Ratio,
}

impl fmt::Debug for Unpacker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacker")
            .field("kind", &self.kind)
            .field("packed", &self.packed.used())
            .field("made", &self.made)
            .finish_non_exhaustive()
    }
}
