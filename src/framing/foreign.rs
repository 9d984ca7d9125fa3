//! Foreign inputs, recognised by their first bytes.

use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, MAX_RECORD_LENGTH, MIN_BASE_ADDRESS,
    RECORD_TERMINATOR,
};
use core::fmt;

/// Number of bytes at the start of an input that are examined. If they contain no plausible leader,
/// and begin like another format, the input is taken for that format.
pub(super) const PROBE_LENGTH: usize = 64 << 10;

/// The format of an input that is not ISO 2709.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ForeignFormat {
    /// A page of HTML: often an error message that was saved in place of a file.
    Html,
    /// XML, such as MARCXML.
    Xml,
    /// JSON, such as MARC-in-JSON.
    Json,
    /// The mnemonic text of MARCMaker and MarcEdit, with lines like `=245  10$aTitle`.
    Marcmaker,
    /// Compressed by gzip.
    Gzip,
    /// A zip archive.
    Zip,
    /// Compressed by bzip2.
    Bzip2,
    /// Compressed by xz.
    Xz,
    /// Compressed by zstd.
    Zstd,
    /// A PDF document.
    Pdf,
    /// A file of Excel, Word and other programs before 2007 (OLE2, compound file binary).
    Ole2,
    /// Text in UTF-16.
    Utf16,
    /// MARC or other text in EBCDIC, the encoding of mainframes.
    Ebcdic,
    /// ISO 2709 as CDS/ISIS exports it: `#` in place of the terminators, or wrapped lines.
    Isis,
}

impl ForeignFormat {
    /// Returns the format's name for messages, as in `looks like ` …
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Html => "HTML",
            Self::Xml => "XML",
            Self::Json => "JSON",
            Self::Marcmaker => "MARCMaker text",
            Self::Gzip => "gzip",
            Self::Zip => "zip",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Pdf => "PDF",
            Self::Ole2 => "an old Excel or Word file (OLE2)",
            Self::Utf16 => "UTF-16",
            Self::Ebcdic => "EBCDIC",
            Self::Isis => "a CDS/ISIS export",
        }
    }

    /// Returns advice to the user, for messages.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::Html => "fetch the file again, as a saved page is often an error message",
            Self::Xml => "read it as MARCXML, if it is that",
            Self::Json => "read it as MARC-in-JSON, if it is that",
            Self::Marcmaker => "read it as MARCMaker text",
            Self::Gzip => "unpack it, or in Python pass what gzip.open(path) gives",
            Self::Zip => "unpack it (.xlsx and .docx files are zip too, and not MARC)",
            Self::Bzip2 => "unpack it, or in Python pass what bz2.open(path) gives",
            Self::Xz => "unpack it, or in Python pass what lzma.open(path) gives",
            Self::Zstd => "unpack it",
            Self::Pdf | Self::Ole2 => "export the records as MARC",
            Self::Utf16 => "export it in UTF-8",
            Self::Ebcdic => "export it in UTF-8 or MARC-8",
            Self::Isis => "export it with 0x1E and 0x1D, and without line breaks",
        }
    }

    /// Returns true if 0x1D has no meaning in such an input.
    const fn may_hold_terminators(self) -> bool {
        !matches!(self, Self::Html | Self::Xml | Self::Json | Self::Marcmaker)
    }
}

impl fmt::Display for ForeignFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Returns the format of an input that begins with these bytes, if it is not ISO 2709. The first 64
/// KiB are enough.
///
/// ```
/// use tidemarc::framing::{ForeignFormat, recognise};
/// assert_eq!(recognise(b"\n<!DOCTYPE html><html>"), Some(ForeignFormat::Html));
/// assert_eq!(recognise(b"00063nam a2200049   4500"), None);
/// ```
#[must_use]
pub fn recognise(bytes: &[u8]) -> Option<ForeignFormat> {
    let bytes = &bytes[..bytes.len().min(PROBE_LENGTH)];
    let format = by_signature(bytes).or_else(|| by_text(bytes))?;
    let is_known = format.may_hold_terminators() || !bytes.contains(&RECORD_TERMINATOR);
    is_known.then_some(format)
}

fn by_signature(bytes: &[u8]) -> Option<ForeignFormat> {
    let is_digit_in_ebcdic = |byte: &u8| matches!(byte, 0xF0..=0xF9);
    Some(match bytes {
        [0x1F, 0x8B, 0x08, ..] => ForeignFormat::Gzip,
        [b'P', b'K', 3 | 5, 4 | 6, ..] => ForeignFormat::Zip,
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => ForeignFormat::Bzip2,
        [0xFD, b'7', b'z', b'X', b'Z', 0, ..] => ForeignFormat::Xz,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => ForeignFormat::Zstd,
        [b'%', b'P', b'D', b'F', b'-', ..] => ForeignFormat::Pdf,
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => ForeignFormat::Ole2,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => ForeignFormat::Utf16,
        [b'0'..=b'9', 0, b'0'..=b'9', 0, ..] | [0, b'0'..=b'9', 0, b'0'..=b'9', ..] => {
            ForeignFormat::Utf16
        }
        [0x4C, 0x6F, 0xA7, 0x94, 0x93, ..] => ForeignFormat::Ebcdic,
        [_, _, _, _, _, ..] if bytes[..5].iter().all(is_digit_in_ebcdic) => ForeignFormat::Ebcdic,
        _ => return None,
    })
}

fn by_text(bytes: &[u8]) -> Option<ForeignFormat> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = bytes.trim_ascii_start();
    let begins =
        |with: &[u8]| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    Some(match text {
        _ if begins(b"<!doctype html") || begins(b"<html") => ForeignFormat::Html,
        [b'<', b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..] => ForeignFormat::Xml,
        [b'{' | b'[', rest @ ..] if begins_json(rest) => ForeignFormat::Json,
        _ if begins(b"=LDR") || begins(b"=000") => ForeignFormat::Marcmaker,
        _ if is_isis(text) => ForeignFormat::Isis,
        _ => return None,
    })
}

/// Returns true if a value, a name or a closing bracket stands after the first bracket.
fn begins_json(rest: &[u8]) -> bool {
    matches!(
        rest.trim_ascii_start().first(),
        Some(b'"' | b'{' | b'[' | b'}' | b']' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n')
    )
}

/// Length of the lines of a CDS/ISIS export.
const ISIS_LINE: usize = 80;

/// Returns true if the base address of the first record, after a directory of letters and digits,
/// leads to a `#` and no field terminator is used; or if it leads to a field terminator, but only
/// when line breaks are not counted.
///
/// Exports may end their records in 0x1D. Then an export with wrapped lines must have its first
/// break at column 80, because a damaged record of MARC may have a break elsewhere.
fn is_isis(text: &[u8]) -> bool {
    let not_breaks = || text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let number = |from: usize| {
        not_breaks().skip(from).take(5).try_fold(0, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + usize::from(byte - b'0'))
        })
    };
    let (Some(_), Some(base)) = (number(0), number(12)) else { return false };
    if !(MIN_BASE_ADDRESS..MAX_RECORD_LENGTH).contains(&base) {
        return false;
    }
    let directory = base - MIN_BASE_ADDRESS;
    let is_directory = directory.is_multiple_of(DIRECTORY_ENTRY_LENGTH)
        && not_breaks().skip(LEADER_LENGTH).take(directory).all(u8::is_ascii_alphanumeric);
    is_directory
        && match not_breaks().nth(base - 1) {
            Some(b'#') => !text.contains(&FIELD_TERMINATOR),
            Some(&FIELD_TERMINATOR) => {
                let first_break = text.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
                text.get(base - 1) != Some(&FIELD_TERMINATOR)
                    && (first_break == Some(ISIS_LINE) || !text.contains(&RECORD_TERMINATOR))
            }
            _ => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_told_by_how_they_begin() {
        let isis = b"00084000000000049000450000100050000024500050000\r\n5#abcd#efgh##";
        let directory = b"001000500000005000500005010000500010015000500015020000500020";
        let fields = b"\x1Eabcd\x1Eabcd\x1Eabcd\x1Eabcd\x1Eabcd\x1E\x1D";
        let record = [&b"001110000000000850004500"[..], directory, fields].concat();
        let wrapped = |at: usize| [&record[..at], b"\r\n", &record[at..], b"\r\n"].concat();
        for (bytes, format) in [
            (&b"<HTML><body>"[..], ForeignFormat::Html),
            (b"\xEF\xBB\xBF<?xml version='1.0'?>", ForeignFormat::Xml),
            (b"<collection xmlns=''>", ForeignFormat::Xml),
            (b" [ {\"leader\":", ForeignFormat::Json),
            (b"=LDR  00000nam", ForeignFormat::Marcmaker),
            (b"\x1F\x8B\x08\0\x1D", ForeignFormat::Gzip),
            (b"PK\x03\x04", ForeignFormat::Zip),
            (b"BZh91AY&SY", ForeignFormat::Bzip2),
            (b"\xFD7zXZ\0", ForeignFormat::Xz),
            (b"\x28\xB5\x2F\xFD", ForeignFormat::Zstd),
            (b"%PDF-1.7", ForeignFormat::Pdf),
            (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0", ForeignFormat::Ole2),
            (b"\xFF\xFE0\x000\x00", ForeignFormat::Utf16),
            (b"0\x000\x001\x00", ForeignFormat::Utf16),
            (b"\xF0\xF0\xF1\xF2\xF3\x95", ForeignFormat::Ebcdic),
            (isis, ForeignFormat::Isis),
            (
                b"000840000000000490004500001000500000245000500005#abcd#efgh#\x1D",
                ForeignFormat::Isis,
            ),
            (&wrapped(80), ForeignFormat::Isis),
        ] {
            assert_eq!(recognise(bytes), Some(format), "{}", bytes.escape_ascii());
            for words in [format.name(), format.remedy()] {
                assert!(!words.is_empty() && !words.ends_with('.'), "{format:?}");
            }
        }
        for bytes in [
            &b""[..],
            b"00063nam a2200049   4500",
            b"junk",
            b"[sic] junk",
            b"<a\x1D",
            // A line break before a record, or after its directory, is not a sign of CDS/ISIS.
            b"\n00060nam a2200049   4500001000300000245000700003\x1Eab\x1Eefgh\x1E\x1D",
            &wrapped(90),
            // A line break elsewhere in the directory, or a number sign after it, is damage.
            &wrapped(79),
            b"00060nam a2200049   4500001000300000245000700003#ab\x1Eefgh\x1E\x1D",
            // A wrong base address may lead to a number sign in the text.
            b"00060nam a2200061   4500001000300000245000700003\x1Eab\x1E10\x1FaBooks#1\x1E\x1D",
        ] {
            assert_eq!(recognise(bytes), None, "{}", bytes.escape_ascii());
        }
    }
}
