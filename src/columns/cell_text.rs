//! Cells as text, for CSV and for previews.

use arrow_array::{
    Array, ArrayRef, ListArray, RecordBatch,
    cast::AsArray,
    types::{Date32Type, Int64Type},
};
use arrow_schema::DataType;
use std::{fmt::Write, ops::Range, string::String};

/// Returns a cell as text, as [`push_cell`] appends it. `text` is used if the cell is not one text.
pub(super) fn cell<'c>(
    cells: &'c ArrayRef,
    row: usize,
    list_separator: &str,
    text: &'c mut String,
) -> &'c str {
    let list = cells.as_list_opt::<i32>().filter(|list| list.is_valid(row));
    let (items, at) = match list.map(|list| (list.values(), items_of(list, row))) {
        Some((items, places)) if places.len() == 1 => (items, places.start),
        _ => (cells, row),
    };
    if let Some(texts) = items.as_string_opt::<i32>()
        && texts.is_valid(at)
    {
        return texts.value(at);
    }
    text.clear();
    push_cell(cells, row, list_separator, text);
    text
}

/// Appends a cell as text. A null is no text.
///
/// Text is as it is, numbers are decimal, dates `2026-11-29`, truth values `true` and `false`, bytes
/// hexadecimal digits. The values of a list stand between separators. A struct, or a list of structs
/// or lists, is JSON.
pub(crate) fn push_cell(cells: &ArrayRef, row: usize, list_separator: &str, text: &mut String) {
    if cells.is_null(row) {
        return;
    }
    // Writing to a string does not fail.
    match cells.data_type() {
        DataType::Int64 => {
            let _ = write!(text, "{}", cells.as_primitive::<Int64Type>().value(row));
        }
        DataType::Date32 => push_date(cells.as_primitive::<Date32Type>().value(row), text),
        DataType::Boolean => {
            let _ = write!(text, "{}", cells.as_boolean().value(row));
        }
        DataType::Binary => {
            for byte in cells.as_binary::<i32>().value(row) {
                let _ = write!(text, "{byte:02x}");
            }
        }
        DataType::List(item) if !item.data_type().is_nested() => {
            let list = cells.as_list::<i32>();
            let items = items_of(list, row);
            for at in items.clone() {
                if at > items.start {
                    text.push_str(list_separator);
                }
                push_cell(list.values(), at, list_separator, text);
            }
        }
        DataType::List(_) | DataType::Struct(_) => push_json(cells, row, text),
        _ => text.push_str(cells.as_string::<i32>().value(row)),
    }
}

/// Returns the places of the items of a list, among those of all lists.
fn items_of(list: &ListArray, row: usize) -> Range<usize> {
    let ends = list.value_offsets();
    ends[row] as usize..ends[row + 1] as usize
}

/// Appends a row as a JSON object, with a member for each column.
pub(super) fn push_row(batch: &RecordBatch, row: usize, text: &mut String) {
    text.push('{');
    for (at, (column, cells)) in batch.schema_ref().fields().iter().zip(batch.columns()).enumerate()
    {
        if at > 0 {
            text.push(',');
        }
        push_string(column.name(), text);
        text.push(':');
        push_json(cells, row, text);
    }
    text.push('}');
}

/// Appends a cell as JSON.
fn push_json(cells: &ArrayRef, row: usize, text: &mut String) {
    if cells.is_null(row) {
        return text.push_str("null");
    }
    match cells.data_type() {
        DataType::List(_) => {
            let list = cells.as_list::<i32>();
            let items = items_of(list, row);
            text.push('[');
            for at in items.clone() {
                if at > items.start {
                    text.push(',');
                }
                push_json(list.values(), at, text);
            }
            text.push(']');
        }
        DataType::Struct(members) => {
            text.push('{');
            for (at, (member, cells)) in members.iter().zip(cells.as_struct().columns()).enumerate()
            {
                if at > 0 {
                    text.push(',');
                }
                push_string(member.name(), text);
                text.push(':');
                push_json(cells, row, text);
            }
            text.push('}');
        }
        DataType::Int64 | DataType::Boolean => push_cell(cells, row, "", text),
        _ => {
            let mut value = String::new();
            push_cell(cells, row, "", &mut value);
            push_string(&value, text);
        }
    }
}

fn push_string(value: &str, text: &mut String) {
    // A string is always JSON.
    text.push_str(&serde_json::to_string(value).unwrap_or_default());
}

/// Appends a date, which is a number of days since 1970-01-01 in the Gregorian calendar.
fn push_date(days: i32, text: &mut String) {
    const DAYS_IN_400_YEARS: i64 = 146_097;
    // Days since 0000-03-01: a leap day is the last day of such a year.
    let days = i64::from(days) + 719_468;
    let (era, day) = (days.div_euclid(DAYS_IN_400_YEARS), days.rem_euclid(DAYS_IN_400_YEARS));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // Months from March have 153 days in each group of five.
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let (month, is_next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let _ = write!(text, "{:04}-{month:02}-{day:02}", 400 * era + year + is_next_year);
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{
        BinaryArray, BooleanArray, Date32Array, Int64Array, StringArray, StructArray,
    };
    use arrow_buffer::OffsetBuffer;
    use arrow_schema::Field;
    use std::{string::ToString, sync::Arc, vec};

    fn shown(cells: ArrayRef) -> String {
        let mut text = String::new();
        for row in 0..cells.len() {
            push_cell(&cells, row, "; ", &mut text);
            text.push('|');
        }
        text
    }

    #[test]
    fn scalars_are_what_they_say() {
        assert_eq!(shown(Arc::new(StringArray::from(vec![Some("é\n"), None]))), "é\n||");
        assert_eq!(shown(Arc::new(Int64Array::from(vec![Some(-5), None]))), "-5||");
        assert_eq!(shown(Arc::new(BooleanArray::from(vec![true, false]))), "true|false|");
        assert_eq!(shown(Arc::new(BinaryArray::from(vec![&b"\x1da"[..]]))), "1d61|");
    }

    #[test]
    fn dates_are_those_of_the_gregorian_calendar() {
        let days = vec![0, -1, 59, 11_016, 19_782, -719_528, 20_786];
        let dates = "1970-01-01|1969-12-31|1970-03-01|2000-02-29|2024-02-29|0000-01-01|2026-11-29|";
        assert_eq!(shown(Arc::new(Date32Array::from(days))), dates);
    }

    #[test]
    fn lists_are_joined_and_structs_are_json() {
        let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a\"b"), Some("c"), None]));
        let item = Arc::new(Field::new("item", DataType::Utf8, true));
        let ends = OffsetBuffer::new(vec![0, 2, 2, 3].into());
        let list: ArrayRef = Arc::new(ListArray::new(item, ends, Arc::clone(&texts), None));
        assert_eq!(shown(list), "a\"b; c|||");
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        let fields = [("code", DataType::Utf8), ("count", DataType::Int64)]
            .map(|(name, kind)| Field::new(name.to_string(), kind, true));
        let structs = StructArray::new(fields.to_vec().into(), vec![texts, numbers], None);
        let one = r#"{"code":"a\"b","count":1}"#;
        assert!(shown(Arc::new(structs.clone())).starts_with(one));
        let item = Arc::new(Field::new("item", structs.data_type().clone(), true));
        let ends = OffsetBuffer::new(vec![0, 1, 3].into());
        let list = ListArray::new(item, ends, Arc::new(structs), None);
        let others = r#"[{"code":"c","count":2},{"code":null,"count":3}]"#;
        assert_eq!(shown(Arc::new(list)), std::format!("[{one}]|{others}|"));
    }
}
