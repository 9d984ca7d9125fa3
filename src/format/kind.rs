//! The formats by name, and which of them an input is in.

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

/// How many bytes [`Format::sniff`] asks for to be sure.
pub const SNIFF_LENGTH: usize = 1_024;

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
    /// there are too few of them. [`SNIFF_LENGTH`] bytes are enough.
    ///
    /// White space and a byte order mark are passed over. Then `<` is MARCXML (in UTF-16 too),
    /// unless a web page begins there,
    /// `{` or `[` is JSON, `=` or a comment sign `#` is MARCMaker text. Everything else that
    /// begins with something like a leader is the line format if a line feed follows its 24
    /// bytes, and ISO 2709 if not.
    ///
    /// ```
    /// use tidemarc::format::Format;
    ///
    /// assert_eq!(Format::sniff(b"<?xml version=\"1.0\"?>\n<collection>"), Some(Format::Marcxml));
    /// assert_eq!(Format::sniff(b"00714cam a2200205 a 4500001001300000"), Some(Format::Iso2709));
    /// assert_eq!(Format::sniff(b"00714cam a2200205 a 4500\n001 ocm1"), Some(Format::Line));
    /// assert_eq!(Format::sniff(b"=LDR  00714cam a2200205 a 4500"), Some(Format::Marcmaker));
    /// assert_eq!(Format::sniff(b"{\"leader\": \"00714cam"), Some(Format::Json));
    /// ```
    #[must_use]
    pub fn sniff(head: &[u8]) -> Option<Self> {
        match head {
            [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'<', 0, ..] | [0, b'<', ..] => {
                return Some(Self::Marcxml);
            }
            _ => {}
        }
        let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
        let text = head.trim_ascii_start();
        match *text.first()? {
            b'<' => is_xml_like(text).then_some(Self::Marcxml),
            b'{' | b'[' => Some(Self::Json),
            b'=' | b'#' => Some(Self::Marcmaker),
            // A message of yaz-marcdump, which it prints among the records.
            b'(' => Some(Self::Line),
            _ => {
                // A leader may begin with blanks, which belong to its 24 bytes.
                let line_end = head.iter().position(|&byte| matches!(byte, b'\n' | b'\r'));
                match line_end {
                    Some(end @ 0..24) if head[..end].trim_ascii().is_empty() => {
                        Self::sniff(&head[end + 1..])
                    }
                    Some(24) => Some(Self::Line),
                    _ if is_leader_like(head) || is_leader_like(text) => Some(Self::Iso2709),
                    _ => None,
                }
            }
        }
    }
}

/// Whether text that begins with `<` may be XML: a web page, which a server sent in the place of a
/// file, is none.
fn is_xml_like(text: &[u8]) -> bool {
    let begins = |with: &[u8]| {
        let length = with.len().min(text.len());
        text[..length].eq_ignore_ascii_case(&with[..length])
    };
    // Too few bytes to tell are none of it, either.
    !begins(b"<!doctype html") && !begins(b"<html")
}

/// Whether these bytes may be the beginning of a leader: five digits, or blanks as pymarc and
/// others leave them, and printable ASCII after that.
fn is_leader_like(bytes: &[u8]) -> bool {
    // One more, which may be the end of a line.
    bytes.len() > 24
        && bytes[..5].iter().all(|byte| byte.is_ascii_digit() || *byte == b' ')
        && bytes[5..24].iter().all(|byte| matches!(byte, b' '..=b'~'))
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
