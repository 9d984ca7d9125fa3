//! Properties of decoded text, for any bytes.

use tidemarc::encoding::{
    DecodeError, DecodeErrorKind, DecodeOptions, EncodePolicy, Encoding, ErrorPolicy,
    pymarc::{self, CutEscape, Marc8Decoder},
};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};

pub const ENCODINGS: [Encoding; 5] =
    [Encoding::Utf8, Encoding::Marc8, Encoding::Iso5426, Encoding::Latin1, Encoding::Ascii];

/// Decodes these bytes in every way, and compares the results.
pub fn check(bytes: &[u8]) {
    for encoding in ENCODINGS {
        let (text, errors) = lenient(encoding, bytes);
        match encoding.decode(bytes) {
            Ok(strict) => {
                assert!(errors.is_empty());
                assert_eq!(strict, text);
                check_round_trip(encoding, &strict);
            }
            Err(error) => assert_eq!(Some(&error), errors.first()),
        }
        check_one_by_one(encoding, bytes, &text, &errors);
        for error in &errors {
            let span = error.offset()..error.offset() + error.bytes().len();
            assert_eq!(&bytes[span], error.bytes());
            assert!(!error.bytes().is_empty());
        }
        let is_normalised = matches!(encoding, Encoding::Marc8 | Encoding::Iso5426);
        assert!(!is_normalised || is_nfc(&text), "{text:?}");
    }
    check_options(bytes);
    check_pymarc(bytes);
}

/// Returns the text with U+FFFD for each error, and the errors.
fn lenient(encoding: Encoding, bytes: &[u8]) -> (String, Vec<DecodeError>) {
    let options = DecodeOptions::new().policy(ErrorPolicy::Replace);
    let mut errors = Vec::new();
    let text =
        encoding.decode_reporting(bytes, &options, &mut |error| errors.push(*error)).unwrap();
    (text.into_owned(), errors)
}

/// Checks that the decoder without an allocator returns the same characters and errors.
fn check_one_by_one(encoding: Encoding, bytes: &[u8], text: &str, errors: &[DecodeError]) {
    let mut seen = Vec::new();
    let mut note = |error| {
        seen.push(error);
        '\u{FFFD}'
    };
    let chars: String = encoding.chars(bytes).map(|char| char.unwrap_or_else(&mut note)).collect();
    assert_eq!(seen, errors);
    match encoding {
        Encoding::Marc8 | Encoding::Iso5426 => assert_eq!(chars.nfc().collect::<String>(), text),
        _ => assert_eq!(chars, text),
    }
    match encoding.decode_borrowed(bytes) {
        Ok(borrowed) => assert_eq!(borrowed, text),
        Err(error) if error.kind() == DecodeErrorKind::NeedsConversion => {}
        Err(error) => assert_eq!(Some(&error), errors.first()),
    }
}

/// Checks that decoded text can be encoded, and is the same when it is decoded again.
fn check_round_trip(encoding: Encoding, text: &str) {
    // A separator may be decoded where a record has no separator, but must never be encoded. And
    // some punctuation is decoded among East Asian characters although it is in no table.
    let is_separator = |char| matches!(char, '\x1B' | '\x1D'..='\x1F');
    let is_stray = |char| "\u{2026}\u{201C}\u{2014}\u{2019}\u{201D}\u{2122}".contains(char);
    let may_refuse = matches!(encoding, Encoding::Marc8 | Encoding::Iso5426);
    match encoding.encode(text, EncodePolicy::Strict) {
        Ok(encoded) => {
            assert!(!(may_refuse && text.contains(is_separator)), "{text:?}");
            assert_eq!(encoding.decode(&encoded).unwrap(), text, "{}", encoded.escape_ascii());
        }
        Err(error) => {
            let char = error.char();
            let is_known = is_separator(char) || (encoding == Encoding::Marc8 && is_stray(char));
            assert!(may_refuse && is_known, "{error}");
        }
    }
}

/// Checks that every decoding option returns text, and every encoding policy decodable bytes.
fn check_options(bytes: &[u8]) {
    for policy in [ErrorPolicy::Ignore, ErrorPolicy::Replace, ErrorPolicy::BackslashReplace] {
        let options =
            DecodeOptions::new().policy(policy).numeric_references(true).ligature_halves(true);
        let text = Encoding::Marc8.decode_with(bytes, &options).unwrap();
        assert!(is_nfc(&text), "{text:?}");
        for target in ENCODINGS {
            for policy in
                [EncodePolicy::NumericReference, EncodePolicy::Replace, EncodePolicy::Ignore]
            {
                let encoded = target.encode(&text, policy).unwrap();
                assert!(target.decode(&encoded).is_ok(), "{}", encoded.escape_ascii());
            }
        }
    }
}

/// Checks that pymarc's decoder ends, and returns NFC.
fn check_pymarc(bytes: &[u8]) {
    let mut decoder = Marc8Decoder::new();
    let mut is_silent = true;
    let text = decoder.translate(bytes, |report| is_silent &= report.to_string().is_empty());
    match text {
        Ok(text) => assert!(is_nfc(&text), "{text:?}"),
        Err(CutEscape) => is_silent = false,
    }
    assert_eq!(pymarc::is_silent(bytes), is_silent && !bytes.contains(&0x1B));
    // Its state must not affect another decoder.
    let mut other = Marc8Decoder::new();
    assert_eq!(other.translate(b"a\xE2e", |_| {}).unwrap(), "aé");
}
