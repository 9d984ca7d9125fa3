//! The compression of an output.

use super::{
    Compression,
    bgzf::END_BLOCK,
    blocks::{BlockPacker, MOST_DATA},
};
use flate2::{Compression as Level, write::GzEncoder};
use std::{
    fmt,
    io::{self, Write},
    mem,
    vec::Vec,
};
use zstd::stream::write::Encoder as ZstdEncoder;

/// Number of compressed bytes from which they are written out before more are made.
const CAPACITY: usize = 64 << 10;

/// A compressor that takes all bytes of an output, and keeps the compressed bytes until the output
/// takes them.
pub(crate) struct Packer {
    kind: Compression,
    level: u8,
    /// The compressor; `None` before the first byte and after the end.
    encoder: Option<Encoder>,
    /// Compressed bytes of blocks that were passed, and of the end.
    packed: Vec<u8>,
    /// True if nothing was taken since the last flush.
    is_flushed: bool,
}

enum Encoder {
    Gzip(GzEncoder<Vec<u8>>),
    Bgzf {
        packer: BlockPacker,
        /// Data of the block that is not complete.
        data: Vec<u8>,
    },
    Zstd(ZstdEncoder<'static, Vec<u8>>),
}

impl Packer {
    /// Creates a compressor. Nothing is allocated before the first byte.
    pub(crate) const fn new(kind: Compression, level: Option<u8>) -> Self {
        let level = match level {
            Some(level) => level,
            None => kind.default_level(),
        };
        Self { kind, level, encoder: None, packed: Vec::new(), is_flushed: true }
    }

    /// Checks the level.
    ///
    /// # Errors
    /// If the compression does not have it.
    pub(crate) fn check(&self) -> io::Result<()> {
        self.kind.check_level(self.level)
    }

    pub(crate) const fn kind(&self) -> Compression {
        self.kind
    }

    /// Returns the level for blocks that other threads compress; `None` if the compression has no
    /// blocks.
    pub(crate) fn block_level(&self) -> Option<u8> {
        matches!(self.kind, Compression::Bgzf).then_some(self.level)
    }

    fn encoder(&mut self) -> io::Result<&mut Encoder> {
        if self.encoder.is_none() {
            self.check()?;
            self.encoder = Some(match self.kind {
                Compression::Gzip => {
                    Encoder::Gzip(GzEncoder::new(Vec::new(), Level::new(u32::from(self.level))))
                }
                Compression::Bgzf => {
                    Encoder::Bgzf { packer: BlockPacker::new(self.level), data: Vec::new() }
                }
                Compression::Zstd => {
                    let mut encoder = ZstdEncoder::new(Vec::new(), i32::from(self.level))?;
                    encoder.include_checksum(true)?;
                    Encoder::Zstd(encoder)
                }
            });
        }
        self.encoder.as_mut().ok_or_else(|| io::ErrorKind::OutOfMemory.into())
    }

    /// Takes all of these bytes.
    ///
    /// # Errors
    /// If there is no memory for the compressor, or the compression does not have the level.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.is_flushed = false;
        let Self { packed, .. } = self;
        let mut blocks = mem::take(packed);
        let pushed = match self.encoder() {
            Ok(Encoder::Gzip(encoder)) => encoder.write_all(bytes),
            Ok(Encoder::Zstd(encoder)) => encoder.write_all(bytes),
            Ok(Encoder::Bgzf { packer, data }) => {
                push_to_blocks(packer, data, bytes, &mut blocks);
                Ok(())
            }
            Err(error) => Err(error),
        };
        self.packed = blocks;
        self.collect();
        pushed
    }

    /// Takes whole blocks of BGZF that contain the bytes after those taken so far.
    ///
    /// # Errors
    /// If there is no memory for the compressor, or the compression does not have the level.
    pub(crate) fn push_blocks(&mut self, blocks: &[u8]) -> io::Result<()> {
        self.flush()?;
        self.packed.extend_from_slice(blocks);
        Ok(())
    }

    /// Moves compressed bytes out of the encoder.
    fn collect(&mut self) {
        let made = match &mut self.encoder {
            Some(Encoder::Gzip(encoder)) => encoder.get_mut(),
            Some(Encoder::Zstd(encoder)) => encoder.get_mut(),
            Some(Encoder::Bgzf { .. }) | None => return,
        };
        match self.packed.is_empty() {
            true => mem::swap(&mut self.packed, made),
            false => self.packed.append(made),
        }
    }

    /// Compresses all bytes taken so far, so that a reader can read them.
    ///
    /// # Errors
    /// If there is no memory for the compressor, or the compression does not have the level.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        if mem::replace(&mut self.is_flushed, true) {
            return Ok(());
        }
        match &mut self.encoder {
            Some(Encoder::Gzip(encoder)) => encoder.flush()?,
            Some(Encoder::Zstd(encoder)) => encoder.flush()?,
            Some(Encoder::Bgzf { packer, data }) => {
                packer.pack(data, &mut self.packed);
                data.clear();
            }
            None => {}
        }
        self.collect();
        Ok(())
    }

    /// Ends the compressed output. Without any byte it is empty but valid. The compressor must not
    /// be used afterwards, except for the bytes that were not written out.
    ///
    /// # Errors
    /// If there is no memory for the compressor, or the compression does not have the level.
    pub(crate) fn finish(&mut self) -> io::Result<()> {
        match self.encoder()? {
            Encoder::Gzip(encoder) => encoder.try_finish()?,
            Encoder::Zstd(encoder) => encoder.do_finish()?,
            Encoder::Bgzf { .. } => {
                self.flush()?;
                self.packed.extend_from_slice(&END_BLOCK);
            }
        }
        self.collect();
        self.is_flushed = true;
        Ok(())
    }

    /// Returns true if the compressed bytes are so many that they should be written out before more
    /// is taken.
    pub(crate) const fn is_full(&self) -> bool {
        self.packed.len() >= CAPACITY
    }

    /// Returns the compressed bytes that the output has not taken, to be removed as it takes them.
    pub(crate) const fn packed(&mut self) -> &mut Vec<u8> {
        &mut self.packed
    }

    /// Writes out the compressed bytes. If that fails, the rest is kept.
    ///
    /// # Errors
    /// Returns errors of the output.
    pub(crate) fn write_out(&mut self, output: &mut impl Write) -> io::Result<()> {
        let (packed, mut taken, mut written) = (self.packed(), 0, Ok(()));
        while taken < packed.len() && written.is_ok() {
            written = match output.write(&packed[taken..]) {
                Ok(0) => Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    taken += count;
                    Ok(())
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
                Err(error) => Err(error),
            };
        }
        packed.drain(..taken);
        written
    }
}

/// Appends bytes to the data of an incomplete block, and complete blocks to the output.
fn push_to_blocks(
    packer: &mut BlockPacker,
    data: &mut Vec<u8>,
    bytes: &[u8],
    output: &mut Vec<u8>,
) {
    let mut rest = bytes;
    while data.len() + rest.len() >= MOST_DATA {
        let (now, later) = rest.split_at(MOST_DATA - data.len());
        if data.is_empty() {
            packer.pack(now, output);
        } else {
            data.extend_from_slice(now);
            packer.pack(data, output);
            data.clear();
        }
        rest = later;
    }
    data.extend_from_slice(rest);
}

impl fmt::Debug for Packer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Packer")
            .field("kind", &self.kind)
            .field("level", &self.level)
            .field("packed", &self.packed.len())
            .finish_non_exhaustive()
    }
}
