//! Filters on records: their meaning, a comparison with a naive evaluator, and streams of records
//! that match.

use crate::{
    common::{
        build,
        filters::{self, FILE, NaiveFilter},
        selectors::Choices,
    },
    properties::config,
};
use proptest::{collection::vec, prelude::*};
use std::{env, fs};
use tidemarc::{
    ErrorKind, Reader, Record, RecordRef,
    encoding::{DecodeOptions, Encoding, ErrorPolicy, RecordText, TextOptions},
    select::{Filter, ValueSet},
};

fn filter(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// Checks that each filter matches the record, and that its negation does not.
fn check(record: &Record, is_match: bool, filters: &[&str]) {
    let text = RecordText::of(record, TextOptions::new());
    for expression in filters {
        assert_eq!(filter(expression).matches(record, text), Ok(is_match), "{expression}");
        assert_eq!((!filter(expression)).matches(record, text), Ok(!is_match), "{expression}");
    }
}

fn record() -> Record {
    Record::builder()
        .leader(*b"00000cam a2200000 i 4500")
        .control("001", "ocm01")
        .control("008", "850101s19uu    xxu           000 0 eng d")
        .data("020", *b"  ", [(b'a', "9780394170664")])
        .data("245", *b"14", [(b'a', "The Whale /"), (b'c', "Dvořák.")])
        .data("300", *b"  ", [(b'a', "0012"), (b'a', "-1.50")])
        .data("650", *b" 0", [(b'a', "Whales")])
        .data("650", *b" 7", [(b'a', "Whaling"), (b'2', "fast")])
        .data("650", *b" 7", [(b'a', "Water"), (b'2', "lcsh")])
        .build()
        .unwrap()
}

#[test]
fn one_value_is_enough_and_all_asks_for_every_one() {
    let record = record();
    check(
        &record,
        true,
        &[
            "650",
            "exists(650$2)",
            "not 651",
            "650$2 = 'fast'",
            "650$2 = 'lcsh'",
            "all(650$2) ~ /^(fast|lcsh)$/",
            "all(650$a) ^= 'W'",
            // There is no value that would fail.
            "all(651$2) = 'fast'",
            "all(651$2) != 'fast'",
            "count(650) = 3",
            "count(650$2) < 3",
            "count(651) = 0",
            "count(650$a{$2}) != 3",
            "650$a{$2=\\lcsh} = 'Water'",
            "651$a|650$a = 'Water'",
            "LDR/6 = 'a'",
            "245^1 = 1",
            "650[1]$a = 'Whaling'",
        ],
    );
    check(
        &record,
        false,
        &[
            "651",
            "exists(651$2)",
            "650$2 = 'FAST'",
            "650$2 = 'fas'",
            "all(650$2) = 'fast'",
            "count(650) > 3",
            "650$a{$2=\\lcsh} = 'Whaling'",
        ],
    );
}

#[test]
fn a_negated_comparison_needs_a_value_and_no_value_that_passes() {
    let record = record();
    check(
        &record,
        true,
        &["650$2 != 'x'", "650$2 !~ 'x'", "650$2 !~ /x/", "650$2 not in ('x', 'y')"],
    );
    check(
        &record,
        false,
        &[
            "650$2 != 'fast'",
            "650$2 !~ 'fas'",
            "650$2 !~ /^l/",
            "650$2 not in ('x', 'lcsh')",
            "651$2 != 'x'",
            "651$2 !~ 'x'",
            "651$2 not in ('x')",
        ],
    );
    check(&record, true, &["not 651$2 = 'x'", "not 651$2 in ('x')", "not (651$2 != 'x')"]);
}

#[test]
fn text_is_compared_by_code_points_and_numbers_by_value() {
    let record = record();
    check(
        &record,
        true,
        &[
            "300$a = 12",
            "300$a = 12.0",
            "300$a = -1.5",
            "300$a < -1.4",
            "300$a in (7, 12)",
            "300$a in (7, '0012')",
            "020$a > 9780394170663",
            "020$a = 09780394170664",
            "245$a < 'the'",
            "245$a >= 'The'",
            "245$c > 'Dvor'",
            // The letters of 19uu are not a number, but text.
            "008/7-10 ^= 19",
            "008/7-10 >= '1900'",
            "008/7-10 != 1900",
            "008/7-10 ~ /^19[0-9u]{2}$/",
            "245$a ~ /WHALE/i",
            "245$c ~ 'ř'",
            "245$c ~ 'r\u{30c}'",
            "245$c ~ /^Dvo.ák/",
        ],
    );
    check(
        &record,
        false,
        &[
            "300$a = '12'",
            "300$a in ('12')",
            "300$a ^= 12",
            "008/7-10 >= 1900",
            "008/7-10 < 1900",
            "245$a ~ 'whale'",
            "245$a ~ /WHALE/",
            "245$c ~ 'Dvorak'",
            // A letter with a mark is another letter.
            "245$c ~ 'Dvor\u{e1}k'",
            "650$a > 5",
        ],
    );
}

#[test]
fn marc8_is_decoded() {
    let record = Record::builder()
        .leader(*b"00000nam  2200000   4500")
        .data("245", *b"10", [(b'a', &b"Title"[..]), (b'c', b"Dvo\xe9r\xe2ak")])
        .build()
        .unwrap();
    check(&record, true, &["245$c = 'Dvořák'", "245$c ~ /^Dvo.ák$/", "245$a = 'Title'"]);
    check(&record, false, &["245$c = 'Dvorak'"]);
}

#[test]
fn undecodable_text_decides_only_if_nothing_else_does() {
    let record = Record::builder()
        .leader(*b"00000nam a2200000   4500")
        .control("001", "ocm01")
        .data("245", *b"10", [(b'a', &b"caf\xe9"[..])])
        .data("650", *b" 0", [(b'a', &b"caf\xe9"[..])])
        .data("650", *b" 0", [(b'a', &b"Whales"[..]), (b'2', b"fast")])
        .build()
        .unwrap();
    let options = TextOptions::new().encoding(Some(Encoding::Utf8));
    let text = RecordText::of(&record, options);
    for (expression, expected) in [
        ("001", Some(true)),
        ("245", Some(true)),
        ("245^1 = 1", Some(true)),
        ("245$a = 'x'", None),
        ("245$a != 'x'", None),
        ("not 245$a = 'x'", None),
        ("all(245$a) = 'x'", None),
        ("count(245$a) = 1", None),
        ("count(650) > 0", Some(true)),
        ("count(650/0) > 0", None),
        ("exists(245$a)", None),
        // A field after it is examined.
        ("650$a = 'Whales'", Some(true)),
        ("650[1]$a = 'Whales'", Some(true)),
        ("650$a{$2} = 'Whales'", Some(true)),
        ("650$a = 'x'", None),
        ("650$a{$2} = 'x'", None),
        ("650$a != 'Whales'", Some(false)),
        ("all(650$a) = 'x'", Some(false)),
        ("all(650$a) = 'Whales'", None),
        ("exists(650$a)", Some(true)),
        ("651 = 'x'", Some(false)),
        ("245$a = 'x' or 001 = 'ocm01'", Some(true)),
        ("001 = 'ocm01' or 245$a = 'x'", Some(true)),
        ("245$a = 'x' and 001 = 'ocm02'", Some(false)),
        ("001 = 'ocm02' and 245$a = 'x'", Some(false)),
        ("245$a = 'x' or 001 = 'ocm02'", None),
        ("001 = 'ocm01' and 245$a = 'x'", None),
    ] {
        let found = filter(expression).matches(&record, text);
        assert_eq!(found.ok(), expected, "{expression}");
        if let Err(error) = found {
            assert!(error.tag().is_some_and(|tag| tag == "245" || tag == "650"), "{expression}");
        }
    }
    let replace = DecodeOptions::new().policy(ErrorPolicy::Replace);
    let text = RecordText::of(&record, options.decode(replace));
    assert_eq!(filter("245$a = 'caf\u{FFFD}'").matches(&record, text), Ok(true));
}

proptest! {
    #![proptest_config(config(6_000))]

    #[test]
    fn the_matches_are_those_of_the_naive_evaluator(bytes in vec(any::<u8>(), 0..240)) {
        let mut choices = Choices(&bytes);
        let naive = NaiveFilter::make(&mut choices);
        let record = filters::record(&mut choices);
        let expected = naive.matches(&record);
        let parse = |text: &str| {
            Filter::parse_with(text, |name| {
                assert_eq!(format!("@{name}"), format!("@{FILE}"));
                ValueSet::of_lines(naive.file().into())
            })
        };
        let text = naive.to_string();
        let parsed = parse(&text).unwrap_or_else(|error| panic!("{error}"));
        let rule = RecordText::of(&record, TextOptions::new());
        prop_assert_eq!(parsed.matches(&record, rule), Ok(expected), "{} {}", text, parsed);
        // The canonical form means the same.
        let again = parse(&parsed.to_string()).unwrap_or_else(|error| panic!("{error}"));
        prop_assert_eq!(again.matches(&record, rule), Ok(expected), "{} {}", text, again);
        prop_assert_eq!(again, parsed);
    }

    #[test]
    fn any_text_is_a_filter_or_an_error_in_three_lines(
        text in r#"(245|65\.|LDR/6|not|all\(|\(|count\()?[ 0-9a-c$/()^@,|\\"'=!~<>\-én]{0,20}( and | or )?[0-9a-z$ ]{0,6}"#
    ) {
        match text.parse::<Filter>() {
            Ok(parsed) => prop_assert_eq!(parsed.to_string().parse::<Filter>(), Ok(parsed)),
            Err(error) => prop_assert_eq!(error.to_string().lines().count(), 3, "{}", error),
        }
    }
}

/// A file of sound records, some with damage and some with undecodable text between them.
fn input() -> Vec<u8> {
    let mut input = Vec::new();
    for number in 0..4_000 {
        let id = format!("id{number}");
        let bytes = match number % 10 {
            7 => b"x\x1e\x1d".to_vec(),
            8 => build::record(&[("001", id.as_bytes()), ("245", b"10\x1facaf\xe9 x")]),
            _ => build::record(&[("001", id.as_bytes()), ("245", b"10\x1faTitle")]),
        };
        input.extend(bytes);
    }
    input
}

fn ids(
    items: impl Iterator<Item = Result<tidemarc::SharedRecord, tidemarc::Error>>,
) -> Vec<String> {
    items
        .map(|item| match item {
            Ok(record) => {
                String::from_utf8_lossy(record.view().control_number().unwrap()).into_owned()
            }
            Err(error) => format!("{:?} {}", error.kind(), error.record_number().unwrap()),
        })
        .collect()
}

#[test]
fn a_stream_gives_the_matches_in_order_and_faults_in_their_places() {
    let input = input();
    let by_hand = |skip_faults: bool, is_strict: bool, wanted: &Filter| {
        let reader = Reader::builder().encoding(Encoding::Utf8).skip_faults(skip_faults);
        let items = reader.from_bytes(input.clone()).filter_map(|item| {
            let record = match item {
                Ok(record) => record,
                Err(error) => return Some(Err(error)),
            };
            match wanted.matches(&record, record.text()) {
                Ok(is_match) => is_match.then_some(Ok(record)),
                Err(_) if is_strict => record.undecodable().into_iter().next().map(Err),
                Err(_) => None,
            }
        });
        ids(items)
    };
    for expression in
        ["001 ~ /[05]$/", "001 ~ /[058]$/ and 245$a ~ 'x'", "not 245$a = 'Title'", "245"]
    {
        let wanted = filter(expression);
        for threads in [1, 3] {
            for (skip_faults, is_strict) in [(true, false), (false, false), (false, true)] {
                let reader = Reader::builder().threads(threads).chunk_size(5_000);
                let reader = reader.encoding(Encoding::Utf8).skip_faults(skip_faults);
                let reader = reader.from_bytes(input.clone());
                let mut found = reader.matching(wanted.clone()).strict_text(is_strict);
                let items = ids(found.by_ref());
                assert_eq!(items, by_hand(skip_faults, is_strict, &wanted), "{expression}");
                let stats = found.stats();
                assert_eq!((stats.records, stats.faults), (3_600, 400), "{expression}");
                let matched = items.iter().filter(|item| item.starts_with("id")).count();
                assert_eq!(found.matched(), matched as u64);
                assert_eq!(found.undecodable() > 0, expression.contains("$a"), "{expression}");
                assert!(found.next().is_none());
            }
        }
    }
}

#[test]
fn a_begun_reader_is_refused() {
    let mut reader = Reader::from_bytes(build::simple("a").repeat(3));
    assert!(reader.next().is_some());
    let mut found = reader.matching(filter("245"));
    assert_eq!(found.next().unwrap().unwrap_err().kind(), ErrorKind::Io);
    assert!(found.next().is_none());
}

#[test]
fn a_damaged_record_is_not_matched_by_its_bytes() {
    let record = build::record(&[("245", b"10\x1faTitle")]);
    let view = RecordRef::parse(&record).unwrap();
    let text = RecordText::of(&view, TextOptions::new());
    assert_eq!(filter("245$a = 'Title'").matches(&view, text), Ok(true));
    let mut cut = record.clone();
    cut.truncate(record.len() - 3);
    let mut found = Reader::from_bytes(cut).matching(filter("245$a = 'Title'"));
    assert!(found.next().unwrap().is_err());
    assert!(found.next().is_none());
}

#[test]
fn a_file_of_values_is_read_and_a_missing_one_is_pointed_at() {
    let folder = env::temp_dir().join(format!("tidemarc-filter-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("my ids.txt");
    fs::write(&path, "\u{FEFF}id3\r\n\r\nid5\r\nid9").unwrap();
    let text = format!("001 in @\"{}\"", path.display());
    let found = Reader::from_bytes(input()).matching(Filter::with_files(&text).unwrap());
    assert_eq!(ids(found.filter(Result::is_ok)), ["id3", "id5", "id9"]);

    fs::write(&path, b"id3\nid\xE9\n").unwrap();
    let error = Filter::with_files(&text).unwrap_err();
    assert_eq!((error.position(), error.found()), (7, Some('@')));
    assert!(error.to_string().contains("my ids.txt: line 2 is not UTF-8"), "{error}");
    fs::remove_dir_all(&folder).unwrap();
    let error = Filter::with_files(&text).unwrap_err();
    assert_eq!((error.position(), error.expected()), (7, None));
    assert!(error.to_string().contains("my ids.txt: "), "{error}");
}

#[cfg(feature = "formats")]
#[test]
fn a_text_format_is_utf8_whatever_encoding_was_named() {
    let text = "=LDR  00000nam  2200000   4500\n=245  10$aДом é\n\n".repeat(3);
    let reader = Reader::builder().encoding(Encoding::Latin1).from_bytes(text.into_bytes());
    assert_eq!(reader.matching(filter("245$a = 'Дом é'")).filter(Result::is_ok).count(), 3);
}
