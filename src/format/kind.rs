//! The formats: their names, and the detection of an input's format.

use super::{ReadOptions, detect::Detector};
use crate::framing::{ForeignFormat, signatures::Signature};
use std::{fmt, str::FromStr};

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
