//! Damage that could join two fields, or a field and the bytes written over it: each delivered
//! field is whole and has its own tag, and each loss is reported.

use super::*;

const EIGHT: [(&str, &[u8]); 8] = [
    ("001", b"id000001"),
    ("003", b"XxY"),
    ("005", b"20250101000000.0"),
    ("008", b"250501s1890    pl            000 1 pol d"),
    ("100", b"1 \x1FaPrus, B."),
    ("245", b"10\x1FaLalka :\x1Fbpowiesc"),
    ("300", b"  \x1Fa3 t."),
    ("500", b"  \x1FaAutor: Aleksander Glowacki."),
];

/// Returns the damaged bytes with their length in the leader.
fn restated(span: &[u8]) -> Vec<u8> {
    [format!("{:05}", span.len()).as_bytes(), &span[5..]].concat()
}

/// Checks the result of repairing a record of eight fields: the tags of the fields that are whole
/// and not another's, and the faults.
#[track_caller]
fn leaves(span: &[u8], tags: &str, faults: &str) {
    let made = repair(span).map(|(fields, faults)| {
        let whole: Vec<String> =
            EIGHT.iter().map(|(tag, data)| format!("{tag} {}", data.escape_ascii())).collect();
        assert!(fields.iter().all(|field| whole.contains(field)), "{fields:?}: {faults}");
        let tags: Vec<_> = fields.iter().map(|field| &field[..3]).collect();
        (tags.join(" "), faults)
    });
    assert_eq!(made, Some((tags.into(), faults.into())), "{}", span.escape_ascii());
}

fn find(span: &[u8], what: &[u8]) -> usize {
    span.windows(what.len()).position(|bytes| bytes == what).unwrap()
}

fn exchange(span: &[u8], what: &[u8], with: &[u8]) -> Vec<u8> {
    let at = find(span, what);
    [&span[..at], with, &span[at + what.len()..]].concat()
}

#[test]
fn a_last_field_that_was_cut_is_lost() {
    let r = record(&EIGHT);
    let cut = [&r[..r.len() - 14], b"\x1D"].concat();
    leaves(&cut, "001 003 005 008 100 245 300", "record_length field_terminator:8!");
    leaves(&restated(&cut), "001 003 005 008 100 245 300", "field_terminator:8!");
}

#[test]
fn what_was_written_over_control_fields_is_delivered_as_none() {
    let r = record(&EIGHT);
    let base = LEADER_LENGTH + 12 * EIGHT.len() + 1;
    let written = |at: usize, block: &[u8]| {
        let mut span = r.clone();
        span[at..at + block.len()].copy_from_slice(block);
        span
    };
    let faults = "field_terminator:1! field_terminator:2! field_terminator:3! control_number!";
    leaves(&written(base + 3, &[0; 16]), "008 100 245 300 500", faults);
    leaves(&written(base + 4, b"history of Londo"), "008 100 245 300 500", faults);
    assert_eq!(repair(&written(base + 2, &[b' '; 64])), None);
    let faults = "field_terminator:3! field_terminator:4!";
    leaves(&written(base + 20, b"of London and its"), "001 003 100 245 300 500", faults);
    // The end of one field and the start of the next.
    let faults = "field_terminator:6! field_terminator:7!";
    let at = find(&r, b"powiesc") + 1;
    leaves(&written(at, &[0; 12]), "001 003 005 008 100 500", faults);
    leaves(&written(at, b"other words."), "001 003 005 008 100 500", faults);
    // One bit of one terminator.
    repair(&written(base + 12, b"^")).unwrap();
    leaves(&written(base + 12, b"^"), "001 003 005 008 100 245 300 500", "field_terminator:2");
}

#[test]
fn fields_that_grew_and_shrank_are_not_cut_where_they_were() {
    let r = record(&EIGHT);
    let span = exchange(&exchange(&r, b"B.", b"Boleslaw"), b"powiesc", b"p");
    leaves(&span, "001 003 005 008 300 500", "field_terminator:5! field_terminator:6!");
    let span = exchange(&exchange(&r, b"0.0\x1E", b"0\x1E"), b"pol d\x1E", b"pol dXX\x1E");
    leaves(&span, "001 003 100 245 300 500", "field_terminator:3! field_terminator:4!");
}

#[test]
fn a_directory_without_an_entry_is_read_from_both_ends_whichever_number_is_right() {
    let r = record(&EIGHT);
    for (at, tags, entry) in [
        (36, "001 008 100 245 300 500", 2),
        (39, "001 008 100 245 300 500", 2),
        (60, "001 003 005 245 300 500", 4),
    ] {
        let span = [&r[..at], &r[at + 12..]].concat();
        leaves(&restated(&span), tags, &format!("base_address directory:{entry}! unlisted_data!"));
        let base = format!("{:05}", LEADER_LENGTH + 12 * EIGHT.len() - 11);
        let span = [&span[..12], base.as_bytes(), &span[17..]].concat();
        leaves(&span, tags, &format!("record_length directory:{entry}! unlisted_data!"));
    }
    // In addition, two fields are joined.
    let mut span = [&r[..96], &r[108..]].concat();
    let at = find(&span, b"  \x1FaAutor");
    span[at - 1] = 0;
    let faults = "base_address directory:7! unlisted_data!";
    leaves(&restated(&span), "001 003 005 008 100 245", faults);
}

#[test]
fn a_border_that_moved_puts_both_fields_in_doubt() {
    let fields: [(&str, &[u8]); 5] = [
        ("001", b"id1"),
        ("100", "1 \x1FaТолстой Лев".as_bytes()),
        ("245", "10\x1FaВойна и мир роман в четырёх томах".as_bytes()),
        ("300", "  \x1Fa700 с".as_bytes()),
        ("500", "  \x1FaПримечание последнее".as_bytes()),
    ];
    let mut span = record(&fields);
    let came = find(&span, "роман".as_bytes());
    let went = came + find(&span[came..], b"\x1E");
    span[came] = FIELD_TERMINATOR;
    span[went] = b' ';
    span.insert(went, b' ');
    let (found, faults) = repair(&span).unwrap();
    let tags: Vec<_> = found.iter().map(|field| &field[..3]).collect();
    assert_eq!(tags, ["001", "100", "500"]);
    assert_eq!(faults, "record_length directory:3! directory:4! directory:5");
}

#[test]
fn another_record_behind_what_is_lost_is_no_part_of_this_one() {
    let other = record(&[("001", b"good"), ("245", b"10\x1FaA good record"), ("500", b"  \x1FaX")]);
    let long = vec![b'y'; other.len() - 5];
    let text = [b"  \x1Fa", &long[..]].concat();
    let mut fields =
        vec![EIGHT[0], EIGHT[2], EIGHT[3], ("245", b"10\x1FaTitle one"), ("520", &text)];
    fields.push(("650", b" 0\x1FaSubject"));
    let r = record(&fields);
    let short = restated(&exchange(&r, &[&text[..], b"\x1E"].concat(), b""));
    assert_eq!(repair(&[short, other].concat()), None);
}

#[test]
fn lengths_that_are_all_right_are_enough_where_starts_were_not_counted() {
    let mut span = record(&EIGHT);
    for at in 0..EIGHT.len() {
        span[24 + 12 * at + 7..24 + 12 * (at + 1)].copy_from_slice(b"00000");
    }
    leaves(&span, "001 003 005 008 100 245 300 500", "field_positions");
    // Only the order is known, and the fields are not those of the tags.
    for at in 0..EIGHT.len() {
        span[24 + 12 * at + 3..24 + 12 * at + 7].copy_from_slice(b"0000");
    }
    leaves(&span, "001 003 005 008 100 245 300 500", "field_positions");
    let at = find(&span, b"  \x1Fa3 t");
    span.swap(at + 2, at + 5);
    assert_eq!(repair(&span), None);
}

#[test]
fn text_that_grew_costs_nothing_where_a_sum_is_that_of_a_neighbour_by_chance() {
    let fields: [(&str, &[u8]); 5] = [
        ("001", b"id657977"),
        ("003", b"XxY"),
        ("050", b" 4\x1FaAB < CD"),
        ("245", b"10\x1FaOne < two"),
        ("500", b"  \x1FaLast note."),
    ];
    let span = exchange(&exchange(&record(&fields), b"<", b"&lt;"), b"e < t", b"e &lt; t");
    let (found, faults) = repair(&span).unwrap();
    assert_eq!(found.len(), 5, "{found:?}");
    assert_eq!(faults, "record_length field_positions");
}

#[test]
fn one_terminator_or_one_field_more_or_less_costs_no_other_whatever_the_length_says() {
    let r = record(&EIGHT);
    let base = LEADER_LENGTH + 12 * EIGHT.len() + 1;
    // The border between the first two fields is gone.
    let span = [&r[..base + 8], &r[base + 9..]].concat();
    let (tags, said) = ("005 008 100 245 300 500", "directory:1! directory:2! field_positions");
    leaves(&span, tags, &format!("record_length {said} unlisted_data! control_number!"));
    leaves(&restated(&span), tags, &format!("{said} unlisted_data! control_number!"));
    // A whole field is gone, or is there twice.
    let (start, end) = (base + 30, base + 71);
    let span = [&r[..start], &r[end..]].concat();
    let (tags, said) = ("001 003 005 100 245 300 500", "directory:4! field_positions");
    leaves(&span, tags, &format!("record_length {said}"));
    leaves(&restated(&span), tags, said);
    let span = [&r[..end], &r[start..]].concat();
    leaves(&span, tags, &format!("record_length {said} unlisted_data!"));
}
