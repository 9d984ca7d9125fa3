use super::*;
use std::{format, string::String, vec};

mod doubt;
mod lost;

/// A record of these fields: tag, and content without the terminator.
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

/// The fields and faults of a repaired span, in words.
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

/// A record of five fields, of which the entries begin at 24, 36, 48, 60 and 72.
fn five() -> Vec<u8> {
    record(&[
        ("001", b"id000001"),
        ("245", b"10\x1FaTitle number 1\x1Fbsub"),
        ("650", b" 0\x1FaSubject 1 0"),
        ("651", b" 0\x1FaSubject 1 1"),
        ("655", b" 0\x1FaSubject 1 2"),
    ])
}

/// Returns the result of a repair: the tags with the first letters of the fields, and the faults.
fn made_of(span: &[u8]) -> Option<(String, String)> {
    let (fields, faults) = repair(span)?;
    let short = |field: &String| field.chars().take(3).collect::<String>();
    let tags: Vec<_> = fields.iter().map(short).collect();
    // None is there that was not there before.
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
    assert_eq!(repair(&put(24 + 12, b"   xxxx")), Some((expected, "directory:2!".into())));
}

#[test]
fn an_odd_tag_is_kept_where_the_numbers_of_its_entry_are_right() {
    let mut expected = texts();
    expected[1] = expected[1].replacen("245", "24 ", 1);
    let mut span = put(24 + 12, b"24 ");
    span[..5].copy_from_slice(b"99999");
    assert_eq!(repair(&span), Some((expected, "record_length".into())));
}

#[test]
fn a_leader_of_characters_is_read_as_one_of_bytes_if_everything_else_agrees() {
    let plain = record(&FIELDS);
    let wide = |at: usize, text: &str| {
        [&plain[..at], text.as_bytes(), &plain[at + text.chars().count()..]].concat()
    };
    let repaired =
        |span: Vec<u8>| repair(&span).map(|(fields, faults)| (fields == texts(), faults));
    let whole = |faults: &str| Some((true, faults.to_string()));
    for text in ["\u{FFFD}", "é", "𝄞"] {
        for at in [5, 8, 9] {
            // The codes after it are not where they were.
            assert_eq!(repaired(wide(at, text)), whole("leader!"), "{at} {text}");
        }
        assert_eq!(repaired(wide(18, text)), whole("leader"), "{text}");
    }
    // After the codes these bytes may pass for two more in the directory.
    for at in 20..24 {
        let (_, faults) = repaired(wide(at, "\u{FFFD}")).unwrap();
        assert_eq!(faults, "leader", "{at}");
    }
    assert_eq!(repaired(wide(17, "éa")), whole("leader!"));
    assert_eq!(repaired(wide(18, "éé")), whole("leader"));
    // The numbers may count the bytes; one of them may be wrong.
    let counted = |length: usize, base: usize| {
        let mut span = wide(18, "\u{FFFD}");
        span[..5].copy_from_slice(format!("{length:05}").as_bytes());
        span[12..17].copy_from_slice(format!("{base:05}").as_bytes());
        repaired(span)
    };
    let (length, base) = (plain.len(), 73);
    assert_eq!(counted(length + 2, base + 2), whole("leader"));
    assert_eq!(counted(length + 2, base), whole("leader"));
    assert_eq!(counted(length, base + 7), whole("leader base_address"));
    assert_eq!(counted(length + 7, base), whole("record_length leader"));
    assert_eq!(counted(length + 7, base + 7), None);
    // A directory that is not sound too.
    let mut span = wide(18, "\u{FFFD}");
    span[26 + 12 + 3] = b'x';
    assert_eq!(repair(&span), None);
}

/// Repairs a record of these fields whose directory counts characters.
#[track_caller]
fn repairs_characters(fields: [(&str, &str); 3]) {
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
fn lengths_counted_in_characters_are_repaired_by_the_count_of_terminators() {
    repairs_characters([("001", "\u{e9}\u{e8}"), ("245", "10\x1Fa\u{fc}"), ("500", "x")]);
}

#[test]
fn lengths_counted_in_characters_hold_where_a_terminator_stands_inside_a_field() {
    repairs_characters([("001", "\u{e9}"), ("245", "10\x1Fa\u{fc}\x1Ex"), ("500", "y")]);
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
    // A leader of which the last byte is a terminator, and blanks where the fields should be.
    assert_eq!(repair(b"00026nam a2200025   450\x1D"), None);
    assert_eq!(repair(b"00026nam a2200025  \x1E    "), None);
    assert_eq!(repair(&record(&[])), None);
    let cut = record(&FIELDS);
    assert_eq!(repair(&cut[..cut.len() - 10]), None);
}
