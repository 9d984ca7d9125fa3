//! Inputs that have what the page describes.

use crate::common::build::{assemble, entry, put, record, simple};

pub const FIELDS: [(&str, &[u8]); 4] =
    [("001", b"id1"), ("245", b"10\x1FaTitle"), ("300", b"  \x1Fa5 p."), ("500", b"  \x1FaNote")];

/// A sound record of 106 bytes, with the base address 73.
pub fn sound() -> Vec<u8> {
    record(&FIELDS)
}

/// The same with numbers that go with a directory that grew or shrank.
pub fn counted(record: Vec<u8>, base: usize) -> Vec<u8> {
    let length = record.len();
    put(put(record, 0, format!("{length:05}").as_bytes()), 12, format!("{base:05}").as_bytes())
}

/// The sound record without the directory entry of its last field, whose data stays.
pub fn unlisted() -> Vec<u8> {
    let mut record = sound();
    record.drain(60..72);
    counted(record, 61)
}

/// A record with a field of 12,005 bytes, whose entry has a digit too many.
pub fn wide() -> Vec<u8> {
    let note = [b"  \x1Fa", &b"w".repeat(12_000)[..], b"\x1E"].concat();
    assemble(b"5201200500000650001312005", &[&note[..], b" 0\x1FaSubject.\x1E"].concat())
}

/// A record in UTF-8 whose directory counts characters.
pub fn in_characters() -> Vec<u8> {
    let (mut directory, mut data, mut start) = (Vec::new(), Vec::new(), 0);
    for (tag, text) in [("001", "id1"), ("245", "10\x1FaÉté à Noël"), ("500", "  \x1FaNoté")] {
        let length = text.chars().count() + 1;
        directory.extend(entry(tag, length, start));
        data.extend([text.as_bytes(), b"\x1E"].concat());
        start += length;
    }
    put(assemble(&directory, &data), 9, b"a")
}

pub fn in_lines() -> Vec<u8> {
    let text = b"10\x1FaTitle\nin three\nlines";
    let record = record(&[("001", b"id1"), ("245", text), ("500", b"  \x1FaNote")]);
    let doubled = |byte: u8| if byte == b'\n' { b"\r\n".to_vec() } else { vec![byte] };
    record.into_iter().flat_map(doubled).collect()
}

/// A record above 99,999 bytes, whose starts have their last five digits.
pub fn beyond_five_digits() -> Vec<u8> {
    let (mut directory, mut data) = (String::new(), Vec::new());
    for tag in 500..530 {
        let field = [&b"  \x1Fa"[..], &b"x".repeat(4_000), b"\x1E"].concat();
        directory += &format!("{tag}{:04}{:05}", field.len(), data.len() % 100_000);
        data.extend(field);
    }
    let leader = format!("99999nam a22{:05}   4500", 25 + directory.len());
    [leader.as_bytes(), directory.as_bytes(), b"\x1E", &data, b"\x1D"].concat()
}

pub fn with(second: &[u8]) -> Vec<u8> {
    record(&[("001", b"id1"), ("245", second)])
}

/// The sound record without a digit in its second entry.
pub fn lost_digit() -> Vec<u8> {
    let mut record = sound();
    record.remove(41);
    counted(record, 72)
}

/// Two entries that share bytes.
pub fn overlapping() -> Vec<u8> {
    let directory = [entry("245", 10, 0), entry("500", 20, 0)].concat();
    assemble(&directory, b"10\x1FaTitle\x1E  \x1FaNoted\x1E")
}

/// A page in HTML.
pub fn page() -> Vec<u8> {
    b"<!DOCTYPE html><html></html>".repeat(10)
}

/// A record of 63 bytes with the descriptor word of a mainframe before it.
pub fn with_descriptor() -> Vec<u8> {
    [&b"\0\x43\0\0"[..], &simple("of 63")].concat()
}
