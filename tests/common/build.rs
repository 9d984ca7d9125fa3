//! Small records, built byte by byte, and ways to damage them.

/// A record of these fields: tag, and content without the terminator.
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

/// One directory entry.
pub fn entry(tag: &str, length: usize, start: usize) -> Vec<u8> {
    format!("{tag}{length:04}{start:05}").into_bytes()
}

/// A record of this directory and these fields, with the lengths that go with them.
pub fn assemble(directory: &[u8], data: &[u8]) -> Vec<u8> {
    let base = 24 + directory.len() + 1;
    let length = base + data.len() + 1;
    let leader = format!("{length:05}nam a22{base:05}   4500");
    [leader.as_bytes(), directory, b"\x1E", data, b"\x1D"].concat()
}

/// A record of two fields, 63 bytes and more, with this control number.
pub fn simple(id: &str) -> Vec<u8> {
    record(&[("001", id.as_bytes()), ("245", b"10\x1FaHi")])
}

/// A record of three fields; the middle one is as long as you like.
pub fn three(id: &str, middle: &[u8]) -> Vec<u8> {
    record(&[("001", id.as_bytes()), ("245", middle), ("500", b"  \x1FaLast")])
}

/// A record of exactly this many bytes, 57 at least: a control number, and text.
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

/// Overwrites bytes, so that nothing behind them moves.
pub fn put(mut record: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    record[at..at + bytes.len()].copy_from_slice(bytes);
    record
}

/// Overwrites the length in the leader by a number that differs by this much from the true one.
pub fn misstated(record: Vec<u8>, by: isize) -> Vec<u8> {
    let length = record.len().checked_add_signed(by).unwrap();
    put(record, 0, format!("{length:05}").as_bytes())
}

/// Overwrites a part of the directory entry with this ordinal, from 1.
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

/// The offset of the first of these bytes.
pub fn find(record: &[u8], bytes: &[u8]) -> usize {
    record.windows(bytes.len()).position(|window| window == bytes).unwrap()
}

/// Takes `count` bytes from the end.
pub fn cut(record: Vec<u8>, count: usize) -> Vec<u8> {
    record[..record.len() - count].to_vec()
}

/// Puts bytes into a record and leaves all numbers as they were.
pub fn insert(mut record: Vec<u8>, at: usize, bytes: &[u8]) -> Vec<u8> {
    record.splice(at..at, bytes.iter().copied());
    record
}
