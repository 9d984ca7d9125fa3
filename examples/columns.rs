//! Reads a file as a table of four columns, and counts the records of each language and their
//! subjects: `cargo run --features columns --example columns [FILE]`

use arrow_array::{Array, cast::AsArray, types::Int64Type};
use std::{collections::BTreeMap, env, error::Error};
use tidemarc::{
    Reader,
    columns::{Column, Columns, Metadata, Repeat, Scan, Type},
};

fn main() -> Result<(), Box<dyn Error>> {
    let path = env::args().nth(1).unwrap_or_else(|| "tests/fixtures/books.mrc".into());
    let columns = Columns::new([
        ("id", Column::metadata(Metadata::ControlNumber)),
        ("language", Column::select("008/35-37")?),
        ("year", Column::select("008/7-10")?.value_type(Type::Year)),
        ("subjects", Column::select("650$a")?.repeat(Repeat::List).trim(true)),
    ])?;
    let mut scan = Scan::new(Reader::from_path(path)?, &columns);
    let mut languages = BTreeMap::<String, (u64, u64)>::new();
    let mut oldest = i64::MAX;
    while let Some(batch) = scan.next_batch()? {
        let language = batch.column(1).as_string::<i32>();
        let year = batch.column(2).as_primitive::<Int64Type>();
        let subjects = batch.column(3).as_list::<i32>();
        for row in 0..batch.num_rows() {
            let name = if language.is_null(row) { "none" } else { language.value(row) };
            let (records, values) = languages.entry(name.into()).or_default();
            *records += 1;
            *values += subjects.value_length(row) as u64;
            if year.is_valid(row) {
                oldest = oldest.min(year.value(row));
            }
        }
    }
    for (language, (records, subjects)) in languages {
        println!("{language}: {records} records, {subjects} subjects");
    }
    println!("oldest year: {oldest}");
    println!("{}", scan.summary());
    Ok(())
}
