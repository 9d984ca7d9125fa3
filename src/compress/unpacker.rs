//! The parts of a compressed input, one after the other.

use super::{
    Progress,
    ahead::{Ahead, Front},
    bgzf,
    codec::{Codec, Step},
    compressed::Compressed,
    ratio::Ratio,
    unit::{Unit, length_of_unit},
    zip::Member,
};
use crate::{
    error::{Grouped, escaped},
    framing::signatures::packed::Compression,
    source::{DEFAULT_CHUNK_SIZE, Helpers, Input, ReadOutcome},
};
use flate2::Crc;
use std::{fmt, format, io, string::String, sync::Arc, vec::Vec};

/// Number of steps without a result before the caller gets control: empty parts and padding may be
/// endless, and signals and the stopper are waiting.
const STEPS: usize = 64;

/// Size of the buffer from which units of blocks are cut.
const UNITS_SIZE: usize = 2 * bgzf::MAX_LENGTH;

/// The decompression of one input.
pub(super) struct Unpacker {
    kind: Compression,
    /// The only part, of a zip archive, and the checksum of its data so far.
    member: Option<(Member, Crc)>,
    /// The decompressor, inside a part.
    codec: Option<Codec>,
    packed: Compressed,
    ratio: Ratio,
    /// Number of bytes that were made.
    made: u64,
    /// Number of parts that were begun.
    parts: u64,
    /// Value of `made` at the start of the part.
    part_start: u64,
    is_bgzf: bool,
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
            ratio,
            made: 0,
            parts: 0,
            part_start: 0,
            is_bgzf: false,
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
            let needed = match self.codec {
                Some(_) => usize::from(!self.has_more),
                None if self.member.is_some() => 0,
                None => bgzf::HEADER_LENGTH,
            };
            if self.packed.rest().len() < needed && !self.packed.is_end() {
                match self.packed.fill(input, DEFAULT_CHUNK_SIZE)? {
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

    /// Reads the data of blocks that helpers have decompressed. Returns `None` if there is nothing
    /// to return: then the caller tries again, perhaps without helpers.
    fn read_ahead(
        &mut self,
        input: &mut impl Input,
        output: &mut [u8],
    ) -> io::Result<Option<ReadOutcome>> {
        if let Some((unit, taken)) = &mut self.front {
            let count = (unit.data.len() - *taken).min(output.len());
            if count > 0 {
                output[..count].copy_from_slice(&unit.data[*taken..*taken + count]);
                *taken += count;
                self.made += count as u64;
                return Ok(Some(ReadOutcome::Bytes(count)));
            }
        }
        if let Some((unit, _)) = self.front.take() {
            self.packed.count(unit.sound_length);
            self.parts += unit.sound;
            self.part_start = self.made - unit.last_data as u64;
            match &mut self.ahead {
                Some(ahead) if unit.is_sound() => ahead.give_back(unit),
                _ => {
                    self.go_on_alone(&unit.packed[unit.sound_length..]);
                    return Ok(None);
                }
            }
        }
        let is_pending = self.fill_ahead(input);
        let Some(ahead) = &mut self.ahead else { return Ok(None) };
        match ahead.pop(self.waits) {
            Front::Unit(unit) => {
                let made = self.made + unit.data.len() as u64;
                match self.ratio.allows(made, self.packed.used()) {
                    true => self.front = Some((unit, 0)),
                    false => self.go_on_alone(&unit.packed),
                }
                Ok(None)
            }
            Front::Pending => Ok(Some(ReadOutcome::Pending)),
            Front::Empty if self.failed.is_some() => self.failed.take().map_or(Ok(None), Err),
            Front::Empty if is_pending => Ok(Some(ReadOutcome::Pending)),
            Front::Empty => {
                self.go_on_alone(&[]);
                Ok(None)
            }
        }
    }

    /// Fills the queue of blocks, as far as whole blocks can be read. Returns true if the input has
    /// nothing at the moment.
    fn fill_ahead(&mut self, input: &mut impl Input) -> bool {
        if self.ahead.is_none()
            && let Some(helpers) = &self.helpers
        {
            self.ahead = Some(Ahead::new(helpers.clone()));
        }
        let Some(ahead) = &mut self.ahead else { return false };
        let mut is_pending = false;
        while self.failed.is_none() && ahead.has_room() {
            while self.packed.rest().len() < UNITS_SIZE && !self.packed.is_end() && !is_pending {
                match self.packed.fill(input, UNITS_SIZE) {
                    Ok(ReadOutcome::Bytes(_)) => {}
                    Ok(ReadOutcome::Pending) => is_pending = true,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        self.failed = Some(error);
                        break;
                    }
                }
            }
            let length = length_of_unit(self.packed.rest());
            if length == 0 {
                break;
            }
            ahead.push(&self.packed.rest()[..length]);
            self.packed.pass_on(length);
        }
        is_pending
    }

    /// Continues without helpers, at the start of these compressed bytes, which come before all
    /// others.
    #[cold]
    fn go_on_alone(&mut self, packed: &[u8]) {
        let mut bytes: Vec<u8> = packed.into();
        if let Some(ahead) = self.ahead.take() {
            ahead.drain_into(&mut bytes);
        }
        self.packed.take_back(bytes);
        self.helpers = None;
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
        match Codec::new(self.kind) {
            Ok(codec) => self.codec = Some(codec),
            Err(error) => self.owed = Some(error),
        }
        self.parts += 1;
        self.part_start = self.made;
    }

    /// Decompresses once, and returns the number of bytes that were made.
    fn step(&mut self, output: &mut [u8]) -> usize {
        let Some(codec) = &mut self.codec else { return 0 };
        let rest = self.packed.rest();
        let (most_read, room) = self.ratio.limits(self.made, self.packed.used());
        let rest = &rest[..rest.len().min(most_read)];
        let Step { read, written, outcome } = match room {
            // The data may end exactly at the limit.
            0 => {
                let step = codec.step(rest, &mut [0; 1]);
                if step.written > 0 {
                    self.owed = Some(self.error(io::ErrorKind::InvalidData, Reason::Ratio));
                    return 0;
                }
                step
            }
            room => {
                let room = room.min(output.len());
                codec.step(rest, &mut output[..room])
            }
        };
        self.packed.use_up(read);
        self.made += written as u64;
        if let Some((_, checksum)) = &mut self.member {
            checksum.update(&output[..written]);
        }
        self.has_more = written > 0 && written == output.len().min(room);
        let is_used_up = self.packed.rest().is_empty();
        match outcome {
            Ok(true) => {
                self.codec = None;
                self.check_member();
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
        written
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
