//! Damage in JSON.

use super::*;

#[test]
fn records_of_json_are_found_wherever_their_keys_stand() {
    let records: Vec<_> = [late(0), late(1), json(2), late(3)].into();
    let joined = records.join(", ");
    let sources: Vec<_> = (0..4)
        .map(|number| {
            format!(r#"{{"_index": "i", "fields": {{"x": [1]}}, "_source": {}}}"#, late(number))
        })
        .collect();
    let marc: Vec<_> =
        (0..4).map(|number| format!(r#"{{"id": {number}, "marc": {}}}"#, late(number))).collect();
    for text in [
        format!("[{joined}]"),
        format!(r#"{{"total": 4, "records": [{joined}], "next": null}}"#),
        format!(r#"{{"hits": {{"total": {{"value": 4}}, "hits": [{}]}}}}"#, sources.join(",")),
        format!("[{}]", marc.join(",\n")),
        records.join("\n"),
    ] {
        assert_eq!(told_of(&text, Format::Json), numbers(0..4), "{text}");
        // A limit that the records keep, and their wrapper does not.
        let options = Reader::builder().max_record_length(250);
        let given = read_with(text.as_bytes(), Format::Json, options);
        assert_eq!(told_records(&given), numbers(0..4), "{text}");
    }
}

#[test]
fn a_damaged_key_in_a_wrapper_is_told() {
    let wrapped = |first: String| format!(r#"{{"records": [{first}, {}, {}]}}"#, json(1), late(2));
    // A record without a leader is one, as it is elsewhere.
    let first = wrapped(json(0).replace("leader", "lader"));
    assert_eq!(told_of(&first, Format::Json), ["0", "1", "2"]);
    assert_eq!(
        told_of(&wrapped(late(0).replace("leader", "lader")), Format::Json),
        ["0", "1", "2"]
    );
    for (from, to) in [
        ("fields\": [", "felds\": ["),
        ("fields\": [", "fields\" ["),
        ("fields\": [", "fields\": ("),
        ("leader\":", "leader\""),
        ("\"leader", "leader"),
        ("leader\"", "leader"),
        ("\"001\"", "\"001"),
        ("}}]", "}]"),
    ] {
        for first in [json(0), late(0)] {
            let text = wrapped(first.replacen(from, to, 1));
            assert_eq!(numbers_of(&text, Format::Json), ["1", "2"], "{text}");
        }
    }
    // A record in a record: what is left of the outer one is told.
    let nested = format!(r#"[{{"_id": 0, "was": {}, {}}}, {}]"#, json(1), pairs(0), late(2));
    assert_eq!(told_of(&nested, Format::Json), ["1", "!", "2"]);
}

#[test]
fn what_is_like_a_record_in_a_record_is_part_of_it() {
    let meta = r#""meta": {"of": 1, "fields": [{"a": 1}]}, "more": {"fields": ["x"]}"#;
    let one = format!("{{{meta}, {}}}", pairs(1));
    let two = format!("{{{}, {meta}}}", pairs(2));
    for text in [
        format!("[{one}, {two}]"),
        format!("{one}\n{two}"),
        format!(r#"{{"records": [{}, {one}, {two}]}}"#, json(0)),
    ] {
        let mut told = told_of(&text, Format::Json);
        told.retain(|number| number != "0");
        assert_eq!(told, ["1", "2"], "{text}");
    }
    // Nor is it taken for one behind a damaged record.
    let text = format!("[{}, {one}, {two}]", late(0).replacen('"', "", 1));
    assert_eq!(numbers_of(&text, Format::Json), ["1", "2"]);
}

#[test]
fn a_lost_quote_costs_one_record_in_any_layout() {
    let pretty = |text: String| text.replace(", ", ",\n ").replace("{\"", "{\n  \"");
    for of in [json, late] {
        let records: Vec<_> = (0..5).map(of).collect();
        let quotes = memchr::memchr_iter(b'"', records[1].as_bytes()).collect::<Vec<_>>();
        for at in quotes {
            for to in ["", "\"\"", "\\\"", "x"] {
                let mut records = records.clone();
                records[1].replace_range(at..=at, to);
                for text in [
                    format!("[{}]", records.join(", ")),
                    format!("[{}]", records.join(",")),
                    records.join("\n"),
                    pretty(format!("[{}]", records.join(", "))),
                    format!(r#"{{"n": 5, "records": [{}]}}"#, records.join(", ")),
                ] {
                    let mut told = told_of(&text, Format::Json);
                    told.retain(|number| number != "!" && number != "1" && number != "-");
                    assert_eq!(told, ["0", "2", "3", "4"], "{text}");
                }
            }
        }
    }
}

#[test]
fn two_lost_quotes_do_not_take_with_them_what_stands_between() {
    for of in [json, late] {
        let mut records: Vec<_> = (0..8).map(of).collect();
        for damaged in [1, 5] {
            records[damaged] = records[damaged].replace("title}\"", "title}");
        }
        let text = format!("[{}]", records.join(", "));
        assert_eq!(numbers_of(&text, Format::Json), ["0", "2", "3", "4", "6", "7"]);
    }
}

#[test]
fn what_an_early_end_cuts_off_a_record_in_a_wrapper_is_no_padding() {
    let field =
        |value| format!(r#"{{"245":{{"ind1":"0","ind2":"0","subfields":[{{"a":"{value}"}}]}}}}"#);
    let early = format!(r#"{{"leader":"{LEADER}","fields":[{{"001":"1"}}]}}"#);
    let two = json(2);
    // In an object, and in an array of records.
    for rest in [field("precious"), r#"{"005":"precious"}"#.into(), r#"{"b":"precious"}"#.into()] {
        let text = format!(r#"{{"docs":[{{"m":{early},{rest}]}}}},{{"m":{two}}}]}}"#);
        let given = read(text.as_bytes(), Format::Json);
        assert_eq!(told_records(&given), ["1", "2"], "{text}");
        assert!(
            matches!(&given[1], Given::Fault { raw, .. } if *raw == rest.as_bytes()),
            "{given:?}"
        );
    }
    for rest in [field("precious"), r#"{"005":"precious"}"#.into()] {
        let text = format!(r#"{{"docs":[{early},{rest}]}},{two}]}}"#);
        let given = read(text.as_bytes(), Format::Json);
        assert_eq!(told_records(&given), ["1", "2"], "{text}");
        let is_rest =
            |given: &Given| matches!(given, Given::Fault { raw, .. } if *raw == rest.as_bytes());
        assert!(is_rest(&given[1]), "{given:?}");
    }
    // In the middle of a field, of which only keys are left.
    let cut = early.replace("}]}", r#"},{"245":{"ind1":"0"}}]}"#);
    let rest = r#""ind2":"0","subfields":[{"a":"precious"}]}}]}"#;
    for rest in [rest, &rest[11..]] {
        let text = format!(r#"{{"docs":[{cut},{rest},{}]}}"#, json(2));
        let given = read(text.as_bytes(), Format::Json);
        assert_eq!(told(&given), ["1", "!", "2"], "{text}");
        assert!(
            matches!(&given[1], Given::Fault { raw, .. } if *raw == rest.as_bytes()),
            "{given:?}"
        );
    }
    // Before the first record, too, where the head of another is lost.
    let text = format!(r#"{{"docs":[{{"of":[{{"001":"1"}},{}]}},{}]}}"#, field("a"), json(2));
    assert_eq!(told_of(&text, Format::Json), ["!", "2"]);
    // What stands in a wrapper in good order stays padding.
    let more = r#""a":{"b":[{"c":"d"},[]]},"e":[{}]"#;
    let text =
        format!(r#"{{{more},"docs":[{{"m":{},{more}}},{}],"f":{{{more}}}}}"#, json(1), late(2));
    assert_eq!(told_of(&text, Format::Json), ["1", "2"]);
}

#[test]
fn a_bracket_that_closes_what_is_not_the_innermost_is_told() {
    for (text, expected) in [
        (format!(r#"{{"docs":[{}}},{}]}}"#, json(1), json(2)), vec!["1", "!", "2"]),
        (format!(r#"{{"docs":[{{"m":{}],"n":{}}}]}}"#, json(1), json(2)), vec!["1", "!", "2"]),
        (format!("[[[{}]],{}]", json(1), json(2)), vec!["1", "2"]),
    ] {
        assert_eq!(told_of(&text, Format::Json), expected, "{text}");
    }
    // However deep it is.
    let deep = |length| "[".repeat(length) + &json(1) + &"]".repeat(length);
    assert_eq!(told_of(&deep(1_000), Format::Json), ["1"]);
}

#[test]
fn a_stray_quote_before_a_record_costs_itself() {
    for (of, stray) in [json, late]
        .into_iter()
        .flat_map(|of| ["\"", "\"oops,", "\"oops, ", "\"[", "\"\\"].map(|stray| (of, stray)))
    {
        let (one, two, three) = (of(1), of(2), of(3));
        let pretty = |text: String| text.replace(", ", ",\n ").replace("{\"", "{\n  \"");
        for text in [
            format!("[{one},{stray}{two},{three}]"),
            format!("[{stray}{one}, {two}, {three}]"),
            format!("{one}\n{stray}{two}\n{three}"),
            format!(r#"{{"n": 3, "docs": [{one},{stray}{two},{three}], "x": "y"}}"#),
            pretty(format!("[{one}, {stray}{two}, {three}]")),
            pretty(format!(r#"{{"n": 3, "docs": [{one}, {stray}{two}, {three}]}}"#)),
        ] {
            let given = read(text.as_bytes(), Format::Json);
            assert_eq!(told_records(&given), ["1", "2", "3"], "{text}");
            let faults: Vec<_> = given.iter().filter(|one| one.record().is_none()).collect();
            let [Given::Fault { raw, .. }] = faults[..] else { panic!("{text}: {faults:?}") };
            assert_eq!(
                String::from_utf8_lossy(raw).trim_end_matches([',', ' ']),
                stray.trim_end_matches([',', ' ']),
                "{text}"
            );
        }
    }
    // Braces in a string that is one are text.
    let text =
        format!(r#"{{"docs": [{}], "q": "{{a}}" , "{{b}}" : "{{\"leader\": 1}}"}}"#, json(1));
    assert_eq!(told_of(&text, Format::Json), ["1"]);
    let blanks = " ".repeat(1_000);
    let text = format!(r#"{{"docs": [{}], "q": "{{a}}"{blanks}, "r": {}}}"#, json(1), json(2));
    assert_eq!(told_of(&text, Format::Json), ["1", "2"]);
}

#[test]
fn the_head_of_a_damaged_record_is_no_wrapper() {
    for head in [
        r#"{"fields""#,
        r#"{"fields"{: [{"001": "0"}, "#,
        r#"{"id": 2, "leader""#,
        r#"{"id": 2, "leader" 5 "#,
        r#"{"id": 2, "leader" {"x": "#,
    ] {
        for of in [json, late] {
            let rest = format!("{}\n{}", of(1), of(2));
            for text in [
                format!("{head}\n{rest}"),
                format!("{}\n{head}\n{rest}", of(0)),
                format!("[{head}, {}]", rest.replace('\n', ",")),
                format!(r#"{{"docs": [{},{head}, {}]}}"#, of(0), rest.replace('\n', ",")),
                format!(r#"{{"docs": [{head}, {}]}}"#, rest.replace('\n', ",")),
            ] {
                let given = read(text.as_bytes(), Format::Json);
                let found: Vec<_> =
                    told(&given).into_iter().filter(|number| number != "0").collect();
                assert_eq!(found[..3], ["!", "1", "2"], "{text}");
                let head = head.trim_end().as_bytes();
                let is_head = |given: &Given| match given {
                    Given::Fault { raw, .. } => memchr::memmem::find(raw, head).is_some(),
                    Given::Record { .. } => false,
                };
                assert!(given.iter().any(is_head), "{text}: {given:?}");
            }
        }
    }
}

#[test]
fn keys_of_a_record_are_known_however_they_are_written() {
    let escaped = |number| {
        late(number)
            .replace("\"leader", r#""\u006ceader"#)
            .replace("fields\": [{\"001", "\\u0066iel\\u0064s\": [{\"001")
    };
    for text in [
        format!("[{}, {}]", escaped(1), json(2)),
        format!(r#"{{"total": 2, "docs": [{}, {}], "n\u00e4chste": null}}"#, escaped(1), json(2)),
        format!(r#"{{"gr\u00f6\u00dfe": 2, "docs": [{}, {{"m": {}}}]}}"#, json(1), escaped(2)),
        format!("{}\n{}", escaped(1), escaped(2)),
    ] {
        assert_eq!(told_of(&text, Format::Json), ["1", "2"], "{text}");
    }
}

#[test]
fn a_record_with_a_key_of_its_own_twice_is_a_fault() {
    let fields = r#""fields": [{"001": "x"}]"#;
    for (more, key) in [(fields, "fields"), (r#""leader": "x""#, "leader")] {
        let text = format!("[{{{}, {more}}}, {}]", pairs(1), json(2));
        let given = read(text.as_bytes(), Format::Json);
        let [Given::Fault { kind: ErrorKind::Syntax, reason, .. }, _] = &given[..] else {
            panic!("{given:?}")
        };
        assert!(reason.contains(&format!("duplicate field `{key}`")), "{reason}");
        assert_eq!(told_records(&given), ["2"]);
    }
}
