//! The code tables, as `tables/generate.py` compiled them; that script describes the layouts of the
//! files. Lookups read the files in place and allocate nothing.

/// The smallest byte of an EACC code, and the number of such bytes. Planes and rows begin at 21,
/// but one code of the Library of Congress, the ideographic space 212320, ends in 20.
const EACC_FIRST: u8 = 0x20;
const EACC_CELLS: usize = 95;

static MARC8: &[u8] = include_bytes!("tables/marc8.bin");
static EACC: &[u8] = include_bytes!("tables/marc8_eacc.bin");
static PYMARC: &[u8] = include_bytes!("tables/marc8_pymarc.bin");
static ISO5426: &[u8; 272] = include_bytes!("tables/iso5426.bin");

/// The single-byte sets in the file.
pub(super) const SINGLE_BYTE_SETS: usize = 11;
/// Number of codes of a single-byte set, without their high bit.
pub(super) const HALF: usize = 128;

const PLACES: usize = SINGLE_BYTE_SETS * HALF;
const MARKS: usize = PLACES * 2;
const UNSTABLE: usize = MARKS + PLACES / 8;
const ORDER: usize = UNSTABLE + PLACES / 8;
static_assertions::const_assert!(ORDER == 11 * 128 * 2 + 11 * 16 * 2);

/// One character of a single-byte set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) char: char,
    /// True if it stands before the character that it combines with, and not after it as in
    /// Unicode.
    pub(super) is_mark: bool,
    /// True if NFC never changes it, whatever its neighbours are. Marks are not stable.
    pub(super) is_stable: bool,
}

#[inline]
const fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

#[inline]
const fn bit(bytes: &[u8], at: usize, number: usize) -> bool {
    bytes[at + number / 8] >> (number % 8) & 1 != 0
}

/// Returns the character at a place of the single-byte sets. The place is the number of the set
/// times [`HALF`], plus the code without its high bit.
#[inline]
pub(super) const fn single(place: usize) -> Option<Cell> {
    let is_mark = bit(MARC8, MARKS, place);
    let is_stable = !is_mark && !bit(MARC8, UNSTABLE, place);
    match char::from_u32(word(MARC8, place * 2) as u32) {
        None | Some('\0') => None,
        Some(char) => Some(Cell { char, is_mark, is_stable }),
    }
}

/// Returns the places with this character, those of the preferred sets first.
pub(super) fn places_of(char: char) -> impl Iterator<Item = usize> {
    let count = (MARC8.len() - ORDER) / 2;
    let place = |number: usize| usize::from(word(MARC8, ORDER + number * 2));
    let char_at = move |number: usize| u32::from(word(MARC8, place(number) * 2));
    let first = partition_point(count, |number| char_at(number) < u32::from(char));
    (first..count).take_while(move |&number| char_at(number) == u32::from(char)).map(place)
}

const EACC_COUNTS: [usize; 4] = [
    word(EACC, 0) as usize,
    word(EACC, 2) as usize,
    word(EACC, 4) as usize,
    word(EACC, 6) as usize,
];
const EACC_PLANES: usize = 8;
const EACC_ROW_NUMBERS: usize = EACC_PLANES + EACC_CELLS;
const EACC_ROWS: usize = EACC_ROW_NUMBERS + EACC_COUNTS[0] * EACC_CELLS * 2;
const EACC_ROW_LENGTH: usize = 16;
const EACC_CHARS: usize = EACC_ROWS + EACC_COUNTS[1] * EACC_ROW_LENGTH;
const EACC_BEYOND: usize = EACC_CHARS + EACC_COUNTS[2] * 2;
const EACC_ORDER: usize = EACC_BEYOND + EACC_COUNTS[3] * 4;
static_assertions::const_assert!(EACC_ORDER + EACC_COUNTS[2] * 2 == EACC.len());

/// Returns the entry of a row: plane and row, the number of codes before it, and the bitmap of its
/// cells.
fn eacc_row(number: usize) -> ([u8; 2], usize, u128) {
    let entry = &EACC[EACC_ROWS + number * EACC_ROW_LENGTH..][..EACC_ROW_LENGTH];
    let mut cells = [0; 16];
    cells[..12].copy_from_slice(&entry[4..]);
    ([entry[0], entry[1]], usize::from(word(entry, 2)), u128::from_le_bytes(cells))
}

/// Returns the character of the n-th code.
fn eacc_char(number: usize) -> Option<char> {
    let char = word(EACC, EACC_CHARS + number * 2);
    let beyond = usize::from(char.wrapping_sub(0xD800));
    if beyond < EACC_COUNTS[3] {
        let at = EACC_BEYOND + beyond * 4;
        return char::from_u32(u32::from_le_bytes(*EACC[at..].first_chunk()?));
    }
    char::from_u32(u32::from(char))
}

/// Returns the character of an EACC code, whose bytes are given without their high bits.
pub(super) fn eacc(code: [u8; 3]) -> Option<char> {
    let [plane, row, cell] = code.map(|byte| usize::from(byte.wrapping_sub(EACC_FIRST)));
    if plane.max(row).max(cell) >= EACC_CELLS {
        return None;
    }
    let plane = usize::from(EACC[EACC_PLANES + plane]).checked_sub(1)?;
    let row = word(EACC, EACC_ROW_NUMBERS + (plane * EACC_CELLS + row) * 2);
    let (_, before, cells) = eacc_row(usize::from(row).checked_sub(1)?);
    if cells >> cell & 1 == 0 {
        return None;
    }
    let in_row = (cells & ((1 << cell) - 1)).count_ones();
    eacc_char(before + in_row as usize)
}

/// Returns the smallest EACC code of this character.
pub(super) fn eacc_code_of(char: char) -> Option<[u8; 3]> {
    let count = EACC_COUNTS[2];
    let number_at = |at: usize| usize::from(word(EACC, EACC_ORDER + at * 2));
    let first = partition_point(count, |at| eacc_char(number_at(at)) < Some(char));
    let number = (first < count).then(|| number_at(first))?;
    if eacc_char(number) != Some(char) {
        return None;
    }
    let row = partition_point(EACC_COUNTS[1], |row| eacc_row(row).1 <= number) - 1;
    let ([plane, line], before, mut cells) = eacc_row(row);
    for _ in before..number {
        cells &= cells - 1;
    }
    Some([plane, line, EACC_FIRST + cells.trailing_zeros() as u8])
}

/// Punctuation that stands among EACC in records although it is in no table: codes of three bytes
/// that seem to be made from those of Unicode. pymarc reads them, and they cannot be other text.
pub(super) const STRAY: [(u32, char); 6] = [
    (0x21_203D, '\u{2026}'),
    (0x21_2040, '\u{201C}'),
    (0x7F_2014, '\u{2014}'),
    (0x7F_2019, '\u{2019}'),
    (0x7F_2020, '\u{201D}'),
    (0x7F_2122, '\u{2122}'),
];

/// Returns the character of a code that is in no table.
pub(super) fn stray(code: u32) -> Option<char> {
    STRAY.iter().find(|(known, _)| *known == code).map(|(_, char)| *char)
}

/// Returns pymarc's character for this EACC code, if it differs.
pub(super) fn pymarc_difference(code: u32) -> Option<char> {
    let mut differences = PYMARC.chunks_exact(8).map(|entry| {
        let number = |at: usize| u32::from_le_bytes(*entry[at..].first_chunk().unwrap_or(&[0; 4]));
        (number(0), number(4))
    });
    char::from_u32(differences.find(|(differing, _)| *differing == code)?.1)
}

/// Returns the character of an ISO 5426 code without its high bit, and whether it is a mark.
#[inline]
pub(super) const fn iso5426(code: u8) -> Option<(char, bool)> {
    let code = (code & 0x7F) as usize;
    match char::from_u32(word(ISO5426, code * 2) as u32) {
        None | Some('\0') => None,
        Some(char) => Some((char, bit(ISO5426, HALF * 2, code))),
    }
}

/// Returns the first number from 0 to `count` that does not satisfy a condition which the numbers
/// before it satisfy.
fn partition_point(count: usize, mut is_before: impl FnMut(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if is_before(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
