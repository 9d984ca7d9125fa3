//! Realistic records made from a number, and the kinds of damage that files suffer.

use super::build;

/// A small generator of numbers (SplitMix64): the same for the same seed, on every machine.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number below this limit, which is not 0.
    pub fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    pub fn one_of<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

const WORDS: [&str; 24] = [
    "history",
    "of",
    "the",
    "sea",
    "Žluťoučký",
    "kůň",
    "a",
    "voyage",
    "in",
    "Малая",
    "книга",
    "introduction",
    "to",
    "algebra",
    "poems",
    "for",
    "two",
    "voices",
    "Œuvres",
    "complètes",
    "日本",
    "letters",
    "from",
    "home",
];

/// The tag and content of a field.
pub type FieldText = (&'static str, Vec<u8>);

fn words(dice: &mut Dice, most: usize) -> String {
    let count = 1 + dice.below(most);
    let words: Vec<_> = (0..count).map(|_| *dice.one_of(&WORDS)).collect();
    words.join(" ")
}

/// Makes the fields of a record like those of a library: about 20 fields of text in UTF-8, with
/// this control number.
pub fn fields(dice: &mut Dice, id: &str) -> Vec<FieldText> {
    let mut fields: Vec<FieldText> = vec![
        ("001", id.as_bytes().to_vec()),
        ("003", b"DLC".to_vec()),
        ("005", b"20260101120000.0".to_vec()),
        ("008", b"260101s2026    xx a     b    001 0 eng  ".to_vec()),
        ("020", format!("  \x1Fa978{:010}", dice.next() % 10_000_000_000).into_bytes()),
        ("040", b"  \x1FaDLC\x1FcDLC\x1FdDLC".to_vec()),
    ];
    let mut add = |tag, text: String| fields.push((tag, text.into_bytes()));
    add("100", format!("1 \x1Fa{}, {}\x1Fd1950-", words(dice, 1), words(dice, 2)));
    add("245", format!("10\x1Fa{} /\x1Fc{}.", words(dice, 9), words(dice, 4)));
    add("260", format!("  \x1Fa{} :\x1Fb{},\x1Fc2026.", words(dice, 2), words(dice, 3)));
    add("300", format!("  \x1Fa{} p. ;\x1Fc23 cm.", 50 + dice.below(600)));
    for _ in 0..dice.below(5) {
        add("500", format!("  \x1Fa{}.", words(dice, 16)));
    }
    for _ in 0..1 + dice.below(5) {
        add("650", format!(" 0\x1Fa{}\x1Fx{}.", words(dice, 3), words(dice, 2)));
    }
    for _ in 0..dice.below(3) {
        add("700", format!("1 \x1Fa{}.", words(dice, 3)));
    }
    add("852", format!("  \x1Fbmain\x1Fh{}", words(dice, 1)));
    fields
}

/// Makes the bytes of a record of these fields.
pub fn record(fields: &[FieldText]) -> Vec<u8> {
    let fields: Vec<_> = fields.iter().map(|(tag, content)| (*tag, content.as_slice())).collect();
    build::record(&fields)
}

/// Returns the control number of the record with this number.
pub fn id(number: usize) -> String {
    format!("rec{number:08}")
}

/// Makes this many records.
pub fn library(seed: u64, count: usize) -> Vec<Vec<FieldText>> {
    let mut dice = Dice::new(seed);
    (0..count).map(|number| fields(&mut dice, &id(number))).collect()
}

/// Makes a record whose directory does not count bytes: `count` returns the length of a field's
/// content, without its terminator. Numbers too long for their digits lose the first digits.
pub fn record_counted(fields: &[FieldText], count: impl Fn(&[u8]) -> usize) -> Vec<u8> {
    let (mut directory, mut data, mut start) = (Vec::new(), Vec::new(), 0);
    for (tag, content) in fields {
        let length = count(content) + 1;
        directory.extend(build::entry(tag, length % 10_000, start % 100_000));
        start += length;
        data.extend_from_slice(content);
        data.push(0x1E);
    }
    let base = 24 + directory.len() + 1;
    let length = (base + start + 1) % 100_000;
    let leader = format!("{length:05}nam a22{base:05}   4500");
    [leader.as_bytes(), &directory, b"\x1E", &data, b"\x1D"].concat()
}

/// Makes a record whose numbers have as many digits as they need, and count as if they had five and
/// four.
pub fn record_overflowing(fields: &[FieldText]) -> Vec<u8> {
    let (mut directory, mut data) = (Vec::new(), Vec::new());
    for (tag, content) in fields {
        directory.extend(format!("{tag}{:04}{:05}", content.len() + 1, data.len()).into_bytes());
        data.extend_from_slice(content);
        data.push(0x1E);
    }
    let base = 24 + directory.len() + 1;
    let leader = format!("{:05}nam a22{base:05}   4500", base + data.len() + 1);
    [leader.as_bytes(), &directory, b"\x1E", &data, b"\x1D"].concat()
}

/// Replaces every line feed by carriage return and line feed.
pub fn with_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let lines: Vec<&[u8]> = bytes.split(|&byte| byte == b'\n').collect();
    lines.join(&b"\r\n"[..])
}
