//! The signatures of formats: what an input looks like by its first bytes.
//!
//! This is the one table of them. [`recognise`] uses it to name an input that is not ISO 2709, and
//! [`suggest`] to detect the format of an input in which records are expected. The signatures of an
//! XML document are in `xml.rs`.
//!
//! A signature of text is one of two kinds. A *certain* one is long enough to name a foreign input.
//! Any other only suggests a format, because one byte of junk may stand before a file of ISO 2709;
//! the input then has to confirm it.

#[cfg_attr(not(feature = "compress"), allow(dead_code, reason = "nothing is decompressed"))]
pub(crate) mod packed;
pub(crate) mod xml;

use self::packed::Compression;
use super::{ForeignFormat, search::ends_plausible_leader};
use crate::record::{
    DIRECTORY_ENTRY_LENGTH, FIELD_TERMINATOR, LEADER_LENGTH, MAX_RECORD_LENGTH, MIN_BASE_ADDRESS,
    RECORD_TERMINATOR,
};
use memchr::{memchr2, memmem};

/// Number of bytes at the start of an input that are examined. If they contain no plausible leader,
/// and begin like another format, the input is taken for that format.
pub(crate) const PROBE_LENGTH: usize = 64 << 10;

/// The format that the first bytes of an input suggest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signature {
    /// ISO 2709.
    Iso2709,
    /// The line format.
    Line,
    /// Any other format. XML, JSON and MARCMaker text may contain records.
    Foreign(ForeignFormat),
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
    let format = by_magic_number(bytes).or_else(|| by_text(bytes))?;
    let is_known = format.may_hold_terminators() || !bytes.contains(&RECORD_TERMINATOR);
    is_known.then_some(format)
}

/// Returns the format that the first bytes suggest. White space and a byte order mark are skipped,
/// and so are comments of XML, which yaz-marcdump prints before records of any format. `is_resumed` says that reading begins inside the input, where JSON continues after a record.
pub(crate) fn suggest(head: &[u8], is_resumed: bool) -> Option<Signature> {
    if xml::begins_wide_markup(head) {
        return Some(Signature::Foreign(ForeignFormat::Xml));
    }
    let head = without_mark(head);
    let text = head.trim_ascii_start();
    if let Some(rest) = after_comments(text)
        && rest.trim_ascii_start().first().is_some_and(|byte| *byte != b'<')
    {
        return suggest(rest, is_resumed).or(Some(Signature::Foreign(ForeignFormat::Xml)));
    }
    match text.first()? {
        b',' | b']' if is_resumed => Some(Signature::Foreign(ForeignFormat::Json)),
        b'<' if may_become_html(text) => None,
        _ => of_text(text)
            .map(|(signature, _)| signature)
            .or_else(|| of_leader(head, head.len() - text.len())),
    }
}

/// Returns true if the first bytes are comments of XML, and more bytes are needed to know what is
/// after them.
pub(crate) fn ends_among_comments(head: &[u8]) -> bool {
    let text = without_mark(head).trim_ascii_start();
    let Some(rest) = after_comments(text) else { return text.starts_with(COMMENT) };
    let rest = rest.trim_ascii_start();
    rest.first().is_none_or(|byte| *byte != b'<') && rest.len() <= LEADER_LENGTH
}

/// The beginning of a comment of XML.
const COMMENT: &[u8] = b"<!--";

/// Returns the bytes after the comments at the front of the text, or `None` if there is no comment,
/// or one is not closed.
fn after_comments(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.strip_prefix(COMMENT)?;
    loop {
        rest = &rest[memmem::find(rest, b"-->")? + 3..];
        match rest.trim_ascii_start().strip_prefix(COMMENT) {
            Some(comment) => rest = comment,
            None => return Some(rest),
        }
    }
}

/// Returns the first byte, from `from` on, that occurs in ISO 2709 and in no text format: a 0x1D,
/// or the end of the directory of a plausible leader. In UTF-16 (`is_wide`) a 0x1D may be half of a
/// character, and is no sign.
pub(crate) fn sign_of_iso2709(bytes: &[u8], mut from: usize, is_wide: bool) -> Option<usize> {
    loop {
        let at = from + memchr2(FIELD_TERMINATOR, RECORD_TERMINATOR, bytes.get(from..)?)?;
        let is_sign = match bytes[at] {
            RECORD_TERMINATOR => !is_wide,
            _ => ends_plausible_leader(bytes, at),
        };
        if is_sign {
            return Some(at);
        }
        from = at + 1;
    }
}

fn by_magic_number(bytes: &[u8]) -> Option<ForeignFormat> {
    let is_digit_in_ebcdic = |byte: &u8| matches!(byte, 0xF0..=0xF9);
    if let Some(packed) = Compression::of(bytes) {
        return Some(packed.format());
    }
    Some(match bytes {
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
    let text = without_mark(bytes).trim_ascii_start();
    match of_text(text) {
        Some((Signature::Foreign(format), true)) => Some(format),
        _ => of_lines(text).or_else(|| of_directory(text)),
    }
}

/// Returns the format in which a text begins, and whether its signature is certain.
fn of_text(text: &[u8]) -> Option<(Signature, bool)> {
    let begins =
        |with: &[u8]| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    let (format, is_certain) = match text {
        _ if HTML.into_iter().any(begins) => (ForeignFormat::Html, true),
        [b'<', rest @ ..] => {
            let is_tag = matches!(rest, [b'?' | b'!' | b'a'..=b'z' | b'A'..=b'Z', ..]);
            (ForeignFormat::Xml, is_tag)
        }
        [b'{' | b'[', rest @ ..] => (ForeignFormat::Json, begins_json(rest)),
        [b'=', ..] => (ForeignFormat::Marcmaker, begins(b"=LDR") || begins(b"=000")),
        // A comment.
        [b'#', ..] => (ForeignFormat::Marcmaker, false),
        // A message of yaz-marcdump, which it prints among the records.
        [b'(', ..] => return Some((Signature::Line, false)),
        _ => return None,
    };
    Some((Signature::Foreign(format), is_certain))
}

/// Returns the format in which an input begins with a leader. The first bytes may be blank.
fn of_leader(mut head: &[u8], blanks: usize) -> Option<Signature> {
    let is_break = |byte: &u8| matches!(byte, b'\n' | b'\r' | 0x0B);
    let text = &head[blanks..];
    // A leader may begin with blanks, which belong to its 24 bytes; blank lines before it do not.
    if let Some(line) = head[..blanks].iter().rposition(is_break) {
        head = &head[line + 1..];
    }
    if head.iter().take(LEADER_LENGTH + 1).position(is_break) == Some(LEADER_LENGTH) {
        return Some(Signature::Line);
    }
    (is_leader_like(head) || is_leader_like(text)).then_some(Signature::Iso2709)
}

/// Returns true if these bytes may be the start of a leader: five digits, or blanks as pymarc and
/// others leave them, and printable ASCII after that.
fn is_leader_like(bytes: &[u8]) -> bool {
    // One byte more, which may be the end of a line.
    bytes.len() > LEADER_LENGTH
        && bytes[..5].iter().all(|byte| byte.is_ascii_digit() || *byte == b' ')
        && bytes[5..LEADER_LENGTH].iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// The ways in which a page of HTML begins. A server may send one in place of a file.
const HTML: [&[u8]; 2] = [b"<!doctype html", b"<html"];

/// Returns true if these are the first bytes of a page of HTML, or of one that may follow.
fn may_become_html(text: &[u8]) -> bool {
    HTML.into_iter().any(|html| {
        let length = html.len().min(text.len());
        text[..length].eq_ignore_ascii_case(&html[..length])
    })
}

/// Returns true if a value, a name or a closing bracket stands after the first bracket.
fn begins_json(rest: &[u8]) -> bool {
    matches!(
        rest.trim_ascii_start().first(),
        Some(b'"' | b'{' | b'[' | b'}' | b']' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n')
    )
}

/// The ways in which a program writes a field terminator as text.
const SPELLED: [&[u8]; 4] = [b"#30;", b"&#30;", b"&#x1e;", b"#x1e;"];

/// Length of the lines of a CDS/ISIS export.
const ISIS_LINE: usize = 80;

/// Returns the format of a library system in which a text begins: one field on each line.
fn of_lines(text: &[u8]) -> Option<ForeignFormat> {
    if let Some(leader) = text.strip_prefix(b"LEADER ") {
        return is_leader_like(leader).then_some(ForeignFormat::Innovative);
    }
    // System number, tag, indicators, alphabet: `000000001 24510 L $$aTitle`.
    let (number, rest) = text.split_at_checked(9)?;
    let is_line = number.iter().all(u8::is_ascii_digit)
        && matches!(rest, [b' ', a, b, c, _, _, b' ', b'A'..=b'Z', b' ', ..]
            if [a, b, c].into_iter().all(u8::is_ascii_alphanumeric));
    is_line.then_some(ForeignFormat::AlephSequential)
}

/// Returns the format if the base address of the first record, after a directory of letters and
/// digits, leads to something else than a field terminator: to a `#` of CDS/ISIS or to `#30;`, and no
/// field terminator is used; or if it leads to a field terminator, but only when line breaks are not
/// counted.
///
/// Exports may end their records in 0x1D. Then an export with wrapped lines must have its first
/// break at column 80, because a damaged record of MARC may have a break elsewhere.
fn of_directory(text: &[u8]) -> Option<ForeignFormat> {
    let not_breaks = || text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n'));
    let number = |from: usize| {
        not_breaks().skip(from).take(5).try_fold(0, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + usize::from(byte - b'0'))
        })
    };
    let (Some(_), Some(base)) = (number(0), number(12)) else { return None };
    if !(MIN_BASE_ADDRESS..MAX_RECORD_LENGTH).contains(&base) {
        return None;
    }
    let directory = base - MIN_BASE_ADDRESS;
    let is_directory = directory.is_multiple_of(DIRECTORY_ENTRY_LENGTH)
        && not_breaks().skip(LEADER_LENGTH).take(directory).all(u8::is_ascii_alphanumeric);
    if !is_directory {
        return None;
    }
    let ends_in = |spelled: &[u8]| {
        let end = not_breaks().skip(base - 1).take(spelled.len());
        end.map(u8::to_ascii_lowercase).eq(spelled.iter().copied())
    };
    if SPELLED.into_iter().any(ends_in) && !text.contains(&FIELD_TERMINATOR) {
        return Some(ForeignFormat::SpelledSeparators);
    }
    let is_isis = match not_breaks().nth(base - 1)? {
        b'#' => !text.contains(&FIELD_TERMINATOR),
        &FIELD_TERMINATOR => {
            let first_break = text.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
            text.get(base - 1) != Some(&FIELD_TERMINATOR)
                && (first_break == Some(ISIS_LINE) || !text.contains(&RECORD_TERMINATOR))
        }
        _ => false,
    };
    is_isis.then_some(ForeignFormat::Isis)
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
            (
                b"000840000000000490004500001000500000245000500005#30;abcd#30;efgh#30;#29;",
                ForeignFormat::SpelledSeparators,
            ),
            (
                b"000840000000000490004500001000500000245000500005&#x1E;abcd&#x1E;ef",
                ForeignFormat::SpelledSeparators,
            ),
            (b"LEADER 00000cam  2200289Ia 4500\n001    ocm1", ForeignFormat::Innovative),
            (b"000000228 LDR   L ^^^^^nam^a22002891^^4500", ForeignFormat::AlephSequential),
            (b"\n000000794 24514 L $$aThe descent", ForeignFormat::AlephSequential),
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
            b"LEADER of the pack, and a record that follows",
            b"000000228 24514 l $$aThe descent",
            b"0000002289 24514 L $$aThe descent",
            b"000000228 LDR   L \x1D",
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
