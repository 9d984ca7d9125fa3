//! The rules of framing and of record structure once more, in the plainest words.
//!
//! Nothing here is shared with the crate: no type, no constant, no trick. It works on a whole
//! input in memory, tries every offset, forgets everything between one frame and the next, and may
//! be as slow as it likes. What the crate says is compared with what this says.
//!
//! Two layers, as in the crate: [`frames`] is what a framer tells, by the ends of a record;
//! [`items`] is what a reader tells, after each record's fields were checked.

/// What a run of bytes is. The name of a fault is that of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Record,
    Fault {
        name: &'static str,
        /// The directory entry at fault, from 1.
        entry: Option<u32>,
    },
    /// More of a fault that the limit cut into pieces.
    Continued,
    Padding,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Fault { name, .. } => name,
            Self::Continued => "continued",
            Self::Padding => "padding",
        }
    }
}

/// A run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
}

/// A frame as a reader counts it: records and faults have a number, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    pub offset: usize,
    pub length: usize,
    pub number: Option<u64>,
}

/// A fault found in one record: the name of its kind, and the directory entry.
pub type Found = (&'static str, Option<u32>);

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    pub tag: [u8; 3],
    /// Without the terminator.
    pub data: Vec<u8>,
}

/// What a reader makes of `input` if no record may be longer than `limit` bytes (26 at least).
pub fn items(input: &[u8], limit: usize) -> Vec<Item> {
    let mut checked = Vec::new();
    for frame in frames(input, limit) {
        if frame.kind == Kind::Record {
            check(&input[frame.offset..][..frame.length], frame.offset, limit, &mut checked);
        } else {
            checked.push(frame);
        }
    }
    let mut count = 0;
    let number = |kind| {
        let counts = matches!(kind, Kind::Record | Kind::Fault { .. });
        count += u64::from(counts);
        counts.then_some(count)
    };
    let numbers: Vec<_> = checked.iter().map(|frame| frame.kind).map(number).collect();
    let with_number =
        |(Frame { kind, offset, length }, number)| Item { kind, offset, length, number };
    checked.into_iter().zip(numbers).map(with_number).collect()
}

/// A record by its ends, whose fields are still to be checked. If they are unsound it is a bad
/// span, and another record may stand inside it.
fn check(record: &[u8], offset: usize, limit: usize, checked: &mut Vec<Frame>) {
    if parse(record).is_ok() {
        checked.push(Frame { kind: Kind::Record, offset, length: record.len() });
        return;
    }
    let bad = bad_span(record, limit, "directory", Some(record.len()));
    checked.push(Frame { kind: bad.kind, offset, length: bad.length });
    let rest = &record[bad.length..];
    for frame in frames(rest, limit) {
        let at = offset + bad.length + frame.offset;
        if frame.kind == Kind::Record {
            check(&rest[frame.offset..][..frame.length], at, limit, checked);
        } else {
            checked.push(Frame { offset: at, ..frame });
        }
    }
}

/// What a framer makes of `input`.
pub fn frames(input: &[u8], limit: usize) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let mut offset = 0;
    let mut is_cut_off = false;
    while offset < input.len() {
        // Nothing beyond the limit has a say.
        let window = &input[offset..input.len().min(offset + limit)];
        let run = match is_cut_off && leader_stands(window) != Answer::Yes {
            true => Run { kind: Kind::Continued, ..bad_span(window, limit, "over_long", None) },
            false => first_run(window, limit),
        };
        frames.push(Frame { kind: run.kind, offset, length: run.length });
        is_cut_off = run.is_cut_off;
        offset += run.length;
    }
    frames
}

/// A run of bytes at the start of the window.
struct Run {
    kind: Kind,
    length: usize,
    /// Whether the limit ended it, and more of the same may follow.
    is_cut_off: bool,
}

fn run(kind: Kind, length: usize) -> Run {
    Run { kind, length, is_cut_off: false }
}

fn fault(name: &'static str, length: usize) -> Run {
    run(Kind::Fault { name, entry: None }, length)
}

fn first_run(window: &[u8], limit: usize) -> Run {
    if let Some(length) = padding(window, limit) {
        return run(Kind::Padding, length);
    }
    if let Some(length) = length_by_the_ends(window) {
        return run(Kind::Record, length);
    }
    match judge(window, limit) {
        Judgement::Record(length) => run(Kind::Record, length),
        Judgement::OnlyTheLengthIsWrong(length) => fault("record_length", length),
        Judgement::Bad(name) => bad_span(window, limit, name, stated_length(window)),
    }
}

/// Blank space, if a plausible leader or the end follows, or nothing else within the limit.
fn padding(window: &[u8], limit: usize) -> Option<usize> {
    let is_full = window.len() == limit;
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
        rest => match leader_stands(rest) {
            Answer::Yes => true,
            Answer::No => false,
            Answer::TooFewBytes => is_full,
        },
    };
    (length > 0 && follows).then_some(length)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    TooFewBytes,
}

/// P: whether a plausible leader stands at the start of `bytes`, its directory included.
fn leader_stands(bytes: &[u8]) -> Answer {
    if bytes.len() < 24 {
        return match bytes.iter().take(5).all(u8::is_ascii_digit) {
            true => Answer::TooFewBytes,
            false => Answer::No,
        };
    }
    let (Some(length), Some(base)) = (decimal(&bytes[0..5]), decimal(&bytes[12..17])) else {
        return Answer::No;
    };
    let base_fits = base >= 37 && (base - 25) % 12 == 0 && (length < 25 || base < length);
    if !base_fits || !leader_bytes_are_fine(bytes) {
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

/// The first offset but 0 at which a plausible leader stands, with its directory in `bytes`.
fn next_leader(bytes: &[u8]) -> Option<usize> {
    (1..bytes.len()).find(|&at| leader_stands(&bytes[at..]) == Answer::Yes)
}

fn leader_bytes_are_fine(leader: &[u8]) -> bool {
    let is_printable = |byte: &u8| (0x20..=0x7E).contains(byte);
    leader[5..10].iter().all(is_printable)
        && leader[17..20].iter().all(is_printable)
        && (&leader[10..12] == b"22" || &leader[20..22] == b"45")
}

fn decimal(digits: &[u8]) -> Option<usize> {
    let all_digits = digits.iter().all(u8::is_ascii_digit);
    all_digits.then(|| std::str::from_utf8(digits).unwrap().parse().unwrap())
}

/// Field length and starting position of a well-formed directory entry.
fn entry_of(entry: &[u8]) -> Option<(usize, usize)> {
    let tag_is_fine = entry[..3].iter().all(u8::is_ascii_alphanumeric);
    tag_is_fine.then_some((decimal(&entry[3..7])?, decimal(&entry[7..12])?))
}

/// The length in the leader, if it is one: a record has at least 26 bytes.
fn stated_length(window: &[u8]) -> Option<usize> {
    if window.len() < 24 {
        return None;
    }
    decimal(&window[..5]).filter(|&length| length >= 26)
}

/// A record with at least one field, as seen from both its ends: leader, end of the directory,
/// last entry, last two bytes.
fn length_by_the_ends(window: &[u8]) -> Option<usize> {
    let length = stated_length(window).filter(|&length| length <= window.len())?;
    let base = decimal(&window[12..17])?;
    let base_fits = base >= 37 && (base - 25) % 12 == 0 && base < length;
    if !base_fits || !leader_bytes_are_fine(window) || window[base - 1] != 0x1E {
        return None;
    }
    let (field_length, start) = entry_of(&window[base - 13..base - 1])?;
    let ends_there = base + start + field_length == length - 1;
    (ends_there && window[..length].ends_with(b"\x1E\x1D")).then_some(length)
}

enum Judgement {
    Record(usize),
    OnlyTheLengthIsWrong(usize),
    Bad(&'static str),
}

/// Whether a record stands here, by all of its directory; if not, the first thing wrong.
fn judge(window: &[u8], limit: usize) -> Judgement {
    use Judgement::{Bad, OnlyTheLengthIsWrong, Record};
    if window.len() < 24 {
        let begins_well = window.iter().take(5).all(u8::is_ascii_digit);
        return Bad(if begins_well { "truncation" } else { "record_length" });
    }
    let stated = stated_length(window);
    if !leader_bytes_are_fine(window) {
        return Bad(if stated.is_some() { "leader" } else { "record_length" });
    }
    let base = match decimal(&window[12..17]) {
        Some(base) if base >= 25 && (base - 25) % 12 == 0 => base,
        _ => return Bad("base_address"),
    };
    let directory = &window[24..window.len().min(base - 1)];
    if directory.chunks_exact(12).any(|entry| entry_of(entry).is_none()) {
        return Bad("directory");
    }
    match window.get(base - 1) {
        Some(0x1E) => {}
        Some(_) => return Bad("base_address"),
        None if window.len() == limit => return Bad("over_long"),
        None => return Bad("truncation"),
    }
    let ends = directory.chunks(12).filter_map(entry_of).map(|(length, start)| start + length);
    let length = base + ends.max().unwrap_or(0) + 1;
    let agrees = stated == Some(length);
    if length > limit {
        return Bad("over_long");
    }
    if length > window.len() {
        return Bad(if agrees { "truncation" } else { "directory" });
    }
    let record = &window[..length];
    if record.ends_with(b"\x1E\x1D") {
        if agrees {
            return Record(length);
        }
        if !directory.is_empty() {
            return OnlyTheLengthIsWrong(length);
        }
    }
    Bad(match (agrees, stated) {
        (false, Some(_)) => "directory",
        (false, None) => "record_length",
        (true, _) if record.ends_with(b"\x1D") => "field_terminator",
        (true, _) => "record_terminator",
    })
}

/// Where a span ends that is no record, and which fault it is.
fn bad_span(window: &[u8], limit: usize, name: &'static str, stated: Option<usize>) -> Run {
    // If the input goes on after the span, it was not the input that ended too soon.
    let goes_on = if name == "truncation" { "record_terminator" } else { name };
    let Some(terminator) = window.iter().position(|&byte| byte == 0x1D) else {
        return match next_leader(window) {
            Some(leader) => fault(goes_on, leader),
            None if window.len() == limit => {
                // A leader that the limit cuts in two is left for the next frame.
                let half =
                    (1..limit).find(|&at| leader_stands(&window[at..]) == Answer::TooFewBytes);
                Run { is_cut_off: true, ..fault("over_long", half.unwrap_or(limit)) }
            }
            None => fault(name, window.len()),
        };
    };
    if let Some(leader) = next_leader(&window[..terminator]) {
        return fault(goes_on, leader);
    }
    // The span ends with the terminator. A stated length may claim more: a terminator further on,
    // if it is there and no leader stands before it.
    let through_terminator = terminator + 1;
    let length = match stated.filter(|&claim| through_terminator < claim && claim <= limit) {
        None => through_terminator,
        Some(claim)
            if claim <= window.len()
                && window[claim - 1] == 0x1D
                && next_leader(&window[..claim]).is_none() =>
        {
            claim
        }
        Some(_) => return fault(goes_on, through_terminator),
    };
    // A span as long as it says: the check of the whole record knows best what is wrong.
    match parse(&window[..length]) {
        Err((name, entry)) if stated == Some(length) && goes_on != "over_long" => {
            run(Kind::Fault { name, entry }, length)
        }
        _ => fault(goes_on, length),
    }
}

/// The fields of one record that fills `record`, or the first thing wrong with it.
pub fn parse(record: &[u8]) -> Result<Vec<Field>, Found> {
    let whole = |name| Err((name, None));
    if record.len() < 24 {
        return whole("truncation");
    }
    let Some(length) = stated_length(record) else { return whole("record_length") };
    if !leader_bytes_are_fine(record) {
        return whole("leader");
    }
    let base = match decimal(&record[12..17]) {
        Some(base) if base >= 25 && (base - 25) % 12 == 0 && base < length => base,
        _ => return whole("base_address"),
    };
    if record.get(base - 1) != Some(&0x1E) {
        return whole("base_address");
    }
    if length != record.len() {
        return whole(if length > record.len() { "truncation" } else { "record_length" });
    }
    if record[length - 1] != 0x1D {
        return whole("record_terminator");
    }
    if record[length - 2] != 0x1E {
        return whole("field_terminator");
    }
    let mut fields = Vec::new();
    let mut furthest = base;
    for (entry, ordinal) in record[24..base - 1].chunks(12).zip(1..) {
        let Some((field_length, start)) = entry_of(entry) else {
            return Err(("directory", Some(ordinal)));
        };
        let end = base + start + field_length;
        if end > length - 1 {
            return Err(("directory", Some(ordinal)));
        }
        if field_length == 0 || record[end - 1] != 0x1E {
            return Err(("field_terminator", Some(ordinal)));
        }
        let data = record[base + start..end - 1].to_vec();
        fields.push(Field { tag: [entry[0], entry[1], entry[2]], data });
        furthest = furthest.max(end);
    }
    if furthest == length - 1 { Ok(fields) } else { whole("directory") }
}
