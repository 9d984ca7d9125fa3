//! The mnemonics of MARCMaker: `{dollar}`, `{eacute}` and others.
//!
//! The Library of Congress's table maps them to MARC-8, where a combining mark stands before its
//! letter. In a record whose leader/09 says MARC-8 they become these bytes. In Unicode a mark
//! stands after its letter (The Unicode Standard, section 2.11), so there the mark waits for its
//! letter.

use crate::format::Mnemonics;
use std::{collections::HashMap, sync::LazyLock};

/// The result of a mnemonic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MnemonicForm {
    /// The bytes of the table.
    Marc8,
    /// The same characters in UTF-8.
    Utf8,
}

/// The MARC-8 bytes of each mnemonic.
static TABLE: LazyLock<HashMap<&'static str, Vec<u8>>> = LazyLock::new(|| {
    let rows = include_str!("mnemonics.tsv").lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let (name, codes) = line.split_once('\t')?;
        let bytes = codes.split(' ').map(|code| u8::from_str_radix(code, 16).ok());
        Some((name, bytes.collect::<Option<Vec<u8>>>()?))
    };
    rows.filter_map(row).collect()
});

/// Limit on the length of a name; the longest name in the table is shorter.
const LONGEST: usize = 16;

/// The upper half of MARC-8's Extended Latin (ANSEL) that mnemonics use, in Unicode, as in the code
/// tables of the Library of Congress. The second halves of double marks are not characters: the
/// first half stands for both.
const EXTENDED_LATIN: &[(u8, &str)] = &[
    (0x88, "\u{98}\u{9C}"),
    (0x8D, "\u{200D}\u{200C}"),
    (0xA1, "ŁØĐÞÆŒ\u{2B9}·♭®±ƠƯ\u{2BC}"),
    (0xB0, "\u{2BB}łøđþæœ\u{2BA}ı£ð"),
    (0xBC, "ơư"),
    (0xC0, "°ℓ℗©♯¿¡ß€"),
    (0xE0, "\u{309}\u{300}\u{301}\u{302}\u{303}\u{304}\u{306}\u{307}\u{308}\u{30C}\u{30A}\u{361}"),
    (
        0xED,
        "\u{315}\u{30B}\u{310}\u{327}\u{328}\u{323}\u{324}\u{325}\u{333}\u{332}\u{326}\u{31C}\u{32E}\u{360}",
    ),
    (0xFE, "\u{313}"),
];

/// Returns the character of a MARC-8 byte, or `None` if it has none.
fn character(byte: u8) -> Option<char> {
    if byte.is_ascii() {
        return Some(char::from(byte));
    }
    let (first, characters) = EXTENDED_LATIN.iter().rfind(|(first, _)| *first <= byte)?;
    characters.chars().nth(usize::from(byte - first))
}

/// Returns true if a MARC-8 byte is a combining mark.
const fn is_mark(byte: u8) -> bool {
    matches!(byte, 0xE0..=0xFE)
}

/// Returns the bytes of a mnemonic, without its braces.
fn lookup(name: &[u8]) -> Option<Vec<u8>> {
    let name = std::str::from_utf8(name).ok()?;
    if let Some(bytes) = TABLE.get(name) {
        return Some(bytes.clone());
    }
    let is_hexadecimal =
        name.len() == 2 && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let byte = u8::from_str_radix(name, 16).ok().filter(|_| is_hexadecimal)?;
    Some(vec![byte])
}

/// Returns true if MarcEdit writes this name: for the characters that have a meaning in the format,
/// and in MARC-8 for characters beyond ASCII.
fn is_of_marcedit(name: &[u8], target: MnemonicForm) -> bool {
    match name {
        b"dollar" | b"lcub" | b"rcub" | b"bsol" | b"esc" | b"7F" => true,
        [b'0' | b'1', b'0'..=b'9' | b'A'..=b'F'] => true,
        [_] | [b'0'..=b'9' | b'A'..=b'F', b'0'..=b'9' | b'A'..=b'F'] => false,
        _ => target == MnemonicForm::Marc8,
    }
}

/// Appends text with its mnemonics replaced. In a head, the backslashes that stand for blanks are
/// replaced too. A brace that begins no mnemonic is unchanged. Returns the number of names that
/// MarcEdit would not write.
pub(super) fn expand(
    text: &[u8],
    target: MnemonicForm,
    accepted: Mnemonics,
    is_head: bool,
    output: &mut Vec<u8>,
) -> usize {
    let mut marks = String::new();
    let mut foreign = 0;
    let mut rest = text;
    while let Some(&first) = rest.first() {
        if first == b'{'
            && let Some(end) = rest.iter().take(LONGEST).position(|byte| *byte == b'}')
            && let Some(bytes) = lookup(&rest[1..end])
            && let is_usual = is_of_marcedit(&rest[1..end], target)
            && (is_usual || accepted == Mnemonics::All)
            && push(&bytes, target, output, &mut marks)
        {
            foreign += usize::from(!is_usual);
            rest = &rest[end + 1..];
            continue;
        }
        let length = if marks.is_empty() {
            memchr::memchr(b'{', &rest[1..]).map_or(rest.len(), |at| at + 1)
        } else {
            // One character, and the marks after it.
            1 + rest[1..].iter().take_while(|byte| **byte & 0xC0 == 0x80).count()
        };
        let blank = |byte: &u8| if is_head && *byte == b'\\' { b' ' } else { *byte };
        output.extend(rest[..length].iter().map(blank));
        output.extend(std::mem::take(&mut marks).into_bytes());
        rest = &rest[length..];
    }
    output.extend(marks.into_bytes());
    foreign
}

/// Appends the result of a mnemonic; marks wait. Returns false, and does nothing, if it contains a
/// byte that is not a character.
fn push(bytes: &[u8], target: MnemonicForm, output: &mut Vec<u8>, marks: &mut String) -> bool {
    if target == MnemonicForm::Marc8 {
        output.extend_from_slice(bytes);
        return true;
    }
    let is_known = |byte: u8| matches!(byte, 0xEC | 0xFB) || character(byte).is_some();
    if !bytes.iter().all(|byte| is_known(*byte)) {
        return false;
    }
    for &byte in bytes {
        match character(byte) {
            Some(mark) if is_mark(byte) => marks.push(mark),
            Some(letter) => {
                output.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                output.extend(std::mem::take(marks).into_bytes());
            }
            // The second half of a double mark.
            None => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &[u8], target: MnemonicForm) -> Vec<u8> {
        let mut output = Vec::new();
        expand(text, target, Mnemonics::All, false, &mut output);
        output
    }

    #[test]
    fn the_table_is_sorted_and_every_row_of_it_is_known() {
        let rows: Vec<_> = include_str!("mnemonics.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split_once('\t').unwrap().0)
            .collect();
        assert!(rows.is_sorted_by(|one, other| one < other));
        assert_eq!(TABLE.len(), rows.len());
        for name in rows {
            assert!(name.len() + 2 < LONGEST, "{name}");
            let text = format!("{{{name}}}");
            assert_ne!(expanded(text.as_bytes(), MnemonicForm::Marc8), text.as_bytes());
            let utf8 = expanded(text.as_bytes(), MnemonicForm::Utf8);
            assert!(std::str::from_utf8(&utf8).is_ok(), "{name}");
            assert!(!utf8.starts_with(b"{") || name == "lcub", "{name}");
        }
    }

    #[test]
    fn mnemonics_become_marc8_bytes_or_the_same_characters_in_utf8() {
        for (text, marc8, utf8) in [
            ("{dollar}5 {lcub}x{rcub} {bsol}", &b"$5 {x} \\"[..], "$5 {x} \\"),
            ("caf{eacute}", b"caf\xE2e", "cafe\u{301}"),
            ("caf{acute}e!", b"caf\xE2e!", "cafe\u{301}!"),
            ("{llig}t{rlig}s", b"\xEBt\xECs", "t\u{361}s"),
            ("{Lstrok}{oacute}d{acute}z", b"\xA1\xE2od\xE2z", "Ło\u{301}dz\u{301}"),
            ("{uml}{macr}u", b"\xE8\xE5u", "u\u{308}\u{304}"),
            ("{euro}5 {0A}{1B}", b"\xC85 \x0A\x1B", "€5 \n\x1B"),
            ("{zilch} {", b"{zilch} {", "{zilch} {"),
            ("{acute}", b"\xE2", "\u{301}"),
        ] {
            assert_eq!(expanded(text.as_bytes(), MnemonicForm::Marc8), marc8, "{text}");
            assert_eq!(expanded(text.as_bytes(), MnemonicForm::Utf8), utf8.as_bytes(), "{text}");
        }
        assert_eq!(expanded("{acute}ж".as_bytes(), MnemonicForm::Utf8), "ж\u{301}".as_bytes());
        assert_eq!(expanded(b"{FF}", MnemonicForm::Utf8), b"{FF}", "a byte that is no character");
    }
}
