//! The files in a zip archive, as inputs.

use super::{
    Progress, Ratio,
    unpacker::Unpacker,
    zip::{self, Listed},
};
use crate::source::{Input, ReadOutcome};
use std::{boxed::Box, fs::File, io, sync::Arc, vec::Vec};

/// A file in a zip archive.
#[derive(Debug, Clone)]
pub(crate) struct ArchivedFile(Listed);

/// The data of a member.
struct MemberInput {
    packed: Limited,
    unpacker: Unpacker,
}

/// The next bytes of an input, up to a number.
struct Limited {
    input: Box<dyn Input>,
    left: u64,
}

/// Returns the files in an archive, in the order of its directory; `None` if it has no directory.
///
/// # Errors
/// If the directory is damaged or cannot be read.
pub(crate) fn files_in_archive(archive: File) -> io::Result<Option<Vec<ArchivedFile>>> {
    Ok(zip::list_file(archive)?.map(as_files))
}

/// Does the same for an archive in memory.
///
/// # Errors
/// The same.
pub(crate) fn files_in_memory(archive: &[u8]) -> io::Result<Option<Vec<ArchivedFile>>> {
    Ok(zip::list_bytes(archive)?.map(as_files))
}

fn as_files(listed: Vec<Listed>) -> Vec<ArchivedFile> {
    listed.into_iter().map(ArchivedFile).collect()
}

impl ArchivedFile {
    /// Returns its name in the archive, with its folders.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the number of its bytes that the directory states; 0 if it cannot be read.
    pub(crate) fn length(&self) -> u64 {
        self.0.member.as_ref().map_or(0, |member| member.length)
    }

    /// Returns the number of its compressed bytes; 0 if it cannot be read.
    pub(crate) fn packed_length(&self) -> u64 {
        self.0.member.as_ref().map_or(0, |member| member.packed_length)
    }

    /// Returns an input of its data. `open` opens the archive at an offset.
    ///
    /// # Errors
    /// If the file cannot be read: it is encrypted, compressed in another way, or not where the
    /// directory says. Also the errors of `open`.
    pub(crate) fn open(
        &self,
        open: impl FnOnce(u64) -> io::Result<Box<dyn Input>>,
        ratio: Ratio,
        progress: Arc<Progress>,
    ) -> io::Result<Box<dyn Input>> {
        let member = self.0.member.clone().map_err(zip::invalid)?;
        let packed = Limited { input: open(member.start)?, left: member.packed_length };
        let unpacker = Unpacker::of_member(member, ratio, progress);
        Ok(Box::new(MemberInput { packed, unpacker }))
    }
}

impl Input for MemberInput {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<ReadOutcome> {
        self.unpacker.read(&mut self.packed, buffer)
    }

    fn inner(&mut self) -> Option<&mut dyn Input> {
        Some(&mut self.packed)
    }
}

impl Input for Limited {
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
