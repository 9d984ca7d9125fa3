//! The kinds of compression that are written.

use std::{ffi::OsStr, fmt, io, ops::RangeInclusive, path::Path, str::FromStr};

/// A kind of compression in which an output can be written. Input is recognised by its first bytes,
/// and may have other kinds too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip (RFC 1952), in one member.
    Gzip,
    /// BGZF (SAM specification, section 4.1): gzip in blocks of at most 64 KiB of data, which every
    /// program that reads gzip can read. The blocks can be found without decompressing them. A
    /// [`Converter`](crate::Converter) compresses them on the threads of its reader.
    Bgzf,
    /// zstd (RFC 8878), in one frame with a checksum.
    Zstd,
}

/// The suffixes that stand for a compression.
const SUFFIXES: [(&str, Compression); 4] = [
    ("gz", Compression::Gzip),
    ("bgz", Compression::Bgzf),
    ("bgzf", Compression::Bgzf),
    ("zst", Compression::Zstd),
];

/// The error for a name that no compression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownCompression;

impl Compression {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Gzip, Self::Bgzf, Self::Zstd];

    /// Returns a short stable name: `"gzip"`, `"bgzf"`, `"zstd"`. [`from_str`](Self::from_str)
    /// accepts it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Bgzf => "bgzf",
            Self::Zstd => "zstd",
        }
    }

    /// Returns the compression that the last suffix of a path stands for: `.gz` gzip, `.bgz` and
    /// `.bgzf` BGZF, `.zst` zstd. Case makes no difference.
    ///
    /// ```
    /// use tidemarc::format::{Compression, Format};
    ///
    /// assert_eq!(Compression::of_path("books.xml.gz"), Some(Compression::Gzip));
    /// assert_eq!(Format::of_path("books.xml.gz"), Ok(Format::Marcxml));
    /// assert_eq!(Compression::of_path("books.xml"), None);
    /// ```
    #[must_use]
    pub fn of_path(path: impl AsRef<Path>) -> Option<Self> {
        let suffix = path.as_ref().extension()?;
        let found = SUFFIXES.into_iter().find(|(known, _)| suffix.eq_ignore_ascii_case(known));
        found.map(|(_, compression)| compression)
    }

    /// Returns the levels of compression, from the fastest to the smallest result.
    #[must_use]
    pub const fn levels(self) -> RangeInclusive<u8> {
        match self {
            Self::Gzip | Self::Bgzf => 0..=9,
            Self::Zstd => 1..=22,
        }
    }

    /// Returns the level that holds if none is specified.
    #[must_use]
    pub const fn default_level(self) -> u8 {
        match self {
            Self::Gzip | Self::Bgzf => 6,
            Self::Zstd => 3,
        }
    }

    /// Checks a level.
    ///
    /// # Errors
    /// If this compression does not have it.
    pub(crate) fn check_level(self, level: u8) -> io::Result<()> {
        let levels = self.levels();
        if levels.contains(&level) {
            return Ok(());
        }
        let (least, most) = levels.into_inner();
        let message =
            std::format!("the level of {self} must be from {least} to {most}, not {level}");
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

/// Returns a path without the suffix of its compression.
pub(crate) fn without_compression(path: &Path) -> &OsStr {
    match (Compression::of_path(path), path.file_stem()) {
        (Some(_), Some(stem)) => stem,
        _ => path.as_os_str(),
    }
}

impl FromStr for Compression {
    type Err = UnknownCompression;

    fn from_str(name: &str) -> Result<Self, UnknownCompression> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(UnknownCompression)
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for UnknownCompression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no compression has this name: gzip, bgzf, zstd are there")
    }
}

impl std::error::Error for UnknownCompression {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_suffix_of_a_path_states_the_compression() {
        for (path, compression) in [
            ("a.mrc.gz", Some(Compression::Gzip)),
            ("a.GZ", Some(Compression::Gzip)),
            ("a.xml.bgz", Some(Compression::Bgzf)),
            ("a.bgzf", Some(Compression::Bgzf)),
            ("a.b.zst", Some(Compression::Zstd)),
            ("a.gz.mrc", None),
            (".gz", None),
            ("a.gz/b", None),
        ] {
            assert_eq!(Compression::of_path(path), compression, "{path}");
        }
        assert_eq!(without_compression(Path::new("d/a.xml.GZ")), "a.xml");
        assert_eq!(without_compression(Path::new("d/a.xml")), "d/a.xml");
    }

    #[test]
    fn a_level_out_of_range_is_refused_with_the_range() {
        for kind in Compression::ALL {
            assert_eq!(kind.name().parse(), Ok(kind));
            kind.check_level(kind.default_level()).unwrap();
            let error = kind.check_level(23).unwrap_err().to_string();
            assert!(
                error.starts_with(&std::format!("the level of {kind} must be from ")),
                "{error}"
            );
        }
        assert_eq!("GZIP".parse::<Compression>(), Err(UnknownCompression));
    }
}
