//! The end of a span that is not a record.

use super::{
    frame::{Kind, Rules},
    frames::{Run, fault, run},
    leader::{Answer, decimal, leader_stands, next_leader},
    record::parse,
};

/// Where a span ends that is no record, and which fault it is.
pub fn bad_span(window: &[u8], rules: Rules, name: &'static str, stated: Option<usize>) -> Run {
    let limit = rules.limit;
    // If the input goes on after the span, it was not the input that ended too soon.
    let goes_on = if name == "truncation" { "record_terminator" } else { name };
    let Some(terminator) = window.iter().position(|&byte| byte == 0x1D) else {
        return match next_leader(window, rules) {
            Some(leader) => fault(goes_on, leader),
            None if window.len() == limit => {
                // A leader that the limit cuts in two is left for the next frame.
                let half = (1..limit)
                    .find(|&at| leader_stands(&window[at..], rules) == Answer::TooFewBytes);
                Run { is_cut_off: true, ..fault("over_long", half.unwrap_or(limit)) }
            }
            None => fault(name, window.len()),
        };
    };
    if let Some(leader) = next_leader(&window[..terminator], rules) {
        return fault(goes_on, leader);
    }
    // The span ends with the terminator. A stated length may claim more: a terminator further on,
    // if it is there and no leader stands before it. With repair so may the count of the fields.
    let through_terminator = terminator + 1;
    let is_end = |length: usize| {
        through_terminator < length
            && length <= window.len()
            && window[length - 1] == 0x1D
            && next_leader(&window[..length], rules).is_none()
    };
    let counted = counted_end(window, rules).filter(|&length| is_end(length));
    let claim = stated.filter(|&claim| claim == through_terminator || is_end(claim));
    if let (None, Some(length)) = (claim, counted) {
        return fault(goes_on, length);
    }
    let length = claim.unwrap_or(through_terminator);
    // A span as long as it says: the check of the whole record knows best what is wrong.
    match parse(&window[..length]) {
        Err((name, entry)) if stated == Some(length) && goes_on != "over_long" => {
            run(Kind::Fault { name, entry }, length)
        }
        _ => fault(goes_on, length),
    }
}

/// Where the record ends by the count of its fields: behind as many as there are entries.
pub fn counted_end(window: &[u8], rules: Rules) -> Option<usize> {
    if !rules.repairs || leader_stands(window, rules) != Answer::Yes {
        return None;
    }
    let base = decimal(&window[12..17])?;
    let count = (base - 25) / 12;
    let mut ends = (base..window.len()).filter(|&at| window[at] == 0x1E);
    let last = ends.nth(count - 1)?;
    // A look-ahead has an end.
    (last + 2 <= 100_000).then_some(last + 2)
}
