//! An input that is a file in a zip archive.

use super::{Progress, Ratio, unpacker::Unpacker, zip::Member};
use crate::source::{Input, ReadOutcome};
use std::{
    boxed::Box,
    fs::File,
    io::{self, Seek, SeekFrom},
    string::String,
    sync::Arc,
};

/// A zip archive: a file, which shares its position with the input over it, or memory.
pub(crate) enum Archive<'a> {
    File(File),
    Bytes(&'a [u8]),
}

/// The data of a member.
struct MemberInput<I> {
    packed: Limited<I>,
    unpacker: Unpacker,
}

/// The next bytes of an input, up to a number.
struct Limited<I> {
    input: I,
    left: u64,
}

/// Returns an input of the data of the one file in an archive, and its name. `input` reads the
/// archive, and `seek` moves it to an offset. Returns it as it is, without a name, if the archive
/// has no directory.
///
/// # Errors
/// If there are several files or none, if the file cannot be read, or if the directory is damaged.
pub(crate) fn open_member<I: Input + 'static>(
    archive: Archive<'_>,
    mut input: I,
    seek: impl FnOnce(&mut I, u64) -> io::Result<()>,
    ratio: Ratio,
    progress: Arc<Progress>,
) -> io::Result<(Box<dyn Input>, Option<String>)> {
    let (member, file) = match archive {
        Archive::File(file) => (Member::of_file(file.try_clone()?)?, Some(file)),
        Archive::Bytes(bytes) => (Member::of_bytes(bytes)?, None),
    };
    let Some(member) = member else {
        if let Some(mut file) = file {
            file.rewind()?;
        }
        return Ok((Box::new(input), None));
    };
    match file {
        Some(mut file) => drop(file.seek(SeekFrom::Start(member.start))?),
        None => seek(&mut input, member.start)?,
    }
    let name = member.name.clone();
    let packed = Limited { input, left: member.packed_length };
    let unpacker = Unpacker::of_member(member, ratio, progress);
    Ok((Box::new(MemberInput { packed, unpacker }), Some(name)))
}

impl<I: Input> Input for MemberInput<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        self.unpacker.read(&mut self.packed, buffer)
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.packed)
    }
}

impl<I: Input> Input for Limited<I> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let outcome = self.input.read(&mut buffer[..most])?;
        if let ReadOutcome::Bytes(count) = outcome {
            self.left -= count as u64;
        }
        Ok(outcome)
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.input)
    }
}
