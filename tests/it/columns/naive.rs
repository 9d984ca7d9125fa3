//! Columns equal a naive evaluation, whatever the threads and the chunks.

use crate::{
    common::{
        columns::{Wanted, columns, rows, rows_of, scan},
        corpus::fixture,
        strategies as any_,
    },
    properties::config,
};
use arrow_array::RecordBatch;
use proptest::prelude::*;
use tidemarc::{
    Reader, ReaderBuilder,
    columns::{Column, Columns, Linked, Metadata, Normalize, Order, Repeat, Scan, Type},
};

/// Selectors of every form, plain and others.
pub const SELECTORS: [&str; 64] = [
    "LDR",
    "LDR/6",
    "LDR/0-4",
    "LDR/#",
    "LDR/5-6{LDR/9=\\a}",
    "001",
    "003",
    "005/0-3",
    "00.",
    "006",
    "007/0",
    "007/0-1",
    "008",
    "008/7-10",
    "008/35-37",
    "008/#",
    "008/50",
    "010$a",
    "020",
    "020$a",
    "020$a/0-2",
    "020$z",
    "0..$a",
    "040$a$c$d",
    "041$a-h",
    "050$a$b",
    "082$2",
    "1..$a",
    "100",
    "100$a",
    "100$a|110$a|111$a",
    "100$d/0-3",
    "110$b",
    "245",
    "245$a",
    "245$a$b",
    "245$b$a",
    "245$a$a",
    "245$a-c",
    "245$a/#",
    "245$c{$b}",
    "245^1",
    "245^2",
    "245$a{^1=\\1}",
    "250[0]$a",
    "260$b",
    "260$c",
    "260|264",
    "300$a[0]",
    "300$a$b$c",
    "490$a",
    "500[#]$a",
    "5..$a",
    "6..$a",
    "6..$a{^2=\\0}",
    "650[0]$a",
    "650$a",
    "650$a$x",
    "650$a{$x}",
    "650$x[#]",
    "7..$a$d",
    "880$6",
    "...$a",
    "9..$a",
];

pub const FACTS: [Metadata; 10] = [
    Metadata::RecordNo,
    Metadata::File,
    Metadata::OffsetBytes,
    Metadata::Length,
    Metadata::ControlNumber,
    Metadata::Leader,
    Metadata::Encoding,
    Metadata::Faults,
    Metadata::Raw,
    Metadata::Json,
];

/// Each selector with each way to treat several values, and the other options in turn.
pub fn wanted() -> Vec<Wanted> {
    const REPEATS: [Option<Repeat>; 6] = [
        None,
        Some(Repeat::List),
        Some(Repeat::First),
        Some(Repeat::Join),
        Some(Repeat::Count),
        Some(Repeat::Exists),
    ];
    const LINKS: [Linked; 3] = [Linked::Only, Linked::Both, Linked::Pair];
    const TYPES: [Type; 4] = [Type::Int, Type::Year, Type::Date, Type::Bool];
    let mut wanted = Vec::new();
    for selector in SELECTORS {
        let plain = Wanted::new(selector);
        for repeat in REPEATS {
            let separator = (repeat == Some(Repeat::Join)).then_some("; ");
            wanted.push(Wanted { repeat, separator, ..plain.clone() });
        }
        let (first, join) = (Some(Repeat::First), Some(Repeat::Join));
        let with_order = Wanted { order: Some(Order::Spec), ..plain.clone() };
        wanted.push(Wanted { repeat: first, ..with_order.clone() });
        wanted.push(Wanted { repeat: join, trim: true, ..with_order.clone() });
        wanted.push(Wanted { normalize: Some(Normalize::Nfd), repeat: join, ..plain.clone() });
        wanted.push(Wanted { default: Some("none"), repeat: join, ..with_order });
        for kind in TYPES {
            wanted.push(Wanted { kind: Some(kind), ..plain.clone() });
        }
        let year = Wanted { kind: Some(Type::Year), repeat: first, ..plain.clone() };
        wanted.push(Wanted { default: Some("9999"), ..year });
        let has_indicators = !selector.starts_with("LDR") && !selector.starts_with("00");
        if has_indicators {
            wanted.push(Wanted { indicators: Some("#*"), ..plain.clone() });
            wanted.push(Wanted { indicators: Some("*0"), repeat: first, ..plain.clone() });
        }
        if has_indicators && !selector.contains(['.', '|', '{', '[', '-', '/']) {
            let plain_links = LINKS.into_iter().filter(|_| selector.contains('$'));
            wanted.extend(plain_links.map(|linked| Wanted {
                linked: Some(linked),
                trim: true,
                ..plain.clone()
            }));
        }
    }
    wanted
}

fn table_of(wanted: &[Wanted]) -> Columns {
    let names: Vec<String> =
        wanted.iter().enumerate().map(|(at, wanted)| format!("{at}: {wanted:?}")).collect();
    let selected = names.iter().zip(wanted).map(|(name, wanted)| (&**name, wanted.column()));
    let facts = FACTS.map(|fact| (fact.name(), Column::metadata(fact)));
    columns(selected.chain(facts))
}

/// Number of columns that are compared at a time.
const SOME: usize = 40;

/// Compares the columns of an input with the naive evaluation.
fn check(builder: &ReaderBuilder, input: &[u8], name: &str) {
    for turn in 0..wanted().len().div_ceil(SOME) {
        check_some(builder, input, name, turn);
    }
}

/// Compares some columns. Those of each turn are others, until all had their turn.
pub fn check_some(builder: &ReaderBuilder, input: &[u8], name: &str, turn: usize) {
    let wanted = wanted();
    let turns = wanted.len().div_ceil(SOME);
    for wanted in wanted.chunks(SOME).skip(turn % turns).take(1) {
        let columns = table_of(wanted);
        let schema = columns.schema();
        let expected = rows_of(builder.from_bytes(input.to_vec()), wanted, &FACTS);
        let (made, _) = scan(builder, input, &columns);
        assert_eq!(made.len(), expected.len(), "{name}: rows");
        for (number, (made, expected)) in made.iter().zip(&expected).enumerate() {
            for (column, (made, expected)) in made.iter().zip(expected).enumerate() {
                assert_eq!(made, expected, "{name}: row {number}, {}", schema.field(column).name());
            }
        }
    }
}

#[test]
fn columns_of_the_fixtures_equal_the_naive_evaluation() {
    for name in ["books.mrc", "books.mrk", "ascii.mrc", "books-damaged.mrc"] {
        for repair in [false, true] {
            check(&Reader::builder().repair(repair), &fixture(name), name);
        }
    }
}

#[test]
fn columns_equal_the_naive_evaluation_in_every_format() {
    use tidemarc::{Writer, convert, format::Format};
    for format in [Format::Marcxml, Format::Json, Format::JsonLines, Format::Line] {
        let mut writer = Writer::new(Vec::new(), format);
        convert(Reader::from_bytes(fixture("books.mrc")), &mut writer).unwrap();
        check(&Reader::builder(), &writer.finish().unwrap(), format.name());
    }
}

/// Returns the batches of a table.
fn batches(builder: &ReaderBuilder, input: &[u8], columns: &Columns) -> Vec<RecordBatch> {
    let scan = Scan::new(builder.from_bytes(input.to_vec()), columns);
    scan.filter_map(Result::ok).collect()
}

#[test]
fn batches_do_not_depend_on_threads_and_chunks() {
    let input = [fixture("books.mrc").repeat(200), fixture("books-damaged.mrc")].concat();
    let wanted = ["001", "245$a", "650$a", "650$a{$x}"].map(Wanted::new);
    let columns = table_of(&wanted);
    let expected = batches(&Reader::builder().threads(1), &input, &columns);
    assert!(expected.len() > 2, "{} batches", expected.len());
    for (threads, chunk_size) in [(1, 10_000), (2, 65_536), (2, 3_000), (8, 65_536), (8, 1 << 20)] {
        let builder = Reader::builder().threads(threads).chunk_size(chunk_size);
        let made = batches(&builder, &input, &columns);
        let sizes = |batches: &[RecordBatch]| -> Vec<usize> {
            batches.iter().map(RecordBatch::num_rows).collect()
        };
        assert_eq!(sizes(&made), sizes(&expected), "{threads} threads, chunks of {chunk_size}");
        assert!(made == expected, "{threads} threads, chunks of {chunk_size}");
    }
}

#[test]
fn a_batch_ends_at_65_536_rows() {
    let input = fixture("books.mrc").repeat(1_200);
    let columns = columns([("id", Wanted::new("001").column())]);
    let sizes: Vec<usize> =
        batches(&Reader::builder(), &input, &columns).iter().map(RecordBatch::num_rows).collect();
    assert_eq!(sizes, [65_536, 72_000 - 65_536]);
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn columns_of_any_input_equal_the_naive_evaluation(
        input in any_::input(), repair in any::<bool>(), chunk_size in 1..5_000_usize,
    ) {
        let builder = Reader::builder().repair(repair).chunk_size(chunk_size);
        let plain = ["LDR/6", "001", "245$a", "6..$a", "...$a", "...", "...$a{$b}"];
        let mut wanted: Vec<_> = plain.map(Wanted::new).into();
        wanted.push(Wanted { order: Some(Order::Spec), ..Wanted::new("...$b$a") });
        wanted.push(Wanted { linked: Some(Linked::Both), ..Wanted::new("245$a") });
        let columns = table_of(&wanted);
        let expected = rows_of(builder.from_bytes(input.clone()), &wanted, &FACTS);
        let made: Vec<_> = batches(&builder, &input, &columns).iter().flat_map(rows).collect();
        prop_assert_eq!(made, expected);
    }
}
