//! The frames of a reader: each record's fields are checked, and repaired if the rules say so.

use super::{
    bad_span::bad_span,
    frame::{Frame, Item, Kind, Rules},
    frames::{frames, frames_within},
    record::parse,
    repair::repair,
};

/// What a reader makes of `input`.
pub fn items(input: &[u8], rules: impl Into<Rules>) -> Vec<Item> {
    let rules = rules.into();
    let mut checked = Vec::new();
    check_all(&frames(input, rules), input, 0, rules, &mut checked);
    if rules.repairs {
        checked = checked.into_iter().flat_map(|frame| repaired(input, frame, rules)).collect();
    }
    let mut count = 0;
    let number = |kind| {
        let counts = matches!(kind, Kind::Record | Kind::Repaired | Kind::Fault { .. });
        count += u64::from(counts);
        counts.then_some(count)
    };
    let numbers: Vec<_> = checked.iter().map(|frame| frame.kind).map(number).collect();
    let with_number =
        |(Frame { kind, offset, length }, number)| Item { kind, offset, length, number };
    checked.into_iter().zip(numbers).map(with_number).collect()
}

/// What repair makes of a frame. What cannot be repaired is told as without repair, if there is a
/// record in it then.
pub fn repaired(input: &[u8], frame: Frame, rules: Rules) -> Vec<Frame> {
    let is_hopeless = |name| ["foreign", "over_long"].contains(&name);
    let repair_one = |frame: Frame| match frame.kind {
        Kind::Fault { name, .. } if !is_hopeless(name) => {
            let span = &input[frame.offset..][..frame.length];
            repair(span).map(|_| Frame { kind: Kind::Repaired, ..frame })
        }
        _ => None,
    };
    if !matches!(frame.kind, Kind::Fault { .. }) {
        return vec![frame];
    }
    if let Some(repaired) = repair_one(frame) {
        return vec![repaired];
    }
    let span = &input[frame.offset..][..frame.length];
    let without = Rules { repairs: false, ..rules };
    let mut parts = Vec::new();
    let found = frames_within(span, without);
    if let [Frame { kind: Kind::Fault { .. }, .. }] = found[..] {
        refused(span, frame.offset, without, &mut parts);
    } else {
        check_all(&found, span, frame.offset, without, &mut parts);
    }
    if parts.iter().all(|part| part.kind != Kind::Record) {
        return vec![frame];
    }
    parts.into_iter().map(|part| repair_one(part).unwrap_or(part)).collect()
}

/// A record by its ends, whose fields are still to be checked. If they are unsound it is a bad
/// span, and another record may stand inside it.
pub fn check(record: &[u8], offset: usize, rules: Rules, checked: &mut Vec<Frame>) {
    if parse(record).is_ok() {
        checked.push(Frame { kind: Kind::Record, offset, length: record.len() });
        return;
    }
    refused(record, offset, rules, checked);
}

/// A span that was taken for something else by its two ends.
pub fn refused(span: &[u8], offset: usize, rules: Rules, checked: &mut Vec<Frame>) {
    let bad = bad_span(span, rules, "directory", Some(span.len()));
    checked.push(Frame { kind: bad.kind, offset, length: bad.length });
    let rest = &span[bad.length..];
    check_all(&frames_within(rest, rules), rest, offset + bad.length, rules, checked);
}

/// The frames of bytes that stand at `offset` of the input, their records checked.
pub fn check_all(
    frames: &[Frame],
    bytes: &[u8],
    offset: usize,
    rules: Rules,
    checked: &mut Vec<Frame>,
) {
    for frame in frames {
        let at = offset + frame.offset;
        if frame.kind == Kind::Record {
            check(&bytes[frame.offset..][..frame.length], at, rules, checked);
        } else {
            checked.push(Frame { offset: at, ..*frame });
        }
    }
}
