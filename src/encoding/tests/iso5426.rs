use super::super::*;

fn decode(bytes: &[u8]) -> std::string::String {
    Encoding::Iso5426.decode(bytes).unwrap().into_owned()
}

#[test]
fn letters_and_marks_are_read() {
    assert_eq!(decode(b"\x88L'\x89\xC2et\xC2e"), "\u{98}L'\u{9C}été");
    assert_eq!(decode(b"\xE1\xE9\xF9\xFB\xA4"), "ÆØøß$");
    assert_eq!(decode(b"\xC8u\xC9u"), "üü");
    assert_eq!(decode(b"\xD0c\xCFs"), "çš");
    assert_eq!(decode(b"\xC3n\xC5r\xD0e"), "n\u{302}r\u{304}ȩ");
}

#[test]
fn the_right_half_tells_what_spans() {
    assert_eq!(decode(b"\xDDi\xDEu"), "i\u{361}u");
    assert_eq!(decode(b"\xDDn\xDFg"), "n\u{360}g");
    assert_eq!(decode(b"\xDDi"), "i\u{361}");
    assert_eq!(decode(b"u\xDEu"), "uu\u{FE21}");
    assert_eq!(decode(b"\xDDi\xDD\xDEu\xDFg"), "i\u{361}u\u{360}g");
    assert_eq!(decode(b"\xDD\xDFi\xDEu"), "i\u{FE23}\u{361}u");
}

#[test]
fn other_sets_of_unimarc_are_an_error() {
    let error = Encoding::Iso5426.decode(b"a\x1B(Nb").unwrap_err();
    assert_eq!((error.kind(), error.offset()), (DecodeErrorKind::UnknownEscape, 1));
    assert_eq!(Encoding::Iso5426.decode(b"a\xB3").unwrap_err().bytes(), b"\xB3");
}

#[test]
fn every_code_survives_decoding_encoding_and_decoding() {
    for code in 0x80..=0xFF {
        for bytes in [&[code, b'a', b'b'][..], &[code, b'a', 0xDE, b'b'], &[0xC2, code, b'b']] {
            let Ok(text) = Encoding::Iso5426.decode(bytes) else { continue };
            let encoded = Encoding::Iso5426.encode(&text, EncodePolicy::Strict).unwrap();
            assert_eq!(decode(&encoded), text, "{code:X}");
        }
    }
    let encoded = Encoding::Iso5426.encode("Dvořák n\u{360}g", EncodePolicy::Strict);
    assert_eq!(*encoded.unwrap(), *b"Dvo\xCFr\xC2ak \xDDn\xDFg");
}
