use super::*;
use std::{format, string::String, vec};

/// Returns a record of these fields: tag, and content without the terminator.
fn record(fields: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut directory, mut data) = (String::new(), Vec::new());
    for (tag, content) in fields {
        directory += &format!("{tag}{:04}{:05}", content.len() + 1, data.len());
        data.extend_from_slice(content);
        data.push(FIELD_TERMINATOR);
    }
    assemble(&directory, &data)
}

fn assemble(directory: &str, data: &[u8]) -> Vec<u8> {
    let base = LEADER_LENGTH + directory.len() + 1;
    let length = base + data.len() + 1;
    let head = format!("{length:05}nam a22{base:05}   4500{directory}\x1E");
    [head.as_bytes(), data, b"\x1D"].concat()
}

/// Returns the fields and faults of a repaired span, in words.
fn repair(span: &[u8]) -> Option<(Vec<String>, String)> {
    let mut repairer = Repairer::default();
    let (fields, faults) = repairer.repair(span)?;
    let text = |field: &FieldSpan| {
        let content = &span[field.start as usize..][..field.length as usize];
        format!("{} {}", field.tag(), content.escape_ascii())
    };
    let word = |fault: &Fault| {
        let entry = fault.entry().map_or(String::new(), |entry| format!(":{entry}"));
        let lost = if fault.severity() == Severity::LostField { "!" } else { "" };
        format!("{}{entry}{lost}", fault.kind().name())
    };
    let faults: Vec<_> = faults.iter().map(word).collect();
    Some((fields.iter().map(text).collect(), faults.join(" ")))
}

const FIELDS: [(&str, &[u8]); 4] =
    [("001", b"id"), ("245", b"10\x1FaTitle"), ("500", b"  \x1FaNote"), ("650", b" 0\x1FaTopic")];

fn texts() -> Vec<String> {
    FIELDS.iter().map(|(tag, data)| format!("{tag} {}", data.escape_ascii())).collect()
}

fn put(at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut record = record(&FIELDS);
    record[at..at + bytes.len()].copy_from_slice(bytes);
    record
}

#[track_caller]
fn repairs(span: &[u8], faults: &str) {
    assert_eq!(repair(span), Some((texts(), faults.into())), "{}", span.escape_ascii());
}

#[test]
fn a_wrong_leader_over_a_sound_directory_is_repaired() {
    repairs(&put(0, b"99999"), "record_length");
    repairs(&put(0, b"abcde"), "record_length");
    repairs(&put(12, b"00000"), "base_address");
    repairs(&put(12, b"00085"), "base_address");
    repairs(&put(5, b"\x01"), "leader");
    repairs(&put(10, b"xx        xxxx"), "leader base_address");
}

#[test]
fn one_damaged_entry_is_repaired_by_what_the_others_leave_over() {
    repairs(&put(24 + 12 + 3, b"abcd"), "directory:2");
    repairs(&put(24 + 12 + 7, b"00777"), "directory:2");
    repairs(&put(24 + 12 + 3, b"0000"), "directory:2");
    repairs(&put(24 + 36 + 3, b"9999"), "directory:4");
}

#[test]
fn a_field_whose_tag_cannot_be_read_is_lost_and_no_other() {
    let mut expected = texts();
    expected.remove(1);
    assert_eq!(repair(&put(24 + 12, b"   ")), Some((expected, "directory:2!".into())));
}

#[test]
fn lengths_counted_in_characters_are_repaired_by_the_count_of_terminators() {
    let fields: [(&str, &str); 3] =
        [("001", "\u{e9}\u{e8}"), ("245", "10\x1Fa\u{fc}"), ("500", "x")];
    let (mut directory, mut start) = (String::new(), 0);
    for (tag, content) in fields {
        let length = content.chars().count() + 1;
        directory += &format!("{tag}{length:04}{start:05}");
        start += length;
    }
    let data = fields.map(|(_, content)| format!("{content}\x1E")).concat();
    let span = assemble(&directory, data.as_bytes());
    let (found, faults) = repair(&span).unwrap();
    let expected = fields.map(|(tag, text)| format!("{tag} {}", text.as_bytes().escape_ascii()));
    assert_eq!((found, faults.as_str()), (expected.to_vec(), "field_positions"));
}

#[test]
fn lengths_counted_in_characters_hold_where_a_terminator_stands_inside_a_field() {
    let fields: [(&str, &str); 3] =
        [("001", "\u{e9}"), ("245", "10\x1Fa\u{fc}\x1Ex"), ("500", "y")];
    let (mut directory, mut start) = (String::new(), 0);
    for (tag, content) in fields {
        let length = content.chars().count() + 1;
        directory += &format!("{tag}{length:04}{start:05}");
        start += length;
    }
    let data = fields.map(|(_, content)| format!("{content}\x1E")).concat();
    let (found, faults) = repair(&assemble(&directory, data.as_bytes())).unwrap();
    let expected = fields.map(|(tag, text)| format!("{tag} {}", text.as_bytes().escape_ascii()));
    assert_eq!((found, faults.as_str()), (expected.to_vec(), "field_positions"));
}

#[test]
fn a_field_that_begins_inside_a_character_is_not_counted_in_characters() {
    let span = assemble("001000400000245000200004", b"abc\x1E\xAB\xABx\x1E");
    let expected = std::vec!["001 abc".into(), "245 \\xab\\xabx".into()];
    assert_eq!(repair(&span), Some((expected, "directory:2".into())));
}

#[test]
fn starts_that_lost_a_digit_are_repaired_in_the_order_of_the_entries() {
    let texts: Vec<Vec<u8>> = (0..14).map(|at| vec![b'a' + at; 9_000 + usize::from(at)]).collect();
    let mut directory = String::new();
    let mut data = Vec::new();
    for text in &texts {
        directory += &format!("500{:04}{:05}", text.len() + 1, data.len() % 100_000);
        data.extend_from_slice(text);
        data.push(FIELD_TERMINATOR);
    }
    let mut span = assemble(&directory, &data);
    assert_eq!(span[6], b'n', "six digits of length");
    span.remove(0);
    let mut repairer = Repairer::default();
    let (fields, faults) = repairer.repair(&span).unwrap();
    for (field, text) in fields.iter().zip(&texts) {
        assert!(span[field.start as usize..][..field.length as usize] == text[..]);
    }
    assert_eq!(fields.len(), texts.len());
    let kinds: Vec<_> = faults.iter().map(|fault| fault.kind().name()).collect();
    assert_eq!(kinds, ["record_length", "field_positions"]);
}

#[test]
fn terminators_that_were_lost_are_repaired_where_the_directory_tiles() {
    let base = LEADER_LENGTH + 48 + 1;
    let mut span = record(&FIELDS);
    span[base + 2] = b'x';
    assert_eq!(repair(&span), Some((texts(), "field_terminator:1".into())));
    let mut span = record(&FIELDS);
    span.remove(span.len() - 1);
    repairs(&span, "record_terminator");
    span.push(b'x');
    repairs(&span, "record_terminator");
}

#[test]
fn a_directory_with_a_byte_too_many_or_too_few_is_read_from_both_ends() {
    let mut span = record(&FIELDS);
    span.insert(24 + 48, b' ');
    assert_eq!(
        repair(&span),
        Some((texts(), "record_length base_address directory_length".into()))
    );
    span.remove(24 + 48);
    span.remove(24 + 15);
    let mut expected = texts();
    expected.remove(1);
    let faults = "record_length base_address directory_length!";
    assert_eq!(repair(&span), Some((expected, faults.into())));
}

#[test]
fn what_does_not_agree_with_itself_is_not_repaired() {
    assert_eq!(repair(b""), None);
    assert_eq!(repair(b"\x1D"), None);
    assert_eq!(repair(&[b'0'; 60]), None);
    // A leader whose last byte is a terminator, and blanks in the place of the fields.
    assert_eq!(repair(b"00026nam a2200025   450\x1D"), None);
    assert_eq!(repair(b"00026nam a2200025  \x1E    "), None);
    assert_eq!(repair(&record(&[])), None);
    let cut = record(&FIELDS);
    assert_eq!(repair(&cut[..cut.len() - 10]), None);
}

/// Returns a record of five fields, whose entries begin at 24, 36, 48, 60 and 72.
fn five() -> Vec<u8> {
    record(&[
        ("001", b"id000001"),
        ("245", b"10\x1FaTitle number 1\x1Fbsub"),
        ("650", b" 0\x1FaSubject 1 0"),
        ("651", b" 0\x1FaSubject 1 1"),
        ("655", b" 0\x1FaSubject 1 2"),
    ])
}

/// Returns the result of repairing a span: the tags with the first letters of the fields, and the
/// faults.
fn made_of(span: &[u8]) -> Option<(String, String)> {
    let (fields, faults) = repair(span)?;
    let short = |field: &String| field.chars().take(3).collect::<String>();
    let tags: Vec<_> = fields.iter().map(short).collect();
    // No field appears that was not there before.
    let (before, _) = repair(&[b"xxxxx", &five()[5..]].concat()).unwrap();
    assert!(fields.iter().all(|field| before.contains(field)), "{fields:?}");
    Some((tags.join(" "), faults))
}

#[track_caller]
fn makes(parts: &[&[u8]], tags: &str, faults: &str) {
    let span = parts.concat();
    let made = made_of(&span);
    assert_eq!(made, Some((tags.into(), faults.into())), "{}", span.escape_ascii());
}

#[test]
fn a_field_whose_entry_is_gone_is_lost_and_so_is_one_whose_tag_may_be_of_that_entry() {
    let g = five();
    let faults = "record_length base_address directory:2! unlisted_data!";
    makes(&[&g[..36], &g[48..]], "001 651 655", faults);
    // The tag of one and the numbers of the other.
    makes(&[&g[..39], &g[51..]], "001 651 655", faults);
    let faults = "record_length base_address directory:1! unlisted_data!";
    makes(&[&g[..24], &g[36..]], "650 651 655", faults);
    // Two of five are too few.
    makes(
        &[&g[..48], &g[72..]],
        "001 245",
        "record_length base_address directory:3! unlisted_data!",
    );
    assert_eq!(made_of(&[&g[..24], &g[60..]].concat()), None);
    // The leader confirms the directory: its remaining entries are certain.
    let short = assemble("001000900000650001600033651001600049655001600065", &g[85..166]);
    let mut damaged = short.clone();
    damaged[5] = b'\x01';
    makes(&[&damaged], "001 650 651 655", "leader unlisted_data!");
    damaged = short;
    damaged[..5].copy_from_slice(b"99999");
    makes(&[&damaged], "001 650 651 655", "record_length unlisted_data!");
}

#[test]
fn an_entry_that_stands_there_twice_gives_one_field() {
    let g = five();
    let all = "001 245 650 651 655";
    makes(&[&g[..51], &g[39..]], all, "record_length base_address directory:3");
    makes(&[&g[..48], &g[36..]], all, "record_length base_address directory:3");
    makes(
        &[&g[..24], &g[12..]],
        "245 650 651 655",
        "record_length base_address directory:1 directory:2!",
    );
    // Two entries for one field, and the record has its stated length.
    let data = &g[85..166];
    let twice = "001000900000245002400009245002400009650001600033651001600049655001600065";
    let mut damaged = assemble(twice, data);
    damaged[5] = b'\x01';
    assert_eq!(made_of(&damaged), None, "no leader, and no directory that holds");
    damaged[5] = b'n';
    makes(&[&damaged], "001 650 651 655", "directory:2! directory:3!");
}

#[test]
fn the_tail_of_a_record_is_no_record() {
    let g = five();
    for cut in [12, 24, 36, 48] {
        assert_eq!(repair(&g[cut..]), None, "{cut}");
    }
    // A leader by chance: two digits at the positions of the counts.
    let mut soup = g[24..].to_vec();
    soup[10..12].copy_from_slice(b"22");
    assert_eq!(repair(&soup), None);
    // One number of the leader is right, and the directory holds.
    repairs(&put(5, b"\x01\x02\x03\x0422xxxxx"), "leader base_address");
    assert_eq!(repair(&put(0, b"xxxxx\x01\x02\x03\x0422xxxxx")), None);
}

#[test]
fn a_tag_that_bytes_came_into_is_not_guessed() {
    let g = five();
    let faults = "record_length base_address directory_length!";
    makes(&[&g[..37], b"9", &g[37..]], "001 650 651 655", faults);
    makes(&[&g[..36], b"9", &g[36..]], "001 650 651 655", faults);
    // Bytes added to the numbers: the tag is not delivered either.
    makes(&[&g[..43], b"9", &g[43..]], "001 650 651 655", faults);
    // Bytes removed from the tag, and from the numbers.
    makes(&[&g[..37], &g[38..]], "001 650 651 655", faults);
    makes(&[&g[..44], &g[45..]], "001 650 651 655", faults);
    // Bytes removed from the end of one entry and the start of the next.
    makes(&[&g[..46], &g[50..]], "001 651 655", faults);
    // Bytes added after all entries.
    makes(
        &[&g[..84], b"9", &g[84..]],
        "001 245 650 651 655",
        "record_length base_address directory_length",
    );
}

#[test]
fn a_terminator_lost_and_another_come_are_not_taken_for_a_match() {
    let g = five();
    let find = |span: &[u8], text: &[u8]| span.windows(text.len()).position(|at| at == text);
    let damaged = |span: &[u8]| {
        let mut span = span.to_vec();
        let stray = find(&span, b"Subject 1 1").unwrap();
        span[stray] = FIELD_TERMINATOR;
        let end = find(&span, b"sub\x1E").unwrap() + 3;
        span.remove(end);
        span
    };
    assert_eq!(made_of(&damaged(&g)), None, "two fields of five are too few");
    // The same with more entries before and after the place.
    let content = |at: usize| std::format!("  \x1FaNote {at} {}", "x".repeat(at)).into_bytes();
    let notes: Vec<Vec<u8>> = (0..8).map(content).collect();
    let mut fields: Vec<(&str, &[u8])> = notes.iter().map(|note| ("500", &note[..])).collect();
    let middle: [(&str, &[u8]); 3] = [
        ("245", b"10\x1FaTitle\x1Fbsub"),
        ("650", b" 0\x1FaSubject 1 0"),
        ("651", b" 0\x1FaSubject 1 1"),
    ];
    fields.splice(4..4, middle);
    let (found, faults) = repair(&damaged(&record(&fields))).unwrap();
    let expected: Vec<_> =
        notes.iter().map(|note| format!("500 {}", note.escape_ascii())).collect();
    assert_eq!(found, expected);
    assert_eq!(faults, "record_length directory:5! directory:6! directory:7! field_positions");
    // Text changed in two fields, whose lengths were not counted again.
    let mut edited = record(&fields);
    let at = find(&edited, b"Title").unwrap();
    edited.splice(at..at + 5, *b"The title");
    let at = find(&edited, b"Subject 1 1").unwrap();
    edited.splice(at..at, *b"My ");
    let (found, faults) = repair(&edited).unwrap();
    assert_eq!((found.len(), faults.as_str()), (11, "record_length field_positions"));
    assert_eq!(found[4], r"245 10\x1faThe title\x1fbsub");
}

#[test]
fn fields_that_moved_by_one_between_a_terminator_that_came_and_one_that_went_are_lost() {
    // Text outside ASCII, whose length may be wrong.
    let notes: Vec<Vec<u8>> = (0..9)
        .map(|at| format!("  \x1Fa{}{at}", "\u{e9}".repeat(6 + 3 * at)).into_bytes())
        .collect();
    let mut fields: Vec<(&str, &[u8])> = notes.iter().map(|note| ("500", &note[..])).collect();
    fields.splice(3..3, [("250", &b"  \x1FaSecond edition"[..]), ("300", b"  \x1Fa1 volume")]);
    let whole = record(&fields);
    let end_of = |nth: usize| {
        let base = LEADER_LENGTH + 12 * fields.len() + 1;
        base + fields[..=nth].iter().map(|(_, data)| data.len() + 1).sum::<usize>() - 1
    };
    for (gone, come) in [(5, 1), (6, 2), (8, 4)] {
        let mut span = whole.clone();
        span[end_of(gone)] = b' ';
        span.insert(end_of(come) - 4, FIELD_TERMINATOR);
        let Some((found, faults)) = repair(&span) else { continue };
        assert!(faults.contains('!'), "{gone} {come}: {faults}");
        let mut rest = texts_of(&fields).into_iter();
        assert!(
            found.iter().all(|one| rest.any(|other| other == *one)),
            "{gone} {come}: {found:?}"
        );
    }
    let mut span = whole.clone();
    span[end_of(4)] = b' ';
    span.insert(end_of(2) - 4, FIELD_TERMINATOR);
    let (found, faults) = repair(&span).unwrap();
    assert_eq!(found.len(), 7);
    assert_eq!(
        faults,
        "record_length directory:3! directory:4! directory:5! directory:6! field_positions"
    );
}

fn texts_of(fields: &[(&str, &[u8])]) -> Vec<String> {
    fields.iter().map(|(tag, data)| format!("{tag} {}", data.escape_ascii())).collect()
}

#[test]
fn entries_whose_fields_are_gone_are_lost() {
    let g = five();
    let cut = g.iter().position(|&byte| byte == FIELD_TERMINATOR).unwrap() + 1 + 9 + 24 + 16;
    // The tail of the record, and both numbers of its leader.
    let tail = [b"00000", &g[5..12], b"00000", &g[17..cut], b"\x1D"].concat();
    assert_eq!(
        made_of(&tail),
        Some(("001 245 650".into(), "record_length base_address directory:4! directory:5!".into()))
    );
    // With an extra byte in the directory, which the leader does not account for.
    let faults = "record_length base_address directory_length!";
    makes(&[&g[..61], b"0", &g[61..cut], b"\x1D"], "001 245 650", faults);
}

#[test]
fn a_terminator_too_many_or_too_few_costs_the_fields_at_it() {
    let g = five();
    let base = 85;
    let all = "001 245 650 651 655";
    makes(&[&g[..g.len() - 1], b"\x1E\x1D"], all, "record_length");
    makes(&[&g[..g.len() - 1], b"\n\x1D"], all, "record_length");
    makes(&[&g[..base], b"\x1E", &g[base..]], all, "record_length field_positions");
    makes(
        &[&g[..base + 20], b"\x1E", &g[base + 20..]],
        "001 650 651 655",
        "record_length directory:2! field_positions unlisted_data!",
    );
    let end = base + 9 + 24 - 1;
    makes(
        &[&g[..end], &g[end + 1..]],
        "001 651 655",
        "record_length directory:2! directory:3! field_positions unlisted_data!",
    );
    // The bytes after it may be another record, and so may those that are too far off.
    assert_eq!(made_of(&[&g[..g.len() - 1], b"x\x1D"].concat()), None);
    assert_eq!(
        made_of(&[&g[..base + 20], &[FIELD_TERMINATOR; 17], &g[base + 20..]].concat()),
        None
    );
    // Nothing shows which of the two is the first field.
    let stray = [b"id000009\x1E", &g[base..]].concat();
    let (found, _) = repair(&[&g[..base], &stray].concat()).unwrap();
    assert!(found.iter().all(|field| !field.starts_with("001")), "{found:?}");
}

#[test]
fn a_block_over_the_fields_costs_those_in_it() {
    let mut fields: Vec<(&str, &[u8])> = vec![("001", b"id"), ("500", b"  \x1FaFirst note")];
    fields.resize(9, ("650", b" 0\x1FaA subject"));
    let mut span = record(&fields);
    let base = LEADER_LENGTH + 12 * fields.len() + 1;
    let block = b"te\x1E 0\x1FaOther\x1E 0\x1FaAn";
    span[base + 30..base + 30 + block.len()].copy_from_slice(block);
    let (found, faults) = repair(&span).unwrap();
    // Bytes written over the start of a field were also written over the end of the one before.
    assert_eq!(found.len(), 6, "{found:?}");
    assert_eq!(faults, "field_terminator:3! field_terminator:4! field_terminator:5!");
}

#[test]
fn one_byte_in_place_of_every_terminator_is_repaired() {
    let swap = |with: u8, from: usize| {
        let mut span = record(&FIELDS);
        for byte in span[from..].iter_mut().filter(|byte| **byte == FIELD_TERMINATOR) {
            *byte = with;
        }
        span
    };
    repairs(&swap(b'\n', 0), "base_address field_terminator");
    repairs(&swap(b'#', 24 + 48 + 1), "field_terminator");
    // Another length, or a field that does not begin like one.
    let mut span = swap(b'\n', 0);
    span[4] = b'9';
    assert_eq!(repair(&span), None);
    let mut span = swap(b'\n', 0);
    span[24 + 48 + 1 + 3 + 2] = b'x';
    assert_eq!(repair(&span), None);
}

#[test]
fn entries_with_more_digits_than_they_should_have_are_read() {
    let long = [b"  \x1Fa", &b"w".repeat(12_000)[..]].concat();
    let wide = record(&[("001", b"id"), ("520", &long), ("520", &long), ("650", b" 0\x1FaTopic")]);
    let (found, faults) = repair(&wide).unwrap();
    assert_eq!(
        (found.len(), faults.as_str()),
        (4, "directory_length"),
        "the base address counts the digits"
    );
    let mut short = wide.clone();
    let at = short.iter().position(|&byte| byte == b'w').unwrap();
    short.remove(at);
    assert!(repair(&short).is_none_or(|(_, faults)| faults.contains('!')));
}

#[test]
fn a_tag_beside_bytes_that_were_destroyed_is_not_believed() {
    let expected = |gone: &[&str]| {
        texts().into_iter().filter(|text| !gone.contains(&&text[..3])).collect::<Vec<_>>()
    };
    let made = |at: usize, bytes: &[u8]| repair(&put(at, bytes));
    assert_eq!(made(36, b"xxxx"), Some((expected(&["245"]), "directory:2!".into())));
    assert_eq!(made(36, b"000000000000"), Some((expected(&["245"]), "directory:2!".into())));
    let faults = "directory:2! directory:3!";
    assert_eq!(made(36, &[b'x'; 13]), Some((expected(&["245", "500"]), faults.into())));
}

#[path = "repair/doubt_tests.rs"]
mod doubt;
