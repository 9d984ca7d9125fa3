//! The formats by name, and which of them an input is in.

use super::{ReadOptions, sniff::Sniffer};
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

/// A name that no format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnknownFormat;

impl Format {
    /// Every format.
    pub const ALL: [Self; 6] =
        [Self::Iso2709, Self::Marcxml, Self::Json, Self::JsonLines, Self::Marcmaker, Self::Line];

    /// A short stable name: `"iso2709"`, `"marcxml"`, `"json"`, `"jsonl"`, `"marcmaker"`, `"line"`.
    /// [`from_str`](Self::from_str) takes it, and `"marc"`, `"xml"` and `"mrk"` too.
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

    /// The format of an input that begins with these bytes; `None` if they look like none, or if
    /// there are too few of them. [`SNIFF_LENGTH`](super::SNIFF_LENGTH) bytes are enough.
    ///
    /// White space and a byte order mark are passed over. Then `<` is MARCXML (in UTF-16 too),
    /// unless a web page begins there,
    /// `{` or `[` is JSON, `=` or a comment sign `#` is MARCMaker text, `(` is the line format.
    /// Everything else that
    /// begins with something like a leader is the line format if a line feed follows its 24
    /// bytes, and ISO 2709 if not.
    ///
    /// What looks like text, and has a 0x1D or a plausible leader of ISO 2709 before the end of its
    /// first record, is ISO 2709 behind some junk.
    ///
    /// ```
    /// use tidemarc::format::Format;
    ///
    /// assert_eq!(Format::sniff(b"<?xml version=\"1.0\"?>\n<collection>"), Some(Format::Marcxml));
    /// assert_eq!(Format::sniff(b"00714cam a2200205 a 4500001001300000"), Some(Format::Iso2709));
    /// assert_eq!(Format::sniff(b"00714cam a2200205 a 4500\n001 ocm1"), Some(Format::Line));
    /// assert_eq!(Format::sniff(b"=LDR  00714cam a2200205 a 4500"), Some(Format::Marcmaker));
    /// assert_eq!(Format::sniff(b"{\"leader\": \"00714cam"), Some(Format::Json));
    /// assert_eq!(Format::sniff(b"<junk>00026nam a2200025   4500\x1E\x1D"), Some(Format::Iso2709));
    /// ```
    #[must_use]
    pub fn sniff(head: &[u8]) -> Option<Self> {
        Self::sniff_at(head, 0, ReadOptions::new())
    }

    /// The same of bytes at this offset of an input.
    pub(crate) fn sniff_at(head: &[u8], offset: u64, options: ReadOptions) -> Option<Self> {
        Sniffer::new(options, offset > 0).look(head, true).flatten()
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
