//! Statistics: counts, limits, and the same result in every way of reading. The comparison with a
//! plain count is in `tests/python/test_statistics.py`.

use crate::common::build;
use tidemarc::{
    ErrorKind, Reader, Tag,
    encoding::Encoding,
    statistics::{Facet, Statistics, StatisticsOptions},
};

fn tag(tag: &str) -> Tag {
    tag.try_into().unwrap()
}

fn of(input: &[u8], options: StatisticsOptions) -> Statistics {
    let reader = Reader::builder().repair(true).from_bytes(input.to_vec());
    Statistics::of(reader, options).unwrap()
}

/// Returns a record whose 008 has this year and language.
fn record(id: &str, year: &str, language: &str, fields: &[(&str, &[u8])]) -> Vec<u8> {
    let fixed = format!("850101s{year}    xxu           000 0 {language} d");
    let mut all: Vec<(&str, &[u8])> = vec![("001", id.as_bytes()), ("008", fixed.as_bytes())];
    all.extend(fields);
    build::record(&all)
}

/// A few records of which one is damaged.
fn input() -> Vec<u8> {
    let subjects: &[(&str, &[u8])] = &[
        ("245", b"10\x1faA title\x1fcA name"),
        ("650", b" 0\x1faWhales\x1fxFiction\x1fxHistory"),
        ("650", b" 7\x1faWhaling\x1f2fast"),
    ];
    [
        record("1", "1985", "eng", subjects),
        record("2", "1985", "ger", &subjects[..2]),
        record("3", "19uu", "eng", &[("245", b"00\x1faA title"), ("FMT", b"BK")]),
        b"00030 damaged\x1e\x1d".to_vec(),
        build::record(&[("001", b"4"), ("245", b"10\x1faCaf\xe9 <b>\x1fa\x1f")]),
    ]
    .concat()
}

#[test]
fn tags_indicators_and_subfields_are_counted_by_occurrence_record_and_repeat() {
    let statistics = of(&input(), StatisticsOptions::new());
    let stats = statistics.stats();
    assert_eq!((stats.records, stats.faults), (4, 1));
    assert_eq!((statistics.fields(), statistics.subfields()), (15, 15));
    let tags: Vec<_> = statistics.tags().iter().map(|counts| counts.tag().to_string()).collect();
    assert_eq!(tags, ["001", "008", "245", "650", "FMT"]);

    let subjects = statistics.tag(tag("650")).unwrap();
    assert_eq!((subjects.occurrences(), subjects.records()), (3, 2));
    assert_eq!(subjects.repeats(), [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(subjects.indicators(), [vec![(b' ', 3, 2)], vec![(b'0', 2, 2), (b'7', 1, 1)]]);
    let counts = |tag: &str| {
        let of_tag = statistics.tag(tag.try_into().unwrap()).unwrap();
        let subfields = of_tag.subfields().into_iter();
        subfields
            .map(|one| (char::from(one.code()), one.occurrences(), one.records(), one.repeats()))
            .collect::<Vec<_>>()
    };
    let (once, twice) = ([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(
        counts("650"),
        [('2', 1, 1, once), ('a', 3, 2, [3, 0, 0, 0, 0, 0, 0, 0, 0, 0]), ('x', 4, 2, twice)]
    );
    // An empty subfield is one, and a delimiter alone is not.
    assert_eq!(counts("245")[0], ('a', 5, 4, [3, 1, 0, 0, 0, 0, 0, 0, 0, 0]));
    let bare = statistics.tag(tag("FMT")).unwrap();
    assert_eq!((bare.indicators(), bare.samples()), ([vec![], vec![]], &["BK".into()][..]));
    assert!(statistics.tag(tag("999")).is_none());
}

#[test]
fn values_are_the_first_different_ones() {
    let statistics = of(&input(), StatisticsOptions::new());
    let title = statistics.tag(tag("245")).unwrap().subfields()[0].samples();
    assert_eq!(title, ["A title", r"Caf\xe9 <b>", ""]);
    let ids = statistics.tag(tag("001")).unwrap().samples();
    assert_eq!(ids, ["1", "2", "3", "4"]);
    assert_eq!(statistics.values(Facet::RecordType), [("a".into(), 4)]);
    assert_eq!(statistics.values(Facet::Language), [("eng".into(), 2), ("ger".into(), 1)]);
    assert_eq!(statistics.values(Facet::Year), [("1985".into(), 2), ("19uu".into(), 1)]);
    assert_eq!((statistics.missing(Facet::Year), statistics.others(Facet::Year)), (1, 0));
    let long = build::record(&[("500", ["  \x1fa", &"é".repeat(300)].concat().as_bytes())]);
    let statistics = of(&long, StatisticsOptions::new());
    let note = statistics.tag(tag("500")).unwrap().subfields()[0].samples();
    assert_eq!(note, ["é".repeat(200) + "…"]);
}

#[test]
fn memory_is_bounded_and_the_rest_is_counted_together() {
    let mut input = Vec::new();
    for number in 0..2_000 {
        let (odd, id) = (format!("{:03}", number % 900 + 10), format!("{number}"));
        let fields: &[(&str, &[u8])] = &[(&odd, b"  \x1fax"), ("245", b"10\x1faTitle")];
        input.extend(record(&id, &format!("{number:04}"), "eng", fields));
    }
    let statistics = of(&input, StatisticsOptions::new().most_values(20).samples(3));
    assert_eq!((statistics.tags().len(), statistics.fields()), (20, 8_000));
    let counted = statistics.tags().iter().map(|counts| counts.occurrences()).sum::<u64>();
    assert_eq!(counted + statistics.fields_of_other_tags(), 8_000);
    assert!(statistics.tag(tag("010")).is_some() && statistics.tag(tag("400")).is_none());
    let years = statistics.values(Facet::Year);
    assert_eq!((years.len(), statistics.others(Facet::Year)), (20, 1_980));
    assert_eq!(years.last(), Some(&("0019".to_owned(), 1)));
    assert_eq!(statistics.tag(tag("001")).unwrap().samples(), ["0", "1", "2"]);
    let none = of(&input, StatisticsOptions::new().most_values(0).samples(0));
    assert_eq!((none.tags().len(), none.fields_of_other_tags()), (0, 8_000));
    assert_eq!((none.values(Facet::Year).len(), none.others(Facet::Year)), (0, 2_000));
    let unsampled = of(&input, StatisticsOptions::new().samples(0));
    assert!(unsampled.tag(tag("001")).unwrap().samples().is_empty());
}

#[test]
fn the_result_depends_neither_on_threads_nor_on_chunks() {
    let mut input = Vec::new();
    for number in 0..3_000_u32 {
        let (year, value) = (format!("{:04}", number * 7_919 % 3_000), format!("v{}", number / 3));
        let field = format!("1{}\x1fa{value}\x1f{}x", number % 7, number % 5);
        let odd = format!("{:03}", 10 + number * 31 % 950);
        input.extend(record(&value, &year, "eng", &[(&odd, field.as_bytes())]));
        if number % 100 == 0 {
            input.extend_from_slice(b"00030 damaged\x1e\x1d");
        }
    }
    let json = |threads: usize, chunk_size: usize| {
        let reader = Reader::builder().repair(true).threads(threads).chunk_size(chunk_size);
        let reader = reader.from_bytes(input.clone());
        let options = StatisticsOptions::new().most_values(300);
        Statistics::of(reader, options).unwrap().to_json()
    };
    let expected = json(1, input.len());
    assert!(expected.contains(r#""bad_spans":30,"#), "{}", &expected[..300]);
    for (threads, chunk_size) in [(1, 700), (1, 65_536), (2, 3_000), (4, 1_000), (4, 65_536)] {
        assert!(json(threads, chunk_size) == expected, "{threads} {chunk_size}");
    }
}

#[test]
fn an_empty_input_has_no_counts() {
    let statistics = of(b"", StatisticsOptions::new());
    assert_eq!((statistics.stats().records, statistics.fields()), (0, 0));
    assert!(statistics.tags().is_empty());
    assert!(statistics.to_string().starts_with("0 records in 0 bytes\n0 fields, 0 subfields"));
    assert!(statistics.to_html().contains("<b>0</b>records"));
}

#[test]
fn a_named_encoding_is_that_of_every_record() {
    let reader = Reader::builder().encoding(Encoding::Latin1).from_bytes(input());
    let statistics = Statistics::of(reader, StatisticsOptions::new()).unwrap();
    assert_eq!(statistics.values(Facet::Encoding), [("iso-8859-1".into(), 4)]);
    let samples = statistics.tag(tag("245")).unwrap().subfields()[0].samples();
    assert_eq!(samples[1], "Café <b>");
}

#[test]
fn a_begun_reader_and_a_missing_file_are_errors() {
    let mut reader = Reader::from_bytes(build::simple("a").repeat(3));
    assert!(reader.next().is_some());
    let error = Statistics::of(reader, StatisticsOptions::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(Statistics::of_path("/no/such/file").unwrap_err().kind(), ErrorKind::Io);
}

#[test]
fn a_page_contains_the_text_of_records_only_as_text() {
    let evil = b"10\x1fa<script>alert(\"1\")</script>&amp;'\x1f<x\x1b[2J";
    let mut input = record("<i>", "<b>1", "\"&'", &[("245", evil), ("<b>", b"<u>\x1f\"x")]);
    input.extend(record("2", "1985", "eng", &[]));
    let reader = Reader::builder().repair(true).from_bytes(input);
    let page = Statistics::of(reader, StatisticsOptions::new()).unwrap().to_html();
    for markup in ["<script", "<i>", "<u>", "<b>1", "<x", "\u{1b}"] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert!(page.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;amp;&#39;"));
    // It refers to nothing outside.
    for reference in ["http:", "https:", "url(", "src=", "href=", "@import", "<link", "<img"] {
        assert!(!page.contains(reference), "{reference}");
    }
    assert!(page.contains("default-src 'none'"));
    assert!(page.contains("prefers-color-scheme:dark") && page.contains("@media print"));
}

#[test]
fn tables_of_text_have_shares_and_repeats() {
    let text = of(&input(), StatisticsOptions::new()).to_string();
    for line in [
        "4 records in",
        "15 fields, 15 subfields",
        "Record types (leader/06)\n            4  100.0 %  a  language material\n",
        "            1   25.0 %  (missing)\n",
        "650                3             2   50.0 %  2 × 1\n",
        "  ind2 \"0\" 2, \"7\" 1\n",
        "  $x               4             2   50.0 %  2 × 2, \"Fiction\", \"History\"",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}
