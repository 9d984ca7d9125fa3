//! The options of columns, by example.

use crate::common::columns::{Cell, Wanted, columns, table};
use tidemarc::{
    Record, Writer,
    columns::{Column, Columns, Linked, Metadata, Normalize, Order, Preset, Repeat, Type},
    format::Format,
};

fn record() -> Record {
    Record::builder()
        .control("001", "ocm1")
        .control("005", "20240229120000.0")
        .control("008", "850101s19uu    xxu           000 0 eng d")
        .data("100", *b"1 ", [(b'6', "880-01"), (b'a', "Tolstoi, Lev,")])
        .data("245", *b"10", [(b'6', "880-02"), (b'b', "roman /"), (b'a', "Vojna i mir :")])
        .data("260", *b"  ", [(b'c', "1985.")])
        .data("300", *b"  ", [(b'a', "12 v.")])
        .data("500", *b"  ", [(b'a', "1")])
        .data("880", *b"10", [(b'6', "245-02/(N/r"), (b'a', "Война и мир :"), (b'a', "again")])
        .data("880", *b"1 ", [(b'6', "100-01/(N"), (b'a', "Толстой, Лев,")])
        .data("880", *b"1 ", [(b'6', "245-00/(2"), (b'a', "unlinked")])
        .build()
        .unwrap()
}

/// Checks the cell of each column.
fn check(cases: Vec<(Wanted, Cell)>) {
    let mut writer = Writer::new(Vec::new(), Format::JsonLines);
    writer.write(&record()).unwrap();
    let input = writer.finish().unwrap();
    for (wanted, expected) in cases {
        let made = table(&input, &columns([("cell", wanted.column())]));
        assert_eq!(made, [[expected]], "{wanted:?}");
    }
}

fn first(selector: &'static str) -> Wanted {
    Wanted { repeat: Some(Repeat::First), ..Wanted::new(selector) }
}

fn join(selector: &'static str) -> Wanted {
    Wanted { repeat: Some(Repeat::Join), ..Wanted::new(selector) }
}

#[test]
fn types() {
    let typed = |kind, selector| Wanted { kind: Some(kind), ..first(selector) };
    let default = |default, wanted| Wanted { default: Some(default), ..wanted };
    check(vec![
        (typed(Type::Date, "008/0-5"), Cell::Date(5_479)),
        (typed(Type::Date, "005/0-7"), Cell::Date(19_782)),
        (typed(Type::Date, "005"), Cell::Null),
        (typed(Type::Year, "008/7-10"), Cell::Null),
        (default("1900", typed(Type::Year, "008/7-10")), Cell::Int(1900)),
        (default("1900", typed(Type::Year, "999$a")), Cell::Int(1900)),
        (typed(Type::Year, "260$c"), Cell::Int(1985)),
        (typed(Type::Int, "260$c"), Cell::Null),
        (Wanted { trim: true, ..typed(Type::Int, "260$c") }, Cell::Int(1985)),
        (typed(Type::Bool, "500$a"), Cell::Bool(true)),
        (
            Wanted { kind: Some(Type::Year), ..Wanted::new("260$c|300$a") },
            Cell::List(vec![Cell::Int(1985), Cell::Null]),
        ),
    ]);
}

#[test]
fn order_trim_and_indicators() {
    check(vec![
        (join("245$a$b"), Cell::text("roman / Vojna i mir :")),
        (
            Wanted { order: Some(Order::Spec), ..join("245$a$b") },
            Cell::text("Vojna i mir : roman /"),
        ),
        (
            Wanted { order: Some(Order::Spec), trim: true, ..Wanted::new("245$a$b{$6}") },
            Cell::texts(["Vojna i mir", "roman"]),
        ),
        (Wanted { indicators: Some("1#"), ..Wanted::new("100$a") }, Cell::texts(["Tolstoi, Lev,"])),
        (Wanted { indicators: Some("1 "), ..first("100$a{$6}") }, Cell::text("Tolstoi, Lev,")),
        (Wanted { indicators: Some("*0"), ..first("100$a") }, Cell::Null),
        (Wanted { default: Some("-"), ..join("999$a") }, Cell::text("-")),
        (
            Wanted {
                normalize: Some(Normalize::Nfd),
                linked: Some(Linked::Only),
                ..first("100$a")
            },
            Cell::text("Толстои\u{306}, Лев,"),
        ),
    ]);
}

#[test]
fn fields_880_in_the_place_of_others() {
    let linked = |linked, selector| Wanted { linked: Some(linked), ..Wanted::new(selector) };
    let pair = |text: Option<&str>, linked: Option<&str>, script: Option<&str>| {
        let cell = |text: Option<&str>| text.map_or(Cell::Null, Cell::text);
        Cell::Struct(vec![
            ("text".into(), cell(text)),
            ("linked".into(), cell(linked)),
            ("script".into(), cell(script)),
        ])
    };
    check(vec![
        (linked(Linked::No, "245$a"), Cell::texts(["Vojna i mir :"])),
        (linked(Linked::Only, "245$a"), Cell::texts(["Война и мир :", "again", "unlinked"])),
        (
            linked(Linked::Both, "245$a"),
            Cell::texts(["Vojna i mir :", "Война и мир :", "again", "unlinked"]),
        ),
        (
            linked(Linked::Pair, "245$a"),
            Cell::List(vec![
                pair(Some("Vojna i mir :"), Some("Война и мир :"), Some("(N")),
                pair(None, Some("again"), Some("(N")),
                pair(None, Some("unlinked"), Some("(2")),
            ]),
        ),
        (
            Wanted { trim: true, linked: Some(Linked::Pair), ..first("100$a") },
            pair(Some("Tolstoi, Lev"), Some("Толстой, Лев"), Some("(N")),
        ),
        (linked(Linked::Pair, "260$c"), Cell::List(vec![pair(Some("1985."), None, None)])),
        (linked(Linked::Pair, "999$a"), Cell::Null),
    ]);
}

#[test]
fn contradictions_are_errors() {
    let field = |codes: &str| Column::fields("650".parse().unwrap(), codes);
    let select = |selector: &str| Column::select(selector).unwrap();
    for (column, expected) in [
        (select("650$a").repeat(Repeat::Count).trim(true), "trim needs repeat `list`, `first`,"),
        (select("650$a").repeat(Repeat::Exists).order(Order::Spec), "order needs repeat"),
        (select("650$a").repeat(Repeat::Join).value_type(Type::Int), "type needs repeat"),
        (select("650$a").default_value("x"), "default needs repeat `first` or `join`, and this"),
        (
            select("008/7-10").value_type(Type::Year).default_value("none"),
            "the default \"none\" has no value of the type `year`",
        ),
        (select("650$a").indicators("0"), "indicators are two ASCII characters"),
        (select("001").indicators("**"), "control fields and the leader have no indicators"),
        (select("LDR/6").linked(Linked::Only), "control fields and the leader"),
        (select("245$a").linked(Linked::Pair).value_type(Type::Int), "structs has no type"),
        (select("245$a").linked(Linked::Pair).repeat(Repeat::Join), "structs has no repeat `join`"),
        (field("a").default_value("x").repeat(Repeat::First), "structs has no default"),
        (field("é"), "codes are ASCII characters"),
        (field("a").linked(Linked::Both), "whole fields take no option `linked`"),
        (Column::fields("008".parse().unwrap(), ""), "008 has no subfields"),
    ] {
        let error = Columns::new([("x", column)]).expect_err(expected);
        assert!(error.reason().contains(expected), "{error}");
    }
}

#[test]
fn each_value_of_an_option_has_a_name() {
    fn check<T: Copy + PartialEq + std::fmt::Debug>(
        all: &[T],
        name: impl Fn(T) -> &'static str,
        from_name: impl Fn(&str) -> Option<T>,
    ) {
        for value in all {
            assert_eq!(from_name(name(*value)), Some(*value));
        }
        assert_eq!(from_name("other"), None);
    }
    check(Repeat::ALL, Repeat::name, Repeat::from_name);
    check(Type::ALL, Type::name, Type::from_name);
    check(Order::ALL, Order::name, Order::from_name);
    check(Linked::ALL, Linked::name, Linked::from_name);
    check(Normalize::ALL, Normalize::name, Normalize::from_name);
    check(Preset::ALL, Preset::name, Preset::from_name);
    check(Metadata::ALL, Metadata::name, Metadata::from_name);
}
