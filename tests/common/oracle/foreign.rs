//! Inputs that are not MARC at all, by how they begin.

use super::{
    frame::{Kind, Rules},
    frames::first_run,
    judge::{Judgement, judge},
    leader::{decimal, long_record, next_leader},
};

/// How many bytes at the start of `input` show that it is no MARC at all.
pub fn foreign(input: &[u8], rules: Rules) -> Option<usize> {
    let window = &input[..input.len().min(rules.limit)];
    let probe = &window[..window.len().min(65_536)];
    let begins_as_marc =
        matches!(first_run(window, rules).kind, Kind::Record | Kind::Padding | Kind::Descriptor)
            || !matches!(judge(window, rules.limit), Judgement::Bad(_))
            || long_record(window).is_some();
    let is_foreign = rules.repairs
        && !input.is_empty()
        && !begins_as_marc
        && next_leader(probe, rules).is_none()
        && looks_foreign(probe);
    is_foreign.then_some(probe.len())
}

/// Whether bytes are no MARC, by how they begin.
fn looks_foreign(bytes: &[u8]) -> bool {
    if has_signature(bytes) {
        return true;
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let unwrapped: Vec<u8> =
        text.iter().copied().filter(|&byte| byte != b'\r' && byte != b'\n').collect();
    if is_isis(text, &unwrapped) {
        return true;
    }
    !bytes.contains(&0x1D)
        && (is_markup(text)
            || is_json(text)
            || is_marcmaker(text)
            || is_innovative(text)
            || is_aleph_sequential(text))
}

/// Signatures of compressed files, PDF, old files of Office, UTF-16, and digits or a leader in EBCDIC.
fn has_signature(bytes: &[u8]) -> bool {
    let has = |signature: &[u8]| bytes.starts_with(signature);
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let zero = |at: usize| bytes.get(at) == Some(&0);
    let in_ebcdic = |byte: &u8| (0xF0..=0xF9).contains(byte);
    has(b"\x1F\x8B\x08")
        || has(b"PK\x03\x04")
        || has(b"PK\x05\x06")
        || has(b"BZh") && digit(3) && !has(b"BZh0") && is_block_of_bzip2(&bytes[4..])
        || has(b"\xFD7zXZ\0")
        || has(b"\x28\xB5\x2F\xFD")
        || bytes.len() > 3 && bytes[0] >> 4 == 5 && bytes[1..4] == *b"\x2A\x4D\x18"
        || has(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1")
        || has(b"%PDF-")
        || has(b"\xFF\xFE")
        || has(b"\xFE\xFF")
        || digit(0) && zero(1) && digit(2) && zero(3)
        || zero(0) && digit(1) && zero(2) && digit(3)
        || has(b"\x4C\x6F\xA7\x94\x93")
        || bytes.len() >= 5 && bytes[..5].iter().all(in_ebcdic)
}

/// The digits of pi before a block of bzip2, or those of its square root at the end of the stream.
fn is_block_of_bzip2(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x31\x41\x59\x26\x53\x59") || bytes.starts_with(b"\x17\x72\x45\x38\x50\x90")
}

/// A tag, a declaration or a comment of XML.
fn is_markup(text: &[u8]) -> bool {
    text.strip_prefix(b"<")
        .and_then(<[u8]>::first)
        .is_some_and(|&byte| byte == b'?' || byte == b'!' || byte.is_ascii_alphabetic())
}

/// An object or array of JSON with the beginning of what may stand in it.
fn is_json(text: &[u8]) -> bool {
    let inside = text.strip_prefix(b"{").or_else(|| text.strip_prefix(b"["));
    inside.is_some_and(|rest| {
        let first = rest.trim_ascii_start().first();
        first.is_some_and(|byte| b"\"{[}]-tfn0123456789".contains(byte))
    })
}

/// The line of a leader in MARCMaker.
fn is_marcmaker(text: &[u8]) -> bool {
    text.get(..4).is_some_and(|head| {
        let head = head.to_ascii_uppercase();
        head == b"=LDR" || head == b"=000"
    })
}

/// The line of a leader in text of a system by Innovative.
fn is_innovative(text: &[u8]) -> bool {
    let Some(leader) = text.strip_prefix(b"LEADER ") else { return false };
    let is_number = |byte: &u8| byte.is_ascii_digit() || *byte == b' ';
    leader.len() > 24
        && leader[..5].iter().all(is_number)
        && leader[5..24].iter().all(|byte| (0x20..0x7F).contains(byte))
}

/// A line of Aleph sequential: nine digits, a tag with indicators and an alphabet, with blanks
/// between them.
fn is_aleph_sequential(text: &[u8]) -> bool {
    let Some(line) = text.get(..18) else { return false };
    line[..9].iter().all(u8::is_ascii_digit)
        && line[10..13].iter().all(u8::is_ascii_alphanumeric)
        && line[16].is_ascii_uppercase()
        && [line[9], line[15], line[17]] == [b' '; 3]
}

/// An export of CDS/ISIS: `#` in place of the terminators, or wrapped lines. ISO 2709 with `#30;` or
/// the like in place of 0x1E is foreign too.
fn is_isis(text: &[u8], unwrapped: &[u8]) -> bool {
    let number = |from: usize| {
        let digits: &[u8] = unwrapped.get(from..).unwrap_or_default();
        decimal(digits.get(..5)?)
    };
    let (Some(_), Some(base @ 25..99_999)) = (number(0), number(12)) else { return false };
    // Whole entries, and nothing in them but letters and digits.
    let directory = unwrapped.get(24..base - 1).unwrap_or_default();
    let is_plain = directory.iter().all(u8::is_ascii_alphanumeric);
    if (base - 25) % 12 != 0 || !is_plain {
        return false;
    }
    let is_wrapped = text.len() > 80
        && !text[..80].iter().any(|byte| b"\r\n".contains(byte))
        && b"\r\n".contains(&text[80]);
    let end = unwrapped.get(base - 1..).unwrap_or_default().to_ascii_lowercase();
    match unwrapped.get(base - 1) {
        Some(b'#') => !text.contains(&0x1E),
        Some(b'&') => {
            (end.starts_with(b"&#30;") || end.starts_with(b"&#x1e;")) && !text.contains(&0x1E)
        }
        Some(0x1E) if text.contains(&0x1D) && !is_wrapped => false,
        Some(0x1E) => text[base - 1] != 0x1E,
        _ => false,
    }
}
