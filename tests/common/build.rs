//! Small records, built byte by byte, and ways to damage them.

/// Makes a record of these fields: tag, and content without the terminator.
pub fn record(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let mut directory = Vec::new();
    let mut data = Vec::new();
    for (tag, content) in fields {
        directory.extend(entry(tag, content.len() + 1, data.len()));
        data.extend_from_slice(content);
        data.push(0x1E);
    }
    assemble(&directory, &data)
}

/// Makes one directory entry.
pub fn entry(tag: &str, length: usize, start: usize) -> Vec<u8> {
    format!("{tag}{length:04}{start:05}").into_bytes()
}

/// Makes a record of this directory and these fields, with the matching lengths.
pub fn assemble(directory: &[u8], data: &[u8]) -> Vec<u8> {
    let base = 24 + directory.len() + 1;
    let length = base + data.len() + 1;
    let leader = format!("{length:05}nam a22{base:05}   4500");
    [leader.as_bytes(), directory, b"\x1E", data, b"\x1D"].concat()
}

/// Makes a record of two fields, of at least 63 bytes, with this control number.
pub fn simple(id: &str) -> Vec<u8> {
    record(&[("001", id.as_bytes()), ("245", b"10\x1FaHi")])
}

/// Makes a record of three fields; the middle one may have any length.
pub fn three(id: &str, middle: &[u8]) -> Vec<u8> {
    record(&[("001", id.as_bytes()), ("245", middle), ("500", b"  \x1FaLast")])
}

/// Makes a record of exactly this many bytes, at least 57: a control number, and text.
pub fn sized(length: usize) -> Vec<u8> {
    let mut texts = Vec::new();
    // 26 bytes around the fields, 18 for the control number, 13 for each field beside its content.
    let mut rest = length - 44;
    while rest > 0 {
        let take = if rest > 9_000 { 8_000 } else { rest };
        texts.push(b"x".repeat(take - 13));
        rest -= take;
    }
    let mut fields = vec![("001", &b"sized"[..])];
    fields.extend(texts.iter().map(|text| ("500", text.as_slice())));
    let record = record(&fields);
    assert_eq!(record.len(), length);
    record
}

/// Overwrites bytes, so that the bytes after them do not move.
pub fn put(mut record: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    record[at..at + bytes.len()].copy_from_slice(bytes);
    record
}

/// Overwrites the length in the leader by a number that differs by this much from the true one.
pub fn misstated(record: Vec<u8>, by: isize) -> Vec<u8> {
    let length = record.len().checked_add_signed(by).unwrap();
    put(record, 0, format!("{length:05}").as_bytes())
}

/// Overwrites a part of the directory entry with this number, from 1.
pub fn spoil_entry(record: Vec<u8>, ordinal: usize, part: Part, bytes: &[u8]) -> Vec<u8> {
    let part = match part {
        Part::Tag => 0,
        Part::Length => 3,
        Part::Start => 7,
    };
    put(record, 24 + 12 * (ordinal - 1) + part, bytes)
}

/// A part of a directory entry.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Tag,
    Length,
    Start,
}

/// Returns the offset of the first of these bytes.
pub fn find(record: &[u8], bytes: &[u8]) -> usize {
    record.windows(bytes.len()).position(|window| window == bytes).unwrap()
}

/// Removes `count` bytes from the end.
pub fn cut(record: Vec<u8>, count: usize) -> Vec<u8> {
    record[..record.len() - count].to_vec()
}

/// Inserts bytes into a record without changing any of its numbers.
pub fn insert(mut record: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    record.splice(at..at, bytes.iter().copied());
    record
}
