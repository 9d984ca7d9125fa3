//! Selectors on records: the examples of the specification, and a comparison with a naive
//! evaluator.

use crate::{
    common::{
        build,
        selectors::{self, Choices, NaiveSelector},
    },
    properties::config,
};
use proptest::{collection::vec, prelude::*};
use std::{borrow::Cow, ops::ControlFlow};
use tidemarc::{
    Record, RecordRef, Tag,
    encoding::{DecodeOptions, Encoding, ErrorPolicy, RecordText, TextOptions},
    select::{Selector, Value},
};

fn values_in(record: &Record, selector: &str) -> Vec<String> {
    let selector: Selector = selector.parse().unwrap_or_else(|error| panic!("{error}"));
    let text = RecordText::of(record, TextOptions::new());
    let values = selector.values(record, text).unwrap();
    values.into_iter().map(Cow::into_owned).collect()
}

/// Checks the values of each selector.
fn check(record: &Record, cases: &[(&str, &[&str])]) {
    for (selector, expected) in cases {
        assert_eq!(values_in(record, selector), *expected, "{selector}");
    }
}

/// A record for the examples of the specification.
fn record() -> Record {
    Record::builder()
        .leader(*b"00000cam a2200000 i 4500")
        .control("001", "ocm01")
        .control("007", "ta")
        .control("007", "vd")
        .control("008", "850101s1985    xxu           000 0 eng d")
        .data("020", *b"  ", [(b'a', "0394170660"), (b'q', "Random House"), (b'c', "$4.95")])
        .data("020", *b"  ", [(b'a', "0491001304")])
        .data("100", *b"1 ", [(b'6', "880-01"), (b'a', "Zilbershtain")])
        .data("245", *b"14", [(b'a', "The whales /"), (b'b', "a story"), (b'c', "by Poe.")])
        .data("300", *b"  ", [(b'a', "12 v."), (b'a', "1 map"), (b'c', "30 cm")])
        .data("300", *b"  ", [(b'a', "1 CD")])
        .data("300", *b"  ", [(b'a', "2 p."), (b'_', "low"), (b'$', "money")])
        .data("650", *b" 0", [(b'a', "Whales"), (b'x', "Fiction"), (b'x', "History")])
        .data("650", *b" 7", [(b'a', "Whaling"), (b'2', "fast")])
        .data("651", *b" 7", [(b'a', "Ohio"), (b'2', "fast")])
        .data("800", *b"11", [(b'a', "Poe, E. A."), (b't', "Tales")])
        .data("800", *b"12", [(b'a', "Poe, E. A.")])
        .data("880", *b"1 ", [(b'6', "100-01/(2/r"), (b'a', "זילברשטיין")])
        .data("880", *b"1 ", [(b'6', "700-02/(2/r"), (b'a', "אחר")])
        .build()
        .unwrap()
}

#[test]
fn fields_and_characters() {
    check(
        &record(),
        &[
            ("LDR", &["00000cam a2200000 i 4500"]),
            ("LDR/0-4", &["00000"]),
            ("LDR/6", &["a"]),
            ("LDR[0]/6", &["a"]),
            ("LDR[#]/6", &["a"]),
            ("LDR[1]/6", &[]),
            ("LDR$a", &[]),
            ("LDR^1", &[]),
            ("001", &["ocm01"]),
            ("001$a", &[]),
            ("001^1", &[]),
            ("00.", &["ocm01", "ta", "vd", "850101s1985    xxu           000 0 eng d"]),
            ("100", &["880-01 Zilbershtain"]),
            ("7..", &[]),
            ("007/0", &["t", "v"]),
            ("007/1-#", &["a", "d"]),
            ("007/#", &["a", "d"]),
            ("007/#-1", &["ta", "vd"]),
            ("007/#-9", &["ta", "vd"]),
            ("007/2", &[]),
            ("007/1-9", &["a", "d"]),
            ("008/07-10", &["1985"]),
            ("008/35-37", &["eng"]),
            ("245$a/#-1", &[" /"]),
            ("880$a/0-1", &["זי", "אח"]),
            ("651/3-4", &["o "]),
        ],
    );
    // The leader is not a field, so that no wildcard matches it.
    assert_eq!(values_in(&record(), "...").len(), 18);
    assert_eq!(values_in(&record(), "X.X"), values_in(&record(), "..."));
}

#[test]
fn subfields_indexes_and_indicators() {
    check(
        &record(),
        &[
            ("245$a", &["The whales /"]),
            ("245$a$b$c", &["The whales /", "a story", "by Poe."]),
            ("245abc", &["The whales /", "a story", "by Poe."]),
            ("245$a-c", &["The whales /", "a story", "by Poe."]),
            // Values are in the order of the record.
            ("245$c$a", &["The whales /", "by Poe."]),
            ("650$x$a", &["Whales", "Fiction", "History", "Whaling"]),
            ("245$a/0-2$a/4-9", &["The", "whales"]),
            ("...$_$$", &["low", "money"]),
            ("300[0]", &["12 v. 1 map 30 cm"]),
            ("300[1]", &["1 CD"]),
            ("300[0-1]$a", &["12 v.", "1 map", "1 CD"]),
            ("300[1-#]$a", &["1 CD", "2 p."]),
            ("300[#]$a", &["2 p."]),
            ("300[#-1]$a", &["1 CD", "2 p."]),
            ("300[9]$a", &[]),
            ("300[0]$a", &["12 v.", "1 map"]),
            ("300$a[0]", &["12 v.", "1 CD", "2 p."]),
            ("300$a[#]", &["1 map", "1 CD", "2 p."]),
            ("300$a[#-1]", &["12 v.", "1 map", "1 CD", "2 p."]),
            ("300$a[1]", &["1 map"]),
            // Each tag and each code is counted on its own.
            ("65.[0]$a", &["Whales", "Ohio"]),
            ("65.[#]$a", &["Whaling", "Ohio"]),
            ("650[0]$a-x[0]", &["Whales", "Fiction"]),
            ("650[0]$a-x[#]", &["Whales", "History"]),
            ("880^1", &["1", "1"]),
            ("880[1]^2", &[" "]),
            ("245^2|245^1", &["4", "1"]),
        ],
    );
}

#[test]
fn conditions() {
    check(
        &record(),
        &[
            ("020$c{?020$a}", &["$4.95"]),
            ("020$c{020$c?020$a}", &["$4.95"]),
            ("020$a{!020$c}", &["0491001304"]),
            ("020$q{$c}", &["Random House"]),
            ("020$c{$q=\\paperback}", &[]),
            ("020$c{$q=\\Random\\sHouse}", &["$4.95"]),
            ("020$c{$q=\"Random House\"}", &["$4.95"]),
            ("008/35-37{LDR/6=\\t}", &[]),
            ("008/35-37{LDR/6=\\a}", &["eng"]),
            ("245$b{007/0=\\a|007/0=\\t}", &["a story"]),
            ("008/0{LDR/6=\\a}{LDR/7=\\a|LDR/7=\\m}", &["8"]),
            ("008/0{LDR/6=\\a}{LDR/7=\\a|LDR/7=\\c}", &[]),
            ("880$a{100$6~$6/3-5}{100$6~\\880}", &["זילברשטיין"]),
            ("007[1]/1{/0=\\v}", &["d"]),
            ("007/1{/0=\\v}", &["d"]),
            ("245$a{/#=\\/}", &["The whales /"]),
            ("245$a{/0-2=\\The}", &["The whales /"]),
            ("800[0]{$a~\\Poe}{^2=\\1}", &["Poe, E. A. Tales"]),
            ("800{^2=\\2}", &["Poe, E. A."]),
            // The condition applies to the same field.
            ("650$a{$2=\\fast}", &["Whaling"]),
            ("650$a{650$2=\\fast}", &["Whaling"]),
            ("65.$a{$2=\\fast}", &["Whaling", "Ohio"]),
            // Another index or tag stands for fields of the record.
            ("650$a{650[0-#]$2=\\fast}", &["Whales", "Whaling"]),
            ("650$a{650[1]$2=\\fast}", &["Whales", "Whaling"]),
            ("650[0]$a{[1]$2=\\fast}", &["Whales"]),
            ("651$a{650$x}", &["Ohio"]),
            ("650$a{!651}", &[]),
            // It applies to the value itself where it names the same subfield.
            ("650$x{/0=\\H}", &["History"]),
            ("650$x{=\\History}", &["History"]),
            ("650$x{$x=\\History}", &["History"]),
            ("650$x{$x[0-#]=\\History}", &["Fiction", "History"]),
            ("650$x[1]{[0]=\\Fiction}", &["History"]),
        ],
    );
    // A condition belongs to the subfield before it alone.
    check(
        &record(),
        &[
            ("245$a{$z}$b", &["a story"]),
            ("245ab{$z}", &["The whales /"]),
            ("245$a{$b}{$c}", &["The whales /"]),
            ("245$a{$b}{$z}", &[]),
            ("245$a{$z|$b}", &["The whales /"]),
            ("651^2{$a=\\Ohio}", &["7"]),
            ("245^1{^2=\\4}", &["1"]),
            ("100^1{[0]$a~\\Zil}", &["1"]),
            ("100{^2=\" \"}", &["880-01 Zilbershtain"]),
            ("100{^2=\\\\s}", &["880-01 Zilbershtain"]),
        ],
    );
}

/// The table of the specification, for a left and a right side with one value or none.
#[test]
fn the_truth_table() {
    let record = Record::builder()
        .data("100", *b"  ", [(b'a', "value"), (b'b', "abc"), (b'c', "b"), (b'e', "")])
        .build()
        .unwrap();
    let rows = [
        // Operator; right: missing, equal, a part of left, left is a part of it, another.
        ("=", [false, true, false, false, false]),
        ("!=", [true, false, true, true, true]),
        ("~", [false, true, true, false, false]),
        ("!~", [true, false, false, true, true]),
        ("?", [false, true, true, true, true]),
        ("!", [true, false, false, false, false]),
    ];
    let pairs = [("$b", "$z"), ("$b", "\\abc"), ("$b", "$c"), ("$c", "$b"), ("$b", "$a")];
    for (operator, expected) in rows {
        for ((left, right), expected) in pairs.into_iter().zip(expected) {
            let selector = format!("100$a{{{left}{operator}{right}}}");
            assert_eq!(values_in(&record, &selector).len(), usize::from(expected), "{selector}");
            // Without a value on the left side, a comparison is always false.
            let selector = format!("100$a{{$z{operator}{right}}}");
            assert!(values_in(&record, &selector).is_empty(), "{selector}");
        }
    }
    check(
        &record,
        &[
            ("100$e", &[""]),
            ("100$e/0", &[]),
            ("100$a{$e=\\}", &["value"]),
            ("100$a{~\\}", &["value"]),
        ],
    );
}

/// With several values, one pair of them decides.
#[test]
fn one_pair_of_values_decides() {
    let record = Record::builder()
        .data("100", *b"  ", [(b'a', "1"), (b'a', "2"), (b'b', "2"), (b'b', "3"), (b'c', "x")])
        .build()
        .unwrap();
    check(
        &record,
        &[
            ("100$c{$a=$b}", &["x"]),
            ("100$c{$a!=$b}", &[]),
            ("100$c{$a[0]!=$b}", &["x"]),
            ("100$c{$a~\\2}", &["x"]),
            ("100$c{$a!~\\2}", &[]),
        ],
    );
}

#[test]
fn several_specs_follow_each_other() {
    check(
        &record(),
        &[
            ("100$a|110$a|111$a", &["Zilbershtain"]),
            ("651$a|650$a", &["Ohio", "Whales", "Whaling"]),
            ("651$a|651$a", &["Ohio", "Ohio"]),
        ],
    );
}

#[test]
fn a_value_knows_its_origin() {
    let (record, mut seen) = (record(), Vec::new());
    let selector: Selector = "LDR/6|245$b$a|001".parse().unwrap();
    let text = RecordText::of(&record, TextOptions::new());
    let mut visitor = |value: Value<'_>| {
        let place = (value.spec(), value.part(), value.field(), value.subfield());
        seen.push((value.text().to_owned(), place));
        if seen.len() == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    selector.visit(&record, text, &mut visitor).unwrap();
    let expected = [
        ("a".into(), (0, 0, None, None)),
        ("The whales /".into(), (1, 1, Some(7), Some(0))),
        ("a story".into(), (1, 0, Some(7), Some(1))),
    ];
    assert_eq!(seen, expected);
}

#[test]
fn a_selector_knows_the_tags_that_it_needs() {
    let selector: Selector =
        r"650$a{LDR/6=\a}{6XX$b|100=$a}|650[0-#]$b{!001}|651{\a=\b}".parse().unwrap();
    let tags = selector.tags();
    let names: Vec<_> = tags.iter().map(|tag| tag.as_str()).collect();
    assert_eq!(names, ["001", "100", "6..", "650", "651", "LDR"]);
    let needs = |tag: &str| selector.needs(Tag::try_from(tag).unwrap());
    assert!(needs("001") && needs("699") && !needs("245") && !needs("LDR"));
    assert!(tags[5].is_leader() && !tags[4].is_leader());
}

#[test]
fn values_are_borrowed_where_the_text_needs_no_conversion() {
    let record = record();
    let text = RecordText::of(&record, TextOptions::new());
    for (selector, is_borrowed) in [
        ("650$x", true),
        ("008/7-10", true),
        ("LDR/6", true),
        ("245^1", true),
        ("651$a", true),
        ("245", false),
    ] {
        let selector: Selector = selector.parse().unwrap();
        let values = selector.values(&record, text).unwrap();
        assert!(!values.is_empty());
        assert!(
            values.iter().all(|value| matches!(value, Cow::Borrowed(_)) == is_borrowed),
            "{selector}"
        );
    }
}

/// A record in MARC-8, whose 245 is undecodable after its first subfield.
fn marc8() -> Record {
    Record::builder()
        .leader(*b"00000nam  2200000   4500")
        .data("100", *b"1 ", [(b'a', &b"Dvo\xe9r\xe2ak"[..])])
        .data("245", *b"10", [(b'a', &b"Title"[..]), (b'b', b"\xff")])
        .build()
        .unwrap()
}

#[test]
fn text_is_decoded_by_the_rule_of_the_record() {
    let record = marc8();
    check(
        &record,
        &[
            ("100$a", &["Dvořák"]),
            ("100$a/3-4", &["řá"]),
            ("100$a{~\\řá}", &["Dvořák"]),
            ("100$a{~\"řá\"}", &["Dvořák"]),
            ("245^1", &["1"]),
        ],
    );
}

#[test]
fn undecodable_text_is_an_error_or_follows_the_policy() {
    let record = marc8();
    let with = |selector: &str, policy| {
        let selector: Selector = selector.parse().unwrap();
        let options = TextOptions::new().encoding(Some(Encoding::Marc8));
        let options = options.decode(DecodeOptions::new().policy(policy));
        let values = selector.values(&record, RecordText::of(&record, options));
        values.map(|values| values.into_iter().map(Cow::into_owned).collect::<Vec<_>>())
    };
    for selector in ["245$a", "245", "100$a{245$b}", "100$a{245=$a}", "245$a{100}"] {
        let error = with(selector, ErrorPolicy::Strict).unwrap_err();
        assert_eq!(
            (error.tag(), error.code()),
            (Some(Tag::new(*b"245")), Some(b'b')),
            "{selector}"
        );
    }
    let replaced = with("245$b", ErrorPolicy::BackslashReplace).unwrap();
    assert_eq!(replaced, [r"\xff"]);
    // Other fields are not examined.
    assert_eq!(with("100$a", ErrorPolicy::Strict).unwrap(), ["Dvořák"]);
    assert_eq!(with("245^2{^1=\\1}", ErrorPolicy::Strict).unwrap(), ["0"]);
    // Without a value on the left side, the right side is not examined.
    assert!(with("100$a{$z=245$b}", ErrorPolicy::Strict).unwrap().is_empty());
    assert!(with("100$a{$z!245$b}", ErrorPolicy::Strict).unwrap().is_empty());
}

#[test]
fn values_before_undecodable_text_suffice_if_one_is_a_match() {
    let record = Record::builder()
        .data("500", *b"  ", [(b'a', "x"), (b'a', "xx")])
        .data("501", *b"  ", [(b'a', &b"x"[..])])
        .data("501", *b"  ", [(b'a', &b"\xff"[..])])
        .build()
        .unwrap();
    let options = TextOptions::new().encoding(Some(Encoding::Utf8));
    let with = |selector: &str| {
        let selector: Selector = selector.parse().unwrap();
        selector.values(&record, RecordText::of(&record, options))
    };
    for selector in ["500$a{501$a=/0}", "500$a{501$a?/0}", "500$a{/0?501$a}"] {
        assert_eq!(with(selector).unwrap(), ["x", "xx"], "{selector}");
    }
    assert!(with("500$a{501$a!=/0}").unwrap().is_empty());
    // The second value has no match before the undecodable text; a right side is read as a whole.
    for selector in ["500$a{501$a=$a}", "500$a{/0=501$a}"] {
        assert_eq!(with(selector).unwrap_err().tag(), Some(Tag::new(*b"501")), "{selector}");
    }
}

#[test]
fn malformed_fields_have_values_too() {
    let bytes = build::record(&[("100", b"a\x1fb"), ("245", b"1"), ("246", "10é".as_bytes())]);
    let view = RecordRef::parse(&bytes).unwrap();
    let text = RecordText::of(&view, TextOptions::new());
    for (selector, expected) in [
        ("100^1", vec!["a"]),
        ("100^2", vec![" "]),
        ("100$b", vec![""]),
        ("245^1", vec!["1"]),
        ("245", vec![""]),
        ("245/0", vec![]),
        ("24.$a", vec![]),
        ("246^2", vec!["0"]),
    ] {
        let selector: Selector = selector.parse().unwrap();
        assert_eq!(selector.values(&view, text).unwrap(), expected, "{selector}");
    }
}

proptest! {
    #![proptest_config(config(4_000))]

    #[test]
    fn the_values_are_those_of_the_naive_evaluator(bytes in vec(any::<u8>(), 0..200)) {
        let mut choices = Choices(&bytes);
        let naive = NaiveSelector::make(&mut choices);
        let record = selectors::record(&mut choices);
        let text = naive.to_string();
        let parsed: Selector = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let expected = naive.values(&record);
        prop_assert_eq!(&values_in(&record, &text), &expected, "{} {}", text, parsed);
        // The canonical form has the same values.
        prop_assert_eq!(values_in(&record, &parsed.to_string()), expected, "{} {}", text, parsed);
        prop_assert_eq!(parsed.to_string().parse::<Selector>(), Ok(parsed));
    }

    #[test]
    fn any_text_is_a_selector_or_an_error_in_three_lines(
        text in r#"[0-9a-cLDRX.]{0,3}[0-9a-c$/\[\]#^{}|\\"=!~?\-é\n ]{0,20}"#
    ) {
        match text.parse::<Selector>() {
            Ok(parsed) => prop_assert_eq!(parsed.to_string().parse::<Selector>(), Ok(parsed)),
            Err(error) => prop_assert_eq!(error.to_string().lines().count(), 3),
        }
    }
}
