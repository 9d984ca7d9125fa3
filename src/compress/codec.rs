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

/// Message of every error of gzip. The reason that the library states depends on the sizes of reads:
/// after some of them it knows only that there was an error before.
const INFLATE: &str = "invalid deflated data or a wrong checksum";

/// A decompressor of one part.
pub(super) enum Codec {
    Gzip(Decompress),
    Zstd(ZstdDecoder<'static>),
    Bzip2(bzip2::Decompress),
    Xz(liblzma::stream::Stream),
    /// The deflated bytes of a zip member.
    Deflated(Decompress),
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
            Compression::Gzip => Self::Gzip(Decompress::new_gzip(GZIP_WINDOW)),
            Compression::Zstd => Self::Zstd(ZstdDecoder::new()?),
            Compression::Bzip2 => Self::Bzip2(bzip2::Decompress::new(false)),
            Compression::Zip => return Err(io::ErrorKind::Unsupported.into()),
            Compression::Xz => Self::Xz(liblzma::stream::Stream::new_stream_decoder(XZ_MEMORY, 0)?),
        })
    }

    /// Creates a decompressor for the member of a zip archive.
    pub(super) fn of_member(method: Method, packed_length: u64) -> Self {
        match method {
            Method::Deflated => Self::Deflated(Decompress::new(false)),
            Method::Stored => Self::Stored(packed_length),
        }
    }

    /// Decompresses as much as fits.
    pub(super) fn step(&mut self, input: &[u8], output: &mut [u8]) -> Step {
        if let Self::Stored(left) = self {
            let count = input.len().min(output.len());
            output[..count].copy_from_slice(&input[..count]);
            *left -= count as u64;
            return Step { read: count, written: count, outcome: Ok(*left == 0) };
        }
        if let Self::Zstd(decoder) = self {
            // After an error the positions are those before this step.
            let (mut input, mut output) = (InBuffer::around(input), OutBuffer::around(output));
            let outcome = decoder.run(&mut input, &mut output).map(|hint| hint == 0);
            return Step { read: input.pos(), written: output.pos(), outcome };
        }
        let (read, written) = self.totals();
        let outcome = match self {
            Self::Gzip(inflate) | Self::Deflated(inflate) => inflate
                .decompress(input, output, FlushDecompress::None)
                .map(|status| status == flate2::Status::StreamEnd)
                .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, INFLATE)),
            Self::Bzip2(decoder) => decoder
                .decompress(input, output)
                .map(|status| status == bzip2::Status::StreamEnd)
                .map_err(io::Error::from),
            Self::Xz(stream) => stream
                .process(input, output, liblzma::stream::Action::Run)
                .map(|status| status == liblzma::stream::Status::StreamEnd)
                .map_err(io::Error::from),
            Self::Zstd(_) | Self::Stored(_) => Ok(false),
        };
        let (read_then, written_then) = self.totals();
        let difference = |now: u64, then: u64| usize::try_from(now - then).unwrap_or_default();
        Step {
            read: difference(read_then, read),
            written: difference(written_then, written).min(output.len()),
            outcome,
        }
    }

    /// Returns the bytes that were read and written so far.
    fn totals(&self) -> (u64, u64) {
        match self {
            Self::Gzip(inflate) | Self::Deflated(inflate) => {
                (inflate.total_in(), inflate.total_out())
            }
            Self::Bzip2(decoder) => (decoder.total_in(), decoder.total_out()),
            Self::Xz(stream) => (stream.total_in(), stream.total_out()),
            Self::Zstd(_) | Self::Stored(_) => (0, 0),
        }
    }
}
