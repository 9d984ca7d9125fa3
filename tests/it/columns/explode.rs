//! Rows of several values of a record, and the tables of the presets.

use crate::common::{
    columns::{Cell, Wanted, columns, fact, rows_of, scan, subfields_of, table},
    corpus::fixture,
};
use tidemarc::{
    Field, Reader, Record, SharedRecord, Writer,
    columns::{Column, Columns, Metadata, Preset, Repeat},
    format::Format,
};

fn exploded(selector: &'static str) -> Wanted {
    Wanted { repeat: Some(Repeat::Explode), ..Wanted::new(selector) }
}

/// Returns records as bytes of a format that holds long ones too.
fn bytes(records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), Format::JsonLines);
    for record in records {
        writer.write(record).unwrap();
    }
    writer.finish().unwrap()
}

fn text(text: &str) -> Cell {
    Cell::text(text)
}

#[test]
fn a_record_has_a_row_for_each_exploded_value_and_one_at_least() {
    let input = fixture("books.mrc");
    let number = Wanted::new("001");
    let columns = columns([
        ("id", number.column()),
        ("subject", exploded("650$a").column()),
        ("record_no", Column::metadata(Metadata::RecordNo)),
        ("faults", Column::metadata(Metadata::Faults)),
    ]);
    let facts = [Metadata::RecordNo, Metadata::Faults];
    let lists = rows_of(Reader::from_bytes(input.clone()), &[number, exploded("650$a")], &facts);
    let mut expected = Vec::new();
    for row in lists {
        let values = match row[1].items() {
            [] => &[Cell::Null],
            values => values,
        };
        let one =
            |value: &Cell| vec![row[0].clone(), value.clone(), row[2].clone(), row[3].clone()];
        expected.extend(values.iter().map(one));
    }
    let made = table(&input, &columns);
    assert_eq!(made, expected);
    let is_value = |row: &&Vec<Cell>| row[1] != Cell::Null;
    assert_eq!(made.iter().filter(is_value).count(), 119);
    // Neither threads nor chunks nor the end of a batch change the rows.
    let many = input.repeat(60);
    let (all, _) = scan(&Reader::builder().threads(2).chunk_size(700), &many, &columns);
    assert_eq!(all.len(), made.len() * 60);
    assert!(all.chunks(made.len()).all(|rows| rows.iter().zip(&made).all(|(a, b)| a[1] == b[1])));
}

#[test]
fn a_row_of_columns_that_are_exploded_together_has_the_values_of_one_field() {
    let record = Record::builder()
        .control("001", "ocm1")
        .data("952", *b"  ", [(b'a', "MAIN"), (b'p', "1"), (b'p', "2")])
        .data("952", *b"  ", [(b'p', "3")])
        .data("952", *b"  ", [(b'x', "note")])
        .data("952", *b"0 ", [(b'a', "NORTH")])
        .build()
        .unwrap();
    let empty = Record::builder().control("001", "ocm2").build().unwrap();
    let columns = columns([
        ("place", exploded("952$a").column()),
        ("id", Wanted::new("001").column()),
        ("barcode", exploded("952$p").column()),
    ]);
    let one = Cell::texts(["ocm1"]);
    assert_eq!(
        table(&bytes(&[record, empty]), &columns),
        [
            [text("MAIN"), one.clone(), text("1")],
            [Cell::Null, one.clone(), text("2")],
            [Cell::Null, one.clone(), text("3")],
            [text("NORTH"), one, Cell::Null],
            [Cell::Null, Cell::texts(["ocm2"]), Cell::Null],
        ]
    );
}

#[test]
fn columns_that_cannot_be_exploded_together_are_errors() {
    for (second, reason) in [
        ("651$a", "have one tag, and these have 650 and 651"),
        ("650$a{$x}", "need selectors of one tag, without conditions"),
    ] {
        let exploded = [("a", exploded("650$a").column()), ("b", exploded(second).column())];
        let error = Columns::new(exploded).unwrap_err();
        assert_eq!(error.column(), Some("b"));
        assert!(error.reason().contains(reason), "{error}");
    }
}

#[test]
fn whole_fields_keep_together_what_belongs_together() {
    let record = Record::builder()
        .data("650", *b" 0", [(b'a', "Whales"), (b'x', "Fiction"), (b'0', "sh85")])
        .data("651", *b" 0", [(b'a', "Ohio")])
        .data("650", *b" 7", [(b'x', "Only"), (b'2', "fast"), (b'a', "Whaling"), (b'A', "Upper")])
        .data("650", *b" 7", [(b'x', "none of them")])
        .build()
        .unwrap();
    let field = |codes: &str| Column::fields("650".parse().unwrap(), codes);
    let columns = columns([
        ("all", field("")),
        ("some", field("a 02")),
        ("fast", field("a").indicators("*7").repeat(Repeat::First)),
        ("count", field("a").repeat(Repeat::Count)),
        ("exists", field("").indicators("1*").repeat(Repeat::Exists)),
    ]);
    let row = &table(&bytes(&[record]), &columns)[0];
    let codes = |cell: &Cell| -> Vec<String> {
        let subfields = |field: &Cell| {
            let codes = field.member("subfields").items().iter().map(|subfield| {
                let Cell::Text(code) = subfield.member("code") else { panic!("{subfield:?}") };
                code.clone()
            });
            codes.collect::<String>()
        };
        cell.items().iter().map(subfields).collect()
    };
    assert_eq!(codes(&row[0]), ["ax0", "x2aA", "x"]);
    assert_eq!(codes(&row[1]), ["a0", "2a", ""]);
    assert_eq!(row[1].items()[2].member("subfields"), &Cell::Null);
    assert_eq!(row[2].member("ind2"), &text("7"));
    assert_eq!(row[2].member("subfields").items()[0].member("value"), &text("Whaling"));
    assert_eq!(row[3..], [Cell::Int(3), Cell::Bool(false)]);
}

#[test]
fn a_column_of_fields_may_be_exploded() {
    let fields = Column::fields("650".parse().unwrap(), "a").repeat(Repeat::Explode);
    let rows = table(&fixture("books.mrc"), &columns([("subject", fields)]));
    assert_eq!(rows.iter().filter(|row| row[0] != Cell::Null).count(), 119);
}

/// Returns a field as a struct of the nested table.
fn nested(record: &SharedRecord, field: Field<'_>) -> Cell {
    let or_null = |value: Result<String, ()>| value.map_or(Cell::Null, Cell::text);
    let members = match field.data().filter(|data| !data.is_bare()) {
        Some(data) => {
            let subfields = subfields_of(record, field).into_iter().map(|(code, value)| {
                Cell::Struct(vec![("code".into(), text(&code)), ("value".into(), or_null(value))])
            });
            let subfields: Vec<_> = subfields.collect();
            let ind = |byte: u8| text(&char::from(byte).to_string());
            let list = if subfields.is_empty() { Cell::Null } else { Cell::List(subfields) };
            [ind(data.indicators().first), ind(data.indicators().second), Cell::Null, list]
        }
        None => {
            let value = record.text().field(record, field).map_err(|_| ());
            let value = or_null(value.map(|text| text.into_owned()));
            [Cell::Null, Cell::Null, value, Cell::Null]
        }
    };
    let names = ["ind1", "ind2", "value", "subfields"].map(String::from);
    let tag = ("tag".to_owned(), text(&field.tag().to_string()));
    Cell::Struct([tag].into_iter().chain(names.into_iter().zip(members)).collect())
}

/// Returns the rows of the long table, from the cell of the nested one.
fn long_rows(fields: &[Cell]) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for (field_no, field) in (1..).zip(fields) {
        let head = [Cell::Int(field_no)];
        let head = head.into_iter().chain(["tag", "ind1", "ind2"].map(|m| field.member(m).clone()));
        let head: Vec<Cell> = head.collect();
        let subfields = field.member("subfields").items();
        for (subfield_no, subfield) in (1..).zip(subfields) {
            let member = |name| subfield.member(name).clone();
            let tail = [Cell::Int(subfield_no), member("code"), member("value")];
            rows.push([&head[..], &tail].concat());
        }
        if subfields.is_empty() {
            let tail = [Cell::Null, Cell::Null, field.member("value").clone()];
            rows.push([&head[..], &tail].concat());
        }
    }
    if rows.is_empty() { vec![vec![Cell::Null; 7]] } else { rows }
}

#[test]
fn the_presets_have_everything() {
    use Metadata::{
        ControlNumber, Encoding, Faults, File, Leader, Length, OffsetBytes, Raw, RecordNo,
    };
    for name in ["books.mrc", "ascii.mrk", "books-damaged.mrc"] {
        let input = fixture(name);
        let builder = Reader::builder().repair(true).skip_faults(true);
        let of = |preset| scan(&builder, &input, &Columns::preset(preset)).0;
        let records: Vec<_> = builder.from_bytes(input.clone()).map(Result::unwrap).collect();
        let facts = |record: &SharedRecord, facts: &[Metadata]| -> Vec<Cell> {
            facts.iter().map(|known| fact(record, None, *known)).collect()
        };
        let (mut nested_rows, mut long, mut raw) = (Vec::new(), Vec::new(), Vec::new());
        for record in &records {
            let head = facts(record, &[RecordNo, File, ControlNumber, Leader]);
            let tail = facts(record, &[OffsetBytes, Length, Encoding, Faults]);
            let fields: Vec<_> =
                record.view().fields().map(|field| nested(record, field)).collect();
            long.extend(long_rows(&fields).iter().map(|row| [&head[..], row, &tail].concat()));
            let fields = if fields.is_empty() { Cell::Null } else { Cell::List(fields) };
            nested_rows.push([&head[..], &[fields], &tail].concat());
            raw.push(facts(
                record,
                &[RecordNo, File, ControlNumber, OffsetBytes, Length, Raw, Faults],
            ));
        }
        assert_eq!(of(Preset::Nested), nested_rows, "{name}");
        assert_eq!(of(Preset::Long), long, "{name}");
        assert_eq!(of(Preset::Raw), raw, "{name}");
    }
}

#[test]
fn the_names_of_the_presets_are_those_of_duckdb_marc21() {
    let names = |preset| {
        let schema = Columns::preset(preset).schema();
        schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(
        names(Preset::Nested),
        "record_no file control_number leader fields offset_bytes length encoding faults"
    );
    assert_eq!(
        names(Preset::Long),
        "record_no file control_number leader field_no tag ind1 ind2 subfield_no code value \
         offset_bytes length encoding faults"
    );
    assert_eq!(names(Preset::Raw), "record_no file control_number offset_bytes length raw faults");
}

/// A record in UTF-8 with undecodable text in $c of 245.
fn undecodable() -> Vec<u8> {
    let record = Record::builder()
        .leader(*b"00000nam a2200000   4500")
        .control("001", "ocm1")
        .data("245", *b"10", [(b'a', &b"Title"[..]), (b'c', b"na\xEFve")])
        .build()
        .unwrap();
    let mut output = Vec::new();
    tidemarc::format::iso2709::write_record(&record, &mut output).unwrap();
    output
}

#[test]
fn undecodable_text_is_a_null_value_in_structs_and_in_the_long_table() {
    let value =
        |field: &Cell, at: usize| field.member("subfields").items()[at].member("value").clone();
    let nested = &table(&undecodable(), &Columns::preset(Preset::Nested))[0];
    let title = &nested[4].items()[1];
    assert_eq!((value(title, 0), value(title, 1)), (text("Title"), Cell::Null));
    let long = table(&undecodable(), &Columns::preset(Preset::Long));
    assert_eq!([&long[1][10], &long[2][10]], [&text("Title"), &Cell::Null]);
    assert_eq!(long[2][14].items()[0].member("code"), &text("TM501"));
    let fields = Column::fields("245".parse().unwrap(), "ac");
    let fields = &table(&undecodable(), &columns([("title", fields)]))[0][0];
    assert_eq!(
        (value(&fields.items()[0], 0), value(&fields.items()[0], 1)),
        (text("Title"), Cell::Null)
    );
}

#[test]
fn an_undecodable_exploded_column_has_one_null_row() {
    let columns = columns([("c", exploded("245$c").column()), ("id", Wanted::new("001").column())]);
    assert_eq!(table(&undecodable(), &columns), [[Cell::Null, Cell::texts(["ocm1"])]]);
}
