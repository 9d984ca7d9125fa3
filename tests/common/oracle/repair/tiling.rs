//! Records whose entries follow one another from the base address to the end, but whose terminators
//! are missing.

use super::{Place, Reading, matching::has_form};

pub fn by_tiling(span: &[u8], end: usize, tags: &[[u8; 3]], places: &[Place]) -> Option<Reading> {
    let count = tags.len();
    let is_ended: Vec<bool> = places.iter().map(|place| span[place.1 - 1] == 0x1E).collect();
    let is_control = |at: usize| tags[at].starts_with(b"00");
    let content = |at: usize| &span[places[at].0..places[at].1 - 1];
    let is_other: Vec<bool> = (0..count)
        .map(|at| {
            let content = content(at);
            !has_form(&tags[at], content) || content.contains(&0x1E) || content.contains(&0x1D)
        })
        .collect();
    let (mut fields, mut faults, mut lacks) = (Vec::new(), Vec::new(), false);
    for at in 0..count {
        // The terminators of this field and of the one before, if they are missing.
        let missing: Vec<usize> = [at.checked_sub(1), Some(at)]
            .into_iter()
            .flatten()
            .filter(|&border| !is_ended[border])
            .collect();
        let is_lost = missing.iter().any(|&border| {
            let place = places[border].1 - 1;
            let byte = span[place];
            let is_run = byte == span[place - 1] || place + 1 < end && byte == span[place + 1];
            let beside = [border.checked_sub(1), Some(border + 1)];
            let is_alone =
                beside.into_iter().flatten().all(|other| is_ended.get(other) != Some(&false));
            let is_small = byte < b' ' || (byte ^ 0x1E).count_ones() == 1;
            let is_plain = content(at).iter().all(|byte| (0x20..0x7F).contains(byte));
            let is_told = border == at && !(at + 1 < count && is_control(at + 1));
            let is_small = is_told || is_alone && is_small;
            let is_odd_control =
                is_control(at) && !(is_small && is_plain && !(border < at && is_other[border]));
            let reaches_next = border == at && at + 1 < count && is_other[at + 1];
            is_other[at] || is_run || reaches_next || is_odd_control
        });
        if is_lost || !is_ended[at] {
            faults.push(("field_terminator", Some(at as u32 + 1)));
        }
        lacks |= is_lost;
        if !is_lost {
            fields.push((tags[at], places[at]));
        }
    }
    let are_most = 2 * fields.len() > count;
    are_most.then_some(Reading { fields, faults, lacks, is_firm: false })
}
