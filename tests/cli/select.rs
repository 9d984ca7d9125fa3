//! Tables.

use crate::run::Place;

#[test]
fn a_table_has_a_row_for_each_record_and_lists_in_one_cell() {
    let place = Place::new("select");
    let json = r#"{"fields":[{"001":"x1"},{"245":{"subfields":[{"a":"One, \"two\" /"}]}},{"650":{"subfields":[{"a":"A"}]}},{"650":{"subfields":[{"a":"B"}]}}]}
{"fields":[{"001":"x2"}]}"#;
    place.folder.file("a.json", json);
    let columns = ["-c", "id=001", "-c", "title=245$a", "-c", "650$a"];
    let run = |more: &[&str]| {
        place.run(&[&["select"], &columns[..], more, &["a.json"]].concat()).with_status(0)
    };
    let csv = "id,title,650$a\nx1,\"One, \"\"two\"\" /\",A|B\nx2,,\n";
    assert_eq!(run(&[]).text(), csv);
    assert_eq!(run(&["--bom"]).text(), format!("\u{FEFF}{csv}"));
    assert_eq!(
        run(&["--sep", "; ", "--trim"]).text().lines().nth(1),
        Some("x1,\"One, \"\"two\"\"\",A; B")
    );
    assert_eq!(run(&["--repeat", "count"]).text().lines().nth(1), Some("1,1,2"));
    assert_eq!(run(&["--repeat", "first", "--limit", "1"]).text().lines().count(), 2);
    let tsv = run(&["--to", "tsv"]);
    assert_eq!(tsv.text().lines().nth(2), Some("x2\t\t"));
    let jsonl = run(&["--to", "jsonl"]);
    let first = r#"{"id":["x1"],"title":["One, \"two\" /"],"650$a":["A","B"]}"#;
    assert_eq!(jsonl.text().lines().next(), Some(first));
    let facts = ["select", "-c", "n=@record_no", "-c", "f=@file", "a.json"];
    assert_eq!(place.run(&facts).text(), "n,f\n1,a.json\n2,a.json\n");
}

#[test]
fn several_files_are_one_table() {
    let place = Place::new("select-several");
    let ended = place.run(&["select", "-c", "001", "books.mrc", "ascii.mrc"]).with_status(0);
    let rows = place.run(&["count", "--bare", "books.mrc", "ascii.mrc"]);
    let rows = rows.text().trim().parse::<usize>().unwrap();
    assert_eq!(ended.text().lines().count(), rows + 1);
    let ended = place.run(&["select", "-c", "001", "books-damaged.mrc"]).with_status(1);
    assert_eq!(ended.text().lines().count(), 58);
    let strict = ["select", "-c", "001", "--errors", "strict", "books-damaged.mrc", "-o", "t.csv"];
    place.run(&strict).with_status(1);
    assert!(!place.exists("t.csv"));
}

#[test]
fn presets_have_columns_of_their_own() {
    let place = Place::new("select-preset");
    let long = place.run(&["select", "--preset", "long", "books.mrc"]).with_status(0);
    assert!(long.text().starts_with("record_no,file,control_number,leader,field_no,tag,"));
    let nested = place.run(&["select", "--preset", "nested", "--to", "jsonl", "books.mrc"]);
    for line in nested.text().lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(row["fields"].as_array().is_some_and(|fields| !fields.is_empty()));
    }
    place.run(&["select", "--preset", "long", "--trim", "books.mrc"]).with_status(2);
    place.run(&["select", "--preset", "long", "-c", "001", "books.mrc"]).with_status(2);
}

#[test]
fn arrow_files_and_streams_can_be_read_back() {
    let place = Place::new("select-arrow");
    let select = ["select", "-c", "id=001", "-c", "subjects=650$a", "books.mrc"];
    place.run(&[&select[..], &["-o", "t.arrow"]].concat()).with_status(0);
    let file = std::io::Cursor::new(place.read("t.arrow"));
    let reader = arrow_ipc::reader::FileReader::try_new(file, None).unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 60);
    let stream = place.run(&[&select[..], &["--to", "arrow-stream"]].concat()).with_status(0);
    let reader = arrow_ipc::reader::StreamReader::try_new(&*stream.stdout, None).unwrap();
    let rows: usize = reader.map(|batch| batch.unwrap().num_rows()).sum();
    assert_eq!(rows, 60);
}
