//! The formats: their names, and the detection of an input's format.

use super::{ReadOptions, detect::Detector};
use crate::{
    compress::without_compression,
    error::escaped,
    framing::{ForeignFormat, signatures::Signature},
};
use std::{fmt, io, path::Path, str::FromStr, vec::Vec};

/// A format in which MARC records are interchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// ISO 2709, as MARC 21 narrows it: leader, directory, fields.
    Iso2709,
    /// MARCXML (the Library of Congress's `MARC21slim` schema).
    Marcxml,
    /// MARC-in-JSON: written as one array of records. All JSON is read in the same way.
    Json,
    /// MARC-in-JSON: written one record a line.
    JsonLines,
    /// MARCMaker text (`.mrk`), in MarcEdit's dialect.
    Marcmaker,
    /// The line format of `yaz-marcdump`.
    Line,
}

/// The suffixes that files of a format have. `.txt` is missing: MARCMaker and line text both have
/// it.
const SUFFIXES: [(&str, Format); 13] = [
    ("mrc", Format::Iso2709),
    ("marc", Format::Iso2709),
    ("dat", Format::Iso2709),
    ("utf8", Format::Iso2709),
    ("bin", Format::Iso2709),
    ("iso", Format::Iso2709),
    ("xml", Format::Marcxml),
    ("marcxml", Format::Marcxml),
    ("json", Format::Json),
    ("jsonl", Format::JsonLines),
    ("ndjson", Format::JsonLines),
    ("mrk", Format::Marcmaker),
    ("mrk8", Format::Marcmaker),
];

/// The error for a path whose suffix stands for no format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownSuffix(String);

/// The error for a name that no format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFormat;

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Iso2709, Self::Marcxml, Self::Json, Self::JsonLines, Self::Marcmaker, Self::Line];

    /// Returns a short stable name: `"iso2709"`, `"marcxml"`, `"json"`, `"jsonl"`, `"marcmaker"`,
    /// `"line"`. [`from_str`](Self::from_str) accepts it, and also `"marc"`, `"xml"` and `"mrk"`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Iso2709 => "iso2709",
            Self::Marcxml => "marcxml",
            Self::Json => "json",
            Self::JsonLines => "jsonl",
            Self::Marcmaker => "marcmaker",
            Self::Line => "line",
        }
    }

    /// Returns the format of an input that begins with these bytes, or `None` if no format is
    /// recognised or there are too few bytes. [`DETECTION_LENGTH`](super::DETECTION_LENGTH) bytes
    /// are enough.
    ///
    /// White space and a byte order mark are skipped. Then `<` suggests MARCXML (in UTF-16 too),
    /// unless a web page begins there; `{` or `[` suggests JSON, `=` or a comment sign `#`
    /// MARCMaker text, and `(` the line format. Bytes that look like a leader suggest the line
    /// format if a line feed follows the 24 bytes, and ISO 2709 otherwise.
    ///
    /// A suggested text format with a 0x1D or a plausible leader of ISO 2709 before the end of its
    /// first record is ISO 2709 after some junk.
    ///
    /// ```
    /// use tidemarc::format::Format;
    ///
    /// assert_eq!(Format::detect(b"<?xml version=\"1.0\"?>\n<collection>"), Some(Format::Marcxml));
    /// assert_eq!(Format::detect(b"00714cam a2200205 a 4500001001300000"), Some(Format::Iso2709));
    /// assert_eq!(Format::detect(b"00714cam a2200205 a 4500\n001 ocm1"), Some(Format::Line));
    /// assert_eq!(Format::detect(b"=LDR  00714cam a2200205 a 4500"), Some(Format::Marcmaker));
    /// assert_eq!(Format::detect(b"{\"leader\": \"00714cam"), Some(Format::Json));
    /// let junk = b"<junk>00026nam a2200025   4500\x1E\x1D";
    /// assert_eq!(Format::detect(junk), Some(Format::Iso2709));
    /// ```
    #[must_use]
    pub fn detect(head: &[u8]) -> Option<Self> {
        Self::detect_at(head, 0, ReadOptions::new())
    }

    /// Does the same for bytes at this offset of an input.
    pub(crate) fn detect_at(head: &[u8], offset: u64, options: ReadOptions) -> Option<Self> {
        Detector::new(options, offset > 0).look(head, true).flatten()
    }

    /// Returns the format of an input whose first bytes `more` appends to those that it has appended
    /// before; it returns false at the end. It is called until the bytes decide.
    ///
    /// # Errors
    /// The errors of `more`.
    pub(crate) fn detect_in(
        options: ReadOptions,
        mut more: impl FnMut(&mut Vec<u8>) -> io::Result<bool>,
    ) -> io::Result<Option<Self>> {
        let mut detector = Detector::new(options, false);
        let (mut head, mut is_end) = (Vec::new(), false);
        loop {
            if let Some(format) = detector.look(&head, is_end) {
                return Ok(format);
            }
            is_end = !more(&mut head)?;
        }
    }

    /// Returns the format to write to a path that is given without a format: the one that its suffix
    /// stands for. A path without a suffix stands for ISO 2709. Case makes no difference, nor does
    /// the suffix of a [`Compression`](super::Compression) after it.
    ///
    /// | suffix | format |
    /// |---|---|
    /// | none, `.mrc`, `.marc`, `.dat`, `.utf8`, `.bin`, `.iso` | ISO 2709 |
    /// | `.xml`, `.marcxml` | MARCXML |
    /// | `.json` | JSON |
    /// | `.jsonl`, `.ndjson` | JSON Lines |
    /// | `.mrk`, `.mrk8` | MARCMaker |
    ///
    /// ```
    /// use tidemarc::format::Format;
    ///
    /// assert_eq!(Format::of_path("books.XML"), Ok(Format::Marcxml));
    /// assert_eq!(Format::of_path("books.json.gz"), Ok(Format::Json));
    /// assert_eq!(Format::of_path("/dev/stdout"), Ok(Format::Iso2709));
    /// assert!(Format::of_path("books.txt").is_err(), "MARCMaker or line text");
    /// ```
    ///
    /// # Errors
    /// If the suffix is another one. The error lists the suffixes.
    pub fn of_path(path: impl AsRef<Path>) -> Result<Self, UnknownSuffix> {
        let path = Path::new(without_compression(path.as_ref()));
        let Some(suffix) = path.extension() else { return Ok(Self::Iso2709) };
        let found = SUFFIXES.into_iter().find(|(known, _)| suffix.eq_ignore_ascii_case(known));
        let unknown = || UnknownSuffix(suffix.to_string_lossy().into_owned());
        found.map(|(_, format)| format).ok_or_else(unknown)
    }

    /// Returns the format in which an input with this signature may contain records.
    pub(super) const fn of(signature: Signature) -> Option<Self> {
        match signature {
            Signature::Iso2709 => Some(Self::Iso2709),
            Signature::Line => Some(Self::Line),
            Signature::Foreign(ForeignFormat::Xml) => Some(Self::Marcxml),
            Signature::Foreign(ForeignFormat::Json) => Some(Self::Json),
            Signature::Foreign(ForeignFormat::Marcmaker) => Some(Self::Marcmaker),
            Signature::Foreign(_) => None,
        }
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, UnknownFormat> {
        match name {
            "iso2709" | "marc" => Ok(Self::Iso2709),
            "marcxml" | "xml" => Ok(Self::Marcxml),
            "json" => Ok(Self::Json),
            "jsonl" => Ok(Self::JsonLines),
            "marcmaker" | "mrk" => Ok(Self::Marcmaker),
            "line" => Ok(Self::Line),
            _ => Err(UnknownFormat),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no format has this name: ")?;
        for (at, format) in Format::ALL.into_iter().enumerate() {
            write!(f, "{}{format}", if at == 0 { "" } else { ", " })?;
        }
        f.write_str(" are there")
    }
}

impl std::error::Error for UnknownFormat {}

impl fmt::Display for UnknownSuffix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(suffix) = self;
        write!(
            f,
            "the suffix .{} stands for no format: name the format, or use ",
            escaped(suffix)
        )?;
        for (at, (suffix, format)) in SUFFIXES.into_iter().enumerate() {
            // The suffixes of a format stand together.
            let is_last = SUFFIXES.get(at + 1).is_none_or(|(_, next)| *next != format);
            write!(f, ".{suffix}")?;
            match (is_last, at + 1 == SUFFIXES.len()) {
                (false, _) => f.write_str(", ")?,
                (true, false) => write!(f, " ({format}), ")?,
                (true, true) => write!(f, " ({format})")?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for UnknownSuffix {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_suffix_of_a_path_states_the_format_to_write() {
        for (path, format) in [
            ("a.mrc", Format::Iso2709),
            ("a.MARC", Format::Iso2709),
            ("a.b.dat", Format::Iso2709),
            ("a", Format::Iso2709),
            (".mrc", Format::Iso2709),
            ("a.xml/b", Format::Iso2709),
            ("a.Xml", Format::Marcxml),
            ("a.json", Format::Json),
            ("a.ndjson", Format::JsonLines),
            ("a.mrk", Format::Marcmaker),
            ("a.mrc.gz", Format::Iso2709),
            ("d.x/a.gz", Format::Iso2709),
            ("a.XML.BGZ", Format::Marcxml),
            ("a.jsonl.zst", Format::JsonLines),
        ] {
            assert_eq!(Format::of_path(path), Ok(format), "{path}");
        }
        for path in [
            "a.txt",
            "a.txt.gz",
            "a.mrc.gz.gz",
            "a.mrc.xz",
            "a.mrc.new",
            "a.line",
            "a.mrc ",
            "a.\u{E9}",
        ] {
            assert!(Format::of_path(path).is_err(), "{path}");
        }
        assert_eq!(
            Format::of_path("a.mrc.g\nz").unwrap_err().to_string(),
            "the suffix .g\\u000az stands for no format: name the format, or use .mrc, .marc, .dat, \
             .utf8, .bin, .iso (iso2709), .xml, .marcxml (marcxml), .json (json), .jsonl, .ndjson \
             (jsonl), .mrk, .mrk8 (marcmaker)"
        );
    }
}
