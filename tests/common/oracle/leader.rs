//! Leaders, directory entries, and the numbers in them.

use super::frame::Rules;

/// Whether 24 bytes stand there that may be a leader.
pub fn leader_alone(bytes: &[u8]) -> Answer {
    let is_printable = |byte: &u8| (0x20..=0x7E).contains(byte);
    if !bytes.iter().take(5).all(is_printable) {
        return Answer::No;
    }
    if bytes.len() < 24 {
        return Answer::TooFewBytes;
    }
    let codes = [&bytes[5..10], &bytes[17..20]].concat();
    let has_numbers = decimal(&bytes[..5]).is_some() && decimal(&bytes[12..17]).is_some();
    match leader_bytes_are_fine(bytes) || has_numbers && codes.iter().all(is_printable) {
        true => Answer::Yes,
        false => match long_leader(bytes) {
            Some((answer, _)) if answer != Answer::No => answer,
            _ => leader_of_characters(bytes),
        },
    }
}

/// Whether 24 characters stand there that may be a leader, some of them not ASCII.
fn leader_of_characters(bytes: &[u8]) -> Answer {
    let chunk = bytes.utf8_chunks().next().unwrap();
    let leader: Vec<char> = chunk.valid().chars().take(24).collect();
    if leader.len() == 24 {
        let byte = |c: &char| if c.is_ascii() { *c as u8 } else { b' ' };
        let bytes: Vec<u8> = leader.iter().map(byte).collect();
        let is_wide = !leader.iter().all(char::is_ascii);
        let has_numbers = decimal(&bytes[..5]).is_some() && decimal(&bytes[12..17]).is_some();
        let is_leader = is_wide && has_numbers && leader_bytes_are_fine(&bytes);
        return if is_leader { Answer::Yes } else { Answer::No };
    }
    // The end may cut a character in two.
    let rest = chunk.invalid();
    let is_cut = chunk.valid().len() + rest.len() == bytes.len()
        && (rest.is_empty() || std::str::from_utf8(rest).unwrap_err().error_len().is_none());
    if is_cut && !bytes.is_ascii() { Answer::TooFewBytes } else { Answer::No }
}

/// Whether a leader stands there with six digits to nine for the length, and the length with all of
/// them.
pub fn long_leader(bytes: &[u8]) -> Option<(Answer, usize)> {
    let digits = bytes.iter().position(|byte| !byte.is_ascii_digit())?;
    if !(6..=9).contains(&digits) || bytes[0] == b'0' {
        return None;
    }
    // Counted as if it had five digits.
    let length: usize = std::str::from_utf8(&bytes[..digits]).unwrap().parse().unwrap();
    let answer = match &bytes[digits - 5..] {
        leader if leader.len() < 24 => Answer::TooFewBytes,
        leader if leader_bytes_are_fine(leader) => Answer::Yes,
        _ => Answer::No,
    };
    Some((answer, length + digits - 5))
}

/// A record with a leader of that sort, if its terminator is the first, and is where it says.
pub fn long_record(window: &[u8]) -> Option<usize> {
    let (answer, length) = long_leader(window)?;
    let end = window.iter().position(|&byte| byte == 0x1D)?;
    (answer == Answer::Yes && end + 1 == length).then_some(length)
}

/// How many digits too many there are in the length that the whole of `record` states of itself.
pub fn excess_digits(record: &[u8]) -> usize {
    let digits = record.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let is_long = long_leader(record).is_some_and(|(_, length)| length == record.len());
    if is_long { digits - 5 } else { 0 }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    TooFewBytes,
}

/// P: whether a plausible leader stands at the start of `bytes`, its directory included. With
/// repair P′: its length may be any printable bytes.
pub fn leader_stands(bytes: &[u8], rules: Rules) -> Answer {
    let may_be_length = |byte: &u8| match rules.repairs {
        true => (0x20..=0x7E).contains(byte),
        false => byte.is_ascii_digit(),
    };
    if bytes.len() < 24 {
        return match bytes.iter().take(5).all(may_be_length) {
            true => Answer::TooFewBytes,
            false => Answer::No,
        };
    }
    let length_fits = |base| match decimal(&bytes[0..5]) {
        Some(length) => rules.repairs || length < 25 || base < length,
        None => rules.repairs && bytes[..5].iter().all(may_be_length),
    };
    let Some(base) = decimal(&bytes[12..17]) else { return Answer::No };
    if base < 37 || (base - 25) % 12 != 0 || !length_fits(base) || !leader_bytes_are_fine(bytes) {
        return Answer::No;
    }
    let directory = &bytes[24..bytes.len().min(base - 1)];
    if directory.chunks_exact(12).any(|entry| entry_of(entry).is_none()) {
        return Answer::No;
    }
    match bytes.get(base - 1) {
        Some(0x1E) => Answer::Yes,
        Some(_) => Answer::No,
        None => Answer::TooFewBytes,
    }
}

/// The first offset but 0 at which a plausible leader stands, with its directory in `bytes`. In the
/// directory of one at the start none is looked for.
pub fn next_leader(bytes: &[u8], rules: Rules) -> Option<usize> {
    let first = match leader_stands(bytes, rules) {
        Answer::Yes => decimal(&bytes[12..17]).unwrap(),
        Answer::No | Answer::TooFewBytes => 1,
    };
    (first..bytes.len()).find(|&at| leader_stands(&bytes[at..], rules) == Answer::Yes)
}

pub fn leader_bytes_are_fine(leader: &[u8]) -> bool {
    let is_printable = |byte: &u8| (0x20..=0x7E).contains(byte);
    leader[5..10].iter().all(is_printable)
        && leader[17..20].iter().all(is_printable)
        && (&leader[10..12] == b"22" || &leader[20..22] == b"45")
}

pub fn decimal(digits: &[u8]) -> Option<usize> {
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(digits).unwrap().parse().unwrap())
}

/// Field length and starting position of a well-formed directory entry.
pub fn entry_of(entry: &[u8]) -> Option<(usize, usize)> {
    let tag_is_fine = entry[..3].iter().all(|byte| (0x20..=0x7E).contains(byte));
    tag_is_fine.then_some((decimal(&entry[3..7])?, decimal(&entry[7..12])?))
}

/// The length in the leader, if it is one: a record has at least 26 bytes.
pub fn stated_length(window: &[u8]) -> Option<usize> {
    if window.len() < 24 {
        return None;
    }
    decimal(&window[..5]).filter(|&length| length >= 26)
}
