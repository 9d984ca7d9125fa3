//! Leaders in text that have lost or gained characters.

use crate::record::LEADER_LENGTH;

/// Number of characters at the front of a text that may not belong to the leader.
const MOST_SKIPPED: usize = 24;

/// Returns the leader that a text of another length than 24 states. Blanks around the text were
/// removed.
///
/// Programs trim and indent leaders, so the place of the text is found by its content: the constants
/// `22` (10-11) and `45` (20-21), the digits of the two lengths, and the letters of status and type
/// (05-06). If nothing speaks for a place, a text that begins with a letter begins with the status,
/// any other with the record length. Some programs leave out all that is computed: five characters
/// (05-09) and three (17-19) remain.
pub(super) fn aligned(text: &[u8]) -> [u8; LEADER_LENGTH] {
    let begins_with_status = text.first().is_some_and(u8::is_ascii_alphabetic);
    if begins_with_status && (6..=8).contains(&text.len()) && text.get(5..7) != Some(b"22") {
        let (codes, levels) = text.split_at(5);
        let mut leader = placed(codes, 5);
        leader[17..17 + levels.len()].copy_from_slice(levels);
        return leader;
    }
    let skipped = text.len().saturating_sub(LEADER_LENGTH).min(MOST_SKIPPED);
    let moved = LEADER_LENGTH.saturating_sub(text.len());
    let first = if begins_with_status { placed(text, 5.min(moved)) } else { placed(text, 0) };
    let cut = (0..=skipped).map(|skipped| placed(&text[skipped..], 0));
    let candidates = cut.chain((1..=moved).map(|at| placed(text, at)));
    candidates.fold(first, |best, leader| if score(&leader) > score(&best) { leader } else { best })
}

/// Returns 24 bytes with a text at this place, among blanks.
fn placed(text: &[u8], at: usize) -> [u8; LEADER_LENGTH] {
    let mut leader = [b' '; LEADER_LENGTH];
    for (to, from) in leader[at..].iter_mut().zip(text) {
        *to = *from;
    }
    leader
}

/// Returns the number of signs that the bytes are a leader.
fn score(leader: &[u8; LEADER_LENGTH]) -> u8 {
    let is_number = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_digit);
    let signs = [
        (leader[10..12] == *b"22", 2),
        (leader[20..22] == *b"45", 2),
        (is_number(&leader[..5]), 1),
        (is_number(&leader[12..17]), 1),
        (leader[5..7].iter().all(u8::is_ascii_alphabetic), 1),
    ];
    signs.iter().filter(|(is_there, _)| *is_there).map(|(_, weight)| weight).sum()
}

#[cfg(test)]
mod tests {
    use super::aligned;

    #[test]
    fn a_leader_is_put_where_its_content_belongs() {
        for (text, leader) in [
            // Blanks were lost at the front, or at the end.
            ("nam  22      a 4500", "     nam  22      a 4500"),
            ("nam a2200000   4500", "     nam a2200000   4500"),
            ("22        4500", "          22        4500"),
            ("4500", "                    4500"),
            ("00000nam a2200000", "00000nam a2200000       "),
            ("00000nam a2200000   450", "00000nam a2200000   450 "),
            ("00000cam", "00000cam                "),
            // Only the codes are there.
            ("nam a", "     nam a              "),
            ("nam a22", "     nam a22            "),
            ("pam a c", "     pam a        c     "),
            ("nam a7a", "     nam a       7a     "),
            // Something is before or after it.
            ("100000nam a2200000   4500", "00000nam a2200000   4500"),
            ("00000nam a2200000   4500 x", "00000nam a2200000   4500"),
            ("LDR  00000nam a2200000   4500", "00000nam a2200000   4500"),
            ("", "                        "),
            ("0000", "0000                    "),
            ("?", "?                       "),
        ] {
            let found = aligned(text.as_bytes());
            assert_eq!(found.escape_ascii().to_string(), leader, "{text:?}");
        }
        assert_eq!(aligned(&[b'x'; 100_000]), [b'x'; 24]);
    }
}
