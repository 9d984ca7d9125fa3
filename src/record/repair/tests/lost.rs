//! Entries, fields and terminators that are lost, or that stand there twice.

use super::*;

#[test]
fn a_field_whose_entry_is_gone_is_lost_and_so_is_one_whose_tag_may_be_of_that_entry() {
    let g = five();
    let faults = "record_length base_address directory:2! unlisted_data!";
    makes(&[&g[..36], &g[48..]], "001 651 655", faults);
    // The tag of one and the numbers of the other.
    makes(&[&g[..39], &g[51..]], "001 651 655", faults);
    let faults = "record_length base_address directory:1! unlisted_data! control_number!";
    makes(&[&g[..24], &g[36..]], "650 651 655", faults);
    // Two of five leave too little.
    makes(
        &[&g[..48], &g[72..]],
        "001 245",
        "record_length base_address directory:3! unlisted_data!",
    );
    assert_eq!(made_of(&[&g[..24], &g[60..]].concat()), None);
    // The leader confirms the directory: what is left of it is sure.
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
        "record_length base_address directory:1 directory:2! control_number!",
    );
    // Two entries for one field, and the record as long as it says.
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
    // A leader by chance: two digits where the counts are.
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
    // Into the numbers: the tag is not delivered either.
    makes(&[&g[..43], b"9", &g[43..]], "001 650 651 655", faults);
    // From the tag, and from the numbers.
    makes(&[&g[..37], &g[38..]], "001 650 651 655", faults);
    makes(&[&g[..44], &g[45..]], "001 650 651 655", faults);
    // From the end of one entry into the next.
    makes(&[&g[..46], &g[50..]], "001 651 655", faults);
    // After all entries.
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
    // With more fields left before and after it.
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
    assert_eq!(
        faults,
        "record_length directory:5! directory:6! directory:7! field_positions control_number!"
    );
    // Text that was changed in two fields, and not counted again.
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
    // Text outside ASCII, of which a length may be off.
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
        "record_length directory:3! directory:4! directory:5! directory:6! field_positions \
         control_number!"
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
    // With a byte too many in the directory, which the leader does not account for.
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
    // Bytes after the end, and fields that are too far away, may belong to another record.
    assert_eq!(made_of(&[&g[..g.len() - 1], b"x\x1D"].concat()), None);
    assert_eq!(
        made_of(&[&g[..base + 20], &[FIELD_TERMINATOR; 17], &g[base + 20..]].concat()),
        None
    );
    // Either of two fields may be the first.
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
    // A block over the start of a field also covers the end of the field before it.
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
    // Another length, or a field that does not begin as one.
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
