//! Blank space and descriptor words between records.

use super::{
    frame::Rules,
    leader::{Answer, leader_alone, leader_stands},
};

/// Blank space, if a plausible leader, a descriptor word or the end follows, or nothing else within the
/// limit. With repair the leader need not have its directory.
pub fn padding(window: &[u8], rules: Rules) -> Option<usize> {
    let is_full = window.len() == rules.limit;
    let mut length = 0;
    while let Some(&byte) = window.get(length) {
        if [0x00, 0x09, 0x0A, 0x0D, 0x1A, 0x20].contains(&byte) {
            length += 1;
        } else if window[length..].starts_with(b"\xEF\xBB\xBF") {
            length += 3;
        } else {
            break;
        }
    }
    let rest = &window[length..];
    let follows = match rest {
        [] => true,
        // The limit cuts a byte order mark, or a leader, in two.
        [0xEF] | [0xEF, 0xBB] if is_full => true,
        rest => match if rules.repairs { leader_alone(rest) } else { leader_stands(rest, rules) } {
            Answer::Yes => true,
            Answer::No => false,
            Answer::TooFewBytes => is_full,
        },
    };
    if length > 0 && follows {
        return Some(length);
    }
    if length == 0 || leader_alone(rest) != Answer::No {
        return None;
    }
    if descriptors(rest).is_some() {
        return Some(length);
    }
    // The last blank is the first byte of a descriptor word.
    let is_shared = length > 1 && window[length - 1] == 0;
    (is_shared && descriptors(&window[length - 1..]).is_some()).then(|| length - 1)
}

/// A descriptor word, or one for a block and one for a record, with a leader behind them.
pub fn descriptors(bytes: &[u8]) -> Option<usize> {
    let is_word = |at: usize| {
        bytes.get(at..at + 4).is_some_and(|word| {
            word[2..] == [0, 0] && usize::from(word[0]) * 256 + usize::from(word[1]) >= 30
        })
    };
    let is_leader = |at: usize| bytes.len() > at && leader_alone(&bytes[at..]) == Answer::Yes;
    if is_word(0) && is_leader(4) {
        return Some(4);
    }
    (is_word(0) && is_word(4) && is_leader(8)).then_some(8)
}
