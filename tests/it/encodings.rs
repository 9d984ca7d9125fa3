//! Text in all encodings: every code of the tables, and properties of any bytes.

use crate::common::text;
use proptest::{collection::vec, prelude::*, sample::select};
use std::{env, fs, path::Path};
use tidemarc::encoding::{DecodeOptions, EncodePolicy, Encoding, pymarc::Marc8Decoder};
use unicode_normalization::UnicodeNormalization as _;

/// One line of `tables/marc8.tsv`.
struct Code {
    set: u8,
    code: Vec<u8>,
    /// The character. It is missing if the table has only an alternative.
    char: Option<char>,
    is_mark: bool,
    alternative: Option<char>,
    pymarc: Option<String>,
}

fn char_of(digits: &str) -> Option<char> {
    char::from_u32(u32::from_str_radix(digits, 16).ok()?)
}

/// Reads the table of the Library of Congress itself, not the compiled one.
fn codes() -> Vec<Code> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tables/marc8.tsv");
    let table = fs::read_to_string(path).unwrap();
    let codes: Vec<_> = table.lines().skip(1).map(code).collect();
    assert_eq!(codes.len(), 16_400);
    codes
}

fn code(line: &str) -> Code {
    let cells: Vec<_> = line.split('\t').collect();
    let number = u32::from_str_radix(cells[1], 16).unwrap();
    let length = cells[1].len() / 2;
    Code {
        set: u8::from_str_radix(cells[0], 16).unwrap(),
        code: number.to_be_bytes()[4 - length..].to_vec(),
        char: char_of(cells[2]),
        is_mark: cells[3] == "1",
        alternative: char_of(cells[4]),
        pymarc: (!cells[5].is_empty()).then(|| cells[5].to_string()),
    }
}

impl Code {
    fn is_control(&self) -> bool {
        self.code[0] & 0x7F < 0x20
    }

    /// Returns true for the separators of ISO 2709 and the escape, which are in the table but are
    /// not text.
    fn is_separator(&self) -> bool {
        matches!(self.code[..], [0x1B | 0x1D..=0x1F])
    }

    /// Returns the code after an escape that designates its set to G0 or G1. A mark is followed by
    /// a letter.
    fn in_half(&self, high: bool) -> Vec<u8> {
        let mut bytes = match (self.set, high) {
            (0x31, false) => b"\x1B$1".to_vec(),
            (0x31, true) => b"\x1B$)1".to_vec(),
            (0x45, false) => b"\x1B(!E".to_vec(),
            (0x45, true) => b"\x1B)!E".to_vec(),
            (set @ (b'b' | b'g' | b'p'), false) => vec![0x1B, set],
            (set, false) => vec![0x1B, b'(', set],
            (set, true) => vec![0x1B, b')', set],
        };
        let bit = |byte: &u8| if high { byte | 0x80 } else { byte & 0x7F };
        match self.is_control() || self.code == b" " {
            true => bytes.extend(&self.code),
            false => bytes.extend(self.code.iter().map(bit)),
        }
        if self.is_mark {
            bytes.extend(b"\x1B(Ba");
        }
        bytes
    }

    fn text(&self, char: char) -> String {
        let text = if self.is_mark { format!("a{char}") } else { char.to_string() };
        text.nfc().collect()
    }
}

#[test]
fn every_code_of_the_tables_is_read_in_both_halves() {
    for code in codes().iter().filter(|code| !code.is_separator()) {
        let expected = code.text(code.char.or(code.alternative).unwrap());
        for high in [false, true] {
            let bytes = code.in_half(high);
            let seen = Encoding::Marc8.decode(&bytes);
            assert_eq!(seen.as_deref(), Ok(&expected[..]), "{}", bytes.escape_ascii());
        }
    }
}

#[test]
fn every_code_survives_decoding_encoding_and_decoding() {
    for code in codes().iter().filter(|code| !code.is_separator()) {
        for bytes in [
            code.in_half(false),
            [code.in_half(false), b"\x1B(B\xECb".to_vec()].concat(),
            [b"\xE2\xF2".to_vec(), code.in_half(false)].concat(),
            [b"\xEBa".to_vec(), code.in_half(true)].concat(),
        ] {
            let text = Encoding::Marc8.decode(&bytes).unwrap();
            let encoded = Encoding::Marc8.encode(&text, EncodePolicy::Strict).unwrap();
            let again = Encoding::Marc8.decode(&encoded).unwrap();
            assert_eq!(again, text, "{}: {}", bytes.escape_ascii(), encoded.escape_ascii());
        }
    }
}

#[test]
fn every_letter_is_composed_with_every_mark_as_by_the_whole_of_nfc() {
    let codes: Vec<_> = codes().into_iter().filter(|code| code.set != 0x31).collect();
    let (marks, letters): (Vec<_>, Vec<_>) = codes.iter().partition(|code| code.is_mark);
    for letter in letters.iter().filter(|code| !code.is_control()) {
        for mark in &marks {
            let mut bytes = mark.in_half(false);
            bytes.truncate(bytes.len() - 4);
            bytes.extend(letter.in_half(false));
            let [char, mark] = [letter, mark].map(|code| code.char.or(code.alternative).unwrap());
            let expected: String = [char, mark].into_iter().nfc().collect();
            assert_eq!(Encoding::Marc8.decode(&bytes).unwrap(), expected);
        }
    }
}

#[test]
fn pymarcs_way_follows_pymarcs_column() {
    for code in codes().iter().filter(|code| !code.is_control()) {
        let high = matches!(code.set, 0x45 | 0x51 | 0x34);
        let mut bytes = code.code.clone();
        if code.is_mark {
            // The letter is in the other half, so that no escape is needed.
            bytes.push(if high { b'a' } else { 0xA2 });
        }
        let mut decoder = Marc8Decoder::new();
        if high {
            decoder.g1 = code.set
        } else {
            decoder.g0 = code.set
        }
        let seen = decoder.translate(&bytes, |report| panic!("{report}")).unwrap();
        let own = code.pymarc.as_deref().map(|pymarc| char_of(pymarc).unwrap());
        let char = own.or(code.char).or(code.alternative).unwrap();
        let base = if high { 'a' } else { 'Ø' };
        let expected: String =
            if code.is_mark { format!("{base}{char}") } else { char.to_string() }.nfc().collect();
        assert_eq!(seen, expected, "set {:X} {:X?}", code.set, code.code);
    }
}

/// Compares the lines of pymarc's own test: MARC-8 in one file, UTF-8 in the other.
#[test]
fn pymarcs_pairs_are_read_alike() {
    let Some(source) = env::var_os("TIDEMARC_PYMARC_SOURCE") else {
        eprintln!("skipped: TIDEMARC_PYMARC_SOURCE names no source archive of pymarc");
        return;
    };
    let read = |name| fs::read(Path::new(&source).join("test").join(name)).unwrap();
    let (marc8, utf8) = (read("test_marc8.txt"), read("test_utf8.txt"));
    let lines = |bytes: &'static [u8]| bytes.split(|&byte| byte == b'\n').collect::<Vec<_>>();
    let (marc8, utf8) = (lines(marc8.leak()), lines(utf8.leak()));
    let pairs: Vec<_> = marc8.iter().zip(&utf8).take_while(|(line, _)| !line.is_empty()).collect();
    assert_eq!(pairs.len(), 1_515);
    for (marc8, utf8) in pairs {
        let utf8 = std::str::from_utf8(utf8).unwrap();
        let seen = Marc8Decoder::new().translate(marc8, |report| panic!("{report}"));
        assert_eq!(seen.unwrap(), utf8);
        let native = Encoding::Marc8.decode(marc8).unwrap();
        assert_eq!(native, utf8);
        // Some of their punctuation is in no table, and so cannot be written.
        let encoded = Encoding::Marc8.encode(&native, EncodePolicy::NumericReference).unwrap();
        let references = DecodeOptions::new().numeric_references(true);
        assert_eq!(Encoding::Marc8.decode_with(&encoded, &references).unwrap(), native);
    }
}

/// Makes mixtures of pieces of MARC-8.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let escapes: &[&[u8]] = &[
        b"\x1B(N", b"\x1B(B", b"\x1Bs", b"\x1Bp", b"\x1Bg", b"\x1Bb", b"\x1B(3", b"\x1B(2",
        b"\x1B(S", b"\x1B(4", b"\x1B(Q", b"\x1B)Q", b"\x1B$1", b"\x1B$)1", b"\x1B)!E", b"\x1B)3",
        b"\x1B", b"\x1B(", b"\x1B$", b"\x1BN", b"\x1B(Z", b"\x1B$B",
    ];
    let texts: &[&[u8]] = &[
        b"a",
        b"e",
        b"Title ",
        b"!04",
        b"!Bs",
        b"o\\e",
        b"\xA1\xB0\xB4",
        b"&#x41;",
        b"&#x301;",
        b"&#x",
        b"\xE2",
        b"\xE3",
        b"\xEB",
        b"\xEC",
        b"\xFA",
        b"\xFB",
        b"\xF2",
        b"\xF1",
        b"\xBC",
        b"\x88",
        b"\x89",
        b"\xDD",
        b"\xDE",
        b"\xDF",
        b"\xC2",
        b"\xC3\xA9",
        b"\xE4\xB8\xAD",
        b"Gt",
        b"k",
    ];
    let piece = prop_oneof![
        2 => select(escapes).prop_map(<[u8]>::to_vec),
        5 => select(texts).prop_map(<[u8]>::to_vec),
        1 => vec(any::<u8>(), 1..4),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Sets 3,000 cases, or the number in the environment variable `PROPTEST_CASES`.
fn config() -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    match env::var_os("PROPTEST_CASES") {
        Some(_) => default,
        None => ProptestConfig { cases: 3_000, ..default },
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_are_decoded_the_same_in_every_way(bytes in soup()) {
        text::check(&bytes);
    }

    #[test]
    fn any_text_is_encoded_or_refused(text in any::<String>()) {
        // Unicode has more of the half marks than the other encodings.
        let text = text.replace(['\u{360}', '\u{FE20}', '\u{FE21}', '\u{FE22}', '\u{FE23}'], "");
        for encoding in text::ENCODINGS {
            let strict = encoding.encode(&text, EncodePolicy::Strict);
            let lenient = encoding.encode(&text, EncodePolicy::NumericReference).unwrap();
            match strict {
                Ok(bytes) => {
                    let back = encoding.decode(&bytes).unwrap();
                    prop_assert!(back.nfc().eq(text.nfc()));
                    prop_assert_eq!(bytes, lenient);
                }
                Err(error) => {
                    prop_assert!(text.is_char_boundary(error.offset()));
                    prop_assert!(encoding.decode(&lenient).is_ok());
                }
            }
        }
    }
}
