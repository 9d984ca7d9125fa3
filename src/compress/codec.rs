//! The decompressors, with one interface for all.

use super::zip::Method;
use crate::framing::signatures::packed::Compression;
use flate2::{Decompress, FlushDecompress};
use std::io;
use zstd::stream::raw::{Decoder as ZstdDecoder, InBuffer, Operation as _, OutBuffer};

/// Size of the window of gzip, as a power of two: the largest.
const GZIP_WINDOW: u8 = 15;

/// Bytes of memory that xz may take: its highest preset needs half of them.
const XZ_MEMORY: u64 = 128 << 20;

/// Most compressed bytes in one call of bzip2. No two blocks end in so few, since a block takes 20 at
/// least, and the library reads no byte in advance. So the calls that make the data of a block, and
/// the bytes that they use, do not depend on the sizes of reads.
const BZIP2_INPUT: usize = 7;

/// Length of the header of a block of zstd (RFC 8878, section 3.1.1.2).
const ZSTD_BLOCK_HEADER: usize = 3;

/// Number of bytes that show the length of the header of a zstd frame.
const ZSTD_BEGIN: usize = 5;

/// Most compressed bytes in one call of zstd: a whole block. Only a frame to skip is longer.
const ZSTD_INPUT: usize = 128 << 10;

/// Message of every error of gzip. The reason that the library states depends on the sizes of reads:
/// after some of them it knows only that there was an error before.
const INFLATE: &str = "invalid deflated data or a wrong checksum";

/// A decompressor of one part.
pub(super) enum Codec {
    /// A member of gzip, or the deflated bytes of a zip member.
    Inflate(Decompress),
    /// The decompressor, and the number of bytes that it expects next.
    Zstd(ZstdDecoder<'static>, usize),
    Bzip2(bzip2::Decompress),
    Xz(liblzma::stream::Stream),
    /// The bytes of a zip member that is not compressed, of which so many are left.
    Stored(u64),
}

/// The result of a step.
pub(super) struct Step {
    /// Number of bytes of the input that were used.
    pub(super) read: usize,
    /// Number of bytes of the output that were filled, also before an error.
    pub(super) written: usize,
    /// True if the part ends here.
    pub(super) outcome: io::Result<bool>,
}

impl Codec {
    /// Creates a decompressor for a part.
    ///
    /// # Errors
    /// If there is no memory for it.
    pub(super) fn new(kind: Compression) -> io::Result<Self> {
        Ok(match kind {
            Compression::Gzip => Self::Inflate(Decompress::new_gzip(GZIP_WINDOW)),
            Compression::Zstd => Self::Zstd(ZstdDecoder::new()?, ZSTD_BEGIN),
            Compression::Bzip2 => Self::Bzip2(bzip2::Decompress::new(false)),
            Compression::Zip => return Err(io::ErrorKind::Unsupported.into()),
            Compression::Xz => Self::Xz(liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, 0)?),
        })
    }

    /// Creates a decompressor for the member of a zip archive.
    pub(super) fn of_member(method: Method, packed_length: u64) -> Self {
        match method {
            Method::Deflated => Self::Inflate(Decompress::new(false)),
            Method::Stored => Self::Stored(packed_length),
        }
    }

    /// Returns the number of compressed bytes that the next step needs, if the input has as many.
    /// `has_more` says that the last step filled its buffer.
    pub(super) const fn needed(&self, has_more: bool) -> usize {
        match self {
            Self::Zstd(_, expected) => *expected,
            _ if has_more => 0,
            Self::Inflate(_) | Self::Bzip2(_) | Self::Xz(_) | Self::Stored(_) => 1,
        }
    }

    /// Returns true if the data before an error depends on the steps by which it is made: a call of
    /// zstd or bzip2 that fails may lose its data. xz notices only at the end of a call that a chunk is
    /// longer than it states, so a call with less room ends with less data. Such steps must not depend
    /// on the sizes of reads: each gets the bytes that it [needs](Self::needed), and a buffer of its own
    /// for the data.
    pub(super) const fn needs_equal_steps(&self) -> bool {
        matches!(self, Self::Zstd(..) | Self::Bzip2(_) | Self::Xz(_))
    }

    /// Decompresses as much as fits.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        if let Self::Stored(left) = self {
            let count = input.len().min(output.len());
            output[..count].copy_from_slice(&input[..count]);
            *left -= count as u64;
            return Step { read: count, written: count, outcome: Ok(*left == 0) };
        }
        if let Self::Zstd(decoder, expected) = self {
            return step_of_zstd(decoder, expected, input, output);
        }
        if let Self::Bzip2(decoder) = self {
            return step_of_bzip2(decoder, input, output);
        }
        let (read, written) = self.totals();
        let outcome = match self {
            Self::Inflate(inflate) => inflate
                .decompress(input, output, FlushDecompress::None)
                .map(|status| status == flate2::Status::StreamEnd)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, INFLATE)),
            Self::Xz(stream) => stream
                .process(input, output, liblzma::stream::Action::Run)
                .map(|status| status == liblzma::stream::Status::StreamEnd)
                .map_err(io::Error::from),
            Self::Zstd(..) | Self::Bzip2(_) | Self::Stored(_) => Ok(false),
        };
        let (read_then, written_then) = self.totals();
        Step {
            read: difference(read_then, read),
            written: difference(written_then, written).min(output.len()),
            outcome,
        }
    }

    /// Returns the bytes that were read and written so far.
    fn totals(&self) -> (u64, u64) {
        match self {
            Self::Inflate(inflate) => (inflate.total_in(), inflate.total_out()),
            Self::Xz(stream) => (stream.total_in(), stream.total_out()),
            Self::Zstd(..) | Self::Bzip2(_) | Self::Stored(_) => (0, 0),
        }
    }
}

/// Returns the difference of two counts of bytes in memory.
fn difference(now: u64, then: u64) -> usize {
    usize::try_from(now - then).unwrap_or_default()
}

/// Decompresses one block of zstd, or another unit of a frame, if all of it is in the input. A call
/// that fails makes no data, so it must not begin with a sound block.
fn step_of_zstd(
    decoder: &mut ZstdDecoder<'static>,
    expected: &mut usize,
    input: &[u8],
    output: &mut [u8],
) -> Step {
    let input = &input[..input.len().min(*expected)];
    let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
    let outcome = decoder.run(&mut input, &mut output).map(|hint| {
        // With a block, the library asks for the header of the next one, too.
        *expected = match hint {
            0..=ZSTD_BLOCK_HEADER => hint,
            _ => (hint - ZSTD_BLOCK_HEADER).min(ZSTD_INPUT),
        };
        hint == 0
    });
    Step { read: input.pos(), written: output.pos(), outcome }
}

/// Decompresses bzip2 until there is data of one block.
fn step_of_bzip2(decoder: &mut bzip2::Decompress, input: &[u8], output: &mut [u8]) -> Step {
    let (begin_in, begin_out) = (decoder.total_in(), decoder.total_out());
    loop {
        let read = difference(decoder.total_in(), begin_in);
        let rest = &input[read..];
        let outcome = decoder
            .decompress(&rest[..rest.len().min(BZIP2_INPUT)], output)
            .map(|status| status == bzip2::Status::StreamEnd)
            .map_err(io::Error::from);
        let written = difference(decoder.total_out(), begin_out).min(output.len());
        let now = difference(decoder.total_in(), begin_in);
        if written > 0 || now == read || now == input.len() || !matches!(outcome, Ok(false)) {
            return Step { read: now, written, outcome };
        }
    }
}
