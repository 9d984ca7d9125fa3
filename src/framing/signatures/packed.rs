//! The signatures of compressed inputs.
//!
//! A compressed input has any number of parts, and each part has its signature: the members of gzip
//! (RFC 1952, section 2.2), the frames of zstd (RFC 8878, section 3), the streams of bzip2 and xz.
//! Zip is different: its parts are files with names, which a directory at the end lists.

use crate::framing::ForeignFormat;

/// Number of bytes that decide whether a part begins.
pub(crate) const HEAD: usize = 10;

/// A kind of compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
    Bzip2,
    Xz,
    Zip,
}

/// The first bytes of the parts of each kind, where they are always the same.
const GZIP: &[u8] = &[0x1F, 0x8B, 0x08];
const ZSTD: &[u8] = &[0x28, 0xB5, 0x2F, 0xFD];
const BZIP2: &[u8] = b"BZh";
const XZ: &[u8] = &[0xFD, b'7', b'z', b'X', b'Z', 0];

const ZIP: &[u8] = &[b'P', b'K', 3, 4];
/// The directory of an archive without members.
const EMPTY_ZIP: &[u8] = &[b'P', b'K', 5, 6];

/// The first block of a bzip2 stream, or its end if it is empty.
const BZIP2_BLOCKS: [[u8; 6]; 2] =
    [[0x31, 0x41, 0x59, 0x26, 0x53, 0x59], [0x17, 0x72, 0x45, 0x38, 0x50, 0x90]];

impl Compression {
    /// Returns the kind of compression of which a part begins with these bytes.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        Some(match head {
            _ if head.starts_with(GZIP) => Self::Gzip,
            _ if head.starts_with(ZSTD) => Self::Zstd,
            // A skippable frame (RFC 8878, section 3.1.2), as pzstd writes it first.
            [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Self::Zstd,
            _ if head.starts_with(XZ) => Self::Xz,
            _ if head.starts_with(ZIP) || head.starts_with(EMPTY_ZIP) => Self::Zip,
            // Three letters and a digit may begin a text, so the block after them counts too.
            [b'B', b'Z', b'h', b'1'..=b'9', block @ ..]
                if BZIP2_BLOCKS.iter().any(|begin| block.starts_with(begin)) =>
            {
                Self::Bzip2
            }
            _ => return None,
        })
    }

    /// Returns true if a part may begin with these few bytes and others after them.
    pub(crate) fn may_begin(head: &[u8]) -> bool {
        let is_skippable = || {
            matches!(head.first(), Some(0x50..=0x5F)) && [0x2A, 0x4D, 0x18].starts_with(&head[1..])
        };
        let begins = |with: &[u8]| with.starts_with(&head[..head.len().min(with.len())]);
        head.len() < HEAD
            && ([GZIP, ZSTD, BZIP2, XZ, ZIP, EMPTY_ZIP].into_iter().any(begins) || is_skippable())
    }

    /// Returns the format of the whole input.
    pub(crate) const fn format(self) -> ForeignFormat {
        match self {
            Self::Gzip => ForeignFormat::Gzip,
            Self::Zstd => ForeignFormat::Zstd,
            Self::Bzip2 => ForeignFormat::Bzip2,
            Self::Xz => ForeignFormat::Xz,
            Self::Zip => ForeignFormat::Zip,
        }
    }

    /// Returns the name of a part.
    pub(crate) const fn part(self) -> &'static str {
        match self {
            Self::Gzip | Self::Zip => "member",
            Self::Zstd => "frame",
            Self::Bzip2 | Self::Xz => "stream",
        }
    }
}
